/* Tokens: ID tokens (OIDC Core section 2), access tokens (RFC 9068, or opaque), refresh tokens that rotate.
 */
#include "base/bounds.h"
#include "base/json.h"
#include "dev/provider.h"
#include "jose/claims.h"

void dev_revoke(json_t *grant)
{
	(void)json_object_set_new(grant, "revoked", json_true());
}

bool dev_is_revoked(const json_t *grant)
{
	return json_is_true(json_object_get(grant, "revoked"));
}

static int64_t ttl_of(const struct dev_provider *provider, const json_t *grant)
{
	json_int_t own = json_integer_value(json_object_get(json_object_get(grant, "persona"), "ttl"));
	return own > 0 ? own : provider->options->ttl_sec;
}

/* What every token of a sign-in says, on top of what is known of the persona. */
static json_t *common_claims(const struct dev_provider *provider, const struct dev_issue *issue)
{
	int64_t now = dev_now_sec(provider);
	json_t *out = dev_claims(provider, json_object_get(issue->grant, "persona"), issue->scope);
	(void)json_object_set_new(out, "iss", json_string(provider->issuer));
	(void)json_object_set_new(out, "iat", json_integer(now));
	(void)json_object_set_new(out, "exp", json_integer(now + ttl_of(provider, issue->grant)));
	(void)json_object_set(out, "auth_time", json_object_get(issue->grant, "auth_time"));
	return out;
}

/* ---- access tokens ---- */

static int put_jwt(struct sto_buf *out, const struct dev_provider *provider, const struct dev_issue *issue)
{
	struct sto_buf jti;
	json_t *claims = common_claims(provider, issue);
	sto_buf_init(&jti, 64);
	int rc = dev_put_secret(&jti, provider);
	(void)json_object_set_new(claims, "jti", sto_json_str(sto_buf_span(&jti)));
	(void)json_object_set_new(claims, "aud",
				  json_string(issue->audience == NULL ? provider->issuer : issue->audience));
	(void)json_object_set_new(claims, "client_id", json_string(issue->client->id));
	(void)json_object_set_new(claims, "scope", json_string(issue->scope));
	if (rc == STO_OK)
		rc = dev_keys_sign(out, provider->keys, issue->client->alg, "at+jwt", claims);
	json_decref(claims);
	sto_buf_finish(&jti);
	return rc;
}

static int put_access_token(struct sto_buf *out, struct dev_provider *provider, const struct dev_issue *issue)
{
	int rc = provider->options->opaque ? dev_put_secret(out, provider) : put_jwt(out, provider, issue);
	if (rc != STO_OK)
		return rc;
	json_t *entry = json_pack("{s:O, s:s}", "grant", issue->grant, "scope", issue->scope);
	rc = dev_shelf_put(&provider->access, sto_buf_span(out), entry,
			   dev_now_sec(provider) + ttl_of(provider, issue->grant));
	json_decref(entry);
	return rc;
}

/* ---- ID tokens ---- */

static int put_id_token(struct sto_buf *out, const struct dev_provider *provider,
			const struct dev_issue *issue, struct sto_span access_token)
{
	struct sto_buf hash;
	json_t *claims = common_claims(provider, issue);
	json_t *nonce = json_object_get(issue->grant, "nonce");
	sto_buf_init(&hash, 128);
	int rc = sto_at_hash(&hash, issue->client->alg, access_token);
	(void)json_object_set_new(claims, "at_hash", sto_json_str(sto_buf_span(&hash)));
	(void)json_object_set_new(claims, "aud", json_string(issue->client->id));
	(void)json_object_set_new(claims, "azp", json_string(issue->client->id));
	(void)json_object_set(claims, "sid", json_object_get(issue->grant, "sid"));
	if (issue->first && nonce != NULL) /* OIDC Core section 12.2: not after a refresh */
		(void)json_object_set(claims, "nonce", nonce);
	if (rc == STO_OK)
		rc = dev_keys_sign(out, provider->keys, issue->client->alg, "JWT", claims);
	json_decref(claims);
	sto_buf_finish(&hash);
	return rc;
}

/* ---- refresh tokens ---- */

static int put_refresh_token(struct sto_buf *out, struct dev_provider *provider,
			     const struct dev_issue *issue)
{
	int rc = dev_put_secret(out, provider);
	json_t *entry = json_pack("{s:O}", "grant", issue->grant);
	if (rc == STO_OK)
		rc = dev_shelf_put(&provider->refresh, sto_buf_span(out), entry,
				   dev_now_sec(provider) + DEV_REFRESH_SEC);
	json_decref(entry);
	return rc;
}

/* ---- the answer ---- */

static void add_token(json_t *answer, const char *name, const struct sto_buf *token)
{
	if (token->len > 0)
		(void)json_object_set_new(answer, name, sto_json_str(sto_buf_span(token)));
}

/* RFC 6749 section 5.1 */
static json_t *make_answer(const struct dev_provider *provider, const struct dev_issue *issue,
			   const struct sto_buf *access, const struct sto_buf *id,
			   const struct sto_buf *refresh)
{
	json_t *answer = json_pack("{s:s, s:I}", "token_type", "Bearer", "expires_in",
				   (json_int_t)ttl_of(provider, issue->grant));
	add_token(answer, "access_token", access);
	add_token(answer, "id_token", id);
	add_token(answer, "refresh_token", refresh);
	if (*issue->scope != 0)
		(void)json_object_set_new(answer, "scope", json_string(issue->scope));
	return answer;
}

int dev_issue_tokens(struct dev_provider *provider, const struct dev_issue *issue, struct dev_response *res)
{
	struct sto_buf access, id, refresh;
	const char *granted = dev_text(issue->grant, "scope");
	sto_buf_init(&access, STO_LIMIT_TOKEN);
	sto_buf_init(&id, STO_LIMIT_TOKEN);
	sto_buf_init(&refresh, 64);
	int rc = put_access_token(&access, provider, issue);
	if (rc == STO_OK && dev_has_word(granted, "openid"))
		rc = put_id_token(&id, provider, issue, sto_buf_span(&access));
	if (rc == STO_OK && dev_has_word(granted, "offline_access"))
		rc = put_refresh_token(&refresh, provider, issue);
	if (rc == STO_OK)
		rc = dev_answer_json(res, 200, make_answer(provider, issue, &access, &id, &refresh));
	sto_buf_finish(&access);
	sto_buf_finish(&id);
	sto_buf_finish(&refresh);
	return rc;
}
