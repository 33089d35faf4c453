#include "store/redis_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#define CONNECTIONS 16
#define IDLE_MAX_MS 240000 /* firewalls forget connections that are idle for longer */
#define CA_FILE_MAX 4096

enum slot_state {
	SLOT_EMPTY,
	SLOT_IDLE,
	SLOT_BUSY,
};

struct slot {
	enum slot_state state;
	struct sto_redis_conn conn;
};

struct sto_redis_pool {
	sto_redis_pool *next;
	size_t refs;
	struct sto_redis_place place; /* but for prefix and warning, which are a store's */
	struct sto_buf ca_file;
	SSL_CTX *tls; /* NULL: plain */
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct slot slots[CONNECTIONS];
};

static pthread_mutex_t pools_lock = PTHREAD_MUTEX_INITIALIZER;
static sto_redis_pool *pools;

/* ---- forks ---- */

static void init_cond(sto_redis_pool *pool)
{
	pthread_condattr_t attr;
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&pool->freed, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static void before_fork(void)
{
	(void)pthread_mutex_lock(&pools_lock);
	for (sto_redis_pool *pool = pools; pool != NULL; pool = pool->next)
		(void)pthread_mutex_lock(&pool->lock);
}

static void after_fork(void)
{
	for (sto_redis_pool *pool = pools; pool != NULL; pool = pool->next)
		(void)pthread_mutex_unlock(&pool->lock);
	(void)pthread_mutex_unlock(&pools_lock);
}

/* The connections are the parent's. One that was in use there belongs to a thread that does not exist here:
 * only its descriptor is sure. */
static void drop_inherited(struct slot *slot)
{
	if (slot->state == SLOT_IDLE)
		sto_redis_conn_close(&slot->conn);
	else if (slot->state == SLOT_BUSY && slot->conn.stream.fd >= 0)
		(void)close(slot->conn.stream.fd);
	*slot = (struct slot){.state = SLOT_EMPTY, .conn = {.stream = {-1, NULL}}};
}

static void after_fork_in_child(void)
{
	for (sto_redis_pool *pool = pools; pool != NULL; pool = pool->next) {
		for (size_t i = 0; i < CONNECTIONS; i++)
			drop_inherited(&pool->slots[i]);
		init_cond(pool);
	}
	after_fork();
}

static int fork_rc;

static void watch_forks(void)
{
	fork_rc = pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

/* ---- pools ---- */

static void free_pool(sto_redis_pool *pool)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		sto_redis_conn_close(&pool->slots[i].conn);
	SSL_CTX_free(pool->tls);
	sto_buf_finish(&pool->place.url.host);
	sto_buf_finish(&pool->place.url.path);
	sto_buf_finish(&pool->place.url.user);
	sto_buf_finish(&pool->place.url.password);
	sto_buf_finish(&pool->place.shown);
	sto_buf_finish(&pool->ca_file);
	(void)pthread_cond_destroy(&pool->freed);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
}

static int copy_buf(struct sto_buf *to, const struct sto_buf *from)
{
	sto_buf_init(to, from->max);
	return sto_buf_put(to, sto_buf_span(from));
}

static int copy_place(sto_redis_pool *pool, const struct sto_redis_place *from)
{
	struct sto_redis_place *to = &pool->place;
	*to = (struct sto_redis_place){.timeout_ms = from->timeout_ms};
	to->url.scheme = from->url.scheme;
	to->url.port = from->url.port;
	to->url.db = from->url.db;
	sto_buf_init(&pool->ca_file, CA_FILE_MAX);
	int rc = copy_buf(&to->url.host, &from->url.host);
	rc = rc == STO_OK ? copy_buf(&to->url.path, &from->url.path) : rc;
	rc = rc == STO_OK ? copy_buf(&to->url.user, &from->url.user) : rc;
	rc = rc == STO_OK ? copy_buf(&to->url.password, &from->url.password) : rc;
	rc = rc == STO_OK ? copy_buf(&to->shown, &from->shown) : rc;
	rc = rc == STO_OK ? sto_buf_put(&pool->ca_file, from->ca_file) : rc;
	to->ca_file = sto_buf_span(&pool->ca_file);
	return rc;
}

static int make_pool(sto_redis_pool **out, const struct sto_redis_place *place, struct sto_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	sto_redis_pool *pool = calloc(1, sizeof(*pool));
	(void)pthread_once(&once, watch_forks);
	if (pool == NULL || fork_rc != 0) {
		free(pool);
		return sto_fail(err, STO_NO_MEMORY, "no memory for connections");
	}
	(void)pthread_mutex_init(&pool->lock, NULL);
	init_cond(pool);
	for (size_t i = 0; i < CONNECTIONS; i++)
		pool->slots[i].conn.stream.fd = -1;
	int rc = copy_place(pool, place);
	if (rc != STO_OK)
		rc = sto_fail(err, rc, "no memory for connections");
	if (rc == STO_OK && place->url.scheme == STO_REDIS_TLS)
		rc = sto_redis_tls_new(&pool->tls, place->ca_file, err);
	if (rc != STO_OK) {
		free_pool(pool);
		return rc;
	}
	*out = pool;
	return STO_OK;
}

static bool same_buf(const struct sto_buf *a, const struct sto_buf *b)
{
	return sto_span_equal_secret(sto_buf_span(a), sto_buf_span(b));
}

/* The URL without user and password is the same in what is shown. */
static bool is_at(const sto_redis_pool *pool, const struct sto_redis_place *place)
{
	return same_buf(&pool->place.shown, &place->shown) &&
	       same_buf(&pool->place.url.user, &place->url.user) &&
	       same_buf(&pool->place.url.password, &place->url.password) &&
	       sto_span_equal(pool->place.ca_file, place->ca_file) &&
	       pool->place.timeout_ms == place->timeout_ms;
}

int sto_redis_pool_acquire(sto_redis_pool **out, const struct sto_redis_place *place, struct sto_error *err)
{
	int rc = STO_OK;
	(void)pthread_mutex_lock(&pools_lock);
	sto_redis_pool *pool = pools;
	while (pool != NULL && !is_at(pool, place))
		pool = pool->next;
	if (pool == NULL) {
		rc = make_pool(&pool, place, err);
		if (rc == STO_OK) {
			pool->next = pools;
			pools = pool;
		}
	}
	if (rc == STO_OK)
		pool->refs++;
	(void)pthread_mutex_unlock(&pools_lock);
	*out = pool;
	return rc;
}

void sto_redis_pool_release(sto_redis_pool *pool)
{
	if (pool == NULL)
		return;
	(void)pthread_mutex_lock(&pools_lock);
	bool last = --pool->refs == 0;
	sto_redis_pool **link = &pools;
	while (last && *link != pool)
		link = &(*link)->next;
	if (last)
		*link = pool->next;
	(void)pthread_mutex_unlock(&pools_lock);
	if (last)
		free_pool(pool);
}

/* ---- one connection at a time ---- */

/* The one that was used last, so that the others grow old and go; else an empty place. */
static struct slot *free_slot(sto_redis_pool *pool)
{
	struct slot *best = NULL;
	for (size_t i = 0; i < CONNECTIONS; i++) {
		struct slot *slot = &pool->slots[i];
		if (slot->state == SLOT_BUSY)
			continue;
		if (best == NULL || (slot->state == SLOT_IDLE &&
				     (best->state == SLOT_EMPTY || slot->conn.used_ms > best->conn.used_ms)))
			best = slot;
	}
	return best;
}

static struct slot *take(sto_redis_pool *pool, int64_t deadline_ms)
{
	const struct timespec until = {deadline_ms / 1000, deadline_ms % 1000 * 1000000};
	(void)pthread_mutex_lock(&pool->lock);
	struct slot *slot = free_slot(pool);
	while (slot == NULL && pthread_cond_timedwait(&pool->freed, &pool->lock, &until) == 0)
		slot = free_slot(pool);
	if (slot != NULL)
		slot->state = SLOT_BUSY;
	(void)pthread_mutex_unlock(&pool->lock);
	return slot;
}

static void give(sto_redis_pool *pool, struct slot *slot, bool keep)
{
	if (!keep)
		sto_redis_conn_close(&slot->conn);
	(void)pthread_mutex_lock(&pool->lock);
	slot->state = keep ? SLOT_IDLE : SLOT_EMPTY;
	(void)pthread_cond_signal(&pool->freed);
	(void)pthread_mutex_unlock(&pool->lock);
}

/* CS-28: a connection that the server ended while it was idle must not be written to. */
static void close_stale(struct sto_redis_conn *conn)
{
	if (conn->stream.fd >= 0 &&
	    (sto_redis_now_ms() - conn->used_ms > IDLE_MAX_MS || !sto_redis_stream_is_quiet(&conn->stream)))
		sto_redis_conn_close(conn);
}

static int exchange(redisReply **reply, bool *sent, struct sto_redis_conn *conn,
		    const struct sto_redis_request *request, int64_t deadline_ms, struct sto_error *err)
{
	int rc = sto_redis_conn_call(reply, sent, conn, &request->command, deadline_ms, err);
	if (rc != STO_OK || request->script == NULL || !sto_redis_reply_is(*reply, "NOSCRIPT"))
		return rc;
	struct sto_redis_command whole = request->command;
	whole.args[0] = "EVAL";
	whole.lens[0] = 4;
	whole.args[1] = request->script->text;
	whole.lens[1] = strlen(request->script->text);
	freeReplyObject(*reply);
	return sto_redis_conn_call(reply, sent, conn, &whole, deadline_ms, err);
}

/* After these the next attempt must ask for the server's address again, or sign in again. */
static bool is_of_no_use(const redisReply *reply)
{
	return sto_redis_reply_is(reply, "READONLY") || sto_redis_reply_is(reply, "LOADING") ||
	       sto_redis_reply_is(reply, "MASTERDOWN") || sto_redis_reply_is(reply, "NOAUTH");
}

/* One attempt; *again says whether another one is safe and may help. */
static int attempt(redisReply **reply, bool *again, sto_redis_pool *pool,
		   const struct sto_redis_request *request, int64_t deadline_ms, struct sto_error *err)
{
	bool sent = false;
	int rc = STO_OK;
	*again = false;
	struct slot *slot = take(pool, deadline_ms);
	if (slot == NULL)
		return sto_fail(err, STO_STORE_FAILED, "all connections are in use");
	close_stale(&slot->conn);
	if (slot->conn.stream.fd < 0)
		rc = sto_redis_conn_open(&slot->conn, &pool->place, pool->tls, deadline_ms, err);
	if (rc == STO_OK) {
		rc = exchange(reply, &sent, &slot->conn, request, deadline_ms, err);
		*again = rc == STO_STORE_FAILED && (!sent || request->repeatable);
	}
	give(pool, slot, rc == STO_OK && !is_of_no_use(*reply));
	return rc;
}

static int run(redisReply **reply, sto_redis_pool *pool, const struct sto_redis_request *request,
	       struct sto_error *err)
{
	int64_t deadline_ms = sto_redis_now_ms() + pool->place.timeout_ms;
	struct sto_error own = {0};
	bool again = false;
	*reply = NULL;
	int rc = attempt(reply, &again, pool, request, deadline_ms, &own);
	if (again && sto_redis_now_ms() < deadline_ms)
		rc = attempt(reply, &again, pool, request, deadline_ms, &own);
	if (rc == STO_OK)
		return rc;
	freeReplyObject(*reply);
	*reply = NULL;
	return sto_fail(err, rc, "%.*s: %s", (int)pool->place.shown.len, (const char *)pool->place.shown.data,
			own.detail);
}

/* An error of the server as ours. */
static int judge(redisReply **reply, const sto_redis_pool *pool, const struct sto_redis_request *request,
		 struct sto_error *err)
{
	struct sto_error own = {0};
	if ((*reply)->type != REDIS_REPLY_ERROR)
		return STO_OK;
	int rc = sto_redis_reply_fail(*reply, request->command.args[0], STO_STORE_FAILED, &own);
	freeReplyObject(*reply);
	*reply = NULL;
	return sto_fail(err, rc, "%.*s: %s", (int)pool->place.shown.len, (const char *)pool->place.shown.data,
			own.detail);
}

int sto_redis_call(redisReply **reply, sto_redis_pool *pool, const struct sto_redis_request *request,
		   struct sto_error *err)
{
	struct sto_error own = {0};
	int rc = run(reply, pool, request, &own);
	if (rc == STO_OK)
		rc = judge(reply, pool, request, &own);
	if (rc == STO_OK)
		return rc;
	/* What was well when the store opened is an outage when it is not any more. */
	return sto_fail(err, rc == STO_STORE_SETUP ? STO_STORE_FAILED : rc, "%s", own.detail);
}

/* ---- scripts ---- */

int sto_redis_script_name(struct sto_redis_script *script, struct sto_error *err)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[20];
	size_t len = 0;
	if (EVP_Q_digest(NULL, "SHA1", NULL, script->text, strlen(script->text), hash, &len) != 1 ||
	    len != sizeof(hash))
		return sto_fail(err, STO_INTERNAL, "SHA-1, by which Redis names scripts, is not to be had");
	for (size_t i = 0; i < sizeof(hash); i++) {
		script->sha[2 * i] = digits[hash[i] >> 4];
		script->sha[2 * i + 1] = digits[hash[i] & 15];
	}
	script->sha[40] = '\0';
	return STO_OK;
}

void sto_redis_request_script(struct sto_redis_request *request, const struct sto_redis_script *script,
			      struct sto_span key, bool repeatable)
{
	*request = (struct sto_redis_request){.script = script, .repeatable = repeatable};
	sto_redis_command_add_str(&request->command, "EVALSHA");
	sto_redis_command_add_str(&request->command, script->sha);
	sto_redis_command_add_str(&request->command, "1");
	sto_redis_command_add(&request->command, key);
}

/* ---- the first words ---- */

/* The line "maxmemory_policy:..." of what INFO says; empty where there is none. */
static struct sto_span policy_in(const redisReply *reply)
{
	struct sto_span name = STO_SPAN("maxmemory_policy:"), line = {NULL, 0};
	struct sto_span rest = {NULL, 0};
	if (reply->type == REDIS_REPLY_STRING)
		rest = sto_span_of(reply->str, reply->len);
	while (rest.ptr != NULL && sto_span_split(&line, &rest, '\n'))
		if (sto_span_starts_with(line, name))
			return sto_span_slice(line, name.len,
					      line.len - name.len - sto_span_ends_with(line, STO_SPAN("\r")));
	return sto_span_of(NULL, 0);
}

/* What comes first is told. */
static void tell(struct sto_error *warning, int code, const char *text)
{
	if (warning != NULL && warning->code == STO_OK)
		warning->code = sto_fail(warning, code, "%s", text);
}

/* Not every user may ask; then nothing is told. */
static int look_at_policy(sto_redis_pool *pool, struct sto_error *warning, struct sto_error *err)
{
	struct sto_redis_request info = {.repeatable = true};
	redisReply *reply = NULL;
	sto_redis_command_add_str(&info.command, "INFO");
	sto_redis_command_add_str(&info.command, "memory");
	int rc = run(&reply, pool, &info, err);
	if (rc != STO_OK)
		return rc;
	struct sto_span policy = policy_in(reply);
	if (warning != NULL && policy.len > 0 && !sto_span_equal(policy, STO_SPAN("noeviction")))
		warning->code = sto_fail(warning, STO_STORE_SETUP,
					 "%.*s: maxmemory-policy is %.*s: when memory runs out people are "
					 "signed out and links can be "
					 "used twice; set noeviction",
					 (int)pool->place.shown.len, (const char *)pool->place.shown.data,
					 (int)policy.len, (const char *)policy.ptr);
	freeReplyObject(reply);
	return STO_OK;
}

int sto_redis_greet(sto_redis_pool *pool, const struct sto_redis_request *request, struct sto_error *warning,
		    struct sto_error *err)
{
	struct sto_error own = {0};
	redisReply *reply = NULL;
	if (warning != NULL)
		*warning = (struct sto_error){0};
	int rc = look_at_policy(pool, warning, &own);
	if (rc == STO_OK)
		rc = run(&reply, pool, request, &own);
	if (rc == STO_OK)
		rc = judge(&reply, pool, request, &own);
	freeReplyObject(reply);
	if (rc == STO_STORE_FAILED || rc == STO_STORE_FULL) {
		tell(warning, rc, own.detail);
		return STO_OK;
	}
	return rc == STO_OK ? rc : sto_fail(err, rc, "%s", own.detail);
}
