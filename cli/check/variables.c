/* Variables of the environment that set one key of [auth]: ST_OAUTH_AUTH_CLIENT_SECRET, and
 * ST_OAUTH_AUTH_GOOGLE__CLIENT_SECRET for that of [auth.google]. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/source.h"

static const char prefix[] = CHECK_AUTH_ENVIRONMENT "_";
static const char file_end[] = "_file";

#define NAME_LEN 128 /* of a key or a provider, at most */

/* The name in small letters; in that of a provider '_' stands for '-'. NULL where it is empty or too long. */
static json_t *name_of(const char *text, size_t len, bool is_provider)
{
	char name[NAME_LEN];
	if (len == 0 || len > sizeof(name))
		return NULL;
	for (size_t i = 0; i < len; i++)
		name[i] = is_provider && text[i] == '_' ? '-' : (char)tolower((unsigned char)text[i]);
	return json_stringn(name, len);
}

/* The path that a variable ("NAME=value") sets: a new array, NULL where it is none of ours. */
static json_t *path_of(const char *variable)
{
	if (strncmp(variable, prefix, sizeof(prefix) - 1) != 0)
		return NULL;
	const char *name = variable + sizeof(prefix) - 1;
	size_t len = strcspn(name, "=");
	const char *two = strstr(name, "__");
	if (two == NULL || two >= name + len)
		return json_pack("[o]", name_of(name, len, false));
	size_t provider = (size_t)(two - name);
	return json_pack("[o, o]", name_of(name, provider, true),
			 name_of(two + 2, len - provider - 2, false));
}

/* Lists, tables and booleans are written as in JSON; all else is the text as it is. */
static json_t *value_of(const char *text)
{
	bool is_json =
		*text == '[' || *text == '{' || strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
	json_t *value = is_json ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
	return value != NULL ? value : json_string(text);
}

/* Whether the names are the same, but for a "_file" at the end of one of them. */
static bool is_same_key(const char *a, const char *b)
{
	size_t long_len = strlen(a), short_len = strlen(b);
	if (long_len < short_len)
		return is_same_key(b, a);
	return strncmp(a, b, short_len) == 0 &&
	       (long_len == short_len || strcmp(a + short_len, file_end) == 0);
}

/* Whether a variable with this path stands for the setting with the other: the same one, what is inside it,
 * or the one that says the same by a file. */
static bool hides(const json_t *variable, const json_t *setting)
{
	size_t n = json_array_size(variable);
	if (json_array_size(setting) < n)
		return false;
	for (size_t i = 0; i + 1 < n; i++)
		if (!json_equal(json_array_get(variable, i), json_array_get(setting, i)))
			return false;
	const char *wanted = json_string_value(json_array_get(variable, n - 1));
	return is_same_key(wanted, json_string_value(json_array_get(setting, n - 1)));
}

static void remove_hidden(json_t *settings, const json_t *path)
{
	for (size_t i = json_array_size(settings); i-- > 0;) {
		const json_t *setting = json_array_get(settings, i);
		bool is_variable = json_object_get(setting, "variable") != NULL;
		if (!is_variable && hides(path, json_object_get(setting, "path")))
			(void)json_array_remove(settings, i);
	}
}

bool check_has_variables(void)
{
	for (char **at = environ; *at != NULL; at++) {
		json_t *path = path_of(*at);
		json_decref(path);
		if (path != NULL)
			return true;
	}
	return false;
}

json_t *check_with_variables(json_t *settings)
{
	for (char **at = environ; settings != NULL && *at != NULL; at++) {
		json_t *path = path_of(*at);
		if (path == NULL)
			continue;
		size_t len = strcspn(*at, "=");
		remove_hidden(settings, path);
		(void)json_array_append_new(settings, json_pack("{s:o, s:o, s:n, s:o}", "path", path, "value",
								value_of(*at + len + ((*at)[len] == '=')),
								"line", "variable", json_stringn(*at, len)));
	}
	return settings;
}
