/* From the settings of a request to checked values by key; what the gate and [auth] share. */
#ifndef STO_GATE_CONFIG_SETTINGS_H
#define STO_GATE_CONFIG_SETTINGS_H

#include "gate/config.h"
#include "gate/config_table.h"

/* Puts the settings together again: *tree has the values by key, tables as tables, *lines the line of each
 * key. Both are new references, also on failure. STO_BAD_JSON, STO_NO_MEMORY. */
STO_CHECKED int sto_config_plant(json_t **tree, json_t **lines, const json_t *settings);

/* Checks one value and puts it into `values`; a key that is none, or that may not stand in `scope`, or a
 * value that is wrong, is a finding. `place` says where: its key is not looked at. STO_NO_MEMORY. */
STO_CHECKED int sto_config_take(json_t *values, const struct sto_value_check *place, unsigned scope,
				const char *name, const json_t *given);

/* All settings of a request, each as sto_config_take() does. STO_BAD_JSON, STO_NO_MEMORY. */
STO_CHECKED int sto_config_take_all(json_t *values, struct sto_findings *findings, const json_t *request,
				    unsigned scope);

/* The defaults of the keys of `scope` that have no value yet. STO_NO_MEMORY. */
STO_CHECKED int sto_config_take_fallbacks(json_t *values, struct sto_findings *findings, unsigned scope);

/* Whether a request sets the key, be it to something wrong. */
bool sto_config_is_set(const json_t *request, const char *key);

/* A text among checked values; the empty span where there is none. */
struct sto_span sto_config_text(const json_t *values, const char *key);

/* --- config_files.c */

/* Reads the secrets that stand in files of their own (client_secret_file and the like) and puts each under
 * the key that it is for. Findings where one cannot be read, or both are set. STO_NO_MEMORY. */
STO_CHECKED int sto_config_read_files(json_t *values, struct sto_findings *findings);

/* --- config_preset.c */

/* Puts what a preset, `type` and api_base_url stand for under the keys that have no value yet. What is wrong
 * is a finding. STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_config_take_preset(json_t *values, struct sto_findings *findings, const json_t *request);

/* --- config_secrets.c */

/* The app's secrets as sto_gate_config_secrets() gives them, out of checked values. */
STO_CHECKED int sto_config_secrets(struct sto_buf *secrets, size_t *n, size_t max, const json_t *values,
				   struct sto_findings *findings, const struct sto_world *world);

/* --- config_place.c */

/* Appends the address under which visitors reach the app, without a slash at its end: what the realm found
 * (facts.public_url), else the configured one, else the origin of redirect_uri or of the server, with the
 * server's base path. STO_URL_MALFORMED, STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_config_put_public_url(struct sto_buf *out, const json_t *values, const json_t *facts);

#endif
