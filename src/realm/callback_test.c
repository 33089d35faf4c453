/* The way back from the provider: what makes a session, and everything that does not. */
#include <stdio.h>
#include <stdlib.h>

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

static void begin(void)
{
	test_begin_login(&site, "/auth/login?provider=one&next=%2Fpage%3Fa%3D1");
}

/* The answer of the provider with more behind it. */
static void come_back_with(const char *more)
{
	char *target = NULL;
	assert_true(asprintf(&target, "%s%s", test_answer_target(&site), more) > 0);
	test_get(&site, target);
	free(target);
}

/* `path`, and the state of the login that was begun. */
static void go_with_state(const char *path)
{
	char *target = NULL;
	assert_true(asprintf(&target, "%s%s", path, sto_buf_cstr(&site.state)) > 0);
	test_get(&site, target);
	free(target);
}

static void expect_refused(int status, const char *reason)
{
	test_expect_refused(&site, status, "login_refused", reason);
	assert_int_equal(test_count(&site), 0);
	assert_false(test_is_signed_in(&site));
}

/* Nothing was sent to either provider's token endpoint. */
static void expect_no_exchange(void)
{
	assert_int_equal(site.one.requests[TEST_TOKEN] + site.two.requests[TEST_TOKEN], 0);
}

/* --- a login that works */

static void a_login_makes_a_session(void **state)
{
	(void)state;
	test_sign_in_at(&site, "one", "/page?a=1");
	assert_int_equal(test_count(&site), 1);
	assert_string_equal(test_user(&site, "id"), "one:ada-1");
	assert_string_equal(test_user(&site, "provider"), "one");
}

static void a_login_is_an_event_without_a_secret(void **state)
{
	(void)state;
	begin();
	test_come_back(&site);
	assert_string_equal(test_event(&site, "event"), "login_succeeded");
	assert_string_equal(test_event(&site, "user"), "one:ada-1");
	assert_string_equal(test_event(&site, "provider"), "one");
	assert_string_equal(test_event(&site, "device"), "Firefox on Linux");
	assert_int_equal(strlen(test_event(&site, "session")), 8);
	char *text = json_dumps(site.events, 0);
	assert_null(strstr(text, test_session_cookie(&site)));
	assert_null(strstr(text, "c0de"));
	assert_null(strstr(text, "opaque-access-token"));
	free(text);
}

static void the_native_callback_does_as_well(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_ONE ", 'redirect_uri': 'https://app.example/oauth2callback'}");
	begin();
	assert_string_equal(test_authorize_param(&site, "redirect_uri"),
			    "https://app.example/oauth2callback");
	test_come_back(&site);
	test_expect_redirect(&site, "/page?a=1");
}

/* A page of the app as redirect URI is a page where no answer is in its query. */
static void a_page_may_be_the_redirect_uri(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_ONE ", 'redirect_uri': 'https://app.example/home', 'public_url': "
				 "'https://app.example'}");
	test_get(&site, "/home?a=1");
	test_expect_pass(&site);
	begin();
	test_come_back(&site);
	test_expect_redirect(&site, "/page?a=1");
}

/* --- the same answer again */

static void cb_06_a_second_answer_leads_into_the_app(void **state)
{
	(void)state;
	begin();
	test_come_back(&site);
	test_expect_redirect(&site, "/page?a=1");
	test_come_back(&site);
	test_expect_redirect(&site, "/page?a=1");
	assert_false(test_sets_session(&site));
	assert_int_equal(site.one.requests[TEST_TOKEN], 1);
	assert_int_equal(test_count(&site), 1);
}

static void lf_06_a_state_is_good_once(void **state)
{
	(void)state;
	begin();
	test_come_back(&site);
	struct test_cookie *session = test_cookie_of(&site.jar, "session-");
	*session = site.jar.cookies[--site.jar.n];
	test_come_back(&site);
	test_expect_refused(&site, 400, "login_refused", "state_used");
	assert_int_equal(site.one.requests[TEST_TOKEN], 1);
}

static void lf_13_a_login_that_failed_is_spent(void **state)
{
	(void)state;
	begin();
	site.one.answers[TEST_TOKEN].status = 500;
	test_come_back(&site);
	expect_refused(502, "provider_status");
	site.one.answers[TEST_TOKEN].status = 0;
	test_come_back(&site);
	expect_refused(400, "state_used");
	assert_int_equal(site.one.requests[TEST_TOKEN], 1);
}

/* --- state and browser */

static void lf_03_another_browser_finishes_no_login(void **state)
{
	(void)state;
	begin();
	struct test_jar jar = site.jar;
	site.jar.n = 0;
	test_come_back(&site);
	expect_refused(403, "state_other_browser");
	expect_no_exchange();
	/* Nor one with a login of its own; and the first browser still can. */
	struct sto_buf theirs;
	sto_buf_init(&theirs, STO_LIMIT_URL);
	assert_ok(sto_buf_put_str(&theirs, test_answer_target(&site)));
	begin();
	test_get(&site, sto_buf_cstr(&theirs));
	expect_refused(403, "state_other_browser");
	expect_no_exchange();
	site.jar = jar;
	test_get(&site, sto_buf_cstr(&theirs));
	assert_int_equal(site.one.requests[TEST_TOKEN], 1);
	sto_buf_finish(&theirs);
}

static void who_was_overtaken_by_another_tab_goes_on_as_that_one(void **state)
{
	(void)state;
	begin();
	struct sto_buf slower;
	sto_buf_init(&slower, STO_LIMIT_URL);
	assert_ok(sto_buf_put_str(&slower, test_answer_target(&site)));
	site.jar.n = 0; /* the other tab's cookie came last */
	test_sign_in_by(&site, "one");
	test_get(&site, sto_buf_cstr(&slower));
	test_expect_redirect(&site, "/page?a=1");
	assert_int_equal(site.one.requests[TEST_TOKEN], 1);
	assert_int_equal(test_count(&site), 1);
	sto_buf_finish(&slower);
}

static void lf_04_an_answer_without_a_state_is_refused(void **state)
{
	(void)state;
	begin();
	test_get(&site, "/auth/callback?code=c0de&iss=https%3A%2F%2Fop.example");
	expect_refused(400, "state_missing");
	test_get(&site, "/auth/callback?code=c0de&state=");
	expect_refused(400, "state_missing");
	expect_no_exchange();
}

static void cb_01_a_state_of_nobody_is_refused(void **state)
{
	(void)state;
	begin();
	test_get(&site, "/auth/callback?code=c0de&state=garbage");
	expect_refused(400, "seal_malformed");
	expect_no_exchange();
}

static void cb_01_a_state_that_was_changed_is_refused(void **state)
{
	(void)state;
	begin();
	size_t at = site.state.len / 2;
	site.state.data[at] = site.state.data[at] == 'A' ? 'B' : 'A';
	test_come_back(&site);
	expect_refused(403, "seal_forged");
	expect_no_exchange();
}

static void cb_31_a_clock_that_jumps_on_an_hour_changes_nothing(void **state)
{
	(void)state;
	begin();
	test_wait(&site, 3600);
	test_come_back(&site);
	test_expect_redirect(&site, "/page?a=1");
}

static void cb_31_a_login_from_the_future_is_refused(void **state)
{
	(void)state;
	begin();
	test_wait(&site, -3600);
	test_come_back(&site);
	expect_refused(400, "state_expired");
	expect_no_exchange();
}

/* --- mix-up (RFC 9700 4.4) */

static void lf_14_an_answer_of_another_issuer_is_not_sent_on(void **state)
{
	(void)state;
	begin();
	site.provider = &site.two;
	test_come_back(&site);
	expect_refused(403, "callback_iss");
	expect_no_exchange();
}

static void lf_14_an_answer_goes_to_the_provider_of_its_login(void **state)
{
	(void)state;
	test_begin_login(&site, "/auth/login?provider=two");
	test_come_back(&site);
	test_expect_redirect(&site, "/");
	assert_int_equal(site.one.requests[TEST_TOKEN], 0);
	assert_int_equal(site.two.requests[TEST_TOKEN], 1);
	assert_string_equal(test_user(&site, "id"), "two:ada-1");
}

static void lf_14_a_login_of_a_provider_that_is_gone_is_refused(void **state)
{
	(void)state;
	test_begin_login(&site, "/auth/login?provider=two");
	test_site_restart(&site, "{" TEST_ONE "}");
	test_come_back(&site);
	expect_refused(400, "other_gate");
	expect_no_exchange();
}

static void cb_03_an_answer_without_its_issuer_is_refused(void **state)
{
	(void)state;
	begin();
	go_with_state("/auth/callback?code=c0de&state=");
	expect_refused(403, "callback_iss");
	expect_no_exchange();
}

static void cb_11_an_empty_issuer_is_refused(void **state)
{
	static const char *const issuers[] = {"", "%2F", "https%3A%2F%2Fop.example%2F",
					      "https%3A%2F%2FOP.example", "op.example"};
	(void)state;
	for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
		char path[100];
		begin();
		(void)snprintf(path, sizeof(path), "/auth/callback?code=c0de&iss=%s&state=", issuers[i]);
		go_with_state(path);
		expect_refused(403, "callback_iss");
	}
	expect_no_exchange();
}

/* --- parameters */

static void cb_07_a_parameter_that_stands_twice_is_refused(void **state)
{
	static const struct {
		const char *more, *reason;
	} rows[] = {{"&code=other", "callback_duplicate"},
		    {"&state=other", "callback_duplicate"},
		    {"&iss=https%3A%2F%2Fop.example", "callback_duplicate"},
		    {"&%63ode=other", "callback_duplicate"},
		    {"&error=a&error=b", "callback_duplicate"},
		    {"&access_token=a&access_token=b", "callback_mixed"}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin();
		come_back_with(rows[i].more);
		expect_refused(400, rows[i].reason);
	}
	expect_no_exchange();
}

static void lf_24_tokens_in_the_address_are_refused(void **state)
{
	static const char *const more[] = {"&access_token=x", "&id_token=x", "&token_type=Bearer",
					   "&id_token="};
	(void)state;
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		begin();
		come_back_with(more[i]);
		expect_refused(400, "callback_mixed");
	}
	expect_no_exchange();
}

static void cb_08_a_posted_answer_is_refused(void **state)
{
	char *body = NULL;
	(void)state;
	begin();
	assert_true(asprintf(&body, "code=c0de&iss=https%%3A%%2F%%2Fop.example&state=%s",
			     sto_buf_cstr(&site.state)) > 0);
	test_post(&site, "/auth/callback", "Sec-Fetch-Site: cross-site\nOrigin: https://op.example", body);
	expect_refused(405, "method_not_allowed");
	free(body);
	/* Nor with the answer in both places. */
	test_post(&site, test_answer_target(&site), NULL, "code=c0de");
	expect_refused(405, "method_not_allowed");
	expect_no_exchange();
}

static void cb_08_nothing_but_get_is_an_answer(void **state)
{
	static const char *const methods[] = {"HEAD", "PUT", "OPTIONS", "get", "G", ""};
	(void)state;
	begin();
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		test_send(&site,
			  &(struct test_request){.method = methods[i], .target = test_answer_target(&site)});
		expect_refused(405, "method_not_allowed");
	}
	expect_no_exchange();
}

static void cb_09_a_post_of_nothing_is_refused(void **state)
{
	static const char *const types[] = {"Content-Type:", "Content-Type: \xff\xfe",
					    "Content-Type: multipart/form-data; boundary=x",
					    "Content-Type: application/json"};
	static const char *const bodies[] = {"", "--x\r\n", "{}", "%", "&&&"};
	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (size_t k = 0; k < sizeof(bodies) / sizeof(bodies[0]); k++) {
			test_post(&site, "/auth/callback", types[i], bodies[k]);
			expect_refused(405, "method_not_allowed");
		}
}

static void cb_12_an_answer_over_its_limits_is_refused(void **state)
{
	struct sto_buf target;
	(void)state;
	sto_buf_init(&target, 200000);
	begin();
	/* A code of 9000 bytes, */
	assert_ok(sto_buf_printf(&target, "/auth/callback?iss=https%%3A%%2F%%2Fop.example&state=%s&code=",
				 sto_buf_cstr(&site.state)));
	for (int i = 0; i < 9000; i++)
		assert_ok(sto_buf_put_byte(&target, 'a'));
	test_get(&site, sto_buf_cstr(&target));
	expect_refused(400, "callback_bad");
	/* a name of a thousand, */
	sto_buf_clear(&target);
	assert_ok(sto_buf_put_str(&target, test_answer_target(&site)));
	assert_ok(sto_buf_put_byte(&target, '&'));
	for (int i = 0; i < 1000; i++)
		assert_ok(sto_buf_put_byte(&target, 'a'));
	test_get(&site, sto_buf_cstr(&target));
	expect_refused(400, "too_large");
	/* ten thousand parameters, */
	sto_buf_clear(&target);
	assert_ok(sto_buf_put_str(&target, test_answer_target(&site)));
	for (int i = 0; i < 10000; i++)
		assert_ok(sto_buf_put_str(&target, "&a=b"));
	test_get(&site, sto_buf_cstr(&target));
	expect_refused(400, "form_malformed");
	/* and all of it over 64 KiB. */
	for (int i = 0; i < 10000; i++)
		assert_ok(sto_buf_put_str(&target, "&a=b"));
	test_get(&site, sto_buf_cstr(&target));
	expect_refused(400, "too_large");
	expect_no_exchange();
	sto_buf_finish(&target);
}

static void cb_29_line_ends_in_a_code_are_refused(void **state)
{
	static const char *const codes[] = {"a%0d%0aX:%20y", "a%0d", "a%0a", "a%00b"};
	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		char path[200];
		begin();
		(void)snprintf(path, sizeof(path),
			       "/auth/callback?code=%s&iss=https%%3A%%2F%%2Fop.example&state=", codes[i]);
		go_with_state(path);
		expect_refused(400, "form_malformed");
	}
	begin();
	go_with_state("/auth/callback?code=a%09b&iss=https%3A%2F%2Fop.example&state=");
	expect_refused(400, "callback_bad");
	expect_no_exchange();
}

static void cb_27_no_other_spelling_is_the_callback(void **state)
{
	static const char *const paths[] = {
		"/auth/callback/",   "/auth/callback/..;/x", "/AUTH/CALLBACK",    "/auth/Callback",
		"//auth/callback",   "/auth%2fcallback",     "/%61uth/callback",  "/auth/callback;x",
		"/auth//callback",   "/x/../auth/callback",  "/auth/./callback",  "/oauth2callback/",
		"/x/oauth2callback", "/auth/callback%20",    "/auth/callback%3f", "auth/callback"};
	(void)state;
	begin();
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char *target = NULL;
		assert_true(asprintf(&target, "%s%s", paths[i], strchr(test_answer_target(&site), '?')) > 0);
		test_get(&site, target);
		test_expect_pass(&site);
		assert_false(sto_realm_is_ours(site.realm, sto_span_str(paths[i])));
		free(target);
	}
	expect_no_exchange();
}

/* --- errors of the provider */

static void cb_18_an_error_without_a_login_changes_nothing(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	char cookie[200];
	(void)snprintf(cookie, sizeof(cookie), "%s", test_session_cookie(&site));
	test_get(&site, "/auth/callback?error=access_denied");
	test_expect_refused(&site, 400, "login_refused", "state_missing");
	assert_string_equal(test_header(&site, "set-cookie"), "");
	test_get(&site, "/auth/callback?error=access_denied&state=garbage");
	test_expect_refused(&site, 400, "login_refused", "seal_malformed");
	assert_string_equal(test_header(&site, "set-cookie"), "");
	assert_string_equal(test_session_cookie(&site), cookie);
	assert_true(test_is_signed_in(&site));
}

static void a_visitor_who_said_no_reads_that(void **state)
{
	(void)state;
	begin();
	go_with_state("/auth/callback?error=access_denied&iss=https%3A%2F%2Fop.example&state=");
	test_expect_refused(&site, 403, "login_refused", "provider_denied");
	assert_true(test_body_has(&site, "href=\"/auth/login?next=%2Fpage%3Fa%3D1\""));
	expect_no_exchange();
}

static void lf_22_login_required_ends_on_a_page(void **state)
{
	(void)state;
	begin();
	go_with_state("/auth/callback?error=login_required&iss=https%3A%2F%2Fop.example&state=");
	expect_refused(403, "provider_error");
	expect_no_exchange();
}

static void cb_17_what_a_provider_says_is_not_markup(void **state)
{
	(void)state;
	begin();
	site.loopback_peer = true;
	char *target = NULL;
	assert_true(
		asprintf(&target,
			 "/auth/callback?error=x&error_description=%%3Cscript%%3Ealert(1)%%3C%%2Fscript%%3E"
			 "%%22%%1b&iss=https%%3A%%2F%%2Fop.example&state=%s",
			 sto_buf_cstr(&site.state)) > 0);
	/* Also for who sits at this machine and reads the detail. */
	test_get_with(&site, target, "Host: localhost");
	free(target);
	test_expect_refused(&site, 403, "login_refused", "provider_error");
	assert_false(test_body_has(&site, "<script>alert"));
}

/* --- what pages and redirects carry */

static void expect_private(const char *referrer)
{
	assert_string_equal(test_header(&site, "cache-control"), "no-store");
	assert_string_equal(test_header(&site, "x-content-type-options"), "nosniff");
	assert_string_equal(test_header(&site, "referrer-policy"), referrer);
}

static void cb_13_cb_14_nothing_of_ours_is_kept_or_passed_on(void **state)
{
	(void)state;
	test_get(&site, "/auth/login");
	expect_private("no-referrer");
	begin();
	expect_private("no-referrer");
	test_come_back(&site);
	expect_private("no-referrer");
	test_get(&site, "/auth/callback?code=x");
	expect_private("no-referrer");
	test_get(&site, "/auth/user");
	expect_private("no-referrer");
	test_get(&site, "/auth/signed-out");
	expect_private("no-referrer");
	/* Its form needs an Origin. */
	test_get(&site, "/auth/logout");
	expect_private("same-origin");
}

static void cb_16_no_page_of_ours_is_framed(void **state)
{
	static const char *const targets[] = {"/auth/login", "/auth/callback?code=x", "/auth/logout",
					      "/auth/signed-out", "/auth/login?provider=x"};
	(void)state;
	test_sign_in_by(&site, "one");
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		test_get(&site, targets[i]);
		assert_true(strstr(test_header(&site, "content-security-policy"), "frame-ancestors 'none'") !=
			    NULL);
		assert_string_equal(test_header(&site, "x-frame-options"), "DENY");
	}
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_login_makes_a_session),
		FACT(a_login_is_an_event_without_a_secret),
		FACT(the_native_callback_does_as_well),
		FACT(a_page_may_be_the_redirect_uri),
		FACT(cb_06_a_second_answer_leads_into_the_app),
		FACT(lf_06_a_state_is_good_once),
		FACT(lf_13_a_login_that_failed_is_spent),
		FACT(lf_03_another_browser_finishes_no_login),
		FACT(who_was_overtaken_by_another_tab_goes_on_as_that_one),
		FACT(lf_04_an_answer_without_a_state_is_refused),
		FACT(cb_01_a_state_of_nobody_is_refused),
		FACT(cb_01_a_state_that_was_changed_is_refused),
		FACT(cb_31_a_clock_that_jumps_on_an_hour_changes_nothing),
		FACT(cb_31_a_login_from_the_future_is_refused),
		FACT(lf_14_an_answer_of_another_issuer_is_not_sent_on),
		FACT(lf_14_an_answer_goes_to_the_provider_of_its_login),
		FACT(lf_14_a_login_of_a_provider_that_is_gone_is_refused),
		FACT(cb_03_an_answer_without_its_issuer_is_refused),
		FACT(cb_11_an_empty_issuer_is_refused),
		FACT(cb_07_a_parameter_that_stands_twice_is_refused),
		FACT(lf_24_tokens_in_the_address_are_refused),
		FACT(cb_08_a_posted_answer_is_refused),
		FACT(cb_08_nothing_but_get_is_an_answer),
		FACT(cb_09_a_post_of_nothing_is_refused),
		FACT(cb_12_an_answer_over_its_limits_is_refused),
		FACT(cb_29_line_ends_in_a_code_are_refused),
		FACT(cb_27_no_other_spelling_is_the_callback),
		FACT(cb_18_an_error_without_a_login_changes_nothing),
		FACT(a_visitor_who_said_no_reads_that),
		FACT(lf_22_login_required_ends_on_a_page),
		FACT(cb_17_what_a_provider_says_is_not_markup),
		FACT(cb_13_cb_14_nothing_of_ours_is_kept_or_passed_on),
		FACT(cb_16_no_page_of_ours_is_framed),
	};
	return cmocka_run_group_tests_name("realm/callback", tests, NULL, NULL);
}
