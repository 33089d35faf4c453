/* What the tests of stores in Redis share: both stores on a server that starts with each fact. */
#ifndef STO_STORE_REDIS_FIXTURE_H
#define STO_STORE_REDIS_FIXTURE_H

#include "store/session_fixture.h"

#define LATER (NOW + 60)

static struct sto_store marks;
static struct sto_error err, warning;
static struct sto_redis_options options;
static char url[256];

static inline void use(const char *text)
{
	(void)snprintf(url, sizeof(url), "%s", text);
	options =
		(struct sto_redis_options){.url = sto_span_str(url), .warning = &warning, .timeout_ms = 3000};
	err = warning = (struct sto_error){0};
}

static inline int open_both(void)
{
	use(redis.url);
	return test_redis_open(&marks, &options, NULL) != 0 ||
	       test_redis_open_sessions(&f.store, &options, fixture_world(), NULL) != 0 || fixture_begin();
}

static inline int start(void **state)
{
	(void)start_redis(state);
	return open_both();
}

static inline int end(void **state)
{
	sto_store_close(&marks);
	fixture_end();
	return stop_redis(state);
}

static inline int put_once(const char *key)
{
	return marks.ops->put_if_absent(marks.ctx, sto_span_str(key), STO_SPAN("v"), LATER, NOW, &err);
}

static inline int get(const char *key)
{
	struct sto_buf value;
	sto_buf_init(&value, 100);
	int rc = marks.ops->get(marks.ctx, &value, sto_span_str(key), NOW, &err);
	sto_buf_finish(&value);
	return rc;
}

#endif
