#include "stoauth/error.h"

#include "base/test.h"

static void every_reason_is_complete_and_unique(void **state)
{
	const struct sto_reason *a, *b;
	(void)state;
	for (size_t i = 0; (a = sto_reason_at(i)) != NULL; i++) {
		assert_ptr_equal(sto_reason_of(a->code), a);
		assert_true(strlen(a->name) > 2 && strlen(a->visitor) > 10 && strlen(a->hint) > 10);
		assert_int_equal(strspn(a->name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(a->name));
		for (size_t j = 0; j < i; j++) {
			b = sto_reason_at(j);
			assert_int_not_equal(a->code, b->code);
			assert_string_not_equal(a->name, b->name);
		}
	}
}

static void unknown_code_is_internal(void **state)
{
	(void)state;
	assert_string_equal(sto_reason_of(99999)->name, "internal");
}

static void detail_is_one_printable_line(void **state)
{
	struct sto_error err;
	(void)state;
	assert_int_equal(sto_fail(&err, STO_BAD_JSON, "a%sb", "\r\n\x1b[31m"), STO_BAD_JSON);
	assert_string_equal(err.detail, "a???[31mb");
}

static void long_detail_is_cut(void **state)
{
	struct sto_error err;
	(void)state;
	assert_int_equal(sto_fail(&err, STO_BAD_JSON, "%0999d", 1), STO_BAD_JSON);
	assert_int_equal(strlen(err.detail), STO_DETAIL_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_is_complete_and_unique),
		cmocka_unit_test(unknown_code_is_internal),
		cmocka_unit_test(detail_is_one_printable_line),
		cmocka_unit_test(long_detail_is_cut),
	};
	return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
