/* How long a session lasts, at the edges. */
#include "session/policy.h"

#include "base/bounds.h"
#include "base/test.h"

#define NOW 1700000000

static struct sto_session_record begun(const struct sto_session_policy *policy, int64_t provider_end_sec,
				       int64_t now)
{
	struct sto_session_record record;
	sto_session_record_init(&record);
	sto_session_policy_begin(&record, policy, provider_end_sec, now);
	return record;
}

static void limits_that_make_no_sense_are_refused(void **state)
{
	static const struct sto_session_policy bad[] = {
		{0, 0, false}, {-1, 0, false}, {100, -1, false}, {100, 101, false}};
	static const struct sto_session_policy good[] = {
		{1, 0, false}, {100, 100, true}, {INT64_MAX, 1, false}};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sto_session_policy_check(&bad[i], NULL), STO_CONFIG_WRONG);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_ok(sto_session_policy_check(&good[i], NULL));
}

static void the_earliest_limit_counts(void **state)
{
	const struct sto_session_policy policy = {1000, 300, false};
	(void)state;
	struct sto_session_record record = begun(&policy, STO_TIME_NONE, NOW);
	assert_int_equal(sto_session_policy_end(&policy, &record), NOW + 300);
	record.last_seen_sec = NOW + 900;
	assert_int_equal(sto_session_policy_end(&policy, &record), NOW + 1000);
	record = begun(&policy, NOW + 200, NOW);
	assert_int_equal(sto_session_policy_end(&policy, &record), NOW + 200);
}

static void no_sum_overflows(void **state)
{
	const struct sto_session_policy policy = {INT64_MAX, INT64_MAX, false};
	(void)state;
	struct sto_session_record record = begun(&policy, STO_TIME_NONE, NOW);
	assert_int_equal(sto_session_policy_end(&policy, &record), INT64_MAX);
	assert_int_equal(sto_session_policy_max_age(&policy, &record, NOW), INT64_MAX - NOW);
	assert_int_equal(sto_session_policy_max_age(&policy, &record, -5), INT64_MAX);
}

static void today_s_shorter_limit_holds_and_a_longer_one_does_not(void **state)
{
	const struct sto_session_policy then = {1000, 0, false}, shorter = {400, 50, false},
					longer = {9000, 9000, false};
	(void)state;
	struct sto_session_record record = begun(&then, STO_TIME_NONE, NOW);
	assert_int_equal(sto_session_policy_end(&shorter, &record), NOW + 50);
	assert_int_equal(sto_session_policy_end(&longer, &record), NOW + 1000);
}

static void a_touch_is_due_after_a_minute_or_a_twentieth(void **state)
{
	const struct sto_session_policy day = {86400 * 7, 86400, false}, quarter = {86400, 900, false};
	(void)state;
	struct sto_session_record record = begun(&day, STO_TIME_NONE, NOW);
	assert_false(sto_session_policy_touch_due(&day, &record, NOW + 4319));
	assert_true(sto_session_policy_touch_due(&day, &record, NOW + 4320));
	record = begun(&quarter, STO_TIME_NONE, NOW);
	assert_false(sto_session_policy_touch_due(&quarter, &record, NOW + STO_SESSION_TOUCH_SEC - 1));
	assert_true(sto_session_policy_touch_due(&quarter, &record, NOW + STO_SESSION_TOUCH_SEC));
}

static void a_very_short_idle_limit_slides_as_well(void **state)
{
	const struct sto_session_policy policy = {3600, 30, false};
	(void)state;
	struct sto_session_record record = begun(&policy, STO_TIME_NONE, NOW);
	assert_false(sto_session_policy_touch_due(&policy, &record, NOW + 14));
	assert_true(sto_session_policy_touch_due(&policy, &record, NOW + 15));
}

static void without_an_idle_limit_nothing_is_touched(void **state)
{
	const struct sto_session_policy policy = {3600, 0, false};
	(void)state;
	struct sto_session_record record = begun(&policy, STO_TIME_NONE, NOW);
	assert_false(sto_session_policy_touch_due(&policy, &record, NOW + 3599));
}

static void max_age_is_the_absolute_limit(void **state)
{
	const struct sto_session_policy policy = {3600, 60, false}, browser = {3600, 60, true};
	(void)state;
	struct sto_session_record record = begun(&policy, STO_TIME_NONE, NOW);
	assert_int_equal(sto_session_policy_max_age(&policy, &record, NOW + 600), 3000);
	assert_int_equal(sto_session_policy_max_age(&policy, &record, NOW + 9999), 0);
	record = begun(&browser, STO_TIME_NONE, NOW);
	assert_int_equal(sto_session_policy_max_age(&browser, &record, NOW), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_that_make_no_sense_are_refused),
		cmocka_unit_test(the_earliest_limit_counts),
		cmocka_unit_test(no_sum_overflows),
		cmocka_unit_test(today_s_shorter_limit_holds_and_a_longer_one_does_not),
		cmocka_unit_test(a_touch_is_due_after_a_minute_or_a_twentieth),
		cmocka_unit_test(a_very_short_idle_limit_slides_as_well),
		cmocka_unit_test(without_an_idle_limit_nothing_is_touched),
		cmocka_unit_test(max_age_is_the_absolute_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
