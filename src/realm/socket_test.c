/* WebSockets: whose they are, and who may open them. */
#include "realm/test_site.h"

static struct test_site site;

static int setup(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_ONE "}");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_site_close(&site);
	return 0;
}

#define OURS "Origin: https://app.example"

static void a_strangers_socket_passes_and_is_nobodys(void **state)
{
	(void)state;
	test_socket(&site, "/_stcore/stream", OURS);
	test_expect_pass(&site);
	assert_int_equal(site.response->cookie.len + site.response->session_id.len, 0);
}

static void a_socket_says_whose_it_is_and_until_when(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	test_socket(&site, "/_stcore/stream", OURS);
	test_expect_pass(&site);
	assert_true(sto_span_equal(site.response->cookie, sto_span_str(test_session_cookie(&site))));
	assert_int_equal(site.response->session_id.len, STO_SESSION_ID_LEN);
}

/* Another site's page may open a socket here, and a browser that is lax about it sends the cookie along. */
static void cs_36_a_socket_from_another_site_is_refused(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	test_socket(&site, "/_stcore/stream", "Origin: https://evil.example");
	test_expect_denied(&site, 403, "cross_site");
	test_socket(&site, "/_stcore/stream", "Origin: null");
	test_expect_denied(&site, 403, "cross_site");
	test_socket(&site, "/_stcore/stream", "Origin: https://app.example:8443");
	test_expect_denied(&site, 403, "cross_site");
}

static void cs_26_a_socket_of_somebody_nobody_knows_passes_where_strangers_may(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	site.failing = STO_STORE_FAILED;
	test_socket(&site, "/_stcore/stream", OURS);
	test_expect_pass(&site);
	assert_true(sto_span_equal(site.response->cookie, sto_span_str(test_session_cookie(&site))));
	assert_int_equal(site.response->session_id.len, 0);
	test_socket(&site, "/_stcore/stream", "Origin: https://evil.example");
	test_expect_denied(&site, 403, "cross_site");
	site.failing = STO_OK;
}

static void cs_26_and_is_refused_where_they_may_not(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_ONE ", 'require_login': true}");
	test_sign_in_by(&site, "one");
	site.failing = STO_STORE_FAILED;
	test_socket(&site, "/_stcore/stream", OURS);
	assert_int_equal(site.response->verdict, STO_VERDICT_RESPOND);
	assert_int_equal(site.response->status, 503);
	site.failing = STO_OK;
}

static void a_refused_sign_in_is_not_told_as_that_of_who_is_there(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	test_begin_login(&site, "/auth/login?provider=one");
	test_get(&site, "/auth/callback?code=x&state=nonsense");
	test_expect_refused(&site, 400, "login_refused", "seal_malformed");
	assert_string_equal(test_event(&site, "user"), "");
	assert_string_equal(test_event(&site, "session"), "");
	assert_string_equal(test_event(&site, "provider"), "one");
}

static void a_program_without_an_origin_may_open_one(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	test_socket(&site, "/_stcore/stream", "Origin: ");
	test_expect_pass(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_strangers_socket_passes_and_is_nobodys, setup, teardown),
		cmocka_unit_test_setup_teardown(a_socket_says_whose_it_is_and_until_when, setup, teardown),
		cmocka_unit_test_setup_teardown(cs_36_a_socket_from_another_site_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			cs_26_a_socket_of_somebody_nobody_knows_passes_where_strangers_may, setup, teardown),
		cmocka_unit_test_setup_teardown(cs_26_and_is_refused_where_they_may_not, setup, teardown),
		cmocka_unit_test_setup_teardown(a_refused_sign_in_is_not_told_as_that_of_who_is_there, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_program_without_an_origin_may_open_one, setup, teardown),
	};
	return cmocka_run_group_tests_name("realm/socket", tests, NULL, NULL);
}
