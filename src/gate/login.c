#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "gate/gate.h"

struct sto_login {
	uint8_t gate[STO_GATE_ID_LEN];
	int64_t expires_sec;
	struct sto_buf identity, claims; /* JSON */
};

static const json_t *step_into(const json_t *value, struct sto_span name)
{
	size_t index = 0;
	if (json_is_object(value))
		return json_object_getn(value, (const char *)name.ptr, name.len);
	if (!json_is_array(value) || name.len == 0 || name.len > 4)
		return NULL;
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] < '0' || name.ptr[i] > '9')
			return NULL;
		index = index * 10 + (size_t)(name.ptr[i] - '0');
	}
	return json_array_get(value, index);
}

/* A claim of that very name wins, because names may hold dots ("https://app.example/roles"); else it is a
 * path. */
static const json_t *claim_at(const json_t *claims, struct sto_span field)
{
	const json_t *value = step_into(claims, field);
	struct sto_span rest = field, name;
	if (value != NULL)
		return value;
	for (value = claims; value != NULL && sto_span_split(&name, &rest, '.');)
		value = step_into(value, name);
	return value;
}

int sto_login_new(sto_login **out, bool *has_identity, const sto_gate *gate, const json_t *claims,
		  int64_t expires_sec)
{
	const json_t *identity = claim_at(claims, gate->config.identity_field);
	sto_login *login = calloc(1, sizeof(*login));
	*out = NULL;
	if (login == NULL)
		return STO_NO_MEMORY;
	memcpy(login->gate, gate->id, STO_GATE_ID_LEN);
	login->expires_sec = expires_sec;
	sto_buf_init(&login->identity, STO_LIMIT_TOKEN);
	sto_buf_init(&login->claims, 4 * STO_LIMIT_TOKEN);
	/* A token without the field is a sign-in all the same: the value is then "OK". A blank one counts as
	 * none. */
	*has_identity = identity != NULL && !json_is_null(identity) &&
			!(json_is_string(identity) && json_string_length(identity) == 0);
	int rc = *has_identity ? sto_json_dump(&login->identity, identity)
			       : sto_buf_put_str(&login->identity, "\"OK\"");
	if (rc == STO_OK)
		rc = sto_json_dump(&login->claims, claims);
	if (rc == STO_OK)
		*out = login;
	else
		sto_login_free(login);
	return rc;
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
	free(login);
}
