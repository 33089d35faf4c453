/* Making the layer, opening a session, and ending one. */
#include "session/session.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/bounds.h"
#include "session/session_cookie.h"
#include "session/sessions.h"

static int check_options(const struct sto_sessions_options *options, struct sto_error *err)
{
	const struct sto_session_store_ops *ops = options->store.ops;
	if (ops == NULL || ops->abi != STO_SESSION_STORE_ABI)
		return sto_fail(err, STO_USAGE, "no session store, or one of another version");
	if (options->ring == NULL || options->world == NULL || options->in_cookie_max_sec < 0)
		return sto_fail(err, STO_USAGE, "sessions need a key ring and a world");
	return sto_session_policy_check(&options->policy, err);
}

/* Nobody can take a sealed cookie back, so it lives shorter. */
static void limit_policy(struct sto_session_policy *policy, int64_t max_sec)
{
	int64_t limit = max_sec == 0 ? STO_SEALED_SESSION_SEC : max_sec;
	if (policy->absolute_sec > limit)
		policy->absolute_sec = limit;
	if (policy->idle_sec > limit)
		policy->idle_sec = limit;
}

int sto_sessions_new(sto_sessions **out, const struct sto_sessions_options *options, struct sto_error *err)
{
	*out = NULL;
	int rc = check_options(options, err);
	if (rc != STO_OK)
		return rc;
	sto_sessions *sessions = calloc(1, sizeof(*sessions));
	if (sessions != NULL)
		sessions->crypto = sto_session_crypto_new(options->ring);
	if (sessions == NULL || sessions->crypto == NULL) {
		sto_sessions_free(sessions);
		return sto_fail(err, STO_NO_MEMORY, "no memory for sessions");
	}
	sessions->store = options->store;
	sessions->ring = options->ring;
	sessions->world = options->world;
	sessions->policy = options->policy;
	if (sto_sessions_in_cookie(sessions))
		limit_policy(&sessions->policy, options->in_cookie_max_sec);
	*out = sessions;
	return STO_OK;
}

void sto_sessions_free(sto_sessions *sessions)
{
	if (sessions == NULL)
		return;
	sto_session_crypto_free(sessions->crypto);
	free(sessions);
}

unsigned sto_sessions_capabilities(const sto_sessions *sessions)
{
	return sessions->store.ops->capabilities;
}

bool sto_sessions_in_cookie(const sto_sessions *sessions)
{
	return (sto_sessions_capabilities(sessions) & STO_SESSION_IN_COOKIE) != 0;
}

int sto_sessions_need(const sto_sessions *sessions, enum sto_session_capability capability,
		      struct sto_error *err)
{
	if ((sto_sessions_capabilities(sessions) & (unsigned)capability) != 0)
		return STO_OK;
	return sto_fail(err, STO_SESSION_CAPABILITY, "the session store '%s' cannot do this",
			sessions->store.ops->name);
}

int64_t sto_sessions_now(const sto_sessions *sessions)
{
	return sessions->world->now_sec(sessions->world->ctx);
}

/* ---- one session ---- */

void sto_session_init(struct sto_session *session)
{
	memset(session, 0, sizeof(*session));
	sto_session_record_init(&session->record);
	sto_buf_init(&session->plain, STO_LIMIT_SESSION);
}

void sto_session_finish(struct sto_session *session)
{
	if (session == NULL)
		return;
	sto_buf_finish(&session->plain);
	OPENSSL_cleanse(session->cookie_secret, sizeof(session->cookie_secret));
	OPENSSL_cleanse(session->key, sizeof(session->key));
	sto_session_init(session);
}

bool sto_session_is_signed_out(int code)
{
	return code == STO_SESSION_MALFORMED || code == STO_SESSION_VERSION || code == STO_SESSION_ABSENT ||
	       code == STO_SESSION_EXPIRED || code == STO_SESSION_DAMAGED;
}

int sto_session_adopt(struct sto_session *session, const sto_sessions *sessions,
		      const struct sto_session_record *record)
{
	struct sto_buf plain;
	sto_buf_init(&plain, STO_LIMIT_SESSION);
	int rc = sto_session_record_write(&plain, record);
	if (rc == STO_OK)
		rc = sto_session_record_read(&session->record, sto_buf_span(&plain));
	if (rc == STO_OK) {
		sto_buf_move(&session->plain, &plain);
		session->end_sec = sto_session_policy_end(&sessions->policy, &session->record);
	}
	sto_buf_finish(&plain);
	return rc;
}

bool sto_session_touch_due(const sto_sessions *sessions, const struct sto_session *session)
{
	return session->plain.len > 0 &&
	       sto_session_policy_touch_due(&sessions->policy, &session->record, sto_sessions_now(sessions));
}

int64_t sto_session_max_age(const sto_sessions *sessions, const struct sto_session *session)
{
	return sto_session_policy_max_age(&sessions->policy, &session->record, sto_sessions_now(sessions));
}

/* ---- opening ---- */

/* The record out of its plain bytes, if `rc` says that they are there. */
static int read_plain(int rc, struct sto_session *session, sto_sessions *sessions)
{
	if (rc == STO_OK)
		rc = sto_session_record_read(&session->record, sto_buf_span(&session->plain));
	if (rc != STO_OK)
		return rc == STO_TOO_LARGE ? STO_SESSION_DAMAGED : rc;
	session->end_sec = sto_session_policy_end(&sessions->policy, &session->record);
	return session->end_sec > sto_sessions_now(sessions) ? STO_OK : STO_SESSION_EXPIRED;
}

static int fetch(struct sto_buf *sealed, struct sto_session *session, sto_sessions *sessions,
		 struct sto_error *err)
{
	int rc = sessions->store.ops->get(sessions->store.ctx, sealed, &session->revision,
					  sto_span_of(session->id, sizeof(session->id)),
					  sto_sessions_now(sessions), err);
	return rc == STO_STORE_ABSENT ? STO_SESSION_ABSENT : rc == STO_TOO_LARGE ? STO_SESSION_DAMAGED : rc;
}

/* The key of the ring that the session was made with is not known, so each is tried. */
static int find(struct sto_buf *sealed, struct sto_session *session, sto_sessions *sessions,
		struct sto_error *err)
{
	int rc = STO_SESSION_ABSENT;
	for (size_t i = 0; i < sto_keyring_count(sessions->ring) && rc == STO_SESSION_ABSENT; i++) {
		rc = sto_session_derive_id(session->id, sessions->crypto, i, session->cookie_secret);
		if (rc == STO_OK)
			rc = fetch(sealed, session, sessions, err);
		session->key_index = i;
	}
	return rc;
}

static int open_stored(struct sto_session *session, sto_sessions *sessions, struct sto_span cookie,
		       struct sto_error *err)
{
	struct sto_buf sealed;
	sto_buf_init(&sealed, STO_LIMIT_SESSION);
	int rc = sto_session_cookie_read(session->cookie_secret, cookie);
	if (rc == STO_OK)
		rc = find(&sealed, session, sessions, err);
	if (rc == STO_OK) {
		sto_buf_clear(&session->plain);
		rc = sto_record_open_by(&session->plain, session->key, sessions->crypto, session->key_index,
					session->cookie_secret, sto_span_of(session->id, sizeof(session->id)),
					sto_buf_span(&sealed));
		rc = read_plain(rc, session, sessions);
	}
	sto_buf_finish(&sealed);
	return rc;
}

int sto_session_open(struct sto_session *out, sto_sessions *sessions, struct sto_span cookie,
		     struct sto_error *err)
{
	int rc = sto_sessions_in_cookie(sessions) ? sto_sealed_session_open(out, sessions, cookie, err)
						  : open_stored(out, sessions, cookie, err);
	if (rc != STO_OK)
		sto_session_finish(out);
	return rc;
}

int sto_session_reload(struct sto_session *session, sto_sessions *sessions, struct sto_error *err)
{
	struct sto_buf sealed;
	sto_buf_init(&sealed, STO_LIMIT_SESSION);
	int rc = fetch(&sealed, session, sessions, err);
	if (rc == STO_OK) {
		sto_buf_clear(&session->plain);
		rc = sto_record_open(&session->plain, sessions->crypto, session->key_index, session->key,
				     sto_span_of(session->id, sizeof(session->id)), sto_buf_span(&sealed));
		rc = read_plain(rc, session, sessions);
	}
	sto_buf_finish(&sealed);
	if (rc != STO_OK)
		sto_session_finish(session);
	return rc;
}

/* ---- ending ---- */

int sto_session_end(sto_sessions *sessions, struct sto_span cookie, struct sto_error *err)
{
	uint8_t ikm[STO_SESSION_SECRET_LEN];
	uint8_t id[STO_SESSION_ID_LEN];
	int rc = sto_sessions_need(sessions, STO_SESSION_CAN_REVOKE, err);
	if (rc != STO_OK)
		return rc;
	if (sto_session_cookie_read(ikm, cookie) != STO_OK)
		return STO_SESSION_ABSENT;
	rc = STO_STORE_ABSENT;
	for (size_t i = 0; i < sto_keyring_count(sessions->ring) && rc == STO_STORE_ABSENT; i++) {
		rc = sto_session_derive_id(id, sessions->crypto, i, ikm);
		if (rc == STO_OK)
			rc = sessions->store.ops->remove(sessions->store.ctx, sto_span_of(id, sizeof(id)),
							 STO_SESSION_SIGNED_OUT, sto_sessions_now(sessions),
							 err);
	}
	OPENSSL_cleanse(ikm, sizeof(ikm));
	return rc == STO_STORE_ABSENT ? STO_SESSION_ABSENT : rc;
}

int sto_session_end_by_id(sto_sessions *sessions, struct sto_span id, struct sto_error *err)
{
	int rc = sto_sessions_need(sessions, STO_SESSION_CAN_REVOKE, err);
	if (rc == STO_OK)
		rc = sessions->store.ops->remove(sessions->store.ctx, id, STO_SESSION_REVOKED,
						 sto_sessions_now(sessions), err);
	return rc == STO_STORE_ABSENT ? STO_SESSION_ABSENT : rc;
}

typedef int make_index(uint8_t out[STO_SESSION_ID_LEN], const sto_sessions *sessions, size_t index,
		       struct sto_span issuer, struct sto_span name);

/* Under every key of the ring: a session keeps the indexes it was made with. */
static int end_by(size_t *n, sto_sessions *sessions, make_index *make, struct sto_span issuer,
		  struct sto_span name, enum sto_session_end why, struct sto_error *err)
{
	uint8_t index[STO_SESSION_ID_LEN];
	size_t total = 0;
	int rc = sto_sessions_need(sessions, STO_SESSION_CAN_INDEX, err);
	for (size_t i = 0; rc == STO_OK && i < sto_keyring_count(sessions->ring); i++) {
		size_t removed = 0;
		rc = make(index, sessions, i, issuer, name);
		if (rc == STO_OK)
			rc = sessions->store.ops->remove_by_index(
				sessions->store.ctx, &removed, sto_span_of(index, sizeof(index)),
				(uint8_t)why, sto_sessions_now(sessions), err);
		total += removed;
	}
	if (n != NULL)
		*n = total;
	return rc;
}

int sto_session_end_by_sid(size_t *n, sto_sessions *sessions, struct sto_span issuer, struct sto_span sid,
			   enum sto_session_end why, struct sto_error *err)
{
	return end_by(n, sessions, sto_session_index_sid, issuer, sid, why, err);
}

int sto_session_end_by_sub(size_t *n, sto_sessions *sessions, struct sto_span issuer, struct sto_span subject,
			   enum sto_session_end why, struct sto_error *err)
{
	return end_by(n, sessions, sto_session_index_sub, issuer, subject, why, err);
}
