#include "provider/oidc/internal.h"

#include "base/bounds.h"
#include "base/json.h"
#include "jose/claims.h"
#include "jose/jws.h"
#include "provider/oidc/tenant.h"

/* RFC 8725 3.11: an ID token is never taken for an access token, nor the other way round. */
static const char *const id_token_types[] = {"JWT", "", NULL};
static const char *const access_token_types[] = {"at+jwt", "JWT", "", NULL};

static int try_keys(struct sto_buf *payload, const struct sto_token_check *check, enum sto_key_need need,
		    struct sto_error *err)
{
	struct sto_keys *keys = NULL;
	struct sto_span uri = sto_oidc_pick(check->oidc->settings.jwks_uri,
					    check->metadata == NULL ? NULL : &check->metadata->jwks_uri);
	if (uri.len == 0)
		return sto_fail(err, STO_TOKEN_NO_KEY, "a signed token came along and jwks_uri is not set");
	int rc = sto_key_cache_get(&keys, check->oidc, uri, need, err);
	if (rc != STO_OK)
		return rc;
	rc = sto_jws_verify(payload, keys->set, &check->policy, check->token, err);
	sto_key_cache_release(&check->oidc->key_cache, keys);
	return rc;
}

/* A kid that is not there, or a key that no longer fits its kid, may be a rotation: the keys are fetched anew
 * once. */
int sto_token_verify(struct sto_buf *payload, const struct sto_token_check *check, struct sto_error *err)
{
	int first = try_keys(payload, check, STO_KEY_NEED_FRESH, err);
	if (first != STO_TOKEN_NO_KEY && first != STO_TOKEN_SIGNATURE)
		return first;
	struct sto_error second_err = {0};
	int second = try_keys(payload, check, STO_KEY_NEED_NEWER, &second_err);
	/* Where the floor forbids the fetch, what was found first is the answer. */
	if (second == STO_TOKEN_NO_KEY)
		return first;
	if (second != STO_OK && err != NULL)
		*err = second_err;
	return second;
}

static int claims_of(json_t **claims, struct sto_span payload, struct sto_error *err)
{
	if (sto_json_parse_object(claims, payload, NULL) == STO_OK)
		return STO_OK;
	return sto_fail(err, STO_TOKEN_MALFORMED, "the payload is no JSON object");
}

/* The algorithm stands in a header that has been verified by now. */
static int alg_of(enum sto_alg *alg, struct sto_span token, struct sto_error *err)
{
	json_t *header = NULL;
	struct sto_span name;
	int rc = sto_jws_peek_header(&header, token, err);
	if (rc == STO_OK && !sto_json_get_str(&name, header, "alg"))
		rc = STO_TOKEN_MALFORMED;
	if (rc == STO_OK)
		rc = sto_alg_parse(alg, name);
	json_decref(header);
	return rc;
}

uint32_t sto_oidc_algs(const sto_oidc *oidc, const struct sto_metadata *metadata)
{
	uint32_t algs = oidc->settings.algs;
	/* What the provider says it signs with narrows what the configuration allows; it never widens it. */
	if (metadata != NULL && (algs & metadata->algs) != 0)
		algs &= metadata->algs;
	return algs;
}

static int check_token(json_t **claims, struct sto_claims_found *found, const struct sto_token_check *check,
		       struct sto_claims_policy *policy, struct sto_error *err)
{
	struct sto_buf payload, issuer;
	const struct sto_world *world = check->oidc->world.world;
	const json_t *tenants = check->oidc->settings.tenants;
	*claims = NULL;
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	sto_buf_init(&issuer, STO_LIMIT_URL);
	int rc = sto_token_verify(&payload, check, err);
	if (rc == STO_OK)
		rc = alg_of(&policy->alg, check->token, err);
	if (rc == STO_OK)
		rc = claims_of(claims, sto_buf_span(&payload), err);
	if (rc == STO_OK && tenants != NULL) {
		rc = sto_tenant_expect(&issuer, policy->issuer, tenants, *claims, err);
		policy->issuer = sto_buf_span(&issuer);
	}
	if (rc == STO_OK)
		rc = sto_claims_check(found, *claims, policy, world->now_sec(world->ctx), err);
	if (rc != STO_OK) {
		json_decref(*claims);
		*claims = NULL;
	}
	sto_buf_finish(&payload);
	sto_buf_finish(&issuer);
	return rc;
}

struct sto_span sto_oidc_known_issuer(const sto_oidc *oidc, const struct sto_metadata *metadata)
{
	return sto_oidc_pick(oidc->settings.issuer, metadata == NULL ? NULL : &metadata->issuer);
}

/* OIDC Core 3.1.3.7 */
static int check_id_token(struct sto_oidc_result *out, sto_oidc *oidc, const struct sto_metadata *metadata,
			  const struct sto_tokens *tokens, const struct sto_id_wanted *wanted,
			  struct sto_error *err)
{
	const struct sto_oidc_settings *s = &oidc->settings;
	struct sto_claims_found found = {0};
	struct sto_token_check check = {oidc,
					metadata,
					{sto_oidc_algs(oidc, metadata), id_token_types},
					sto_buf_span(&tokens->id_token)};
	struct sto_claims_policy policy = {
		.issuer = sto_oidc_known_issuer(oidc, metadata),
		.audience = s->client_id,
		.client_id = s->client_id,
		.nonce = wanted->nonce,
		.leeway_sec = s->leeway_sec,
		.max_iat_age_sec = STO_ID_TOKEN_MAX_AGE_SEC,
		.max_age_sec = wanted->max_age_sec,
		.access_token_text = sto_buf_span(&tokens->access_token),
	};
	int rc = check_token(&out->claims, &found, &check, &policy, err);
	out->exp_sec = found.exp_sec;
	return rc != STO_OK ? rc : sto_result_take_id_claims(out, out->claims);
}

/* RFC 9068 section 4 */
static int check_access_token(struct sto_oidc_result *out, sto_oidc *oidc,
			      const struct sto_metadata *metadata, const struct sto_tokens *tokens,
			      struct sto_error *err)
{
	const struct sto_oidc_settings *s = &oidc->settings;
	struct sto_claims_found found = {0};
	struct sto_token_check check = {
		oidc, metadata, {s->algs, access_token_types}, sto_buf_span(&tokens->access_token)};
	struct sto_claims_policy policy = {
		.issuer = sto_oidc_known_issuer(oidc, metadata),
		.audience = s->audience,
		.client_id = s->client_id,
		.access_token = true,
		.leeway_sec = s->leeway_sec,
		.max_age_sec = -1,
	};
	int rc = check_token(&out->claims, &found, &check, &policy, err);
	out->exp_sec = found.exp_sec;
	return rc;
}

/* Without a token of our own to read, expires_in says how long the login holds (RFC 6749 5.1), else the
 * configuration. */
static int64_t expiry_of(const sto_oidc *oidc, const struct sto_tokens *tokens)
{
	int64_t lifetime_sec = oidc->settings.ttl_sec;
	if (tokens->expires_in_sec > 0 && tokens->expires_in_sec < lifetime_sec)
		lifetime_sec = tokens->expires_in_sec;
	return oidc->world.world->now_sec(oidc->world.world->ctx) + lifetime_sec;
}

int sto_tokens_check(struct sto_oidc_result *out, bool *by_token, sto_oidc *oidc,
		     const struct sto_metadata *metadata, const struct sto_tokens *tokens,
		     const struct sto_id_wanted *wanted, struct sto_error *err)
{
	const struct sto_oidc_settings *s = &oidc->settings;
	int rc = STO_OK;
	*by_token = true;
	if (tokens->id_token.len > 0)
		rc = check_id_token(out, oidc, metadata, tokens, wanted, err);
	else if (s->token == STO_TOKEN_ID)
		rc = sto_fail(err, STO_ID_TOKEN_MISSING,
			      "no id_token in the answer; is openid in the scope?");
	if (rc == STO_OK && s->token == STO_TOKEN_USERINFO && out->claims == NULL) {
		*by_token = false;
		out->exp_sec = expiry_of(oidc, tokens);
		out->claims = json_object();
		rc = out->claims == NULL ? STO_NO_MEMORY : STO_OK;
	} else if (rc == STO_OK && s->token == STO_TOKEN_ACCESS) {
		json_decref(out->claims);
		out->claims = NULL;
		rc = check_access_token(out, oidc, metadata, tokens, err);
	}
	return rc;
}
