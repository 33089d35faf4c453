#include "gate/config_table.h"

#include "gate/suggest.h"

static const char *const token_kinds[] = {"id", "access", "userinfo", NULL};
static const char *const auth_methods[] = {"client_secret_basic", "client_secret_post", "none", NULL};

static const struct sto_config_key table[] = {
	{"issuer", STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "The provider's issuer, exactly as its tokens say it. Endpoints and keys are discovered from it."},
	{"server_metadata_url", STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "The address of the discovery document, where it is not issuer + "
	 "/.well-known/openid-configuration."},
	{"authorization_endpoint", STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where the visitor is sent to sign in. Not needed with discovery."},
	{"token_endpoint", STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where the code is exchanged for tokens. Not needed with discovery."},
	{"jwks_uri", STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where the provider publishes its keys. Not needed with discovery."},
	{"userinfo_endpoint", STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where the provider tells who holds an access token: for OAuth 2.0 providers without ID tokens, and "
	 "for userinfo."},
	{"subject_claim", STO_CONFIG_TEXT, NULL, false, NULL, 0, 0,
	 "Where userinfo alone tells who somebody is: its claim that names a person for good, an id that is "
	 "never "
	 "given to somebody else. Default: sub."},
	{"userinfo", STO_CONFIG_BOOL, "false", false, NULL, 0, 0,
	 "true asks the userinfo endpoint at every login and adds what it says to the token's claims."},
	{"redirect_uri", STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where the provider sends the visitor back to, as registered there: a page of this app. {port} is "
	 "the server's port. "
	 "Default: public_url."},
	{"public_url", STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "The address under which visitors reach the app. Default: the origin of redirect_uri, else "
	 "http://localhost:PORT."},
	{"client_id", STO_CONFIG_TEXT, NULL, false, NULL, 0, 0, "The id the provider gave this app. Needed."},
	{"client_secret", STO_CONFIG_TEXT, NULL, true, NULL, 0, 0,
	 "The secret the provider gave this app. Without one the app is a public client (PKCE alone)."},
	{"token_endpoint_auth_method", STO_CONFIG_CHOICE, NULL, false, auth_methods, 0, 0,
	 "How the app proves itself at the token endpoint. Default: client_secret_basic with a "
	 "client_secret, else none."},
	{"scope", STO_CONFIG_WORDS, "openid profile email", false, NULL, 0, 0, "What is asked for."},
	{"audience", STO_CONFIG_TEXT, NULL, false, NULL, 0, 0,
	 "The audience of JWT access tokens. Where it is set and is not the client_id, token is \"access\" "
	 "by default."},
	{"token", STO_CONFIG_CHOICE, NULL, false, token_kinds, 0, 0,
	 "What tells who somebody is: \"id\", the ID token; \"access\", a JWT access token; \"userinfo\", "
	 "the userinfo endpoint, with an "
	 "access token that nobody here can read. Default: \"id\", but see audience; \"userinfo\" where "
	 "userinfo_endpoint is set and "
	 "jwks_uri and issuer are not."},
	{"identity_field_in_token", STO_CONFIG_TEXT, "sub", false, NULL, 0, 0,
	 "The claim that is returned as the identity; a path with dots leads into tables and lists: "
	 "user.login, emails.0.value."},
	{"algorithms", STO_CONFIG_LIST, NULL, false, NULL, 0, 0,
	 "The signature algorithms that are accepted. Default: RS256, RS384, RS512, PS256, PS384, PS512, "
	 "ES256, ES384, ES512 and "
	 "EdDSA, narrowed by what the provider's discovery document lists."},
	{"authorize_params", STO_CONFIG_PARAMS, NULL, false, NULL, 0, 0,
	 "More parameters of the authorization request, as a table: prompt, login_hint, acr_values, hd, ..."},
	{"endpoint_hosts", STO_CONFIG_LIST, NULL, false, NULL, 0, 0,
	 "Hosts beside the issuer's that its discovery document may name."},
	{"leeway", STO_CONFIG_SECONDS, "30", false, NULL, 0, 300, "By how much clocks may differ."},
	{"ttl", STO_CONFIG_SECONDS, "8h", false, NULL, 60, 2592000,
	 "How long a login lasts at most where only the userinfo endpoint tells who somebody is."},
	{"timeout", STO_CONFIG_SECONDS, "10", false, NULL, 1, 120,
	 "How long one request to the provider may take."},
	{"ca_file", STO_CONFIG_PATH, NULL, false, NULL, 0, 0,
	 "A PEM file with the certificate authorities to trust in place of the system's."},
	{"proxy", STO_CONFIG_TEXT, NULL, false, NULL, 0, 0,
	 "An HTTP proxy for requests to the provider: http://host:port."},
	{"secret", STO_CONFIG_LIST, NULL, true, NULL, 0, 0,
	 "The app's own key: 32 random bytes as base64, made by `openssl rand -base64 32`. A list is a "
	 "rotation: the first seals, all "
	 "open. Default: a key file made at first use."},
	{"secret_file", STO_CONFIG_PATH, NULL, false, NULL, 0, 0, "A file that holds the secret."},
};

#define N_KEYS (sizeof(table) / sizeof(table[0]))

const struct sto_config_key *sto_config_key_at(size_t index)
{
	return index < N_KEYS ? &table[index] : NULL;
}

const struct sto_config_key *sto_config_key_find(struct sto_span name)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (sto_span_equal(sto_span_str(table[i].name), name))
			return &table[i];
	return NULL;
}

const char *sto_config_key_like(struct sto_span name)
{
	struct sto_suggest best;
	sto_suggest_init(&best, name);
	for (size_t i = 0; i < N_KEYS; i++)
		sto_suggest_offer(&best, table[i].name);
	return best.word;
}
