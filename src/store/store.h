/* The stores there are. Each is one file; store_test.c runs one suite over all. */
#ifndef STO_STORE_STORE_H
#define STO_STORE_STORE_H

#include "stoauth/sys/store.h"
#include "stoauth/sys/world.h"

/* A store in this process's memory, bounded at `max_entries` (expired ones are reaped first, then
 * STO_STORE_FULL: a flood never evicts). STO_USAGE (no entries), STO_NO_MEMORY. Any thread. */
STO_CHECKED int sto_store_memory_open(struct sto_store *out, size_t max_entries, struct sto_error *err);

/* A store in an LMDB file in the directory `dir` (made with 0700, the file 0600), shared by all processes of
 * this machine. One environment per (device, inode) and process stands behind all stores that are opened on
 * the same directory. STO_STORE_UNWRITABLE (the directory cannot be written, or lies on a network file
 * system), STO_STORE_FULL, STO_STORE_FAILED. After a fork the child may go on using the store (it opens an
 * environment of its own); closing it there leaves the parent's alone. Any thread. */
STO_CHECKED int sto_store_lmdb_open(struct sto_store *out, struct sto_span dir, struct sto_error *err);

void sto_store_close(struct sto_store *store); /* closed ones and NULL are fine */

/* The same places for sessions; sessions_test.c runs one suite over all. In LMDB they lie in the same file as
 * the entries of sto_store_lmdb_open(). `world` is borrowed: a new log of changes begins at a number of its
 * clock. */
STO_CHECKED int sto_session_store_memory_open(struct sto_session_store *out, size_t max_sessions,
					      const struct sto_world *world, struct sto_error *err);
STO_CHECKED int sto_session_store_lmdb_open(struct sto_session_store *out, struct sto_span dir,
					    const struct sto_world *world, struct sto_error *err);

void sto_session_store_close(struct sto_session_store *store); /* closed ones and NULL are fine */

#endif
