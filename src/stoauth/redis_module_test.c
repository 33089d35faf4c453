/* The module for Redis as users have it: in the folder beside the code that loads it, loaded when it is first
 * needed. Its functions are not the public library's, so the code that loads it is linked into this program,
 * which lies where the library does. */
#include <dlfcn.h>

#include "store/session_fixture.h"

static bool has_loaded(const char *library)
{
	void *found = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
	if (found != NULL)
		assert_ok(dlclose(found));
	return found != NULL;
}

static void hiredis_is_loaded_when_it_is_needed(void **state)
{
	const struct sto_redis_options options = {.url = sto_span_str(redis.url)};
	struct sto_store store;
	struct sto_buf value;
	(void)state;
	sto_buf_init(&value, 100);
	assert_false(has_loaded("libhiredis.so.0.14"));
	assert_ok(sto_store_redis_open(&store, &options, NULL));
	assert_true(has_loaded("libhiredis.so.0.14"));
	assert_string_equal(store.ops->name, "redis");
	assert_ok(store.ops->put(store.ctx, STO_SPAN("key"), STO_SPAN("value"), NOW + 60, NOW, NULL));
	assert_ok(store.ops->take(store.ctx, &value, STO_SPAN("key"), NOW, NULL));
	assert_span(sto_buf_span(&value), "value");
	sto_store_close(&store);
	sto_buf_finish(&value);
}

static void sessions_are_kept_across_the_module(void **state)
{
	const struct sto_redis_options options = {.url = sto_span_str(redis.url)};
	(void)state;
	assert_ok(sto_session_store_redis_open(&f.store, &options, fixture_world(), NULL));
	assert_ok(fixture_begin());
	sign_in("jane");
	assert_ok(open_it());
	assert_ok(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL));
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
	fixture_end();
}

static void an_address_that_is_wrong_loads_nothing(void **state)
{
	const struct sto_redis_options options = {.url = STO_SPAN("redis://u:canary@bad host")};
	struct sto_store store;
	struct sto_session_store sessions;
	struct sto_error err = {0};
	(void)state;
	assert_int_equal(sto_store_redis_open(&store, &options, &err), STO_URL_MALFORMED);
	assert_null(store.ops);
	assert_null(strstr(err.detail, "canary"));
	assert_int_equal(sto_session_store_redis_open(&sessions, &options, fixture_world(), &err),
			 STO_URL_MALFORMED);
	assert_null(sessions.ops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_that_is_wrong_loads_nothing),
		cmocka_unit_test(hiredis_is_loaded_when_it_is_needed),
		cmocka_unit_test(sessions_are_kept_across_the_module),
	};
	return cmocka_run_group_tests(tests, start_redis, stop_redis);
}
