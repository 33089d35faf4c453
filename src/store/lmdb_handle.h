/* What the stores in LMDB share: a place whose environment survives a fork, and how values are written. */
#ifndef STO_STORE_LMDB_HANDLE_H
#define STO_STORE_LMDB_HANDLE_H

#include "store/lmdb_env.h"

#define STO_LMDB_MAP_START ((size_t)1 << 20)
#define STO_LMDB_TIME_LEN 8

/* An open store. */
struct sto_lmdb_handle;

/* As sto_store_lmdb_open_sized() says. */
STO_CHECKED int sto_lmdb_handle_open(struct sto_lmdb_handle **out, struct sto_span dir, size_t map_start,
				     size_t map_limit, struct sto_error *err);
void sto_lmdb_handle_close(struct sto_lmdb_handle *handle); /* NULL is fine */

/* This process's environment: a forked child opens its own at its first use of the store. */
STO_CHECKED int sto_lmdb_enter(sto_lmdb_env **out, struct sto_lmdb_handle *handle, struct sto_error *err);

/* LMDB takes what it only reads without const. A value it gives is good until the next write. */
MDB_val sto_lmdb_val(struct sto_span bytes);
struct sto_span sto_lmdb_span(MDB_val val);

/* Big-endian with the sign turned, so that the order of bytes is the order of times. */
void sto_lmdb_put_time(uint8_t out[STO_LMDB_TIME_LEN], int64_t sec);
int64_t sto_lmdb_get_time(const uint8_t *in);

/* Whether something may be added: the tables use less than the share of the map that is for them. */
STO_CHECKED int sto_lmdb_has_room(bool *out, const struct sto_lmdb_txn *txn);

#endif
