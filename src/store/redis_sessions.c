/* Sessions in Redis: redis_session_scripts.h says where they stand. */
#include <pthread.h>
#include <string.h>

#include "base/bounds.h"
#include "store/redis_keys.h"
#include "store/redis_session_scripts.h"
#include "store/redis_stores.h"
#include "store/sizes.h"

#define ID_LEN STO_SESSION_ID_LEN
#define INDEXES_LEN (STO_SESSION_INDEXES * ID_LEN)
#define BATCH 256 /* sessions of one round trip */

/* The numbers that scripts give and count with. */
_Static_assert(STO_STORE_EXISTS == 400 && STO_STORE_ABSENT == 401 && STO_STORE_CHANGED == 405,
	       "the scripts say these codes");
_Static_assert(STO_LIMIT_SESSION_CHANGES == 4096 && STO_SESSION_CHANGES_PAGE == 64 && ID_LEN == 32,
	       "the scripts say these numbers");

static struct sto_redis_script script_begin = {.text = STO_REDIS_SESSIONS_BEGIN};
static struct sto_redis_script script_put = {.text = STO_REDIS_SESSIONS_PUT};
static struct sto_redis_script script_swap = {.text = STO_REDIS_SESSIONS_SWAP};
static struct sto_redis_script script_replace = {.text = STO_REDIS_SESSIONS_REPLACE};
static struct sto_redis_script script_remove = {.text = STO_REDIS_SESSIONS_REMOVE};
static struct sto_redis_script script_remove_index = {.text = STO_REDIS_SESSIONS_REMOVE_INDEX};
static struct sto_redis_script script_reap = {.text = STO_REDIS_SESSIONS_REAP};
static struct sto_redis_script script_list = {.text = STO_REDIS_SESSIONS_LIST};
static struct sto_redis_script script_changes = {.text = STO_REDIS_SESSIONS_CHANGES};

/* A request and the texts that its arguments point into. */
struct op {
	struct sto_redis_request request;
	struct sto_redis_time now, at;
	struct sto_redis_number clock, kind, revision, ttl, new_revision;
	struct sto_redis_time_bound gone;
	uint8_t indexes[INDEXES_LEN];
};

static int strange(struct sto_error *err)
{
	return sto_fail(err, STO_STORE_FAILED, "the Redis server gave an answer of another kind");
}

/* The arguments that every script has. */
static void begin_op(struct op *op, const struct sto_redis_store *store,
		     const struct sto_redis_script *script, uint8_t kind, int64_t now_sec, bool repeatable)
{
	struct sto_redis_command *command = &op->request.command;
	int64_t clock_sec = store->world->now_sec(store->world->ctx);
	sto_redis_request_script(&op->request, script, sto_buf_span(&store->key), repeatable);
	op->now = sto_redis_time_of(now_sec);
	op->clock = sto_redis_number_of(sto_store_first_seq(clock_sec));
	op->kind = sto_redis_number_of(kind);
	sto_redis_command_add_str(command, op->now.text);
	sto_redis_command_add_str(command, op->clock.text);
	sto_redis_command_add_str(command, op->kind.text);
}

/* Those of a script that writes a row. */
static void add_row(struct op *op, const struct sto_session_row *row, uint64_t revision,
		    uint64_t new_revision, int64_t now_sec)
{
	struct sto_redis_command *command = &op->request.command;
	size_t len = 0;
	for (size_t i = 0; i < STO_SESSION_INDEXES; i++) {
		if (row->indexes[i].len == 0)
			continue;
		memcpy(op->indexes + len, row->indexes[i].ptr, ID_LEN);
		len += ID_LEN;
	}
	op->revision = sto_redis_number_of(revision);
	op->at = sto_redis_time_of(row->expires_sec);
	op->ttl = sto_redis_ttl_of(row->expires_sec, now_sec);
	op->gone = sto_redis_gone_below(now_sec);
	op->new_revision = sto_redis_number_of(new_revision);
	sto_redis_command_add(command, row->id);
	sto_redis_command_add_str(command, op->revision.text);
	sto_redis_command_add_str(command, op->at.text);
	sto_redis_command_add_str(command, op->ttl.text);
	sto_redis_command_add_str(command, op->gone.text);
	sto_redis_command_add_str(command, op->new_revision.text);
	sto_redis_command_add(command, sto_span_of(op->indexes, len));
	sto_redis_command_add(command, row->sealed);
	sto_redis_command_add(command, row->meta);
}

/* Runs a script that gives a number. */
static int ask_number(long long *out, const struct sto_redis_store *store,
		      const struct sto_redis_request *request, struct sto_error *err)
{
	redisReply *reply = NULL;
	*out = 0;
	int rc = sto_redis_call(&reply, store->pool, request, err);
	if (rc == STO_OK && (reply->type != REDIS_REPLY_INTEGER || reply->integer < 0))
		rc = strange(err);
	else if (rc == STO_OK)
		*out = reply->integer;
	freeReplyObject(reply);
	return rc;
}

/* The same where the number is one of our codes. */
static int ask(const struct sto_redis_store *store, const struct sto_redis_request *request,
	       struct sto_error *err)
{
	long long code = 0;
	int rc = ask_number(&code, store, request, err);
	if (rc != STO_OK || code == STO_OK)
		return rc;
	rc = (int)code;
	if (rc == STO_STORE_ABSENT || rc == STO_STORE_CHANGED)
		return rc; /* an answer, not a failure */
	return sto_fail(err, rc, "%s", sto_reason_of(rc)->hint);
}

static int redis_put(void *ctx, const struct sto_session_row *row, int64_t now_sec, struct sto_error *err)
{
	struct op op;
	int rc = sto_store_check_row(row, err);
	if (rc != STO_OK)
		return rc;
	begin_op(&op, ctx, &script_put, 0, now_sec, false);
	add_row(&op, row, 0, 1, now_sec);
	return ask(ctx, &op.request, err);
}

static int make_key(struct sto_buf *out, const struct sto_redis_store *store, uint8_t table,
		    struct sto_span id, struct sto_error *err)
{
	sto_buf_init(out, store->key.len + 1 + id.len);
	int rc = sto_buf_put(out, sto_buf_span(&store->key));
	if (rc == STO_OK)
		rc = sto_buf_put_byte(out, table);
	if (rc == STO_OK)
		rc = sto_buf_put(out, id);
	return rc == STO_OK ? rc : sto_fail(err, rc, "no memory for a key");
}

static bool read_number(uint64_t *out, struct sto_span digits)
{
	*out = 0;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9' || *out > (UINT64_MAX - 9) / 10)
			return false;
		*out = *out * 10 + (uint64_t)(digits.ptr[i] - '0');
	}
	return digits.len > 0;
}

static struct sto_span part(const redisReply *reply, size_t i)
{
	const redisReply *one = reply->element[i];
	return one->type == REDIS_REPLY_STRING ? sto_span_of(one->str, one->len) : sto_span_of(NULL, 0);
}

/* A row is there where its version is ours and its time has not come. */
static int read_row(struct sto_buf *sealed, uint64_t *revision, const redisReply *reply, int64_t now_sec,
		    struct sto_error *err)
{
	uint64_t number = 0;
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4)
		return strange(err);
	if (!sto_span_equal(part(reply, 0), STO_SPAN(STO_REDIS_ROW_VERSION)) ||
	    !sto_redis_time_is_later(part(reply, 1), now_sec))
		return STO_STORE_ABSENT;
	if (!read_number(&number, part(reply, 2)) || part(reply, 3).len == 0)
		return sto_fail(err, STO_STORE_FAILED, "a session in Redis has lost its parts");
	int rc = sto_buf_put(sealed, part(reply, 3));
	if (rc == STO_OK)
		*revision = number;
	return rc;
}

static int redis_get(void *ctx, struct sto_buf *sealed, uint64_t *revision, struct sto_span id,
		     int64_t now_sec, struct sto_error *err)
{
	static const char *const fields[] = {"v", "e", "r", "d"};
	struct sto_redis_store *store = ctx;
	struct sto_redis_request request = {.repeatable = true};
	redisReply *reply = NULL;
	struct sto_buf key;
	int rc = sto_store_check_id(id, err);
	if (rc != STO_OK)
		return rc;
	rc = make_key(&key, store, 's', id, err);
	sto_redis_command_add_str(&request.command, "HMGET");
	sto_redis_command_add(&request.command, sto_buf_span(&key));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		sto_redis_command_add_str(&request.command, fields[i]);
	if (rc == STO_OK)
		rc = sto_redis_call(&reply, store->pool, &request, err);
	if (rc == STO_OK)
		rc = read_row(sealed, revision, reply, now_sec, err);
	freeReplyObject(reply);
	sto_buf_finish(&key);
	return rc;
}

static int redis_swap(void *ctx, uint64_t *revision, const struct sto_session_row *row, int64_t now_sec,
		      struct sto_error *err)
{
	struct op op;
	int rc = sto_store_check_row(row, err);
	if (rc != STO_OK)
		return rc;
	begin_op(&op, ctx, &script_swap, 0, now_sec, false);
	add_row(&op, row, *revision, *revision + 1, now_sec);
	rc = ask(ctx, &op.request, err);
	if (rc == STO_OK)
		++*revision;
	return rc;
}

static int redis_replace(void *ctx, struct sto_span old_id, uint64_t revision,
			 const struct sto_session_row *row, uint8_t change, int64_t now_sec,
			 struct sto_error *err)
{
	struct op op;
	int rc = sto_store_check_id(old_id, err);
	if (rc == STO_OK)
		rc = sto_store_check_row(row, err);
	if (rc != STO_OK)
		return rc;
	begin_op(&op, ctx, &script_replace, change, now_sec, false);
	add_row(&op, row, revision, 1, now_sec);
	sto_redis_command_add(&op.request.command, old_id);
	return ask(ctx, &op.request, err);
}

/* Twice is fine: gone is gone, and the log was written the first time. */
static int redis_remove(void *ctx, struct sto_span id, uint8_t change, int64_t now_sec, struct sto_error *err)
{
	struct op op;
	int rc = sto_store_check_id(id, err);
	if (rc != STO_OK)
		return rc;
	begin_op(&op, ctx, &script_remove, change, now_sec, true);
	sto_redis_command_add(&op.request.command, id);
	return ask(ctx, &op.request, err);
}

static int redis_remove_by_index(void *ctx, size_t *removed, struct sto_span index, uint8_t change,
				 int64_t now_sec, struct sto_error *err)
{
	struct op op;
	long long n = 0;
	int rc = sto_store_check_id(index, err);
	*removed = 0;
	if (rc != STO_OK)
		return rc;
	begin_op(&op, ctx, &script_remove_index, change, now_sec, true);
	sto_redis_command_add(&op.request.command, index);
	rc = ask_number(&n, ctx, &op.request, err);
	*removed = (size_t)n;
	return rc;
}

static int redis_count(void *ctx, size_t *n, struct sto_span index, int64_t now_sec, struct sto_error *err)
{
	struct sto_redis_store *store = ctx;
	struct sto_redis_request request = {.repeatable = true};
	struct sto_redis_time_bound bound = sto_redis_expired_below(now_sec);
	long long found = 0;
	struct sto_buf key;
	int rc = index.len == 0 ? STO_OK : sto_store_check_id(index, err);
	*n = 0;
	if (rc != STO_OK)
		return rc;
	rc = make_key(&key, store, index.len == 0 ? 'x' : 'i', index, err);
	sto_redis_command_add_str(&request.command, "ZLEXCOUNT");
	sto_redis_command_add(&request.command, sto_buf_span(&key));
	sto_redis_command_add_str(&request.command, bound.text);
	sto_redis_command_add_str(&request.command, "+");
	if (rc == STO_OK)
		rc = ask_number(&found, store, &request, err);
	*n = (size_t)found;
	sto_buf_finish(&key);
	return rc;
}

/* ---- listing ---- */

static int put_listed(struct sto_buf *out, uint8_t last[ID_LEN], const redisReply *reply,
		      struct sto_error *err)
{
	int rc = reply->type == REDIS_REPLY_ARRAY && reply->elements % 2 == 0 ? STO_OK : strange(err);
	for (size_t i = 0; rc == STO_OK && i < reply->elements; i += 2) {
		struct sto_span id = part(reply, i), meta = part(reply, i + 1);
		if (id.len != ID_LEN || meta.len > STO_LIMIT_SESSION_META)
			return strange(err);
		rc = sto_store_put_listed(out, id, meta);
		memcpy(last, id.ptr, ID_LEN);
	}
	return rc;
}

/* One round trip; *n says how many came. `bound` is "-", or "(" and an id. */
static int list_batch(struct sto_buf *out, size_t *n, struct sto_redis_store *store, struct sto_buf *bound,
		      size_t max_rows, int64_t now_sec, struct sto_error *err)
{
	struct sto_redis_request request;
	struct sto_redis_time now = sto_redis_time_of(now_sec);
	struct sto_redis_number max = sto_redis_number_of(max_rows);
	redisReply *reply = NULL;
	uint8_t last[ID_LEN];
	sto_redis_request_script(&request, &script_list, sto_buf_span(&store->key), true);
	sto_redis_command_add_str(&request.command, now.text);
	sto_redis_command_add(&request.command, sto_buf_span(bound));
	sto_redis_command_add_str(&request.command, max.text);
	int rc = sto_redis_call(&reply, store->pool, &request, err);
	if (rc == STO_OK)
		rc = put_listed(out, last, reply, err);
	*n = rc == STO_OK ? reply->elements / 2 : 0;
	if (*n > 0) {
		sto_buf_clear(bound);
		rc = sto_buf_put_byte(bound, '(');
		if (rc == STO_OK)
			rc = sto_buf_put(bound, sto_span_of(last, ID_LEN));
	}
	freeReplyObject(reply);
	return rc;
}

static int redis_list(void *ctx, struct sto_buf *out, size_t *n_rows, struct sto_span after, size_t max_rows,
		      int64_t now_sec, struct sto_error *err)
{
	size_t before = out->len, n = 1;
	struct sto_buf bound;
	int rc = after.len == 0 ? STO_OK : sto_store_check_id(after, err);
	*n_rows = 0;
	if (rc != STO_OK)
		return rc;
	sto_buf_init(&bound, 1 + ID_LEN);
	rc = sto_buf_put_byte(&bound, after.len == 0 ? '-' : '(');
	if (rc == STO_OK)
		rc = sto_buf_put(&bound, after);
	while (rc == STO_OK && n > 0 && *n_rows < max_rows) {
		size_t left = max_rows - *n_rows;
		rc = list_batch(out, &n, ctx, &bound, left < BATCH ? left : BATCH, now_sec, err);
		*n_rows += n;
		if (n < BATCH)
			break;
	}
	if (rc != STO_OK) {
		out->len = before;
		*n_rows = 0;
	}
	sto_buf_finish(&bound);
	return rc;
}

/* ---- changes ---- */

/* "17-1": the number of an entry is the part before the dash. */
static bool read_seq(uint64_t *out, struct sto_span entry_id)
{
	return read_number(out, sto_span_slice(entry_id, 0, sto_span_find(entry_id, '-')));
}

/* One entry: its id, and k, i, o with their values. False where it is none. */
static bool read_change(struct sto_session_change *out, const redisReply *entry)
{
	uint64_t kind = 0;
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 || !read_seq(&out->seq, part(entry, 0)))
		return false;
	const redisReply *fields = entry->element[1];
	if (fields->type != REDIS_REPLY_ARRAY || fields->elements != 6 ||
	    !read_number(&kind, part(fields, 1)) || kind > UINT8_MAX ||
	    (kind > 0 && part(fields, 3).len != ID_LEN))
		return false;
	out->kind = (uint8_t)kind;
	if (kind > 0)
		memcpy(out->id, part(fields, 3).ptr, ID_LEN);
	return true;
}

static int read_entries(struct sto_session_changes *out, const redisReply *entries, uint64_t newest,
			struct sto_error *err)
{
	struct sto_session_change change;
	if (entries->type != REDIS_REPLY_ARRAY || entries->elements > STO_SESSION_CHANGES_PAGE)
		return strange(err);
	for (size_t i = 0; i < entries->elements; i++) {
		if (!read_change(&change, entries->element[i]))
			return strange(err);
		out->seq = change.seq;
		if (change.kind != 0) /* the entry that a log begins with says nothing */
			out->items[out->n_items++] = change;
	}
	out->more = entries->elements > 0 && out->seq < newest;
	return STO_OK;
}

static int read_changes(struct sto_session_changes *out, const redisReply *reply, uint64_t since,
			struct sto_error *err)
{
	uint64_t whole = 0, newest = 0;
	if (reply->type != REDIS_REPLY_ARRAY || (reply->elements != 0 && reply->elements != 3))
		return strange(err);
	/* Without a log nothing was ever given, so any number is a gap. */
	if (reply->elements == 3 &&
	    (!read_number(&whole, part(reply, 0)) || !read_seq(&newest, part(reply, 1))))
		return strange(err);
	if (!sto_store_place_changes(out, since, whole, newest))
		return STO_OK;
	return read_entries(out, reply->element[2], newest, err);
}

static int redis_changes_since(void *ctx, struct sto_session_changes *out, uint64_t since,
			       struct sto_error *err)
{
	struct sto_redis_store *store = ctx;
	struct sto_redis_request request;
	struct sto_redis_number next = {""};
	redisReply *reply = NULL;
	if (since != STO_SESSION_CHANGES_NOW)
		next = sto_redis_number_of(since + 1);
	sto_redis_request_script(&request, &script_changes, sto_buf_span(&store->key), true);
	sto_redis_command_add_str(&request.command, next.text);
	int rc = sto_redis_call(&reply, store->pool, &request, err);
	if (rc == STO_OK)
		rc = read_changes(out, reply, since, err);
	freeReplyObject(reply);
	return rc;
}

/* ---- the store ---- */

static int redis_reap(void *ctx, size_t *removed, size_t max_rows, int64_t now_sec, struct sto_error *err)
{
	struct sto_redis_time_bound bound = sto_redis_expired_below(now_sec);
	int rc = STO_OK;
	*removed = 0;
	while (rc == STO_OK && *removed < max_rows) {
		size_t left = max_rows - *removed;
		struct sto_redis_number batch = sto_redis_number_of(left < BATCH ? left : BATCH);
		long long n = 0;
		struct op op;
		begin_op(&op, ctx, &script_reap, 0, now_sec, true);
		sto_redis_command_add_str(&op.request.command, bound.text);
		sto_redis_command_add_str(&op.request.command, batch.text);
		rc = ask_number(&n, ctx, &op.request, err);
		*removed += (size_t)n;
		if (n < BATCH)
			break;
	}
	return rc;
}

static void redis_close(void *ctx)
{
	sto_redis_store_close(ctx);
}

static const struct sto_session_store_ops redis_ops = {
	.abi = STO_SESSION_STORE_ABI,
	.name = "redis",
	.capabilities = STO_SESSION_CAN_REVOKE | STO_SESSION_CAN_INDEX | STO_SESSION_CAN_COUNT |
			STO_SESSION_CAN_CHANGES | STO_SESSION_CAN_ROTATE,
	.put = redis_put,
	.get = redis_get,
	.swap = redis_swap,
	.replace = redis_replace,
	.remove = redis_remove,
	.remove_by_index = redis_remove_by_index,
	.count = redis_count,
	.list = redis_list,
	.changes_since = redis_changes_since,
	.reap = redis_reap,
	.close = redis_close,
};

static int names_rc;

static void name_scripts(void)
{
	struct sto_redis_script *const scripts[] = {
		&script_begin,        &script_put,  &script_swap, &script_replace, &script_remove,
		&script_remove_index, &script_reap, &script_list, &script_changes,
	};
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]) && names_rc == STO_OK; i++)
		names_rc = sto_redis_script_name(scripts[i], NULL);
}

int sto_redis_open_sessions(struct sto_session_store *out, const struct sto_redis_place *place,
			    const struct sto_world *world, struct sto_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct sto_redis_store *store = NULL;
	struct op op;
	(void)pthread_once(&once, name_scripts);
	*out = (struct sto_session_store){NULL, NULL};
	if (names_rc != STO_OK)
		return sto_fail(err, names_rc, "the scripts of the session store have no names");
	int rc = sto_redis_store_open(&store, place, "{s}", world, err);
	if (rc != STO_OK)
		return rc;
	begin_op(&op, store, &script_begin, 0, world->now_sec(world->ctx), true);
	rc = sto_redis_greet(store->pool, &op.request, place->warning, err);
	if (rc != STO_OK) {
		sto_redis_store_close(store);
		return rc;
	}
	*out = (struct sto_session_store){&redis_ops, store};
	return STO_OK;
}
