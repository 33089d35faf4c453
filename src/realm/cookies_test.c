/* The session cookie: how it is set, read, and kept from the app. */
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

/* --- the cookie */

static void cs_01_the_cookie_is_bound_to_host_and_tls(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	test_begin_login(&site, "/auth/login?provider=one");
	test_come_back(&site);
	const char *line = test_header(&site, "set-cookie");
	assert_true(strncmp(line, "__Host-st_oauth_session-", 24) == 0);
	assert_non_null(strstr(line, "; Path=/; Max-Age=604800; Secure; HttpOnly; SameSite=Lax"));
	assert_null(strstr(line, "Domain"));
	assert_true(strlen(test_session_cookie(&site)) <= STO_LIMIT_SESSION_COOKIE);
}

static void cs_02_no_setting_breaks_the_name(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_ONE ", 'public_url': 'https://app.example/foo'}");
	test_sign_in_at(&site, "one", "/foo/page");
	const struct test_cookie *cookie = test_cookie_of(&site.jar, "session-");
	assert_true(strncmp(cookie->name, "__Host-", 7) == 0);
}

static void a_session_of_the_browser_has_no_max_age(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_ONE ", 'session': 'browser'}");
	test_begin_login(&site, "/auth/login?provider=one");
	test_come_back(&site);
	assert_null(strstr(test_header(&site, "set-cookie"), "Max-Age"));
	assert_true(test_sets_session(&site));
}

static void cs_04_a_cookie_without_a_name_is_none(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	const struct test_cookie *cookie = test_cookie_of(&site.jar, "session-");
	assert_true(test_is_somebody(&site, "%s=%s", cookie->name, cookie->value));
	assert_false(test_is_somebody(&site, "=%s=%s", cookie->name, cookie->value));
	assert_false(test_is_somebody(&site, "%s", cookie->value));
	assert_false(test_is_somebody(&site, "=%s", cookie->value));
	assert_false(test_is_somebody(&site, "x%s=%s", cookie->name, cookie->value));
}

static void cs_23_planted_cookies_do_not_hide_a_session(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	const struct test_cookie *cookie = test_cookie_of(&site.jar, "session-");
	const char *name = cookie->name;
	assert_true(test_is_somebody(&site, "%s=planted; %s=; %s=%s", name, name, name, cookie->value));
	assert_true(test_is_somebody(&site, "%s=%s; %s=planted", name, cookie->value, name));
	/* Without its prefix a name is anybody's on a public host. */
	assert_false(test_is_somebody(&site, "%s=%s", name + strlen("__Host-"), cookie->value));
}

/* The work is bounded: of many that are planted four are tried. */
static void cs_23_the_work_for_planted_cookies_is_bounded(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	const struct test_cookie *cookie = test_cookie_of(&site.jar, "session-");
	const char *name = cookie->name;
	assert_true(
		test_is_somebody(&site, "%s=a; %s=b; %s=c; %s=%s", name, name, name, name, cookie->value));
	assert_false(test_is_somebody(&site, "%s=a; %s=b; %s=c; %s=d; %s=%s", name, name, name, name, name,
				      cookie->value));
}

static void cs_18_there_are_no_parts_of_a_cookie(void **state)
{
	static const char *const parts[] = {"_0", "_1", "_99999999", "_-1", "_x", ".0", "0"};
	(void)state;
	test_sign_in_by(&site, "one");
	const struct test_cookie *cookie = test_cookie_of(&site.jar, "session-");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_false(test_is_somebody(&site, "%s%s=%s", cookie->name, parts[i], cookie->value));
}

static void cs_22_any_cookie_header_is_read_or_ignored(void **state)
{
	static const char *const headers[] = {" ",
					      ";;;",
					      "=",
					      "a",
					      " ; ; ",
					      "=;=;=",
					      "\"",
					      "a=\"",
					      ";a=;=b;",
					      "\xff\xfe=\xff",
					      "__Host-st_oauth_session-",
					      "__Host-",
					      "__Host-st_oauth_session-="};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_false(test_is_somebody(&site, "%s", headers[i]));
}

static void cs_22_ds_07_a_cookie_header_over_its_limit_is_refused(void **state)
{
	struct sto_buf headers;
	(void)state;
	test_site_restart(&site, "{" TEST_ONE ", 'require_login': true}");
	sto_buf_init(&headers, 200000);
	assert_ok(sto_buf_put_str(&headers, "Cookie: a="));
	for (int i = 0; i < 70000; i++)
		assert_ok(sto_buf_put_byte(&headers, 'a'));
	test_get_with(&site, "/page", sto_buf_cstr(&headers));
	test_expect_refused(&site, 400, "request_refused", "too_large");
	assert_true(test_body_has(&site, "This page cannot be shown"));
	sto_buf_finish(&headers);
}

static void cs_08_a_cookie_that_was_changed_is_nobodys(void **state)
{
	char value[200];
	(void)state;
	test_sign_in_by(&site, "one");
	const struct test_cookie *cookie = test_cookie_of(&site.jar, "session-");
	size_t len = strlen(cookie->value);
	for (size_t i = 0; i < len; i++) {
		keep_text(value, sizeof(value), cookie->value);
		value[i] = value[i] == 'A' ? 'B' : 'A';
		assert_false(test_is_somebody(&site, "%s=%s", cookie->name, value));
		keep_text(value, sizeof(value), cookie->value);
		value[i] = '\0';
		assert_false(test_is_somebody(&site, "%s=%s", cookie->name, value));
	}
	assert_false(test_is_somebody(&site, "%s=%sA", cookie->name, cookie->value));
	assert_false(test_is_somebody(&site, "%s=%s=", cookie->name, cookie->value));
	assert_false(test_is_somebody(&site, "%s= s1.%s", cookie->name, cookie->value));
	assert_true(test_is_somebody(&site, "%s=%s", cookie->name, cookie->value));
}

static void cs_07_a_cookie_cannot_be_guessed_and_is_not_in_the_store(void **state)
{
	char first[200];
	uint8_t secret[32];
	(void)state;
	test_sign_in_by(&site, "one");
	keep_text(first, sizeof(first), test_session_cookie(&site));
	assert_int_equal(strlen(first), 3 + 43);
	assert_ok(sto_base64url_decode_to(secret, sto_span_str(first + 3)));
	test_site_restart(&site, "{" TEST_TWO ", 'require_login': true}");
	test_get(&site, "/page");
	test_expect_pass(&site);
	assert_int_equal(site.response->session_id.len, STO_SESSION_ID_LEN);
	assert_memory_not_equal(site.response->session_id.ptr, secret, sizeof(secret));
	assert_true(sto_span_equal(site.response->cookie, sto_span_str(first)));
	test_sign_in_by(&site, "one");
	assert_string_not_equal(test_session_cookie(&site), first);
}

/* --- what an app does not get to see */

static void cs_39_other_cookies_stay_as_they_were(void **state)
{
	static const struct {
		const char *header, *rest;
	} rows[] = {
		{"", ""},
		{"a=b", "a=b"},
		{"a=b; c=d", "a=b; c=d"},
		{"a=b;c=d;  e=\"f g\"", "a=b;c=d;  e=\"f g\""},
		{"__Host-st_oauth_session-x=s; a=b", "a=b"},
		{"a=b; __Host-st_oauth_session-x=s", "a=b"},
		{"a=b; __Host-st_oauth_session-x=s; c=d", "a=b; c=d"},
		{"a=b; st_oauth_login-x=s;c=d", "a=b;c=d"},
		{"_streamlit_user=x; a=b; _streamlit_user_tokens_1=y", "a=b"},
		{"_streamlit_xsrf=keep; _streamlit_user=x", "_streamlit_xsrf=keep"},
		{"st_oauth-gate=keep", "st_oauth-gate=keep"},
		{" __Host-st_oauth_session-x =s;a", "a"},
		{"=x; a", "=x; a"},
		{";;a=b;;", ";;a=b;;"},
		{"a=b=c; d==", "a=b=c; d=="},
		{"xst_oauth_session-=1; my_streamlit_user=2", "xst_oauth_session-=1; my_streamlit_user=2"},
	};
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, STO_LIMIT_COOKIE_HEADER);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sto_buf_clear(&out);
		assert_ok(sto_realm_strip_cookies(&out, site.realm, sto_span_str(rows[i].header)));
		if (!sto_span_equal(sto_buf_span(&out), sto_span_str(rows[i].rest)))
			fail_msg("%s gives %.*s", rows[i].header, (int)out.len, (const char *)out.data);
	}
	sto_buf_finish(&out);
}

/* However a browser or a hostile client may write them, none reaches a script. */
static void cs_39_no_spelling_of_ours_is_passed_on(void **state)
{
	static const char *const spellings[] = {"%s=%s",        " %s=%s",    "\t%s\t=%s", "a=b;%s=%s",
						"a=b;\t%s =%s", "%s=\"%s\"", ";;%s=%s;;", "x; %s=%s"};
	struct sto_buf out;
	char header[400];
	(void)state;
	test_sign_in_by(&site, "one");
	const struct test_cookie *cookie = test_cookie_of(&site.jar, "session-");
	sto_buf_init(&out, STO_LIMIT_COOKIE_HEADER);
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		sto_buf_clear(&out);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(header, sizeof(header), spellings[i], cookie->name, cookie->value);
#pragma GCC diagnostic pop
		assert_true(test_is_somebody(&site, "%s", header));
		assert_ok(sto_realm_strip_cookies(&out, site.realm, sto_span_str(header)));
		assert_null(out.len == 0 ? NULL : strstr(sto_buf_cstr(&out), cookie->value));
	}
	sto_buf_finish(&out);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(cs_01_the_cookie_is_bound_to_host_and_tls),
		FACT(cs_02_no_setting_breaks_the_name),
		FACT(a_session_of_the_browser_has_no_max_age),
		FACT(cs_04_a_cookie_without_a_name_is_none),
		FACT(cs_23_planted_cookies_do_not_hide_a_session),
		FACT(cs_23_the_work_for_planted_cookies_is_bounded),
		FACT(cs_18_there_are_no_parts_of_a_cookie),
		FACT(cs_22_any_cookie_header_is_read_or_ignored),
		FACT(cs_22_ds_07_a_cookie_header_over_its_limit_is_refused),
		FACT(cs_08_a_cookie_that_was_changed_is_nobodys),
		FACT(cs_07_a_cookie_cannot_be_guessed_and_is_not_in_the_store),
		FACT(cs_39_other_cookies_stay_as_they_were),
		FACT(cs_39_no_spelling_of_ours_is_passed_on),
	};
	return cmocka_run_group_tests_name("realm/cookies", tests, NULL, NULL);
}
