#include "provider/oidc/internal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/bounds.h"
#include "base/json.h"
#include "http/form.h"

void sto_tokens_init(struct sto_tokens *tokens)
{
	sto_buf_init(&tokens->access_token, STO_LIMIT_TOKEN);
	sto_buf_init(&tokens->id_token, STO_LIMIT_TOKEN);
	sto_buf_init(&tokens->refresh_token, STO_LIMIT_TOKEN);
	sto_buf_init(&tokens->scope, STO_LIMIT_TOKEN);
	tokens->expires_in_sec = -1;
}

void sto_tokens_finish(struct sto_tokens *tokens)
{
	sto_buf_finish(&tokens->access_token);
	sto_buf_finish(&tokens->id_token);
	sto_buf_finish(&tokens->refresh_token);
	sto_buf_finish(&tokens->scope);
}

static enum sto_client_auth choose_auth(const struct sto_oidc_settings *s,
					const struct sto_metadata *metadata)
{
	if (s->client_auth != STO_CLIENT_AUTH_AUTO)
		return s->client_auth;
	if (s->client_secret.len == 0)
		return STO_CLIENT_AUTH_NONE;
	return metadata != NULL && !metadata->auth_basic && metadata->auth_post ? STO_CLIENT_AUTH_POST
										: STO_CLIENT_AUTH_BASIC;
}

/* RFC 6749 2.3.1: id and secret are each form-encoded before they are joined and put into Basic. */
static int put_basic(struct sto_buf *out, const struct sto_oidc_settings *s)
{
	struct sto_buf pair;
	uint8_t *to;
	sto_buf_init(&pair, 6 * STO_LIMIT_SECRET + 1);
	int rc = sto_form_put_escaped(&pair, s->client_id);
	if (rc == STO_OK)
		rc = sto_buf_put_byte(&pair, ':');
	if (rc == STO_OK)
		rc = sto_form_put_escaped(&pair, s->client_secret);
	if (rc == STO_OK)
		rc = sto_buf_put_str(out, "Basic ");
	if (rc != STO_OK)
		goto out;
	size_t len = (pair.len + 2) / 3 * 4;
	to = sto_buf_reserve(out, len + 1); /* EVP_EncodeBlock() adds a NUL */
	if (to == NULL) {
		rc = STO_TOO_LARGE;
		goto out;
	}
	(void)EVP_EncodeBlock(to, pair.data, (int)pair.len);
	sto_buf_grow(out, len);
out:
	sto_buf_finish(&pair);
	return rc;
}

static int put_client(struct sto_buf *form, struct sto_buf *basic, const struct sto_oidc_settings *s,
		      enum sto_client_auth auth)
{
	int rc = STO_OK;
	if (auth == STO_CLIENT_AUTH_BASIC)
		return put_basic(basic, s);
	rc = sto_form_put(form, STO_SPAN("client_id"), s->client_id);
	if (rc == STO_OK && auth == STO_CLIENT_AUTH_POST)
		rc = sto_form_put(form, STO_SPAN("client_secret"), s->client_secret);
	return rc;
}

int sto_client_post(struct sto_fetched *answer, sto_oidc *oidc, const struct sto_metadata *metadata,
		    struct sto_span url, struct sto_buf *form, struct sto_error *err)
{
	enum sto_client_auth auth = choose_auth(&oidc->settings, metadata);
	struct sto_buf basic;
	struct sto_header headers[3] = {
		{STO_SPAN("Content-Type"), STO_SPAN("application/x-www-form-urlencoded")},
		{STO_SPAN("Accept"), STO_SPAN("application/json")},
	};
	sto_buf_init(&basic, STO_LIMIT_FORM);
	int rc = put_client(form, &basic, &oidc->settings, auth);
	headers[2] = (struct sto_header){STO_SPAN("Authorization"), sto_buf_span(&basic)};
	struct sto_fetch fetch = {
		.method = "POST",
		.url = url,
		.headers = headers,
		.n_headers = auth == STO_CLIENT_AUTH_BASIC ? 3 : 2,
		.body = sto_buf_span(form),
		.max_body = STO_LIMIT_FETCH_BODY,
	};
	if (rc == STO_OK)
		rc = sto_oidc_fetch(answer, oidc, &fetch, err);
	sto_buf_finish(&basic);
	return rc;
}

/* What a refresh token that is spent, expired or revoked is answered with: RFC 6749 5.2, GitHub's own name,
 * and those of OIDC Core 3.1.2.6 that Microsoft sends here. */
static bool is_dead_grant(struct sto_span error)
{
	static const char *const names[] = {"invalid_grant", "bad_refresh_token", "interaction_required",
					    "login_required", "consent_required"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sto_span_equal(error, sto_span_str(names[i])))
			return true;
	return false;
}

static bool is_client_error(struct sto_span error)
{
	return sto_span_equal(error, STO_SPAN("invalid_client")) ||
	       sto_span_equal(error, STO_SPAN("incorrect_client_credentials")); /* GitHub's */
}

/* The error names of RFC 6749 5.2 hold nothing secret; whatever else comes is not repeated. */
static int refused(const json_t *object, int status, struct sto_error *err)
{
	static const char *const names[] = {
		"invalid_request",        "unauthorized_client",   "invalid_scope",
		"unsupported_grant_type", "invalid_target",        "use_dpop_nonce",
		"bad_verification_code",  "redirect_uri_mismatch", "unverified_user_email"};
	struct sto_span error;
	(void)sto_json_get_str(&error, object, "error");
	if (is_dead_grant(error))
		return sto_fail(err, STO_GRANT_INVALID, "the token endpoint says %.*s (HTTP %d)",
				(int)error.len, (const char *)error.ptr, status);
	if (is_client_error(error) || status == 401)
		return sto_fail(err, STO_CLIENT_REFUSED, "the token endpoint says invalid_client (HTTP %d)",
				status);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sto_span_equal(error, sto_span_str(names[i])))
			return sto_fail(err, STO_TOKEN_REFUSED, "the token endpoint says %s (HTTP %d)",
					names[i], status);
	/* An error with a 5xx or 429 is the provider's trouble and says nothing about what was sent. */
	if (error.len > 0 && status < 500 && status != 429)
		return sto_fail(err, STO_TOKEN_REFUSED,
				"the token endpoint gave an error of its own (HTTP %d)", status);
	return sto_fail(err, STO_PROVIDER_STATUS, "the token endpoint answered with HTTP %d", status);
}

static int take(struct sto_buf *out, const json_t *object, const char *name, struct sto_error *err)
{
	struct sto_span text;
	const json_t *value = json_object_get(object, name);
	if (value == NULL || json_is_null(value))
		return STO_OK;
	if (!sto_json_get_str(&text, object, name) || text.len == 0)
		return sto_fail(err, STO_TOKEN_RESPONSE, "%s is not a string", name);
	if (sto_buf_put(out, text) != STO_OK)
		return sto_fail(err, STO_TOO_LARGE, "%s of %zu bytes", name, text.len);
	return STO_OK;
}

/* What nobody needs in order to sign in is left alone where it is not a text. */
static int take_extra(struct sto_buf *out, const json_t *object, const char *name, struct sto_error *err)
{
	struct sto_span text;
	if (!sto_json_get_str(&text, object, name))
		return STO_OK;
	return sto_buf_put(out, text) == STO_OK
		       ? STO_OK
		       : sto_fail(err, STO_TOO_LARGE, "%s of %zu bytes", name, text.len);
}

/* RFC 6749 5.1; token_type in any case (7.1). */
static int take_tokens(struct sto_tokens *out, const json_t *object, struct sto_error *err)
{
	struct sto_span type;
	const json_t *expires_in = json_object_get(object, "expires_in");
	int rc = take(&out->access_token, object, "access_token", err);
	if (rc == STO_OK)
		rc = take(&out->id_token, object, "id_token", err);
	if (rc == STO_OK)
		rc = take_extra(&out->refresh_token, object, "refresh_token", err);
	if (rc == STO_OK)
		rc = take_extra(&out->scope, object, "scope", err);
	if (rc != STO_OK)
		return rc;
	if (out->access_token.len == 0)
		return sto_fail(err, STO_ACCESS_TOKEN_MISSING, "no access_token in the answer");
	if (!sto_json_get_str(&type, object, "token_type") ||
	    !sto_span_equal_nocase(type, STO_SPAN("Bearer")))
		return sto_fail(err, STO_TOKEN_TYPE, "token_type is not Bearer");
	if (json_is_integer(expires_in) && json_integer_value(expires_in) >= 0)
		out->expires_in_sec = json_integer_value(expires_in);
	return STO_OK;
}

int sto_token_response(struct sto_tokens *out, int status, struct sto_span body, struct sto_error *err)
{
	json_t *object = NULL;
	int rc = sto_json_parse_object(&object, body, NULL);
	/* Some answer errors with 200 (GitHub does). */
	if (status != 200 || json_object_get(object, "error") != NULL)
		rc = refused(object, status, err);
	else if (rc != STO_OK)
		rc = sto_fail(err, STO_TOKEN_RESPONSE, "the answer is no JSON object");
	else
		rc = take_tokens(out, object, err);
	json_decref(object);
	return rc;
}

static int ask(struct sto_tokens *out, sto_oidc *oidc, const struct sto_metadata *metadata,
	       struct sto_buf *form, struct sto_error *err)
{
	const struct sto_oidc_settings *s = &oidc->settings;
	struct sto_fetched answer;
	sto_fetched_init(&answer, STO_LIMIT_FETCH_BODY);
	int rc = sto_client_post(
		&answer, oidc, metadata,
		sto_oidc_pick(s->token_endpoint, metadata == NULL ? NULL : &metadata->token_endpoint), form,
		err);
	if (rc == STO_OK)
		rc = sto_token_response(out, answer.status, sto_buf_span(&answer.body), err);
	sto_fetched_finish(&answer);
	return rc;
}

int sto_token_request(struct sto_tokens *out, sto_oidc *oidc, const struct sto_metadata *metadata,
		      struct sto_span code, const struct sto_oidc_request *request, struct sto_error *err)
{
	struct sto_buf form;
	sto_buf_init(&form, STO_LIMIT_FORM);
	int rc = sto_form_put(&form, STO_SPAN("grant_type"), STO_SPAN("authorization_code"));
	if (rc == STO_OK)
		rc = sto_form_put(&form, STO_SPAN("code"), code);
	if (rc == STO_OK)
		rc = sto_form_put(&form, STO_SPAN("redirect_uri"), request->redirect_uri);
	if (rc == STO_OK)
		rc = sto_form_put(&form, STO_SPAN("code_verifier"), request->verifier);
	if (rc == STO_OK)
		rc = ask(out, oidc, metadata, &form, err);
	/* Here it is the code that is dead. */
	if (rc == STO_GRANT_INVALID) {
		rc = STO_TOKEN_REFUSED;
		if (err != NULL)
			err->code = rc;
	}
	sto_buf_finish(&form);
	return rc;
}

int sto_token_renew(struct sto_tokens *out, sto_oidc *oidc, const struct sto_metadata *metadata,
		    struct sto_span refresh_token, struct sto_error *err)
{
	struct sto_buf form;
	sto_buf_init(&form, STO_LIMIT_FORM);
	int rc = sto_form_put(&form, STO_SPAN("grant_type"), STO_SPAN("refresh_token"));
	if (rc == STO_OK)
		rc = sto_form_put(&form, STO_SPAN("refresh_token"), refresh_token);
	if (rc == STO_OK)
		rc = ask(out, oidc, metadata, &form, err);
	sto_buf_finish(&form);
	return rc;
}
