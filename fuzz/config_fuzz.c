/* Configurations as they come from TOML, dict or environment. */
#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "gate/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sto_gate_config config;
	struct sto_config_source source;
	struct sto_findings findings;
	json_t *request = NULL;
	if (sto_json_parse_object(&request, sto_span_of(data, size), NULL) != STO_OK)
		return 0;
	sto_config_source_of(&source, request);
	sto_gate_config_init(&config);
	if (sto_findings_init(&findings, &source) == STO_OK) {
		int rc = sto_gate_config_load(&config, &findings, request);
		/* Whoever fails says why, and nothing is accepted that could not begin a login. */
		if (rc == STO_CONFIG_WRONG && json_array_size(findings.list) == 0)
			abort();
		if (rc == STO_OK && (config.oidc.client_id.len == 0 || config.redirect_uri.len == 0 ||
				     sto_oidc_address(&config.oidc).len == 0))
			abort();
		sto_findings_finish(&findings);
	}
	sto_gate_config_finish(&config);
	json_decref(request);
	return 0;
}
