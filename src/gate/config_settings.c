#include "gate/config_settings.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

struct sto_span sto_config_text(const json_t *values, const char *key)
{
	struct sto_span text;
	(void)sto_json_get_str(&text, values, key);
	return text;
}

bool sto_config_is_set(const json_t *request, const char *key)
{
	size_t i;
	json_t *setting;
	json_array_foreach(json_object_get(request, "settings"), i, setting)
	{
		const json_t *name = json_array_get(json_object_get(setting, "path"), 0);
		if (json_is_string(name) && strcmp(json_string_value(name), key) == 0)
			return true;
	}
	return false;
}

/* --- the tree */

/* The table at `name` inside `tree`, made where it is not there yet or is no table. */
static json_t *table_at(json_t *tree, const json_t *name)
{
	json_t *table = json_object_get(tree, json_string_value(name));
	if (!json_is_object(table) && json_object_set_new(tree, json_string_value(name), json_object()) == 0)
		table = json_object_get(tree, json_string_value(name));
	return json_is_object(table) ? table : NULL;
}

/* Puts one setting into the tree that the settings are together: ["authorize_params", "prompt"] goes one
 * level down. */
static int plant(json_t *tree, json_t *lines, const json_t *setting)
{
	const json_t *path = json_object_get(setting, "path");
	const json_t *first = json_array_get(path, 0);
	size_t last = json_array_size(path);
	for (size_t i = 0; i < last; i++)
		if (!json_is_string(json_array_get(path, i)))
			return STO_BAD_JSON;
	if (last == 0)
		return STO_BAD_JSON;
	if (json_object_get(lines, json_string_value(first)) == NULL &&
	    json_object_set_new(lines, json_string_value(first),
				json_integer(json_integer_value(json_object_get(setting, "line")))) != 0)
		return STO_NO_MEMORY;
	for (size_t i = 0; i + 1 < last && tree != NULL; i++)
		tree = table_at(tree, json_array_get(path, i));
	json_t *value = json_object_get(setting, "value");
	/* A copy: a later setting may go into a table, which is the request's own. */
	return tree != NULL && value != NULL &&
			       json_object_set_new(tree, json_string_value(json_array_get(path, last - 1)),
						   json_deep_copy(value)) == 0
		       ? STO_OK
		       : STO_BAD_JSON;
}

int sto_config_plant(json_t **tree, json_t **lines, const json_t *settings)
{
	size_t i;
	json_t *setting;
	*tree = json_object();
	*lines = json_object();
	int rc = *tree == NULL || *lines == NULL ? STO_NO_MEMORY : STO_OK;
	json_array_foreach(settings, i, setting)
	{
		rc = rc == STO_OK ? plant(*tree, *lines, setting) : rc;
	}
	return rc;
}

/* --- one setting after the other */

static void unknown_key(struct sto_findings *findings, const char *name, int64_t line, unsigned scope)
{
	char mend[120] = "Take it out";
	const char *like = sto_config_key_like(sto_span_str(name), scope);
	if (like != NULL)
		(void)snprintf(mend, sizeof(mend), "Did you mean %s?", like);
	sto_finding_error(findings, "unknown_key", name, line, mend, "is no key of st_oauth");
}

static void misplaced_key(struct sto_findings *findings, const struct sto_config_key *key, int64_t line,
			  unsigned scope)
{
	if ((scope & STO_SCOPE_GATE) != 0)
		sto_finding_error(findings, "misplaced_key", key->name, line,
				  "Move it to [auth], or take it out",
				  "is a key of the sign-in of a whole app, and this is a gate's block");
	else if ((key->scope & STO_SCOPE_REALM) != 0)
		sto_finding_error(findings, "misplaced_key", key->name, line, "Move it to [auth]",
				  "holds for the whole app, not for one provider");
	else if ((key->scope & STO_SCOPE_PROVIDER) != 0)
		sto_finding_error(findings, "misplaced_key", key->name, line,
				  "Move it to the block of that provider, or set client_id beside it",
				  "is one provider's, and [auth] itself has no client_id");
	else
		sto_finding_error(findings, "misplaced_key", key->name, line, "Take it out",
				  "is a key of a gate's block, which st_oauth() reads");
}

int sto_config_take(json_t *values, const struct sto_value_check *place, unsigned scope, const char *name,
		    const json_t *given)
{
	struct sto_value_check check = *place;
	check.key = sto_config_key_find(sto_span_str(name));
	if (check.key == NULL) {
		unknown_key(check.findings, name, check.line, scope);
		return STO_OK;
	}
	if ((check.key->scope & scope) == 0) {
		misplaced_key(check.findings, check.key, check.line, scope);
		return STO_OK;
	}
	json_t *value = sto_config_value(&check, given);
	if (value == NULL)
		return STO_OK;
	return json_object_set_new(values, check.key->name, value) == 0 ? STO_OK : STO_NO_MEMORY;
}

int sto_config_take_all(json_t *values, struct sto_findings *findings, const json_t *request, unsigned scope)
{
	int64_t port = json_integer_value(json_object_get(json_object_get(request, "facts"), "port"));
	json_t *tree = NULL, *lines = NULL, *value;
	const char *name;
	int rc = sto_config_plant(&tree, &lines, json_object_get(request, "settings"));
	json_object_foreach(tree, name, value)
	{
		struct sto_value_check place = {findings, NULL,
						json_integer_value(json_object_get(lines, name)), port};
		rc = rc == STO_OK ? sto_config_take(values, &place, scope, name, value) : rc;
	}
	json_decref(tree);
	json_decref(lines);
	return rc;
}

int sto_config_take_fallbacks(json_t *values, struct sto_findings *findings, unsigned scope)
{
	const struct sto_config_key *key;
	for (size_t i = 0; (key = sto_config_key_at(i)) != NULL; i++) {
		if (key->fallback == NULL || (key->scope & scope) == 0 ||
		    json_object_get(values, key->name) != NULL)
			continue;
		struct sto_value_check check = {findings, key, 0, 0};
		json_t *text = key->type == STO_CONFIG_BOOL ? json_boolean(strcmp(key->fallback, "true") == 0)
							    : json_string(key->fallback);
		json_t *value = text == NULL ? NULL : sto_config_value(&check, text);
		json_decref(text);
		if (value == NULL || json_object_set_new(values, key->name, value) != 0)
			return STO_NO_MEMORY;
	}
	return STO_OK;
}
