/* What a script asks for: the tickets that the browser carries to our endpoints. */
#include "base/base64url.h"
#include "base/json.h"
#include "provider/oidc/oidc.h"
#include "realm/realm.h"

static bool is_provider(const sto_realm *realm, struct sto_span name)
{
	for (size_t i = 0; i < realm->config.n_providers; i++)
		if (sto_span_equal(realm->config.providers[i].name, name) ||
		    (realm->config.providers[i].unnamed && sto_span_equal(name, STO_SPAN("default"))))
			return true;
	return false;
}

/* The gate refuses these as well; a script learns of its mistake here, before a visitor does. */
static int check_params(const json_t *params, struct sto_error *err)
{
	void *it = json_object_iter((json_t *)(uintptr_t)params);
	for (; it != NULL; it = json_object_iter_next((json_t *)(uintptr_t)params, it)) {
		const char *name = json_object_iter_key(it);
		json_t *text = sto_config_param_text(json_object_iter_value(it));
		bool fine = text != NULL;
		json_decref(text);
		if (name[0] == '\0' || sto_oidc_is_reserved_param(sto_span_str(name)))
			return sto_fail(err, STO_USAGE, "the parameter %s is the protocol's own", name);
		if (!fine)
			return sto_fail(err, STO_USAGE, "the parameter %s is no text, number or boolean",
					name);
	}
	return STO_OK;
}

static int check_login(const sto_realm *realm, const json_t *request, struct sto_error *err)
{
	const json_t *provider = json_object_get(request, "provider");
	const json_t *params = json_object_get(request, "params");
	struct sto_span name;
	if (realm->closed)
		return sto_fail(err, STO_CONFIG_WRONG, "the configuration is wrong");
	if (provider != NULL && !json_is_null(provider) &&
	    (!sto_json_get_str(&name, request, "provider") || !is_provider(realm, name)))
		return sto_fail(err, STO_USAGE, "no provider of that name in [auth]");
	if (params != NULL && !json_is_null(params) && !json_is_object(params))
		return sto_fail(err, STO_BAD_JSON, "params is no object");
	return check_params(params, err);
}

int sto_realm_login_ticket(struct sto_buf *out, sto_realm *realm, struct sto_span request,
			   struct sto_error *err)
{
	json_t *content = NULL;
	int rc = sto_json_parse_object(&content, request, err);
	if (rc == STO_OK)
		rc = check_login(realm, content, err);
	if (rc == STO_OK)
		return sto_ticket_seal(out, realm, STO_TICKET_LOGIN, content);
	json_decref(content);
	return rc;
}

int sto_realm_logout_ticket(struct sto_buf *out, sto_realm *realm, struct sto_span cookie, bool everywhere,
			    struct sto_error *err)
{
	struct sto_session session;
	struct sto_buf id;
	if (realm->closed)
		return sto_fail(err, STO_CONFIG_WRONG, "the configuration is wrong");
	sto_session_init(&session);
	sto_buf_init(&id, sto_base64url_encoded_len(STO_SESSION_ID_LEN));
	int rc = sto_session_open(&session, realm->sessions, cookie, err);
	/* Nobody is signed in any more: a ticket that names no session leads to the page that says so. */
	if (rc == STO_OK)
		rc = sto_session_name(&session, realm->sessions);
	if (rc == STO_OK)
		rc = sto_base64url_encode(&id, sto_span_of(session.id, STO_SESSION_ID_LEN));
	else if (sto_session_is_signed_out(rc))
		rc = STO_OK;
	if (rc == STO_OK)
		rc = sto_ticket_seal(out, realm, STO_TICKET_LOGOUT,
				     json_pack("{s:o, s:b}", "session", sto_json_str(sto_buf_span(&id)),
					       "everywhere", everywhere ? 1 : 0));
	sto_buf_finish(&id);
	sto_session_finish(&session);
	return rc;
}
