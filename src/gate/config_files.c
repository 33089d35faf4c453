/* Secrets that stand in files of their own, as containers mount them. */
#include "base/bounds.h"
#include "base/json.h"
#include "gate/config_settings.h"
#include "session/secret_source.h"

struct file_key {
	const char *file, *key; /* the key that says where the file is, and the one it stands for */
};

static const struct file_key file_keys[] = {
	{"client_secret_file", "client_secret"},
	{"cookie_secret_file", "cookie_secret"},
	{"store_url_file", "store"},
	{"store_password_file", "store_password"},
};

static int take_text(json_t *values, struct sto_findings *findings, const struct file_key *pair,
		     struct sto_span text)
{
	/* What is wrong with the text is said of the key that a person wrote. */
	struct sto_config_key as = *sto_config_key_find(sto_span_str(pair->key));
	struct sto_value_check check = {findings, &as, 0, 0};
	as.name = pair->file;
	json_t *given = sto_json_str(text);
	if (given == NULL) {
		sto_finding_error(findings, "bad_file", pair->file, 0, "Write the secret alone into it",
				  "names a file that is not UTF-8 text");
		return STO_OK;
	}
	json_t *value = sto_config_value(&check, given);
	json_decref(given);
	if (value == NULL)
		return STO_OK;
	return json_object_set_new(values, pair->key, value) == 0 ? STO_OK : STO_NO_MEMORY;
}

static int read_one(json_t *values, struct sto_findings *findings, const struct file_key *pair)
{
	struct sto_span path = sto_config_text(values, pair->file);
	struct sto_buf text;
	struct sto_error why = {0};
	bool open_to_others = false;
	if (path.len == 0)
		return STO_OK;
	if (json_object_get(values, pair->key) != NULL) {
		sto_finding_error(findings, "two_secrets", pair->file, 0, "Keep one of the two",
				  "stands beside %s", pair->key);
		return STO_OK;
	}
	sto_buf_init(&text, STO_LIMIT_SECRET + 256);
	int rc = sto_secret_read_text(&text, &open_to_others, path, &why);
	if (rc == STO_NO_MEMORY)
		goto out;
	if (rc != STO_OK) {
		sto_finding_error(findings, "bad_file", pair->file, 0,
				  "Write the secret alone into it, readable by this user",
				  "cannot be used (%s)", why.detail);
		rc = STO_OK;
		goto out;
	}
	if (open_to_others)
		sto_finding_warning(findings, "open_file", pair->file, 0,
				    "chmod 600 it, or mount it with mode 0400",
				    "names a file that every user of this machine can read");
	rc = take_text(values, findings, pair, sto_buf_span(&text));
out:
	sto_buf_finish(&text);
	return rc;
}

int sto_config_read_files(json_t *values, struct sto_findings *findings)
{
	int rc = STO_OK;
	for (size_t i = 0; rc == STO_OK && i < sizeof(file_keys) / sizeof(file_keys[0]); i++)
		rc = read_one(values, findings, &file_keys[i]);
	return rc;
}
