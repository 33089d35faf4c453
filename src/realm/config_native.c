/* `client_kwargs`, as Streamlit's own sign-in has it: what Authlib's client is made with. */
#include <string.h>

#include "base/json.h"
#include "realm/config_parts.h"

enum native_kind {
	NATIVE_KEY,    /* a key of ours, by the same name */
	NATIVE_PKCE,   /* always S256 here */
	NATIVE_UNUSED, /* of Authlib's session; nothing here needs it */
};

static const struct {
	const char *name;
	enum native_kind kind;
	const char *mend; /* of what is not used */
} natives[] = {
	{"scope", NATIVE_KEY, NULL},
	{"token_endpoint_auth_method", NATIVE_KEY, NULL},
	{"timeout", NATIVE_KEY, NULL},
	{"code_challenge_method", NATIVE_PKCE, NULL},
	{"verify", NATIVE_UNUSED,
	 "Set ca_file where the provider's certificate is from an authority of your own"},
	{"cert", NATIVE_UNUSED, "Take it out"},
	{"proxies", NATIVE_UNUSED, "Set proxy"},
	{"proxy", NATIVE_UNUSED, "Set proxy beside client_kwargs"},
	{"trust_env", NATIVE_UNUSED, "Take it out"},
	{"headers", NATIVE_UNUSED, "Take it out"},
	{"http2", NATIVE_UNUSED, "Take it out"},
	{"follow_redirects", NATIVE_UNUSED, "Take it out"},
	{"limits", NATIVE_UNUSED, "Take it out"},
	{"grant_type", NATIVE_UNUSED, "Take it out"},
	{"response_type", NATIVE_UNUSED, "Take it out; it is always code"},
	{"response_mode", NATIVE_UNUSED, "Take it out; it is always query"},
	{"nonce", NATIVE_UNUSED, "Take it out; each sign-in has its own"},
	{"token_placement", NATIVE_UNUSED, "Take it out"},
	{"token_endpoint_auth_signing_alg", NATIVE_UNUSED, "Take it out"},
	{"revocation_endpoint_auth_method", NATIVE_UNUSED, "Take it out"},
	{"update_token", NATIVE_UNUSED, "Take it out"},
	{"leeway", NATIVE_UNUSED, "Set leeway beside client_kwargs"},
	{"default_timeout", NATIVE_UNUSED, "Set timeout beside client_kwargs"},
};
#define N_NATIVES (sizeof(natives) / sizeof(natives[0]))

/* Where the settings go that are made of it. */
struct native {
	json_t *settings;
	struct sto_findings *findings;
	const json_t *from; /* the setting `client_kwargs` */
};

static void not_used(const struct native *native, const char *name, const char *mend)
{
	sto_finding_warning(native->findings, "unused_key", "client_kwargs", 0, mend,
			    "holds %s, which is not used", name);
}

/* Appends a setting with this path, which it takes over; it stands where client_kwargs does. */
static int put(const struct native *native, json_t *path, json_t *value)
{
	json_t *setting = json_copy((json_t *)(uintptr_t)native->from);
	int failed = json_object_set_new(setting, "path", path);
	failed |= json_object_set(setting, "value", value);
	if (failed != 0) {
		json_decref(setting);
		return STO_NO_MEMORY;
	}
	return json_array_append_new(native->settings, setting) == 0 ? STO_OK : STO_NO_MEMORY;
}

static int take_key(const struct native *native, const char *name, json_t *value)
{
	if (!sto_realm_sets(native->settings, name))
		return put(native, json_pack("[s]", name), value);
	sto_finding_warning(native->findings, "unused_key", "client_kwargs", 0,
			    "Take it out of one of the two",
			    "holds %s, which is not used, because it is set beside it", name);
	return STO_OK;
}

/* Everything else is a parameter of the authorization request; what authorize_params says wins. */
static int take_param(const struct native *native, const char *name, json_t *value)
{
	size_t i;
	json_t *setting;
	json_array_foreach(native->settings, i, setting)
	{
		const json_t *path = json_object_get(setting, "path");
		const char *first = json_string_value(json_array_get(path, 0));
		const char *second = json_string_value(json_array_get(path, 1));
		if (strcmp(first, "authorize_params") != 0)
			continue;
		bool is_set = second != NULL
				      ? strcmp(second, name) == 0
				      : json_object_get(json_object_get(setting, "value"), name) != NULL;
		if (is_set) {
			not_used(native, name, "Take it out, authorize_params says it already");
			return STO_OK;
		}
	}
	return put(native, json_pack("[s, s]", "authorize_params", name), value);
}

static int take(const struct native *native, const char *name, json_t *value)
{
	for (size_t i = 0; i < N_NATIVES; i++) {
		if (strcmp(natives[i].name, name) != 0)
			continue;
		if (natives[i].kind == NATIVE_KEY)
			return take_key(native, name, value);
		if (natives[i].kind == NATIVE_UNUSED)
			not_used(native, name, natives[i].mend);
		else if (!json_is_string(value) || strcmp(json_string_value(value), "S256") != 0)
			not_used(native, name, "Take it out; it is always S256");
		return STO_OK;
	}
	return take_param(native, name, value);
}

/* One setting, which is the whole table or one of its members. */
static int take_setting(const struct native *native)
{
	json_t *path = json_object_get(native->from, "path"), *value = json_object_get(native->from, "value");
	const char *name;
	json_t *inner;
	int rc = STO_OK;
	if (json_array_size(path) > 2) {
		not_used(native, json_string_value(json_array_get(path, 1)), "Take it out");
		return STO_OK;
	}
	if (json_array_size(path) == 2)
		return take(native, json_string_value(json_array_get(path, 1)), value);
	if (!json_is_object(value)) {
		sto_finding_error(native->findings, "wrong_type", "client_kwargs", 0,
				  "Write client_kwargs = { prompt = \"login\" }", "must be a table");
		return STO_OK;
	}
	json_object_foreach(value, name, inner)
	{
		rc = rc == STO_OK ? take(native, name, inner) : rc;
	}
	return rc;
}

int sto_realm_config_native(json_t *settings, struct sto_findings *findings)
{
	json_t *taken = json_array(), *setting;
	size_t i;
	int rc = taken == NULL ? STO_NO_MEMORY : STO_OK;
	for (i = 0; rc == STO_OK && i < json_array_size(settings);) {
		setting = json_array_get(settings, i);
		const char *key = json_string_value(json_array_get(json_object_get(setting, "path"), 0));
		if (strcmp(key, "client_kwargs") != 0)
			i++;
		else if (json_array_append(taken, setting) != 0 || json_array_remove(settings, i) != 0)
			rc = STO_NO_MEMORY;
	}
	json_array_foreach(taken, i, setting)
	{
		struct native native = {settings, findings, setting};
		rc = rc == STO_OK ? take_setting(&native) : rc;
	}
	json_decref(taken);
	return rc;
}
