#include "store/lmdb_store.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/bounds.h"
#include "store/sizes.h"
#include "store/lmdb_env.h"
#include "store/store.h"

#define MAP_START ((size_t)1 << 20)
#define TIME_LEN 8
#define REAP_BATCH 64 /* entries a transaction: other writers wait that long */
#define FULL_TRIES 4  /* pages freed by one transaction serve the next but one */

struct lmdb_store {
	_Atomic(sto_lmdb_env *) env;
	struct sto_lmdb_place place;
	char dir[]; /* place.dir */
};

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

static MDB_val val_of(struct sto_span bytes)
{
	return (MDB_val){bytes.len, (void *)(uintptr_t)bytes.ptr};
}

static struct sto_span span_of(MDB_val val)
{
	return sto_span_of(val.mv_data, val.mv_size);
}

/* Big-endian with the sign turned, so that the order of bytes is the order of times. */
static void put_time(uint8_t out[TIME_LEN], int64_t sec)
{
	uint64_t bits = (uint64_t)sec ^ ((uint64_t)1 << 63);
	for (int i = 0; i < TIME_LEN; i++)
		out[i] = (uint8_t)(bits >> (56 - 8 * i));
}

static int64_t get_time(const uint8_t *in)
{
	uint64_t bits = 0;
	for (int i = 0; i < TIME_LEN; i++)
		bits = bits << 8 | in[i];
	return (int64_t)(bits ^ ((uint64_t)1 << 63));
}

/* The key of an entry in the index by expiry. */
struct index_key {
	uint8_t bytes[TIME_LEN + STO_LIMIT_STORE_KEY];
	size_t len;
};

static MDB_val make_index_key(struct index_key *room, struct sto_span key, int64_t expires_sec)
{
	put_time(room->bytes, expires_sec);
	memcpy(room->bytes + TIME_LEN, key.ptr, key.len);
	room->len = TIME_LEN + key.len;
	return (MDB_val){room->len, room->bytes};
}

/* The entry under op->key: *expires_sec and *value (good until the next write). MDB_NOTFOUND. */
static int read_entry(int64_t *expires_sec, struct sto_span *value, const struct sto_lmdb_txn *txn,
		      struct sto_span key)
{
	MDB_val name = val_of(key);
	MDB_val data = {0, NULL};
	int rc = mdb_get(txn->txn, txn->entries, &name, &data);
	if (rc != 0)
		return rc;
	if (data.mv_size < TIME_LEN)
		return MDB_CORRUPTED;
	*expires_sec = get_time(data.mv_data);
	*value = sto_span_slice(span_of(data), TIME_LEN, data.mv_size);
	return 0;
}

static int delete_entry(const struct sto_lmdb_txn *txn, struct sto_span key, int64_t expires_sec)
{
	struct index_key room;
	MDB_val name = val_of(key);
	MDB_val index = make_index_key(&room, key, expires_sec);
	int rc = mdb_del(txn->txn, txn->expiry, &index, NULL);
	if (rc == 0 || rc == MDB_NOTFOUND)
		rc = mdb_del(txn->txn, txn->entries, &name, NULL);
	return rc;
}

static int pages_in_use(size_t *bytes, const struct sto_lmdb_txn *txn, MDB_dbi table)
{
	MDB_stat stat = {0};
	int rc = mdb_stat(txn->txn, table, &stat);
	*bytes += (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) * stat.ms_psize;
	return rc;
}

/* No larger map would help a store that uses all it may. */
static int check_room(struct op *op, const struct sto_lmdb_txn *txn)
{
	size_t bytes = 0;
	int rc = pages_in_use(&bytes, txn, txn->entries);
	if (rc == 0)
		rc = pages_in_use(&bytes, txn, txn->expiry);
	if (rc != 0 || bytes <= txn->room)
		return rc;
	op->outcome = STO_STORE_FULL;
	return STO_LMDB_ABORT;
}

static int write_entry(const struct sto_lmdb_txn *txn, const struct op *op)
{
	struct index_key room;
	MDB_val name = val_of(op->key);
	MDB_val data = {TIME_LEN + op->value.len, NULL};
	MDB_val index = make_index_key(&room, op->key, op->expires_sec);
	MDB_val nothing = {0, NULL};
	int rc = mdb_put(txn->txn, txn->entries, &name, &data, MDB_RESERVE);
	if (rc != 0)
		return rc;
	put_time(data.mv_data, op->expires_sec);
	if (op->value.len > 0)
		memcpy((uint8_t *)data.mv_data + TIME_LEN, op->value.ptr, op->value.len);
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
	if (index.mv_size <= TIME_LEN || index.mv_size > sizeof(out->bytes))
		return MDB_CORRUPTED;
	memcpy(out->bytes, index.mv_data, index.mv_size);
	out->len = index.mv_size;
	return get_time(out->bytes) <= now_sec ? 0 : MDB_NOTFOUND;
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
		MDB_val name = {index.len - TIME_LEN, index.bytes + TIME_LEN};
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

/* This process's environment: a forked child opens its own at its first use of the store. */
static int enter(sto_lmdb_env **out, struct lmdb_store *store, struct sto_error *err)
{
	sto_lmdb_env *env = atomic_load(&store->env);
	sto_lmdb_env *fresh = NULL;
	if (!sto_lmdb_env_is_ours(env)) {
		int rc = sto_lmdb_env_acquire(&fresh, &store->place, err);
		if (rc != STO_OK)
			return rc;
		if (atomic_compare_exchange_strong(&store->env, &env, fresh))
			env = fresh;
		else /* another thread of the child was first */
			sto_lmdb_env_release(fresh);
	}
	*out = env;
	return STO_OK;
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
static int put_entry(struct lmdb_store *store, struct op *op, struct sto_error *err)
{
	sto_lmdb_env *env = NULL;
	struct op reap = {.now_sec = op->now_sec};
	int rc = sto_store_check_entry(op->key, op->value, err);
	if (rc == STO_OK)
		rc = enter(&env, store, err);
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
		rc = enter(&env, ctx, err);
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
		rc = enter(&env, ctx, err);
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
		rc = enter(&env, ctx, err);
	return rc == STO_OK ? sto_lmdb_env_write(env, work_remove, &op, err) : rc;
}

static int lmdb_reap(void *ctx, size_t *removed, size_t max_entries, int64_t now_sec, struct sto_error *err)
{
	sto_lmdb_env *env = NULL;
	struct op op = {.now_sec = now_sec};
	*removed = 0;
	int rc = enter(&env, ctx, err);
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
	struct lmdb_store *store = ctx;
	if (store == NULL)
		return;
	sto_lmdb_env_release(atomic_load(&store->env));
	free(store);
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

static struct lmdb_store *make_store(struct sto_span dir, size_t map_start, size_t map_limit)
{
	struct lmdb_store *store = calloc(1, sizeof(*store) + dir.len + 1);
	if (store == NULL)
		return NULL;
	memcpy(store->dir, dir.ptr, dir.len);
	store->place = (struct sto_lmdb_place){store->dir, map_start, map_limit};
	return store;
}

int sto_store_lmdb_open_sized(struct sto_store *out, struct sto_span dir, size_t map_start, size_t map_limit,
			      struct sto_error *err)
{
	sto_lmdb_env *env = NULL;
	*out = (struct sto_store){NULL, NULL};
	if (dir.len == 0 || dir.len >= PATH_MAX || sto_span_find(dir, 0) < dir.len)
		return sto_fail(err, STO_STORE_UNWRITABLE, "the store's directory is not a path");
	struct lmdb_store *store = make_store(dir, map_start, map_limit);
	if (store == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a store");
	int rc = sto_lmdb_env_acquire(&env, &store->place, err);
	if (rc != STO_OK) {
		free(store);
		return rc;
	}
	atomic_init(&store->env, env);
	*out = (struct sto_store){&lmdb_ops, store};
	return STO_OK;
}

int sto_store_lmdb_open(struct sto_store *out, struct sto_span dir, struct sto_error *err)
{
	return sto_store_lmdb_open_sized(out, dir, MAP_START, STO_LIMIT_STORE_MAP, err);
}
