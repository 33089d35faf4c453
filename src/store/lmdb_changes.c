#include "store/lmdb_changes.h"

#include <string.h>

#include "base/bounds.h"
#include "store/sizes.h"

#define ID_LEN STO_SESSION_ID_LEN
#define SEQ_LEN 8
#define CHANGE_LEN (1 + ID_LEN)

static MDB_val seq_key(uint8_t room[SEQ_LEN], uint64_t seq)
{
	for (int i = 0; i < SEQ_LEN; i++)
		room[i] = (uint8_t)(seq >> (56 - 8 * i));
	return (MDB_val){SEQ_LEN, room};
}

/* The number of the first or last entry. */
static int seq_at(uint64_t *seq, MDB_cursor *cursor, MDB_cursor_op where)
{
	MDB_val key = {0, NULL}, data = {0, NULL};
	int rc = mdb_cursor_get(cursor, &key, &data, where);
	if (rc != 0)
		return rc;
	if (key.mv_size != SEQ_LEN)
		return MDB_CORRUPTED;
	*seq = 0;
	for (int i = 0; i < SEQ_LEN; i++)
		*seq = *seq << 8 | ((const uint8_t *)key.mv_data)[i];
	return 0;
}

static int put_change(const struct sto_lmdb_txn *txn, uint64_t seq, uint8_t kind, const uint8_t *id)
{
	uint8_t room[SEQ_LEN], bytes[CHANGE_LEN] = {kind};
	MDB_val key = seq_key(room, seq);
	MDB_val data = {CHANGE_LEN, bytes};
	if (id != NULL)
		memcpy(bytes + 1, id, ID_LEN);
	return mdb_put(txn->txn, txn->changes, &key, &data, MDB_APPEND);
}

static int trim_changes(const struct sto_lmdb_txn *txn, MDB_cursor *cursor)
{
	MDB_stat stat = {0};
	uint64_t seq = 0;
	int rc = mdb_stat(txn->txn, txn->changes, &stat);
	for (size_t n = stat.ms_entries; rc == 0 && n > STO_LIMIT_SESSION_CHANGES; n--) {
		rc = seq_at(&seq, cursor, MDB_FIRST);
		if (rc == 0)
			rc = mdb_cursor_del(cursor, 0);
	}
	return rc;
}

int sto_lmdb_log_change(const struct sto_lmdb_txn *txn, const uint8_t *id, uint8_t kind)
{
	MDB_cursor *cursor = NULL;
	uint64_t seq = 0;
	if (kind == 0)
		return 0;
	int rc = mdb_cursor_open(txn->txn, txn->changes, &cursor);
	if (rc != 0)
		return rc;
	rc = seq_at(&seq, cursor, MDB_LAST);
	if (rc == 0)
		rc = put_change(txn, seq + 1, kind, id);
	if (rc == 0)
		rc = trim_changes(txn, cursor);
	mdb_cursor_close(cursor);
	return rc;
}

static int read_changes(struct sto_session_changes *out, MDB_cursor *cursor, uint64_t since, uint64_t newest)
{
	uint8_t room[SEQ_LEN];
	uint64_t seq = since;
	MDB_val key = seq_key(room, since + 1), data = {0, NULL};
	int rc = mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);
	while (rc == 0 && out->n_items < STO_SESSION_CHANGES_PAGE) {
		struct sto_session_change *item = &out->items[out->n_items];
		rc = seq_at(&item->seq, cursor, MDB_GET_CURRENT);
		if (rc == 0)
			rc = mdb_cursor_get(cursor, &key, &data, MDB_GET_CURRENT);
		if (rc != 0)
			break;
		if (data.mv_size != CHANGE_LEN)
			return MDB_CORRUPTED;
		item->kind = ((const uint8_t *)data.mv_data)[0];
		memcpy(item->id, (const uint8_t *)data.mv_data + 1, ID_LEN);
		seq = item->seq;
		out->n_items += item->kind != 0;
		rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT);
	}
	out->seq = seq;
	out->more = seq < newest;
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* A log begins with an entry that says nothing, so that it always has a number. */
int sto_lmdb_log_begin(const struct sto_lmdb_txn *txn, int64_t now_sec)
{
	MDB_stat stat = {0};
	int rc = mdb_stat(txn->txn, txn->changes, &stat);
	if (rc != 0 || stat.ms_entries > 0)
		return rc == 0 ? STO_LMDB_ABORT : rc;
	return put_change(txn, sto_store_first_seq(now_sec), 0, NULL);
}

int sto_lmdb_log_read(struct sto_session_changes *out, const struct sto_lmdb_txn *txn, uint64_t since)
{
	MDB_cursor *cursor = NULL;
	uint64_t oldest = 0, newest = 0;
	int rc = mdb_cursor_open(txn->txn, txn->changes, &cursor);
	if (rc != 0)
		return rc;
	rc = seq_at(&oldest, cursor, MDB_FIRST);
	if (rc == 0)
		rc = seq_at(&newest, cursor, MDB_LAST);
	if (rc == 0 && sto_store_place_changes(out, since, oldest, newest))
		rc = read_changes(out, cursor, since, newest);
	mdb_cursor_close(cursor);
	return rc;
}
