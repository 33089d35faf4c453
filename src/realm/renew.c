/* Renewing the tokens of a session: one request at a time over all processes, and none twice with one token.
 */
#include "base/json.h"
#include "realm/realm.h"

#define MARGIN_SEC 30 /* tokens are renewed this long before they end */

static bool is_due(const sto_realm *realm, const struct sto_session_record *record)
{
	int64_t now_sec = realm->world->now_sec(realm->world->ctx);
	return record->refresh_token.len > 0 && record->access_expires_sec != STO_TIME_NONE &&
	       record->access_expires_sec - MARGIN_SEC <= now_sec;
}

static sto_oidc *provider_of(const sto_realm *realm, const struct sto_session_record *record)
{
	for (size_t i = 0; i < realm->n_gates; i++)
		if (sto_span_equal(realm->config.providers[i].name, record->provider))
			return realm->gates[i]->oidc;
	return NULL;
}

/* What the session has from now on; what is empty stays as it was. */
static int commit(sto_realm *realm, struct sto_session *session, int64_t fence,
		  const struct sto_oidc_result *result, struct sto_error *err)
{
	struct sto_session_record record;
	struct sto_buf claims;
	int rc = STO_OK;
	sto_session_record_init(&record);
	sto_buf_init(&claims, 4 * STO_LIMIT_TOKEN);
	record.access_token = sto_buf_span(&result->access_token);
	record.access_expires_sec = result->access_expires_sec;
	record.refresh_token = sto_buf_span(&result->refresh_token);
	record.id_token = sto_buf_span(&result->id_token);
	if (result->claims != NULL)
		rc = sto_json_dump(&claims, result->claims);
	record.claims = sto_buf_span(&claims);
	if (rc == STO_OK)
		rc = sto_session_refresh_commit(realm->sessions, session, fence, &record, err);
	sto_buf_finish(&claims);
	return rc;
}

/* The nonce that the ID token of the sign-in had; a renewed one may repeat it and no other (OIDC Core 12.2).
 */
static int put_nonce(struct sto_buf *out, struct sto_span claims)
{
	json_t *json = NULL;
	struct sto_span nonce;
	int rc = sto_json_parse_object(&json, claims, NULL);
	if (rc == STO_OK && sto_json_get_str(&nonce, json, "nonce"))
		rc = sto_buf_put(out, nonce);
	json_decref(json);
	return rc;
}

static int ask_provider(struct sto_oidc_result *result, enum sto_refresh_failure *failure, sto_oidc *oidc,
			const struct sto_session_record *record, struct sto_error *err)
{
	struct sto_buf nonce;
	sto_buf_init(&nonce, STO_LIMIT_CODE);
	*failure = STO_REFRESH_NOT_SENT;
	int rc = put_nonce(&nonce, record->claims);
	struct sto_oidc_renewal renewal = {.refresh_token = record->refresh_token,
					   .issuer = record->issuer,
					   .subject = record->subject,
					   .nonce = sto_buf_span(&nonce)};
	if (rc == STO_OK)
		rc = sto_oidc_refresh(result, failure, oidc, &renewal, err);
	sto_buf_finish(&nonce);
	return rc;
}

static int renew(sto_realm *realm, struct sto_session *session, sto_oidc *oidc, struct sto_error *err)
{
	struct sto_oidc_result result;
	enum sto_refresh_failure failure = STO_REFRESH_NOT_SENT;
	int64_t fence = 0;
	int rc = sto_session_refresh_acquire(&fence, realm->sessions, session, err);
	if (rc != STO_OK)
		return rc;
	sto_oidc_result_init(&result);
	/* Somebody else was quicker: the session was read afresh, with what he won. */
	if (!is_due(realm, &session->record))
		rc = sto_session_refresh_fail(realm->sessions, session, fence, STO_REFRESH_NOT_SENT, err);
	else {
		rc = sto_session_refresh_sent(realm->sessions, session, fence, err);
		if (rc == STO_OK)
			rc = ask_provider(&result, &failure, oidc, &session->record, err);
		if (rc == STO_OK)
			rc = commit(realm, session, fence, &result, err);
		else if (rc != STO_SESSION_CHANGED) {
			/* The reason is what the provider said; that the session ended by it is told beside
			 * it. */
			int given_back =
				sto_session_refresh_fail(realm->sessions, session, fence, failure, NULL);
			rc = given_back == STO_REFRESH_INTERRUPTED ? given_back : rc;
		}
	}
	sto_oidc_result_finish(&result);
	return rc;
}

int sto_realm_refresh(sto_realm *realm, struct sto_span cookie, struct sto_error *err)
{
	struct sto_session session;
	if (realm->closed)
		return sto_fail(err, STO_CONFIG_WRONG, "the configuration is wrong");
	sto_session_init(&session);
	int rc = sto_session_open(&session, realm->sessions, cookie, err);
	sto_oidc *oidc = rc == STO_OK ? provider_of(realm, &session.record) : NULL;
	if (rc == STO_OK && is_due(realm, &session.record) && oidc != NULL)
		rc = renew(realm, &session, oidc, err);
	sto_session_finish(&session);
	return rc;
}
