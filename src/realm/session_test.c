/* Sessions as the two doors see them: cookies, who they are of, how long they last, and what becomes of them
 * when something fails. */
#include <stdio.h>
#include <stdlib.h>

#include "base/base64url.h"
#include "base/bounds.h"
#include "base/json.h"
#include "realm/test_site.h"

static struct test_site site;

static int setup(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_TWO "}");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_site_close(&site);
	return 0;
}

static void keep_text(char *out, size_t size, const char *text)
{
	assert_true((size_t)snprintf(out, size, "%s", text) < size);
}

/* --- another sign-in */

static void cs_06_nothing_remains_of_who_was_there_before(void **state)
{
	char first[200], name[80];
	(void)state;
	test_sign_in_by(&site, "one");
	keep_text(first, sizeof(first), test_session_cookie(&site));
	keep_text(name, sizeof(name), test_cookie_of(&site.jar, "session-")->name);
	(void)json_object_set_new(site.two.id_claims, "sub", json_string("bob-2"));
	test_get(&site, "/auth/login");
	assert_int_equal(site.response->status, 200);
	test_sign_in_by(&site, "two");
	assert_string_equal(test_user(&site, "id"), "two:bob-2");
	assert_int_equal(test_count(&site), 1);
	assert_false(test_is_somebody(&site, "%s=%s", name, first));
}

/* The store would have kept it for a week. */
static void cs_06_what_a_shorter_limit_ended_goes_with_the_next_sign_in(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	test_site_restart(&site, "{" TEST_TWO ", 'default_ttl': '1h'}");
	test_wait(&site, 7200);
	assert_false(test_is_signed_in(&site));
	assert_int_equal(test_count(&site), 1);
	test_sign_in_by(&site, "one");
	assert_int_equal(test_count(&site), 1);
	assert_true(test_is_signed_in(&site));
}

/* --- limits */

static void cs_16_an_end_beyond_2038_is_kept(void **state)
{
	(void)state;
	test_wait(&site, 4000000000 - site.one.now_sec);
	test_sign_in_by(&site, "one");
	test_fetch(&site, "/auth/user");
	assert_true(test_body_has(&site, "\"expires_at\":4000604800"));
	test_wait(&site, 604799);
	assert_true(test_is_signed_in(&site));
}

static void cs_17_a_session_ends_absolutely(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_ONE ", 'default_ttl': '1h'}");
	test_sign_in_by(&site, "one");
	test_wait(&site, 3599);
	assert_true(test_is_signed_in(&site));
	test_wait(&site, 1);
	assert_false(test_is_signed_in(&site));
}

static void touch(void)
{
	struct sto_buf set_cookie;
	sto_buf_init(&set_cookie, STO_LIMIT_URL);
	assert_ok(sto_realm_touch(&set_cookie, site.realm, sto_span_str(test_session_cookie(&site)), NULL));
	assert_int_equal(set_cookie.len, 0);
	sto_buf_finish(&set_cookie);
}

static bool is_touch_due(void)
{
	sto_identity *identity = NULL;
	assert_ok(sto_realm_identify(&identity, site.realm, sto_span_str(test_session_cookie(&site)), NULL));
	assert_non_null(identity);
	bool due = sto_identity_touch_due(identity);
	sto_identity_free(identity);
	return due;
}

static void cs_17_an_idle_session_ends_and_a_touched_one_goes_on(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_ONE ", 'default_ttl': '1h', 'idle_ttl': '10m'}");
	test_sign_in_by(&site, "one");
	assert_false(is_touch_due());
	test_wait(&site, 599);
	assert_true(test_is_signed_in(&site));
	assert_true(is_touch_due());
	touch();
	assert_false(is_touch_due());
	test_wait(&site, 599);
	assert_true(test_is_signed_in(&site));
	test_wait(&site, 1);
	assert_false(test_is_signed_in(&site));
	touch();
	assert_false(test_is_signed_in(&site));
}

static void cs_17_sliding_never_passes_the_absolute_limit(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_ONE ", 'default_ttl': '1h', 'idle_ttl': '10m'}");
	test_sign_in_by(&site, "one");
	for (int i = 0; i < 11; i++) {
		test_wait(&site, 300);
		touch();
		assert_true(test_is_signed_in(&site));
	}
	test_wait(&site, 300);
	assert_false(test_is_signed_in(&site));
}

static void a_session_may_follow_the_provider(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_ONE ", 'session': 'provider'}");
	test_sign_in_by(&site, "one");
	test_wait(&site, 299);
	assert_true(test_is_signed_in(&site));
	test_wait(&site, 1);
	assert_false(test_is_signed_in(&site));
}

static void what_has_expired_is_reaped(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	test_wait(&site, 8 * 86400);
	assert_ok(sto_realm_tend(site.realm, NULL));
	test_wait(&site, -8 * 86400);
	assert_int_equal(test_count(&site), 0);
}

/* --- one key for each purpose */

/* TV-63: each of them in the place of each other. */
static void cs_12_tv_63_no_value_of_ours_is_another(void **state)
{
	struct sto_buf login, logout, csrf;
	char session[200], begun[200];
	(void)state;
	sto_buf_init(&login, STO_LIMIT_URL);
	sto_buf_init(&logout, STO_LIMIT_URL);
	sto_buf_init(&csrf, 64);
	test_sign_in_by(&site, "one");
	keep_text(session, sizeof(session), test_session_cookie(&site));
	keep_text(begun, sizeof(begun), test_cookie_of(&site.jar, "login-")->value);
	const char *name = test_cookie_of(&site.jar, "session-")->name;
	assert_ok(sto_realm_login_ticket(&login, site.realm, STO_SPAN("{\"provider\": \"one\"}"), NULL));
	assert_ok(sto_realm_logout_ticket(&logout, site.realm, sto_span_str(session), false, NULL));
	test_site_restart(&site, "{" TEST_TWO ", 'require_login': true}");
	test_get(&site, "/page");
	assert_ok(sto_csrf_put(&csrf, site.realm, site.response->session_id));
	const char *values[] = {session,
				begun,
				sto_buf_cstr(&site.state),
				sto_buf_cstr(&login),
				sto_buf_cstr(&logout),
				sto_buf_cstr(&csrf)};
	const char *places[] = {"/auth/login?t=", "/auth/logout?t=", "/auth/callback?code=x&state="};
	static const size_t owners[] = {3, 4, 2};
	for (size_t i = 1; i < sizeof(values) / sizeof(values[0]); i++)
		assert_false(test_is_somebody(&site, "%s=%s", name, values[i]));
	for (size_t place = 0; place < 3; place++)
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			char *target = NULL;
			if (i == owners[place])
				continue;
			assert_true(asprintf(&target, "%s%s", places[place], values[i]) > 0);
			test_get(&site, target);
			free(target);
			assert_true(site.response->status == 400 || site.response->status == 403);
			assert_int_equal(test_count(&site), 1);
			const char *reason = test_event(&site, "reason");
			if (place < 2)
				assert_string_equal(reason, "ticket_bad");
			else
				assert_true(strncmp(reason, "seal_", 5) == 0);
		}
	sto_buf_finish(&login);
	sto_buf_finish(&logout);
	sto_buf_finish(&csrf);
}

/* --- rotation */

#define OLD "q4t8Vd1mR7xK2pZ9sWb5nYc3jLf6hGa0eUoTiXyBvNM"
#define NEW "Zk3nT8wQ1rY6uP0aS5dF2gH7jL4xC9vB8mN1qW6eR3M"
#define PROVIDER                                                                                             \
	"'public_url': 'https://app.example', 'one': {'issuer': 'https://op.example', 'client_id': 'app', "  \
	"'client_secret': 's3cret'}"

static void cs_11_a_rotated_key_signs_nobody_out(void **state)
{
	char first[200];
	(void)state;
	test_site_restart(&site, "{'secret': '" OLD "', " PROVIDER "}");
	test_sign_in_by(&site, "one");
	keep_text(first, sizeof(first), test_cookie_of(&site.jar, "session-")->name);
	test_begin_login(&site, "/auth/login?provider=one&next=%2Fpage");
	test_site_restart(&site, "{'secret': ['" NEW "', '" OLD "'], " PROVIDER "}");
	assert_true(test_is_signed_in(&site));
	/* A login that began before is finished after; its cookie has the new name, and the old one goes. */
	test_come_back(&site);
	test_expect_redirect(&site, "/page");
	assert_string_not_equal(test_cookie_of(&site.jar, "session-")->name, first);
	for (size_t i = 0; i < site.jar.n; i++)
		assert_string_not_equal(site.jar.cookies[i].name, first);
	assert_true(test_is_signed_in(&site));
	assert_int_equal(test_count(&site), 1);
}

static void cs_11_a_key_that_is_gone_opens_nothing(void **state)
{
	(void)state;
	test_site_restart(&site, "{'secret': '" OLD "', " PROVIDER "}");
	test_sign_in_by(&site, "one");
	test_begin_login(&site, "/auth/login?provider=one");
	test_site_restart(&site, "{'secret': '" NEW "', " PROVIDER "}");
	assert_false(test_is_signed_in(&site));
	test_come_back(&site);
	test_expect_refused(&site, 403, "login_refused", "seal_key");
}

static void a_sign_out_takes_the_cookies_of_all_keys(void **state)
{
	(void)state;
	test_site_restart(&site, "{'secret': '" OLD "', " PROVIDER "}");
	test_sign_in_by(&site, "one");
	test_site_restart(&site, "{'secret': ['" NEW "', '" OLD "'], " PROVIDER "}");
	test_get_with(&site, "/auth/logout", "Sec-Fetch-Site: same-origin");
	assert_int_equal(site.response->status, 302);
	assert_int_equal(site.jar.n, 0);
	assert_int_equal(test_count(&site), 0);
}

/* --- a store that fails */

static void cs_26_an_outage_is_no_sign_out(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_TWO ", 'require_login': true}");
	test_sign_in_by(&site, "one");
	site.failing = STO_STORE_FAILED;
	test_get(&site, "/page");
	test_expect_refused(&site, 503, "request_refused", "store_failed");
	assert_string_equal(test_header(&site, "set-cookie"), "");
	test_fetch(&site, "/media/x.png");
	assert_int_equal(site.response->status, 503);
	test_fetch(&site, "/auth/user");
	assert_int_equal(site.response->status, 503);
	test_get(&site, "/auth/logout");
	assert_int_equal(site.response->status, 503);
	test_socket(&site, "/_stcore/stream", NULL);
	assert_int_equal(site.response->verdict, STO_VERDICT_RESPOND);
	assert_int_equal(site.response->status, 503);
	sto_identity *identity = NULL;
	assert_int_equal(
		sto_realm_identify(&identity, site.realm, sto_span_str(test_session_cookie(&site)), NULL),
		STO_STORE_FAILED);
	assert_null(identity);
	site.failing = 0;
	test_get(&site, "/page");
	test_expect_pass(&site);
	assert_true(test_is_signed_in(&site));
}

/* --- a session that is its cookie */

static int setup_in_cookie(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_TWO ", 'store': 'cookie'}");
	return 0;
}

static void a_session_can_be_its_cookie(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	assert_true(strncmp(test_session_cookie(&site), "c1.", 3) == 0);
	assert_true(test_is_signed_in(&site));
	assert_int_equal(test_count(&site), 0);
	test_wait(&site, STO_SEALED_SESSION_SEC);
	assert_false(test_is_signed_in(&site));
}

/* Sliding gives it a new one. */
static void a_session_in_its_cookie_slides_by_a_new_one(void **state)
{
	struct sto_buf line;
	(void)state;
	test_site_restart(&site, "{" TEST_TWO ", 'store': 'cookie', 'default_ttl': '1h', 'idle_ttl': '10m'}");
	test_sign_in_by(&site, "one");
	sto_buf_init(&line, STO_LIMIT_URL);
	assert_ok(sto_realm_touch(&line, site.realm, sto_span_str(test_session_cookie(&site)), NULL));
	assert_int_equal(line.len, 0);
	test_wait(&site, 500);
	assert_ok(sto_realm_touch(&line, site.realm, sto_span_str(test_session_cookie(&site)), NULL));
	assert_non_null(
		strstr(sto_buf_cstr(&line), "; Path=/; Max-Age=3100; Secure; HttpOnly; SameSite=Lax"));
	test_wait(&site, 500);
	assert_false(test_is_signed_in(&site));
	line.data[sto_span_find(sto_buf_span(&line), ';')] = '\0';
	assert_true(test_is_somebody(&site, "%s", (const char *)line.data));
	sto_buf_finish(&line);
}

static void cs_24_a_session_that_fits_no_cookie_is_refused_before_it_begins(void **state)
{
	char text[5000];
	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)json_object_set_new(site.one.id_claims, "bio", json_string(text));
	test_begin_login(&site, "/auth/login?provider=one");
	test_come_back(&site);
	test_expect_refused(&site, 400, "login_refused", "session_too_large");
	assert_false(test_is_signed_in(&site));
}

static void cs_24_a_stored_session_may_be_larger(void **state)
{
	char text[5000];
	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)json_object_set_new(site.one.id_claims, "bio", json_string(text));
	test_sign_in_by(&site, "one");
	assert_true(test_is_signed_in(&site));
}

static void cs_08_a_sealed_cookie_that_was_changed_is_nobodys(void **state)
{
	char value[4000];
	(void)state;
	test_sign_in_by(&site, "one");
	const struct test_cookie *cookie = test_cookie_of(&site.jar, "session-");
	size_t len = strlen(cookie->value);
	for (size_t i = 0; i < len; i++) {
		keep_text(value, sizeof(value), cookie->value);
		value[i] = value[i] == 'A' ? 'B' : 'A';
		assert_false(test_is_somebody(&site, "%s=%s", cookie->name, value));
		value[i] = '\0';
		assert_false(test_is_somebody(&site, "%s=%s", cookie->name, value));
	}
}

/* --- the second door */

static void identify_tells_who_it_is(void **state)
{
	sto_identity *identity = NULL;
	(void)state;
	test_site_restart(&site, "{" TEST_TWO ", 'expose_tokens': ['id', 'access']}");
	site.one.token_extra = json_pack("{s:s}", "refresh_token", "r-1");
	(void)json_object_set_new(site.one.id_claims, "auth_time", json_integer(site.one.now_sec - 5));
	test_sign_in_by(&site, "one");
	assert_ok(sto_realm_identify(&identity, site.realm, sto_span_str(test_session_cookie(&site)), NULL));
	assert_non_null(identity);
	assert_span(sto_identity_text(identity, STO_IDENTITY_ISSUER), "https://op.example");
	assert_span(sto_identity_text(identity, STO_IDENTITY_SUBJECT), "ada-1");
	assert_span(sto_identity_text(identity, STO_IDENTITY_PROVIDER), "one");
	assert_span(sto_identity_text(identity, STO_IDENTITY_ACCESS_TOKEN), "opaque-access-token");
	assert_span(sto_identity_text(identity, STO_IDENTITY_REFRESH_TOKEN), "r-1");
	assert_true(sto_identity_text(identity, STO_IDENTITY_ID_TOKEN).len > 100);
	assert_true(sto_identity_text(identity, STO_IDENTITY_CLAIMS).ptr[0] == '{');
	assert_int_equal(sto_identity_text(identity, STO_IDENTITY_SESSION_ID).len, STO_SESSION_ID_LEN);
	assert_int_equal(sto_identity_time_sec(identity, STO_IDENTITY_CREATED), site.one.now_sec);
	assert_int_equal(sto_identity_time_sec(identity, STO_IDENTITY_END), site.one.now_sec + 604800);
	assert_int_equal(sto_identity_time_sec(identity, STO_IDENTITY_AUTH_TIME), site.one.now_sec - 5);
	assert_int_equal(sto_identity_time_sec(identity, STO_IDENTITY_ACCESS_END), site.one.now_sec + 300);
	sto_identity_free(identity);
}

static void a_token_that_nobody_may_read_is_not_kept(void **state)
{
	sto_identity *identity = NULL;
	(void)state;
	site.one.token_extra = json_pack("{s:s}", "refresh_token", "r-1");
	test_sign_in_by(&site, "one");
	assert_ok(sto_realm_identify(&identity, site.realm, sto_span_str(test_session_cookie(&site)), NULL));
	assert_int_equal(sto_identity_text(identity, STO_IDENTITY_ACCESS_TOKEN).len, 0);
	assert_int_equal(sto_identity_text(identity, STO_IDENTITY_REFRESH_TOKEN).len, 0);
	sto_identity_free(identity);
}

static void identify_knows_strangers(void **state)
{
	static const char *const cookies[] = {"",
					      "x",
					      "s1.",
					      "s1.AAAA",
					      "c1.AAAA",
					      "s9.AAAA",
					      "s1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	sto_identity *identity = NULL;
	(void)state;
	for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
		assert_ok(sto_realm_identify(&identity, site.realm, sto_span_str(cookies[i]), NULL));
		assert_null(identity);
	}
}

static void who_is_signed_in_is_asked_by_get_alone(void **state)
{
	(void)state;
	test_post(&site, "/auth/user", NULL, "");
	test_expect_refused(&site, 405, "request_refused", "method_not_allowed");
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FACT_IN(name, prepare) cmocka_unit_test_setup_teardown(name, prepare, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(cs_06_nothing_remains_of_who_was_there_before),
		FACT(cs_06_what_a_shorter_limit_ended_goes_with_the_next_sign_in),
		FACT(cs_16_an_end_beyond_2038_is_kept),
		FACT(cs_17_a_session_ends_absolutely),
		FACT(cs_17_an_idle_session_ends_and_a_touched_one_goes_on),
		FACT(cs_17_sliding_never_passes_the_absolute_limit),
		FACT(a_session_may_follow_the_provider),
		FACT(what_has_expired_is_reaped),
		FACT(cs_12_tv_63_no_value_of_ours_is_another),
		FACT(cs_11_a_rotated_key_signs_nobody_out),
		FACT(cs_11_a_key_that_is_gone_opens_nothing),
		FACT(a_sign_out_takes_the_cookies_of_all_keys),
		FACT(cs_26_an_outage_is_no_sign_out),
		FACT_IN(a_session_can_be_its_cookie, setup_in_cookie),
		FACT_IN(a_session_in_its_cookie_slides_by_a_new_one, setup_in_cookie),
		FACT_IN(cs_24_a_session_that_fits_no_cookie_is_refused_before_it_begins, setup_in_cookie),
		FACT(cs_24_a_stored_session_may_be_larger),
		FACT_IN(cs_08_a_sealed_cookie_that_was_changed_is_nobodys, setup_in_cookie),
		FACT(identify_tells_who_it_is),
		FACT(a_token_that_nobody_may_read_is_not_kept),
		FACT(identify_knows_strangers),
		FACT(who_is_signed_in_is_asked_by_get_alone),
	};
	return cmocka_run_group_tests_name("realm/session", tests, NULL, NULL);
}
