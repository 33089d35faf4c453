/* What the provider says about itself: OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2. */
#include "dev/provider.h"

static json_t *words(const char *list)
{
	json_t *out = json_array();
	struct sto_span word, rest = sto_span_str(list);
	while (sto_span_split(&word, &rest, ' '))
		(void)json_array_append_new(out, json_stringn((const char *)word.ptr, word.len));
	return out;
}

static void add_endpoints(json_t *out, const char *issuer)
{
	static const struct {
		const char *name, *path;
	} endpoints[] = {
		{"issuer", ""},
		{"authorization_endpoint", "/authorize"},
		{"token_endpoint", "/token"},
		{"userinfo_endpoint", "/userinfo"},
		{"jwks_uri", "/jwks"},
		{"end_session_endpoint", "/logout"},
	};
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
		(void)json_object_set_new(out, endpoints[i].name,
					  json_sprintf("%s%s", issuer, endpoints[i].path));
}

static void add_lists(json_t *out)
{
	static const struct {
		const char *name, *list;
	} lists[] = {
		{"scopes_supported", "openid profile email offline_access"},
		{"response_types_supported", "code"},
		{"response_modes_supported", "query"},
		{"grant_types_supported", "authorization_code refresh_token"},
		{"subject_types_supported", "public"},
		{"id_token_signing_alg_values_supported", "RS256 ES256 EdDSA"},
		{"token_endpoint_auth_methods_supported", "client_secret_basic client_secret_post none"},
		{"code_challenge_methods_supported", "S256"},
		{"prompt_values_supported", "none login consent select_account"},
		{"claim_types_supported", "normal"},
		{"claims_supported",
		 "iss sub aud exp iat auth_time nonce at_hash azp sid name given_name family_name "
		 "preferred_username picture locale email email_verified groups roles"},
	};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		(void)json_object_set_new(out, lists[i].name, words(lists[i].list));
}

static void add_flags(json_t *out)
{
	(void)json_object_set_new(out, "authorization_response_iss_parameter_supported", json_true());
	(void)json_object_set_new(out, "claims_parameter_supported", json_false());
	(void)json_object_set_new(out, "request_parameter_supported", json_false());
	(void)json_object_set_new(out, "request_uri_parameter_supported", json_false());
}

int dev_discovery(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
{
	json_t *out = json_object();
	(void)req;
	add_endpoints(out, provider->issuer);
	add_lists(out);
	add_flags(out);
	res->may_be_kept = true;
	return dev_answer_json(res, 200, out);
}

int dev_jwks(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
{
	(void)req;
	res->may_be_kept = true;
	return dev_answer_json(res, 200, dev_keys_public(provider->keys));
}

int dev_health(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
{
	(void)req;
	return dev_answer_json(res, 200, json_pack("{s:s, s:s}", "status", "ok", "issuer", provider->issuer));
}
