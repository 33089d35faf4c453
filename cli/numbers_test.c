#include "numbers.h"

#include "base/test.h"

static void numbers_are_plain_decimals_within_bounds(void **state)
{
	int64_t n = -1;
	(void)state;
	assert_true(cli_read_number(&n, "0", 65535) && n == 0);
	assert_true(cli_read_number(&n, "65535", 65535) && n == 65535);
	assert_false(cli_read_number(&n, "65536", 65535));
	assert_false(cli_read_number(&n, "99999999999999999999", INT64_MAX));
	assert_false(cli_read_number(&n, "", 9));
	assert_false(cli_read_number(&n, "-1", 9));
	assert_false(cli_read_number(&n, "+1", 9));
	assert_false(cli_read_number(&n, " 1", 9));
	assert_false(cli_read_number(&n, "1x", 9));
}

static void durations_carry_their_unit(void **state)
{
	int64_t sec = 0;
	(void)state;
	assert_true(cli_read_duration(&sec, "30s", 86400) && sec == 30);
	assert_true(cli_read_duration(&sec, "90", 86400) && sec == 90);
	assert_true(cli_read_duration(&sec, "5m", 86400) && sec == 300);
	assert_true(cli_read_duration(&sec, "1h", 86400) && sec == 3600);
	assert_true(cli_read_duration(&sec, "1d", 86400) && sec == 86400);
}

static void other_durations_are_refused(void **state)
{
	static const char *const bad[] = {"",    "s",   "0",  "0s",   "1w",
					  "1 s", "-1s", "2d", "1.5h", "99999999999999999999s"};
	int64_t sec = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cli_read_duration(&sec, bad[i], 86400))
			fail_msg("taken: '%s'", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_plain_decimals_within_bounds),
		cmocka_unit_test(durations_carry_their_unit),
		cmocka_unit_test(other_durations_are_refused),
	};
	return cmocka_run_group_tests_name("cli/numbers", tests, NULL, NULL);
}
