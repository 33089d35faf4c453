/* Sessions in LMDB, in the same file as the store's entries. A row is
 *
 *     version (1) | number of indexes (1) | 0 (2) | length of the meta (4) | revision (8) | expiry (8)
 *     keys of the indexes (32 each) | meta | sealed record
 *
 * in the machine's byte order, as the whole of the file is. */
#include <string.h>

#include "base/bounds.h"
#include "store/lmdb_changes.h"
#include "store/lmdb_handle.h"
#include "store/lmdb_store.h"
#include "store/sizes.h"
#include "store/store.h"
#include "stoauth/sys/world.h"

#define ROW_VERSION 1
#define ID_LEN STO_SESSION_ID_LEN
#define REAP_BATCH 64
#define FULL_TRIES 4

struct header {
	uint8_t version;
	uint8_t n_indexes;
	uint16_t zero;
	uint32_t meta_len;
	uint64_t revision;
	int64_t expires_sec;
};

/* A row as it lies in the map. */
struct stored {
	struct header header;
	struct sto_span indexes[STO_SESSION_INDEXES];
	struct sto_span meta;
	struct sto_span sealed;
};

/* One operation under way. */
struct op {
	struct sto_span id; /* the session that is looked for, or goes */
	const struct sto_session_row *row;
	uint64_t revision; /* expected; 0: any */
	uint8_t change;
	int64_t now_sec;
	struct sto_span index;
	struct sto_buf *out;
	size_t out_start;
	size_t max_rows;
	size_t n_rows;
	uint64_t new_revision;
	uint64_t since;
	struct sto_session_changes *changes;
	int outcome;
};

static int say(struct op *op, int outcome)
{
	op->outcome = outcome;
	return STO_LMDB_ABORT;
}

/* ---- rows ---- */

static int parse_row(struct stored *out, struct sto_span bytes)
{
	size_t at = sizeof(out->header);
	if (bytes.len < at)
		return MDB_CORRUPTED;
	memcpy(&out->header, bytes.ptr, sizeof(out->header));
	if (out->header.version != ROW_VERSION)
		return MDB_VERSION_MISMATCH;
	size_t n = out->header.n_indexes;
	if (n > STO_SESSION_INDEXES || n * ID_LEN > bytes.len - at ||
	    out->header.meta_len > bytes.len - at - n * ID_LEN)
		return MDB_CORRUPTED;
	for (size_t i = 0; i < n; i++, at += ID_LEN)
		out->indexes[i] = sto_span_of(bytes.ptr + at, ID_LEN);
	out->meta = sto_span_of(bytes.ptr + at, out->header.meta_len);
	at += out->header.meta_len;
	out->sealed = sto_span_of(bytes.ptr + at, bytes.len - at);
	return 0;
}

static int read_row(struct stored *out, const struct sto_lmdb_txn *txn, struct sto_span id)
{
	MDB_val name = sto_lmdb_val(id);
	MDB_val data = {0, NULL};
	int rc = mdb_get(txn->txn, txn->sessions, &name, &data);
	return rc == 0 ? parse_row(out, sto_lmdb_span(data)) : rc;
}

/* The same, where one that has expired, or that a newer version wrote, is absent. */
static int read_live(struct stored *out, const struct sto_lmdb_txn *txn, const struct op *op,
		     struct sto_span id)
{
	int rc = read_row(out, txn, id);
	if (rc == MDB_VERSION_MISMATCH || (rc == 0 && out->header.expires_sec <= op->now_sec))
		return MDB_NOTFOUND;
	return rc;
}

static MDB_val expiry_key(uint8_t room[STO_LMDB_TIME_LEN + ID_LEN], struct sto_span id, int64_t expires_sec)
{
	sto_lmdb_put_time(room, expires_sec);
	memcpy(room + STO_LMDB_TIME_LEN, id.ptr, ID_LEN);
	return (MDB_val){STO_LMDB_TIME_LEN + ID_LEN, room};
}

static int ignore_absent(int rc)
{
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Takes a row out of all tables. */
static int delete_row(const struct sto_lmdb_txn *txn, struct sto_span id)
{
	uint8_t room[STO_LMDB_TIME_LEN + ID_LEN];
	struct stored row;
	MDB_val name = sto_lmdb_val(id);
	int rc = read_row(&row, txn, id);
	if (rc == MDB_VERSION_MISMATCH) /* of a newer version: its header is all that is known */
		row.header.n_indexes = 0;
	else if (rc != 0)
		return rc;
	/* Its parts are copied: a delete may move the page that they lie on. */
	uint8_t indexes[STO_SESSION_INDEXES][ID_LEN];
	for (size_t i = 0; i < row.header.n_indexes; i++)
		memcpy(indexes[i], row.indexes[i].ptr, ID_LEN);
	MDB_val expiry = expiry_key(room, id, row.header.expires_sec);
	rc = ignore_absent(mdb_del(txn->txn, txn->session_expiry, &expiry, NULL));
	for (size_t i = 0; rc == 0 && i < row.header.n_indexes; i++) {
		MDB_val key = {ID_LEN, indexes[i]};
		MDB_val data = sto_lmdb_val(id);
		rc = ignore_absent(mdb_del(txn->txn, txn->session_index, &key, &data));
	}
	return rc == 0 ? mdb_del(txn->txn, txn->sessions, &name, NULL) : rc;
}

static int write_indexes(const struct sto_lmdb_txn *txn, const struct sto_session_row *row)
{
	uint8_t room[STO_LMDB_TIME_LEN + ID_LEN];
	MDB_val expiry = expiry_key(room, row->id, row->expires_sec);
	MDB_val nothing = {0, NULL};
	int rc = mdb_put(txn->txn, txn->session_expiry, &expiry, &nothing, 0);
	for (size_t i = 0; rc == 0 && i < STO_SESSION_INDEXES; i++) {
		MDB_val key = sto_lmdb_val(row->indexes[i]);
		MDB_val id = sto_lmdb_val(row->id);
		if (key.mv_size > 0)
			rc = mdb_put(txn->txn, txn->session_index, &key, &id, 0);
	}
	return rc;
}

static uint8_t *put_bytes(uint8_t *to, struct sto_span bytes)
{
	if (bytes.len > 0)
		memcpy(to, bytes.ptr, bytes.len);
	return to + bytes.len;
}

static int write_row(const struct sto_lmdb_txn *txn, const struct sto_session_row *row, uint64_t revision)
{
	struct header header = {.version = ROW_VERSION,
				.meta_len = (uint32_t)row->meta.len,
				.revision = revision,
				.expires_sec = row->expires_sec};
	size_t len = sizeof(header) + row->meta.len + row->sealed.len;
	for (size_t i = 0; i < STO_SESSION_INDEXES; i++) {
		header.n_indexes = (uint8_t)(header.n_indexes + (row->indexes[i].len > 0));
		len += row->indexes[i].len;
	}
	MDB_val name = sto_lmdb_val(row->id);
	MDB_val data = {len, NULL};
	int rc = mdb_put(txn->txn, txn->sessions, &name, &data, MDB_RESERVE);
	if (rc != 0)
		return rc;
	uint8_t *to = put_bytes(data.mv_data, sto_span_of(&header, sizeof(header)));
	for (size_t i = 0; i < STO_SESSION_INDEXES; i++)
		to = put_bytes(to, row->indexes[i]);
	to = put_bytes(to, row->meta);
	(void)put_bytes(to, row->sealed);
	return write_indexes(txn, row);
}

/* ---- operations ---- */

static int work_begin_log(const struct sto_lmdb_txn *txn, void *arg)
{
	const struct op *op = arg;
	return sto_lmdb_log_begin(txn, op->now_sec);
}

static int work_changes(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	return sto_lmdb_log_read(op->changes, txn, op->since);
}

/* The session under `id` goes, and the log says so. */
static int take_out(const struct sto_lmdb_txn *txn, const struct op *op, struct sto_span id)
{
	int rc = delete_row(txn, id);
	return rc == 0 ? sto_lmdb_log_change(txn, id.ptr, op->change) : rc;
}

/* An id that is taken, or was until it expired, or is free. */
static int put_row(const struct sto_lmdb_txn *txn, struct op *op)
{
	struct stored old;
	bool has_room = true;
	int rc = read_row(&old, txn, op->row->id);
	if (rc == 0 && old.header.expires_sec > op->now_sec)
		return say(op, STO_STORE_EXISTS);
	if (rc == 0)
		rc = delete_row(txn, op->row->id);
	else if (rc == MDB_NOTFOUND)
		rc = sto_lmdb_has_room(&has_room, txn);
	if (rc == 0 && !has_room)
		return say(op, STO_STORE_FULL);
	return rc == 0 ? write_row(txn, op->row, 1) : rc;
}

static int work_put(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	op->outcome = STO_OK;
	return put_row(txn, op);
}

static int work_get(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	struct stored row;
	op->outcome = STO_OK;
	op->out->len = op->out_start;
	int rc = read_live(&row, txn, op, op->id);
	if (rc != 0)
		return rc == MDB_NOTFOUND ? say(op, STO_STORE_ABSENT) : rc;
	op->new_revision = row.header.revision;
	op->outcome = sto_buf_put(op->out, row.sealed);
	return 0;
}

static int work_swap(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	struct stored row;
	op->outcome = STO_OK;
	int rc = read_live(&row, txn, op, op->row->id);
	if (rc != 0)
		return rc == MDB_NOTFOUND ? say(op, STO_STORE_ABSENT) : rc;
	if (row.header.revision != op->revision)
		return say(op, STO_STORE_CHANGED);
	op->new_revision = op->revision + 1;
	rc = delete_row(txn, op->row->id);
	return rc == 0 ? write_row(txn, op->row, op->new_revision) : rc;
}

static int work_replace(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	struct stored row;
	op->outcome = STO_OK;
	int rc = read_live(&row, txn, op, op->id);
	if (rc == MDB_NOTFOUND && op->revision == 0)
		return put_row(txn, op);
	if (rc != 0)
		return rc == MDB_NOTFOUND ? say(op, STO_STORE_ABSENT) : rc;
	if (op->revision != 0 && row.header.revision != op->revision)
		return say(op, STO_STORE_CHANGED);
	rc = take_out(txn, op, op->id);
	return rc == 0 ? put_row(txn, op) : rc;
}

static int work_remove(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	struct stored row;
	op->outcome = STO_OK;
	int rc = read_live(&row, txn, op, op->id);
	if (rc != 0)
		return rc == MDB_NOTFOUND ? say(op, STO_STORE_ABSENT) : rc;
	return take_out(txn, op, op->id);
}

/* The first session of an index. */
static int first_of_index(uint8_t id[ID_LEN], const struct sto_lmdb_txn *txn, struct sto_span index)
{
	MDB_val key = sto_lmdb_val(index), data = {0, NULL};
	int rc = mdb_get(txn->txn, txn->session_index, &key, &data);
	if (rc != 0)
		return rc;
	if (data.mv_size != ID_LEN)
		return MDB_CORRUPTED;
	memcpy(id, data.mv_data, ID_LEN);
	return 0;
}

/* One session of the index goes, and its place in the index in any case. */
static int remove_from_index(const struct sto_lmdb_txn *txn, struct op *op, struct sto_span id)
{
	struct stored row;
	MDB_val key = sto_lmdb_val(op->index), data = sto_lmdb_val(id);
	int rc = read_live(&row, txn, op, id);
	if (rc == 0) {
		rc = take_out(txn, op, id);
		op->n_rows++;
	} else if (rc == MDB_NOTFOUND) {
		rc = ignore_absent(delete_row(txn, id));
	}
	return rc == 0 ? ignore_absent(mdb_del(txn->txn, txn->session_index, &key, &data)) : rc;
}

static int work_remove_index(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	uint8_t id[ID_LEN];
	op->n_rows = 0;
	int rc = first_of_index(id, txn, op->index);
	while (rc == 0) {
		rc = remove_from_index(txn, op, sto_span_of(id, ID_LEN));
		if (rc == 0)
			rc = first_of_index(id, txn, op->index);
	}
	return ignore_absent(rc);
}

static int count_index(const struct sto_lmdb_txn *txn, struct op *op)
{
	MDB_cursor *cursor = NULL;
	struct stored row;
	MDB_val key = sto_lmdb_val(op->index), data = {0, NULL};
	int rc = mdb_cursor_open(txn->txn, txn->session_index, &cursor);
	if (rc != 0)
		return rc;
	for (rc = mdb_cursor_get(cursor, &key, &data, MDB_SET); rc == 0;
	     rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT_DUP))
		op->n_rows += read_live(&row, txn, op, sto_lmdb_span(data)) == 0;
	mdb_cursor_close(cursor);
	return ignore_absent(rc);
}

/* By the index of times: the expired ones come first. */
static int count_all(const struct sto_lmdb_txn *txn, struct op *op)
{
	MDB_cursor *cursor = NULL;
	MDB_stat stat = {0};
	MDB_val key = {0, NULL}, data = {0, NULL};
	int rc = mdb_stat(txn->txn, txn->session_expiry, &stat);
	if (rc == 0)
		rc = mdb_cursor_open(txn->txn, txn->session_expiry, &cursor);
	if (rc != 0)
		return rc;
	op->n_rows = stat.ms_entries;
	for (rc = mdb_cursor_get(cursor, &key, &data, MDB_FIRST); rc == 0;
	     rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) {
		if (key.mv_size < STO_LMDB_TIME_LEN || sto_lmdb_get_time(key.mv_data) > op->now_sec)
			break;
		op->n_rows--;
	}
	mdb_cursor_close(cursor);
	return ignore_absent(rc);
}

static int work_count(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	op->n_rows = 0;
	return op->index.len > 0 ? count_index(txn, op) : count_all(txn, op);
}

static int list_one(struct op *op, struct sto_span id, struct sto_span bytes)
{
	struct stored row;
	int rc = parse_row(&row, bytes);
	if (rc == MDB_VERSION_MISMATCH)
		return 0;
	if (rc != 0 || row.header.expires_sec <= op->now_sec)
		return rc;
	op->outcome = sto_store_put_listed(op->out, id, row.meta);
	op->n_rows += op->outcome == STO_OK;
	return op->outcome == STO_OK ? 0 : STO_LMDB_ABORT;
}

static int work_list(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	MDB_cursor *cursor = NULL;
	MDB_val key = sto_lmdb_val(op->id), data = {0, NULL};
	op->outcome = STO_OK;
	op->n_rows = 0;
	op->out->len = op->out_start;
	int rc = mdb_cursor_open(txn->txn, txn->sessions, &cursor);
	if (rc != 0)
		return rc;
	rc = mdb_cursor_get(cursor, &key, &data, op->id.len > 0 ? MDB_SET_RANGE : MDB_FIRST);
	if (rc == 0 && op->id.len > 0 && sto_span_equal(sto_lmdb_span(key), op->id))
		rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT);
	while (rc == 0 && op->n_rows < op->max_rows) {
		rc = list_one(op, sto_lmdb_span(key), sto_lmdb_span(data));
		if (rc == 0)
			rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	return ignore_absent(rc);
}

/* The id of the session that expires first, if it has; else MDB_NOTFOUND. */
static int first_expired(uint8_t id[ID_LEN], const struct sto_lmdb_txn *txn, int64_t now_sec)
{
	MDB_cursor *cursor = NULL;
	MDB_val key = {0, NULL}, data = {0, NULL};
	int rc = mdb_cursor_open(txn->txn, txn->session_expiry, &cursor);
	if (rc != 0)
		return rc;
	rc = mdb_cursor_get(cursor, &key, &data, MDB_FIRST);
	if (rc == 0 && key.mv_size != STO_LMDB_TIME_LEN + ID_LEN)
		rc = MDB_CORRUPTED;
	if (rc == 0 && sto_lmdb_get_time(key.mv_data) > now_sec)
		rc = MDB_NOTFOUND;
	if (rc == 0)
		memcpy(id, (const uint8_t *)key.mv_data + STO_LMDB_TIME_LEN, ID_LEN);
	mdb_cursor_close(cursor);
	return rc;
}

static int work_reap(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	uint8_t id[ID_LEN];
	int rc = 0;
	op->n_rows = 0;
	while (rc == 0 && op->n_rows < op->max_rows) {
		rc = first_expired(id, txn, op->now_sec);
		if (rc == 0)
			rc = delete_row(txn, sto_span_of(id, ID_LEN));
		op->n_rows += rc == 0;
	}
	if (rc == MDB_NOTFOUND)
		rc = op->n_rows > 0 ? 0 : STO_LMDB_ABORT;
	return rc;
}

/* Whether anything has expired, without making writers wait. */
static int work_peek(const struct sto_lmdb_txn *txn, void *arg)
{
	struct op *op = arg;
	uint8_t id[ID_LEN];
	int rc = first_expired(id, txn, op->now_sec);
	op->outcome = rc == MDB_NOTFOUND ? STO_STORE_ABSENT : STO_OK;
	return ignore_absent(rc);
}

/* ---- the store ---- */

static int run(struct sto_lmdb_handle *handle, bool write, sto_lmdb_work *work, struct op *op,
	       struct sto_error *err)
{
	sto_lmdb_env *env = NULL;
	int rc = sto_lmdb_enter(&env, handle, err);
	if (rc == STO_OK)
		rc = write ? sto_lmdb_env_write(env, work, op, err) : sto_lmdb_env_read(env, work, op, err);
	if (rc != STO_OK || op->outcome == STO_OK)
		return rc;
	if (op->outcome == STO_STORE_ABSENT || op->outcome == STO_STORE_CHANGED)
		return op->outcome; /* an answer, not a failure */
	return sto_fail(err, op->outcome, "%s", sto_reason_of(op->outcome)->hint);
}

static int reap_batch(struct op *op, struct sto_lmdb_handle *handle, size_t max_rows, struct sto_error *err)
{
	op->max_rows = max_rows < REAP_BATCH ? max_rows : REAP_BATCH;
	op->n_rows = 0;
	op->outcome = STO_OK;
	int rc = run(handle, false, work_peek, op, err);
	if (rc == STO_OK)
		rc = run(handle, true, work_reap, op, err);
	return rc == STO_STORE_ABSENT ? STO_OK : rc;
}

/* A full store first lets go of what has expired. */
static int run_put(struct sto_lmdb_handle *handle, sto_lmdb_work *work, struct op *op, struct sto_error *err)
{
	struct op reap = {.now_sec = op->now_sec};
	int rc = sto_store_check_row(op->row, err);
	if (rc == STO_OK)
		rc = run(handle, true, work, op, err);
	for (int i = 0; rc == STO_STORE_FULL && i < FULL_TRIES; i++) {
		rc = reap_batch(&reap, handle, REAP_BATCH, err);
		if (rc == STO_OK)
			rc = run(handle, true, work, op, err);
	}
	return rc;
}

static int lmdb_put(void *ctx, const struct sto_session_row *row, int64_t now_sec, struct sto_error *err)
{
	struct op op = {.row = row, .now_sec = now_sec};
	return run_put(ctx, work_put, &op, err);
}

static int lmdb_get(void *ctx, struct sto_buf *sealed, uint64_t *revision, struct sto_span id,
		    int64_t now_sec, struct sto_error *err)
{
	struct op op = {.id = id, .now_sec = now_sec, .out = sealed, .out_start = sealed->len};
	int rc = sto_store_check_id(id, err);
	if (rc == STO_OK)
		rc = run(ctx, false, work_get, &op, err);
	if (rc == STO_OK)
		*revision = op.new_revision;
	return rc;
}

static int lmdb_swap(void *ctx, uint64_t *revision, const struct sto_session_row *row, int64_t now_sec,
		     struct sto_error *err)
{
	struct op op = {.row = row, .revision = *revision, .now_sec = now_sec};
	int rc = run_put(ctx, work_swap, &op, err);
	if (rc == STO_OK)
		*revision = op.new_revision;
	return rc;
}

static int lmdb_replace(void *ctx, struct sto_span old_id, uint64_t revision,
			const struct sto_session_row *row, uint8_t change, int64_t now_sec,
			struct sto_error *err)
{
	struct op op = {.id = old_id, .row = row, .revision = revision, .change = change, .now_sec = now_sec};
	int rc = sto_store_check_id(old_id, err);
	return rc == STO_OK ? run_put(ctx, work_replace, &op, err) : rc;
}

static int lmdb_remove(void *ctx, struct sto_span id, uint8_t change, int64_t now_sec, struct sto_error *err)
{
	struct op op = {.id = id, .change = change, .now_sec = now_sec};
	int rc = sto_store_check_id(id, err);
	return rc == STO_OK ? run(ctx, true, work_remove, &op, err) : rc;
}

static int lmdb_remove_by_index(void *ctx, size_t *removed, struct sto_span index, uint8_t change,
				int64_t now_sec, struct sto_error *err)
{
	struct op op = {.index = index, .change = change, .now_sec = now_sec};
	int rc = sto_store_check_id(index, err);
	if (rc == STO_OK)
		rc = run(ctx, true, work_remove_index, &op, err);
	*removed = rc == STO_OK ? op.n_rows : 0;
	return rc;
}

static int lmdb_count(void *ctx, size_t *n, struct sto_span index, int64_t now_sec, struct sto_error *err)
{
	struct op op = {.index = index, .now_sec = now_sec};
	int rc = index.len == 0 ? STO_OK : sto_store_check_id(index, err);
	if (rc == STO_OK)
		rc = run(ctx, false, work_count, &op, err);
	*n = rc == STO_OK ? op.n_rows : 0;
	return rc;
}

static int lmdb_list(void *ctx, struct sto_buf *out, size_t *n_rows, struct sto_span after, size_t max_rows,
		     int64_t now_sec, struct sto_error *err)
{
	struct op op = {
		.id = after, .now_sec = now_sec, .out = out, .out_start = out->len, .max_rows = max_rows};
	int rc = after.len == 0 ? STO_OK : sto_store_check_id(after, err);
	if (rc == STO_OK)
		rc = run(ctx, false, work_list, &op, err);
	*n_rows = rc == STO_OK ? op.n_rows : 0;
	return rc;
}

static int lmdb_changes_since(void *ctx, struct sto_session_changes *out, uint64_t since,
			      struct sto_error *err)
{
	struct op op = {.since = since, .changes = out};
	return run(ctx, false, work_changes, &op, err);
}

static int lmdb_reap(void *ctx, size_t *removed, size_t max_rows, int64_t now_sec, struct sto_error *err)
{
	struct op op = {.now_sec = now_sec};
	int rc = STO_OK;
	*removed = 0;
	while (rc == STO_OK && *removed < max_rows) {
		rc = reap_batch(&op, ctx, max_rows - *removed, err);
		if (rc != STO_OK || op.n_rows == 0)
			break;
		*removed += op.n_rows;
	}
	return rc;
}

static void lmdb_close(void *ctx)
{
	sto_lmdb_handle_close(ctx);
}

static const struct sto_session_store_ops lmdb_ops = {
	.abi = STO_SESSION_STORE_ABI,
	.name = "lmdb",
	.capabilities = STO_SESSION_CAN_REVOKE | STO_SESSION_CAN_INDEX | STO_SESSION_CAN_COUNT |
			STO_SESSION_CAN_CHANGES | STO_SESSION_CAN_ROTATE,
	.put = lmdb_put,
	.get = lmdb_get,
	.swap = lmdb_swap,
	.replace = lmdb_replace,
	.remove = lmdb_remove,
	.remove_by_index = lmdb_remove_by_index,
	.count = lmdb_count,
	.list = lmdb_list,
	.changes_since = lmdb_changes_since,
	.reap = lmdb_reap,
	.close = lmdb_close,
};

int sto_session_store_lmdb_open_sized(struct sto_session_store *out, struct sto_span dir, size_t map_start,
				      size_t map_limit, const struct sto_world *world, struct sto_error *err)
{
	struct sto_lmdb_handle *handle = NULL;
	struct op op = {.now_sec = world->now_sec(world->ctx)};
	*out = (struct sto_session_store){NULL, NULL};
	int rc = sto_lmdb_handle_open(&handle, dir, map_start, map_limit, err);
	if (rc == STO_OK)
		rc = run(handle, true, work_begin_log, &op, err);
	if (rc != STO_OK) {
		sto_lmdb_handle_close(handle);
		return rc;
	}
	*out = (struct sto_session_store){&lmdb_ops, handle};
	return STO_OK;
}

int sto_session_store_lmdb_open(struct sto_session_store *out, struct sto_span dir,
				const struct sto_world *world, struct sto_error *err)
{
	return sto_session_store_lmdb_open_sized(out, dir, STO_LMDB_MAP_START, STO_LIMIT_STORE_MAP, world,
						 err);
}
