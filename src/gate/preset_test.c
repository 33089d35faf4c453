/* Presets: what each stands for, and a whole sign-in against what its provider's documentation shows. */
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "base/test.h"
#include "gate/config_table.h"
#include "gate/login.h"
#include "gate/test_preset.h"
#include "provider/oidc/tenant.h"
#include "provider/preset.h"

static struct test_provider provider;
static struct test_imitation imitation;
static sto_login *login;

static int setup(void **state)
{
	(void)state;
	test_provider_init(&provider);
	provider.alg = STO_ALG_RS256;
	sto_jwk_free(provider.key);
	assert_ok(sto_jwk_generate(&provider.key, STO_ALG_RS256, STO_SPAN("r1"), NULL));
	test_imitation_init(&imitation, &provider, &test_preset_google);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sto_login_free(login);
	login = NULL;
	test_imitation_finish(&imitation);
	test_provider_finish(&provider);
	return 0;
}

/* The reason, or "" and `login`. */
static const char *sign_in_with(const struct test_preset *preset, const char *config)
{
	imitation.preset = preset;
	sto_gate *gate = test_gate(&provider, config);
	sto_login_free(login);
	const char *reason = test_preset_sign_in(&login, &imitation, gate);
	sto_gate_free(gate);
	return reason;
}

static void sign_in(const struct test_preset *preset)
{
	assert_string_equal(sign_in_with(preset, preset->config), "");
}

static json_t *claims_of(const sto_login *of)
{
	struct sto_span text = sto_login_claims(of);
	json_t *claims = json_loadb((const char *)text.ptr, text.len, 0, NULL);
	assert_non_null(claims);
	return claims;
}

static void assert_claim(const char *name, const char *wanted)
{
	json_t *claims = claims_of(login);
	const char *text = json_string_value(json_object_get(claims, name));
	assert_string_equal(text == NULL ? "(none)" : text, wanted);
	json_decref(claims);
}

/* "true", "false", or "(none)" */
static void assert_verified(const char *wanted)
{
	json_t *claims = claims_of(login);
	const json_t *value = json_object_get(claims, "email_verified");
	assert_string_equal(value == NULL ? "(none)" : json_is_true(value) ? "true" : "false", wanted);
	json_decref(claims);
}

static void assert_who(const char *issuer, const char *subject)
{
	const struct sto_login_session *session = sto_login_session(login);
	assert_true(sto_span_equal(session->issuer, sto_span_str(issuer)));
	assert_true(sto_span_equal(session->subject, sto_span_str(subject)));
}

/* --- the sign-ins */

static void google_signs_in(void **state)
{
	(void)state;
	sign_in(&test_preset_google);
	assert_who("https://accounts.google.com", "10769150350006150715113082367");
	assert_claim("email", "jsmith@example.com");
	assert_verified("true");
	assert_claim("hd", "example.com");
	/* Discovery, token, keys. */
	assert_int_equal(imitation.n_fetches, 3);
}

static void google_says_itself_whether_an_address_is_verified(void **state)
{
	(void)state;
	imitation.id_changes = json_pack("{s:b}", "email_verified", 0);
	sign_in(&test_preset_google);
	assert_verified("false");
}

static void microsoft_signs_in_one_tenant(void **state)
{
	(void)state;
	sign_in(&test_preset_microsoft);
	assert_who("https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0",
		   "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ");
	assert_claim("email", "adelev@contoso.com");
	assert_verified("(none)");
	assert_span(sto_login_session(login)->sid, "002fa7a1-example");
}

static void microsoft_signs_in_listed_tenants_by_their_own_issuer(void **state)
{
	(void)state;
	sign_in(&test_preset_microsoft_many);
	assert_who("https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0",
		   "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ");
}

static void keycloak_signs_in(void **state)
{
	(void)state;
	sign_in(&test_preset_keycloak);
	assert_who("https://id.example.com/auth/realms/My-Realm", "6d6f7a70-3f1a-4a9c-9c7d-7f6d5d1c2b3a");
	assert_span(sto_login_session(login)->sid, "f3a1d4c2-5b0e-4e4e-9f5c-2f6f4f1f0c1a");
	assert_span(sto_login_session(login)->acr, "1");
	assert_int_equal(sto_login_session(login)->auth_time_sec, provider.now_sec - 20);
	assert_verified("false");
}

static void auth0_signs_in_under_an_issuer_with_a_slash(void **state)
{
	(void)state;
	sign_in(&test_preset_auth0);
	assert_who("https://acme.eu.auth0.com/", "auth0|507f1f77bcf86cd799439020");
	assert_verified("true");
	imitation.id_changes = json_pack("{s:s}", "iss", "https://acme.eu.auth0.com");
	assert_string_equal(sign_in_with(&test_preset_auth0, test_preset_auth0.config), "claim_iss");
}

/* --- GitHub, which has its own way in most things */

static void github_signs_in_by_its_number(void **state)
{
	(void)state;
	sign_in(&test_preset_github);
	assert_who("https://github.com/login/oauth/authorize", "583231");
	assert_span(sto_login_identity(login), "583231");
	assert_claim("preferred_username", "octocat");
	assert_claim("login", "octocat");
	assert_claim("name", "monalisa octocat");
	assert_claim("picture", "https://avatars.githubusercontent.com/u/583231?v=4");
	assert_claim("avatar_url", "https://avatars.githubusercontent.com/u/583231?v=4");
	assert_claim("email", "mona@example.com");
	assert_verified("true");
	/* Token, user, addresses. */
	assert_int_equal(imitation.n_fetches, 3);
}

static void github_asks_for_its_own_scopes(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	(void)state;
	imitation.preset = &test_preset_github;
	sto_gate *gate = test_gate(&provider, test_preset_github.config);
	test_begin(&link, &provider, gate, &browser);
	assert_true(sto_span_starts_with(sto_buf_span(&link.url),
					 STO_SPAN("https://github.com/login/oauth/authorize?")));
	assert_non_null(strstr(sto_buf_cstr(&link.url), "&scope=read%3Auser+user%3Aemail&"));
	test_link_finish(&link);
	sto_gate_free(gate);
}

/* Only an address that is primary and verified is one to rely on. */
static void github_addresses_that_are_not_verified_are_not_relied_on(void **state)
{
	static const struct {
		int status;
		const char *body, *email, *verified;
	} rows[] = {
		{200, "[{\"email\": \"a@x\", \"primary\": true, \"verified\": false}]", "octocat@github.com",
		 "(none)"},
		{200, "[{\"email\": \"a@x\", \"primary\": false, \"verified\": true}]", "octocat@github.com",
		 "(none)"},
		{200, "[{\"email\": \"a@x\", \"primary\": \"true\", \"verified\": \"true\"}]",
		 "octocat@github.com", "(none)"},
		{200, "[{\"email\": 1, \"primary\": true, \"verified\": true}]", "octocat@github.com",
		 "(none)"},
		{200, "[]", "octocat@github.com", "(none)"},
		{404, "{}", "octocat@github.com", "(none)"},
		{403, "{}", "octocat@github.com", "(none)"},
	};
	(void)state;
	imitation.other_url = "https://api.github.com/user/emails";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		imitation.other = (struct test_answer){0, rows[i].status, rows[i].body, NULL};
		sign_in(&test_preset_github);
		assert_claim("email", rows[i].email);
		assert_verified(rows[i].verified);
	}
}

static void what_github_says_of_itself_verifies_no_address(void **state)
{
	(void)state;
	imitation.other_url = "https://api.github.com/user";
	imitation.other = (struct test_answer){
		0, 200, "{\"id\": 7, \"email\": \"boss@example.com\", \"email_verified\": true}", NULL};
	assert_string_equal(sign_in_with(&test_preset_github,
					 "{\"issuer\": null, \"provider\": \"github\", \"scope\": "
					 "\"read:user\"}"),
			    "");
	assert_verified("(none)");
	/* Without the scope nobody is asked. */
	assert_int_equal(imitation.n_fetches, 2);
}

static void github_refuses_in_its_own_words(void **state)
{
	static const struct {
		const char *url, *body, *reason;
		int rc, status;
	} rows[] = {
		{"https://github.com/login/oauth/access_token",
		 "{\"error\": \"bad_verification_code\", \"error_description\": \"The code passed is "
		 "incorrect or "
		 "expired.\", \"error_uri\": \"https://docs.github.com/\"}",
		 "token_refused", 0, 200},
		{"https://github.com/login/oauth/access_token",
		 "{\"error\": \"incorrect_client_credentials\"}", "client_refused", 0, 200},
		{"https://github.com/login/oauth/access_token", "{\"error\": \"redirect_uri_mismatch\"}",
		 "token_refused", 0, 200},
		{"https://api.github.com/user", "{\"message\": \"Bad credentials\"}", "provider_status", 0,
		 401},
		{"https://api.github.com/user/emails", "{}", "userinfo_bad", 0, 200},
		{"https://api.github.com/user/emails", "{}", "provider_status", 0, 502},
		{"https://api.github.com/user/emails", "", "fetch_timeout", STO_FETCH_TIMEOUT, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		imitation.other_url = rows[i].url;
		imitation.other = (struct test_answer){rows[i].rc, rows[i].status, rows[i].body, NULL};
		assert_string_equal(sign_in_with(&test_preset_github, test_preset_github.config),
				    rows[i].reason);
	}
}

/* --- many tenants */

#define OWN "aaaabbbb-0000-cccc-1111-dddd2222eeee"
#define OTHER "99999999-0000-cccc-1111-dddd2222eeee"

/* TV-62 */
static void tv_62_a_tenant_that_is_not_listed_is_refused(void **state)
{
	static const struct {
		const char *tid, *iss, *reason;
	} rows[] = {
		{OTHER, "https://login.microsoftonline.com/" OTHER "/v2.0", "tenant_refused"},
		/* The issuer of one and the tid of another. */
		{OTHER, "https://login.microsoftonline.com/" OWN "/v2.0", "tenant_refused"},
		{OWN, "https://login.microsoftonline.com/" OTHER "/v2.0", "claim_iss"},
		{OWN, "https://login.microsoftonline.com/{tenantid}/v2.0", "claim_iss"},
		{OWN, "https://sts.windows.net/" OWN "/", "claim_iss"},
		{OWN, "https://evil.example/" OWN "/v2.0", "claim_iss"},
		{NULL, "https://login.microsoftonline.com/" OWN "/v2.0", "claim_missing"},
		{"any", "https://login.microsoftonline.com/any/v2.0", "claim_missing"},
		{"{tenantid}", "https://login.microsoftonline.com/{tenantid}/v2.0", "claim_missing"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_decref(imitation.id_changes);
		imitation.id_changes = json_pack("{s:o, s:s}", "tid",
						 rows[i].tid == NULL ? json_null() : json_string(rows[i].tid),
						 "iss", rows[i].iss);
		assert_string_equal(
			sign_in_with(&test_preset_microsoft_many, test_preset_microsoft_many.config),
			rows[i].reason);
	}
}

/* TV-62: whoever wants all of them says so, and the issuer is the tenant's all the same. */
static void tv_62_any_tenant_is_still_one_tenants_issuer(void **state)
{
	static const char any[] = "{\"issuer\": null, \"provider\": \"microsoft\", \"tenant\": "
				  "\"organizations\", \"tenants\": \"any\", \"client_id\": "
				  "\"00001111-aaaa-2222-bbbb-3333cccc4444\"}";
	(void)state;
	imitation.id_changes = json_pack("{s:s, s:s}", "tid", OTHER, "iss",
					 "https://login.microsoftonline.com/" OTHER "/v2.0");
	assert_string_equal(sign_in_with(&test_preset_microsoft_many, any), "");
	assert_who("https://login.microsoftonline.com/" OTHER "/v2.0",
		   "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ");
	(void)json_object_set_new(imitation.id_changes, "tid", json_string(OWN));
	assert_string_equal(sign_in_with(&test_preset_microsoft_many, any), "claim_iss");
}

/* TV-62: a template counts where it is configured who may sign in, and nowhere else. */
static void tv_62_a_template_is_no_issuer_of_anybody_else(void **state)
{
	(void)state;
	imitation.preset = &test_preset_microsoft_many;
	sto_gate *gate =
		test_gate(&provider, "{\"issuer\": null, \"server_metadata_url\": "
				     "\"https://login.microsoftonline.com/organizations/v2.0/.well-known/"
				     "openid-configuration\"}");
	assert_int_equal(sto_oidc_prepare(gate->oidc, NULL), STO_DISCOVERY_BAD);
	sto_gate_free(gate);
}

/* TV-62: and it lies on the host of its own document. */
static void tv_62_a_template_on_another_host_is_refused(void **state)
{
	static const char *const issuers[] = {"https://evil.example/{tenantid}/v2.0",
					      "https://{tenantid}.microsoftonline.com/v2.0",
					      "https://login.microsoftonline.com{tenantid}/v2.0"};
	(void)state;
	imitation.other_url = test_preset_microsoft_many.pages[0].url;
	for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
		json_t *document = json_loads(test_preset_microsoft_many.pages[0].body, 0, NULL);
		(void)json_object_set_new(document, "issuer", json_string(issuers[i]));
		char *text = json_dumps(document, 0);
		imitation.other = (struct test_answer){0, 200, text, NULL};
		imitation.preset = &test_preset_microsoft_many;
		sto_gate *gate = test_gate(&provider, test_preset_microsoft_many.config);
		assert_int_equal(sto_oidc_prepare(gate->oidc, NULL), STO_DISCOVERY_ISSUER);
		sto_gate_free(gate);
		free(text);
		json_decref(document);
	}
}

/* RFC 9207 over a template. */
static void the_iss_of_an_answer_is_that_of_an_allowed_tenant(void **state)
{
	json_t *tenants = json_pack("[s]", OWN);
	struct sto_span issuer = STO_SPAN("https://login.microsoftonline.com/{tenantid}/v2.0");
	(void)state;
	assert_true(
		sto_tenant_fits(issuer, tenants, STO_SPAN("https://login.microsoftonline.com/" OWN "/v2.0")));
	assert_false(sto_tenant_fits(issuer, tenants,
				     STO_SPAN("https://login.microsoftonline.com/" OTHER "/v2.0")));
	assert_false(sto_tenant_fits(issuer, tenants,
				     STO_SPAN("https://login.microsoftonline.com/" OWN "/v2.0/x")));
	assert_false(
		sto_tenant_fits(issuer, tenants, STO_SPAN("https://evil.example.com/aaaaaaa/" OWN "/v2.0")));
	assert_false(sto_tenant_fits(issuer, tenants, (struct sto_span){NULL, 0}));
	json_decref(tenants);
}

/* --- what the operator writes */

/* The value of a key after the preset was taken. */
static void assert_value(const char *changes, const char *key, const char *wanted)
{
	sto_gate *gate = test_gate(&provider, changes);
	const char *text = json_string_value(json_object_get(gate->config.values, key));
	assert_string_equal(text == NULL ? "(none)" : text, wanted);
	sto_gate_free(gate);
}

static void each_name_stands_for_its_addresses(void **state)
{
	static const struct {
		const char *changes, *key, *wanted;
	} rows[] = {
		{"\"provider\": \"google\"", "issuer", "https://accounts.google.com"},
		{"\"api_base_url\": \"accounts.google.com\"", "issuer", "https://accounts.google.com"},
		{"\"api_base_url\": \"https://op.example/x\"", "issuer", "https://op.example/x"},
		{"\"api_base_url\": \"https://op.example/\"", "issuer", "https://op.example/"},
		{"\"api_base_url\": \"http://localhost:9000\"", "issuer", "http://localhost:9000"},
		{"\"provider\": \"microsoft\", \"tenant\": \"contoso.onmicrosoft.com\"",
		 "server_metadata_url",
		 "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0/.well-known/"
		 "openid-configuration"},
		{"\"provider\": \"microsoft\", \"tenant\": \"consumers\"", "issuer",
		 "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"},
		{"\"provider\": \"microsoft\", \"tenant\": [\"" OWN "\", \"" OTHER "\"]",
		 "server_metadata_url",
		 "https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration"},
		{"\"provider\": \"microsoft\", \"tenant\": \"" OWN
		 "\", \"api_base_url\": \"login.microsoftonline.us\"",
		 "issuer", "https://login.microsoftonline.us/" OWN "/v2.0"},
		{"\"provider\": \"keycloak\", \"domain\": \"kc.example\", \"realm\": \"a%20b\"", "issuer",
		 "https://kc.example/realms/a%20b"},
		{"\"provider\": \"keycloak\", \"domain\": \"http://localhost:8080/\", \"realm\": \"r\"",
		 "issuer", "http://localhost:8080/realms/r"},
		{"\"provider\": \"keycloak\", \"api_base_url\": \"kc.example/auth/\", \"realm\": \"r\"",
		 "issuer", "https://kc.example/auth/realms/r"},
		{"\"provider\": \"auth0\", \"domain\": \"https://acme.auth0.com/\"", "issuer",
		 "https://acme.auth0.com/"},
		{"\"provider\": \"github\", \"api_base_url\": \"git.example.com\"", "userinfo_endpoint",
		 "https://git.example.com/api/v3/user"},
		{"\"provider\": \"github\", \"api_base_url\": \"git.example.com\"", "token_endpoint",
		 "https://git.example.com/login/oauth/access_token"},
		{"\"provider\": \"github\", \"api_base_url\": \"octo.ghe.com\"", "userinfo_endpoint",
		 "https://api.octo.ghe.com/user"},
		{"\"provider\": \"github\"", "subject_claim", "id"},
		{"\"provider\": \"github\"", "type", "oauth2"},
		{"\"provider\": \"github\"", "token", "userinfo"},
		/* What is written wins over what a name stands for. */
		{"\"provider\": \"github\", \"scope\": \"repo\"", "scope", "repo"},
		{"\"provider\": \"github\", \"identity_field_in_token\": \"login\"",
		 "identity_field_in_token", "login"},
		{"\"type\": \"oauth2\", \"authorization_endpoint\": \"https://a.example/a\", "
		 "\"token_endpoint\": \"https://a.example/t\", \"userinfo_endpoint\": "
		 "\"https://a.example/u\"",
		 "token", "userinfo"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sto_buf changes;
		sto_buf_init(&changes, 1000);
		assert_ok(sto_buf_printf(&changes, "{\"issuer\": null, %s}", rows[i].changes));
		assert_value(sto_buf_cstr(&changes), rows[i].key, rows[i].wanted);
		sto_buf_finish(&changes);
	}
	assert_value("{\"issuer\": \"https://op.example\", \"provider\": \"google\"}", "issuer",
		     "https://op.example");
}

/* Each says the key, and what mends it. */
static void what_is_wrong_or_missing_is_said_with_its_mend(void **state)
{
	static const struct {
		const char *changes, *severity, *code, *key, *mend;
	} rows[] = {
		{"\"provider\": \"gogle\"", "error", "bad_choice", "provider", "google"},
		{"\"provider\": \"microsoft\"", "error", "missing_key", "tenant", "Directory (tenant) ID"},
		{"\"provider\": \"microsoft\", \"tenant\": \"mine\"", "error", "bad_tenant", "tenant",
		 "Directory (tenant) ID"},
		{"\"provider\": \"microsoft\", \"tenant\": \"common\"", "error", "missing_key", "tenants",
		 "\"any\""},
		{"\"provider\": \"microsoft\", \"tenant\": \"organizations\", \"tenants\": \"x\"", "error",
		 "bad_tenant", "tenants", "IDs"},
		{"\"provider\": \"microsoft\", \"tenant\": \"organizations\", \"tenants\": [\"any\", \"" OWN
		 "\"]",
		 "error", "bad_tenant", "tenants", "IDs"},
		{"\"provider\": \"microsoft\", \"tenant\": \"" OWN "\", \"tenants\": \"" OTHER "\"", "error",
		 "unused_key", "tenants", "organizations"},
		{"\"provider\": \"microsoft\", \"tenant\": [\"" OWN "\", \"x\"]", "error", "bad_tenant",
		 "tenant", "IDs"},
		{"\"provider\": \"keycloak\", \"realm\": \"r\"", "error", "missing_key", "domain", "host"},
		{"\"provider\": \"keycloak\", \"domain\": \"kc.example\"", "error", "missing_key", "realm",
		 "realm"},
		{"\"provider\": \"keycloak\", \"domain\": \"kc.example\", \"realm\": \"a/../b\"", "error",
		 "bad_realm", "realm", "/realms/"},
		{"\"provider\": \"keycloak\", \"domain\": \"kc.example\", \"realm\": \"..\"", "error",
		 "bad_realm", "realm", "/realms/"},
		{"\"provider\": \"auth0\"", "error", "missing_key", "domain", "auth0.com"},
		{"\"provider\": \"auth0\", \"domain\": \"http://acme.auth0.com\"", "error", "bad_url",
		 "domain", "auth0.com"},
		{"\"provider\": \"auth0\", \"domain\": \"a b\"", "error", "bad_url", "domain", "auth0.com"},
		{"\"api_base_url\": \"http://op.example\"", "error", "bad_url", "api_base_url", "host"},
		{"\"api_base_url\": \"op.example/?x\"", "error", "bad_url", "api_base_url", "host"},
		{"\"provider\": \"github\", \"type\": \"oidc\"", "error", "bad_type", "type", "oauth2"},
		{"\"provider\": \"google\", \"type\": \"oauth2\"", "error", "bad_type", "type", "oidc"},
		{"\"type\": \"oauth2\"", "error", "missing_key", "issuer", "issuer"},
		{"\"type\": \"oauth2\", \"api_base_url\": \"op.example\"", "warning", "unused_key",
		 "api_base_url", "Take it out"},
		{"\"provider\": \"google\", \"tenant\": \"x\"", "warning", "unused_key", "tenant",
		 "Take it out"},
		{"\"issuer\": \"https://op.example\", \"realm\": \"x\"", "warning", "unused_key", "realm",
		 "Take it out"},
		{"\"issuer\": \"https://op.example\", \"provider\": \"microsoft\", \"tenant\": \"" OWN "\"",
		 "warning", "unused_key", "tenant", "Take it out"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sto_buf changes;
		bool found = false;
		size_t k;
		json_t *finding;
		sto_buf_init(&changes, 1000);
		bool has_issuer = strstr(rows[i].changes, "\"issuer\"") != NULL;
		assert_ok(sto_buf_printf(&changes, "{%s%s}", has_issuer ? "" : "\"issuer\": null, ",
					 rows[i].changes));
		json_t *list = test_findings(&provider, sto_buf_cstr(&changes));
		json_array_foreach(list, k, finding)
		{
			const char *key = json_string_value(json_object_get(finding, "key"));
			if (key == NULL || strcmp(key, rows[i].key) != 0)
				continue;
			assert_string_equal(json_string_value(json_object_get(finding, "severity")),
					    rows[i].severity);
			assert_string_equal(json_string_value(json_object_get(finding, "code")),
					    rows[i].code);
			assert_non_null(
				strstr(json_string_value(json_object_get(finding, "mend")), rows[i].mend));
			found = true;
		}
		if (!found)
			fail_msg("row %zu: no finding for %s", i, rows[i].key);
		json_decref(list);
		sto_buf_finish(&changes);
	}
}

/* The table's choices and the list of presets are one. */
static void the_table_knows_every_preset_and_no_other(void **state)
{
	const struct sto_config_key *key = sto_config_key_find(STO_SPAN("provider"));
	size_t i = 0;
	(void)state;
	for (; key->choices[i] != NULL; i++) {
		const struct sto_preset *preset = sto_preset_at(i);
		assert_non_null(preset);
		assert_string_equal(preset->name, key->choices[i]);
		assert_ptr_equal(sto_preset_find(sto_span_str(key->choices[i])), preset);
	}
	assert_null(sto_preset_at(i));
	assert_string_equal(sto_preset_label(STO_SPAN("github")), "GitHub");
	assert_string_equal(sto_preset_label(STO_SPAN("auth0")), "Auth0");
	assert_null(sto_preset_label(STO_SPAN("Google")));
}

/* JD-31: a name opens its own provider's hosts and nobody else's. */
static void jd_31_sisters_are_a_presets_own(void **state)
{
	(void)state;
	assert_true(sto_preset_is_sister(STO_SPAN("accounts.google.com"), STO_SPAN("oauth2.googleapis.com")));
	assert_true(
		sto_preset_is_sister(STO_SPAN("login.microsoftonline.com"), STO_SPAN("graph.microsoft.com")));
	assert_false(sto_preset_is_sister(STO_SPAN("accounts.google.com"), STO_SPAN("graph.microsoft.com")));
	assert_false(sto_preset_is_sister(STO_SPAN("op.example"), STO_SPAN("oauth2.googleapis.com")));
	assert_false(sto_preset_is_sister(STO_SPAN("acme.auth0.com"), STO_SPAN("evil.auth0.com")));
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(google_signs_in),
		FACT(google_says_itself_whether_an_address_is_verified),
		FACT(microsoft_signs_in_one_tenant),
		FACT(microsoft_signs_in_listed_tenants_by_their_own_issuer),
		FACT(keycloak_signs_in),
		FACT(auth0_signs_in_under_an_issuer_with_a_slash),
		FACT(github_signs_in_by_its_number),
		FACT(github_asks_for_its_own_scopes),
		FACT(github_addresses_that_are_not_verified_are_not_relied_on),
		FACT(what_github_says_of_itself_verifies_no_address),
		FACT(github_refuses_in_its_own_words),
		FACT(tv_62_a_tenant_that_is_not_listed_is_refused),
		FACT(tv_62_any_tenant_is_still_one_tenants_issuer),
		FACT(tv_62_a_template_is_no_issuer_of_anybody_else),
		FACT(tv_62_a_template_on_another_host_is_refused),
		FACT(the_iss_of_an_answer_is_that_of_an_allowed_tenant),
		FACT(each_name_stands_for_its_addresses),
		FACT(what_is_wrong_or_missing_is_said_with_its_mend),
		FACT(the_table_knows_every_preset_and_no_other),
		FACT(jd_31_sisters_are_a_presets_own),
	};
	return cmocka_run_group_tests_name("gate/preset", tests, NULL, NULL);
}
