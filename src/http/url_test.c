#include "http/url.h"

#include "base/bounds.h"
#include "base/test.h"

static int parse(struct sto_url *url, const char *text)
{
	return sto_url_parse(url, sto_span_str(text), NULL);
}

static void the_parts_are_where_rfc_3986_puts_them(void **state)
{
	struct sto_url url;
	(void)state;
	assert_ok(parse(&url, "https://Id.Example.com:8443/a/b%20c?x=1&y=/?z"));
	assert_true(url.https);
	assert_span(url.host, "Id.Example.com");
	assert_int_equal(url.port, 8443);
	assert_span(url.path, "/a/b%20c");
	assert_span(url.query, "x=1&y=/?z");
}

static void a_bare_origin_has_an_empty_path_and_no_query(void **state)
{
	struct sto_url url;
	(void)state;
	assert_ok(parse(&url, "http://a"));
	assert_false(url.https);
	assert_int_equal(url.port, 80);
	assert_span(url.path, "");
	assert_null(url.query.ptr);
	assert_ok(parse(&url, "https://a?"));
	assert_int_equal(url.port, 443);
	assert_non_null(url.query.ptr);
	assert_span(url.query, "");
}

static void every_kind_of_host_is_read(void **state)
{
	static const char *const good[] = {
		"http://localhost:8501/",
		"http://127.0.0.1/",
		"http://255.255.255.255/",
		"http://[::1]:9400/",
		"http://[2001:db8::7]/",
		"https://a_b.c-d.e/",
		"https://xn--bcher-kva.example/",
		"HTTPS://example.com/",
		"http://a:1",
		"http://a:65535",
		"http://[::ffff:1.2.3.4]/",
		"https://example.com/-._~!$&'()*+,;=:@%ff",
	};
	struct sto_url url;
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (parse(&url, good[i]) != STO_OK)
			fail_msg("refused: %s", good[i]);
}

static void refuses(const char *const *bad, size_t count)
{
	struct sto_url url;
	for (size_t i = 0; i < count; i++)
		if (parse(&url, bad[i]) != STO_URL_MALFORMED)
			fail_msg("not refused: %s", bad[i]);
}

#define REFUSES(...)                                                                                         \
	do {                                                                                                 \
		static const char *const bad_[] = {__VA_ARGS__};                                             \
		refuses(bad_, sizeof(bad_) / sizeof(bad_[0]));                                               \
	} while (0)

static void what_is_no_absolute_http_url_is_refused(void **state)
{
	(void)state;
	REFUSES("", "/", "example.com", "//example.com", "http:", "http:/", "http://", "http:///a",
		"ftp://a/", "http://?a", " http://a/", "http://a/ ", "ws://a/", "http://a/#", "http://a/#f",
		"http://a?x#f");
}

static void broken_escapes_and_characters_are_refused(void **state)
{
	(void)state;
	REFUSES("http://a/%", "http://a/%2", "http://a/%zz", "http://a/?%f", "http://a/\x01", "http://a/\t",
		"http://a/\r\nX: y", "http://a/\x7f", "http://a/\xc3\xab", "http://a/\\b", "http://a/{b}",
		"http://a/\"", "http://a/<b>", "http://a/`", "http://a/a|b", "http://a/a^b", "http://a/[1]");
}

static void broken_hosts_and_ports_are_refused(void **state)
{
	(void)state;
	REFUSES("http://a..b/", "http://.a/", "http://a./", "http://a%41/", "http://a b/", "http://a:/",
		"http://a:0/", "http://a:080/", "http://a:65536/", "http://a:123456/", "http://a:8x/",
		"http://a:-1/", "http://a:80:80/", "http://[::1/", "http://::1/", "http://[]/",
		"http://[::1]x/", "http://[::1]8/", "http://[fe80::1%25eth0]/", "http://[v1.a]/",
		"http://[1.2.3.4]/", "http://:80/", "http://a,b/", "http://a!/",
		"http://[0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:1]/");
}

static void rd_07_user_info_is_refused_and_ports_matter(void **state)
{
	struct sto_url a, b;
	(void)state;
	REFUSES("https://good@evil.example/", "https://good:443@evil.example/", "https://@evil.example/",
		"https://good%40evil.example/", "https://good:@evil/");
	assert_ok(parse(&a, "https://good.example"));
	assert_ok(parse(&b, "https://good.example:8443"));
	assert_false(sto_url_same_origin(&a, &b));
	assert_ok(parse(&b, "https://GOOD.example:443/x"));
	assert_true(sto_url_same_origin(&a, &b));
	assert_ok(parse(&b, "http://good.example:443/"));
	assert_false(sto_url_same_origin(&a, &b));
}

static void rd_06_a_host_with_the_right_end_is_another_host(void **state)
{
	static const char *const others[] = {"https://evil-example.com/", "https://example.com.evil.org/",
					     "https://xexample.com/", "https://a.example.com/"};
	struct sto_url own, other;
	(void)state;
	assert_ok(parse(&own, "https://example.com/"));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_ok(parse(&other, others[i]));
		assert_false(sto_url_same_origin(&own, &other));
	}
}

static void rd_08_scheme_tricks_are_refused(void **state)
{
	(void)state;
	REFUSES("javascript:alert(1)", "data:text/html,x", "https:evil.example", "https:/evil.example",
		"HTTPS:\\\\evil.example", "\x01javascript:alert(1)", "https:///evil.example", "https:\\/evil",
		"jav\tascript:x", "file:///etc/passwd", "http ://a", "https//a");
}

static void rd_09_addresses_in_disguise_are_refused(void **state)
{
	(void)state;
	REFUSES("http://2130706433/", "http://127.1/", "http://0x7f.1/", "http://0x7f000001/", "http://0/",
		"http://0177.0.0.1/", "http://127.0.0.1.2/", "http://127.0.0.256/", "http://127.0.0.01/",
		"http://1.2.3.0x4/", "http://127.0.0./", "http://a.0x/", "http://a.7/",
		"http://good%E3%80%82com/", "http://127\xe3\x80\x82\x30.0.1/");
}

static void loopback_is_judged_by_the_text_of_the_host(void **state)
{
	static const char *const near[] = {
		"http://localhost/", "http://LOCALHOST:1/", "http://127.0.0.1/",    "http://127.9.8.7/",
		"http://[::1]/",     "http://[0:0::0:1]/",  "http://app.localhost/"};
	static const char *const far[] = {"http://localhost.evil.example/",
					  "http://128.0.0.1/",
					  "http://[::2]/",
					  "http://notlocalhost/",
					  "http://127.0.0.1.evil.example/",
					  "http://0.0.0.0/",
					  "http://[::ffff:127.0.0.1]/"};
	struct sto_url url;
	(void)state;
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		assert_ok(parse(&url, near[i]));
		assert_true(sto_url_is_loopback(&url));
	}
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		assert_ok(parse(&url, far[i]));
		assert_false(sto_url_is_loopback(&url));
	}
}

static void an_origin_is_written_in_its_shortest_form(void **state)
{
	struct sto_url url;
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 64);
	assert_ok(parse(&url, "HTTPS://Id.Example:443/x"));
	assert_ok(sto_url_put_origin(&out, &url));
	assert_ok(parse(&url, "http://[::1]:9400"));
	assert_ok(sto_url_put_origin(&out, &url));
	assert_span(sto_buf_span(&out), "https://id.examplehttp://[::1]:9400");
	sto_buf_finish(&out);
}

static void an_origin_that_does_not_fit_leaves_the_buffer_alone(void **state)
{
	struct sto_url url;
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 12);
	assert_ok(sto_buf_put_str(&out, "x"));
	assert_ok(parse(&url, "https://id.example"));
	assert_int_equal(sto_url_put_origin(&out, &url), STO_TOO_LARGE);
	assert_span(sto_buf_span(&out), "x");
	sto_buf_finish(&out);
}

static void all_but_the_unreserved_is_escaped(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 64);
	assert_ok(sto_url_put_escaped(&out, STO_SPAN("aZ09-._~ +/\0\xff")));
	assert_span(sto_buf_span(&out), "aZ09-._~%20%2B%2F%00%FF");
	sto_buf_finish(&out);
}

static void cb_12_a_url_over_the_limit_is_too_large(void **state)
{
	struct sto_url url;
	struct sto_error err = {0};
	static char text[STO_LIMIT_URL + 1];
	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "http://a/", 9);
	assert_ok(sto_url_parse(&url, sto_span_of(text, STO_LIMIT_URL), NULL));
	assert_int_equal(sto_url_parse(&url, sto_span_of(text, sizeof(text)), &err), STO_TOO_LARGE);
	assert_int_equal(err.code, STO_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parts_are_where_rfc_3986_puts_them),
		cmocka_unit_test(a_bare_origin_has_an_empty_path_and_no_query),
		cmocka_unit_test(every_kind_of_host_is_read),
		cmocka_unit_test(what_is_no_absolute_http_url_is_refused),
		cmocka_unit_test(broken_escapes_and_characters_are_refused),
		cmocka_unit_test(broken_hosts_and_ports_are_refused),
		cmocka_unit_test(rd_06_a_host_with_the_right_end_is_another_host),
		cmocka_unit_test(rd_07_user_info_is_refused_and_ports_matter),
		cmocka_unit_test(rd_08_scheme_tricks_are_refused),
		cmocka_unit_test(rd_09_addresses_in_disguise_are_refused),
		cmocka_unit_test(loopback_is_judged_by_the_text_of_the_host),
		cmocka_unit_test(an_origin_is_written_in_its_shortest_form),
		cmocka_unit_test(an_origin_that_does_not_fit_leaves_the_buffer_alone),
		cmocka_unit_test(all_but_the_unreserved_is_escaped),
		cmocka_unit_test(cb_12_a_url_over_the_limit_is_too_large),
	};
	return cmocka_run_group_tests_name("http/url", tests, NULL, NULL);
}
