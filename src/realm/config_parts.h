/* What the files of the configuration [auth] share; for them only. */
#ifndef STO_REALM_CONFIG_PARTS_H
#define STO_REALM_CONFIG_PARTS_H

#include "gate/config_settings.h"
#include "realm/config.h"

#define STO_REALM_CALLBACK "/auth/callback" /* of a provider, below the public URL */

/* The settings of a request, told apart. */
struct sto_realm_settings {
	const json_t *request;
	json_t *own;    /* array: those of [auth] itself */
	json_t *blocks; /* object: of each block in it by its name, an array with their paths below the block
			 */
	json_t *tree, *lines; /* of own, as sto_config_plant() gives them */
	bool unnamed;         /* a provider stands in [auth] itself */
};

/* --- config_split.c */
/* finish() in any case. STO_BAD_JSON, STO_NO_MEMORY. */
STO_CHECKED int sto_realm_settings_make(struct sto_realm_settings *settings, const json_t *request);
void sto_realm_settings_finish(struct sto_realm_settings *settings);
/* Whether one of the settings in the array has that key. */
bool sto_realm_sets(const json_t *settings, const char *key);

/* --- config_place.c */
/* Public URL, base path, and where a sign-out ends. STO_NO_MEMORY. */
STO_CHECKED int sto_realm_config_place(struct sto_realm_config *config, struct sto_findings *findings,
				       const struct sto_realm_settings *settings);

/* --- config_sessions.c */
/* Store, limits and tokens. */
void sto_realm_config_sessions(struct sto_realm_config *config, struct sto_findings *findings);

/* --- config_access.c */
/* `require_login`, `public` and `roles`. STO_NO_MEMORY. */
STO_CHECKED int sto_realm_config_access(struct sto_realm_config *config, struct sto_findings *findings);

/* --- config_providers.c */
/* One request for each provider. STO_NO_MEMORY. */
STO_CHECKED int sto_realm_config_providers(struct sto_realm_config *config, struct sto_findings *findings,
					   const struct sto_realm_settings *settings);

/* --- config_native.c */
/* Takes `client_kwargs` out of the settings of a provider and puts what it says under our own keys, unless
 * the provider sets those itself. STO_NO_MEMORY. */
STO_CHECKED int sto_realm_config_native(json_t *settings, struct sto_findings *findings);

#endif
