/* What the two stores in Redis share: their keys, and how times are written. */
#ifndef STO_STORE_REDIS_KEYS_H
#define STO_STORE_REDIS_KEYS_H

#include "store/redis_pool.h"

#define STO_REDIS_TIME_LEN 20
#define STO_REDIS_SLACK_SEC 300 /* how far the clocks of the machines may differ */

/* An open store. */
struct sto_redis_store {
	sto_redis_pool *pool;
	const struct sto_world *world; /* of sessions */
	struct sto_buf key;            /* what all its keys begin with: PREFIX{m} or PREFIX{s} */
};

/* `tag` is "{m}" or "{s}": a cluster keeps all keys with one tag on one node. */
STO_CHECKED int sto_redis_store_open(struct sto_redis_store **out, const struct sto_redis_place *place,
				     const char *tag, const struct sto_world *world, struct sto_error *err);
void sto_redis_store_close(struct sto_redis_store *store); /* NULL is fine */

/* A time as 20 decimal digits above 0, whose order as text is the order of times in whatever locale. */
struct sto_redis_time {
	char text[STO_REDIS_TIME_LEN + 1];
};

struct sto_redis_time sto_redis_time_of(int64_t sec);
struct sto_span sto_redis_time_span(const struct sto_redis_time *time);

/* Whether the time at the front of `bytes` lies behind now_sec. */
bool sto_redis_time_is_later(struct sto_span bytes, int64_t now_sec);

/* Decimal numbers for commands. */
struct sto_redis_number {
	char text[24];
};

struct sto_redis_number sto_redis_number_of(uint64_t number);

/* The milliseconds that a key may live on in Redis: from `now_sec`, which is the caller's clock and not the
 * server's, until all machines agree that it has expired. */
struct sto_redis_number sto_redis_ttl_of(int64_t expires_sec, int64_t now_sec);

/* The bound of a range of texts that begin with times: "(" and the first second behind now_sec, or "+" where
 * there is none. What lies below it has expired. */
struct sto_redis_time_bound {
	char text[STO_REDIS_TIME_LEN + 2];
};

struct sto_redis_time_bound sto_redis_expired_below(int64_t now_sec);

/* What expired so long ago that Redis has let go of it. */
struct sto_redis_time_bound sto_redis_gone_below(int64_t now_sec);

#endif
