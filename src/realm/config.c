#include "realm/config.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "realm/config_parts.h"

void sto_realm_config_init(struct sto_realm_config *config)
{
	*config = (struct sto_realm_config){0};
	sto_buf_init(&config->public_url, STO_LIMIT_URL);
}

void sto_realm_config_finish(struct sto_realm_config *config)
{
	for (size_t i = 0; i < config->n_providers; i++)
		json_decref(config->providers[i].request);
	free(config->rules);
	json_decref(config->values);
	sto_buf_finish(&config->public_url);
	sto_realm_config_init(config);
}

/* Where one key of [auth] may stand: of the keys of a provider those that are shared, and all where the
 * provider is here; the others are checked with the provider. */
static unsigned scope_here(const struct sto_realm_settings *settings, const struct sto_config_key *key)
{
	bool of_provider = key != NULL && (key->scope & STO_SCOPE_PROVIDER) != 0;
	bool shared = key != NULL && (key->scope & (STO_SCOPE_SHARED | STO_SCOPE_REALM)) != 0;
	return of_provider && !shared && settings->unnamed ? 0 : STO_SCOPE_REALM | STO_SCOPE_SHARED;
}

/* "Did you mean" offers the keys of a provider as well. */
static int take_one(struct sto_realm_config *config, const struct sto_value_check *place,
		    const struct sto_realm_settings *settings, const char *name, const json_t *value)
{
	const struct sto_config_key *key = sto_config_key_find(sto_span_str(name));
	unsigned scope = scope_here(settings, key);
	if (scope == 0)
		return STO_OK;
	return sto_config_take(config->values, place, key == NULL ? scope | STO_SCOPE_PROVIDER : scope, name,
			       value);
}

static int take_own(struct sto_realm_config *config, struct sto_findings *findings,
		    const struct sto_realm_settings *settings)
{
	const json_t *facts = json_object_get(settings->request, "facts");
	const char *name;
	json_t *value;
	int rc = STO_OK;
	json_object_foreach(settings->tree, name, value)
	{
		struct sto_value_check place = {findings, NULL,
						json_integer_value(json_object_get(settings->lines, name)),
						json_integer_value(json_object_get(facts, "port"))};
		if (rc == STO_OK)
			rc = take_one(config, &place, settings, name, value);
	}
	if (rc == STO_OK)
		rc = sto_config_read_files(config->values, findings);
	return rc != STO_OK ? rc : sto_config_take_fallbacks(config->values, findings, STO_SCOPE_REALM);
}

static int take_all(struct sto_realm_config *config, struct sto_findings *findings,
		    const struct sto_realm_settings *settings)
{
	int rc = take_own(config, findings, settings);
	if (rc != STO_OK)
		return rc;
	if (json_object_get(config->values, "secret") != NULL &&
	    sto_config_text(config->values, "secret_file").len > 0)
		sto_finding_error(findings, "two_secrets", "secret_file", 0, "Keep one of the two",
				  "stands beside secret");
	sto_realm_config_sessions(config, findings);
	rc = sto_realm_config_access(config, findings);
	if (rc == STO_OK)
		rc = sto_realm_config_place(config, findings, settings);
	return rc != STO_OK ? rc : sto_realm_config_providers(config, findings, settings);
}

/* What was found where [auth] should be. */
static void check_source(struct sto_findings *findings, const json_t *request)
{
	struct sto_span state = findings->source->state;
	bool is_absent = sto_span_equal(state, STO_SPAN("missing_file")) ||
			 sto_span_equal(state, STO_SPAN("missing_block"));
	if (is_absent)
		sto_findings_add_nothing(findings);
	else
		sto_findings_add_source(findings);
	if (!findings->failed && json_array_size(json_object_get(request, "settings")) == 0)
		sto_findings_add_nothing(findings);
}

int sto_realm_config_load(struct sto_realm_config *config, struct sto_findings *findings,
			  const json_t *request)
{
	struct sto_realm_settings settings;
	config->values = json_object();
	if (config->values == NULL)
		return STO_NO_MEMORY;
	check_source(findings, request);
	if (findings->failed)
		return STO_CONFIG_WRONG;
	int rc = sto_realm_settings_make(&settings, request);
	if (rc == STO_OK)
		rc = take_all(config, findings, &settings);
	sto_realm_settings_finish(&settings);
	if (rc != STO_OK)
		return rc;
	return findings->failed ? STO_CONFIG_WRONG : STO_OK;
}
