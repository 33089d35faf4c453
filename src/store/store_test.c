/* One suite over every store: what a store promises, whichever it is. */
#include "store/store.h"

#include <pthread.h>

#include "base/test_folder.h"
#include "base/bounds.h"
#include "store/test_redis.h"

#define NOW 1000000
#define LATER (NOW + 60)

static struct sto_store store;

static int open_memory(void **state)
{
	(void)state;
	return sto_store_memory_open(&store, 1000, NULL);
}

static int close_memory(void **state)
{
	(void)state;
	sto_store_close(&store);
	return 0;
}

static int open_lmdb(void **state)
{
	return make_folder(state) != 0 || sto_store_lmdb_open(&store, sto_span_str(folder), NULL) != 0;
}

static int close_lmdb(void **state)
{
	sto_store_close(&store);
	return remove_folder(state);
}

static struct test_redis server;

static int start_redis(void **state)
{
	(void)state;
	test_redis_start(&server, NULL);
	return 0;
}

static int stop_redis(void **state)
{
	(void)state;
	test_redis_stop(&server);
	return 0;
}

static int open_redis(void **state)
{
	const struct sto_redis_options options = {.url = sto_span_str(server.url)};
	(void)state;
	(void)test_redis_say(&server, "FLUSHALL");
	return test_redis_open(&store, &options, NULL);
}

static int put_once_at(struct sto_span key, struct sto_span value, int64_t expires, int64_t now)
{
	return store.ops->put_if_absent(store.ctx, key, value, expires, now, NULL);
}

static int put_at(struct sto_span key, struct sto_span value, int64_t expires, int64_t now)
{
	return store.ops->put(store.ctx, key, value, expires, now, NULL);
}

static void assert_holds(struct sto_span key, struct sto_span want, int64_t now)
{
	struct sto_buf value;
	sto_buf_init(&value, STO_LIMIT_STORE_VALUE);
	assert_ok(store.ops->get(store.ctx, &value, key, now, NULL));
	assert_int_equal(value.len, want.len);
	assert_true(sto_span_equal(sto_buf_span(&value), want));
	sto_buf_finish(&value);
}

static void assert_absent(struct sto_span key, int64_t now)
{
	struct sto_buf value;
	sto_buf_init(&value, STO_LIMIT_STORE_VALUE);
	assert_int_equal(store.ops->get(store.ctx, &value, key, now, NULL), STO_STORE_ABSENT);
	assert_int_equal(store.ops->take(store.ctx, &value, key, now, NULL), STO_STORE_ABSENT);
	assert_int_equal(value.len, 0);
}

static size_t reap(size_t max_entries, int64_t now)
{
	size_t removed = 99999;
	assert_ok(store.ops->reap(store.ctx, &removed, max_entries, now, NULL));
	return removed;
}

static void an_empty_store_has_nothing(void **state)
{
	(void)state;
	assert_absent(STO_SPAN("key"), NOW);
	assert_ok(store.ops->remove(store.ctx, STO_SPAN("key"), NULL));
	assert_int_equal(reap(100, NOW), 0);
}

static void what_was_put_can_be_had(void **state)
{
	(void)state;
	assert_ok(put_at(STO_SPAN("key"), STO_SPAN("value"), LATER, NOW));
	assert_holds(STO_SPAN("key"), STO_SPAN("value"), NOW);
	assert_holds(STO_SPAN("key"), STO_SPAN("value"), NOW);
	assert_absent(STO_SPAN("ke"), NOW);
	assert_absent(STO_SPAN("key "), NOW);
}

static void get_appends(void **state)
{
	struct sto_buf value;
	(void)state;
	sto_buf_init(&value, 100);
	assert_ok(sto_buf_put_str(&value, "before:"));
	assert_ok(put_at(STO_SPAN("key"), STO_SPAN("value"), LATER, NOW));
	assert_ok(store.ops->get(store.ctx, &value, STO_SPAN("key"), NOW, NULL));
	assert_ok(store.ops->take(store.ctx, &value, STO_SPAN("key"), NOW, NULL));
	assert_span(sto_buf_span(&value), "before:valuevalue");
	sto_buf_finish(&value);
}

static void put_replaces_value_and_expiry(void **state)
{
	(void)state;
	assert_ok(put_at(STO_SPAN("key"), STO_SPAN("one"), NOW + 10, NOW));
	assert_ok(put_at(STO_SPAN("key"), STO_SPAN("the other"), NOW + 20, NOW));
	assert_holds(STO_SPAN("key"), STO_SPAN("the other"), NOW + 19);
	assert_int_equal(reap(100, NOW + 10), 0); /* the old expiry is forgotten */
	assert_ok(put_at(STO_SPAN("key"), STO_SPAN(""), NOW + 5, NOW));
	assert_holds(STO_SPAN("key"), STO_SPAN(""), NOW);
	assert_int_equal(reap(100, NOW + 5), 1);
	assert_int_equal(reap(100, NOW + 50), 0);
}

static void put_if_absent_puts_once(void **state)
{
	(void)state;
	assert_ok(put_once_at(STO_SPAN("key"), STO_SPAN("first"), LATER, NOW));
	assert_int_equal(put_once_at(STO_SPAN("key"), STO_SPAN("second"), LATER + 9, NOW), STO_STORE_EXISTS);
	assert_holds(STO_SPAN("key"), STO_SPAN("first"), NOW);
	assert_absent(STO_SPAN("key"), LATER);
}

static void take_takes_once(void **state)
{
	struct sto_buf value;
	(void)state;
	sto_buf_init(&value, 100);
	assert_ok(put_at(STO_SPAN("key"), STO_SPAN("value"), LATER, NOW));
	assert_ok(store.ops->take(store.ctx, &value, STO_SPAN("key"), NOW, NULL));
	assert_span(sto_buf_span(&value), "value");
	assert_absent(STO_SPAN("key"), NOW);
	assert_ok(put_once_at(STO_SPAN("key"), STO_SPAN("again"), LATER, NOW));
	sto_buf_finish(&value);
}

static void a_buffer_too_small_loses_nothing(void **state)
{
	struct sto_buf value;
	(void)state;
	sto_buf_init(&value, 4);
	assert_ok(put_at(STO_SPAN("key"), STO_SPAN("value"), LATER, NOW));
	assert_int_equal(store.ops->get(store.ctx, &value, STO_SPAN("key"), NOW, NULL), STO_TOO_LARGE);
	assert_int_equal(store.ops->take(store.ctx, &value, STO_SPAN("key"), NOW, NULL), STO_TOO_LARGE);
	assert_int_equal(value.len, 0);
	assert_holds(STO_SPAN("key"), STO_SPAN("value"), NOW);
}

static void remove_removes(void **state)
{
	(void)state;
	assert_ok(put_at(STO_SPAN("a"), STO_SPAN("1"), LATER, NOW));
	assert_ok(put_at(STO_SPAN("b"), STO_SPAN("2"), LATER, NOW));
	assert_ok(store.ops->remove(store.ctx, STO_SPAN("a"), NULL));
	assert_ok(store.ops->remove(store.ctx, STO_SPAN("a"), NULL));
	assert_absent(STO_SPAN("a"), NOW);
	assert_holds(STO_SPAN("b"), STO_SPAN("2"), NOW);
	assert_int_equal(reap(100, LATER), 1);
}

static void an_entry_is_absent_from_its_expiry_on(void **state)
{
	(void)state;
	assert_ok(put_at(STO_SPAN("key"), STO_SPAN("value"), NOW + 10, NOW));
	assert_holds(STO_SPAN("key"), STO_SPAN("value"), NOW + 9);
	assert_absent(STO_SPAN("key"), NOW + 10);
	assert_int_equal(put_once_at(STO_SPAN("key"), STO_SPAN("x"), NOW + 50, NOW + 9), STO_STORE_EXISTS);
	assert_ok(put_once_at(STO_SPAN("key"), STO_SPAN("new"), NOW + 50, NOW + 10));
	assert_holds(STO_SPAN("key"), STO_SPAN("new"), NOW + 49);
	assert_int_equal(reap(100, NOW + 10), 0);
}

static void what_is_put_expired_is_absent_at_once(void **state)
{
	(void)state;
	assert_ok(put_once_at(STO_SPAN("key"), STO_SPAN("value"), NOW, NOW));
	assert_absent(STO_SPAN("key"), NOW);
	assert_ok(put_once_at(STO_SPAN("key"), STO_SPAN("value"), LATER, NOW));
}

static void times_of_either_sign_keep_their_order(void **state)
{
	static const int64_t times[] = {INT64_MIN, -5, -1, 0, 1, 255, 256, NOW, INT64_MAX};
	enum { COUNT = sizeof(times) / sizeof(times[0]) };
	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		assert_ok(
			put_at(sto_span_of(&times[i], sizeof(times[i])), STO_SPAN("v"), times[i], INT64_MIN));
	for (size_t i = 0; i < COUNT; i++) {
		if (times[i] > INT64_MIN)
			assert_int_equal(reap(100, times[i] - 1), 0);
		assert_int_equal(reap(100, times[i]), 1);
	}
}

static void reap_removes_the_expired_up_to_its_limit(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 300; i++)
		assert_ok(
			put_at(sto_span_of(&i, sizeof(i)), STO_SPAN("v"), NOW + (int64_t)(i * 7 % 300), NOW));
	assert_int_equal(reap(0, NOW + 1000), 0);
	assert_int_equal(reap(10, NOW + 199), 10);
	assert_int_equal(reap(1000, NOW + 199), 190);
	assert_int_equal(reap(1000, NOW + 199), 0);
	for (uint32_t i = 0; i < 300; i++)
		if (i * 7 % 300 > 199)
			assert_holds(sto_span_of(&i, sizeof(i)), STO_SPAN("v"), NOW + 199);
	assert_int_equal(reap(1000, NOW + 299), 100);
}

static void sizes_over_the_limits_are_misuse(void **state)
{
	static const uint8_t bytes[STO_LIMIT_STORE_VALUE + 1];
	struct sto_buf value;
	(void)state;
	struct sto_span largest_key = sto_span_of(bytes, STO_LIMIT_STORE_KEY);
	struct sto_span largest_value = sto_span_of(bytes, STO_LIMIT_STORE_VALUE);
	sto_buf_init(&value, 10);
	assert_ok(put_at(largest_key, largest_value, LATER, NOW));
	assert_holds(largest_key, largest_value, NOW);
	assert_int_equal(put_at(sto_span_of(bytes, STO_LIMIT_STORE_KEY + 1), STO_SPAN("v"), LATER, NOW),
			 STO_USAGE);
	assert_int_equal(put_at(STO_SPAN(""), STO_SPAN("v"), LATER, NOW), STO_USAGE);
	assert_int_equal(put_once_at(STO_SPAN(""), STO_SPAN("v"), LATER, NOW), STO_USAGE);
	assert_int_equal(put_at(STO_SPAN("k"), sto_span_of(bytes, sizeof(bytes)), LATER, NOW), STO_USAGE);
	assert_int_equal(store.ops->get(store.ctx, &value, STO_SPAN(""), NOW, NULL), STO_USAGE);
	assert_int_equal(store.ops->take(store.ctx, &value, STO_SPAN(""), NOW, NULL), STO_USAGE);
	assert_int_equal(store.ops->remove(store.ctx, STO_SPAN(""), NULL), STO_USAGE);
}

static void cs_27_keys_are_bytes_and_nothing_else(void **state)
{
	const struct sto_span keys[] = {
		STO_SPAN("\0"),       STO_SPAN("\0\0"),
		STO_SPAN("a\0b"),     STO_SPAN("a"),
		STO_SPAN("%s%n%x"),   STO_SPAN("\r\nDEL *\r\n"),
		STO_SPAN("a b"),      STO_SPAN("../../etc/passwd"),
		STO_SPAN("\xff\xfe"), STO_SPAN("'; DROP TABLE"),
	};
	enum { COUNT = sizeof(keys) / sizeof(keys[0]) };
	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		assert_ok(put_once_at(keys[i], keys[COUNT - 1 - i], LATER, NOW));
	for (size_t i = 0; i < COUNT; i++)
		assert_holds(keys[i], keys[COUNT - 1 - i], NOW);
	assert_int_equal(reap(100, LATER), COUNT);
}

#define RACERS 16
#define ROUNDS 20

struct race {
	pthread_barrier_t start;
	int winners[ROUNDS];
	pthread_mutex_t lock;
	bool take;
};

static int race_once(const struct race *race, uint32_t round)
{
	struct sto_span key = sto_span_of(&round, sizeof(round));
	struct sto_buf value;
	if (!race->take)
		return put_once_at(key, STO_SPAN("mark"), LATER, NOW);
	sto_buf_init(&value, 100);
	int rc = store.ops->take(store.ctx, &value, key, NOW, NULL);
	sto_buf_finish(&value);
	return rc;
}

static void *race_all(void *argument)
{
	struct race *race = argument;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		(void)pthread_barrier_wait(&race->start);
		int rc = race_once(race, round);
		(void)pthread_mutex_lock(&race->lock);
		if (rc == STO_OK)
			race->winners[round]++;
		else if (rc != (race->take ? STO_STORE_ABSENT : STO_STORE_EXISTS))
			race->winners[round] += 1000; /* a loser is told the exact code */
		(void)pthread_mutex_unlock(&race->lock);
	}
	return NULL;
}

static void run_race(bool take)
{
	pthread_t threads[RACERS];
	struct race race = {.take = take, .lock = PTHREAD_MUTEX_INITIALIZER};
	assert_ok(pthread_barrier_init(&race.start, NULL, RACERS));
	for (size_t i = 0; i < RACERS; i++)
		assert_ok(pthread_create(&threads[i], NULL, race_all, &race));
	for (size_t i = 0; i < RACERS; i++)
		assert_ok(pthread_join(threads[i], NULL));
	for (size_t i = 0; i < ROUNDS; i++)
		assert_int_equal(race.winners[i], 1);
	assert_ok(pthread_barrier_destroy(&race.start));
}

static void of_sixteen_that_put_one_wins(void **state)
{
	(void)state;
	run_race(false);
}

static void of_sixteen_that_take_one_wins(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ROUNDS; i++)
		assert_ok(put_at(sto_span_of(&i, sizeof(i)), STO_SPAN("prize"), LATER, NOW));
	run_race(true);
}

static void closing_twice_is_fine(void **state)
{
	(void)state;
	sto_store_close(&store);
	sto_store_close(&store);
	sto_store_close(NULL);
	assert_null(store.ops);
}

/* ---- memory only ---- */

static void a_full_memory_store_evicts_nobody(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		assert_ok(put_at(sto_span_of(&i, sizeof(i)), STO_SPAN("v"), LATER + i, NOW));
	assert_int_equal(put_once_at(STO_SPAN("more"), STO_SPAN("v"), LATER, NOW), STO_STORE_FULL);
	assert_int_equal(put_at(STO_SPAN("more"), STO_SPAN("v"), LATER, NOW), STO_STORE_FULL);
	for (uint32_t i = 0; i < 1000; i++)
		assert_holds(sto_span_of(&i, sizeof(i)), STO_SPAN("v"), NOW);
	uint32_t known = 7;
	assert_ok(put_at(sto_span_of(&known, sizeof(known)), STO_SPAN("new"), LATER, NOW));
}

static void a_full_memory_store_reaps_what_expired(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		assert_ok(put_at(sto_span_of(&i, sizeof(i)), STO_SPAN("v"), LATER + i, NOW));
	assert_ok(put_once_at(STO_SPAN("more"), STO_SPAN("v"), LATER + 5000, LATER));
	assert_int_equal(put_once_at(STO_SPAN("most"), STO_SPAN("v"), LATER + 5000, LATER), STO_STORE_FULL);
	assert_holds(STO_SPAN("more"), STO_SPAN("v"), LATER);
}

static void a_memory_store_of_nothing_is_misuse(void **state)
{
	struct sto_store none;
	(void)state;
	assert_int_equal(sto_store_memory_open(&none, 0, NULL), STO_USAGE);
	assert_null(none.ops);
}

#define MEMORY(test)                                                                                         \
	{                                                                                                    \
		"memory: " #test, test, open_memory, close_memory, NULL                                      \
	}
#define LMDB(test)                                                                                           \
	{                                                                                                    \
		"lmdb: " #test, test, open_lmdb, close_lmdb, NULL                                            \
	}
#define REDIS(test)                                                                                          \
	{                                                                                                    \
		"redis: " #test, test, open_redis, close_memory, NULL                                        \
	}
#define EACH(test) MEMORY(test), LMDB(test), REDIS(test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(an_empty_store_has_nothing),
		EACH(what_was_put_can_be_had),
		EACH(get_appends),
		EACH(put_replaces_value_and_expiry),
		EACH(put_if_absent_puts_once),
		EACH(take_takes_once),
		EACH(a_buffer_too_small_loses_nothing),
		EACH(remove_removes),
		EACH(an_entry_is_absent_from_its_expiry_on),
		EACH(what_is_put_expired_is_absent_at_once),
		EACH(times_of_either_sign_keep_their_order),
		EACH(reap_removes_the_expired_up_to_its_limit),
		EACH(sizes_over_the_limits_are_misuse),
		EACH(cs_27_keys_are_bytes_and_nothing_else),
		EACH(of_sixteen_that_put_one_wins),
		EACH(of_sixteen_that_take_one_wins),
		EACH(closing_twice_is_fine),
		MEMORY(a_full_memory_store_evicts_nobody),
		MEMORY(a_full_memory_store_reaps_what_expired),
		MEMORY(a_memory_store_of_nothing_is_misuse),
	};
	return cmocka_run_group_tests(tests, start_redis, stop_redis);
}
