#include "stoauth/buf.h"

#include <string.h>

#include "base/test.h"
#include "stoauth/error.h"

static void keeps_what_was_put(void **state)
{
	struct sto_buf buf;
	(void)state;
	sto_buf_init(&buf, 100);
	assert_ok(sto_buf_put_str(&buf, "ab"));
	assert_ok(sto_buf_put_byte(&buf, 'c'));
	assert_ok(sto_buf_put_u64(&buf, UINT64_MAX));
	assert_ok(sto_buf_printf(&buf, "-%d", 7));
	assert_span(sto_buf_span(&buf), "abc18446744073709551615-7");
	sto_buf_finish(&buf);
}

static void refuses_one_byte_over_its_maximum(void **state)
{
	struct sto_buf buf;
	(void)state;
	sto_buf_init(&buf, 3);
	assert_ok(sto_buf_put_str(&buf, "abc"));
	assert_int_equal(sto_buf_put_byte(&buf, 'd'), STO_TOO_LARGE);
	assert_int_equal(sto_buf_printf(&buf, "x"), STO_TOO_LARGE);
	assert_null(sto_buf_reserve(&buf, 1));
	assert_span(sto_buf_span(&buf), "abc");
	sto_buf_finish(&buf);
}

static void wipes_on_clear(void **state)
{
	struct sto_buf buf;
	(void)state;
	sto_buf_init(&buf, 16);
	assert_ok(sto_buf_put_str(&buf, "secret"));
	sto_buf_clear(&buf);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(buf.data[i], 0);
	sto_buf_finish(&buf);
}

static void c_string_of_a_full_buffer_has_its_nul(void **state)
{
	struct sto_buf buf;
	(void)state;
	sto_buf_init(&buf, 64);
	for (int i = 0; i < 64; i++)
		assert_ok(sto_buf_put_byte(&buf, 'x'));
	assert_int_equal(strlen(sto_buf_cstr(&buf)), 64);
	sto_buf_finish(&buf);
}

static void c_string_with_a_nul_inside_is_refused(void **state)
{
	struct sto_buf buf;
	(void)state;
	sto_buf_init(&buf, 8);
	assert_ok(sto_buf_put(&buf, STO_SPAN("a\0b")));
	assert_null(sto_buf_cstr(&buf));
	sto_buf_finish(&buf);
}

static void split_gives_every_part_also_empty_ones(void **state)
{
	struct sto_span rest = STO_SPAN("a,,b,"), part;
	(void)state;
	assert_true(sto_span_split(&part, &rest, ','));
	assert_span(part, "a");
	assert_true(sto_span_split(&part, &rest, ','));
	assert_span(part, "");
	assert_true(sto_span_split(&part, &rest, ','));
	assert_span(part, "b");
	assert_true(sto_span_split(&part, &rest, ','));
	assert_span(part, "");
	assert_false(sto_span_split(&part, &rest, ','));
}

static void secret_compare_tells_equal_from_different(void **state)
{
	(void)state;
	assert_true(sto_span_equal_secret(STO_SPAN("abc"), STO_SPAN("abc")));
	assert_false(sto_span_equal_secret(STO_SPAN("abc"), STO_SPAN("abd")));
	assert_false(sto_span_equal_secret(STO_SPAN("abc"), STO_SPAN("ab")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_was_put),
		cmocka_unit_test(refuses_one_byte_over_its_maximum),
		cmocka_unit_test(wipes_on_clear),
		cmocka_unit_test(c_string_of_a_full_buffer_has_its_nul),
		cmocka_unit_test(c_string_with_a_nul_inside_is_refused),
		cmocka_unit_test(split_gives_every_part_also_empty_ones),
		cmocka_unit_test(secret_compare_tells_equal_from_different),
	};
	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
