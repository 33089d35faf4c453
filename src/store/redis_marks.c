/* Small entries in Redis. Under the store's key K stand
 *
 *     Ke<key>   the time of expiry (20 digits) and the value
 *     Kx        a sorted set of times of expiry and keys, all of one score: what has expired comes first
 *
 * Redis lets go of an entry by itself, some minutes late; what counts is the time in it and the caller's
 * clock. */
#include <pthread.h>
#include <string.h>

#include "store/redis_keys.h"
#include "store/redis_stores.h"
#include "store/sizes.h"

#define REAP_BATCH 256

/* The numbers that scripts give. */
_Static_assert(STO_STORE_EXISTS == 400 && STO_STORE_ABSENT == 401 && STO_TOO_LARGE == 3,
	       "the scripts below say these codes");

#define SCRIPT_HEAD                                                                                          \
	"local K=KEYS[1]\n"                                                                                  \
	"local function drop(m)\n"                                                                           \
	"  local e=K..'e'..m:sub(21)\n"                                                                      \
	"  if redis.call('GETRANGE',e,0,19)==m:sub(1,20) then redis.call('DEL',e) end\n"                     \
	"  redis.call('ZREM',K..'x',m)\n"                                                                    \
	"end\n"                                                                                              \
	"local function reap(bound,n)\n"                                                                     \
	"  local found=redis.call('ZRANGEBYLEX',K..'x','-',bound,'LIMIT',0,n)\n"                             \
	"  for _,m in ipairs(found) do drop(m) end\n"                                                        \
	"  return #found\n"                                                                                  \
	"end\n"

/* key, only where it is absent (1 or 0), now, expiry, milliseconds to live, bound of what is long gone,
 * value. The first that is written is what a full server refuses. */
static struct sto_redis_script script_put = {
	.text = SCRIPT_HEAD "local key,once,now,at,ttl,gone,value=unpack(ARGV)\n"
			    "local e,x=K..'e'..key,K..'x'\n"
			    "local old=redis.call('GETRANGE',e,0,19)\n"
			    "if once=='1' and old>now then return 400 end\n"
			    "redis.call('SET',e,at..value,'PX',ttl)\n"
			    "if old~='' then redis.call('ZREM',x,old..key) end\n"
			    "redis.call('ZADD',x,0,at..key)\n"
			    "if redis.call('PTTL',x)<tonumber(ttl) then redis.call('PEXPIRE',x,ttl) end\n"
			    "reap(gone,4)\n"
			    "return 0\n"};

/* key, now, bytes that the caller has room for. */
static struct sto_redis_script script_take = {.text = SCRIPT_HEAD
					      "local key,now,room=unpack(ARGV)\n"
					      "local v=redis.call('GET',K..'e'..key)\n"
					      "if not v or v:sub(1,20)<=now then return 401 end\n"
					      "if #v-20>tonumber(room) then return 3 end\n"
					      "drop(v:sub(1,20)..key)\n"
					      "return v:sub(21)\n"};

/* key */
static struct sto_redis_script script_remove = {.text = SCRIPT_HEAD
						"local key=ARGV[1]\n"
						"local old=redis.call('GETRANGE',K..'e'..key,0,19)\n"
						"if old~='' then drop(old..key) end\n"
						"return 0\n"};

/* bound of what has expired, entries at most. */
static struct sto_redis_script script_reap = {.text = SCRIPT_HEAD "return reap(ARGV[1],ARGV[2])\n"};

static int answer(const redisReply *reply, struct sto_error *err)
{
	if (reply->type != REDIS_REPLY_INTEGER)
		return sto_fail(err, STO_STORE_FAILED, "the Redis server gave an answer of another kind");
	int rc = (int)reply->integer;
	return rc == STO_OK ? rc : sto_fail(err, rc, "%s", sto_reason_of(rc)->hint);
}

/* Runs a script whose answer is one of our codes. */
static int ask(struct sto_redis_store *store, const struct sto_redis_request *request, struct sto_error *err)
{
	redisReply *reply = NULL;
	int rc = sto_redis_call(&reply, store->pool, request, err);
	if (rc == STO_OK)
		rc = answer(reply, err);
	freeReplyObject(reply);
	return rc;
}

/* One that replaces may be put twice; one that must be the first may not. */
static int put(struct sto_redis_store *store, struct sto_span key, struct sto_span value, int64_t expires_sec,
	       int64_t now_sec, bool only_absent, struct sto_error *err)
{
	struct sto_redis_request request;
	struct sto_redis_time now = sto_redis_time_of(now_sec), at = sto_redis_time_of(expires_sec);
	struct sto_redis_number ttl = sto_redis_ttl_of(expires_sec, now_sec);
	struct sto_redis_time_bound gone = sto_redis_gone_below(now_sec);
	int rc = sto_store_check_entry(key, value, err);
	if (rc != STO_OK)
		return rc;
	sto_redis_request_script(&request, &script_put, sto_buf_span(&store->key), !only_absent);
	sto_redis_command_add(&request.command, key);
	sto_redis_command_add_str(&request.command, only_absent ? "1" : "0");
	sto_redis_command_add_str(&request.command, now.text);
	sto_redis_command_add_str(&request.command, at.text);
	sto_redis_command_add_str(&request.command, ttl.text);
	sto_redis_command_add_str(&request.command, gone.text);
	sto_redis_command_add(&request.command, value);
	return ask(store, &request, err);
}

static int redis_put_if_absent(void *ctx, struct sto_span key, struct sto_span value, int64_t expires_sec,
			       int64_t now_sec, struct sto_error *err)
{
	return put(ctx, key, value, expires_sec, now_sec, true, err);
}

static int redis_put(void *ctx, struct sto_span key, struct sto_span value, int64_t expires_sec,
		     int64_t now_sec, struct sto_error *err)
{
	return put(ctx, key, value, expires_sec, now_sec, false, err);
}

static int put_value(struct sto_buf *value, const redisReply *reply, int64_t now_sec)
{
	struct sto_span entry = sto_span_of(reply->str, reply->len);
	if (reply->type != REDIS_REPLY_STRING || !sto_redis_time_is_later(entry, now_sec))
		return STO_STORE_ABSENT;
	return sto_buf_put(value, sto_span_slice(entry, STO_REDIS_TIME_LEN, entry.len));
}

static int redis_get(void *ctx, struct sto_buf *value, struct sto_span key, int64_t now_sec,
		     struct sto_error *err)
{
	struct sto_redis_store *store = ctx;
	struct sto_redis_request request = {.repeatable = true};
	redisReply *reply = NULL;
	struct sto_buf name;
	int rc = sto_store_check_key(key, err);
	if (rc != STO_OK)
		return rc;
	sto_buf_init(&name, store->key.len + 1 + key.len);
	rc = sto_buf_put(&name, sto_buf_span(&store->key));
	if (rc == STO_OK)
		rc = sto_buf_put_byte(&name, 'e');
	if (rc == STO_OK)
		rc = sto_buf_put(&name, key);
	sto_redis_command_add_str(&request.command, "GET");
	sto_redis_command_add(&request.command, sto_buf_span(&name));
	rc = rc == STO_OK ? sto_redis_call(&reply, store->pool, &request, err)
			  : sto_fail(err, rc, "no memory for a key");
	if (rc == STO_OK) {
		rc = put_value(value, reply, now_sec);
		if (rc != STO_OK)
			rc = sto_fail(err, rc, "%s", sto_reason_of(rc)->hint);
	}
	freeReplyObject(reply);
	sto_buf_finish(&name);
	return rc;
}

static int redis_take(void *ctx, struct sto_buf *value, struct sto_span key, int64_t now_sec,
		      struct sto_error *err)
{
	struct sto_redis_store *store = ctx;
	struct sto_redis_request request;
	struct sto_redis_time now = sto_redis_time_of(now_sec);
	struct sto_redis_number room = sto_redis_number_of(value->max - value->len);
	redisReply *reply = NULL;
	int rc = sto_store_check_key(key, err);
	if (rc != STO_OK)
		return rc;
	sto_redis_request_script(&request, &script_take, sto_buf_span(&store->key), false);
	sto_redis_command_add(&request.command, key);
	sto_redis_command_add_str(&request.command, now.text);
	sto_redis_command_add_str(&request.command, room.text);
	rc = sto_redis_call(&reply, store->pool, &request, err);
	if (rc == STO_OK && reply->type == REDIS_REPLY_STRING) {
		rc = sto_buf_put(value, sto_span_of(reply->str, reply->len));
		if (rc != STO_OK)
			rc = sto_fail(err, rc, "no memory for an entry");
	} else if (rc == STO_OK) {
		rc = answer(reply, err);
	}
	freeReplyObject(reply);
	return rc;
}

static int redis_remove(void *ctx, struct sto_span key, struct sto_error *err)
{
	struct sto_redis_store *store = ctx;
	struct sto_redis_request request;
	int rc = sto_store_check_key(key, err);
	if (rc != STO_OK)
		return rc;
	sto_redis_request_script(&request, &script_remove, sto_buf_span(&store->key), true);
	sto_redis_command_add(&request.command, key);
	return ask(store, &request, err);
}

static void begin_reap(struct sto_redis_request *request, const struct sto_redis_store *store,
		       const struct sto_redis_time_bound *bound, const struct sto_redis_number *batch)
{
	sto_redis_request_script(request, &script_reap, sto_buf_span(&store->key), true);
	sto_redis_command_add_str(&request->command, bound->text);
	sto_redis_command_add_str(&request->command, batch->text);
}

static int redis_reap(void *ctx, size_t *removed, size_t max_entries, int64_t now_sec, struct sto_error *err)
{
	struct sto_redis_store *store = ctx;
	struct sto_redis_time_bound bound = sto_redis_expired_below(now_sec);
	*removed = 0;
	while (*removed < max_entries) {
		size_t left = max_entries - *removed;
		struct sto_redis_number batch = sto_redis_number_of(left < REAP_BATCH ? left : REAP_BATCH);
		struct sto_redis_request request;
		redisReply *reply = NULL;
		begin_reap(&request, store, &bound, &batch);
		int rc = sto_redis_call(&reply, store->pool, &request, err);
		long long n = rc == STO_OK ? reply->integer : 0;
		freeReplyObject(reply);
		if (rc != STO_OK || n <= 0)
			return rc;
		*removed += (size_t)n;
		if (n < REAP_BATCH)
			break;
	}
	return STO_OK;
}

static void redis_close(void *ctx)
{
	sto_redis_store_close(ctx);
}

static const struct sto_store_ops redis_ops = {
	.abi = STO_STORE_ABI,
	.name = "redis",
	.put_if_absent = redis_put_if_absent,
	.put = redis_put,
	.get = redis_get,
	.take = redis_take,
	.remove = redis_remove,
	.reap = redis_reap,
	.close = redis_close,
};

static int names_rc;

static void name_scripts(void)
{
	struct sto_redis_script *const scripts[] = {&script_put, &script_take, &script_remove, &script_reap};
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]) && names_rc == STO_OK; i++)
		names_rc = sto_redis_script_name(scripts[i], NULL);
}

int sto_redis_open_marks(struct sto_store *out, const struct sto_redis_place *place, struct sto_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct sto_redis_store *store = NULL;
	struct sto_redis_request request;
	struct sto_redis_time_bound bound = sto_redis_expired_below(INT64_MIN);
	struct sto_redis_number none = sto_redis_number_of(0);
	(void)pthread_once(&once, name_scripts);
	*out = (struct sto_store){NULL, NULL};
	if (names_rc != STO_OK)
		return sto_fail(err, names_rc, "the scripts of the store have no names");
	int rc = sto_redis_store_open(&store, place, "{m}", NULL, err);
	if (rc != STO_OK)
		return rc;
	begin_reap(&request, store, &bound, &none);
	rc = sto_redis_greet(store->pool, &request, place->warning, err);
	if (rc != STO_OK) {
		sto_redis_store_close(store);
		return rc;
	}
	*out = (struct sto_store){&redis_ops, store};
	return STO_OK;
}
