/* A provider that answers with each malformed thing: every one refuses the login with its own reason. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "base/json.h"
#include "gate/test_provider.h"

static struct test_provider provider;

static int setup(void **state)
{
	(void)state;
	test_provider_init(&provider);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_provider_finish(&provider);
	return 0;
}

static const char *reason_with(const char *changes)
{
	sto_gate *gate = test_gate(&provider, changes);
	const char *reason = test_sign_in(&provider, gate);
	sto_gate_free(gate);
	return reason;
}

static void claim(const char *name, json_t *value, const char *reason)
{
	(void)json_object_set_new(provider.id_claims, name, value);
	const char *found = reason_with(NULL);
	if (strcmp(found, reason) != 0)
		print_message("%s\n", name);
	assert_string_equal(found, reason);
	(void)json_object_del(provider.id_claims, name);
}

/* TV-12, TV-13, TV-14, TV-17, TV-18, TV-19, TV-22 to TV-24, TV-26, TV-28, TV-56 at the level of a whole login
 */
static void tv_12_claims_for_somebody_else_are_refused(void **state)
{
	json_int_t now = (json_int_t)provider.now_sec;
	(void)state;
	claim("iss", json_string("https://op.example/"), "claim_iss");
	claim("iss", json_null(), "claim_missing");
	claim("aud", json_string("other"), "claim_aud");
	claim("aud", json_null(), "claim_missing");
	claim("aud", json_pack("[s,s]", "app", "other"), "claim_azp");
	claim("azp", json_string("other"), "claim_azp");
	claim("exp", json_integer(now - 31), "claim_expired");
	claim("exp", json_null(), "claim_missing");
	claim("nbf", json_integer(now + 31), "claim_not_yet");
	claim("iat", json_integer(now + 31), "claim_not_yet");
	claim("iat", json_integer(now - 631), "claim_iat");
	claim("iat", json_null(), "claim_missing");
	claim("nonce", json_string("another"), "claim_nonce");
	claim("nonce", json_null(), "claim_nonce");
	claim("sub", json_string(""), "claim_missing");
	claim("at_hash", json_string("AAAAAAAAAAAAAAAAAAAAAA"), "claim_at_hash");
	claim("exp", json_real(1e300), "claim_time");
}

static void good_variants_are_accepted(void **state)
{
	json_int_t now = (json_int_t)provider.now_sec;
	(void)state;
	claim("aud", json_pack("[s]", "app"), "");
	claim("azp", json_string("app"), "");
	claim("exp", json_integer(now - 29), "");
	claim("at_hash", json_null(), "");
}

/* TV-32: what was asked for by max_age is asked of the token. */
static void tv_32_max_age_is_enforced(void **state)
{
	static const char config[] = "{\"authorize_params\": {\"max_age\": 60}}";
	(void)state;
	assert_string_equal(reason_with(config), "claim_auth_time");
	(void)json_object_set_new(provider.id_claims, "auth_time",
				  json_integer((json_int_t)provider.now_sec - 91));
	assert_string_equal(reason_with(config), "claim_auth_time");
	(void)json_object_set_new(provider.id_claims, "auth_time",
				  json_integer((json_int_t)provider.now_sec - 89));
	assert_string_equal(reason_with(config), "");
}

/* TV-04, TV-57 */
static void tv_57_tokens_of_another_key_are_refused(void **state)
{
	(void)state;
	provider.sign_with_other = true;
	assert_string_equal(reason_with(NULL), "token_no_key");
	sto_jwk_free(provider.other_key);
	assert_ok(sto_jwk_generate(&provider.other_key, STO_ALG_ES256, STO_SPAN("k1"), NULL));
	assert_string_equal(reason_with(NULL), "token_signature");
}

static void tv_04_algorithm_that_is_not_configured_is_refused(void **state)
{
	(void)state;
	assert_string_equal(reason_with("{\"algorithms\": [\"RS256\"]}"), "token_alg");
}

/* TV-47 */
static void tv_47_access_token_is_no_id_token(void **state)
{
	(void)state;
	provider.id_typ = "at+jwt";
	assert_string_equal(reason_with(NULL), "token_typ");
	provider.id_typ = "logout+jwt";
	assert_string_equal(reason_with(NULL), "token_typ");
}

/* CB-24 */
static void cb_24_missing_id_token_is_refused(void **state)
{
	(void)state;
	provider.no_id_token = true;
	assert_string_equal(reason_with(NULL), "id_token_missing");
}

static const char access_config[] = "{\"audience\": \"https://api.example\"}";

static void access_claim(const char *name, json_t *value, const char *reason)
{
	provider.access_claims = json_pack("{s:o}", name, value);
	assert_string_equal(reason_with(access_config), reason);
	json_decref(provider.access_claims);
	provider.access_claims = NULL;
}

static void access_tokens_for_somebody_else_are_refused(void **state)
{
	(void)state;
	access_claim("aud", json_string("https://other.example"), "claim_aud");
	access_claim("client_id", json_string("other"), "claim_azp");
	access_claim("iss", json_string("https://evil.example"), "claim_iss");
	access_claim("exp", json_integer((json_int_t)provider.now_sec - 31), "claim_expired");
	access_claim("sub", json_string("x"), "");
}

/* TV-47 */
static void tv_47_another_token_is_no_access_token(void **state)
{
	(void)state;
	provider.access_claims = json_object();
	provider.access_typ = "logout+jwt";
	assert_string_equal(reason_with(access_config), "token_typ");
}

static void opaque_access_token_is_refused_where_it_should_tell_who(void **state)
{
	(void)state;
	assert_string_equal(reason_with(access_config), "token_malformed");
}

/* An ID token that came along must hold, whichever token tells who. */
static void bad_id_token_refuses_beside_a_good_access_token(void **state)
{
	(void)state;
	provider.access_claims = json_object();
	(void)json_object_set_new(provider.id_claims, "nonce", json_string("another"));
	assert_string_equal(reason_with(access_config), "claim_nonce");
}

static void access_token_is_never_taken_in_place_of_an_id_token(void **state)
{
	(void)state;
	provider.access_claims = json_object();
	provider.no_id_token = true;
	assert_string_equal(reason_with("{\"audience\": \"https://api.example\", \"token\": \"id\"}"),
			    "id_token_missing");
}

/* CB-23, LF-31 and the errors of RFC 6749 5.2 */
static void cb_23_hostile_token_answers_are_refused(void **state)
{
	static const struct {
		struct test_answer answer;
		const char *reason;
	} rows[] = {
		{{0, 200, "<html>hello</html>", NULL}, "token_response"},
		{{0, 200, "", NULL}, "token_response"},
		{{0, 200, "[]", NULL}, "token_response"},
		{{0, 200, "null", NULL}, "token_response"},
		{{0, 200, "{\"access_token\":\"x\"", NULL}, "token_response"},
		{{0, 200, "{\"access_token\":\"x\",\"access_token\":\"y\",\"token_type\":\"Bearer\"}", NULL},
		 "token_response"},
		{{0, 200, "{\"access_token\":7,\"token_type\":\"Bearer\"}", NULL}, "token_response"},
		{{0, 200, "{\"access_token\":\"\",\"token_type\":\"Bearer\"}", NULL}, "token_response"},
		{{0, 200, "{\"token_type\":\"Bearer\"}", NULL}, "access_token_missing"},
		{{0, 200, "{\"access_token\":\"x\"}", NULL}, "token_type"},
		{{0, 200, "{\"access_token\":\"x\",\"token_type\":\"mac\"}", NULL}, "token_type"},
		{{0, 200, "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":[]}", NULL},
		 "token_response"},
		{{0, 200, "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":\"a.b\"}", NULL},
		 "token_malformed"},
		{{0, 400, "{\"error\":\"invalid_grant\"}", NULL}, "token_refused"},
		{{0, 400, "{\"error\":\"use_dpop_nonce\"}", NULL}, "token_refused"},
		{{0, 400, "{\"error\":\"strange\\u001b\"}", NULL}, "token_refused"},
		{{0, 401, "{\"error\":\"invalid_client\"}", NULL}, "client_refused"},
		{{0, 400, "{\"error\":\"invalid_client\"}", NULL}, "client_refused"},
		{{0, 401, "nope", NULL}, "client_refused"},
		{{0, 302, "", NULL}, "provider_status"},
		{{0, 307, "", NULL}, "provider_status"},
		{{0, 500, "{\"error\":7}", NULL}, "provider_status"},
		{{0, 201, "{}", NULL}, "provider_status"},
		{{STO_FETCH_TOO_LARGE, 0, NULL, NULL}, "fetch_too_large"},
		{{STO_FETCH_TLS, 0, NULL, NULL}, "fetch_tls"},
		{{STO_FETCH_TIMEOUT, 0, NULL, NULL}, "fetch_timeout"},
		{{STO_FETCH_CONNECT, 0, NULL, NULL}, "fetch_connect"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		provider.answers[TEST_TOKEN] = rows[i].answer;
		const char *reason = reason_with(NULL);
		if (strcmp(reason, rows[i].reason) != 0)
			print_message("row %zu\n", i);
		assert_string_equal(reason, rows[i].reason);
	}
}

static void hostile_key_sets_are_refused(void **state)
{
	static const struct {
		struct test_answer answer;
		const char *reason;
	} rows[] = {
		{{0, 200, "{}", NULL}, "jwks_malformed"},
		{{0, 200, "{\"keys\":{}}", NULL}, "jwks_malformed"},
		{{0, 200, "{\"keys\":[]}", NULL}, "token_no_key"},
		{{0, 200, "{\"keys\":[null,7,{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", NULL}, "token_no_key"},
		{{0, 404, "{}", NULL}, "provider_status"},
		{{0, 302, "{}", NULL}, "provider_status"},
		{{STO_FETCH_DNS, 0, NULL, NULL}, "fetch_dns"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		provider.answers[TEST_JWKS] = rows[i].answer;
		const char *reason = reason_with(NULL);
		if (strcmp(reason, rows[i].reason) != 0)
			print_message("row %zu\n", i);
		assert_string_equal(reason, rows[i].reason);
	}
}

/* --- discovery: no login starts */

static const char *begin_reason(const char *changes)
{
	static char reason[64];
	sto_op *op = NULL;
	sto_gate *gate = test_gate(&provider, changes);
	assert_ok(sto_gate_begin(&op, gate, STO_SPAN("{\"cookie\": \"\", \"path\": \"/\", \"query\": \"\"}"),
				 NULL));
	while (sto_op_step(op) == STO_STEP_WORKER)
		continue;
	struct sto_span text = sto_op_result(op);
	json_t *result = json_loadb((const char *)text.ptr, text.len, 0, NULL);
	(void)snprintf(reason, sizeof(reason), "%s", test_reason(result));
	sto_op_free(op);
	sto_gate_free(gate);
	return reason;
}

/* JD-01 */
static void jd_01_metadata_of_another_issuer_is_refused(void **state)
{
	(void)state;
	(void)json_object_set_new(provider.metadata, "issuer", json_string("https://op.example/"));
	assert_string_equal(begin_reason(NULL), "discovery_issuer");
	assert_string_equal(begin_reason("{\"issuer\": null, \"server_metadata_url\": "
					 "\"https://elsewhere.example/.well-known/openid-configuration\"}"),
			    "discovery_issuer");
}

/* JD-02, JD-07, JD-31 */
static void jd_02_endpoints_elsewhere_are_refused(void **state)
{
	static const char *const bad[] = {
		"http://op.example/token", "https://evil.example/token", "https://op.example.evil/t",
		"file:///etc/passwd",      "https://u@op.example/t",     "//op.example/token",
		"http://127.0.0.1/token",  "https://op.example/t#f",     ""};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)json_object_set_new(provider.metadata, "token_endpoint", json_string(bad[i]));
		const char *reason = begin_reason(NULL);
		if (strcmp(reason, "discovery_endpoint") != 0)
			print_message("%s\n", bad[i]);
		assert_string_equal(reason, "discovery_endpoint");
	}
}

static void endpoint_hosts_allow_what_the_operator_lists(void **state)
{
	(void)state;
	(void)json_object_set_new(provider.metadata, "token_endpoint",
				  json_string("https://tokens.example/t"));
	assert_string_equal(begin_reason(NULL), "discovery_endpoint");
	assert_string_equal(begin_reason("{\"endpoint_hosts\": [\"tokens.example\"]}"), "");
}

/* JD-24 */
static void jd_24_wrong_types_in_metadata_are_refused(void **state)
{
	static const char *const names[] = {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *values[] = {json_null(), json_array(), json_object(), json_integer(7), json_true()};
		json_t *good = json_incref(json_object_get(provider.metadata, names[i]));
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			(void)json_object_set_new(provider.metadata, names[i], values[j]);
			assert_string_equal(begin_reason(NULL),
					    i == 0 ? "discovery_bad" : "discovery_endpoint");
		}
		(void)json_object_set_new(provider.metadata, names[i], good);
	}
	(void)json_object_set_new(provider.metadata, "id_token_signing_alg_values_supported",
				  json_integer(7));
	assert_string_equal(begin_reason(NULL), "");
}

static void hostile_discovery_answers_are_refused(void **state)
{
	static const struct {
		struct test_answer answer;
		const char *reason;
	} rows[] = {
		{{0, 200, "hello", NULL}, "discovery_bad"},
		{{0, 200, "[]", NULL}, "discovery_bad"},
		{{0, 200, "{}", NULL}, "discovery_bad"},
		{{0, 302, "", NULL}, "provider_status"},
		{{0, 404, "", NULL}, "provider_status"},
		{{STO_FETCH_TLS, 0, NULL, NULL}, "fetch_tls"},
		{{STO_FETCH_CONNECT, 0, NULL, NULL}, "fetch_connect"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		provider.answers[TEST_DISCOVERY] = rows[i].answer;
		assert_string_equal(begin_reason(NULL), rows[i].reason);
	}
}

/* --- keys over time */

static sto_gate *warm_gate(void)
{
	sto_gate *gate = test_gate(&provider, NULL);
	assert_string_equal(test_sign_in(&provider, gate), "");
	return gate;
}

/* JD-14: a rotation costs one fetch and no login. */
static void jd_14_rotated_key_is_fetched_at_once(void **state)
{
	sto_gate *gate = warm_gate();
	(void)state;
	provider.sign_with_other = provider.publish_other = true;
	assert_string_equal(test_sign_in(&provider, gate), "");
	assert_int_equal(provider.requests[TEST_JWKS], 2);
	sto_gate_free(gate);
}

/* JD-21: the same kid with new material. */
static void jd_21_same_kid_with_new_material_is_fetched(void **state)
{
	sto_gate *gate = warm_gate();
	(void)state;
	sto_jwk_free(provider.other_key);
	assert_ok(sto_jwk_generate(&provider.other_key, STO_ALG_ES256, STO_SPAN("k1"), NULL));
	provider.sign_with_other = provider.publish_other = true;
	assert_string_equal(test_sign_in(&provider, gate), "");
	sto_gate_free(gate);
}

/* A flood of unknown kids makes one fetch a floor. */
static void unknown_kids_hit_the_floor(void **state)
{
	sto_gate *gate = warm_gate();
	(void)state;
	provider.sign_with_other = true;
	for (int i = 0; i < 5; i++)
		assert_string_equal(test_sign_in(&provider, gate), "token_no_key");
	assert_int_equal(provider.requests[TEST_JWKS], 2);
	provider.now_sec += 31;
	assert_string_equal(test_sign_in(&provider, gate), "token_no_key");
	assert_int_equal(provider.requests[TEST_JWKS], 3);
	sto_gate_free(gate);
}

/* JD-16 */
static void jd_16_warm_keys_outlive_an_outage(void **state)
{
	sto_gate *gate = warm_gate();
	(void)state;
	provider.answers[TEST_JWKS] = (struct test_answer){0, 500, NULL, NULL};
	provider.now_sec += 3600;
	assert_string_equal(test_sign_in(&provider, gate), "");
	sto_gate_free(gate);
}

/* JD-17: nothing is kept shorter than a minute or longer than a day. */
static void jd_17_cache_control_is_clamped(void **state)
{
	(void)state;
	provider.jwks_max_age_sec = 0;
	sto_gate *gate = warm_gate();
	provider.now_sec += 59;
	assert_string_equal(test_sign_in(&provider, gate), "");
	assert_int_equal(provider.requests[TEST_JWKS], 1);
	provider.now_sec += 2;
	provider.jwks_max_age_sec = 315360000;
	assert_string_equal(test_sign_in(&provider, gate), "");
	assert_int_equal(provider.requests[TEST_JWKS], 2);
	provider.now_sec += 86401;
	assert_string_equal(test_sign_in(&provider, gate), "");
	assert_int_equal(provider.requests[TEST_JWKS], 3);
	sto_gate_free(gate);
}

static void discovery_outlives_an_outage(void **state)
{
	sto_gate *gate = warm_gate();
	(void)state;
	provider.answers[TEST_DISCOVERY] = (struct test_answer){STO_FETCH_CONNECT, 0, NULL, NULL};
	provider.now_sec += 7200;
	assert_string_equal(test_sign_in(&provider, gate), "");
	sto_gate_free(gate);
}

/* TV-27: an ID token that told who somebody was tells it once, for its nonce is of one login. */
static void tv_27_an_id_token_tells_who_once(void **state)
{
	char body[4096];
	(void)state;
	assert_string_equal(reason_with(NULL), "");
	json_t *claims =
		json_pack("{s:s, s:s, s:s, s:I, s:I, s:o}", "iss", "https://op.example", "sub", "ada-1",
			  "aud", "app", "exp", (json_int_t)provider.now_sec + 300, "iat",
			  (json_int_t)provider.now_sec, "nonce", sto_json_str(sto_buf_span(&provider.nonce)));
	char *token = test_jwt(&provider, claims, "JWT");
	(void)snprintf(body, sizeof(body),
		       "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":\"%s\"}", token);
	provider.answers[TEST_TOKEN].body = body;
	assert_string_equal(reason_with(NULL), "claim_nonce");
	json_decref(claims);
	free(token);
}

/* LF-31: token_type in any case, and nothing said about the life of the token. */
static void lf_31_bearer_in_any_case_and_no_expires_in_are_fine(void **state)
{
	(void)state;
	provider.answers[TEST_TOKEN].body = "{\"access_token\":\"x\",\"token_type\":\"bEARER\"}";
	assert_string_equal(reason_with("{\"token\": \"userinfo\"}"), "");
	provider.answers[TEST_TOKEN].body = "{\"access_token\":\"x\",\"token_type\":\"bEARERS\"}";
	assert_string_equal(reason_with("{\"token\": \"userinfo\"}"), "token_type");
}

/* CB-22: the code and the secret go to the token endpoint and nowhere else. */
static void cb_22_a_redirect_of_the_token_endpoint_is_a_refusal(void **state)
{
	static const int statuses[] = {301, 302, 303, 307, 308};
	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		provider.answers[TEST_TOKEN] = (struct test_answer){0, statuses[i], "{}", NULL};
		assert_string_equal(reason_with(NULL), "provider_status");
		assert_int_equal(provider.requests[TEST_TOKEN], (int)i + 1);
	}
	assert_int_equal(provider.requests[TEST_OTHER], 0);
}

/* CB-28: whichever step fails after the code was exchanged, there is no login (test_sign_in() looks). */
static void cb_28_each_step_that_fails_gives_no_login(void **state)
{
	static const char config[] = "{\"userinfo\": true}";
	(void)state;
	provider.answers[TEST_JWKS] = (struct test_answer){0, 500, NULL, NULL};
	assert_string_equal(reason_with(config), "provider_status");
	provider.answers[TEST_JWKS] = (struct test_answer){0};
	(void)json_object_set_new(provider.id_claims, "aud", json_string("other"));
	assert_string_equal(reason_with(config), "claim_aud");
	(void)json_object_del(provider.id_claims, "aud");
	provider.answers[TEST_USERINFO] = (struct test_answer){0, 503, NULL, NULL};
	assert_string_equal(reason_with(config), "provider_status");
	provider.answers[TEST_USERINFO] = (struct test_answer){0, 200, "{\"sub\":\"eve\"}", NULL};
	assert_string_equal(reason_with(config), "userinfo_sub");
	provider.answers[TEST_USERINFO] = (struct test_answer){0};
	assert_string_equal(reason_with(config), "");
}

/* JD-23 */
static void jd_23_hostile_json_is_refused(void **state)
{
	static char deep[200001];
	static const char *const bodies[] = {
		deep,
		"\xef\xbb\xbf{}",
		"\xff\xfe{\x01}",
		"{\"issuer\":1e400}",
		"{\"issuer\":\"https://op.example\",\"issuer\":\"https://op.example\"}",
		"{\"issuer\":\"https://op.example\\u0000\"}",
		"{\"issuer\":\"\xc0\xaf\"}"};
	(void)state;
	memset(deep, '[', 100000);
	memset(deep + 100000, ']', 100000);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		provider.answers[TEST_DISCOVERY] = (struct test_answer){0, 200, bodies[i], NULL};
		assert_string_equal(begin_reason(NULL), "discovery_bad");
	}
}

/* JD-31: an access token goes to the issuer's host, or to where the operator says. */
static void jd_31_userinfo_elsewhere_is_refused(void **state)
{
	(void)state;
	(void)json_object_set_new(provider.metadata, "userinfo_endpoint",
				  json_string("https://evil.example/userinfo"));
	assert_string_equal(begin_reason("{\"userinfo\": true}"), "discovery_endpoint");
	assert_string_equal(begin_reason("{\"userinfo\": true, \"endpoint_hosts\": [\"evil.example\"]}"), "");
	assert_int_equal(provider.requests[TEST_USERINFO], 0);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(tv_12_claims_for_somebody_else_are_refused),
		FACT(good_variants_are_accepted),
		FACT(tv_32_max_age_is_enforced),
		FACT(tv_57_tokens_of_another_key_are_refused),
		FACT(tv_04_algorithm_that_is_not_configured_is_refused),
		FACT(tv_47_access_token_is_no_id_token),
		FACT(cb_24_missing_id_token_is_refused),
		FACT(access_tokens_for_somebody_else_are_refused),
		FACT(tv_47_another_token_is_no_access_token),
		FACT(opaque_access_token_is_refused_where_it_should_tell_who),
		FACT(bad_id_token_refuses_beside_a_good_access_token),
		FACT(access_token_is_never_taken_in_place_of_an_id_token),
		FACT(cb_23_hostile_token_answers_are_refused),
		FACT(hostile_key_sets_are_refused),
		FACT(jd_01_metadata_of_another_issuer_is_refused),
		FACT(jd_02_endpoints_elsewhere_are_refused),
		FACT(endpoint_hosts_allow_what_the_operator_lists),
		FACT(jd_24_wrong_types_in_metadata_are_refused),
		FACT(hostile_discovery_answers_are_refused),
		FACT(jd_14_rotated_key_is_fetched_at_once),
		FACT(jd_21_same_kid_with_new_material_is_fetched),
		FACT(unknown_kids_hit_the_floor),
		FACT(jd_16_warm_keys_outlive_an_outage),
		FACT(jd_17_cache_control_is_clamped),
		FACT(discovery_outlives_an_outage),
		FACT(tv_27_an_id_token_tells_who_once),
		FACT(lf_31_bearer_in_any_case_and_no_expires_in_are_fine),
		FACT(cb_22_a_redirect_of_the_token_endpoint_is_a_refusal),
		FACT(cb_28_each_step_that_fails_gives_no_login),
		FACT(jd_23_hostile_json_is_refused),
		FACT(jd_31_userinfo_elsewhere_is_refused),
	};
	return cmocka_run_group_tests_name("gate/hostile", tests, NULL, NULL);
}
