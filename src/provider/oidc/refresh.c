/* New tokens for a refresh token: RFC 6749 section 6, OIDC Core section 12. */
#include "provider/oidc/internal.h"

/* What became of the old token when the request or its answer failed. */
static enum sto_refresh_failure failure_of(int code)
{
	switch (code) {
	case STO_GRANT_INVALID:
		return STO_REFRESH_INVALID_GRANT;
	case STO_PROVIDER_STATUS:
	case STO_CLIENT_REFUSED:
	case STO_TOKEN_REFUSED:
		return STO_REFRESH_TURNED_AWAY;
	case STO_FETCH_SETUP:
	case STO_FETCH_BAD_URL:
	case STO_FETCH_REFUSED_ADDRESS:
	case STO_FETCH_DNS:
	case STO_FETCH_CONNECT:
	case STO_FETCH_TLS:
		return STO_REFRESH_NOT_SENT;
	default:
		return STO_REFRESH_NO_ANSWER;
	}
}

static bool is_out_of_reach(int code)
{
	return code != STO_OK && sto_reason_of(code)->group == STO_GROUP_TRANSPORT;
}

/* As if nobody had said anew who it is. */
static void forget_who(struct sto_oidc_result *out)
{
	json_decref(out->claims);
	out->claims = NULL;
	out->exp_sec = STO_TIME_NONE;
	out->auth_time_sec = STO_TIME_NONE;
	sto_buf_clear(&out->sid);
	sto_buf_clear(&out->acr);
}

/* OIDC Core 12.2: a nonce may be absent, and is the first one's where it is there. */
static int check_nonce(const struct sto_oidc_result *out, const struct sto_oidc_renewal *renewal,
		       struct sto_error *err)
{
	const json_t *nonce = json_object_get(out->claims, "nonce");
	if (nonce == NULL || renewal->nonce.len == 0)
		return STO_OK;
	struct sto_span text = sto_span_of(json_string_value(nonce), json_string_length(nonce));
	return sto_span_equal_secret(text, renewal->nonce)
		       ? STO_OK
		       : sto_fail(err, STO_CLAIM_NONCE, "the refreshed ID token has another nonce");
}

static int compare_who(struct sto_oidc_result *out, const struct sto_oidc_settings *s, bool by_token,
		       const struct sto_oidc_renewal *renewal, struct sto_error *err)
{
	int rc = sto_result_take_who(out, s, by_token);
	if (rc != STO_OK)
		return rc;
	if (!sto_span_equal(sto_buf_span(&out->issuer), renewal->issuer))
		return sto_fail(err, STO_CLAIM_ISS, "the refreshed tokens are of another issuer");
	if (!sto_span_equal(sto_buf_span(&out->subject), renewal->subject))
		return sto_fail(err, STO_REFRESH_SUBJECT, "the refreshed tokens are about another subject");
	return s->token == STO_TOKEN_ID ? check_nonce(out, renewal, err) : STO_OK;
}

/* Who the answer says it is, where it says so. *told: out->claims hold it. */
static int learn_who(struct sto_oidc_result *out, bool *told, sto_oidc *oidc,
		     const struct sto_metadata *metadata, struct sto_tokens *tokens,
		     const struct sto_oidc_renewal *renewal, struct sto_error *err)
{
	const struct sto_oidc_settings *s = &oidc->settings;
	struct sto_id_wanted wanted = {.max_age_sec = -1};
	bool by_token = true;
	/* OIDC Core 12.2: a refresh need not bring an ID token. */
	*told = s->token != STO_TOKEN_ID || tokens->id_token.len > 0;
	if (!*told)
		return STO_OK;
	int rc = sto_tokens_check(out, &by_token, oidc, metadata, tokens, &wanted, err);
	if (is_out_of_reach(rc) && s->token == STO_TOKEN_ID) {
		/* Nobody looked at it, so it is not passed on. */
		sto_buf_clear(&tokens->id_token);
		*told = false;
		return STO_OK;
	}
	if (rc == STO_OK && by_token)
		rc = compare_who(out, s, by_token, renewal, err);
	if (rc != STO_OK || !sto_oidc_wants_userinfo(s))
		return rc;
	rc = sto_userinfo_add(out, oidc, metadata, tokens, err);
	if (is_out_of_reach(rc)) {
		*told = false;
		return STO_OK;
	}
	return rc == STO_OK && !by_token ? compare_who(out, s, by_token, renewal, err) : rc;
}

static int renew(struct sto_oidc_result *out, enum sto_refresh_failure *failure, sto_oidc *oidc,
		 const struct sto_metadata *metadata, const struct sto_oidc_renewal *renewal,
		 struct sto_error *err)
{
	struct sto_tokens tokens;
	bool told = false;
	sto_tokens_init(&tokens);
	int rc = sto_token_renew(&tokens, oidc, metadata, renewal->refresh_token, err);
	*failure = failure_of(rc);
	if (rc != STO_OK)
		goto out;
	/* From here on the old token may be spent, and an answer that does not hold ends the session. */
	rc = learn_who(out, &told, oidc, metadata, &tokens, renewal, err);
	*failure = is_out_of_reach(rc) || rc == STO_NO_MEMORY ? STO_REFRESH_NO_ANSWER
							      : STO_REFRESH_INVALID_GRANT;
	if (rc != STO_OK)
		goto out;
	if (!told)
		forget_who(out);
	rc = sto_result_take_tokens(out, oidc, &tokens);
out:
	sto_tokens_finish(&tokens);
	return rc;
}

int sto_oidc_refresh(struct sto_oidc_result *out, enum sto_refresh_failure *failure, sto_oidc *oidc,
		     const struct sto_oidc_renewal *renewal, struct sto_error *err)
{
	*failure = STO_REFRESH_NOT_SENT;
	int rc = sto_oidc_prepare(oidc, err);
	if (rc != STO_OK)
		return rc;
	struct sto_metadata *metadata = sto_metadata_hold(oidc);
	rc = renew(out, failure, oidc, metadata, renewal, err);
	sto_metadata_release(oidc, metadata);
	if (rc != STO_OK)
		sto_oidc_result_finish(out);
	return rc;
}
