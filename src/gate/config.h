/* A configuration, checked and in the form the gate works with. */
#ifndef STO_GATE_CONFIG_H
#define STO_GATE_CONFIG_H

#include <jansson.h>

#include "gate/findings.h"
#include "provider/oidc/oidc.h"

struct sto_gate_config {
	json_t *values;            /* checked values by key; owned, everything below borrows from it */
	struct sto_buf public_url; /* origin and base path */
	struct sto_buf redirect_uri;
	struct sto_span identity_field;
	struct sto_span ca_file, proxy;
	bool loopback; /* the public URL is a loopback one */
	int64_t port;  /* the server's own; 0: not known */
	struct sto_oidc_settings oidc;
};

void sto_gate_config_init(struct sto_gate_config *config);
void sto_gate_config_finish(struct sto_gate_config *config);

/* Checks every setting of the request (see sto_gate_open()) and fills *config. STO_CONFIG_WRONG with all
 * findings, STO_BAD_JSON, STO_NO_MEMORY. */
STO_CHECKED int sto_gate_config_load(struct sto_gate_config *config, struct sto_findings *findings,
				     const json_t *request);

/* The source of a request, borrowed from it. */
void sto_config_source_of(struct sto_config_source *source, const json_t *request);

/* Appends the app's secrets, decoded, one buffer each, at most `max`; *n says how many. Makes the key file
 * where nothing is configured. Each buffer must be given back by the caller. Failures are findings. */
STO_CHECKED int sto_gate_config_secrets(struct sto_buf *secrets, size_t *n, size_t max,
					const struct sto_gate_config *config, struct sto_findings *findings,
					const struct sto_world *world);

/* --- config_value.c */

/* What a value is checked against. */
struct sto_value_check {
	struct sto_findings *findings;
	const struct sto_config_key *key;
	int64_t line;
	int64_t port; /* for {port} */
};
/* The value in its checked form: a new reference, or NULL with a finding. */
json_t *sto_config_value(const struct sto_value_check *check, const json_t *value);
/* A parameter of the authorization request as text: strings, whole numbers and booleans. A new reference,
 * NULL for others. */
json_t *sto_config_param_text(const json_t *value);

#endif
