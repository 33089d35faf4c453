/* What the files of sessions share; for this folder only. */
#ifndef STO_SESSION_SESSIONS_H
#define STO_SESSION_SESSIONS_H

#include "session/session.h"
#include "session/session_crypto.h"

struct sto_sessions {
	struct sto_session_store store;
	const sto_keyring *ring;
	const struct sto_world *world;
	struct sto_session_policy policy;
	sto_session_crypto *crypto;
};

/* A row for the store, with the bytes behind its spans. */
struct sto_session_draft {
	struct sto_session_row row;
	uint8_t id[STO_SESSION_ID_LEN];
	uint8_t indexes[STO_SESSION_INDEXES][STO_SESSION_ID_LEN];
	struct sto_buf sealed;
	struct sto_buf meta;
};

/* The row that a session with this record is. finish() in any case. */
STO_CHECKED int sto_session_draft_make(struct sto_session_draft *draft, sto_sessions *sessions,
				       const struct sto_session *session,
				       const struct sto_session_record *record, struct sto_error *err);
void sto_session_draft_finish(struct sto_session_draft *draft);

/* The keys of the indexes, under the key at `index`. */
STO_CHECKED int sto_session_index_sub(uint8_t out[STO_SESSION_ID_LEN], const sto_sessions *sessions,
				      size_t index, struct sto_span issuer, struct sto_span subject);
STO_CHECKED int sto_session_index_sid(uint8_t out[STO_SESSION_ID_LEN], const sto_sessions *sessions,
				      size_t index, struct sto_span issuer, struct sto_span sid);

/* Whether the sessions live in their cookies. */
bool sto_sessions_in_cookie(const sto_sessions *sessions);

/* STO_SESSION_CAPABILITY where the store lacks it. */
STO_CHECKED int sto_sessions_need(const sto_sessions *sessions, enum sto_session_capability capability,
				  struct sto_error *err);

/* Takes a record for the session's own: encodes it, and reads it back in place. The record may point into the
 * session. */
STO_CHECKED int sto_session_adopt(struct sto_session *session, const sto_sessions *sessions,
				  const struct sto_session_record *record);

/* Opens the session again by what is known of it. As sto_session_open(). */
STO_CHECKED int sto_session_reload(struct sto_session *session, sto_sessions *sessions,
				   struct sto_error *err);

/* Writes `record` over the session if it is as it was; `session` has it then. STO_SESSION_ABSENT,
 * STO_SESSION_CHANGED. */
STO_CHECKED int sto_session_swap(struct sto_session *session, sto_sessions *sessions,
				 const struct sto_session_record *record, struct sto_error *err);

/* The three for a session in its cookie. */
STO_CHECKED int sto_sealed_session_open(struct sto_session *session, sto_sessions *sessions,
					struct sto_span cookie, struct sto_error *err);
STO_CHECKED int sto_sealed_session_write(struct sto_buf *cookie, struct sto_session *session,
					 sto_sessions *sessions, const struct sto_session_record *record,
					 struct sto_error *err);

/* The clock. */
int64_t sto_sessions_now(const sto_sessions *sessions);

#endif
