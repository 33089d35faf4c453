/* After https://auth0.com/docs/get-started/applications/configure-applications-with-oidc-discovery,
 * https://auth0.com/docs/secure/tokens/id-tokens/id-token-structure and
 * https://auth0.com/docs/authenticate/login/logout/log-users-out-of-auth0 */
#include "gate/test_preset.h"

#define HOST "https://acme.eu.auth0.com"

const struct test_preset test_preset_auth0 = {
	.config = "{\"issuer\": null, \"provider\": \"auth0\", \"domain\": \"acme.eu.auth0.com\"}",
	.pages =
		{{HOST "/.well-known/openid-configuration",
		  "{\"issuer\": \"" HOST "/\", \"authorization_endpoint\": \"" HOST "/authorize\","
		  "\"token_endpoint\": \"" HOST "/oauth/token\", \"device_authorization_endpoint\": \"" HOST
		  "/oauth/device/code\", \"userinfo_endpoint\": \"" HOST "/userinfo\","
		  "\"mfa_challenge_endpoint\": \"" HOST "/mfa/challenge\", \"jwks_uri\": \"" HOST
		  "/.well-known/jwks.json\", \"registration_endpoint\": \"" HOST "/oidc/register\","
		  "\"revocation_endpoint\": \"" HOST "/oauth/revoke\","
		  "\"scopes_supported\": [\"openid\", \"profile\", \"offline_access\", \"name\", \"email\"],"
		  "\"code_challenge_methods_supported\": [\"S256\", \"plain\"],"
		  "\"token_endpoint_auth_methods_supported\": [\"client_secret_basic\", "
		  "\"client_secret_post\", \"private_key_jwt\"],"
		  "\"id_token_signing_alg_values_supported\": [\"HS256\", \"RS256\", \"PS256\"],"
		  "\"request_uri_parameter_supported\": false,"
		  "\"end_session_endpoint\": \"" HOST "/oidc/logout\","
		  "\"backchannel_logout_supported\": true, \"backchannel_logout_session_supported\": true}"}},
	.jwks_url = HOST "/.well-known/jwks.json",
	.token_url = HOST "/oauth/token",
	.token = "{\"access_token\": \"eyJhbGciOi.opaque\", \"scope\": \"openid profile email\", "
		 "\"expires_in\": "
		 "86400, \"token_type\": \"Bearer\"}",
	.id_claims =
		"{\"given_name\": \"Jane\", \"family_name\": \"Doe\", \"nickname\": \"jane\", \"name\": "
		"\"Jane Doe\", \"picture\": \"https://example.com/jane.png\", \"updated_at\": "
		"\"2024-01-01T00:00:00.000Z\", \"email\": \"jane@example.com\", \"email_verified\": true, "
		"\"iss\": \"" HOST "/\", \"aud\": \"app\", \"sub\": \"auth0|507f1f77bcf86cd799439020\", "
		"\"iat\": 0, \"exp\": 0, \"sid\": \"8bCrAmp1e\", \"nonce\": \"\"}",
};
