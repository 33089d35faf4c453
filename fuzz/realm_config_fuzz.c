/* [auth] as it comes from TOML, a mapping or the environment. */
#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "gate/config.h"
#include "realm/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* What an accepted configuration is, whatever was written. */
static void check_accepted(const struct sto_realm_config *config)
{
	check(config->n_providers > 0 && config->public_url.len > 0 && config->post_logout_url.len > 0);
	check(sto_session_policy_check(&config->policy, NULL) == STO_OK);
	check(config->base_path.len == 0 || config->base_path.ptr[0] == '/');
	for (size_t i = 0; i < config->n_providers; i++)
		check(config->providers[i].name.len > 0 && config->providers[i].label.len > 0);
	for (size_t i = 0; i < config->n_rules; i++) {
		const struct sto_realm_rule *rule = &config->rules[i];
		check(rule->path.len > 0 && rule->path.ptr[0] == '/');
		check(rule->roles == NULL || json_array_size(rule->roles) > 0);
		check(i == 0 || rule->path.len <= config->rules[i - 1].path.len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sto_realm_config config;
	struct sto_config_source source;
	struct sto_findings findings;
	json_t *request = NULL;
	if (sto_json_parse_object(&request, sto_span_of(data, size), NULL) != STO_OK)
		return 0;
	sto_config_source_of(&source, request);
	sto_realm_config_init(&config);
	if (sto_findings_init(&findings, &source) == STO_OK) {
		int rc = sto_realm_config_load(&config, &findings, request);
		check(rc != STO_CONFIG_WRONG || json_array_size(findings.list) > 0);
		if (rc == STO_OK)
			check_accepted(&config);
		if (rc == STO_OK || rc == STO_CONFIG_WRONG)
			(void)!sto_realm_config_check_providers(&config, &findings);
		sto_findings_finish(&findings);
	}
	sto_realm_config_finish(&config);
	json_decref(request);
	return 0;
}
