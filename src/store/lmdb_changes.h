/* The log of ended sessions in LMDB: bounded, numbered, written in the transaction that ends them. */
#ifndef STO_STORE_LMDB_CHANGES_H
#define STO_STORE_LMDB_CHANGES_H

#include "store/lmdb_env.h"
#include "stoauth/sys/store.h"

/* Each gives LMDB's result. Begins the log, where there is none; STO_LMDB_ABORT where there was. */
STO_CHECKED int sto_lmdb_log_begin(const struct sto_lmdb_txn *txn, int64_t now_sec);

/* Adds the end of a session; kind 0 adds nothing. */
STO_CHECKED int sto_lmdb_log_change(const struct sto_lmdb_txn *txn, const uint8_t *id, uint8_t kind);

STO_CHECKED int sto_lmdb_log_read(struct sto_session_changes *out, const struct sto_lmdb_txn *txn,
				  uint64_t since);

#endif
