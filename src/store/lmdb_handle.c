#include "store/lmdb_handle.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct sto_lmdb_handle {
	_Atomic(sto_lmdb_env *) env;
	struct sto_lmdb_place place;
	char dir[]; /* place.dir */
};

static struct sto_lmdb_handle *make_handle(struct sto_span dir, size_t map_start, size_t map_limit)
{
	struct sto_lmdb_handle *handle = calloc(1, sizeof(*handle) + dir.len + 1);
	if (handle == NULL)
		return NULL;
	memcpy(handle->dir, dir.ptr, dir.len);
	handle->place = (struct sto_lmdb_place){handle->dir, map_start, map_limit};
	return handle;
}

int sto_lmdb_handle_open(struct sto_lmdb_handle **out, struct sto_span dir, size_t map_start,
			 size_t map_limit, struct sto_error *err)
{
	sto_lmdb_env *env = NULL;
	*out = NULL;
	if (dir.len == 0 || dir.len >= PATH_MAX || sto_span_find(dir, 0) < dir.len)
		return sto_fail(err, STO_STORE_UNWRITABLE, "the store's directory is not a path");
	struct sto_lmdb_handle *handle = make_handle(dir, map_start, map_limit);
	if (handle == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a store");
	int rc = sto_lmdb_env_acquire(&env, &handle->place, err);
	if (rc != STO_OK) {
		free(handle);
		return rc;
	}
	atomic_init(&handle->env, env);
	*out = handle;
	return STO_OK;
}

void sto_lmdb_handle_close(struct sto_lmdb_handle *handle)
{
	if (handle == NULL)
		return;
	sto_lmdb_env_release(atomic_load(&handle->env));
	free(handle);
}

int sto_lmdb_enter(sto_lmdb_env **out, struct sto_lmdb_handle *handle, struct sto_error *err)
{
	sto_lmdb_env *env = atomic_load(&handle->env);
	sto_lmdb_env *fresh = NULL;
	if (!sto_lmdb_env_is_ours(env)) {
		int rc = sto_lmdb_env_acquire(&fresh, &handle->place, err);
		if (rc != STO_OK)
			return rc;
		if (atomic_compare_exchange_strong(&handle->env, &env, fresh))
			env = fresh;
		else /* another thread of the child was first */
			sto_lmdb_env_release(fresh);
	}
	*out = env;
	return STO_OK;
}

MDB_val sto_lmdb_val(struct sto_span bytes)
{
	return (MDB_val){bytes.len, (void *)(uintptr_t)bytes.ptr};
}

struct sto_span sto_lmdb_span(MDB_val val)
{
	return sto_span_of(val.mv_data, val.mv_size);
}

void sto_lmdb_put_time(uint8_t out[STO_LMDB_TIME_LEN], int64_t sec)
{
	uint64_t bits = (uint64_t)sec ^ ((uint64_t)1 << 63);
	for (int i = 0; i < STO_LMDB_TIME_LEN; i++)
		out[i] = (uint8_t)(bits >> (56 - 8 * i));
}

int64_t sto_lmdb_get_time(const uint8_t *in)
{
	uint64_t bits = 0;
	for (int i = 0; i < STO_LMDB_TIME_LEN; i++)
		bits = bits << 8 | in[i];
	return (int64_t)(bits ^ ((uint64_t)1 << 63));
}

static int pages_in_use(size_t *bytes, const struct sto_lmdb_txn *txn, MDB_dbi table)
{
	MDB_stat stat = {0};
	int rc = mdb_stat(txn->txn, table, &stat);
	*bytes += (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) * stat.ms_psize;
	return rc;
}

int sto_lmdb_has_room(bool *out, const struct sto_lmdb_txn *txn)
{
	const MDB_dbi tables[] = {txn->entries,        txn->expiry,        txn->sessions,
				  txn->session_expiry, txn->session_index, txn->changes};
	size_t bytes = 0;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof(tables) / sizeof(tables[0]); i++)
		rc = pages_in_use(&bytes, txn, tables[i]);
	*out = bytes <= txn->room;
	return rc;
}
