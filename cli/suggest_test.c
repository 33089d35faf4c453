#include "suggest.h"

#include "base/test.h"

static void a_slip_costs_one(void **state)
{
	(void)state;
	assert_int_equal(cli_distance("email", "email"), 0);
	assert_int_equal(cli_distance("emial", "email"), 1);
	assert_int_equal(cli_distance("emal", "email"), 1);
	assert_int_equal(cli_distance("emaill", "email"), 1);
	assert_int_equal(cli_distance("", "dev"), 3);
}

static void the_nearest_word_is_suggested(void **state)
{
	static const char *const words[] = {"email", "email_verified", "name", NULL};
	(void)state;
	assert_string_equal(cli_suggest("emial", words), "email");
	assert_string_equal(cli_suggest("email_verifed", words), "email_verified");
	assert_string_equal(cli_suggest("nmae", words), "name");
}

static void what_is_far_off_is_not_suggested(void **state)
{
	static const char *const words[] = {"email", "name", NULL};
	(void)state;
	assert_null(cli_suggest("colour", words));
	assert_null(cli_suggest("x", words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slip_costs_one),
		cmocka_unit_test(the_nearest_word_is_suggested),
		cmocka_unit_test(what_is_far_off_is_not_suggested),
	};
	return cmocka_run_group_tests_name("cli/suggest", tests, NULL, NULL);
}
