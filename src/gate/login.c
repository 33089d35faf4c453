#include "gate/login.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "gate/gate.h"

struct sto_login {
	uint8_t gate[STO_GATE_ID_LEN];
	int64_t expires_sec;
	struct sto_buf identity, claims; /* JSON */
	struct sto_oidc_result result;   /* without its claims */
	struct sto_login_session session;
};

/* A token without the field is a sign-in all the same: the value is then "OK". A blank one counts as none. */
static int put_identity(sto_login *login, bool *has_identity, const sto_gate *gate, const json_t *claims)
{
	const json_t *identity = sto_claim_at(claims, gate->config.identity_field);
	*has_identity = identity != NULL && !json_is_null(identity) &&
			!(json_is_string(identity) && json_string_length(identity) == 0);
	return *has_identity ? sto_json_dump(&login->identity, identity)
			     : sto_buf_put_str(&login->identity, "\"OK\"");
}

static void fill_session(sto_login *login)
{
	const struct sto_oidc_result *from = &login->result;
	login->session = (struct sto_login_session){
		.issuer = sto_buf_span(&from->issuer),
		.subject = sto_buf_span(&from->subject),
		.sid = sto_buf_span(&from->sid),
		.acr = sto_buf_span(&from->acr),
		.access_token = sto_buf_span(&from->access_token),
		.refresh_token = sto_buf_span(&from->refresh_token),
		.id_token = sto_buf_span(&from->id_token),
		.scope = sto_buf_span(&from->scope),
		.auth_time_sec = from->auth_time_sec,
		.access_expires_sec = from->access_expires_sec,
		.token_end_sec = from->exp_sec,
	};
}

int sto_login_new(sto_login **out, bool *has_identity, const sto_gate *gate, struct sto_oidc_result *result)
{
	sto_login *login = calloc(1, sizeof(*login));
	*out = NULL;
	if (login == NULL)
		return STO_NO_MEMORY;
	memcpy(login->gate, gate->id, STO_GATE_ID_LEN);
	login->expires_sec = result->exp_sec + gate->config.oidc.leeway_sec;
	sto_buf_init(&login->identity, STO_LIMIT_TOKEN);
	sto_buf_init(&login->claims, 4 * STO_LIMIT_TOKEN);
	sto_oidc_result_init(&login->result);
	int rc = put_identity(login, has_identity, gate, result->claims);
	if (rc == STO_OK)
		rc = sto_json_dump(&login->claims, result->claims);
	if (rc != STO_OK) {
		sto_login_free(login);
		return rc;
	}
	sto_oidc_result_move(&login->result, result);
	json_decref(login->result.claims);
	login->result.claims = NULL;
	/* What nobody will ask for is not kept. */
	if (!gate->keep_tokens)
		sto_oidc_result_drop_tokens(&login->result);
	fill_session(login);
	*out = login;
	return STO_OK;
}

const struct sto_login_session *sto_login_session(const sto_login *login)
{
	return &login->session;
}

bool sto_login_holds(const sto_login *login, const sto_gate *gate, int64_t now_sec)
{
	return now_sec < login->expires_sec && memcmp(login->gate, gate->id, STO_GATE_ID_LEN) == 0;
}

int64_t sto_login_expires_sec(const sto_login *login)
{
	return login->expires_sec;
}

struct sto_span sto_login_identity(const sto_login *login)
{
	return sto_buf_span(&login->identity);
}

struct sto_span sto_login_claims(const sto_login *login)
{
	return sto_buf_span(&login->claims);
}

void sto_login_free(sto_login *login)
{
	if (login == NULL)
		return;
	sto_buf_finish(&login->identity);
	sto_buf_finish(&login->claims);
	sto_oidc_result_finish(&login->result);
	free(login);
}
