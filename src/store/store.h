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

/* How to reach a Redis or Valkey server. Spans are copied by open. */
struct sto_redis_options {
	struct sto_span url;      /* redis://, rediss:// or unix://, see redis_url.h */
	struct sto_span user;     /* where they do not stand in the URL; empty: none */
	struct sto_span password; /* the same */
	struct sto_span ca_file;  /* PEM file in place of the system's trust store, for rediss:// */
	struct sto_span prefix;   /* of every key; empty: "st:"; at most 32 printable characters */
	int64_t timeout_ms;       /* of one operation, connecting and all; 0: 2000; at most 60000 */
	/* NULL, or where open tells what is no reason to refuse the store: that the server cannot be reached
	 * at the moment, or that it evicts what it should keep. code is 0 where there is nothing to tell. */
	struct sto_error *warning;
};

/* A store in a Redis or Valkey server (5.0 or later), shared by all machines that reach it. The code for it
 * is a module that is loaded on first use. Stores whose options are alike share their connections. Each
 * operation is one round trip and, where it changes anything, one script; a reap takes one for each 256
 * entries. A connection that broke while it was idle is replaced without anybody noticing; an operation whose
 * command may have been executed is tried again only where that changes nothing. The store opens while the
 * server is down and works once it is up. STO_STORE_SETUP (an option is wrong, the module is missing, the
 * server turns us away, its certificate does not hold), STO_URL_MALFORMED, STO_TOO_LARGE, STO_NO_MEMORY.
 * After a fork the child opens connections of its own. Any thread. */
STO_CHECKED int sto_store_redis_open(struct sto_store *out, const struct sto_redis_options *options,
				     struct sto_error *err);

void sto_store_close(struct sto_store *store); /* closed ones and NULL are fine */

/* The same places for sessions; sessions_test.c runs one suite over all. In LMDB they lie in the same file as
 * the entries of sto_store_lmdb_open(). `world` is borrowed: a new log of changes begins at a number of its
 * clock. */
STO_CHECKED int sto_session_store_memory_open(struct sto_session_store *out, size_t max_sessions,
					      const struct sto_world *world, struct sto_error *err);
STO_CHECKED int sto_session_store_lmdb_open(struct sto_session_store *out, struct sto_span dir,
					    const struct sto_world *world, struct sto_error *err);

STO_CHECKED int sto_session_store_redis_open(struct sto_session_store *out,
					     const struct sto_redis_options *options,
					     const struct sto_world *world, struct sto_error *err);

void sto_session_store_close(struct sto_session_store *store); /* closed ones and NULL are fine */

#endif
