/* What tokens and userinfo say of a persona: OIDC Core section 5.4. */
#include "dev/personas.h"
#include "dev/provider.h"

static const struct {
	const char *scope; /* NULL: always */
	const char *claim;
} released[] = {
	{"profile", "name"},
	{"profile", "given_name"},
	{"profile", "family_name"},
	{"profile", "preferred_username"},
	{"profile", "picture"},
	{"profile", "locale"},
	{"email", "email"},
	{NULL, "groups"},
	{NULL, "roles"},
};

static void add_picture(const struct dev_provider *provider, json_t *out, const json_t *persona)
{
	const char *id = dev_text(persona, "id");
	if (json_object_get(out, "picture") == NULL && dev_personas_find(provider->personas, id) == persona)
		(void)json_object_set_new(out, "picture",
					  json_sprintf("%s/avatar/%s.svg", provider->issuer, id));
}

json_t *dev_claims(const struct dev_provider *provider, const json_t *persona, const char *scope)
{
	json_t *out = json_copy(json_object_get(persona, "claims"));
	for (size_t i = 0; i < sizeof(released) / sizeof(released[0]); i++) {
		json_t *value = json_object_get(persona, released[i].claim);
		if (value != NULL && (released[i].scope == NULL || dev_has_word(scope, released[i].scope)))
			(void)json_object_set(out, released[i].claim, value);
	}
	if (dev_has_word(scope, "profile"))
		add_picture(provider, out, persona);
	if (json_object_get(out, "email") != NULL && dev_has_word(scope, "email"))
		(void)json_object_set(out, "email_verified", json_object_get(persona, "email_verified"));
	(void)json_object_set(out, "sub", json_object_get(persona, "sub"));
	return out;
}
