#include "gate/config.h"

#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "gate/config_settings.h"
#include "http/url.h"
#include "provider/preset.h"

void sto_gate_config_init(struct sto_gate_config *config)
{
	*config = (struct sto_gate_config){0};
	sto_buf_init(&config->public_url, STO_LIMIT_URL);
	sto_buf_init(&config->redirect_uri, STO_LIMIT_URL);
}

void sto_gate_config_finish(struct sto_gate_config *config)
{
	json_decref(config->values);
	config->values = NULL;
	sto_buf_finish(&config->public_url);
	sto_buf_finish(&config->redirect_uri);
}

void sto_config_source_of(struct sto_config_source *source, const json_t *request)
{
	const json_t *from = json_object_get(request, "source");
	*source = (struct sto_config_source){0};
	(void)sto_json_get_str(&source->kind, from, "kind");
	(void)sto_json_get_str(&source->file, from, "file");
	(void)sto_json_get_str(&source->state, from, "state");
	(void)sto_json_get_str(&source->detail, from, "detail");
	(void)sto_json_get_str(&source->block, request, "block");
	source->line = json_integer_value(json_object_get(from, "line"));
	source->searched = json_object_get(from, "searched");
	source->blocks = json_object_get(from, "blocks");
	source->settings = json_object_get(request, "settings");
}

static struct sto_span value_of(const struct sto_gate_config *config, const char *key)
{
	return sto_config_text(config->values, key);
}

/* --- where the app lives */

static int put_redirect_uri(struct sto_gate_config *config, const json_t *facts)
{
	struct sto_span callback;
	if (!sto_json_get_str(&callback, facts, "callback"))
		callback = STO_SPAN("/");
	if (value_of(config, "redirect_uri").len > 0)
		return sto_buf_put(&config->redirect_uri, value_of(config, "redirect_uri"));
	int rc = sto_buf_put(&config->redirect_uri, sto_buf_span(&config->public_url));
	return rc != STO_OK ? rc : sto_buf_put(&config->redirect_uri, callback);
}

/* A redirect URI beside the app's own path is a page that no script of it sees. */
static bool is_under(const struct sto_url *app, const struct sto_url *back)
{
	struct sto_span base = app->path;
	if (sto_span_ends_with(base, STO_SPAN("/")))
		base.len--;
	return back->path.len >= base.len &&
	       sto_span_equal((struct sto_span){back->path.ptr, base.len}, base) &&
	       (back->path.len == base.len || back->path.ptr[base.len] == '/');
}

static void check_place(struct sto_findings *findings, const struct sto_gate_config *config,
			const struct sto_url *app, const struct sto_url *back)
{
	struct sto_span url = sto_buf_span(&config->public_url);
	struct sto_buf mend;
	if (!sto_url_same_origin(app, back)) {
		sto_finding_error(findings, "other_origin", "redirect_uri", 0,
				  "Both must have the same scheme, host and port",
				  "is on another origin than public_url");
		return;
	}
	if (is_under(app, back))
		return;
	sto_buf_init(&mend, STO_LIMIT_URL + 64);
	const char *text = sto_buf_printf(&mend, "Write redirect_uri = \"%.*s/\"", (int)url.len,
					  (const char *)url.ptr) == STO_OK
				   ? sto_buf_cstr(&mend)
				   : NULL;
	sto_finding_error(findings, "other_path", "redirect_uri", 0,
			  text != NULL ? text : "Put the app's path in front",
			  "is not under the app's own path (server.baseUrlPath, or that of public_url)");
	sto_buf_finish(&mend);
}

static int place(struct sto_gate_config *config, struct sto_findings *findings, const json_t *facts)
{
	struct sto_url app, back;
	int rc = sto_config_put_public_url(&config->public_url, config->values, facts);
	if (rc == STO_OK)
		rc = put_redirect_uri(config, facts);
	if (rc == STO_OK)
		rc = sto_url_parse(&app, sto_buf_span(&config->public_url), NULL);
	if (rc == STO_OK)
		rc = sto_url_parse(&back, sto_buf_span(&config->redirect_uri), NULL);
	if (rc != STO_OK)
		return rc;
	config->port = json_integer_value(json_object_get(facts, "port"));
	config->loopback = sto_url_is_loopback(&app);
	check_place(findings, config, &app, &back);
	return STO_OK;
}

/* --- rules over several keys */

static void require(struct sto_gate_config *config, struct sto_findings *findings, const char *key,
		    const char *mend)
{
	if (json_object_get(config->values, key) == NULL)
		sto_finding_error(findings, "missing_key", key, 0, mend, "is missing");
}

static void check_endpoints(struct sto_gate_config *config, struct sto_findings *findings,
			    const json_t *request)
{
	static const char mend[] = "Set it, or set issuer in place of the endpoints";
	/* One that is there and wrong has its finding; it is not missing as well. */
	if (sto_config_is_set(request, "issuer") || sto_config_is_set(request, "server_metadata_url"))
		return;
	if (sto_config_is_set(request, "provider") || sto_config_is_set(request, "api_base_url")) {
		size_t known = value_of(config, "issuer").len + value_of(config, "server_metadata_url").len;
		if (known > 0 || findings->failed)
			return;
	}
	if (value_of(config, "authorization_endpoint").len + value_of(config, "token_endpoint").len +
		    value_of(config, "jwks_uri").len ==
	    0) {
		require(config, findings, "issuer",
			"Set it to your provider's issuer, for example https://accounts.google.com");
		return;
	}
	require(config, findings, "authorization_endpoint", mend);
	require(config, findings, "token_endpoint", mend);
	if (config->oidc.token == STO_TOKEN_USERINFO) {
		require(config, findings, "userinfo_endpoint",
			"Set it to the address that tells who holds an access token");
		return;
	}
	require(config, findings, "jwks_uri", mend);
	sto_finding_warning(findings, "issuer_unknown", "issuer", 0,
			    "Set it beside the endpoints to have it compared",
			    "is not set, so whose tokens these are is told by jwks_uri alone");
}

/* Which token tells is configuration, never what happens to come. */
static enum sto_token_kind choose_token(const struct sto_gate_config *config)
{
	struct sto_span token = value_of(config, "token"), audience = value_of(config, "audience");
	if (sto_span_equal(token, STO_SPAN("access")))
		return STO_TOKEN_ACCESS;
	if (sto_span_equal(token, STO_SPAN("userinfo")))
		return STO_TOKEN_USERINFO;
	if (token.len > 0)
		return STO_TOKEN_ID;
	if (audience.len > 0 && !sto_span_equal(audience, value_of(config, "client_id")))
		return STO_TOKEN_ACCESS;
	size_t keys = value_of(config, "jwks_uri").len + value_of(config, "issuer").len +
		      value_of(config, "server_metadata_url").len;
	return keys == 0 && value_of(config, "userinfo_endpoint").len > 0 ? STO_TOKEN_USERINFO : STO_TOKEN_ID;
}

static void check_token(struct sto_gate_config *config, struct sto_findings *findings)
{
	struct sto_span audience = value_of(config, "audience");
	bool access = config->oidc.token == STO_TOKEN_ACCESS;
	bool openid = sto_scope_has(value_of(config, "scope"), STO_SPAN("openid"));
	if (access && audience.len == 0)
		sto_finding_error(findings, "missing_key", "audience", 0,
				  "Set it to the audience of your API, or use token = \"id\"",
				  "is missing, and an access token without a known audience proves nothing");
	if (config->oidc.token == STO_TOKEN_ID && !openid)
		sto_finding_error(findings, "no_openid", "scope", 0,
				  "Add openid to it, or set audience and token = \"access\"",
				  "lacks openid, without which no ID token comes");
}

static void check_client_auth(struct sto_gate_config *config, struct sto_findings *findings)
{
	struct sto_span method = value_of(config, "token_endpoint_auth_method");
	bool secret = value_of(config, "client_secret").len > 0;
	if (sto_span_equal(method, STO_SPAN("client_secret_basic")))
		config->oidc.client_auth = STO_CLIENT_AUTH_BASIC;
	else if (sto_span_equal(method, STO_SPAN("client_secret_post")))
		config->oidc.client_auth = STO_CLIENT_AUTH_POST;
	else if (sto_span_equal(method, STO_SPAN("none")))
		config->oidc.client_auth = STO_CLIENT_AUTH_NONE;
	if (method.len > 0 && config->oidc.client_auth != STO_CLIENT_AUTH_NONE && !secret &&
	    value_of(config, "client_secret_file").len == 0)
		sto_finding_error(findings, "missing_key", "client_secret", 0,
				  "Set it, or set token_endpoint_auth_method = \"none\" for a public client",
				  "is missing, and token_endpoint_auth_method needs it");
	if (config->oidc.client_auth == STO_CLIENT_AUTH_NONE && secret && method.len > 0)
		sto_finding_warning(findings, "unused_key", "client_secret", 0, "Take one of the two out",
				    "is not used, because token_endpoint_auth_method is \"none\"");
}

static void check_algorithms(struct sto_gate_config *config, struct sto_findings *findings)
{
	size_t i;
	json_t *name;
	json_array_foreach(json_object_get(config->values, "algorithms"), i, name)
	{
		enum sto_alg alg;
		if (sto_alg_parse(&alg, sto_span_str(json_string_value(name))) == STO_OK)
			config->oidc.algs |= STO_ALG_BIT(alg);
		else
			sto_finding_error(findings, "bad_algorithm", "algorithms", 0,
					  "Choose among RS256, RS384, RS512, PS256, PS384, PS512, ES256, "
					  "ES384, ES512 and EdDSA",
					  "holds %s, which is not supported", json_string_value(name));
	}
	if (json_object_get(config->values, "algorithms") == NULL)
		config->oidc.algs = STO_ALG_ALL;
}

/* What is asked of the provider by max_age is asked of its ID token as well (OIDC Core 3.1.3.7-13). */
static void check_max_age(struct sto_gate_config *config, struct sto_findings *findings)
{
	struct sto_span text;
	config->oidc.max_age_sec = -1;
	if (!sto_json_get_str(&text, json_object_get(config->values, "authorize_params"), "max_age"))
		return;
	int64_t max_age_sec = sto_oidc_max_age(text);
	if (max_age_sec < 0)
		sto_finding_error(findings, "bad_param", "authorize_params", 0,
				  "Write max_age as a number of seconds",
				  "holds a max_age that is no number of seconds");
	config->oidc.max_age_sec = max_age_sec;
}

static void check_rules(struct sto_gate_config *config, struct sto_findings *findings, const json_t *request)
{
	/* A key that is there and wrong has its finding; it is not missing as well. */
	if (!sto_config_is_set(request, "client_id"))
		require(config, findings, "client_id", "Set it to the id your provider gave this app");
	config->oidc.token = choose_token(config);
	check_endpoints(config, findings, request);
	check_token(config, findings);
	check_client_auth(config, findings);
	check_algorithms(config, findings);
	check_max_age(config, findings);
	if (json_object_get(config->values, "secret") != NULL && value_of(config, "secret_file").len > 0)
		sto_finding_error(findings, "two_secrets", "secret_file", 0, "Keep one of the two",
				  "stands beside secret");
}

static void fill(struct sto_gate_config *config)
{
	struct sto_oidc_settings *s = &config->oidc;
	config->identity_field = value_of(config, "identity_field_in_token");
	config->ca_file = value_of(config, "ca_file");
	config->proxy = value_of(config, "proxy");
	s->issuer = value_of(config, "issuer");
	s->metadata_url = value_of(config, "server_metadata_url");
	s->authorization_endpoint = value_of(config, "authorization_endpoint");
	s->token_endpoint = value_of(config, "token_endpoint");
	s->jwks_uri = value_of(config, "jwks_uri");
	s->userinfo_endpoint = value_of(config, "userinfo_endpoint");
	s->end_session_endpoint = value_of(config, "end_session_endpoint");
	s->revocation_endpoint = value_of(config, "revocation_endpoint");
	s->preset = sto_preset_find(value_of(config, "provider"));
	/* A template over tenants comes with discovery alone. */
	if (s->preset != NULL && s->issuer.len == 0)
		s->tenants = json_object_get(config->values, "tenants");
	s->subject_claim = value_of(config, "subject_claim");
	s->ask_userinfo = json_is_true(json_object_get(config->values, "userinfo"));
	s->ttl_sec = json_integer_value(json_object_get(config->values, "ttl"));
	s->client_id = value_of(config, "client_id");
	s->client_secret = value_of(config, "client_secret");
	s->scope = value_of(config, "scope");
	s->audience = value_of(config, "audience");
	s->leeway_sec = json_integer_value(json_object_get(config->values, "leeway"));
	s->timeout_ms = 1000 * json_integer_value(json_object_get(config->values, "timeout"));
	s->endpoint_hosts = json_object_get(config->values, "endpoint_hosts");
	s->authorize_params = json_object_get(config->values, "authorize_params");
}

int sto_gate_config_load(struct sto_gate_config *config, struct sto_findings *findings, const json_t *request)
{
	struct sto_span block;
	config->values = json_object();
	if (config->values == NULL)
		return STO_NO_MEMORY;
	sto_findings_add_source(findings);
	if (findings->failed)
		return STO_CONFIG_WRONG;
	/* The address of the app is a fact where [auth] has found it: this is one of its providers. */
	bool in_realm = json_object_get(json_object_get(request, "facts"), "public_url") != NULL;
	int rc = sto_config_take_all(config->values, findings, request,
				     in_realm ? STO_SCOPE_PROVIDER : STO_SCOPE_GATE);
	if (rc == STO_OK)
		rc = sto_config_take_preset(config->values, findings, request);
	if (rc == STO_OK)
		rc = sto_config_take_fallbacks(config->values, findings, STO_SCOPE_GATE | STO_SCOPE_PROVIDER);
	if (rc == STO_OK)
		rc = sto_config_read_files(config->values, findings);
	if (rc != STO_OK)
		return rc;
	(void)sto_json_get_str(&block, request, "block");
	if (json_object_set_new(config->values, "", sto_json_str(block)) != 0)
		return STO_NO_MEMORY;
	check_rules(config, findings, request);
	if (place(config, findings, json_object_get(request, "facts")) != STO_OK && !findings->failed)
		sto_finding_error(findings, "bad_url", "public_url", 0,
				  "Set public_url to the address of the app",
				  "cannot be told from redirect_uri and the server's port");
	fill(config);
	return findings->failed ? STO_CONFIG_WRONG : STO_OK;
}

int sto_gate_config_secrets(struct sto_buf *secrets, size_t *n, size_t max,
			    const struct sto_gate_config *config, struct sto_findings *findings,
			    const struct sto_world *world)
{
	return sto_config_secrets(secrets, n, max, config->values, findings, world);
}
