/* The hook that has a say in a sign-in, and sign-ins that stop half way. */
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

static void expect_refused(int status, const char *reason)
{
	test_expect_refused(&site, status, "login_refused", reason);
	assert_int_equal(test_count(&site), 0);
	assert_false(test_is_signed_in(&site));
}

/* --- the hook */

static int setup_hook(void **state)
{
	(void)state;
	test_site_open_with(&site, "{" TEST_TWO "}", "{'asks_login': true}");
	return 0;
}

static const char *asked(const char *member)
{
	const char *text = json_string_value(json_object_get(site.question, member));
	return text == NULL ? "" : text;
}

static void a_hook_that_allows_is_asked_before_there_is_a_session(void **state)
{
	(void)state;
	begin();
	site.reply = "{\"allow\": true}";
	test_come_back(&site);
	assert_string_equal(asked("question"), "on_login");
	assert_string_equal(asked("provider"), "one");
	assert_string_equal(asked("issuer"), "https://op.example");
	assert_string_equal(asked("subject"), "ada-1");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(site.question, "claims"), "sub")), "ada-1");
	test_expect_redirect(&site, "/page?a=1");
	assert_true(test_is_signed_in(&site));
}

static void a_hook_denies_with_its_own_sentence(void **state)
{
	(void)state;
	begin();
	site.reply = "{\"allow\": false, \"message\": \"Not <b>you</b>.\"}";
	test_come_back(&site);
	test_expect_refused(&site, 403, "login_refused", "hook_denied");
	assert_true(test_body_has(&site, "Not &lt;b&gt;you&lt;/b&gt;."));
	expect_refused(403, "hook_denied");
}

static void a_hook_denies_without_a_sentence(void **state)
{
	static const char *const replies[] = {"{\"allow\": false}", "{\"allow\": false, \"message\": \"\"}",
					      "{\"allow\": false, \"message\": 7}"};
	(void)state;
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		begin();
		site.reply = replies[i];
		test_come_back(&site);
		test_expect_refused(&site, 403, "login_refused", "hook_denied");
		assert_true(test_body_has(&site, "This account may not use this app."));
	}
}

static void a_reply_that_cannot_be_read_denies(void **state)
{
	static const char *const replies[] = {"",
					      "garbage",
					      "true",
					      "[]",
					      "{}",
					      "{\"allow\": 1}",
					      "{\"allow\": \"true\"}",
					      "{\"allow\": null}",
					      "{\"allow\": false, \"allow\": true}",
					      "{\"allow\": true"};
	(void)state;
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		begin();
		site.reply = replies[i];
		test_come_back(&site);
		expect_refused(500, "hook_failed");
	}
}

static void a_hook_that_never_answers_leaves_no_session(void **state)
{
	(void)state;
	begin();
	site.reply = NULL;
	test_come_back(&site);
	assert_true(site.asked);
	assert_null(site.response);
	assert_int_equal(test_count(&site), 0);
	assert_false(test_is_signed_in(&site));
}

/* --- kill -9 between any two steps: what was not finished is none */

static void a_login_that_stops_between_two_steps_is_none(void **state)
{
	(void)state;
	begin();
	site.reply = "{\"allow\": true}";
	test_come_back(&site);
	int steps = site.steps;
	assert_true(steps >= 4);
	site.jar.n = 0;
	size_t n = test_count(&site);
	for (int k = 0; k < steps; k++) {
		begin();
		site.max_steps = k;
		test_come_back(&site);
		site.max_steps = -1;
		assert_null(site.response);
		assert_false(test_is_signed_in(&site));
		assert_int_equal(test_count(&site), n);
	}
	/* And afterwards everything still works. */
	begin();
	test_come_back(&site);
	test_expect_redirect(&site, "/page?a=1");
}

static void a_way_out_that_stops_between_two_steps_is_none(void **state)
{
	(void)state;
	for (int k = 0; k < 2; k++) {
		site.max_steps = k;
		test_get(&site, "/auth/login?provider=one");
		assert_null(site.response);
		assert_int_equal(site.jar.n, 0);
	}
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FACT_IN(name, prepare) cmocka_unit_test_setup_teardown(name, prepare, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT_IN(a_hook_that_allows_is_asked_before_there_is_a_session, setup_hook),
		FACT_IN(a_hook_denies_with_its_own_sentence, setup_hook),
		FACT_IN(a_hook_denies_without_a_sentence, setup_hook),
		FACT_IN(a_reply_that_cannot_be_read_denies, setup_hook),
		FACT_IN(a_hook_that_never_answers_leaves_no_session, setup_hook),
		FACT_IN(a_login_that_stops_between_two_steps_is_none, setup_hook),
		FACT(a_way_out_that_stops_between_two_steps_is_none),
	};
	return cmocka_run_group_tests_name("realm/hook", tests, NULL, NULL);
}
