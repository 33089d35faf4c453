/* The providers of an app: what each one's gate is asked for. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "http/url.h"
#include "provider/preset.h"
#include "realm/config_parts.h"

#define NAME_MAX_LEN 32

/* --- names */

static bool is_name(struct sto_span name)
{
	for (size_t i = 0; i < name.len; i++) {
		bool letter = name.ptr[i] >= 'a' && name.ptr[i] <= 'z';
		bool digit = name.ptr[i] >= '0' && name.ptr[i] <= '9';
		if (!letter && !digit && (name.ptr[i] != '-' || i == 0))
			return false;
	}
	return name.len > 0 && name.len <= NAME_MAX_LEN;
}

/* The name as it may be: "My_Idp" as "my-idp"; empty where that is none either. */
static void nearest_name(char out[NAME_MAX_LEN + 1], const char *name)
{
	size_t len = strlen(name);
	out[0] = 0;
	if (len > NAME_MAX_LEN)
		return;
	for (size_t i = 0; i <= len; i++)
		out[i] = name[i] == '_' || name[i] == ' ' ? '-' : (char)tolower((unsigned char)name[i]);
	if (!is_name(sto_span_str(out)))
		out[0] = 0;
}

static void bad_name(struct sto_findings *findings, const char *name)
{
	char near[NAME_MAX_LEN + 1], mend[120] = "Use small letters, digits and '-', at most 32";
	nearest_name(near, name);
	if (near[0] != 0)
		(void)snprintf(mend, sizeof(mend), "Write [auth.%s]", near);
	sto_finding_error(findings, "bad_name", name, 0, mend,
			  strchr(name, '_') != NULL
				  ? "is no name of a provider, because Streamlit allows no '_' in one"
				  : "is no name of a provider");
}

/* A block that is a misspelt table: [auth.role] for [auth.roles]. */
static bool is_misspelt(struct sto_findings *findings, const char *name, const json_t *inside)
{
	const char *like = sto_config_key_like(sto_span_str(name), STO_SCOPE_REALM | STO_SCOPE_PROVIDER);
	const struct sto_config_key *key = like == NULL ? NULL : sto_config_key_find(sto_span_str(like));
	bool is_table = key != NULL && (key->type == STO_CONFIG_TABLE || key->type == STO_CONFIG_PARAMS);
	if (!is_table || sto_realm_sets(inside, "client_id"))
		return false;
	char mend[80];
	(void)snprintf(mend, sizeof(mend), "Did you mean [auth.%s]?", like);
	sto_finding_error(findings, "unknown_key", name, 0, mend, "is no key of st_oauth");
	return true;
}

/* --- what a visitor reads */

static json_t *label_of_name(const char *name)
{
	const struct sto_preset *preset = sto_preset_find(sto_span_str(name));
	char label[NAME_MAX_LEN + 1];
	if (preset != NULL)
		return json_string(preset->label);
	(void)snprintf(label, sizeof(label), "%s", name);
	label[0] = (char)toupper((unsigned char)label[0]);
	for (char *at = label; *at != 0; at++)
		*at = *at == '-' ? ' ' : *at;
	return json_string(label);
}

/* The host of a provider that has no name. */
static json_t *label_of_host(const json_t *settings)
{
	static const char *const keys[] = {"issuer", "server_metadata_url", "api_base_url",
					   "authorization_endpoint"};
	size_t i;
	json_t *setting;
	json_array_foreach(settings, i, setting)
	{
		const char *name = json_string_value(json_array_get(json_object_get(setting, "path"), 0));
		struct sto_span text;
		struct sto_url url;
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			if (strcmp(name, keys[k]) == 0 && sto_json_get_str(&text, setting, "value") &&
			    sto_url_parse(&url, text, NULL) == STO_OK)
				return sto_json_str(url.host);
	}
	return json_string("your account");
}

/* --- settings */

/* What the realm reads of a provider itself. */
static bool is_for_realm(const char *key)
{
	return strcmp(key, "label") == 0 || strcmp(key, "trust_email") == 0;
}

static const char *key_of(const json_t *setting)
{
	return json_string_value(json_array_get(json_object_get(setting, "path"), 0));
}

/* Appends the settings of one key. */
static int put_key(json_t *to, const json_t *from, const char *key)
{
	size_t i;
	json_t *setting;
	json_array_foreach(from, i, setting)
	{
		if (strcmp(key_of(setting), key) == 0 && json_array_append(to, setting) != 0)
			return STO_NO_MEMORY;
	}
	return STO_OK;
}

/* Each shared key of [auth] that the provider does not set, whole (CF-03). One that is wrong has its finding
 * already. */
static int inherit(json_t *to, const struct sto_realm_config *config,
		   const struct sto_realm_settings *settings)
{
	const struct sto_config_key *key;
	int rc = STO_OK;
	for (size_t i = 0; rc == STO_OK && (key = sto_config_key_at(i)) != NULL; i++) {
		bool shared = (key->scope & STO_SCOPE_SHARED) != 0;
		if (shared && json_object_get(config->values, key->name) != NULL &&
		    !sto_realm_sets(to, key->name))
			rc = put_key(to, settings->own, key->name);
	}
	return rc;
}

/* Those of [auth] that are the provider's without a name: a new array. */
static json_t *own_of_unnamed(const struct sto_realm_settings *settings)
{
	json_t *out = json_array(), *setting;
	size_t i;
	json_array_foreach(settings->own, i, setting)
	{
		const struct sto_config_key *key = sto_config_key_find(sto_span_str(key_of(setting)));
		bool mine = key != NULL &&
			    (key->scope & (STO_SCOPE_PROVIDER | STO_SCOPE_SHARED)) == STO_SCOPE_PROVIDER;
		if (mine && json_array_append(out, setting) != 0)
			break;
	}
	return out;
}

/* --- requests */

/* The request of a provider with these settings, which it takes over; NULL without memory. */
static json_t *request_of(const struct sto_realm_config *config, const struct sto_realm_settings *settings,
			  const char *name, json_t *mine)
{
	json_t *facts = json_copy(json_object_get(settings->request, "facts"));
	json_t *source = json_copy(json_object_get(settings->request, "source"));
	if (facts == NULL)
		facts = json_object();
	if (source == NULL)
		source = json_object();
	if (json_object_set_new(facts, "callback", json_string(STO_REALM_CALLBACK)) != 0 ||
	    json_object_set_new(facts, "public_url", sto_json_str(sto_buf_span(&config->public_url))) != 0) {
		json_decref(facts);
		json_decref(source);
		json_decref(mine);
		return NULL;
	}
	return json_pack("{s:o, s:o, s:o, s:o}", "block",
			 name == NULL ? json_string("auth") : json_sprintf("auth.%s", name), "source", source,
			 "settings", mine, "facts", facts);
}

/* Label and trust in its addresses, checked as any key; they leave the settings. */
static int take_for_realm(struct sto_realm_provider *provider, struct sto_findings *findings)
{
	json_t *settings = json_object_get(provider->request, "settings");
	json_t *values = json_object();
	int rc = values == NULL ? STO_NO_MEMORY : STO_OK;
	for (size_t i = 0; i < json_array_size(settings);) {
		const json_t *setting = json_array_get(settings, i);
		const char *key = key_of(setting);
		struct sto_value_check place = {findings, NULL,
						json_integer_value(json_object_get(setting, "line")), 0};
		if (!is_for_realm(key)) {
			i++;
			continue;
		}
		/* A longer path is a table, as the setting itself is one. */
		const json_t *value = json_array_size(json_object_get(setting, "path")) == 1
					      ? json_object_get(setting, "value")
					      : setting;
		if (rc == STO_OK)
			rc = sto_config_take(values, &place, STO_SCOPE_PROVIDER, key, value);
		(void)json_array_remove(settings, i);
	}
	provider->trust_email = json_is_true(json_object_get(values, "trust_email"));
	if (rc == STO_OK && json_object_get(values, "label") != NULL &&
	    json_object_set(provider->request, "label", json_object_get(values, "label")) != 0)
		rc = STO_NO_MEMORY;
	json_decref(values);
	return rc;
}

static int put_name_and_label(struct sto_realm_provider *provider, const char *name)
{
	json_t *request = provider->request;
	if (json_object_set_new(request, "name", json_string(name)) != 0)
		return STO_NO_MEMORY;
	if (json_object_get(request, "label") == NULL) {
		bool by_name = strcmp(name, "default") != 0;
		json_t *label =
			by_name ? label_of_name(name) : label_of_host(json_object_get(request, "settings"));
		if (json_object_set_new(request, "label", label) != 0)
			return STO_NO_MEMORY;
	}
	(void)sto_json_get_str(&provider->name, request, "name");
	(void)sto_json_get_str(&provider->label, request, "label");
	return STO_OK;
}

/* Makes the next provider out of these settings, which it takes over. `block` is NULL for the one in [auth]
 * itself. */
static int add(struct sto_realm_config *config, struct sto_findings *findings,
	       const struct sto_realm_settings *settings, const char *block, const char *name, json_t *mine)
{
	struct sto_config_source source;
	struct sto_realm_provider *provider = &config->providers[config->n_providers];
	int rc = mine == NULL ? STO_NO_MEMORY : inherit(mine, config, settings);
	*provider = (struct sto_realm_provider){.unnamed = block == NULL};
	if (rc != STO_OK) {
		json_decref(mine);
		return rc;
	}
	provider->request = request_of(config, settings, block, mine);
	if (provider->request == NULL)
		return STO_NO_MEMORY;
	config->n_providers++;
	json_t *as_given = json_copy(mine);
	sto_config_source_of(&source, provider->request);
	source.settings = as_given;
	struct sto_findings inside = {findings->list, findings->failed, &source};
	rc = take_for_realm(provider, &inside);
	if (rc == STO_OK)
		rc = sto_realm_config_native(json_object_get(provider->request, "settings"), &inside);
	findings->failed = inside.failed;
	json_decref(as_given);
	return rc != STO_OK ? rc : put_name_and_label(provider, name);
}

/* --- all of them */

/* That of the preset, where it has one. */
static const char *name_of_unnamed(const struct sto_realm_settings *settings)
{
	const char *preset = json_string_value(json_object_get(settings->tree, "provider"));
	return preset != NULL && is_name(sto_span_str(preset)) ? preset : "default";
}

static int add_named(struct sto_realm_config *config, struct sto_findings *findings,
		     const struct sto_realm_settings *settings, const char *name, const json_t *inside)
{
	if (is_misspelt(findings, name, inside))
		return STO_OK;
	if (!is_name(sto_span_str(name))) {
		bad_name(findings, name);
		return STO_OK;
	}
	if (settings->unnamed && strcmp(name, name_of_unnamed(settings)) == 0) {
		sto_finding_error(findings, "same_name", name, 0, "Give the block another name",
				  "is the name of the provider in [auth] itself as well");
		return STO_OK;
	}
	if (config->n_providers == STO_REALM_PROVIDERS) {
		sto_finding_error(findings, "too_many_providers", name, 0, "Take one out",
				  "is one provider too many, %d are possible", STO_REALM_PROVIDERS);
		return STO_OK;
	}
	return add(config, findings, settings, name, name, json_copy((json_t *)(uintptr_t)inside));
}

int sto_realm_config_providers(struct sto_realm_config *config, struct sto_findings *findings,
			       const struct sto_realm_settings *settings)
{
	const char *name;
	json_t *inside;
	int rc = STO_OK;
	if (settings->unnamed)
		rc = add(config, findings, settings, NULL, name_of_unnamed(settings),
			 own_of_unnamed(settings));
	json_object_foreach(settings->blocks, name, inside)
	{
		if (rc == STO_OK)
			rc = add_named(config, findings, settings, name, inside);
	}
	if (rc == STO_OK && !settings->unnamed && json_object_size(settings->blocks) == 0)
		sto_finding_error(findings, "no_provider", NULL, 0,
				  "Add client_id, client_secret, and provider or server_metadata_url",
				  "no provider is configured");
	return rc;
}

/* What a gate would say; nothing is opened. */
static int check_one(const struct sto_realm_provider *provider, struct sto_findings *findings)
{
	struct sto_config_source source;
	struct sto_gate_config config;
	sto_config_source_of(&source, provider->request);
	struct sto_findings inside = {findings->list, false, &source};
	sto_gate_config_init(&config);
	int rc = sto_gate_config_load(&config, &inside, provider->request);
	sto_gate_config_finish(&config);
	findings->failed = findings->failed || inside.failed;
	return rc == STO_CONFIG_WRONG ? STO_OK : rc;
}

int sto_realm_config_check_providers(const struct sto_realm_config *config, struct sto_findings *findings)
{
	struct sto_url url;
	int rc = STO_OK;
	/* Where the app lives is in every request; a wrong place is told once. */
	if (sto_url_parse(&url, sto_buf_span(&config->public_url), NULL) != STO_OK)
		return STO_OK;
	for (size_t i = 0; rc == STO_OK && i < config->n_providers; i++)
		rc = check_one(&config->providers[i], findings);
	return rc;
}
