#include "gate/config_table.h"

#include "gate/suggest.h"

enum {
	GATE = STO_SCOPE_GATE,
	PROVIDER = STO_SCOPE_PROVIDER,
	REALM = STO_SCOPE_REALM,
	SHARED = STO_SCOPE_SHARED,
};

static const char *const token_kinds[] = {"id", "access", "userinfo", NULL};
static const char *const session_kinds[] = {"timed", "browser", "provider", NULL};
static const char *const exposed_tokens[] = {"id", "access", NULL};
static const char *const auth_methods[] = {"client_secret_basic", "client_secret_post", "none", NULL};

static const char *const providers[] = {"google", "microsoft", "github", "keycloak", "auth0", NULL};
static const char *const protocols[] = {"oidc", "oauth2", NULL};

static const struct sto_config_key table[] = {
	/* --- a provider by its name */
	{"provider", GATE | PROVIDER, STO_CONFIG_CHOICE, NULL, false, providers, 0, 0,
	 "A provider by its name, in place of its addresses: \"google\", \"microsoft\" (with tenant), "
	 "\"github\", "
	 "\"keycloak\" (with domain and realm), \"auth0\" (with domain)."},
	{"type", GATE | PROVIDER, STO_CONFIG_CHOICE, NULL, false, protocols, 0, 0,
	 "\"oidc\", or \"oauth2\" for a provider without ID tokens, where userinfo_endpoint tells who "
	 "somebody is. "
	 "Default: what provider speaks, else \"oidc\"."},
	{"api_base_url", GATE | PROVIDER, STO_CONFIG_TEXT, NULL, false, NULL, 0, 0,
	 "The provider's host, or its address, in place of issuer: \"accounts.google.com\". With provider = "
	 "\"github\" the host of a GitHub Enterprise."},
	{"domain", GATE | PROVIDER, STO_CONFIG_TEXT, NULL, false, NULL, 0, 0,
	 "With \"auth0\" the Domain of the application, with \"keycloak\" the server's host and path."},
	{"realm", GATE | PROVIDER, STO_CONFIG_TEXT, NULL, false, NULL, 0, 0,
	 "With \"keycloak\" the realm, as its address has it."},
	{"tenant", GATE | PROVIDER, STO_CONFIG_LIST, NULL, false, NULL, 0, 0,
	 "With \"microsoft\" the Directory (tenant) ID, or a list of those that may sign in; "
	 "\"organizations\" and \"common\" want tenants beside them, \"consumers\" is for personal "
	 "accounts."},
	{"tenants", GATE | PROVIDER, STO_CONFIG_LIST, NULL, false, NULL, 0, 0,
	 "With tenant = \"organizations\" or \"common\" the IDs of the tenants that may sign in, or "
	 "\"any\"."},
	/* --- a provider by its addresses */
	{"issuer", GATE | PROVIDER, STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "The provider's issuer, exactly as its tokens say it. Endpoints and keys are discovered from it."},
	{"server_metadata_url", GATE | PROVIDER, STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "The address of the discovery document, where it is not issuer + "
	 "/.well-known/openid-configuration."},
	{"authorization_endpoint", GATE | PROVIDER, STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where the visitor is sent to sign in. Not needed with discovery."},
	{"token_endpoint", GATE | PROVIDER, STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where the code is exchanged for tokens. Not needed with discovery."},
	{"jwks_uri", GATE | PROVIDER, STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where the provider publishes its keys. Not needed with discovery."},
	{"userinfo_endpoint", GATE | PROVIDER, STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where the provider tells who holds an access token: for OAuth 2.0 providers without ID tokens, and "
	 "for userinfo."},
	{"subject_claim", GATE | PROVIDER, STO_CONFIG_TEXT, NULL, false, NULL, 0, 0,
	 "Where userinfo alone tells who somebody is: its claim that names a person for good, an id that is "
	 "never given to somebody else. Default: sub."},
	{"userinfo", GATE | PROVIDER, STO_CONFIG_BOOL, "false", false, NULL, 0, 0,
	 "true asks the userinfo endpoint at every login and adds what it says to the token's claims."},
	{"end_session_endpoint", GATE | PROVIDER, STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where a visitor is sent to sign out at the provider as well (OpenID Connect RP-Initiated Logout). "
	 "Not needed with discovery."},
	{"revocation_endpoint", GATE | PROVIDER, STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where tokens are taken back (RFC 7009). Not needed with discovery."},
	{"redirect_uri", GATE | PROVIDER | REALM | SHARED, STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where the provider sends the visitor back to, as registered there: a page of this app. {port} is "
	 "the server's port. "
	 "Default: public_url; in [auth] that and /auth/callback."},
	{"public_url", GATE | REALM, STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "The address under which visitors reach the app. Default: the origin of redirect_uri, else "
	 "http://localhost:PORT."},
	{"client_id", GATE | PROVIDER, STO_CONFIG_TEXT, NULL, false, NULL, 0, 0,
	 "The id the provider gave this app. Needed."},
	{"client_secret", GATE | PROVIDER, STO_CONFIG_TEXT, NULL, true, NULL, 0, 0,
	 "The secret the provider gave this app. Without one the app is a public client (PKCE alone)."},
	{"client_secret_file", GATE | PROVIDER, STO_CONFIG_PATH, NULL, false, NULL, 0, 0,
	 "A file that holds the client_secret."},
	{"token_endpoint_auth_method", GATE | PROVIDER, STO_CONFIG_CHOICE, NULL, false, auth_methods, 0, 0,
	 "How the app proves itself at the token endpoint. Default: client_secret_basic with a "
	 "client_secret, else none."},
	{"scope", GATE | PROVIDER, STO_CONFIG_WORDS, "openid profile email", false, NULL, 0, 0,
	 "What is asked for."},
	{"audience", GATE | PROVIDER, STO_CONFIG_TEXT, NULL, false, NULL, 0, 0,
	 "The audience of JWT access tokens. Where it is set and is not the client_id, token is \"access\" "
	 "by default."},
	{"token", GATE | PROVIDER, STO_CONFIG_CHOICE, NULL, false, token_kinds, 0, 0,
	 "What tells who somebody is: \"id\", the ID token; \"access\", a JWT access token; \"userinfo\", "
	 "the userinfo endpoint, with an "
	 "access token that nobody here can read. Default: \"id\", but see audience; \"userinfo\" where "
	 "userinfo_endpoint is set and "
	 "jwks_uri and issuer are not."},
	{"identity_field_in_token", GATE, STO_CONFIG_TEXT, "sub", false, NULL, 0, 0,
	 "The claim that is returned as the identity; a path with dots leads into tables and lists: "
	 "user.login, emails.0.value."},
	{"algorithms", GATE | PROVIDER | SHARED, STO_CONFIG_LIST, NULL, false, NULL, 0, 0,
	 "The signature algorithms that are accepted. Default: RS256, RS384, RS512, PS256, PS384, PS512, "
	 "ES256, ES384, ES512 and "
	 "EdDSA, narrowed by what the provider's discovery document lists."},
	{"authorize_params", GATE | PROVIDER, STO_CONFIG_PARAMS, NULL, false, NULL, 0, 0,
	 "More parameters of the authorization request, as a table: prompt, login_hint, acr_values, hd, ..."},
	{"endpoint_hosts", GATE | PROVIDER, STO_CONFIG_LIST, NULL, false, NULL, 0, 0,
	 "Hosts beside the issuer's that its discovery document may name."},
	{"leeway", GATE | PROVIDER | SHARED, STO_CONFIG_SECONDS, "30", false, NULL, 0, 300,
	 "By how much clocks may differ."},
	{"ttl", GATE | PROVIDER | SHARED, STO_CONFIG_SECONDS, "8h", false, NULL, 60, 2592000,
	 "How long a login lasts at most where only the userinfo endpoint tells who somebody is."},
	{"timeout", GATE | PROVIDER | SHARED, STO_CONFIG_SECONDS, "10", false, NULL, 1, 120,
	 "How long one request to the provider may take."},
	{"ca_file", GATE | PROVIDER | SHARED, STO_CONFIG_PATH, NULL, false, NULL, 0, 0,
	 "A PEM file with the certificate authorities to trust in place of the system's."},
	{"proxy", GATE | PROVIDER | SHARED, STO_CONFIG_TEXT, NULL, false, NULL, 0, 0,
	 "An HTTP proxy for requests to the provider: http://host:port."},
	{"secret", GATE | REALM, STO_CONFIG_LIST, NULL, true, NULL, 0, 0,
	 "The app's own key: 32 random bytes as base64, made by `openssl rand -base64 32`. A list is a "
	 "rotation: the first seals, all "
	 "open. Default: a key file made at first use."},
	{"secret_file", GATE | REALM, STO_CONFIG_PATH, NULL, false, NULL, 0, 0,
	 "A file that holds the secret."},
	/* --- of [auth] */
	{"client_kwargs", PROVIDER, STO_CONFIG_TABLE, NULL, false, NULL, 0, 0,
	 "What Streamlit's own sign-in hands to Authlib, as a table: scope, token_endpoint_auth_method, and "
	 "parameters of the authorization request such as prompt."},
	{"label", PROVIDER, STO_CONFIG_TEXT, NULL, false, NULL, 0, 0,
	 "What a visitor reads on the way in: \"Sign in with\" and this. Default: the provider's name."},
	{"trust_email", PROVIDER, STO_CONFIG_BOOL, "false", false, NULL, 0, 0,
	 "true takes every address that this provider sends for verified, also where it does not say "
	 "email_verified."},
	{"default_ttl", REALM, STO_CONFIG_SECONDS, NULL, false, NULL, 10, 34560000,
	 "How long a sign-in lasts, whatever happens. Default: \"7d\"; \"12h\" with store = \"cookie\"."},
	{"idle_ttl", REALM, STO_CONFIG_SECONDS, NULL, false, NULL, 10, 34560000,
	 "How long a sign-in lasts without a visit; each visit begins it anew, up to default_ttl. Default: "
	 "no "
	 "such limit."},
	{"session", REALM, STO_CONFIG_CHOICE, "timed", false, session_kinds, 0, 0,
	 "\"timed\": the sign-in outlives the browser; \"browser\": it goes when the browser closes; "
	 "\"provider\": it ends with the provider's token. default_ttl and idle_ttl hold for all three."},
	{"store", REALM, STO_CONFIG_TEXT, "lmdb", true, NULL, 0, 0,
	 "Where sessions are kept: \"lmdb\", a file that all processes of this machine share; \"memory\" of "
	 "one "
	 "process; \"cookie\", sealed in the browser; or the address of a Redis or Valkey: "
	 "\"redis://host:6379/0\", \"rediss://...\" with TLS, \"unix:///path\"."},
	{"store_url_file", REALM, STO_CONFIG_PATH, NULL, false, NULL, 0, 0,
	 "A file that holds the address of a Redis or Valkey, in place of store."},
	{"store_user", REALM, STO_CONFIG_TEXT, NULL, false, NULL, 0, 0,
	 "The name to sign in to Redis or Valkey with."},
	{"store_password", REALM, STO_CONFIG_TEXT, NULL, true, NULL, 0, 0,
	 "The password to sign in to Redis or Valkey with."},
	{"store_password_file", REALM, STO_CONFIG_PATH, NULL, false, NULL, 0, 0,
	 "A file that holds the store_password."},
	{"store_ca_file", REALM, STO_CONFIG_PATH, NULL, false, NULL, 0, 0,
	 "A PEM file with the certificate authorities to trust for rediss:// in place of the system's."},
	{"store_dir", REALM, STO_CONFIG_PATH, NULL, false, NULL, 0, 0,
	 "The folder of the lmdb store. Default: store in the state directory."},
	{"require_login", REALM, STO_CONFIG_BOOL, NULL, false, NULL, 0, 0,
	 "true sends whoever opens a page to the sign-in first, before any script runs. Default: true where "
	 "public is set, else false."},
	{"public", REALM, STO_CONFIG_LIST, NULL, false, NULL, 0, 0,
	 "Pages that need no sign-in, by path: \"/about\" and all below it; \"/\" is the start page alone."},
	{"roles", REALM, STO_CONFIG_TABLE, NULL, false, NULL, 0, 0,
	 "Pages that need a role, as a table from path to a role or a list of roles, of which one is enough. "
	 "The longest path that fits a page decides."},
	{"cookie_secret", REALM, STO_CONFIG_LIST, NULL, true, NULL, 0, 0,
	 "The key as Streamlit's own sign-in has it: 32 characters or more, used where there is no secret. A "
	 "list is a rotation."},
	{"cookie_secret_file", REALM, STO_CONFIG_PATH, NULL, false, NULL, 0, 0,
	 "A file that holds the cookie_secret."},
	{"expose_tokens", REALM, STO_CONFIG_LIST, NULL, false, exposed_tokens, 0, 0,
	 "The provider's tokens that a script may read: \"id\", \"access\", or both as a list."},
	{"post_logout_redirect_uri", REALM, STO_CONFIG_URL, NULL, false, NULL, 0, 0,
	 "Where the provider sends a visitor after a sign-out, as registered there. Default: redirect_uri."},
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

const char *sto_config_key_like(struct sto_span name, unsigned scope)
{
	struct sto_suggest best;
	sto_suggest_init(&best, name);
	for (size_t i = 0; i < N_KEYS; i++)
		if ((table[i].scope & scope) != 0)
			sto_suggest_offer(&best, table[i].name);
	return best.word;
}
