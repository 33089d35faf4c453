/* A provider by its name or host: what that stands for. */
#include <stdio.h>
#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "gate/config_settings.h"
#include "provider/preset.h"

struct work {
	json_t *values;
	struct sto_findings *findings;
	const json_t *request;
	const struct sto_preset *preset; /* NULL: none */
};

static bool reads(const struct sto_preset *preset, const char *key)
{
	for (const char *const *one = preset == NULL ? NULL : preset->keys; one != NULL && *one != NULL;
	     one++)
		if (strcmp(*one, key) == 0)
			return true;
	return false;
}

static void warn_of_unused(const struct work *w)
{
	static const char *const keys[] = {"api_base_url", "domain", "realm", "tenant", "tenants"};
	char what[120] = "is not used without a provider that reads it";
	if (w->preset != NULL)
		(void)snprintf(what, sizeof(what), "is not used with provider = \"%s\"", w->preset->name);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		/* Without a preset api_base_url is the issuer. */
		bool used = reads(w->preset, keys[i]) || (w->preset == NULL && i == 0);
		if (!used && json_object_get(w->values, keys[i]) != NULL)
			sto_finding_warning(w->findings, "unused_key", keys[i], 0,
					    "Take it out, or set the provider that it is for", "%s", what);
	}
}

static int put(json_t *values, const char *key, json_t *value)
{
	if (json_object_get(values, key) != NULL)
		return STO_OK;
	return json_object_set(values, key, value) == 0 ? STO_OK : STO_NO_MEMORY;
}

static int put_text(json_t *values, const char *key, const char *text)
{
	json_t *value = json_string(text);
	int rc = value == NULL ? STO_NO_MEMORY : put(values, key, value);
	json_decref(value);
	return rc;
}

/* What only says where the provider is, beside an address that says it; which tenants may sign in stays in
 * force beside a discovery document. */
static void warn_of_overruled(const struct work *w)
{
	bool by_document = !sto_config_is_set(w->request, "issuer");
	for (const char *const *key = w->preset->keys; *key != NULL; key++)
		if (json_object_get(w->values, *key) != NULL &&
		    !(by_document && strcmp(*key, "tenants") == 0))
			sto_finding_warning(w->findings, "unused_key", *key, 0, "Take it out",
					    "is not used, because the provider's address is set beside it");
}

/* The addresses, unless the operator wrote an issuer: then it is that one, by the preset's habits. */
static int take_place(const struct work *w)
{
	struct sto_preset_problem problem = {NULL, NULL, NULL, NULL};
	json_t *out = json_object(), *value;
	const char *key;
	if (sto_config_is_set(w->request, "issuer") || sto_config_is_set(w->request, "server_metadata_url")) {
		json_decref(out);
		warn_of_overruled(w);
		return STO_OK;
	}
	int rc = out == NULL ? STO_NO_MEMORY : w->preset->place(out, &problem, w->values);
	if (rc == STO_CONFIG_WRONG) {
		/* One that is there and wrong has its finding; it is not missing as well. */
		if (strcmp(problem.code, "missing_key") != 0 || !sto_config_is_set(w->request, problem.key))
			sto_finding_error(w->findings, problem.code, problem.key, 0, problem.mend, "%s",
					  problem.what);
		rc = STO_OK;
	} else if (rc == STO_OK) {
		/* json_object_foreach() stops at nothing, so a failure is kept. */
		json_object_foreach(out, key, value) rc = rc == STO_OK ? put(w->values, key, value) : rc;
	}
	json_decref(out);
	return rc;
}

static void check_type(const struct work *w)
{
	struct sto_span type = sto_config_text(w->values, "type");
	const char *speaks = w->preset->oauth2 ? "oauth2" : "oidc";
	char mend[80];
	if (type.len == 0 || sto_span_equal(type, sto_span_str(speaks)))
		return;
	(void)snprintf(mend, sizeof(mend), "Write type = \"%s\", or take it out", speaks);
	sto_finding_error(w->findings, "bad_type", "type", 0, mend, "is not what provider = \"%s\" speaks",
			  w->preset->name);
}

static int take_named(const struct work *w)
{
	check_type(w);
	int rc = take_place(w);
	if (rc == STO_OK && w->preset->oauth2)
		rc = put_text(w->values, "type", "oauth2");
	for (const struct sto_preset_default *d = w->preset->defaults; rc == STO_OK && d->key != NULL; d++)
		rc = put_text(w->values, d->key, d->value);
	return rc;
}

/* "accounts.google.com" stands for the issuer https://accounts.google.com. */
static int take_base(const struct work *w)
{
	struct sto_span written = sto_config_text(w->values, "api_base_url");
	struct sto_buf issuer;
	if (written.len == 0)
		return STO_OK;
	if (sto_config_is_set(w->request, "issuer") || sto_config_is_set(w->request, "server_metadata_url") ||
	    sto_span_equal(sto_config_text(w->values, "type"), STO_SPAN("oauth2"))) {
		sto_finding_warning(w->findings, "unused_key", "api_base_url", 0, "Take it out",
				    "is not used, because the addresses are set beside it");
		return STO_OK;
	}
	sto_buf_init(&issuer, STO_LIMIT_URL);
	int rc = sto_preset_base(&issuer, written);
	/* A slash at the end is the issuer's own, as Auth0's is, where it was written so. */
	if (rc == STO_OK && sto_span_starts_with(written, STO_SPAN("http")) &&
	    sto_span_ends_with(written, STO_SPAN("/")))
		rc = sto_buf_put_byte(&issuer, '/');
	if (rc == STO_URL_MALFORMED) {
		sto_finding_error(w->findings, "bad_url", "api_base_url", 0,
				  "Set it to the provider's host, for example accounts.google.com",
				  "is no host and no https address");
		rc = STO_OK;
	} else if (rc == STO_OK) {
		json_t *value = sto_json_str(sto_buf_span(&issuer));
		rc = value == NULL ? STO_NO_MEMORY : put(w->values, "issuer", value);
		json_decref(value);
	}
	sto_buf_finish(&issuer);
	return rc;
}

int sto_config_take_preset(json_t *values, struct sto_findings *findings, const json_t *request)
{
	struct work w = {values, findings, request, sto_preset_find(sto_config_text(values, "provider"))};
	/* One that is none has its finding. */
	if (w.preset == NULL && sto_config_is_set(request, "provider"))
		return STO_OK;
	warn_of_unused(&w);
	int rc = w.preset != NULL ? take_named(&w) : take_base(&w);
	if (rc == STO_OK && sto_span_equal(sto_config_text(values, "type"), STO_SPAN("oauth2")))
		rc = put_text(values, "token", "userinfo");
	return rc;
}
