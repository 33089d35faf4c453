/* The userinfo endpoint: OIDC Core section 5.3, RFC 6750. */
#include "dev/provider.h"

static int refuse(struct dev_response *res, int status, const char *challenge, const char *error,
		  const char *description)
{
	int rc = sto_buf_put_str(&res->www_authenticate, challenge);
	return rc == STO_OK ? dev_answer_error(res, status, error, description) : rc;
}

/* RFC 6750 section 2.1 */
static struct sto_span bearer_token(const struct dev_request *req)
{
	struct sto_span scheme = STO_SPAN("Bearer ");
	if (!sto_span_equal_nocase(sto_span_slice(req->authorization, 0, scheme.len), scheme))
		return (struct sto_span){NULL, 0};
	return sto_span_slice(req->authorization, scheme.len, req->authorization.len);
}

int dev_userinfo(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
{
	struct sto_span token = bearer_token(req);
	if (token.len == 0) /* RFC 6750 section 3.1: no error code where nothing was tried */
		return refuse(res, 401, "Bearer realm=\"st-oauth dev\"", "invalid_request",
			      "an access token is needed: Authorization: Bearer ...");
	json_t *entry = dev_shelf_find(&provider->access, token, dev_now_sec(provider));
	const json_t *grant = json_object_get(entry, "grant");
	if (entry == NULL || dev_is_revoked(grant))
		return refuse(
			res, 401,
			"Bearer realm=\"st-oauth dev\", error=\"invalid_token\", "
			"error_description=\"the access token is not known, has expired or was revoked\"",
			"invalid_token", "the access token is not known, has expired or was revoked");
	const char *scope = dev_text(entry, "scope");
	if (!dev_has_word(scope, "openid"))
		return refuse(res, 403,
			      "Bearer realm=\"st-oauth dev\", error=\"insufficient_scope\", scope=\"openid\"",
			      "insufficient_scope", "the access token was granted without openid");
	return dev_answer_json(res, 200, dev_claims(provider, json_object_get(grant, "persona"), scope));
}
