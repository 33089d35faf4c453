/* Refreshing tokens: one process at a time, and never a token spent twice without need. Every step is a
 * compare-and-swap of the record, so that whoever lost the lease cannot write. */
#include "base/bounds.h"
#include "session/sessions.h"

#define TRIES 8 /* against writers that touch the session meanwhile */

/* A lease that ends later than any lease can is one from before the clock was set back. */
static bool lease_is_held(const struct sto_session_refresh *refresh, int64_t now_sec)
{
	return refresh->lease_until_sec > now_sec &&
	       refresh->lease_until_sec - now_sec <= STO_REFRESH_LEASE_SEC;
}

static int end_session(sto_sessions *sessions, struct sto_session *session, enum sto_session_end why,
		       struct sto_error *err)
{
	int rc = sessions->store.ops->remove(sessions->store.ctx,
					     sto_span_of(session->id, sizeof(session->id)), (uint8_t)why,
					     sto_sessions_now(sessions), err);
	sto_session_finish(session);
	return rc == STO_STORE_ABSENT ? STO_OK : rc;
}

static int take_lease(sto_sessions *sessions, struct sto_session *session, struct sto_error *err)
{
	struct sto_session_record record = session->record;
	int64_t now_sec = sto_sessions_now(sessions);
	if (record.refresh_token.len == 0)
		return sto_fail(err, STO_REFRESH_NO_TOKEN, "the session holds no refresh token");
	if (lease_is_held(&record.refresh, now_sec))
		return STO_REFRESH_BUSY;
	if (record.refresh.sent && record.refresh.retried) {
		int rc = end_session(sessions, session, STO_SESSION_INTERRUPTED, err);
		return rc == STO_OK ? STO_REFRESH_INTERRUPTED : rc;
	}
	record.refresh.retried = record.refresh.retried || record.refresh.sent;
	record.refresh.sent = false;
	record.refresh.lease_until_sec = now_sec + STO_REFRESH_LEASE_SEC;
	record.refresh.fence++;
	return sto_session_swap(session, sessions, &record, err);
}

int sto_session_refresh_acquire(int64_t *fence, sto_sessions *sessions, struct sto_session *session,
				struct sto_error *err)
{
	int rc = sto_sessions_need(sessions, STO_SESSION_CAN_ROTATE, err);
	if (rc != STO_OK)
		return rc;
	rc = STO_SESSION_CHANGED;
	for (int i = 0; i < TRIES && rc == STO_SESSION_CHANGED; i++) {
		rc = sto_session_reload(session, sessions, err);
		if (rc == STO_OK)
			rc = take_lease(sessions, session, err);
	}
	if (rc == STO_OK)
		*fence = session->record.refresh.fence;
	return rc == STO_SESSION_CHANGED ? STO_REFRESH_BUSY : rc;
}

/* Makes the next record out of the one there is; STO_SESSION_CHANGED where that may not be. */
typedef int change_record(struct sto_session_record *record, const void *arg, int64_t now_sec);

/* As the holder of `fence`. A touch by somebody else meanwhile is no obstacle, another holder is. */
static int change_as_holder(sto_sessions *sessions, struct sto_session *session, int64_t fence,
			    change_record *change, const void *arg, struct sto_error *err)
{
	int rc = sto_sessions_need(sessions, STO_SESSION_CAN_ROTATE, err);
	for (int i = 0; rc == STO_OK && i < TRIES; i++) {
		struct sto_session_record record = session->record;
		if (record.refresh.fence != fence || record.refresh.lease_until_sec == 0)
			return STO_SESSION_CHANGED;
		rc = change(&record, arg, sto_sessions_now(sessions));
		if (rc == STO_OK)
			rc = sto_session_swap(session, sessions, &record, err);
		if (rc != STO_SESSION_CHANGED)
			return rc;
		rc = sto_session_reload(session, sessions, err);
	}
	return rc == STO_OK ? STO_SESSION_CHANGED : rc;
}

/* Too late is too late: the lease may be somebody else's by the time the request arrives. */
static int set_sent(struct sto_session_record *record, const void *arg, int64_t now_sec)
{
	(void)arg;
	if (!lease_is_held(&record->refresh, now_sec))
		return STO_REFRESH_BUSY;
	record->refresh.sent = true;
	return STO_OK;
}

int sto_session_refresh_sent(sto_sessions *sessions, struct sto_session *session, int64_t fence,
			     struct sto_error *err)
{
	int rc = change_as_holder(sessions, session, fence, set_sent, NULL, err);
	return rc == STO_REFRESH_BUSY ? STO_SESSION_CHANGED : rc;
}

static void replace(struct sto_span *old, struct sto_span new)
{
	if (new.len > 0)
		*old = new;
}

static int set_tokens(struct sto_session_record *record, const void *arg, int64_t now_sec)
{
	const struct sto_session_record *answer = arg;
	(void)now_sec;
	replace(&record->access_token, answer->access_token);
	replace(&record->refresh_token, answer->refresh_token);
	replace(&record->id_token, answer->id_token);
	replace(&record->claims, answer->claims);
	record->access_expires_sec = answer->access_expires_sec;
	record->refresh = (struct sto_session_refresh){.fence = record->refresh.fence};
	return STO_OK;
}

int sto_session_refresh_commit(sto_sessions *sessions, struct sto_session *session, int64_t fence,
			       const struct sto_session_record *record, struct sto_error *err)
{
	return change_as_holder(sessions, session, fence, set_tokens, record, err);
}

static int give_back(struct sto_session_record *record, const void *arg, int64_t now_sec)
{
	const enum sto_refresh_failure *failure = arg;
	(void)now_sec;
	record->refresh.lease_until_sec = 0;
	if (*failure != STO_REFRESH_NO_ANSWER)
		record->refresh.sent = false;
	return STO_OK;
}

/* Nobody else may take the lease, and so win a new token, between the look and the end. */
static int hold_on(struct sto_session_record *record, const void *arg, int64_t now_sec)
{
	(void)arg;
	record->refresh.lease_until_sec = now_sec + STO_REFRESH_LEASE_SEC;
	return STO_OK;
}

int sto_session_refresh_fail(sto_sessions *sessions, struct sto_session *session, int64_t fence,
			     enum sto_refresh_failure failure, struct sto_error *err)
{
	if (failure != STO_REFRESH_INVALID_GRANT)
		return change_as_holder(sessions, session, fence, give_back, &failure, err);
	int rc = change_as_holder(sessions, session, fence, hold_on, NULL, err);
	if (rc != STO_OK)
		return rc;
	bool in_doubt = session->record.refresh.retried;
	rc = end_session(sessions, session, in_doubt ? STO_SESSION_INTERRUPTED : STO_SESSION_REVOKED, err);
	if (rc != STO_OK)
		return rc;
	return in_doubt ? STO_REFRESH_INTERRUPTED : STO_SESSION_ABSENT;
}
