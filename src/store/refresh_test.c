/* Refreshing tokens over every store that can: one at a time, and never a token spent twice without need. And
 * what many threads do to one store. */
#include <pthread.h>

#include "store/session_fixture.h"

static struct sto_session_record new_tokens(void)
{
	struct sto_session_record record;
	sto_session_record_init(&record);
	record.access_token = STO_SPAN("another-access-token");
	record.refresh_token = STO_SPAN("another-refresh-token");
	record.access_expires_sec = NOW + 900;
	return record;
}

static void one_refreshes_and_all_see_the_result(void **state)
{
	struct sto_session other;
	struct sto_session_record tokens = new_tokens();
	int64_t fence = 0, none = 0;
	(void)state;
	sto_session_init(&other);
	sign_in("jane");
	assert_ok(sto_session_open(&other, f.sessions, sto_buf_span(&f.cookie), NULL));
	assert_ok(sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL));
	assert_int_equal(sto_session_refresh_acquire(&none, f.sessions, &other, NULL), STO_REFRESH_BUSY);
	assert_ok(sto_session_refresh_sent(f.sessions, &f.session, fence, NULL));
	the_time = NOW + 10;
	assert_ok(sto_session_refresh_commit(f.sessions, &f.session, fence, &tokens, NULL));
	assert_ok(sto_session_open(&other, f.sessions, sto_buf_span(&f.cookie), NULL));
	assert_span(other.record.refresh_token, "another-refresh-token");
	assert_span(other.record.claims, "{\"name\":\"Jane Doe\",\"email\":\"jane@example.com\"}");
	assert_int_equal(other.record.access_expires_sec, NOW + 900);
	assert_ok(sto_session_refresh_acquire(&none, f.sessions, &other, NULL));
	assert_true(none > fence);
	sto_session_finish(&other);
}

static void a_touch_does_not_disturb_a_refresh(void **state)
{
	struct sto_session other;
	struct sto_session_record tokens = new_tokens();
	int64_t fence = 0;
	(void)state;
	sto_session_init(&other);
	sign_in("jane");
	the_time = NOW + 600;
	assert_ok(sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL));
	assert_ok(sto_session_open(&other, f.sessions, sto_buf_span(&f.cookie), NULL));
	assert_ok(sto_session_touch(NULL, f.sessions, &other, NULL));
	assert_ok(sto_session_refresh_sent(f.sessions, &f.session, fence, NULL));
	assert_ok(sto_session_refresh_commit(f.sessions, &f.session, fence, &tokens, NULL));
	assert_ok(open_it());
	assert_span(f.session.record.refresh_token, "another-refresh-token");
	assert_int_equal(f.session.record.last_seen_sec, NOW + 600);
	sto_session_finish(&other);
}

static void who_lost_the_lease_may_not_write(void **state)
{
	struct sto_session slow;
	struct sto_session_record tokens = new_tokens();
	int64_t fence = 0, next = 0;
	(void)state;
	sto_session_init(&slow);
	sign_in("jane");
	assert_ok(sto_session_open(&slow, f.sessions, sto_buf_span(&f.cookie), NULL));
	assert_ok(sto_session_refresh_acquire(&fence, f.sessions, &slow, NULL));
	the_time = NOW + STO_REFRESH_LEASE_SEC;
	assert_int_equal(sto_session_refresh_sent(f.sessions, &slow, fence, NULL), STO_SESSION_CHANGED);
	assert_ok(sto_session_refresh_acquire(&next, f.sessions, &f.session, NULL));
	assert_int_equal(sto_session_refresh_commit(f.sessions, &slow, fence, &tokens, NULL),
			 STO_SESSION_CHANGED);
	assert_int_equal(sto_session_refresh_fail(f.sessions, &slow, fence, STO_REFRESH_INVALID_GRANT, NULL),
			 STO_SESSION_CHANGED);
	assert_ok(sto_session_refresh_sent(f.sessions, &f.session, next, NULL));
	assert_ok(open_it());
	sto_session_finish(&slow);
}

/* Takes the lease, says "sent", and is never heard of again. */
static void crash_after_sent(void)
{
	int64_t fence = 0;
	assert_ok(sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL));
	assert_ok(sto_session_refresh_sent(f.sessions, &f.session, fence, NULL));
	the_time += STO_REFRESH_LEASE_SEC;
}

static void after_a_crash_the_old_token_is_tried_once_more(void **state)
{
	struct sto_session_changes changes;
	uint64_t seq = newest();
	int64_t fence = 0;
	(void)state;
	sign_in("jane");
	crash_after_sent();
	assert_ok(sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL));
	assert_span(f.session.record.refresh_token, "a-refresh-token");
	assert_ok(sto_session_refresh_sent(f.sessions, &f.session, fence, NULL));
	assert_int_equal(
		sto_session_refresh_fail(f.sessions, &f.session, fence, STO_REFRESH_INVALID_GRANT, NULL),
		STO_REFRESH_INTERRUPTED);
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, seq, NULL));
	assert_int_equal(changes.n_items, 1);
	assert_int_equal(changes.items[0].kind, STO_SESSION_INTERRUPTED);
}

static void after_two_crashes_it_is_not_tried_again(void **state)
{
	int64_t fence = 0;
	(void)state;
	sign_in("jane");
	crash_after_sent();
	crash_after_sent();
	assert_int_equal(sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL),
			 STO_REFRESH_INTERRUPTED);
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
}

static void a_crash_before_sent_costs_nothing(void **state)
{
	int64_t fence = 0;
	(void)state;
	sign_in("jane");
	for (int i = 0; i < 5; i++) {
		assert_ok(sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL));
		the_time += STO_REFRESH_LEASE_SEC;
	}
	assert_ok(open_it());
	assert_false(f.session.record.refresh.retried);
}

static void tv_cs_31_a_dead_token_ends_a_session_and_an_outage_does_not(void **state)
{
	int64_t fence = 0;
	(void)state;
	sign_in("jane");
	for (int i = 0; i < 5; i++) {
		assert_ok(sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL));
		assert_ok(sto_session_refresh_sent(f.sessions, &f.session, fence, NULL));
		assert_ok(sto_session_refresh_fail(f.sessions, &f.session, fence, STO_REFRESH_TURNED_AWAY,
						   NULL));
	}
	assert_ok(open_it());
	assert_ok(sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL));
	assert_ok(sto_session_refresh_sent(f.sessions, &f.session, fence, NULL));
	assert_int_equal(
		sto_session_refresh_fail(f.sessions, &f.session, fence, STO_REFRESH_INVALID_GRANT, NULL),
		STO_SESSION_ABSENT);
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
}

static void no_answer_counts_as_a_crash(void **state)
{
	int64_t fence = 0;
	(void)state;
	sign_in("jane");
	assert_ok(sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL));
	assert_ok(sto_session_refresh_sent(f.sessions, &f.session, fence, NULL));
	assert_ok(sto_session_refresh_fail(f.sessions, &f.session, fence, STO_REFRESH_NO_ANSWER, NULL));
	assert_ok(sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL)); /* at once */
	assert_true(f.session.record.refresh.retried);
}

static void without_a_refresh_token_there_is_no_refresh(void **state)
{
	struct sto_session_record identity = fixture_identity("jane");
	int64_t fence = 0;
	(void)state;
	identity.refresh_token = sto_span_str(NULL);
	assert_ok(sto_session_create(&f.cookie, &f.session, f.sessions, sto_span_str(NULL), &identity,
				     STO_TIME_NONE, NULL));
	assert_int_equal(sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL),
			 STO_REFRESH_NO_TOKEN);
}

/* ---- threads ---- */

#define THREADS 16

static void *live_many_lives(void *arg)
{
	const size_t *number = arg;
	char subject[24];
	struct sto_session session;
	struct sto_buf cookie;
	size_t wrong = 0;
	sto_session_init(&session);
	sto_buf_init(&cookie, STO_LIMIT_SESSION_COOKIE);
	for (int i = 0; i < 10; i++) {
		(void)snprintf(subject, sizeof(subject), "user-%zu-%d", *number, i);
		struct sto_session_record identity = fixture_identity(subject);
		sto_buf_clear(&cookie);
		wrong += sto_session_create(&cookie, NULL, f.sessions, sto_span_str(NULL), &identity,
					    STO_TIME_NONE, NULL) != STO_OK;
		for (int j = 0; j < 20; j++)
			wrong += sto_session_open(&session, f.sessions, sto_buf_span(&cookie), NULL) !=
					 STO_OK ||
				 !sto_span_equal(session.record.subject, sto_span_str(subject));
		wrong += sto_session_end(f.sessions, sto_buf_span(&cookie), NULL) != STO_OK;
		wrong += sto_session_open(&session, f.sessions, sto_buf_span(&cookie), NULL) !=
			 STO_SESSION_ABSENT;
	}
	sto_session_finish(&session);
	sto_buf_finish(&cookie);
	return wrong == 0 ? NULL : arg;
}

static void tv_cs_34_sixteen_threads_never_see_each_other(void **state)
{
	pthread_t threads[THREADS];
	size_t numbers[THREADS];
	(void)state;
	for (size_t i = 0; i < THREADS; i++) {
		numbers[i] = i;
		assert_ok(pthread_create(&threads[i], NULL, live_many_lives, &numbers[i]));
	}
	for (size_t i = 0; i < THREADS; i++) {
		void *result = &numbers[i];
		assert_ok(pthread_join(threads[i], &result));
		assert_null(result);
	}
}

static void *try_to_refresh(void *arg)
{
	struct sto_session session;
	int64_t fence = 0;
	int *rc = arg;
	sto_session_init(&session);
	*rc = sto_session_open(&session, f.sessions, sto_buf_span(&f.cookie), NULL);
	if (*rc == STO_OK)
		*rc = sto_session_refresh_acquire(&fence, f.sessions, &session, NULL);
	sto_session_finish(&session);
	return NULL;
}

static void tv_cs_29_of_sixteen_one_refreshes(void **state)
{
	pthread_t threads[THREADS];
	int results[THREADS];
	size_t winners = 0;
	(void)state;
	sign_in("jane");
	for (size_t i = 0; i < THREADS; i++)
		assert_ok(pthread_create(&threads[i], NULL, try_to_refresh, &results[i]));
	for (size_t i = 0; i < THREADS; i++)
		assert_ok(pthread_join(threads[i], NULL));
	for (size_t i = 0; i < THREADS; i++) {
		winners += results[i] == STO_OK;
		assert_true(results[i] == STO_OK || results[i] == STO_REFRESH_BUSY);
	}
	assert_int_equal(winners, 1);
}

/* clang-format off */
#define IN_STORES(IN) \
	IN(one_refreshes_and_all_see_the_result), \
	IN(a_touch_does_not_disturb_a_refresh), \
	IN(who_lost_the_lease_may_not_write), \
	IN(after_a_crash_the_old_token_is_tried_once_more), \
	IN(after_two_crashes_it_is_not_tried_again), \
	IN(a_crash_before_sent_costs_nothing), \
	IN(tv_cs_31_a_dead_token_ends_a_session_and_an_outage_does_not), \
	IN(no_answer_counts_as_a_crash), \
	IN(without_a_refresh_token_there_is_no_refresh), \
	IN(tv_cs_34_sixteen_threads_never_see_each_other), \
	IN(tv_cs_29_of_sixteen_one_refreshes)
/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {IN_STORES(IN_MEMORY), IN_STORES(IN_LMDB), IN_STORES(IN_REDIS)};
	return cmocka_run_group_tests(tests, start_redis, stop_redis);
}
