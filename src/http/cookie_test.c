#include "http/cookie.h"

#include "base/bounds.h"
#include "base/test.h"

static void a_cookie_is_found_among_others(void **state)
{
	struct sto_span value = {NULL, 0};
	(void)state;
	assert_true(sto_cookie_find(&value, STO_SPAN("a=1; sid=x=y ;b=2"), STO_SPAN("sid")));
	assert_span(value, "x=y");
	assert_true(sto_cookie_find(&value, STO_SPAN("sid=\"q\""), STO_SPAN("sid")));
	assert_span(value, "q");
	assert_true(sto_cookie_find(&value, STO_SPAN("\tsid\t=\t; b=2"), STO_SPAN("sid")));
	assert_span(value, "");
	assert_false(sto_cookie_find(&value, STO_SPAN("a=1; Sid=2; xsid=3"), STO_SPAN("sid")));
}

static void the_first_of_two_is_found_and_a_walk_meets_both(void **state)
{
	struct sto_span header = STO_SPAN("s=1; s=2"), rest = header, name, value;
	(void)state;
	assert_true(sto_cookie_find(&value, header, STO_SPAN("s")));
	assert_span(value, "1");
	assert_true(sto_cookie_next(&name, &value, &rest));
	assert_true(sto_cookie_next(&name, &value, &rest));
	assert_span(name, "s");
	assert_span(value, "2");
	assert_false(sto_cookie_next(&name, &value, &rest));
}

static void cs_04_a_nameless_cookie_smuggles_no_name(void **state)
{
	struct sto_span value;
	(void)state;
	assert_false(sto_cookie_find(&value, STO_SPAN("=__Host-sid=x"), STO_SPAN("__Host-sid")));
	assert_false(sto_cookie_find(&value, STO_SPAN(" = __Host-sid=x"), STO_SPAN("__Host-sid")));
	assert_false(sto_cookie_find(&value, STO_SPAN("__Host-sid"), STO_SPAN("__Host-sid")));
	assert_false(sto_cookie_find(&value, STO_SPAN("=x"), STO_SPAN("")));
	assert_true(sto_cookie_find(&value, STO_SPAN("=__Host-sid=x; __Host-sid=y"), STO_SPAN("__Host-sid")));
	assert_span(value, "y");
}

static void cs_22_odd_headers_hold_no_cookie(void **state)
{
	static const char *const odd[] = {"", ";", ";;;", "=", "a", " ; ; ", "==", ";=;=", " ", "\"", "=\""};
	struct sto_span name, value;
	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct sto_span rest = sto_span_str(odd[i]);
		if (sto_cookie_next(&name, &value, &rest))
			fail_msg("a cookie was read from '%s'", odd[i]);
	}
}

static void cs_22_a_header_of_a_megabyte_is_not_read(void **state)
{
	struct sto_buf header;
	struct sto_span value;
	(void)state;
	sto_buf_init(&header, 1 << 20);
	assert_ok(sto_buf_put_str(&header, "a=1; b="));
	while (header.len < STO_LIMIT_COOKIE_HEADER)
		assert_ok(sto_buf_put_byte(&header, 'x'));
	assert_true(sto_cookie_find(&value, sto_buf_span(&header), STO_SPAN("a")));
	while (header.len < header.max)
		assert_ok(sto_buf_put_byte(&header, 'x'));
	assert_false(sto_cookie_find(&value, sto_buf_span(&header), STO_SPAN("a")));
	sto_buf_finish(&header);
}

static void a_header_of_too_many_cookies_is_not_read(void **state)
{
	struct sto_buf header;
	struct sto_span value;
	(void)state;
	sto_buf_init(&header, STO_LIMIT_COOKIE_HEADER);
	for (int i = 1; i < STO_LIMIT_COOKIES; i++)
		assert_ok(sto_buf_put_str(&header, "x=1;"));
	assert_ok(sto_buf_put_str(&header, "a=1"));
	assert_true(sto_cookie_find(&value, sto_buf_span(&header), STO_SPAN("a")));
	assert_ok(sto_buf_put_str(&header, ";"));
	assert_false(sto_cookie_find(&value, sto_buf_span(&header), STO_SPAN("a")));
	sto_buf_finish(&header);
}

static struct sto_set_cookie plain_cookie(void)
{
	return (struct sto_set_cookie){
		.name = STO_SPAN("sid"), .value = STO_SPAN("v"), .max_age_sec = -1, .same_site = "Lax"};
}

static void a_cookie_is_written_with_all_it_carries(void **state)
{
	struct sto_set_cookie cookie = plain_cookie();
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 200);
	assert_ok(sto_set_cookie_put(&out, &cookie));
	assert_span(sto_buf_span(&out), "sid=v; Path=/; SameSite=Lax");
	sto_buf_clear(&out);
	cookie.name = STO_SPAN("__Host-sid");
	cookie.max_age_sec = 0;
	cookie.secure = cookie.http_only = true;
	cookie.same_site = "Strict";
	assert_ok(sto_set_cookie_put(&out, &cookie));
	assert_span(sto_buf_span(&out), "__Host-sid=v; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
	sto_buf_finish(&out);
}

static int put_with(struct sto_set_cookie cookie)
{
	struct sto_buf out;
	sto_buf_init(&out, 8192);
	int rc = sto_set_cookie_put(&out, &cookie);
	if (rc != STO_OK)
		assert_int_equal(out.len, 0);
	sto_buf_finish(&out);
	return rc;
}

static void a_prefixed_name_keeps_its_promise_or_is_not_set(void **state)
{
	struct sto_set_cookie cookie = plain_cookie();
	(void)state;
	cookie.name = STO_SPAN("__Host-sid");
	assert_int_equal(put_with(cookie), STO_USAGE);
	cookie.name = STO_SPAN("__secure-sid");
	assert_int_equal(put_with(cookie), STO_USAGE);
	cookie.secure = true;
	cookie.path = STO_SPAN("/app");
	assert_ok(put_with(cookie));
	cookie.name = STO_SPAN("__HOST-sid");
	assert_int_equal(put_with(cookie), STO_USAGE);
	cookie.path = STO_SPAN("/");
	assert_ok(put_with(cookie));
}

static void same_site_is_one_of_three_and_none_wants_secure(void **state)
{
	struct sto_set_cookie cookie = plain_cookie();
	(void)state;
	cookie.same_site = "None";
	assert_int_equal(put_with(cookie), STO_USAGE);
	cookie.secure = true;
	assert_ok(put_with(cookie));
	cookie.same_site = NULL;
	assert_int_equal(put_with(cookie), STO_USAGE);
	cookie.same_site = "lax; Domain=evil.example";
	assert_int_equal(put_with(cookie), STO_USAGE);
}

static void nothing_can_split_the_header(void **state)
{
	static const char *const bad[] = {"a;b", "a b", "a,b", "a\"b", "a\\b", "a\r\nb", "\x7f", "\xc3\xab"};
	struct sto_set_cookie cookie;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cookie = plain_cookie();
		cookie.value = sto_span_str(bad[i]);
		assert_int_equal(put_with(cookie), STO_USAGE);
		cookie = plain_cookie();
		cookie.name = sto_span_str(bad[i]);
		assert_int_equal(put_with(cookie), STO_USAGE);
	}
	cookie = plain_cookie();
	cookie.name = STO_SPAN("");
	assert_int_equal(put_with(cookie), STO_USAGE);
	cookie.name = STO_SPAN("a=b");
	assert_int_equal(put_with(cookie), STO_USAGE);
	cookie = plain_cookie();
	cookie.path = STO_SPAN("/a;b");
	assert_int_equal(put_with(cookie), STO_USAGE);
	cookie.path = STO_SPAN("a");
	assert_int_equal(put_with(cookie), STO_USAGE);
	cookie = plain_cookie();
	cookie.value = STO_SPAN("a\0b");
	assert_int_equal(put_with(cookie), STO_USAGE);
	cookie = plain_cookie();
	cookie.max_age_sec = -2;
	assert_int_equal(put_with(cookie), STO_USAGE);
}

static void a_cookie_that_browsers_would_drop_is_too_large(void **state)
{
	static char value[4096];
	struct sto_set_cookie cookie = plain_cookie();
	(void)state;
	memset(value, 'v', sizeof(value));
	cookie.value = sto_span_of(value, sizeof(value) - 3);
	assert_ok(put_with(cookie));
	cookie.value = sto_span_of(value, sizeof(value) - 2);
	assert_int_equal(put_with(cookie), STO_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cookie_is_found_among_others),
		cmocka_unit_test(the_first_of_two_is_found_and_a_walk_meets_both),
		cmocka_unit_test(cs_04_a_nameless_cookie_smuggles_no_name),
		cmocka_unit_test(cs_22_odd_headers_hold_no_cookie),
		cmocka_unit_test(cs_22_a_header_of_a_megabyte_is_not_read),
		cmocka_unit_test(a_header_of_too_many_cookies_is_not_read),
		cmocka_unit_test(a_cookie_is_written_with_all_it_carries),
		cmocka_unit_test(a_prefixed_name_keeps_its_promise_or_is_not_set),
		cmocka_unit_test(same_site_is_one_of_three_and_none_wants_secure),
		cmocka_unit_test(nothing_can_split_the_header),
		cmocka_unit_test(a_cookie_that_browsers_would_drop_is_too_large),
	};
	return cmocka_run_group_tests_name("http/cookie", tests, NULL, NULL);
}
