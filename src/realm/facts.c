/* What a host may know of a realm. */
#include "base/json.h"
#include "http/url.h"
#include "realm/realm.h"

static json_t *providers(const sto_realm *realm)
{
	json_t *list = json_array();
	for (size_t i = 0; i < realm->config.n_providers; i++) {
		const struct sto_realm_provider *one = &realm->config.providers[i];
		const sto_gate *gate = realm->gates[i];
		if (json_array_append_new(
			    list,
			    json_pack("{s:o, s:o, s:b, s:b, s:o, s:o, s:o}", "name", sto_json_str(one->name),
				      "label", sto_json_str(one->label), "trust_email", one->trust_email,
				      "unnamed", one->unnamed, "client_id",
				      sto_json_str(gate->config.oidc.client_id), "identity_field",
				      sto_json_str(gate->config.identity_field), "provider_url",
				      sto_json_str(sto_oidc_address(&gate->config.oidc)))) != 0)
			break;
	}
	return list;
}

static json_t *exposed(const sto_realm *realm)
{
	json_t *list = json_array();
	if ((realm->config.expose_tokens & STO_EXPOSE_ID) != 0)
		(void)!json_array_append_new(list, json_string("id"));
	if ((realm->config.expose_tokens & STO_EXPOSE_ACCESS) != 0)
		(void)!json_array_append_new(list, json_string("access"));
	return list;
}

static json_t *origin_of(const sto_realm *realm)
{
	struct sto_url url;
	struct sto_buf origin;
	json_t *json = NULL;
	sto_buf_init(&origin, STO_LIMIT_URL);
	if (sto_url_parse(&url, sto_buf_span(&realm->config.public_url), NULL) == STO_OK &&
	    sto_url_put_origin(&origin, &url) == STO_OK)
		json = sto_json_str(sto_buf_span(&origin));
	sto_buf_finish(&origin);
	return json;
}

static json_t *open_facts(const sto_realm *realm)
{
	unsigned capabilities = sto_sessions_capabilities(realm->sessions);
	const struct sto_realm_config *config = &realm->config;
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:b, s:s, s:b, s:b, s:o, s:o, s:I, s:I}", "providers",
		providers(realm), "public_url", sto_json_str(sto_buf_span(&config->public_url)), "origin",
		origin_of(realm), "base_path", sto_json_str(config->base_path), "loopback", config->loopback,
		"require_login", config->require_login, "rules", config->n_rules > 0, "closed", 0, "store",
		realm->session_store.ops->name, "blocking", config->store == STO_REALM_STORE_REDIS, "changes",
		(capabilities & STO_SESSION_CAN_CHANGES) != 0, "expose_tokens", exposed(realm),
		"redirect_uri", sto_json_str(sto_buf_span(&realm->gates[0]->config.redirect_uri)),
		"absolute_sec", (json_int_t)config->policy.absolute_sec, "idle_sec",
		(json_int_t)config->policy.idle_sec);
}

int sto_realm_facts(struct sto_buf *out, const sto_realm *realm)
{
	json_t *facts = realm->closed ? json_pack("{s:b, s:o, s:s}", "closed", 1, "base_path",
						  sto_json_str(realm->config.base_path), "reference",
						  realm->reference)
				      : open_facts(realm);
	int rc = facts == NULL ? STO_NO_MEMORY : sto_json_dump(out, facts);
	json_decref(facts);
	return rc;
}
