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

/* ---- sessions ---- */

#define STO_SESSION_STORE_ABI 1
#define STO_SESSION_ID_LEN 32 /* bytes of a session's id, and of the key of an index */
#define STO_SESSION_INDEXES 2 /* indexes that a session can be found by */

/* What a session store can do. Configuration that needs what a store lacks is a mistake. */
enum sto_session_capability {
	STO_SESSION_CAN_REVOKE = 1,  /* remove, replace, list: a session ends before its time */
	STO_SESSION_CAN_INDEX = 2,   /* remove_by_index: sessions are found without their cookie */
	STO_SESSION_CAN_COUNT = 4,   /* count */
	STO_SESSION_CAN_CHANGES = 8, /* changes_since: other processes learn what ended */
	STO_SESSION_CAN_ROTATE = 16, /* swap: rotating refresh tokens without races */
	STO_SESSION_IN_COOKIE = 32,  /* nothing is stored: the cookie is the session, no operation exists */
};

/* One session as a store sees it: sealed, with the keys it is found by. All spans are borrowed. */
struct sto_session_row {
	struct sto_span id;     /* STO_SESSION_ID_LEN bytes, an HMAC */
	struct sto_span sealed; /* the record: 1 to STO_LIMIT_SESSION bytes */
	struct sto_span meta;   /* what an operator sees: at most STO_LIMIT_SESSION_META */
	struct sto_span indexes[STO_SESSION_INDEXES]; /* STO_SESSION_ID_LEN bytes each, or empty */
	int64_t expires_sec;                          /* absent from this second on */
};

/* An entry of the log of changes. */
struct sto_session_change {
	uint64_t seq;
	uint8_t kind; /* not 0; the session layer's word */
	uint8_t id[STO_SESSION_ID_LEN];
};

#define STO_SESSION_CHANGES_PAGE 64
#define STO_SESSION_CHANGES_NOW UINT64_MAX /* "since now": gives the newest number and nothing else */

/* What changes_since() says. */
struct sto_session_changes {
	struct sto_session_change items[STO_SESSION_CHANGES_PAGE]; /* oldest first */
	size_t n_items;
	uint64_t seq; /* ask on from here */
	bool more;    /* there are more: ask at once */
	bool gap;     /* changes after `since` are lost (n_items is 0): check every session */
};

/* Every operation is atomic over all threads and processes that share the store, writes the indexes and the
 * log of changes in the same transaction, and may be called from any thread. `change` is the kind that is
 * logged for the session that goes; 0 logs nothing. Only get, count, list and changes_since never write.
 * Failures beside those named: STO_STORE_FAILED (an outage too: it never looks like an absent session),
 * STO_STORE_FULL, STO_STORE_UNWRITABLE, STO_NO_MEMORY, and STO_USAGE for parts of another size. An operation
 * whose capability is not declared is NULL. */
struct sto_session_store_ops {
	uint32_t abi; /* STO_SESSION_STORE_ABI */
	const char *name;
	unsigned capabilities; /* enum sto_session_capability, or-ed */

	/* A new session. STO_STORE_EXISTS where the id is taken. */
	int (*put)(void *ctx, const struct sto_session_row *row, int64_t now_sec, struct sto_error *err);

	/* Appends the sealed record; *revision names this state of it. STO_STORE_ABSENT, STO_TOO_LARGE. */
	int (*get)(void *ctx, struct sto_buf *sealed, uint64_t *revision, struct sto_span id, int64_t now_sec,
		   struct sto_error *err);

	/* Writes `row` over the session of the same id if that still has `revision`; *revision is then the
	 * new one. STO_STORE_ABSENT, STO_STORE_CHANGED. */
	int (*swap)(void *ctx, uint64_t *revision, const struct sto_session_row *row, int64_t now_sec,
		    struct sto_error *err);

	/* Puts `row` and removes `old_id`. With `revision` the old one must be there and have it
	 * (STO_STORE_ABSENT, STO_STORE_CHANGED); with 0 it may have any or be absent. STO_STORE_EXISTS. */
	int (*replace)(void *ctx, struct sto_span old_id, uint64_t revision,
		       const struct sto_session_row *row, uint8_t change, int64_t now_sec,
		       struct sto_error *err);

	/* STO_STORE_ABSENT where there is none; then nothing is logged. */
	int (*remove)(void *ctx, struct sto_span id, uint8_t change, int64_t now_sec, struct sto_error *err);

	/* Removes all sessions of an index; *removed says how many, 0 is fine. */
	int (*remove_by_index)(void *ctx, size_t *removed, struct sto_span index, uint8_t change,
			       int64_t now_sec, struct sto_error *err);

	/* The sessions of an index that have not expired; of all where `index` is empty. */
	int (*count)(void *ctx, size_t *n, struct sto_span index, int64_t now_sec, struct sto_error *err);

	/* Appends, for at most `max_rows` sessions behind `after` in the store's own order (empty: from the
	 * first on; an `after` that ended meanwhile keeps its place), the id, the meta's length in four bytes
	 * (the machine's order), and the meta; *n_rows says how many. */
	int (*list)(void *ctx, struct sto_buf *out, size_t *n_rows, struct sto_span after, size_t max_rows,
		    int64_t now_sec, struct sto_error *err);

	/* The changes after number `since`. Numbers grow; a store that was emptied begins above all it ever
	 * gave. */
	int (*changes_since)(void *ctx, struct sto_session_changes *out, uint64_t since,
			     struct sto_error *err);

	/* Removes at most `max_rows` expired sessions, in small transactions; nothing is logged. */
	int (*reap)(void *ctx, size_t *removed, size_t max_rows, int64_t now_sec, struct sto_error *err);

	void (*close)(void *ctx); /* NULL is fine */
};

struct sto_session_store {
	const struct sto_session_store_ops *ops;
	void *ctx;
};

#endif
