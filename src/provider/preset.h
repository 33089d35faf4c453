/* Presets: providers by name, so that an operator writes provider = "google" in place of their addresses. One
 * a file under presets/. */
#ifndef STO_PROVIDER_PRESET_H
#define STO_PROVIDER_PRESET_H

#include <jansson.h>

#include "stoauth/buf.h"
#include "stoauth/error.h"

/* What is wrong with what the operator wrote, as a finding says it. Static texts; `key` NULL: nothing is. */
struct sto_preset_problem {
	const char *code, *key, *mend, *what;
};

/* A value of the configuration where the operator set none. */
struct sto_preset_default {
	const char *key, *value;
};

struct sto_oidc_result;
struct sto_preset_call;

struct sto_preset {
	const char *name;  /* as in `provider` */
	const char *label; /* as visitors know it */
	bool oauth2;       /* it sends no ID token: userinfo tells who somebody is */
	/* Which of api_base_url, domain, realm, tenant and tenants it reads; ends with NULL. */
	const char *const *keys;
	const struct sto_preset_default *defaults; /* ends with a NULL key */
	/* Optional: its issuer's host, and the other hosts that its discovery document names, ending with
	 * NULL. */
	const char *issuer_host;
	const char *const *sisters;
	/* Puts the addresses into `out`, by the names of the configuration's keys, out of the checked
	 * `values`. STO_CONFIG_WRONG with *problem, STO_NO_MEMORY, STO_TOO_LARGE. Mandatory. */
	int (*place)(json_t *out, struct sto_preset_problem *problem, const json_t *values);
	/* Optional: after userinfo, adds what this provider says elsewhere or by other names. MAY BLOCK. */
	int (*complete)(json_t *claims, const struct sto_preset_call *call, struct sto_error *err);
};

/* The preset at `index` in the order of the list, NULL behind the last. */
const struct sto_preset *sto_preset_at(size_t index);
/* The preset of that name; NULL where there is none. */
const struct sto_preset *sto_preset_find(struct sto_span name);
/* What a visitor reads for that name: "GitHub"; NULL where there is no such preset. Static. */
const char *sto_preset_label(struct sto_span name);
/* Whether a discovery document of the issuer's host may name that other host, by a preset. */
bool sto_preset_is_sister(struct sto_span issuer_host, struct sto_span host);

/* Appends the address that an operator wrote as a host, a host with a path, or a URL: "https://host/path",
 * without a slash at the end. http stays for loopback alone. STO_URL_MALFORMED, STO_TOO_LARGE, STO_NO_MEMORY.
 */
STO_CHECKED int sto_preset_base(struct sto_buf *out, struct sto_span written);

#endif
