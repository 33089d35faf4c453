/* The app key, as it is configured. */
#include "base/json.h"
#include "gate/config_settings.h"
#include "session/secret_source.h"

static int decode_listed(struct sto_buf *secrets, size_t *n, size_t max, const json_t *list,
			 struct sto_findings *findings)
{
	size_t i;
	json_t *text;
	json_array_foreach(list, i, text)
	{
		struct sto_error why = {0};
		struct sto_span span = sto_span_of(json_string_value(text), json_string_length(text));
		if (*n == max) {
			sto_finding_error(findings, "too_many", "secret", 0, "Take the oldest out",
					  "holds over %zu keys", max);
			return STO_CONFIG_WRONG;
		}
		int rc = sto_secret_decode(&secrets[*n], span, &why);
		if (rc != STO_OK) {
			sto_finding_error(findings, "bad_secret", "secret", 0,
					  "Make one by `openssl rand -base64 32`",
					  "is no usable key: it must be 32 random bytes as base64");
			return STO_CONFIG_WRONG;
		}
		(*n)++;
	}
	return STO_OK;
}

static int make_secret(struct sto_buf *secret, struct sto_findings *findings, const struct sto_world *world)
{
	struct sto_buf dir;
	struct sto_error why = {0};
	sto_buf_init(&dir, 4096);
	int rc = sto_state_dir(&dir, &why);
	if (rc == STO_OK)
		rc = sto_secret_load_or_create(secret, sto_buf_span(&dir), world, &why);
	if (rc != STO_OK)
		sto_finding_error(findings, "no_secret", "secret", 0,
				  "Set it to what `openssl rand -base64 32` prints, or make the state "
				  "directory writable",
				  "is not set, and no key file can be made (%s)", why.detail);
	sto_buf_finish(&dir);
	return rc;
}

int sto_config_secrets(struct sto_buf *secrets, size_t *n, size_t max, const json_t *values,
		       struct sto_findings *findings, const struct sto_world *world)
{
	const json_t *list = json_object_get(values, "secret");
	struct sto_span file = sto_config_text(values, "secret_file");
	struct sto_error why = {0};
	int rc;
	*n = 0;
	if (list != NULL)
		return decode_listed(secrets, n, max, list, findings);
	if (file.len > 0) {
		rc = sto_secret_read_file(&secrets[0], file, &why);
		if (rc != STO_OK)
			sto_finding_error(
				findings, "bad_secret_file", "secret_file", 0,
				"Write one by `openssl rand -base64 32`, readable by this user only",
				"cannot be used (%s)", why.detail);
	} else {
		rc = make_secret(&secrets[0], findings, world);
	}
	*n = rc == STO_OK ? 1 : 0;
	return rc == STO_OK ? STO_OK : STO_CONFIG_WRONG;
}
