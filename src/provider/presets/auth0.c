/* Auth0: https://auth0.com/docs/get-started/applications/configure-applications-with-oidc-discovery */
#include "base/bounds.h"
#include "provider/presets/presets.h"

#define MEND "Set it to the Domain that the application's settings show, such as YOURS.eu.auth0.com"

/* The issuer ends with a slash, and tokens are compared letter by letter. */
static int place(json_t *out, struct sto_preset_problem *problem, const json_t *values)
{
	struct sto_buf base;
	const char *key =
		sto_preset_text(values, "api_base_url").len > 0 && sto_preset_text(values, "domain").len == 0
			? "api_base_url"
			: "domain";
	sto_buf_init(&base, STO_LIMIT_URL);
	int rc = sto_preset_put_base(&base, problem, values, key, NULL, MEND);
	if (rc == STO_OK)
		rc = sto_preset_set(out, "issuer", &base, "/");
	sto_buf_finish(&base);
	return rc;
}

static const char *const keys[] = {"domain", "api_base_url", NULL};
static const struct sto_preset_default defaults[] = {{NULL, NULL}};

const struct sto_preset sto_preset_auth0 = {
	.name = "auth0",
	.label = "Auth0",
	.keys = keys,
	.defaults = defaults,
	.place = place,
};
