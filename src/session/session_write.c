/* What writes a session: the sign-in, a touch, a renewed cookie, other claims. */
#include <string.h>

#include "base/bounds.h"
#include "session/session_cookie.h"
#include "session/sessions.h"

/* A new secret, and what follows from it under the first key of the ring. */
static int draw_secret(struct sto_session *session, sto_sessions *sessions)
{
	session->key_index = 0;
	session->revision = 0;
	int rc = sessions->world->random(sessions->world->ctx, session->cookie_secret,
					 sizeof(session->cookie_secret));
	if (rc == STO_OK)
		rc = sto_session_derive_id(session->id, sessions->crypto, 0, session->cookie_secret);
	if (rc == STO_OK)
		rc = sto_session_derive_key(session->key, sessions->crypto, 0, session->cookie_secret);
	return rc;
}

/* The id that the session of a cookie has in the store; STO_STORE_ABSENT where there is none. */
static int find_old(uint8_t id[STO_SESSION_ID_LEN], sto_sessions *sessions, struct sto_span cookie,
		    struct sto_error *err)
{
	struct sto_session old;
	struct sto_buf sealed;
	sto_session_init(&old);
	sto_buf_init(&sealed, STO_LIMIT_SESSION);
	int rc = sto_session_cookie_read(old.cookie_secret, cookie) == STO_OK ? STO_STORE_ABSENT
									      : STO_SESSION_ABSENT;
	for (size_t i = 0; i < sto_keyring_count(sessions->ring) && rc == STO_STORE_ABSENT; i++) {
		rc = sto_session_derive_id(id, sessions->crypto, i, old.cookie_secret);
		if (rc == STO_OK)
			rc = sessions->store.ops->get(sessions->store.ctx, &sealed, &old.revision,
						      sto_span_of(id, STO_SESSION_ID_LEN),
						      sto_sessions_now(sessions), err);
	}
	sto_buf_finish(&sealed);
	sto_session_finish(&old);
	return rc == STO_SESSION_ABSENT ? STO_STORE_ABSENT : rc;
}

/* Puts the draft, and takes out what the old cookie named, in one transaction. */
static int put_draft(sto_sessions *sessions, const struct sto_session_draft *draft,
		     struct sto_span old_cookie, struct sto_error *err)
{
	uint8_t old_id[STO_SESSION_ID_LEN];
	int64_t now_sec = sto_sessions_now(sessions);
	const struct sto_session_store *store = &sessions->store;
	int rc = find_old(old_id, sessions, old_cookie, err);
	if (rc == STO_STORE_ABSENT)
		return store->ops->put(store->ctx, &draft->row, now_sec, err);
	if (rc != STO_OK)
		return rc;
	return store->ops->replace(store->ctx, sto_span_of(old_id, sizeof(old_id)), 0, &draft->row,
				   STO_SESSION_RENEWED, now_sec, err);
}

static int create_stored(struct sto_buf *cookie, struct sto_session *session, sto_sessions *sessions,
			 struct sto_span old_cookie, const struct sto_session_record *record,
			 struct sto_error *err)
{
	struct sto_session_draft draft = {.row = {.expires_sec = 0}};
	size_t before = cookie->len;
	int rc = draw_secret(session, sessions);
	if (rc == STO_OK)
		rc = sto_session_cookie_write(cookie, session->cookie_secret);
	if (rc != STO_OK)
		return sto_fail(err, rc, "a session could not be made");
	rc = sto_session_draft_make(&draft, sessions, session, record, err);
	if (rc == STO_OK)
		rc = put_draft(sessions, &draft, old_cookie, err);
	if (rc == STO_OK) {
		session->revision = 1;
		rc = sto_session_adopt(session, sessions, record);
	}
	if (rc != STO_OK)
		cookie->len = before;
	sto_session_draft_finish(&draft);
	return rc;
}

int sto_session_create(struct sto_buf *cookie, struct sto_session *out, sto_sessions *sessions,
		       struct sto_span old_cookie, const struct sto_session_record *identity,
		       int64_t provider_end_sec, struct sto_error *err)
{
	struct sto_session session;
	struct sto_session_record record = *identity;
	int64_t now_sec = sto_sessions_now(sessions);
	if (identity->issuer.len == 0 || identity->subject.len == 0)
		return sto_fail(err, STO_USAGE, "a session needs an issuer and a subject");
	sto_session_policy_begin(&record, &sessions->policy, provider_end_sec, now_sec);
	record.refresh = (struct sto_session_refresh){.lease_until_sec = 0};
	if (sto_session_policy_end(&sessions->policy, &record) <= now_sec)
		return sto_fail(err, STO_SESSION_EXPIRED,
				"the provider's session has ended before ours began");
	sto_session_init(&session);
	int rc = sto_sessions_in_cookie(sessions)
			 ? sto_sealed_session_write(cookie, &session, sessions, &record, err)
			 : create_stored(cookie, &session, sessions, old_cookie, &record, err);
	if (rc == STO_OK && out != NULL) {
		sto_session_finish(out);
		*out = session;
		sto_session_init(&session);
	}
	sto_session_finish(&session);
	return rc;
}

int sto_session_swap(struct sto_session *session, sto_sessions *sessions,
		     const struct sto_session_record *record, struct sto_error *err)
{
	struct sto_session_draft draft;
	int rc = sto_session_draft_make(&draft, sessions, session, record, err);
	if (rc == STO_OK)
		rc = sessions->store.ops->swap(sessions->store.ctx, &session->revision, &draft.row,
					       sto_sessions_now(sessions), err);
	if (rc == STO_OK)
		rc = sto_session_adopt(session, sessions, record);
	else if (rc == STO_STORE_ABSENT)
		rc = STO_SESSION_ABSENT;
	else if (rc == STO_STORE_CHANGED)
		rc = STO_SESSION_CHANGED;
	sto_session_draft_finish(&draft);
	return rc;
}

int sto_session_touch(struct sto_buf *cookie, sto_sessions *sessions, struct sto_session *session,
		      struct sto_error *err)
{
	struct sto_session_record record = session->record;
	if (session->end_sec <= sto_sessions_now(sessions))
		return STO_SESSION_EXPIRED;
	if (!sto_session_touch_due(sessions, session))
		return STO_OK;
	record.last_seen_sec = sto_sessions_now(sessions);
	if (sto_sessions_in_cookie(sessions))
		return sto_sealed_session_write(cookie, session, sessions, &record, err);
	int rc = sto_session_swap(session, sessions, &record, err);
	/* Somebody else wrote it at the same moment: what he wrote holds, and the next visit is soon enough.
	 */
	return rc == STO_SESSION_CHANGED ? sto_session_reload(session, sessions, err) : rc;
}

/* What the caller may change, over what he may not. */
static struct sto_session_record merged(const struct sto_session_record *old,
					const struct sto_session_record *new)
{
	struct sto_session_record record = *new;
	record.created_sec = old->created_sec;
	record.last_seen_sec = old->last_seen_sec;
	record.idle_sec = old->idle_sec;
	record.absolute_end_sec = old->absolute_end_sec;
	record.browser = old->browser;
	record.refresh = old->refresh;
	return record;
}

int sto_session_update(struct sto_buf *cookie, sto_sessions *sessions, struct sto_session *session,
		       const struct sto_session_record *record, struct sto_error *err)
{
	struct sto_session_record whole = merged(&session->record, record);
	if (sto_sessions_in_cookie(sessions))
		return sto_sealed_session_write(cookie, session, sessions, &whole, err);
	return sto_session_swap(session, sessions, &whole, err);
}

static int renew_stored(struct sto_buf *cookie, sto_sessions *sessions, struct sto_session *session,
			const struct sto_session_record *record, struct sto_error *err)
{
	struct sto_session_draft draft = {.row = {.expires_sec = 0}};
	struct sto_session fresh;
	size_t before = cookie->len;
	sto_session_init(&fresh);
	int rc = draw_secret(&fresh, sessions);
	if (rc == STO_OK)
		rc = sto_session_cookie_write(cookie, fresh.cookie_secret);
	if (rc == STO_OK)
		rc = sto_session_adopt(&fresh, sessions, record);
	if (rc == STO_OK)
		rc = sto_session_draft_make(&draft, sessions, &fresh, &fresh.record, err);
	if (rc == STO_OK)
		rc = sessions->store.ops->replace(
			sessions->store.ctx, sto_span_of(session->id, sizeof(session->id)), session->revision,
			&draft.row, STO_SESSION_RENEWED, sto_sessions_now(sessions), err);
	if (rc == STO_OK) {
		fresh.revision = 1;
		sto_session_finish(session);
		*session = fresh;
		sto_session_init(&fresh);
	} else {
		cookie->len = before;
	}
	sto_session_finish(&fresh);
	sto_session_draft_finish(&draft);
	return rc == STO_STORE_ABSENT    ? STO_SESSION_ABSENT
	       : rc == STO_STORE_CHANGED ? STO_SESSION_CHANGED
					 : rc;
}

int sto_session_renew(struct sto_buf *cookie, sto_sessions *sessions, struct sto_session *session,
		      const struct sto_session_record *record, struct sto_error *err)
{
	struct sto_session_record whole = merged(&session->record, record);
	if (sto_sessions_in_cookie(sessions))
		return sto_sealed_session_write(cookie, session, sessions, &whole, err);
	return renew_stored(cookie, sessions, session, &whole, err);
}
