/* What an exchange gives, put together: who it is, and the tokens. */
#include "base/bounds.h"
#include "base/json.h"
#include "jose/numeric_date.h"
#include "provider/oidc/internal.h"

void sto_oidc_result_init(struct sto_oidc_result *result)
{
	*result =
		(struct sto_oidc_result){.auth_time_sec = STO_TIME_NONE, .access_expires_sec = STO_TIME_NONE};
	sto_buf_init(&result->issuer, STO_LIMIT_URL);
	sto_buf_init(&result->subject, STO_LIMIT_TOKEN);
	sto_buf_init(&result->sid, STO_LIMIT_TOKEN);
	sto_buf_init(&result->acr, STO_LIMIT_TOKEN);
	sto_buf_init(&result->access_token, STO_LIMIT_TOKEN);
	sto_buf_init(&result->refresh_token, STO_LIMIT_TOKEN);
	sto_buf_init(&result->id_token, STO_LIMIT_TOKEN);
	sto_buf_init(&result->scope, STO_LIMIT_TOKEN);
}

void sto_oidc_result_drop_tokens(struct sto_oidc_result *result)
{
	sto_buf_finish(&result->access_token);
	sto_buf_finish(&result->refresh_token);
	sto_buf_finish(&result->id_token);
}

void sto_oidc_result_finish(struct sto_oidc_result *result)
{
	json_decref(result->claims);
	sto_oidc_result_drop_tokens(result);
	sto_buf_finish(&result->issuer);
	sto_buf_finish(&result->subject);
	sto_buf_finish(&result->sid);
	sto_buf_finish(&result->acr);
	sto_buf_finish(&result->scope);
	sto_oidc_result_init(result);
}

void sto_oidc_result_move(struct sto_oidc_result *to, struct sto_oidc_result *from)
{
	sto_oidc_result_finish(to);
	*to = *from;
	sto_oidc_result_init(from);
}

static int put_text(struct sto_buf *out, const json_t *claims, const char *name)
{
	struct sto_span text;
	sto_buf_clear(out);
	return sto_json_get_str(&text, claims, name) ? sto_buf_put(out, text) : STO_OK;
}

/* What the ID token alone can say, also where another token tells who somebody is. */
int sto_result_take_id_claims(struct sto_oidc_result *result, const json_t *claims)
{
	const json_t *auth_time = json_object_get(claims, "auth_time");
	int rc = put_text(&result->sid, claims, "sid");
	if (rc == STO_OK)
		rc = put_text(&result->acr, claims, "acr");
	if (auth_time != NULL && !sto_numeric_date_floor(&result->auth_time_sec, auth_time))
		result->auth_time_sec = STO_TIME_NONE;
	return rc;
}

/* A whole number is the text of its digits, so that an id is the same text whoever reads it; anything else
 * that is no text names nobody. */
static int put_subject(struct sto_buf *out, const json_t *value)
{
	if (json_is_integer(value))
		return sto_buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return json_is_string(value)
		       ? sto_buf_put(out, sto_span_of(json_string_value(value), json_string_length(value)))
		       : STO_OK;
}

int sto_result_take_who(struct sto_oidc_result *result, const struct sto_oidc_settings *s, bool by_token)
{
	struct sto_span sub = STO_SPAN("sub");
	if (by_token) {
		int rc = put_text(&result->issuer, result->claims, "iss");
		return rc != STO_OK ? rc : put_text(&result->subject, result->claims, "sub");
	}
	int rc = sto_buf_put(&result->issuer, sto_oidc_address(s));
	return rc != STO_OK ? rc
			    : put_subject(&result->subject,
					  sto_claim_at(result->claims,
						       s->subject_claim.len > 0 ? s->subject_claim : sub));
}

#define LONGEST_SEC 315360000 /* ten years: nothing that expires later can be said to */

int sto_result_take_tokens(struct sto_oidc_result *result, const sto_oidc *oidc, struct sto_tokens *tokens)
{
	int64_t now_sec = oidc->world.world->now_sec(oidc->world.world->ctx);
	sto_buf_move(&result->access_token, &tokens->access_token);
	sto_buf_move(&result->refresh_token, &tokens->refresh_token);
	sto_buf_move(&result->id_token, &tokens->id_token);
	if (tokens->expires_in_sec >= 0)
		result->access_expires_sec =
			now_sec +
			(tokens->expires_in_sec < LONGEST_SEC ? tokens->expires_in_sec : LONGEST_SEC);
	/* RFC 6749 5.1: an answer without scope grants what was asked for. */
	return sto_buf_put(&result->scope,
			   tokens->scope.len > 0 ? sto_buf_span(&tokens->scope) : oidc->settings.scope);
}
