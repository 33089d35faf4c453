/* Keycloak: https://www.keycloak.org/securing-apps/oidc-layers */
#include "base/bounds.h"
#include "http/escape.h"
#include "provider/presets/presets.h"

/* As it stands in the realm's address: what RFC 3986 calls unreserved, and percent escapes. */
static bool is_realm(struct sto_span realm)
{
	uint8_t byte;
	for (size_t i = 0; i < realm.len; i++) {
		uint8_t c = realm.ptr[i];
		if (c == '%' && sto_escape_read(&byte, realm, i))
			continue;
		if (!sto_is_alnum(c) && c != '-' && c != '_' && c != '.' && c != '~')
			return false;
	}
	return realm.len > 0 && !sto_span_equal(realm, STO_SPAN(".")) &&
	       !sto_span_equal(realm, STO_SPAN(".."));
}

static int put_realm(struct sto_buf *issuer, struct sto_preset_problem *problem, struct sto_span realm)
{
	if (realm.len == 0)
		return sto_preset_refuse(problem, "missing_key", "realm",
					 "Set it to the realm's name as its address has it", "is missing");
	if (!is_realm(realm))
		return sto_preset_refuse(problem, "bad_realm", "realm",
					 "Write it as it stands behind /realms/ in the address",
					 "is no name of a realm");
	int rc = sto_buf_put_str(issuer, "/realms/");
	return rc != STO_OK ? rc : sto_buf_put(issuer, realm);
}

static int place(json_t *out, struct sto_preset_problem *problem, const json_t *values)
{
	struct sto_buf issuer;
	const char *key =
		sto_preset_text(values, "api_base_url").len > 0 && sto_preset_text(values, "domain").len == 0
			? "api_base_url"
			: "domain";
	sto_buf_init(&issuer, STO_LIMIT_URL);
	int rc = sto_preset_put_base(&issuer, problem, values, key, NULL,
				     "Set it to Keycloak's host, with its path where it has one");
	if (rc == STO_OK)
		rc = put_realm(&issuer, problem, sto_preset_text(values, "realm"));
	if (rc == STO_OK)
		rc = sto_preset_set(out, "issuer", &issuer, "");
	sto_buf_finish(&issuer);
	return rc;
}

static const char *const keys[] = {"domain", "api_base_url", "realm", NULL};
static const struct sto_preset_default defaults[] = {{NULL, NULL}};

const struct sto_preset sto_preset_keycloak = {
	.name = "keycloak",
	.label = "Keycloak",
	.keys = keys,
	.defaults = defaults,
	.place = place,
};
