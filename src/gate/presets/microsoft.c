/* After https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc (the discovery document),
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow (Successful response) and
 * https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference */
#include "gate/test_preset.h"

#define TENANT "aaaabbbb-0000-cccc-1111-dddd2222eeee"
#define DOCUMENT(issuer, door)                                                                               \
	"{\"token_endpoint\": \"https://login.microsoftonline.com/" door "/oauth2/v2.0/token\","             \
	"\"token_endpoint_auth_methods_supported\": [\"client_secret_post\", \"private_key_jwt\", "          \
	"\"client_secret_basic\"],"                                                                          \
	"\"jwks_uri\": \"https://login.microsoftonline.com/" door "/discovery/v2.0/keys\","                  \
	"\"response_modes_supported\": [\"query\", \"fragment\", \"form_post\"],"                            \
	"\"subject_types_supported\": [\"pairwise\"],"                                                       \
	"\"id_token_signing_alg_values_supported\": [\"RS256\"],"                                            \
	"\"response_types_supported\": [\"code\", \"id_token\", \"code id_token\", \"id_token token\"],"     \
	"\"scopes_supported\": [\"openid\", \"profile\", \"email\", \"offline_access\"],"                    \
	"\"issuer\": \"https://login.microsoftonline.com/" issuer "/v2.0\","                                 \
	"\"request_uri_parameter_supported\": false,"                                                        \
	"\"userinfo_endpoint\": \"https://graph.microsoft.com/oidc/userinfo\","                              \
	"\"authorization_endpoint\": \"https://login.microsoftonline.com/" door "/oauth2/v2.0/authorize\","  \
	"\"http_logout_supported\": true, \"frontchannel_logout_supported\": true,"                          \
	"\"end_session_endpoint\": \"https://login.microsoftonline.com/" door "/oauth2/v2.0/logout\","       \
	"\"tenant_region_scope\": \"EU\", \"cloud_instance_name\": \"microsoftonline.com\"}"
#define TOKEN                                                                                                \
	"{\"token_type\": \"Bearer\", \"scope\": \"email openid profile\", \"expires_in\": 3599, "           \
	"\"ext_expires_in\": 3599, \"access_token\": \"eyJ0eXAi.example\", \"refresh_token\": "              \
	"\"0.AXample\"}"
/* No email_verified, and no at_hash from the token endpoint. */
#define CLAIMS                                                                                               \
	"{\"aud\": \"00001111-aaaa-2222-bbbb-3333cccc4444\", \"iss\": "                                      \
	"\"https://login.microsoftonline.com/" TENANT "/v2.0\", \"iat\": 0, \"nbf\": 0, \"exp\": 0, "        \
	"\"name\": \"Adele Vance\", \"nonce\": \"\", \"oid\": \"bbbbbbbb-1111-2222-3333-cccccccccccc\", "    \
	"\"email\": \"adelev@contoso.com\", \"preferred_username\": \"adelev@contoso.com\", \"rh\": "        \
	"\"0.example\", \"sid\": \"002fa7a1-example\", \"sub\": "                                            \
	"\"AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ\", "                                                  \
	"\"tid\": \"" TENANT "\", \"uti\": \"example\", \"ver\": \"2.0\"}"

const struct test_preset test_preset_microsoft = {
	.config = "{\"issuer\": null, \"provider\": \"microsoft\", \"tenant\": "
		  "\"AAAABBBB-0000-CCCC-1111-DDDD2222EEEE\", "
		  "\"client_id\": \"00001111-aaaa-2222-bbbb-3333cccc4444\"}",
	.pages = {{"https://login.microsoftonline.com/" TENANT "/v2.0/.well-known/openid-configuration",
		   DOCUMENT(TENANT, TENANT)}},
	.jwks_url = "https://login.microsoftonline.com/" TENANT "/discovery/v2.0/keys",
	.token_url = "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/token",
	.token = TOKEN,
	.id_claims = CLAIMS,
};

/* The door for several tenants: its issuer is a template. */
const struct test_preset test_preset_microsoft_many = {
	.config =
		"{\"issuer\": null, \"provider\": \"microsoft\", \"tenant\": \"organizations\", \"tenants\": "
		"[\"11112222-0000-cccc-1111-dddd2222eeee\", \"" TENANT "\"], "
		"\"client_id\": \"00001111-aaaa-2222-bbbb-3333cccc4444\"}",
	.pages = {{"https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration",
		   DOCUMENT("{tenantid}", "organizations")}},
	.jwks_url = "https://login.microsoftonline.com/organizations/discovery/v2.0/keys",
	.token_url = "https://login.microsoftonline.com/organizations/oauth2/v2.0/token",
	.token = TOKEN,
	.id_claims = CLAIMS,
};
