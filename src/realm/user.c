/* /auth/user: who is signed in, as JSON, from the session alone; for scripts of this origin's pages. */
#include "base/json.h"
#include "realm/visit.h"

static void put_claim(json_t *user, const json_t *claims, const char *name)
{
	json_t *value = json_object_get(claims, name);
	if (json_is_string(value))
		(void)!json_object_set(user, name, value);
}

static bool is_verified(const json_t *claims, bool trusted)
{
	const json_t *said = json_object_get(claims, "email_verified");
	return trusted || json_is_true(said) ||
	       (json_is_string(said) &&
		sto_span_equal(sto_span_str(json_string_value(said)), STO_SPAN("true")));
}

static bool trusts(const struct sto_visit *visit)
{
	const struct sto_realm_config *config = &visit->realm->config;
	for (size_t i = 0; i < config->n_providers; i++)
		if (sto_span_equal(config->providers[i].name, visit->session.record.provider))
			return config->providers[i].trust_email;
	return false;
}

static json_t *user_of(const struct sto_visit *visit)
{
	const struct sto_session_record *record = &visit->session.record;
	struct sto_buf id;
	json_t *claims = NULL, *user = NULL;
	sto_buf_init(&id, 2 * STO_LIMIT_SESSION_NAME + 1);
	if (sto_user_id_put(&id, record) == STO_OK)
		user = json_pack("{s:b, s:o, s:o, s:I}", "logged_in", 1, "id",
				 sto_json_str(sto_buf_span(&id)), "provider", sto_json_str(record->provider),
				 "expires_at", (json_int_t)visit->session.end_sec);
	if (user != NULL && sto_json_parse_object(&claims, record->claims, NULL) == STO_OK) {
		put_claim(user, claims, "name");
		put_claim(user, claims, "picture");
		if (is_verified(claims, trusts(visit)))
			put_claim(user, claims, "email");
	}
	json_decref(claims);
	sto_buf_finish(&id);
	return user;
}

int sto_visit_user(struct sto_visit *visit, struct sto_error *err)
{
	if (!visit->get && !visit->head)
		return sto_fail(err, STO_METHOD_NOT_ALLOWED, "/auth/user takes GET");
	return sto_visit_json(visit, 200,
			      visit->signed_in ? user_of(visit) : json_pack("{s:b}", "logged_in", 0));
}
