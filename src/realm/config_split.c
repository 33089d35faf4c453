/* Which setting is [auth]'s own, and which stands in the block of a provider. */
#include <string.h>

#include "realm/config_parts.h"

static bool is_path(const json_t *path)
{
	size_t i;
	json_t *name;
	json_array_foreach(path, i, name)
	{
		if (!json_is_string(name))
			return false;
	}
	return json_array_size(path) > 0;
}

/* The settings of a block, an empty array at first. */
static json_t *block_at(json_t *blocks, const char *name)
{
	json_t *block = json_object_get(blocks, name);
	if (block == NULL && json_object_set_new(blocks, name, json_array()) == 0)
		block = json_object_get(blocks, name);
	return block;
}

/* Appends the setting with another path and value, which it takes over. */
static int put_setting(json_t *settings, const json_t *setting, json_t *path, json_t *value)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)setting);
	int failed = json_object_set_new(copy, "path", path);
	failed |= json_object_set_new(copy, "value", value);
	if (failed != 0 || settings == NULL) {
		json_decref(copy);
		return STO_NO_MEMORY;
	}
	return json_array_append_new(settings, copy) == 0 ? STO_OK : STO_NO_MEMORY;
}

/* ["google", "client_id"]: the setting, one level down. */
static int put_below(json_t *block, const json_t *setting)
{
	json_t *path = json_copy(json_object_get(setting, "path"));
	if (path == NULL || json_array_remove(path, 0) != 0) {
		json_decref(path);
		return STO_NO_MEMORY;
	}
	return put_setting(block, setting, path, json_incref(json_object_get(setting, "value")));
}

/* "google" = {...}: each member. */
static int put_members(json_t *block, const json_t *setting)
{
	const char *name;
	json_t *value;
	int rc = block == NULL ? STO_NO_MEMORY : STO_OK;
	json_object_foreach(json_object_get(setting, "value"), name, value)
	{
		if (rc == STO_OK)
			rc = put_setting(block, setting, json_pack("[s]", name), json_incref(value));
	}
	return rc;
}

static int put(struct sto_realm_settings *settings, json_t *setting)
{
	const json_t *path = json_object_get(setting, "path");
	if (!is_path(path) || json_object_get(setting, "value") == NULL)
		return STO_BAD_JSON;
	const char *first = json_string_value(json_array_get(path, 0));
	if (sto_config_key_find(sto_span_str(first)) == NULL) {
		if (json_array_size(path) > 1)
			return put_below(block_at(settings->blocks, first), setting);
		if (json_is_object(json_object_get(setting, "value")))
			return put_members(block_at(settings->blocks, first), setting);
	}
	return json_array_append(settings->own, setting) == 0 ? STO_OK : STO_NO_MEMORY;
}

/* A client_id makes a provider. Where there is no block, any key of a provider was meant as one. */
static bool has_unnamed(const struct sto_realm_settings *settings)
{
	const char *name;
	json_t *value;
	if (json_object_get(settings->tree, "client_id") != NULL)
		return true;
	if (json_object_size(settings->blocks) > 0)
		return false;
	json_object_foreach(settings->tree, name, value)
	{
		const struct sto_config_key *key = sto_config_key_find(sto_span_str(name));
		if (key != NULL &&
		    (key->scope & (STO_SCOPE_PROVIDER | STO_SCOPE_SHARED)) == STO_SCOPE_PROVIDER)
			return true;
	}
	return false;
}

int sto_realm_settings_make(struct sto_realm_settings *settings, const json_t *request)
{
	size_t i;
	json_t *setting;
	*settings = (struct sto_realm_settings){request, json_array(), json_object(), NULL, NULL, false};
	int rc = settings->own == NULL || settings->blocks == NULL ? STO_NO_MEMORY : STO_OK;
	json_array_foreach(json_object_get(request, "settings"), i, setting)
	{
		rc = rc == STO_OK ? put(settings, setting) : rc;
	}
	if (rc == STO_OK)
		rc = sto_config_plant(&settings->tree, &settings->lines, settings->own);
	settings->unnamed = rc == STO_OK && has_unnamed(settings);
	return rc;
}

void sto_realm_settings_finish(struct sto_realm_settings *settings)
{
	json_decref(settings->own);
	json_decref(settings->blocks);
	json_decref(settings->tree);
	json_decref(settings->lines);
}

bool sto_realm_sets(const json_t *settings, const char *key)
{
	size_t i;
	json_t *setting;
	json_array_foreach(settings, i, setting)
	{
		const json_t *name = json_array_get(json_object_get(setting, "path"), 0);
		if (strcmp(json_string_value(name), key) == 0)
			return true;
	}
	return false;
}
