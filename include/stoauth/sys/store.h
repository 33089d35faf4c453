/* What a store does, for those who write one. A store keeps small values under short keys until
 * they expire. It never sees a secret in clear: keys are hashes, values are sealed. */
#ifndef STOAUTH_SYS_STORE_H
#define STOAUTH_SYS_STORE_H

#include "stoauth/buf.h"
#include "stoauth/error.h"

#define STO_STORE_ABI 1

/* Every operation is atomic over all threads and processes that share the store. `key` is 1 to
 * STO_LIMIT_STORE_KEY (64) bytes, `value` 0 to 65536. An entry counts as absent from the second
 * `expires_sec` on, whether or not it was reaped. All members are mandatory; all may be called
 * from any thread. Failures beside those named: STO_STORE_FAILED, STO_STORE_FULL,
 * STO_STORE_UNWRITABLE, STO_NO_MEMORY, and STO_USAGE for a key or value of another size. */
struct sto_store_ops {
	uint32_t abi;     /* STO_STORE_ABI */
	const char *name; /* "memory", "lmdb", ... */

	/* Puts the entry if there is none under the key; else STO_STORE_EXISTS, nothing changed.
	 * Durable when it returns, as far as the store is durable at all. */
	int (*put_if_absent)(void *ctx, struct sto_span key, struct sto_span value, int64_t expires_sec,
			     int64_t now_sec, struct sto_error *err);

	/* Puts or replaces. */
	int (*put)(void *ctx, struct sto_span key, struct sto_span value, int64_t expires_sec,
		   int64_t now_sec, struct sto_error *err);

	/* Appends the value to *value; STO_STORE_ABSENT where there is none, STO_TOO_LARGE where the buffer
	 * cannot hold it. */
	int (*get)(void *ctx, struct sto_buf *value, struct sto_span key, int64_t now_sec,
		   struct sto_error *err);

	/* Gets and removes in one step: of many that take, one gets it. STO_STORE_ABSENT else;
	 * STO_TOO_LARGE, and nothing removed, where the buffer cannot hold it. */
	int (*take)(void *ctx, struct sto_buf *value, struct sto_span key, int64_t now_sec,
		    struct sto_error *err);

	/* Removes; an absent key is fine. */
	int (*remove)(void *ctx, struct sto_span key, struct sto_error *err);

	/* Removes at most `max_entries` expired ones; *removed says how many. */
	int (*reap)(void *ctx, size_t *removed, size_t max_entries, int64_t now_sec, struct sto_error *err);

	void (*close)(void *ctx); /* NULL is fine */
};

/* A store in use: its operations and their context. */
struct sto_store {
	const struct sto_store_ops *ops;
	void *ctx;
};

#endif
