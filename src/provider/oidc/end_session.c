/* The end of a sign-in at the provider: RP-initiated logout, and tokens that are taken back. */
#include "base/bounds.h"
#include "http/form.h"
#include "provider/oidc/internal.h"

static int put_query(struct sto_buf *out, const struct sto_span (*pairs)[2], size_t n)
{
	int rc = STO_OK;
	for (size_t i = 0; rc == STO_OK && i < n; i++)
		if (pairs[i][1].len > 0)
			rc = sto_form_put(out, pairs[i][0], pairs[i][1]);
	return rc;
}

static int put_end_session(struct sto_buf *url, struct sto_span endpoint, const struct sto_span (*pairs)[2],
			   size_t n)
{
	int rc = sto_buf_put(url, endpoint);
	if (rc == STO_OK && sto_span_find(endpoint, '?') == endpoint.len)
		rc = sto_buf_put_byte(url, '?');
	return rc != STO_OK ? rc : put_query(url, pairs, n);
}

int sto_oidc_end_session_url(struct sto_buf *out, sto_oidc *oidc, struct sto_span id_token_hint,
			     struct sto_span post_logout_redirect_uri, struct sto_span state,
			     struct sto_error *err)
{
	struct sto_metadata *metadata = sto_metadata_hold(oidc);
	struct sto_span endpoint = sto_oidc_pick(oidc->settings.end_session_endpoint,
						 metadata == NULL ? NULL : &metadata->end_session_endpoint);
	/* client_id as well: a provider may not want to read who it is out of an expired token (section 2).
	 */
	const struct sto_span pairs[][2] = {
		{STO_SPAN("client_id"), oidc->settings.client_id},
		{STO_SPAN("post_logout_redirect_uri"), post_logout_redirect_uri},
		{STO_SPAN("state"), state},
		{STO_SPAN("id_token_hint"), id_token_hint},
	};
	size_t n = sizeof(pairs) / sizeof(pairs[0]);
	struct sto_buf url;
	sto_buf_init(&url, STO_LIMIT_URL);
	int rc = endpoint.len == 0 ? sto_fail(err, STO_ENDPOINT_ABSENT, "there is no end_session_endpoint")
				   : put_end_session(&url, endpoint, pairs, n);
	if (rc == STO_TOO_LARGE) {
		sto_buf_clear(&url);
		rc = put_end_session(&url, endpoint, pairs, n - 1);
	}
	if (rc == STO_OK)
		rc = sto_buf_put(out, sto_buf_span(&url));
	sto_buf_finish(&url);
	sto_metadata_release(oidc, metadata);
	return rc;
}

/* RFC 7009 2.2: 200 also for a token that the provider does not know. */
static int judge(const struct sto_fetched *answer, struct sto_error *err)
{
	if (answer->status == 200)
		return STO_OK;
	if (answer->status == 401)
		return sto_fail(err, STO_CLIENT_REFUSED, "the revocation endpoint says HTTP 401");
	return sto_fail(err, STO_PROVIDER_STATUS, "the revocation endpoint answered with HTTP %d",
			answer->status);
}

static int revoke_at(sto_oidc *oidc, const struct sto_metadata *metadata, struct sto_span endpoint,
		     struct sto_span token, struct sto_error *err)
{
	struct sto_buf form;
	struct sto_fetched answer;
	sto_buf_init(&form, STO_LIMIT_FORM);
	sto_fetched_init(&answer, STO_LIMIT_FETCH_BODY);
	int rc = sto_form_put(&form, STO_SPAN("token"), token);
	if (rc == STO_OK)
		rc = sto_client_post(&answer, oidc, metadata, endpoint, &form, err);
	if (rc == STO_OK)
		rc = judge(&answer, err);
	sto_buf_finish(&form);
	sto_fetched_finish(&answer);
	return rc;
}

int sto_oidc_revoke(sto_oidc *oidc, struct sto_span token, struct sto_error *err)
{
	int rc = sto_oidc_prepare(oidc, err);
	if (rc != STO_OK)
		return rc;
	struct sto_metadata *metadata = sto_metadata_hold(oidc);
	struct sto_span endpoint = sto_oidc_pick(oidc->settings.revocation_endpoint,
						 metadata == NULL ? NULL : &metadata->revocation_endpoint);
	rc = endpoint.len == 0 ? sto_fail(err, STO_ENDPOINT_ABSENT, "there is no revocation_endpoint")
			       : revoke_at(oidc, metadata, endpoint, token, err);
	sto_metadata_release(oidc, metadata);
	return rc;
}
