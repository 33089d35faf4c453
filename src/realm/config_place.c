/* Where the app lives, and where a sign-out ends. */
#include "base/bounds.h"
#include "base/json.h"
#include "http/url.h"
#include "realm/config_parts.h"

/* The value in its checked form; what is wrong with it is said where its provider is checked. */
static json_t *quietly_checked(const struct sto_realm_settings *settings, const json_t *value)
{
	struct sto_config_source source = {0};
	struct sto_findings quiet;
	json_t *url = NULL;
	if (sto_findings_init(&quiet, &source) == STO_OK) {
		const json_t *facts = json_object_get(settings->request, "facts");
		struct sto_value_check check = {&quiet, sto_config_key_find(STO_SPAN("redirect_uri")), 0,
						json_integer_value(json_object_get(facts, "port"))};
		url = sto_config_value(&check, value);
	}
	sto_findings_finish(&quiet);
	return url;
}

/* The redirect_uri of [auth], else the first good one of a provider: a new reference, NULL for none. */
static json_t *find_redirect_uri(const struct sto_realm_config *config,
				 const struct sto_realm_settings *settings)
{
	json_t *own = json_object_get(config->values, "redirect_uri"), *found = json_incref(own);
	const char *block;
	json_t *inside, *setting;
	size_t i;
	json_object_foreach(settings->blocks, block, inside)
	{
		json_array_foreach(inside, i, setting)
		{
			const json_t *name = json_array_get(json_object_get(setting, "path"), 0);
			if (found == NULL &&
			    sto_span_equal(sto_span_str(json_string_value(name)), STO_SPAN("redirect_uri")))
				found = quietly_checked(settings, json_object_get(setting, "value"));
		}
	}
	return found;
}

static int put_public_url(struct sto_realm_config *config, const struct sto_realm_settings *settings)
{
	json_t *redirect_uri = find_redirect_uri(config, settings), *known = json_object();
	json_t *public_url = json_object_get(config->values, "public_url");
	int rc = known == NULL ? STO_NO_MEMORY : STO_OK;
	if (redirect_uri != NULL && json_object_set(known, "redirect_uri", redirect_uri) != 0)
		rc = STO_NO_MEMORY;
	if (public_url != NULL && json_object_set(known, "public_url", public_url) != 0)
		rc = STO_NO_MEMORY;
	if (rc == STO_OK)
		rc = sto_config_put_public_url(&config->public_url, known,
					       json_object_get(settings->request, "facts"));
	json_decref(known);
	json_decref(redirect_uri);
	return rc;
}

/* Paths of cookies and pages begin with it: it must mean the same to everyone. */
static bool is_base_path(const struct sto_url *url)
{
	if (url->query.ptr != NULL || sto_span_ends_with(url->path, STO_SPAN("/")))
		return false;
	return url->path.len == 0 || sto_url_is_local_path(url->path);
}

static int take_public_url(struct sto_realm_config *config, struct sto_findings *findings,
			   const struct sto_realm_settings *settings)
{
	struct sto_url url;
	int rc = put_public_url(config, settings);
	if (rc == STO_OK)
		rc = sto_url_parse(&url, sto_buf_span(&config->public_url), NULL);
	if (rc == STO_NO_MEMORY)
		return rc;
	if (rc != STO_OK) {
		if (!findings->failed)
			sto_finding_error(findings, "bad_url", "public_url", 0,
					  "Set public_url to the address of the app",
					  "cannot be told from redirect_uri and the server's port");
		return STO_OK;
	}
	if (!is_base_path(&url))
		sto_finding_error(findings, "bad_url", "public_url", 0,
				  "Write it as https://host or https://host/path",
				  "has a query, or a path that means one thing here and another elsewhere");
	config->base_path = url.path;
	config->loopback = sto_url_is_loopback(&url);
	return STO_OK;
}

/* As registered with the provider: what is there already is the redirect URI. */
static int take_post_logout(struct sto_realm_config *config)
{
	static const char key[] = "post_logout_redirect_uri";
	json_t *url = json_object_get(config->values, key);
	struct sto_buf text;
	int rc = STO_OK;
	if (url == NULL && json_object_get(config->values, "redirect_uri") != NULL) {
		url = json_object_get(config->values, "redirect_uri");
		rc = json_object_set(config->values, key, url) == 0 ? STO_OK : STO_NO_MEMORY;
	} else if (url == NULL) {
		sto_buf_init(&text, STO_LIMIT_URL + 32);
		rc = sto_buf_put(&text, sto_buf_span(&config->public_url));
		if (rc == STO_OK)
			rc = sto_buf_put_str(&text, STO_REALM_CALLBACK);
		if (rc == STO_OK &&
		    json_object_set_new(config->values, key, sto_json_str(sto_buf_span(&text))) != 0)
			rc = STO_NO_MEMORY;
		sto_buf_finish(&text);
	}
	config->post_logout_url = sto_config_text(config->values, key);
	return rc;
}

int sto_realm_config_place(struct sto_realm_config *config, struct sto_findings *findings,
			   const struct sto_realm_settings *settings)
{
	int rc = take_public_url(config, findings, settings);
	return rc != STO_OK ? rc : take_post_logout(config);
}
