/* After https://developers.google.com/identity/openid-connect/openid-connect (sections Discovery document, An
 * ID token's payload, Exchange code) and the document it names,
 * https://accounts.google.com/.well-known/openid-configuration */
#include "gate/test_preset.h"

const struct test_preset test_preset_google = {
	.config = "{\"issuer\": null, \"provider\": \"google\", \"client_id\": "
		  "\"1234987819200.apps.googleusercontent.com\"}",
	.pages = {{"https://accounts.google.com/.well-known/openid-configuration",
		   "{\"issuer\": \"https://accounts.google.com\","
		   "\"authorization_endpoint\": \"https://accounts.google.com/o/oauth2/v2/auth\","
		   "\"device_authorization_endpoint\": \"https://oauth2.googleapis.com/device/code\","
		   "\"token_endpoint\": \"https://oauth2.googleapis.com/token\","
		   "\"userinfo_endpoint\": \"https://openidconnect.googleapis.com/v1/userinfo\","
		   "\"revocation_endpoint\": \"https://oauth2.googleapis.com/revoke\","
		   "\"jwks_uri\": \"https://www.googleapis.com/oauth2/v3/certs\","
		   "\"response_types_supported\": [\"code\", \"token\", \"id_token\", \"none\"],"
		   "\"subject_types_supported\": [\"public\"],"
		   "\"id_token_signing_alg_values_supported\": [\"RS256\"],"
		   "\"scopes_supported\": [\"openid\", \"email\", \"profile\"],"
		   "\"token_endpoint_auth_methods_supported\": [\"client_secret_post\", "
		   "\"client_secret_basic\"],"
		   "\"code_challenge_methods_supported\": [\"plain\", \"S256\"]}"}},
	.jwks_url = "https://www.googleapis.com/oauth2/v3/certs",
	.token_url = "https://oauth2.googleapis.com/token",
	.token = "{\"access_token\": \"ya29.a0AfB_example\", \"expires_in\": 3599, \"scope\": "
		 "\"openid https://www.googleapis.com/auth/userinfo.email "
		 "https://www.googleapis.com/auth/userinfo.profile\", \"token_type\": \"Bearer\", "
		 "\"refresh_token\": \"1//0example\"}",
	.id_claims =
		"{\"iss\": \"https://accounts.google.com\", \"azp\": "
		"\"1234987819200.apps.googleusercontent.com\", \"aud\": "
		"\"1234987819200.apps.googleusercontent.com\", \"sub\": \"10769150350006150715113082367\","
		"\"at_hash\": \"\", \"hd\": \"example.com\", \"email\": \"jsmith@example.com\", "
		"\"email_verified\": true, \"name\": \"J. Smith\", \"picture\": "
		"\"https://lh3.googleusercontent.com/a/example\", \"given_name\": \"J.\", "
		"\"family_name\": \"Smith\", \"iat\": 0, \"exp\": 0, \"nonce\": \"\"}",
};
