#include "store/redis_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX 64
#define TTL_MAX_SEC ((uint64_t)10 * 365 * 86400)

int sto_redis_store_open(struct sto_redis_store **out, const struct sto_redis_place *place, const char *tag,
			 const struct sto_world *world, struct sto_error *err)
{
	struct sto_redis_store *store = calloc(1, sizeof(*store));
	*out = NULL;
	if (store == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a store");
	store->world = world;
	sto_buf_init(&store->key, KEY_MAX);
	int rc = sto_buf_put(&store->key, place->prefix);
	if (rc == STO_OK)
		rc = sto_buf_put_str(&store->key, tag);
	rc = rc == STO_OK ? sto_redis_pool_acquire(&store->pool, place, err)
			  : sto_fail(err, rc, "no memory for a store");
	if (rc != STO_OK) {
		sto_redis_store_close(store);
		return rc;
	}
	*out = store;
	return STO_OK;
}

void sto_redis_store_close(struct sto_redis_store *store)
{
	if (store == NULL)
		return;
	sto_redis_pool_release(store->pool);
	sto_buf_finish(&store->key);
	free(store);
}

struct sto_redis_time sto_redis_time_of(int64_t sec)
{
	struct sto_redis_time time;
	uint64_t above_zero = (uint64_t)sec ^ ((uint64_t)1 << 63);
	(void)snprintf(time.text, sizeof(time.text), "%020llu", (unsigned long long)above_zero);
	return time;
}

struct sto_span sto_redis_time_span(const struct sto_redis_time *time)
{
	return sto_span_of(time->text, STO_REDIS_TIME_LEN);
}

bool sto_redis_time_is_later(struct sto_span bytes, int64_t now_sec)
{
	struct sto_redis_time now = sto_redis_time_of(now_sec);
	return bytes.len >= STO_REDIS_TIME_LEN && memcmp(bytes.ptr, now.text, STO_REDIS_TIME_LEN) > 0;
}

struct sto_redis_number sto_redis_number_of(uint64_t number)
{
	struct sto_redis_number text;
	(void)snprintf(text.text, sizeof(text.text), "%llu", (unsigned long long)number);
	return text;
}

struct sto_redis_number sto_redis_ttl_of(int64_t expires_sec, int64_t now_sec)
{
	uint64_t left = expires_sec > now_sec ? (uint64_t)expires_sec - (uint64_t)now_sec : 0;
	if (left > TTL_MAX_SEC)
		left = TTL_MAX_SEC;
	return sto_redis_number_of((left + STO_REDIS_SLACK_SEC) * 1000);
}

static struct sto_redis_time_bound below(int64_t sec)
{
	struct sto_redis_time_bound bound;
	(void)snprintf(bound.text, sizeof(bound.text), "(%s", sto_redis_time_of(sec).text);
	return bound;
}

struct sto_redis_time_bound sto_redis_expired_below(int64_t now_sec)
{
	return now_sec == INT64_MAX ? (struct sto_redis_time_bound){"+"} : below(now_sec + 1);
}

struct sto_redis_time_bound sto_redis_gone_below(int64_t now_sec)
{
	return below(now_sec < INT64_MIN + STO_REDIS_SLACK_SEC ? INT64_MIN : now_sec - STO_REDIS_SLACK_SEC);
}
