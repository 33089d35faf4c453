/* The app key of a realm: our own keys first, then the one that Streamlit's own sign-in has. */
#include "base/json.h"
#include "realm/config_parts.h"
#include "session/secret_source.h"

#define MEND "Make one by `openssl rand -base64 32`"

static int from_text(struct sto_buf *secret, const json_t *text, struct sto_findings *findings,
		     const char *key)
{
	struct sto_error why = {0};
	bool stretched = false;
	int rc = sto_secret_from_text(secret, &stretched,
				      sto_span_of(json_string_value(text), json_string_length(text)), &why);
	if (rc == STO_NO_MEMORY)
		return rc;
	if (rc != STO_OK) {
		sto_finding_error(findings, "bad_secret", key, 0, MEND,
				  "is no usable key: it is a sample, or a text that can be guessed");
		return STO_CONFIG_WRONG;
	}
	if (stretched)
		sto_finding_warning(findings, "short_secret", key, 0, MEND,
				    "has under 32 characters, which whoever holds a cookie can try to guess");
	return STO_OK;
}

static int from_cookie_secret(struct sto_buf *secrets, size_t *n, size_t max, const json_t *values,
			      struct sto_findings *findings)
{
	const char *key = sto_config_text(values, "cookie_secret_file").len > 0 ? "cookie_secret_file"
										: "cookie_secret";
	size_t i;
	json_t *text;
	*n = 0;
	json_array_foreach(json_object_get(values, "cookie_secret"), i, text)
	{
		if (*n == max) {
			sto_finding_error(findings, "too_many", key, 0, "Take the oldest out",
					  "holds over %zu keys", max);
			return STO_CONFIG_WRONG;
		}
		int rc = from_text(&secrets[*n], text, findings, key);
		if (rc != STO_OK)
			return rc;
		(*n)++;
	}
	return STO_OK;
}

int sto_realm_config_secrets(struct sto_buf *secrets, size_t *n, size_t max,
			     const struct sto_realm_config *config, struct sto_findings *findings,
			     const struct sto_world *world)
{
	bool own = json_object_get(config->values, "secret") != NULL ||
		   sto_config_text(config->values, "secret_file").len > 0;
	if (!own && json_object_get(config->values, "cookie_secret") != NULL)
		return from_cookie_secret(secrets, n, max, config->values, findings);
	if (!own && config->store == STO_REALM_STORE_REDIS) {
		*n = 0;
		sto_finding_error(
			findings, "no_secret", "secret", 0,
			"Set it to what `openssl rand -base64 32` prints, the same on every machine",
			"is not set, and a store that several machines share needs one");
		return STO_CONFIG_WRONG;
	}
	return sto_config_secrets(secrets, n, max, config->values, findings, world);
}
