/* After https://www.keycloak.org/securing-apps/oidc-layers (the endpoints) and
 * https://www.keycloak.org/docs/latest/server_admin/#_oidc (tokens and logout) */
#include "gate/test_preset.h"

#define REALM "https://id.example.com/auth/realms/My-Realm"
#define PROTOCOL REALM "/protocol/openid-connect"

const struct test_preset test_preset_keycloak = {
	.config = "{\"issuer\": null, \"provider\": \"keycloak\", \"domain\": \"id.example.com/auth\", "
		  "\"realm\": "
		  "\"My-Realm\"}",
	.pages =
		{{REALM "/.well-known/openid-configuration",
		  "{\"issuer\": \"" REALM "\", \"authorization_endpoint\": \"" PROTOCOL "/auth\","
		  "\"token_endpoint\": \"" PROTOCOL "/token\", \"introspection_endpoint\": \"" PROTOCOL
		  "/token/introspect\", \"userinfo_endpoint\": \"" PROTOCOL "/userinfo\","
		  "\"end_session_endpoint\": \"" PROTOCOL "/logout\", \"jwks_uri\": \"" PROTOCOL "/certs\","
		  "\"revocation_endpoint\": \"" PROTOCOL "/revoke\","
		  "\"frontchannel_logout_supported\": true, \"backchannel_logout_supported\": true,"
		  "\"backchannel_logout_session_supported\": true,"
		  "\"id_token_signing_alg_values_supported\": [\"PS384\", \"RS384\", \"EdDSA\", \"ES384\", "
		  "\"HS256\", \"HS512\", \"ES256\", \"RS256\", \"HS384\", \"ES512\", \"PS256\", \"PS512\", "
		  "\"RS512\"],"
		  "\"token_endpoint_auth_methods_supported\": [\"private_key_jwt\", \"client_secret_basic\", "
		  "\"client_secret_post\", \"tls_client_auth\", \"client_secret_jwt\"],"
		  "\"scopes_supported\": [\"openid\", \"offline_access\", \"email\", \"profile\", \"roles\"],"
		  "\"code_challenge_methods_supported\": [\"plain\", \"S256\"],"
		  "\"authorization_response_iss_parameter_supported\": true}"}},
	.jwks_url = PROTOCOL "/certs",
	.token_url = PROTOCOL "/token",
	.token =
		"{\"access_token\": \"eyJhbGci.example\", \"expires_in\": 300, \"refresh_expires_in\": 1800, "
		"\"refresh_token\": \"eyJhbGci.refresh\", \"token_type\": \"Bearer\", "
		"\"not-before-policy\": 0, \"session_state\": \"f3a1d4c2-5b0e-4e4e-9f5c-2f6f4f1f0c1a\", "
		"\"scope\": \"openid email profile\"}",
	.id_claims =
		"{\"exp\": 0, \"iat\": 0, \"auth_time\": 0, \"jti\": "
		"\"7c9e6679-7425-40de-944b-e07fc1f90ae7\","
		"\"iss\": \"" REALM
		"\", \"aud\": \"app\", \"sub\": \"6d6f7a70-3f1a-4a9c-9c7d-7f6d5d1c2b3a\", "
		"\"typ\": \"ID\", \"azp\": \"app\", \"nonce\": \"\", \"sid\": "
		"\"f3a1d4c2-5b0e-4e4e-9f5c-2f6f4f1f0c1a\", \"at_hash\": \"\", \"acr\": \"1\", "
		"\"email_verified\": false, \"name\": \"Ada Lovelace\", \"preferred_username\": \"ada\", "
		"\"given_name\": \"Ada\", \"family_name\": \"Lovelace\", \"email\": \"ada@example.com\"}",
	.iss = REALM,
};
