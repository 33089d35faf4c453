/* LMDB environments: one per directory and process, read transactions out of a pool, a map that grows. */
#ifndef STO_STORE_LMDB_ENV_H
#define STO_STORE_LMDB_ENV_H

#include <lmdb.h>

#include "stoauth/error.h"

typedef struct sto_lmdb_env sto_lmdb_env;

/* Where an environment is and how large it may grow. */
struct sto_lmdb_place {
	const char *dir;  /* absolute */
	size_t map_start; /* bytes */
	size_t map_limit; /* bytes */
};

/* The environment of the place: the one this process has, or a new one. Given back by release. The first to
 * open a directory decides on its sizes. STO_STORE_UNWRITABLE, STO_STORE_FULL, STO_STORE_FAILED,
 * STO_NO_MEMORY. */
STO_CHECKED int sto_lmdb_env_acquire(sto_lmdb_env **out, const struct sto_lmdb_place *place,
				     struct sto_error *err);

/* The last one closes the environment, in the process that opened it; a forked child only forgets. */
void sto_lmdb_env_release(sto_lmdb_env *env);

/* Whether this process opened it: a forked child must not use its parent's. */
bool sto_lmdb_env_is_ours(const sto_lmdb_env *env);

/* What a piece of work sees. */
struct sto_lmdb_txn {
	MDB_txn *txn;
	MDB_dbi entries;        /* key -> expiry, value */
	MDB_dbi expiry;         /* expiry, key -> nothing */
	MDB_dbi sessions;       /* id -> row */
	MDB_dbi session_expiry; /* expiry, id -> nothing */
	MDB_dbi session_index;  /* key of an index -> ids */
	MDB_dbi changes;        /* number -> kind, id */
	size_t room;            /* bytes an addition may find in use; more and the store is full */
};

/* Gives LMDB's result (0, MDB_*, errno). It may be called again from the start after the map has grown. */
typedef int sto_lmdb_work(const struct sto_lmdb_txn *txn, void *arg);
#define STO_LMDB_ABORT 1000001 /* a work's result: undo the transaction, and that is fine */

/* Runs the work in a read transaction, or in a write transaction that is then committed durably. A write
 * waits for the writers of other processes. STO_STORE_FULL, STO_STORE_UNWRITABLE, STO_STORE_FAILED. Any
 * thread. */
STO_CHECKED int sto_lmdb_env_read(sto_lmdb_env *env, sto_lmdb_work *work, void *arg, struct sto_error *err);
STO_CHECKED int sto_lmdb_env_write(sto_lmdb_env *env, sto_lmdb_work *work, void *arg, struct sto_error *err);

/* Frees the reader slots of processes that died. */
void sto_lmdb_env_check_readers(sto_lmdb_env *env);

/* The code for an LMDB result other than 0, with LMDB's text as the detail. */
STO_CHECKED int sto_lmdb_fail(struct sto_error *err, int lmdb_rc);

#endif
