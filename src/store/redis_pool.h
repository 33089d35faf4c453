/* The connections of this process to one server. All stores whose place is the same share one pool; a forked
 * child drops what it inherited and connects anew. */
#ifndef STO_STORE_REDIS_POOL_H
#define STO_STORE_REDIS_POOL_H

#include "store/redis_conn.h"

typedef struct sto_redis_pool sto_redis_pool;

/* The pool for a place, made where there is none; nothing is connected. STO_STORE_SETUP, STO_NO_MEMORY. */
STO_CHECKED int sto_redis_pool_acquire(sto_redis_pool **out, const struct sto_redis_place *place,
				       struct sto_error *err);
void sto_redis_pool_release(sto_redis_pool *pool); /* NULL is fine */

/* A script, and the name that a server which has seen it knows it by. */
struct sto_redis_script {
	const char *text;
	char sha[41]; /* filled by sto_redis_script_name() */
};

STO_CHECKED int sto_redis_script_name(struct sto_redis_script *script, struct sto_error *err);

struct sto_redis_request {
	struct sto_redis_command command;
	const struct sto_redis_script *script; /* NULL: a plain command */
	bool repeatable;                       /* may be executed twice where once was meant */
};

/* Begins a script's command; its arguments are added to request->command. */
void sto_redis_request_script(struct sto_redis_request *request, const struct sto_redis_script *script,
			      struct sto_span key, bool repeatable);

/* One round trip; a script that the server has not seen costs a second, once. *reply is the caller's and no
 * error. STO_STORE_FAILED, STO_STORE_FULL, STO_NO_MEMORY. Any thread. */
STO_CHECKED int sto_redis_call(redisReply **reply, sto_redis_pool *pool,
			       const struct sto_redis_request *request, struct sto_error *err);

/* What is asked of a server when a store opens: that it lets us in, that it takes `request`, and what it does
 * when its memory runs out. STO_STORE_SETUP where it turns us away; an outage is a warning. */
STO_CHECKED int sto_redis_greet(sto_redis_pool *pool, const struct sto_redis_request *request,
				struct sto_error *warning, struct sto_error *err);

#endif
