#include <stdio.h>

#include "base/bounds.h"
#include "base/test.h"
#include "http/url.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool is_local(const char *text)
{
	return sto_url_is_local_path(sto_span_str(text));
}

static void refuses(const char *const *payloads, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_local(payloads[i]))
			fail_msg("taken for a local path: %s", payloads[i]);
}

#define REFUSES(...)                                                                                         \
	do {                                                                                                 \
		static const char *const payloads_[] = {__VA_ARGS__};                                        \
		refuses(payloads_, COUNT(payloads_));                                                        \
	} while (0)

/* RD-01: everything that stands before a host in the known lists, times hosts, times what follows. */
static const char *const ways_out[] = {
	"//",           "///",        "////",     "/\\",          "\\/",        "\\\\",
	"/\\/",         "/\\\\",      "\\",       "/%5c",         "/%5C",       "/%5c/",
	"/%2f",         "/%2F",       "/%2f/",    "/%2f%2f",      "/%252f",     "/%25252f",
	"/%255c",       "/%25255c",   "/%09/",    "/%0a/",        "/%0d/",      "/%0d%0a/",
	"/%00/",        "/%20/",      "/%20//",   "/\t/",         "/\n/",       "/\r/",
	"/ /",          "/%2509/",    "/%250a/",  "/%250d%250a/", "/./",        "/../",
	"/.//",         "/..//",      "/.%2f/",   "/%2e/",        "/%2e%2e/",   "/%2e%2e//",
	"/%252e%252e/", "/.;/",       "/..;/",    "/..;x=1//",    "/a/../",     "/a/..//",
	"/a//",         "/a/%2f",     "/a\\",     "/a/%5c",       "/./\\",      "/\\./",
	"/%5c%5c",      "/%2f%5c",    "/%5c%2f",  "/%2%35c/",     "/%25%35c",   "/\x0b/",
	"/\x0c/",       "/\xc2\xa0/", "/\x7f/",   "/%7f/",        "/%c/",       "/%g/",
	"http://",      "https://",   "HTTPS://", "http:",        "https:/",    "https:\\\\",
	"javascript:",  "data:",      "ftp://",   "//user@",      "https://a@", "//a:b@",
	" //",          "\t//",       "\n//",     "%2f",          "%2f%2f",     "%5c",
	"%09//",        "?//",        "#//",      ";//",          "@",          ".",
};
static const char *const hosts[] = {
	"evil.example",          "evil%E3%80%82example", "2130706433",     "[::1]",
	"[::ffff:1.2.3.4]",      "xn--e1awd7f.example",  "127.0.0.1:80",   "good.example@evil.example",
	"good.example.evil.org", "evil.example:443",     "%65vil.example",
};
static const char *const tails[] = {"", "/", "/%2f..", "?x=/", "#/", "/%0d%0aSet-Cookie:a=b"};

static size_t refuse_all_tails(const char *way, const char *host)
{
	char payload[256];
	for (size_t i = 0; i < COUNT(tails); i++) {
		(void)snprintf(payload, sizeof(payload), "%s%s%s", way, host, tails[i]);
		if (is_local(payload))
			fail_msg("taken for a local path: %s", payload);
	}
	return COUNT(tails);
}

static void rd_01_no_generated_payload_is_taken_for_a_local_path(void **state)
{
	size_t count = 0;
	(void)state;
	for (size_t i = 0; i < COUNT(ways_out); i++)
		for (size_t j = 0; j < COUNT(hosts); j++)
			count += refuse_all_tails(ways_out[i], hosts[j]);
	assert_true(count >= 1000);
}

static void rd_02_an_absolute_url_is_no_local_path(void **state)
{
	(void)state;
	REFUSES("https://evil.example/", "http://localhost:8501/", "https://good.example/", "evil.example",
		"www.evil.example/path", "");
}

static void rd_03_backslashes_are_refused(void **state)
{
	(void)state;
	REFUSES("/\\evil", "\\/evil", "\\\\evil", "/%5cevil", "/%5Cevil", "/a\\b", "/a%5cb", "/a?x=\\b",
		"/a#\\b", "/%255cevil", "/%25255cevil", "/%252%355cevil");
}

static void rd_04_encoded_blanks_and_controls_are_refused(void **state)
{
	(void)state;
	REFUSES("/%09/evil", "/%0a/evil", "/%20//evil", "/\t/evil", "/%00", "/%1f", "/%7F", "/ /evil", "/a ",
		"/%20", "/a%20/b", "/%2509/evil", "/\x01", "/\x80");
}

static void rd_06_and_07_hosts_and_users_in_any_dress_are_refused(void **state)
{
	(void)state;
	REFUSES("//evil-example.com", "//example.com.evil.org", "//xexample.com", "https://good@evil",
		"https://good:443@evil", "https://good:8443", "//good@evil");
}

static void rd_08_schemes_are_refused(void **state)
{
	(void)state;
	REFUSES("javascript:alert(1)", "data:text/html,x", "https:evil", "https:/evil", "HTTPS:\\\\evil",
		"\x01javascript:alert(1)", "vbscript:x", "/javascript\n:x");
}

static void rd_09_addresses_and_look_alikes_are_refused(void **state)
{
	(void)state;
	REFUSES("http://2130706433", "//2130706433", "//[::ffff:1.2.3.4]", "//good%E3%80%82com",
		"/\xef\xbc\x8f"
		"evil.example",
		"//xn--e1awd7f.example");
}

static void rd_11_nothing_that_splits_a_header_passes(void **state)
{
	(void)state;
	REFUSES("/%0d%0aSet-Cookie:x=1", "/%0d", "/a%0d", "/a\r\nSet-Cookie: x=1", "/a?b=\r\nX: y", "/a#\n",
		"/%250d%250aSet-Cookie:x=1", "/a?\"", "/a?<script>");
}

static void rd_16_a_request_path_that_names_a_host_is_refused(void **state)
{
	(void)state;
	REFUSES("//evil.com/%2f..", "//evil.com/..;/", "///evil.com/%2e%2e", "/%2f/evil.com/%2f..");
}

static void cb_21_malformed_targets_are_refused_at_once(void **state)
{
	(void)state;
	REFUSES("http://[::1", "//", "%%%", "/%%%", "/%", "/%f", "/%zz");
}

static void rd_21_deep_links_of_every_kind_pass(void **state)
{
	static const char *const good[] = {
		"/",           "/a",        "/a/",        "/a/b.c/d",      "/caf%C3%A9",
		"/a%20b",      "/100%25",   "/a?x=1&y=2", "/a?x=%0d%0a",   "/a?next=//b",
		"/a?u=http:b", "/a?q=100%", "/a#frag",    "/a#//b",        "/?",
		"/#",          "/a;b=c/d",  "/...",       "/.well-known/", "/a..b",
		"/~ada",       "/a:b@c",    "/a?x={1}|`", "/%E3%80%82",    "/app/?code=%2F%2F",
	};
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (!is_local(good[i]))
			fail_msg("refused: %s", good[i]);
}

static void cb_12_a_path_over_the_limit_is_refused(void **state)
{
	static char text[STO_LIMIT_URL + 1];
	(void)state;
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	assert_true(sto_url_is_local_path(sto_span_of(text, STO_LIMIT_URL)));
	assert_false(sto_url_is_local_path(sto_span_of(text, sizeof(text))));
}

static void an_escape_wrapped_a_thousand_times_is_unwrapped(void **state)
{
	char text[3 + 2 * 1000 + 3] = "/%";
	size_t len = 2;
	(void)state;
	for (int i = 0; i < 1000; i++, len += 2)
		memcpy(text + len, "25", 2);
	memcpy(text + len, "2f", 2);
	assert_false(sto_url_is_local_path(sto_span_of(text, len + 2)));
	memcpy(text + len, "41", 2);
	assert_true(sto_url_is_local_path(sto_span_of(text, len + 2)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rd_01_no_generated_payload_is_taken_for_a_local_path),
		cmocka_unit_test(rd_02_an_absolute_url_is_no_local_path),
		cmocka_unit_test(rd_03_backslashes_are_refused),
		cmocka_unit_test(rd_04_encoded_blanks_and_controls_are_refused),
		cmocka_unit_test(rd_06_and_07_hosts_and_users_in_any_dress_are_refused),
		cmocka_unit_test(rd_08_schemes_are_refused),
		cmocka_unit_test(rd_09_addresses_and_look_alikes_are_refused),
		cmocka_unit_test(rd_11_nothing_that_splits_a_header_passes),
		cmocka_unit_test(rd_16_a_request_path_that_names_a_host_is_refused),
		cmocka_unit_test(cb_21_malformed_targets_are_refused_at_once),
		cmocka_unit_test(rd_21_deep_links_of_every_kind_pass),
		cmocka_unit_test(cb_12_a_path_over_the_limit_is_refused),
		cmocka_unit_test(an_escape_wrapped_a_thousand_times_is_unwrapped),
	};
	return cmocka_run_group_tests_name("http/local_path", tests, NULL, NULL);
}
