#include "provider/oidc/oidc.h"

#include <stdlib.h>

#include <openssl/sha.h>

#include "base/base64url.h"
#include "base/bounds.h"
#include "http/form.h"
#include "provider/oidc/internal.h"
#include "provider/oidc/tenant.h"

bool sto_scope_has(struct sto_span scope, struct sto_span word)
{
	struct sto_span rest = scope, part;
	while (sto_span_split(&part, &rest, ' '))
		if (sto_span_equal(part, word))
			return true;
	return false;
}

struct sto_span sto_oidc_pick(struct sto_span configured, const struct sto_buf *learnt)
{
	return configured.len > 0 || learnt == NULL ? configured : sto_buf_span(learnt);
}

int sto_oidc_new(sto_oidc **out, const struct sto_oidc_settings *settings, const struct sto_oidc_world *world,
		 struct sto_error *err)
{
	sto_oidc *oidc = calloc(1, sizeof(*oidc));
	*out = NULL;
	if (oidc == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a provider");
	oidc->settings = *settings;
	oidc->world = *world;
	if (pthread_mutex_init(&oidc->lock, NULL) != 0 || pthread_cond_init(&oidc->discovered, NULL) != 0 ||
	    sto_key_cache_init(&oidc->key_cache) != STO_OK) {
		free(oidc);
		return sto_fail(err, STO_NO_MEMORY, "no memory for a provider's lock");
	}
	*out = oidc;
	return STO_OK;
}

void sto_oidc_free(sto_oidc *oidc)
{
	if (oidc == NULL)
		return;
	if (oidc->metadata != NULL)
		sto_metadata_release(oidc, oidc->metadata);
	sto_key_cache_finish(&oidc->key_cache);
	(void)pthread_cond_destroy(&oidc->discovered);
	(void)pthread_mutex_destroy(&oidc->lock);
	free(oidc);
}

/* RFC 7636 4.2: BASE64URL(SHA256(ASCII(code_verifier))). "plain" does not exist here. */
static int put_challenge(struct sto_buf *out, struct sto_span verifier)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];
	struct sto_buf text;
	sto_buf_init(&text, 43);
	if (SHA256(verifier.ptr, verifier.len, hash) == NULL)
		return STO_INTERNAL;
	int rc = sto_base64url_encode(&text, sto_span_of(hash, sizeof(hash)));
	if (rc == STO_OK)
		rc = sto_form_put(out, STO_SPAN("code_challenge"), sto_buf_span(&text));
	if (rc == STO_OK)
		rc = sto_form_put(out, STO_SPAN("code_challenge_method"), STO_SPAN("S256"));
	sto_buf_finish(&text);
	return rc;
}

static int put_pairs(struct sto_buf *out, const struct sto_span (*pairs)[2], size_t n)
{
	int rc = STO_OK;
	for (size_t i = 0; rc == STO_OK && i < n; i++)
		if (pairs[i][1].len > 0)
			rc = sto_form_put(out, pairs[i][0], pairs[i][1]);
	return rc;
}

bool sto_oidc_is_reserved_param(struct sto_span name)
{
	static const char *const reserved[] = {"response_type", "client_id",      "redirect_uri",
					       "scope",         "state",          "nonce",
					       "audience",      "code_challenge", "code_challenge_method",
					       "request",       "request_uri",    "response_mode"};
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (sto_span_equal(sto_span_str(reserved[i]), name))
			return true;
	return false;
}

int64_t sto_oidc_max_age(struct sto_span text)
{
	int64_t max_age_sec = 0;
	if (text.len == 0 || text.len > 9)
		return -1;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return -1;
		max_age_sec = max_age_sec * 10 + (text.ptr[i] - '0');
	}
	return max_age_sec;
}

/* Whoever made `params` looked that no name is one of ours (LF-16). Names in `but` are left out. */
static int put_extra(struct sto_buf *out, const json_t *params, const json_t *but)
{
	int rc = STO_OK;
	for (void *it = json_object_iter((json_t *)(uintptr_t)params); it != NULL && rc == STO_OK;
	     it = json_object_iter_next((json_t *)(uintptr_t)params, it)) {
		const json_t *value = json_object_iter_value(it);
		if (json_object_get(but, json_object_iter_key(it)) != NULL)
			continue;
		rc = sto_form_put(out, sto_span_str(json_object_iter_key(it)),
				  sto_span_of(json_string_value(value), json_string_length(value)));
	}
	return rc;
}

static int put_request(struct sto_buf *out, const struct sto_oidc_settings *s,
		       const struct sto_oidc_request *request)
{
	bool openid = sto_scope_has(s->scope, STO_SPAN("openid"));
	const struct sto_span pairs[][2] = {
		{STO_SPAN("response_type"), STO_SPAN("code")},
		{STO_SPAN("client_id"), s->client_id},
		{STO_SPAN("redirect_uri"), request->redirect_uri},
		{STO_SPAN("scope"), s->scope},
		{STO_SPAN("state"), request->state},
		{STO_SPAN("nonce"), openid ? request->nonce : (struct sto_span){NULL, 0}},
		{STO_SPAN("audience"),
		 s->token == STO_TOKEN_ACCESS ? s->audience : (struct sto_span){NULL, 0}},
	};
	int rc = put_pairs(out, pairs, sizeof(pairs) / sizeof(pairs[0]));
	if (rc == STO_OK)
		rc = put_challenge(out, request->verifier);
	if (rc == STO_OK)
		rc = put_extra(out, s->authorize_params, request->params);
	if (rc == STO_OK)
		rc = put_extra(out, request->params, NULL);
	return rc;
}

int sto_oidc_authorize_url(struct sto_buf *out, sto_oidc *oidc, const struct sto_oidc_request *request,
			   struct sto_error *err)
{
	struct sto_metadata *metadata = sto_metadata_hold(oidc);
	struct sto_span endpoint = sto_oidc_pick(oidc->settings.authorization_endpoint,
						 metadata == NULL ? NULL : &metadata->authorization_endpoint);
	/* An endpoint may have a query of its own, which is kept (RFC 6749 3.1). */
	int rc = endpoint.len == 0 ? sto_fail(err, STO_USAGE, "the provider was not prepared")
				   : sto_buf_put(out, endpoint);
	if (rc == STO_OK && sto_span_find(endpoint, '?') == endpoint.len)
		rc = sto_buf_put_byte(out, '?');
	if (rc == STO_OK)
		rc = put_request(out, &oidc->settings, request);
	sto_metadata_release(oidc, metadata);
	return rc;
}

static bool is_issuer(const struct sto_oidc_settings *s, struct sto_span iss, struct sto_span known)
{
	return s->tenants == NULL ? sto_span_equal(iss, known) : sto_tenant_fits(known, s->tenants, iss);
}

int sto_oidc_check_iss(sto_oidc *oidc, struct sto_span iss, struct sto_error *err)
{
	struct sto_metadata *metadata = sto_metadata_hold(oidc);
	struct sto_span known =
		sto_oidc_pick(oidc->settings.issuer, metadata == NULL ? NULL : &metadata->issuer);
	int rc = STO_OK;
	/* RFC 9207 2.4: compared where it came, demanded where the provider says that it sends it. */
	if (iss.ptr != NULL && known.len > 0 && !is_issuer(&oidc->settings, iss, known))
		rc = sto_fail(err, STO_CALLBACK_ISS, "iss is not the issuer's");
	else if (iss.ptr == NULL && metadata != NULL && metadata->iss_parameter)
		rc = sto_fail(err, STO_CALLBACK_ISS,
			      "iss is missing, though the provider says that it sends it");
	sto_metadata_release(oidc, metadata);
	return rc;
}

static int check_and_take(struct sto_oidc_result *out, sto_oidc *oidc, const struct sto_metadata *metadata,
			  struct sto_tokens *tokens, const struct sto_oidc_request *request,
			  struct sto_error *err)
{
	const struct sto_oidc_settings *s = &oidc->settings;
	struct sto_id_wanted wanted = {
		.nonce = sto_scope_has(s->scope, STO_SPAN("openid")) ? request->nonce
								     : (struct sto_span){NULL, 0},
		.max_age_sec = request->max_age_sec >= 0 ? request->max_age_sec : s->max_age_sec,
	};
	bool by_token = true;
	int rc = sto_tokens_check(out, &by_token, oidc, metadata, tokens, &wanted, err);
	if (rc == STO_OK && sto_oidc_wants_userinfo(s))
		rc = sto_userinfo_add(out, oidc, metadata, tokens, err);
	if (rc == STO_OK)
		rc = sto_result_take_who(out, s, by_token);
	return rc != STO_OK ? rc : sto_result_take_tokens(out, oidc, tokens);
}

int sto_oidc_exchange(struct sto_oidc_result *out, sto_oidc *oidc, struct sto_span code,
		      const struct sto_oidc_request *request, struct sto_error *err)
{
	struct sto_metadata *metadata = sto_metadata_hold(oidc);
	struct sto_tokens tokens;
	sto_tokens_init(&tokens);
	int rc = sto_token_request(&tokens, oidc, metadata, code, request, err);
	if (rc == STO_OK)
		rc = check_and_take(out, oidc, metadata, &tokens, request, err);
	if (rc != STO_OK)
		sto_oidc_result_finish(out);
	sto_tokens_finish(&tokens);
	sto_metadata_release(oidc, metadata);
	return rc;
}

struct sto_span sto_oidc_address(const struct sto_oidc_settings *s)
{
	struct sto_span address = s->issuer.len > 0 ? s->issuer : s->metadata_url;
	return address.len > 0 ? address : s->authorization_endpoint;
}
