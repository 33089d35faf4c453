/* One connection: signed in, its database chosen, one command and its answer at a time. The protocol is
 * hiredis's formatter and reader; the bytes go through redis_stream.h. */
#ifndef STO_STORE_REDIS_CONN_H
#define STO_STORE_REDIS_CONN_H

#include <hiredis/hiredis.h>

#include "store/redis_stream.h"

#define STO_REDIS_ARGS_MAX 20

/* A command whose arguments are borrowed: bytes and their lengths, so that nothing in them has a meaning. */
struct sto_redis_command {
	int n;
	const char *args[STO_REDIS_ARGS_MAX];
	size_t lens[STO_REDIS_ARGS_MAX];
};

void sto_redis_command_add(struct sto_redis_command *command, struct sto_span arg);
void sto_redis_command_add_str(struct sto_redis_command *command, const char *arg);

struct sto_redis_conn {
	struct sto_redis_stream stream;
	redisReader *reader;
	int64_t used_ms; /* when it was last used */
};

/* STO_STORE_FAILED; STO_STORE_SETUP where the server turns user, password or database away, or its
 * certificate does not hold; STO_NO_MEMORY. Closed on failure. */
STO_CHECKED int sto_redis_conn_open(struct sto_redis_conn *conn, const struct sto_redis_place *place,
				    SSL_CTX *tls, int64_t deadline_ms, struct sto_error *err);
void sto_redis_conn_close(struct sto_redis_conn *conn); /* closed ones are fine */

/* *reply is the caller's (freeReplyObject), an error of the server too. After a failure the connection must
 * be closed; *sent says whether the server may have executed the command: it has not where a part of it was
 * never written. STO_STORE_FAILED, STO_NO_MEMORY. */
STO_CHECKED int sto_redis_conn_call(redisReply **reply, bool *sent, struct sto_redis_conn *conn,
				    const struct sto_redis_command *command, int64_t deadline_ms,
				    struct sto_error *err);

/* Whether the reply is an error whose first word is `word`. */
bool sto_redis_reply_is(const redisReply *reply, const char *word);

/* What an error of the server to `command` means: STO_STORE_FULL, STO_STORE_SETUP (it turns us away),
 * STO_STORE_FAILED, and `other` for what is not known. Of what the server wrote only the first word is
 * repeated: it likes to quote arguments. */
STO_CHECKED int sto_redis_reply_fail(const redisReply *reply, const char *command, int other,
				     struct sto_error *err);

#endif
