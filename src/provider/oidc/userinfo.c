#include "base/bounds.h"
#include "base/json.h"
#include "provider/oidc/internal.h"
#include "provider/presets/presets.h"

bool sto_oidc_wants_userinfo(const struct sto_oidc_settings *s)
{
	return s->token == STO_TOKEN_USERINFO || s->ask_userinfo;
}

static const char *const userinfo_types[] = {"JWT", "userinfo+jwt", "", NULL};

/* OIDC Core 5.3.2: a signed answer must hold iss and aud, and they must be the provider and this client. */
static int check_signed(const json_t *claims, sto_oidc *oidc, const struct sto_metadata *metadata,
			struct sto_error *err)
{
	struct sto_span iss, aud, known = sto_oidc_known_issuer(oidc, metadata);
	const json_t *audience = json_object_get(claims, "aud");
	size_t i;
	json_t *entry;
	if (!sto_json_get_str(&iss, claims, "iss") || (known.len > 0 && !sto_span_equal(iss, known)))
		return sto_fail(err, STO_CLAIM_ISS, "the signed userinfo is of another issuer");
	if (sto_json_get_str(&aud, claims, "aud") && sto_span_equal(aud, oidc->settings.client_id))
		return STO_OK;
	json_array_foreach(audience, i, entry)
	{
		aud = sto_span_of(json_string_value(entry), json_string_length(entry));
		if (aud.len > 0 && sto_span_equal(aud, oidc->settings.client_id))
			return STO_OK;
	}
	return sto_fail(err, STO_CLAIM_AUD, "the signed userinfo is for another audience");
}

static int parse_signed(json_t **claims, sto_oidc *oidc, const struct sto_metadata *metadata,
			struct sto_span token, struct sto_error *err)
{
	struct sto_buf payload;
	struct sto_token_check check = {
		oidc, metadata, {sto_oidc_algs(oidc, metadata), userinfo_types}, token};
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	int rc = sto_token_verify(&payload, &check, err);
	if (rc == STO_OK && sto_json_parse_object(claims, sto_buf_span(&payload), NULL) != STO_OK)
		rc = sto_fail(err, STO_USERINFO_BAD, "the signed userinfo holds no JSON object");
	if (rc == STO_OK)
		rc = check_signed(*claims, oidc, metadata, err);
	sto_buf_finish(&payload);
	return rc;
}

int sto_userinfo_parse(json_t **claims, sto_oidc *oidc, const struct sto_metadata *metadata,
		       const struct sto_fetched *answer, struct sto_error *err)
{
	*claims = NULL;
	if (answer->status != 200)
		return sto_fail(err, STO_PROVIDER_STATUS, "userinfo answered with HTTP %d", answer->status);
	int rc = STO_OK;
	if (sto_span_equal(sto_buf_span(&answer->content_type), STO_SPAN("application/jwt")))
		rc = parse_signed(claims, oidc, metadata, sto_buf_span(&answer->body), err);
	else if (sto_json_parse_object(claims, sto_buf_span(&answer->body), NULL) != STO_OK)
		rc = sto_fail(err, STO_USERINFO_BAD, "userinfo is no JSON object");
	if (rc != STO_OK) {
		json_decref(*claims);
		*claims = NULL;
	}
	return rc;
}

int sto_bearer_get(struct sto_fetched *answer, sto_oidc *oidc, struct sto_span url,
		   struct sto_span access_token, struct sto_error *err)
{
	struct sto_buf bearer;
	sto_buf_init(&bearer, STO_LIMIT_TOKEN + 16);
	int rc = sto_buf_put_str(&bearer, "Bearer ");
	if (rc == STO_OK)
		rc = sto_buf_put(&bearer, access_token);
	struct sto_header headers[] = {
		{STO_SPAN("Authorization"), sto_buf_span(&bearer)},
		{STO_SPAN("Accept"), STO_SPAN("application/json, application/jwt")},
	};
	struct sto_fetch request = {
		.method = "GET",
		.url = url,
		.headers = headers,
		.n_headers = sizeof(headers) / sizeof(headers[0]),
		.max_body = STO_LIMIT_FETCH_BODY,
	};
	if (rc == STO_OK)
		rc = sto_oidc_fetch(answer, oidc, &request, err);
	sto_buf_finish(&bearer);
	return rc;
}

static int fetch_userinfo(json_t **claims, sto_oidc *oidc, const struct sto_metadata *metadata,
			  const struct sto_tokens *tokens, struct sto_error *err)
{
	struct sto_fetched answer;
	struct sto_span url = sto_oidc_pick(oidc->settings.userinfo_endpoint,
					    metadata == NULL ? NULL : &metadata->userinfo_endpoint);
	sto_fetched_init(&answer, STO_LIMIT_FETCH_BODY);
	int rc = sto_bearer_get(&answer, oidc, url, sto_buf_span(&tokens->access_token), err);
	if (rc == STO_OK)
		rc = sto_userinfo_parse(claims, oidc, metadata, &answer, err);
	sto_fetched_finish(&answer);
	return rc;
}

/* OIDC Core 5.3.2: where a token told the subject, userinfo must be about the same one. */
static int compare_sub(const json_t *told, const json_t *info, struct sto_error *err)
{
	struct sto_span expected, sub;
	if (!sto_json_get_str(&expected, told, "sub"))
		return STO_OK;
	if (sto_json_get_str(&sub, info, "sub") && sto_span_equal(sub, expected))
		return STO_OK;
	return sto_fail(err, STO_USERINFO_SUB, "the sub of userinfo is missing or not the token's");
}

int sto_userinfo_add(struct sto_oidc_result *result, sto_oidc *oidc, const struct sto_metadata *metadata,
		     const struct sto_tokens *tokens, struct sto_error *err)
{
	json_t *info = NULL;
	int rc = fetch_userinfo(&info, oidc, metadata, tokens, err);
	if (rc == STO_OK)
		rc = compare_sub(result->claims, info, err);
	/* What a signature covers is never replaced by what came without one. */
	if (rc == STO_OK && json_object_update_missing(result->claims, info) != 0)
		rc = STO_NO_MEMORY;
	const struct sto_preset *preset = oidc->settings.preset;
	struct sto_preset_call call = {oidc, sto_buf_span(&tokens->access_token)};
	if (rc == STO_OK && preset != NULL && preset->complete != NULL)
		rc = preset->complete(result->claims, &call, err);
	json_decref(info);
	return rc;
}
