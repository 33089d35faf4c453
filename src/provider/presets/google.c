/* Google: https://developers.google.com/identity/openid-connect/openid-connect */
#include "provider/presets/presets.h"

static int place(json_t *out, struct sto_preset_problem *problem, const json_t *values)
{
	(void)problem;
	(void)values;
	return json_object_set_new(out, "issuer", json_string("https://accounts.google.com")) == 0
		       ? STO_OK
		       : STO_NO_MEMORY;
}

static const char *const keys[] = {NULL};
static const struct sto_preset_default defaults[] = {{NULL, NULL}};
static const char *const sisters[] = {"oauth2.googleapis.com", "www.googleapis.com",
				      "openidconnect.googleapis.com", NULL};

const struct sto_preset sto_preset_google = {
	.name = "google",
	.label = "Google",
	.keys = keys,
	.defaults = defaults,
	.issuer_host = "accounts.google.com",
	.sisters = sisters,
	.place = place,
};
