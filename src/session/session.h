/* Sessions over a store: who is signed in, from the sign-in to the end. The cookie holds a secret and nothing
 * else; the store holds the record, sealed under a key that needs both the secret and the app key. Or, where
 * nothing may be stored, the cookie is the sealed session itself (sto_session_store_in_cookie()).
 *
 * Every function may be called from any thread. "Reads" never write the store and are as quick as it is; what
 * writes belongs on a worker. An outage of the store is STO_STORE_FAILED and never a signed-out visitor. */
#ifndef STO_SESSION_SESSION_H
#define STO_SESSION_SESSION_H

#include "session/keys.h"
#include "session/policy.h"
#include "session/record.h"
#include "stoauth/sys/store.h"
#include "stoauth/sys/world.h"

typedef struct sto_sessions sto_sessions;

struct sto_sessions_options {
	struct sto_session_store store; /* borrowed, as are ring and world */
	const sto_keyring *ring;
	const struct sto_world *world;
	struct sto_session_policy policy;
	int64_t in_cookie_max_sec; /* the most a session in a cookie may last; 0: STO_SEALED_SESSION_SEC */
};

/* STO_CONFIG_WRONG (the policy), STO_USAGE (no store, another ABI), STO_NO_MEMORY. */
STO_CHECKED int sto_sessions_new(sto_sessions **out, const struct sto_sessions_options *options,
				 struct sto_error *err);
void sto_sessions_free(sto_sessions *sessions); /* NULL is fine; nobody may be using it */

/* What the store declared: enum sto_session_capability, or-ed. */
unsigned sto_sessions_capabilities(const sto_sessions *sessions);

/* The store that keeps nothing: the cookie is the session. Identity only (no tokens), no revocation. */
struct sto_session_store sto_session_store_in_cookie(void);

/* What a change of the log says about the session that went. */
enum sto_session_end {
	STO_SESSION_SIGNED_OUT = 1,  /* by the visitor, or everywhere */
	STO_SESSION_REVOKED = 2,     /* by the provider or an operator */
	STO_SESSION_RENEWED = 3,     /* its place was taken by one with a new cookie */
	STO_SESSION_INTERRUPTED = 4, /* refresh_interrupted */
};

/* A session that was opened. Everything points into it; it is wiped when finished. */
struct sto_session {
	struct sto_session_record record;
	int64_t end_sec;                /* signed in until this second, if nothing touches it */
	uint8_t id[STO_SESSION_ID_LEN]; /* its name in the log of changes; of no use without the cookie */
	/* for this layer only */
	uint64_t revision;
	size_t key_index;
	uint8_t cookie_secret[32];
	uint8_t key[STO_KEY_LEN];
	struct sto_buf plain;
};

/* Once before its first use; opening it again needs no other call between. */
void sto_session_init(struct sto_session *session);
void sto_session_finish(struct sto_session *session); /* wipes; NULL is fine */

/* ---- reading ---- */

/* The session of a cookie's value, tried with every key of the ring. The work is bounded for any value.
 * STO_SESSION_MALFORMED, STO_SESSION_VERSION, STO_SESSION_ABSENT, STO_SESSION_EXPIRED, STO_SESSION_DAMAGED:
 * all mean "not signed in". STO_STORE_FAILED and the like mean that nobody knows. `err` stays untouched for
 * the first group. After a failure the session is empty. */
STO_CHECKED int sto_session_open(struct sto_session *out, sto_sessions *sessions, struct sto_span cookie,
				 struct sto_error *err);

/* Names a session that lives in its cookie, whose id is else empty: a hash of who it is of and when it began,
 * the same however often it is sealed anew. Nothing to do for the others. STO_INTERNAL. */
STO_CHECKED int sto_session_name(struct sto_session *session, const sto_sessions *sessions);

/* Whether a result says "not signed in", against a failure. */
bool sto_session_is_signed_out(int code);

/* Whether sto_session_touch() has something to do. No store is asked. */
bool sto_session_touch_due(const sto_sessions *sessions, const struct sto_session *session);

/* Max-Age for the cookie of this session; -1: none, it goes with the browser. */
int64_t sto_session_max_age(const sto_sessions *sessions, const struct sto_session *session);

/* The changes after `since`; STO_SESSION_CHANGES_NOW to begin. STO_SESSION_CAPABILITY. */
STO_CHECKED int sto_sessions_changes_since(struct sto_session_changes *out, sto_sessions *sessions,
					   uint64_t since, struct sto_error *err);

/* How many sessions a subject has. STO_SESSION_CAPABILITY. */
STO_CHECKED int sto_sessions_count_sub(size_t *n, sto_sessions *sessions, struct sto_span issuer,
				       struct sto_span subject, struct sto_error *err);

/* One session as an operator sees it: `record` has issuer, subject, provider, sid, device and times, and no
 * claims, acr or tokens. */
struct sto_session_brief {
	uint8_t id[STO_SESSION_ID_LEN];
	struct sto_session_record record;
};

/* Calls `visit` for every session of this app that has not expired, in the store's order, until it gives
 * false; no transaction is open meanwhile. One that does not open under the app's keys (another app's in the
 * same store) is left out. STO_SESSION_CAPABILITY. */
STO_CHECKED int sto_sessions_list(sto_sessions *sessions,
				  bool (*visit)(void *arg, const struct sto_session_brief *brief), void *arg,
				  struct sto_error *err);

/* ---- writing: on a worker ----
 *
 * A record that is handed in may point into the session it is for. What was read from a session points
 * nowhere once a write has given it another content. */

/* Makes a session at sign-in and appends its cookie's value: at most STO_LIMIT_SESSION_COOKIE characters (in
 * a cookie STO_LIMIT_SEALED_COOKIE). Of `identity` all texts, auth_time and access_expires count; the times
 * come from clock and policy, and `provider_end_sec` (STO_TIME_NONE: not followed) may shorten them. The
 * session of `old_cookie` (empty, or anything) goes in the same transaction, so that nothing of whoever was
 * signed in before remains. *out (NULL is fine) is the session, as if opened. STO_SESSION_TOO_LARGE,
 * STO_SESSION_EXPIRED (the provider's end has passed), STO_USAGE (no issuer or subject), STO_STORE_*,
 * STO_NO_RANDOM. */
STO_CHECKED int sto_session_create(struct sto_buf *cookie, struct sto_session *out, sto_sessions *sessions,
				   struct sto_span old_cookie, const struct sto_session_record *identity,
				   int64_t provider_end_sec, struct sto_error *err);

/* Slides the expiry; nothing to do is fine. A session in a cookie appends its new value to *cookie, which
 * stays as it is otherwise. STO_SESSION_ABSENT where it ended meanwhile. */
STO_CHECKED int sto_session_touch(struct sto_buf *cookie, sto_sessions *sessions, struct sto_session *session,
				  struct sto_error *err);

/* Step-up: another cookie for the same session with what `record` says of identity, claims, acr, auth_time
 * and tokens; created, limits and refresh state stay. The old one goes in the same transaction and is logged
 * as RENEWED; `session` is the new one then. STO_SESSION_ABSENT, STO_SESSION_CHANGED (open it again). */
STO_CHECKED int sto_session_renew(struct sto_buf *cookie, sto_sessions *sessions, struct sto_session *session,
				  const struct sto_session_record *record, struct sto_error *err);

/* Other claims, roles or tokens under the same cookie. As renew; a session in a cookie appends its new value.
 */
STO_CHECKED int sto_session_update(struct sto_buf *cookie, sto_sessions *sessions,
				   struct sto_session *session, const struct sto_session_record *record,
				   struct sto_error *err);

/* Ends the session of a cookie's value. STO_SESSION_ABSENT where there is none (any garbage included),
 * STO_SESSION_CAPABILITY where the cookie is the session: taking the cookie away is all that can be done. */
STO_CHECKED int sto_session_end(sto_sessions *sessions, struct sto_span cookie, struct sto_error *err);

/* Ends a session by the id that the log and the list give. STO_SESSION_ABSENT, STO_SESSION_CAPABILITY. */
STO_CHECKED int sto_session_end_by_id(sto_sessions *sessions, struct sto_span id, struct sto_error *err);

/* Ends every session of the provider's session, or of the subject; *n (NULL is fine) says how many, 0 is
 * fine. `why` is logged. STO_SESSION_CAPABILITY. */
STO_CHECKED int sto_session_end_by_sid(size_t *n, sto_sessions *sessions, struct sto_span issuer,
				       struct sto_span sid, enum sto_session_end why, struct sto_error *err);
STO_CHECKED int sto_session_end_by_sub(size_t *n, sto_sessions *sessions, struct sto_span issuer,
				       struct sto_span subject, enum sto_session_end why,
				       struct sto_error *err);

/* Removes at most `max_rows` expired sessions. */
STO_CHECKED int sto_sessions_reap(size_t *removed, sto_sessions *sessions, size_t max_rows,
				  struct sto_error *err);

/* ---- refreshing tokens: one at a time over all processes ----
 *
 * acquire -> (answered) sent -> the request -> commit or fail. Each step is committed before it returns. Who
 * died between sent and commit leaves `sent` behind: the provider may or may not have taken the old token, so
 * it is tried once more, and only once. */

/* Takes the lease for STO_REFRESH_LEASE_SEC and gives its fencing number. *session is read afresh, so that
 * the token to send is the newest. STO_REFRESH_BUSY (another has it: wait and open again),
 * STO_REFRESH_NO_TOKEN, STO_REFRESH_INTERRUPTED (crashed twice: the session has been ended),
 * STO_SESSION_ABSENT, STO_SESSION_CAPABILITY. */
STO_CHECKED int sto_session_refresh_acquire(int64_t *fence, sto_sessions *sessions,
					    struct sto_session *session, struct sto_error *err);

/* Says that the request is about to leave. STO_SESSION_CHANGED: the lease is no longer ours, do not send. */
STO_CHECKED int sto_session_refresh_sent(sto_sessions *sessions, struct sto_session *session, int64_t fence,
					 struct sto_error *err);

/* Writes the new tokens (and claims, where `record` has any; a token it lacks stays as it was). The answer
 * counts also when the lease ran out, as long as nobody else took it. STO_SESSION_CHANGED (another took it),
 * STO_SESSION_ABSENT (ended meanwhile: revoke the new tokens). */
STO_CHECKED int sto_session_refresh_commit(sto_sessions *sessions, struct sto_session *session, int64_t fence,
					   const struct sto_session_record *record, struct sto_error *err);

enum sto_refresh_failure {
	STO_REFRESH_NOT_SENT,      /* it never left the machine */
	STO_REFRESH_TURNED_AWAY,   /* an answer that leaves the token alone: a 5xx, a 429 */
	STO_REFRESH_NO_ANSWER,     /* sent, and nothing came back */
	STO_REFRESH_INVALID_GRANT, /* the token is dead: the session ends */
};

/* Gives the lease back. After INVALID_GRANT the session has been ended: STO_SESSION_ABSENT, or
 * STO_REFRESH_INTERRUPTED where the dead token was one that a crash had left in doubt. Else STO_OK. */
STO_CHECKED int sto_session_refresh_fail(sto_sessions *sessions, struct sto_session *session, int64_t fence,
					 enum sto_refresh_failure failure, struct sto_error *err);

#endif
