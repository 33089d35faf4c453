#include "store/lmdb_store.h"

#include <string.h>

#include <openssl/crypto.h>

#include "base/bounds.h"
#include "store/sizes.h"
#include "store/lmdb_handle.h"
#include "store/store.h"

#define REAP_BATCH 64 /* entries a transaction: other writers wait that long */
#define FULL_TRIES 4  /* pages freed by one transaction serve the next but one */

/* One operation under way. */
struct op {
	struct sto_span key;
	struct sto_span value;
	int64_t expires_sec;
	int64_t now_sec;
	bool only_absent;    /* put */
	struct sto_buf *out; /* get, take: appended at out_start */
	size_t out_start;
	size_t max_entries; /* reap */
	size_t removed;     /* reap: in this transaction */
	int outcome;        /* what the operation says, where the transaction itself went well */
};

/* The key of an entry in the index by expiry. */
struct index_key {
	uint8_t bytes[STO_LMDB_TIME_LEN + STO_LIMIT_STORE_KEY];
	size_t len;
};

static MDB_val make_index_key(struct index_key *room, struct sto_span key, int64_t expires_sec)
{
	sto_lmdb_put_time(room->bytes, expires_sec);
	memcpy(room->bytes + STO_LMDB_TIME_LEN, key.ptr, key.len);
	room->len = STO_LMDB_TIME_LEN + key.len;
	return (MDB_val){room->len, room->bytes};
}

/* The entry under op->key: *expires_sec and *value (good until the next write). MDB_NOTFOUND. */
static int read_entry(int64_t *expires_sec, struct sto_span *value, const struct sto_lmdb_txn *txn,
		      struct sto_span key)
{
	MDB_val name = sto_lmdb_val(key);
	MDB_val data = {0, NULL};
	int rc = mdb_get(txn->txn, txn->entries, &name, &data);
	if (rc != 0)
		return rc;
	if (data.mv_size < STO_LMDB_TIME_LEN)
		return MDB_CORRUPTED;
	*expires_sec = sto_lmdb_get_time(data.mv_data);
	*value = sto_span_slice(sto_lmdb_span(data), STO_LMDB_TIME_LEN, data.mv_size);
	return 0;
}

static int delete_entry(const struct sto_lmdb_txn *txn, struct sto_span key, int64_t expires_sec)
{
	struct index_key room;
	MDB_val name = sto_lmdb_val(key);
	MDB_val index = make_index_key(&room, key, expires_sec);
	int rc = mdb_del(txn->txn, txn->expiry, &index, NULL);
	if (rc == 0 || rc == MDB_NOTFOUND)
		rc = mdb_del(txn->txn, txn->entries, &name, NULL);
	return rc;
}

/* No larger map would help a store that uses all it may. */
static int check_room(struct op *op, const struct sto_lmdb_txn *txn)
{
	bool has_room = false;
	int rc = sto_lmdb_has_room(&has_room, txn);
	if (rc != 0 || has_room)
		return rc;
	op->outcome = STO_STORE_FULL;
	return STO_LMDB_ABORT;
}

static int write_entry(const struct sto_lmdb_txn *txn, const struct op *op)
{
	struct index_key room;
	MDB_val name = sto_lmdb_val(op->key);
	MDB_val data = {STO_LMDB_TIME_LEN + op->value.len, NULL};
	MDB_val index = make_index_key(&room, op->key, op->expires_sec);
	MDB_val nothing = {0, NULL};
	int rc = mdb_put(txn->txn, txn->entries, &name, &data, MDB_RESERVE);
	if (rc != 0)
		return rc;
	sto_lmdb_put_time(data.mv_data, op->expires_sec);
	if (op->value.len > 0)
		memcpy((uint8_t *)data.mv_data + STO_LMDB_TIME_LEN, op->value.ptr, op->value.len);
	return mdb_put(txn->txn, txn->expiry, &index, &nothing, 0);
}

static int work_put(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	int64_t expires_sec = 0;
	struct sto_span old;
	op->outcome = STO_OK;
	int rc = read_entry(&expires_sec, &old, txn, op->key);
	if (rc == 0 && op->only_absent && expires_sec > op->now_sec) {
		op->outcome = STO_STORE_EXISTS;
		return STO_LMDB_ABORT;
	}
	if (rc == 0)
		rc = delete_entry(txn, op->key, expires_sec);
	else if (rc == MDB_NOTFOUND)
		rc = check_room(op, txn);
	return rc == 0 ? write_entry(txn, op) : rc;
}

static int work_get(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	int64_t expires_sec = 0;
	struct sto_span value;
	int rc = read_entry(&expires_sec, &value, txn, op->key);
	if (rc == MDB_NOTFOUND || (rc == 0 && expires_sec <= op->now_sec)) {
		op->outcome = STO_STORE_ABSENT;
		return STO_LMDB_ABORT;
	}
	if (rc != 0)
		return rc;
	op->outcome = sto_buf_put(op->out, value);
	return op->outcome == STO_OK ? 0 : STO_LMDB_ABORT;
}

static void forget_output(struct op *op)
{
	if (op->out->len > op->out_start)
		OPENSSL_cleanse(op->out->data + op->out_start, op->out->len - op->out_start);
	op->out->len = op->out_start;
}

static int work_take(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	int64_t expires_sec = 0;
	struct sto_span value;
	forget_output(op);
	int rc = work_get(txn, op);
	if (rc == 0)
		rc = read_entry(&expires_sec, &value, txn, op->key);
	return rc == 0 ? delete_entry(txn, op->key, expires_sec) : rc;
}

static int work_remove(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	int64_t expires_sec = 0;
	struct sto_span value;
	int rc = read_entry(&expires_sec, &value, txn, op->key);
	if (rc == MDB_NOTFOUND)
		return STO_LMDB_ABORT;
	return rc == 0 ? delete_entry(txn, op->key, expires_sec) : rc;
}

/* The first in the index, if it has expired; else MDB_NOTFOUND. */
static int first_expired(struct index_key *out, MDB_cursor *cursor, int64_t now_sec)
{
	MDB_val index = {0, NULL};
	MDB_val nothing = {0, NULL};
	int rc = mdb_cursor_get(cursor, &index, &nothing, MDB_FIRST);
	if (rc != 0)
		return rc;
	if (index.mv_size <= STO_LMDB_TIME_LEN || index.mv_size > sizeof(out->bytes))
		return MDB_CORRUPTED;
	memcpy(out->bytes, index.mv_data, index.mv_size);
	out->len = index.mv_size;
	return sto_lmdb_get_time(out->bytes) <= now_sec ? 0 : MDB_NOTFOUND;
}

static int work_reap(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	MDB_cursor *cursor = NULL;
	struct index_key index;
	op->removed = 0;
	int rc = mdb_cursor_open(txn->txn, txn->expiry, &cursor);
	while (rc == 0 && op->removed < op->max_entries) {
		rc = first_expired(&index, cursor, op->now_sec);
		if (rc != 0)
			break;
		MDB_val name = {index.len - STO_LMDB_TIME_LEN, index.bytes + STO_LMDB_TIME_LEN};
		rc = mdb_cursor_del(cursor, 0);
		if (rc == 0)
			rc = mdb_del(txn->txn, txn->entries, &name, NULL);
		op->removed += rc == 0;
	}
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	if (rc == MDB_NOTFOUND)
		rc = op->removed > 0 ? 0 : STO_LMDB_ABORT;
	return rc;
}

/* Whether anything has expired, without making writers wait. */
static int work_peek(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	MDB_cursor *cursor = NULL;
	struct index_key index;
	int rc = mdb_cursor_open(txn->txn, txn->expiry, &cursor);
	if (rc == 0)
		rc = first_expired(&index, cursor, op->now_sec);
	op->outcome = rc == MDB_NOTFOUND ? STO_STORE_ABSENT : STO_OK;
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? STO_LMDB_ABORT : rc;
}

static int say_outcome(int rc, const struct op *op, struct sto_error *err)
{
	if (rc != STO_OK || op->outcome == STO_OK)
		return rc;
	return sto_fail(err, op->outcome, "%s", sto_reason_of(op->outcome)->hint);
}

static int reap_batch(struct op *op, sto_lmdb_env *env, size_t max_entries, struct sto_error *err)
{
	op->max_entries = max_entries < REAP_BATCH ? max_entries : REAP_BATCH;
	int rc = sto_lmdb_env_read(env, work_peek, op, err);
	op->removed = 0;
	if (rc == STO_OK && op->outcome == STO_OK)
		rc = sto_lmdb_env_write(env, work_reap, op, err);
	return rc;
}

static int put_once(struct op *op, sto_lmdb_env *env, struct sto_error *err)
{
	return say_outcome(sto_lmdb_env_write(env, work_put, op, err), op, err);
}

/* A full store first lets go of what has expired. */
static int put_entry(struct sto_lmdb_handle *store, struct op *op, struct sto_error *err)
{
	sto_lmdb_env *env = NULL;
	struct op reap = {.now_sec = op->now_sec};
	int rc = sto_store_check_entry(op->key, op->value, err);
	if (rc == STO_OK)
		rc = sto_lmdb_enter(&env, store, err);
	if (rc == STO_OK)
		rc = put_once(op, env, err);
	for (int i = 0; rc == STO_STORE_FULL && i < FULL_TRIES; i++) {
		rc = reap_batch(&reap, env, REAP_BATCH, err);
		if (rc == STO_OK)
			rc = put_once(op, env, err);
	}
	return rc;
}

static int lmdb_put_if_absent(void *ctx, struct sto_span key, struct sto_span value, int64_t expires_sec,
			      int64_t now_sec, struct sto_error *err)
{
	struct op op = {.key = key,
			.value = value,
			.expires_sec = expires_sec,
			.now_sec = now_sec,
			.only_absent = true};
	return put_entry(ctx, &op, err);
}

static int lmdb_put(void *ctx, struct sto_span key, struct sto_span value, int64_t expires_sec,
		    int64_t now_sec, struct sto_error *err)
{
	struct op op = {.key = key, .value = value, .expires_sec = expires_sec, .now_sec = now_sec};
	return put_entry(ctx, &op, err);
}

static int lmdb_get(void *ctx, struct sto_buf *value, struct sto_span key, int64_t now_sec,
		    struct sto_error *err)
{
	sto_lmdb_env *env = NULL;
	struct op op = {.key = key, .now_sec = now_sec, .out = value, .out_start = value->len};
	int rc = sto_store_check_key(key, err);
	if (rc == STO_OK)
		rc = sto_lmdb_enter(&env, ctx, err);
	if (rc == STO_OK)
		rc = sto_lmdb_env_read(env, work_get, &op, err);
	return say_outcome(rc, &op, err);
}

static int lmdb_take(void *ctx, struct sto_buf *value, struct sto_span key, int64_t now_sec,
		     struct sto_error *err)
{
	sto_lmdb_env *env = NULL;
	struct op op = {.key = key, .now_sec = now_sec, .out = value, .out_start = value->len};
	int rc = sto_store_check_key(key, err);
	if (rc == STO_OK)
		rc = sto_lmdb_enter(&env, ctx, err);
	if (rc == STO_OK)
		rc = sto_lmdb_env_write(env, work_take, &op, err);
	if (rc != STO_OK) /* not removed for certain, so not taken */
		forget_output(&op);
	return say_outcome(rc, &op, err);
}

static int lmdb_remove(void *ctx, struct sto_span key, struct sto_error *err)
{
	sto_lmdb_env *env = NULL;
	struct op op = {.key = key};
	int rc = sto_store_check_key(key, err);
	if (rc == STO_OK)
		rc = sto_lmdb_enter(&env, ctx, err);
	return rc == STO_OK ? sto_lmdb_env_write(env, work_remove, &op, err) : rc;
}

static int lmdb_reap(void *ctx, size_t *removed, size_t max_entries, int64_t now_sec, struct sto_error *err)
{
	sto_lmdb_env *env = NULL;
	struct op op = {.now_sec = now_sec};
	*removed = 0;
	int rc = sto_lmdb_enter(&env, ctx, err);
	if (rc == STO_OK)
		sto_lmdb_env_check_readers(env);
	while (rc == STO_OK && *removed < max_entries) {
		rc = reap_batch(&op, env, max_entries - *removed, err);
		if (rc != STO_OK || op.removed == 0)
			break;
		*removed += op.removed;
	}
	return rc;
}

static void lmdb_close(void *ctx)
{
	sto_lmdb_handle_close(ctx);
}

static const struct sto_store_ops lmdb_ops = {
	.abi = STO_STORE_ABI,
	.name = "lmdb",
	.put_if_absent = lmdb_put_if_absent,
	.put = lmdb_put,
	.get = lmdb_get,
	.take = lmdb_take,
	.remove = lmdb_remove,
	.reap = lmdb_reap,
	.close = lmdb_close,
};

int sto_store_lmdb_open_sized(struct sto_store *out, struct sto_span dir, size_t map_start, size_t map_limit,
			      struct sto_error *err)
{
	struct sto_lmdb_handle *handle = NULL;
	*out = (struct sto_store){NULL, NULL};
	int rc = sto_lmdb_handle_open(&handle, dir, map_start, map_limit, err);
	if (rc == STO_OK)
		*out = (struct sto_store){&lmdb_ops, handle};
	return rc;
}

int sto_store_lmdb_open(struct sto_store *out, struct sto_span dir, struct sto_error *err)
{
	return sto_store_lmdb_open_sized(out, dir, STO_LMDB_MAP_START, STO_LIMIT_STORE_MAP, err);
}
