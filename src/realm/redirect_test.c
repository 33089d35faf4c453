/* Where a sign-in may lead: to pages of this app, and nowhere else. */
#include "http/url.h"
#include "realm/test_config.h"
#include "realm/test_site.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "http/escape.h"

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

/* --- where a login leads */

/* What a browser makes of it: it drops tabs and line ends, and takes '\\' for '/' (WHATWG URL 4.4). */
static bool is_here_as_written(struct sto_span text)
{
	char seen[3] = {0};
	size_t n = 0;
	for (size_t i = 0; i < text.len && n < 2; i++) {
		if (text.ptr[i] < 0x21 || text.ptr[i] == 0x7f)
			return false;
		seen[n++] = text.ptr[i] == '\\' ? '/' : (char)text.ptr[i];
	}
	return seen[0] == '/' && seen[1] != '/';
}

/* The same with one to four levels of percent escapes taken off, as proxies in front may do. */
static bool lands_here(const char *location)
{
	uint8_t text[STO_LIMIT_URL];
	size_t len = strlen(location);
	memcpy(text, location, len);
	for (int level = 0; level < 5; level++) {
		size_t to = 0;
		if (!is_here_as_written(sto_span_of(text, len)))
			return false;
		for (size_t i = 0; i < len; i++) {
			uint8_t byte = text[i];
			if (byte == '%' && sto_escape_read(&byte, sto_span_of(text, len), i))
				i += 2;
			text[to++] = byte;
		}
		len = to;
	}
	return true;
}

/* Signs in with this `next`, which is put into the query as it is. Where the login is refused, so is the
 * payload. */
static bool try_next(const char *raw)
{
	struct sto_buf target;
	bool led_on;
	sto_buf_init(&target, STO_LIMIT_URL);
	assert_ok(sto_buf_printf(&target, "/auth/login?provider=one&next=%s", raw));
	test_get(&site, sto_buf_cstr(&target));
	led_on = site.response->status == 302;
	if (!led_on) {
		test_expect_refused(&site, 400, "login_not_begun", "form_malformed");
	} else {
		test_begin_login(&site, sto_buf_cstr(&target));
		assert_string_equal(test_authorize_param(&site, "redirect_uri"),
				    "https://app.example/auth/callback");
		test_come_back(&site);
		assert_int_equal(site.response->status, 302);
		if (!lands_here(test_location(&site)))
			fail_msg("%s leads to %s", raw, test_location(&site));
	}
	sto_buf_finish(&target);
	return led_on;
}

static void put_escaped(struct sto_buf *out, const char *text)
{
	sto_buf_clear(out);
	assert_ok(sto_url_put_escaped(out, sto_span_str(text)));
}

/* Each of these is a mistake, and the start page is where it leads. */
static void expect_start_page(const char *const *payloads, size_t n)
{
	struct sto_buf escaped;
	sto_buf_init(&escaped, STO_LIMIT_URL);
	for (size_t i = 0; i < n; i++) {
		put_escaped(&escaped, payloads[i]);
		if (try_next(sto_buf_cstr(&escaped)) && strcmp(test_location(&site), "/") != 0)
			fail_msg("%s leads to %s", payloads[i], test_location(&site));
	}
	sto_buf_finish(&escaped);
}
#define EXPECT_START_PAGE(...)                                                                               \
	do {                                                                                                 \
		static const char *const payloads_[] = {__VA_ARGS__};                                        \
		expect_start_page(payloads_, sizeof(payloads_) / sizeof(payloads_[0]));                      \
	} while (0)

static const char *const fronts[] = {"//",
				     "///",
				     "////",
				     "/\\",
				     "\\/",
				     "\\\\",
				     "/\\/",
				     "//\\",
				     "\\",
				     "/%2f",
				     "/%5c",
				     "%2f%2f",
				     "%5c%5c",
				     "/%09/",
				     "/%0a/",
				     "/%0d/",
				     "/%20/",
				     "/%20//",
				     "/ /",
				     "/\t/",
				     "/./",
				     "/../",
				     "/.//",
				     "/..//",
				     "/%2e%2e//",
				     "/%2e/",
				     "/;//",
				     "/x/..//",
				     "/x/../../",
				     "/x//",
				     "https://",
				     "HTTPS://",
				     "http:",
				     "https:",
				     "https:/",
				     "https:\\\\",
				     "https:///",
				     "ftp://",
				     "ws://",
				     "%01https://",
				     " https://",
				     "%09https://",
				     "//user@",
				     "https://app.example@",
				     "https://app.example:443@",
				     "https://app.example.",
				     "https://app.example%2f@",
				     "/%252f",
				     "/%255c",
				     "/%25252f",
				     "javascript:",
				     "data:",
				     "vbscript:",
				     "//%09",
				     "/%00/",
				     "/%e3%80%82/",
				     "?",
				     "#",
				     "",
				     "@",
				     ":",
				     "//;@",
				     "/..;/",
				     "/%ef%bc%8f",
				     "x://"};

static const char *const hosts[] = {"evil.example",
				    "evil.example/path",
				    "evil.example/%2f..",
				    "2130706433",
				    "0x7f.1",
				    "[::ffff:1.2.3.4]",
				    "evil%E3%80%82example",
				    "xn--e1awd7f.example",
				    "app.example.evil.example",
				    "evil-app.example",
				    "app.example@evil.example",
				    "evil.example?x=/",
				    "evil.example#/",
				    "%65vil.example",
				    "evil.example:443"};

/* Every front with every host: each once as the value of `next`, and once as bytes of the query. */
static void rd_01_no_shape_of_next_leaves_this_site(void **state)
{
	struct sto_buf payload, escaped;
	size_t n = 0;
	(void)state;
	sto_buf_init(&payload, STO_LIMIT_URL);
	sto_buf_init(&escaped, STO_LIMIT_URL);
	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++)
		for (size_t k = 0; k < sizeof(hosts) / sizeof(hosts[0]); k++, n += 2) {
			sto_buf_clear(&payload);
			assert_ok(sto_buf_printf(&payload, "%s%s", fronts[i], hosts[k]));
			(void)try_next(sto_buf_cstr(&payload));
			put_escaped(&escaped, sto_buf_cstr(&payload));
			(void)try_next(sto_buf_cstr(&escaped));
		}
	assert_true(n >= 1000);
	sto_buf_finish(&payload);
	sto_buf_finish(&escaped);
}

static void rd_02_an_absolute_url_is_not_followed(void **state)
{
	(void)state;
	EXPECT_START_PAGE("https://evil.example/", "http://evil.example/", "https://app.example/page",
			  "https://app.example", "//app.example/page");
}

static void rd_03_a_backslash_is_not_followed(void **state)
{
	(void)state;
	EXPECT_START_PAGE("/\\evil.example", "\\/evil.example", "\\\\evil.example", "/%5cevil.example",
			  "/page\\evil", "/%255cevil.example");
}

static void rd_04_escaped_blanks_and_controls_are_not_followed(void **state)
{
	(void)state;
	EXPECT_START_PAGE("/%09/evil.example", "/%0a/evil.example", "/%0d/evil.example", "/%20//evil.example",
			  "/\t/evil.example", "/%00/evil.example", "/ /evil.example", "/%7f/evil.example");
}

static void rd_06_a_host_that_ends_alike_is_not_followed(void **state)
{
	(void)state;
	EXPECT_START_PAGE("https://evil-app.example", "https://app.example.evil.example",
			  "https://xapp.example/");
}

static void rd_07_user_names_and_ports_are_not_followed(void **state)
{
	(void)state;
	EXPECT_START_PAGE("https://app.example@evil.example", "https://app.example:443@evil.example/",
			  "https://app.example:8443/", "//app.example@evil.example");
}

static void rd_08_other_schemes_are_not_followed(void **state)
{
	(void)state;
	EXPECT_START_PAGE("javascript:alert(1)", "data:text/html,x", "https:evil.example",
			  "https:/evil.example", "HTTPS:\\\\evil.example", "\x01javascript:alert(1)",
			  "vbscript:x", "file:///etc/passwd");
}

static void rd_09_numbers_and_names_of_other_scripts_are_not_followed(void **state)
{
	(void)state;
	EXPECT_START_PAGE("http://2130706433/", "http://[::ffff:1.2.3.4]/", "https://app%E3%80%82example/",
			  "https://xn--pp-5ja.example/", "//\xe3\x80\x82/");
}

static void rd_11_a_line_end_in_next_makes_no_header(void **state)
{
	static const char *const raw[] = {"/x%0d%0aSet-Cookie:%20a=b", "/x%0d", "/x%0a", "/x%00"};
	(void)state;
	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++)
		assert_false(try_next(raw[i]));
	EXPECT_START_PAGE("/x%0d%0aSet-Cookie:%20a=b", "/x%250d%250aSet-Cookie:%20a=b");
}

static void cb_21_a_broken_next_is_the_start_page(void **state)
{
	(void)state;
	EXPECT_START_PAGE("http://[::1", "//", "%%%", "/%zz", "/%", "/%2", "page", "", "?a=1", "#part",
			  "/a/../b", "/a//b", "/.", "/..", "/auth/login", "/auth/logout?next=/",
			  "/auth/callback?code=1", "/oauth2callback", "/auth/user", "/auth/signed-out");
}

static void rd_13_no_page_links_to_a_next_that_leaves(void **state)
{
	static const char *const targets[] = {"/auth/login?next=%2F%2Fevil.example",
					      "/auth/login?provider=three&next=https%3A%2F%2Fevil.example",
					      "/auth/logout?t=x&next=%2F%5Cevil.example"};
	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		test_get(&site, targets[i]);
		assert_true(test_body_has(&site, "next=%2F\""));
		assert_false(test_body_has(&site, "evil"));
	}
}

static void a_next_that_is_too_long_is_the_start_page(void **state)
{
	char next[9000];
	(void)state;
	memset(next, 'a', sizeof(next) - 1);
	next[0] = '/';
	next[sizeof(next) - 1] = '\0';
	char *target = NULL;
	assert_true(asprintf(&target, "/auth/login?provider=one&next=%s", next) > 0);
	test_begin_login(&site, target);
	free(target);
	test_come_back(&site);
	test_expect_redirect(&site, "/");
}

static void rd_21_a_deep_link_comes_back_as_it_was(void **state)
{
	static const char *const nexts[] = {"/",
					    "/page",
					    "/page/",
					    "/page?a=1&a=2&b",
					    "/page?q=%C3%A9%20x+y&r=%2F%2f",
					    "/caf%C3%A9/%41",
					    "/page#part",
					    "/page?a=1#part/%20?b",
					    "/?next=/other&url=https%3A%2F%2Fx.example",
					    "/page?a='b'&c=%22&d=~!*()"};
	(void)state;
	for (size_t i = 0; i < sizeof(nexts) / sizeof(nexts[0]); i++)
		test_sign_in_at(&site, "one", nexts[i]);
}

static void rd_22_one_redirect_uri_is_sent_whatever_came(void **state)
{
	static const char *const headers[] = {
		"X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http",
		"Forwarded: host=evil.example",   "Referer: https://evil.example/",
		"Origin: https://evil.example",   "X-Forwarded-Prefix: /evil",
		"X-Original-URL: /evil",          "Host: APP.example"};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		test_get_with(&site, "/auth/login?provider=two&redirect_uri=https%3A%2F%2Fevil.example",
			      headers[i]);
		assert_int_equal(site.response->status, 302);
		assert_true(strstr(test_location(&site),
				   "redirect_uri=https%3A%2F%2Fapp.example%2Fauth%2Fcallback&") != NULL);
		assert_null(strstr(test_location(&site), "evil"));
	}
}

static void rd_17_no_header_says_where_a_login_leads(void **state)
{
	static const char *const headers[] = {
		"X-Auth-Request-Redirect: https://evil.example/", "X-Forwarded-Uri: //evil.example/",
		"X-Original-URI: /evil", "X-Forwarded-Host: evil.example", "Referer: https://app.example/x"};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		test_get_with(&site, "/auth/login?provider=one", headers[i]);
		assert_int_equal(site.response->status, 302);
		test_begin_login(&site, "/auth/login?provider=one");
		test_get_with(&site, test_answer_target(&site), headers[i]);
		test_expect_redirect(&site, "/");
	}
}

static void rd_14_lf_18_a_third_party_does_not_say_where_a_login_leads(void **state)
{
	(void)state;
	test_begin_login(&site, "/auth/login?provider=one&target_link_uri=https%3A%2F%2Fevil.example%2F&"
				"login_hint=x&rd=%2F%2Fevil.example&redirect=%2Fx&return_to=%2Fx&url=%2Fx");
	assert_string_equal(test_authorize_param(&site, "login_hint"), "");
	assert_string_equal(test_authorize_param(&site, "target_link_uri"), "");
	test_come_back(&site);
	test_expect_redirect(&site, "/");
}

static void lf_17_a_third_party_names_no_issuer(void **state)
{
	(void)state;
	test_get(&site, "/auth/login?iss=https%3A%2F%2Fevil.example&login_hint=x");
	assert_int_equal(site.response->status, 200);
	assert_true(test_body_has(&site, "Choose the account"));
	assert_false(test_body_has(&site, "evil.example"));
	for (int i = 0; i < TEST_ENDPOINTS; i++)
		assert_int_equal(site.one.requests[i] + site.two.requests[i], 0);
}

/* --- a guarded page */

#define GUARDED "{" TEST_TWO ", 'require_login': true}"

static int setup_guarded(void **state)
{
	(void)state;
	test_site_open(&site, GUARDED);
	return 0;
}

static void a_guarded_page_leads_there_and_back(void **state)
{
	(void)state;
	test_get(&site, "/page?a=1&b=%20");
	test_expect_redirect(&site, "/auth/login?next=%2Fpage%3Fa%3D1%26b%3D%2520");
	test_begin_login(&site, "/auth/login?provider=one&next=%2Fpage%3Fa%3D1%26b%3D%2520");
	test_come_back(&site);
	test_expect_redirect(&site, "/page?a=1&b=%20");
}

static void rd_16_a_path_that_is_another_site_is_not_where_a_login_leads(void **state)
{
	static const char *const paths[] = {"//evil.example/%2f..", "//evil.example",   "/\\evil.example",
					    "/%5cevil.example",     "/%2fevil.example", "///evil.example/x"};
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		test_get(&site, paths[i]);
		test_expect_redirect(&site, "/auth/login?next=%2F");
	}
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FACT_IN(name, prepare) cmocka_unit_test_setup_teardown(name, prepare, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(rd_01_no_shape_of_next_leaves_this_site),
		FACT(rd_02_an_absolute_url_is_not_followed),
		FACT(rd_03_a_backslash_is_not_followed),
		FACT(rd_04_escaped_blanks_and_controls_are_not_followed),
		FACT(rd_06_a_host_that_ends_alike_is_not_followed),
		FACT(rd_07_user_names_and_ports_are_not_followed),
		FACT(rd_08_other_schemes_are_not_followed),
		FACT(rd_09_numbers_and_names_of_other_scripts_are_not_followed),
		FACT(rd_11_a_line_end_in_next_makes_no_header),
		FACT(cb_21_a_broken_next_is_the_start_page),
		FACT(rd_13_no_page_links_to_a_next_that_leaves),
		FACT(a_next_that_is_too_long_is_the_start_page),
		FACT(rd_21_a_deep_link_comes_back_as_it_was),
		FACT(rd_22_one_redirect_uri_is_sent_whatever_came),
		FACT(rd_17_no_header_says_where_a_login_leads),
		FACT(rd_14_lf_18_a_third_party_does_not_say_where_a_login_leads),
		FACT(lf_17_a_third_party_names_no_issuer),
		FACT_IN(a_guarded_page_leads_there_and_back, setup_guarded),
		FACT_IN(rd_16_a_path_that_is_another_site_is_not_where_a_login_leads, setup_guarded),
	};
	return cmocka_run_group_tests_name("realm/redirect", tests, NULL, NULL);
}
