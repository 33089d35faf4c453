#include "jose/claims.h"

#include "base/json.h"
#include "base/test.h"

#define NOW 1700000000
#define LEEWAY 30

static const struct sto_claims_policy id_token_policy = {
	.issuer = {(const uint8_t *)"https://op.example", 18},
	.audience = {(const uint8_t *)"client", 6},
	.client_id = {(const uint8_t *)"client", 6},
	.nonce = {(const uint8_t *)"n-1", 3},
	.leeway_sec = LEEWAY,
	.max_iat_age_sec = 600,
	.max_age_sec = -1,
	.alg = STO_ALG_RS256,
};

static json_t *good_claims(void)
{
	json_t *claims =
		json_pack("{s:s,s:s,s:s,s:I,s:I,s:s}", "iss", "https://op.example", "sub", "alice", "aud",
			  "client", "exp", (json_int_t)NOW + 300, "iat", (json_int_t)NOW, "nonce", "n-1");
	assert_non_null(claims);
	return claims;
}

static int check(const json_t *claims, const struct sto_claims_policy *policy)
{
	struct sto_claims_found found;
	struct sto_error err = {0};
	int rc = sto_claims_check(&found, claims, policy, NOW, &err);
	assert_int_equal(err.code, rc);
	assert_null(strstr(err.detail, "n-1")); /* a nonce is never quoted */
	return rc;
}

/* The result for good claims with one member set to a JSON text ("" takes it out). */
static int check_under(const struct sto_claims_policy *policy, const char *name, const char *value)
{
	json_t *claims = good_claims();
	if (value[0] == 0)
		(void)json_object_del(claims, name);
	else
		assert_int_equal(json_object_set_new(claims, name, json_loads(value, JSON_DECODE_ANY, NULL)),
				 0);
	int rc = check(claims, policy);
	json_decref(claims);
	return rc;
}

static int check_with(const char *name, const char *value)
{
	return check_under(&id_token_policy, name, value);
}

static int check_with_time(const char *name, int64_t sec)
{
	char text[40];
	(void)snprintf(text, sizeof(text), "%lld", (long long)sec);
	return check_with(name, text);
}

static void good_claims_hold_and_say_what_they_are(void **state)
{
	struct sto_claims_found found;
	(void)state;
	json_t *claims = good_claims();
	assert_ok(sto_claims_check(&found, claims, &id_token_policy, NOW, NULL));
	assert_span(found.sub, "alice");
	assert_span(found.iss, "https://op.example");
	assert_int_equal(found.exp_sec, NOW + 300);
	assert_int_equal(found.iat_sec, NOW);
	json_decref(claims);
}

static void claims_that_are_no_object_are_refused(void **state)
{
	(void)state;
	json_t *list = json_array();
	assert_int_equal(check(list, &id_token_policy), STO_CLAIM_MISSING);
	json_decref(list);
	assert_int_equal(check(NULL, &id_token_policy), STO_CLAIM_MISSING);
}

static void tv_12_an_issuer_is_compared_exactly(void **state)
{
	static const char *const others[] = {
		"\"https://op.exampl\"",   "\"https://op.example/\"", "\"https://op.example.evil\"",
		"\"https://OP.example\"",  "\"http://op.example\"",   "\" https://op.example\"",
		"\"https://op.example \"", "\"https://op.example#\"", "\"op.example\"",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(check_with("iss", others[i]), STO_CLAIM_ISS);
}

static void tv_13_an_issuer_that_is_absent_or_no_string_is_refused(void **state)
{
	static const char *const bad[] = {"", "null", "1", "[\"https://op.example\"]", "{}", "true"};
	struct sto_claims_policy any = id_token_policy;
	(void)state;
	any.issuer = (struct sto_span){NULL, 0};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(check_with("iss", bad[i]), STO_CLAIM_MISSING);
		assert_int_equal(check_under(&any, "iss", bad[i]), STO_CLAIM_MISSING);
	}
	assert_ok(check_under(&any, "iss", "\"https://whoever.example\""));
}

static void tv_14_another_audience_is_refused(void **state)
{
	static const char *const others[] = {"\"other\"",  "\"clien\"", "\"client2\"",
					     "\"Client\"", "[\"a\"]",   "[\"a\",\"b\"]"};
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(check_with("aud", others[i]), STO_CLAIM_AUD);
	assert_int_equal(check_with("aud", ""), STO_CLAIM_MISSING);
}

static void tv_16_an_audience_may_be_a_list(void **state)
{
	(void)state;
	assert_ok(check_with("aud", "[\"client\"]"));
}

static void tv_17_an_audience_of_another_type_is_refused(void **state)
{
	static const char *const bad[] = {"[]",
					  "{}",
					  "7",
					  "[7]",
					  "\"\"",
					  "null",
					  "[\"client\",7]",
					  "[\"client\",\"\"]",
					  "[[\"client\"]]"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(check_with("aud", bad[i]), STO_CLAIM_MISSING);
}

static void tv_18_a_token_for_another_client_is_refused(void **state)
{
	(void)state;
	assert_ok(check_with("azp", "\"client\""));
	assert_int_equal(check_with("azp", "\"other\""), STO_CLAIM_AZP);
	assert_int_equal(check_with("azp", "null"), STO_CLAIM_AZP);
	assert_int_equal(check_with("azp", "[\"client\"]"), STO_CLAIM_AZP);
	assert_int_equal(check_with("aud", "[\"client\",\"other\"]"), STO_CLAIM_AZP);
}

static void tv_18_several_audiences_with_azp_hold(void **state)
{
	(void)state;
	json_t *claims = good_claims();
	assert_int_equal(json_object_set_new(claims, "aud", json_pack("[s,s]", "other", "client")), 0);
	assert_int_equal(json_object_set_new(claims, "azp", json_string("client")), 0);
	assert_ok(check(claims, &id_token_policy));
	json_decref(claims);
}

static void tv_19_a_token_expires_when_exp_and_leeway_are_over(void **state)
{
	(void)state;
	assert_int_equal(check_with_time("exp", NOW - LEEWAY - 1), STO_CLAIM_EXPIRED);
	assert_int_equal(check_with_time("exp", NOW - LEEWAY), STO_CLAIM_EXPIRED);
	assert_ok(check_with_time("exp", NOW - LEEWAY + 1));
	assert_int_equal(check_with_time("exp", 0), STO_CLAIM_EXPIRED);
}

static void tv_21_times_out_of_range_have_a_defined_result(void **state)
{
	static const char *const names[] = {"exp", "iat", "nbf"};
	static const char *const bad[] = {
		"1e300",
		"-1e300",
		"-1",
		"9223372036854775807",
		"-9223372036854775808",
		"1.8e19",
		"9007199254740993",
		"9007199254740994.0",
		"-0.5",
	};
	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < sizeof(bad) / sizeof(bad[0]); j++)
			assert_int_equal(check_with(names[i], bad[j]), STO_CLAIM_TIME);
}

static void tv_21_times_that_are_no_numbers_are_refused(void **state)
{
	static const char *const bad[] = {"\"123\"", "\"NaN\"", "true", "[]", "{}", "null"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(check_with("exp", bad[i]), STO_CLAIM_MISSING);
		assert_int_equal(check_with("iat", bad[i]), STO_CLAIM_MISSING);
		assert_int_equal(check_with("nbf", bad[i]), STO_CLAIM_TIME);
	}
}

/* jansson refuses the first two; this is what its numbers would be. */
static void tv_21_infinite_numbers_are_no_json(void **state)
{
	json_t *json = NULL;
	(void)state;
	assert_int_equal(sto_json_parse(&json, STO_SPAN("{\"exp\":1e400}"), NULL), STO_BAD_JSON);
	assert_int_equal(sto_json_parse(&json, STO_SPAN("{\"exp\":9223372036854775808}"), NULL),
			 STO_BAD_JSON);
	assert_int_equal(sto_json_parse(&json, STO_SPAN("{\"exp\":NaN}"), NULL), STO_BAD_JSON);
}

static void fractions_of_a_second_shorten_a_life(void **state)
{
	(void)state;
	assert_ok(check_with("exp", "1700000300.5"));
	assert_int_equal(check_with("exp", "1699999970.9"), STO_CLAIM_EXPIRED);
	assert_ok(check_with("exp", "1699999971.1"));
	assert_ok(check_with("nbf", "1700000029.5"));
	assert_int_equal(check_with("nbf", "1700000030.5"), STO_CLAIM_NOT_YET);
	assert_int_equal(check_with("exp", "1.5"), STO_CLAIM_EXPIRED);
}

static void tv_22_a_token_of_the_future_is_refused(void **state)
{
	(void)state;
	assert_ok(check_with_time("nbf", NOW));
	assert_ok(check_with_time("nbf", NOW + LEEWAY));
	assert_int_equal(check_with_time("nbf", NOW + LEEWAY + 1), STO_CLAIM_NOT_YET);
	assert_int_equal(check_with_time("nbf", (int64_t)1 << 53), STO_CLAIM_NOT_YET);
}

static void tv_23_an_id_token_without_iat_is_refused(void **state)
{
	(void)state;
	assert_int_equal(check_with("iat", ""), STO_CLAIM_MISSING);
}

static void tv_24_iat_holds_within_its_age_and_the_leeway(void **state)
{
	(void)state;
	assert_ok(check_with_time("iat", NOW + LEEWAY));
	assert_int_equal(check_with_time("iat", NOW + LEEWAY + 1), STO_CLAIM_NOT_YET);
	assert_ok(check_with_time("iat", NOW - 600 - LEEWAY));
	assert_int_equal(check_with_time("iat", NOW - 600 - LEEWAY - 1), STO_CLAIM_IAT);
}

static void without_a_bound_iat_may_be_old_but_not_of_the_future(void **state)
{
	struct sto_claims_policy policy = id_token_policy;
	(void)state;
	policy.max_iat_age_sec = 0;
	assert_ok(check_under(&policy, "iat", "1"));
	assert_int_equal(check_under(&policy, "iat", "1700000031"), STO_CLAIM_NOT_YET);
}

static void tv_26_a_nonce_is_compared_exactly(void **state)
{
	static const char *const bad[] = {"",     "\"n-2\"", "\"n-\"", "\"n-10\"", "\"N-1\"",
					  "\"\"", "null",    "1",      "[\"n-1\"]"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(check_with("nonce", bad[i]), STO_CLAIM_NONCE);
}

static void a_nonce_that_was_not_asked_for_is_not_looked_at(void **state)
{
	struct sto_claims_policy policy = id_token_policy;
	(void)state;
	policy.nonce = (struct sto_span){NULL, 0};
	assert_ok(check_under(&policy, "nonce", ""));
	assert_ok(check_under(&policy, "nonce", "\"any\""));
}

static void tv_28_a_wrong_at_hash_is_refused(void **state)
{
	struct sto_claims_policy policy = id_token_policy;
	(void)state;
	policy.access_token_text = STO_SPAN("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
	assert_ok(check_under(&policy, "at_hash", "\"77QmUPtjPfzWtF2AnpK9RQ\""));
	assert_ok(check_under(&policy, "at_hash", "")); /* optional in the code flow */
	assert_int_equal(check_under(&policy, "at_hash", "\"77QmUPtjPfzWtF2AnpK9RA\""), STO_CLAIM_AT_HASH);
	assert_int_equal(check_under(&policy, "at_hash", "\"77QmUPtjPfzWtF2AnpK9RQ==\""), STO_CLAIM_AT_HASH);
	assert_int_equal(check_under(&policy, "at_hash", "\"\""), STO_CLAIM_AT_HASH);
	assert_int_equal(check_under(&policy, "at_hash", "null"), STO_CLAIM_AT_HASH);
	policy.alg = STO_ALG_RS512;
	assert_int_equal(check_under(&policy, "at_hash", "\"77QmUPtjPfzWtF2AnpK9RQ\""), STO_CLAIM_AT_HASH);
}

/* Left halves of SHA-256, SHA-384 and SHA-512 of the access token in OpenID Connect Core A.3. */
static void tv_31_each_algorithm_has_its_hash(void **state)
{
	static const char *const expected[STO_ALG_COUNT] = {
		[STO_ALG_RS256] = "77QmUPtjPfzWtF2AnpK9RQ",
		[STO_ALG_RS384] = "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs",
		[STO_ALG_RS512] = "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM",
		[STO_ALG_PS256] = "77QmUPtjPfzWtF2AnpK9RQ",
		[STO_ALG_PS384] = "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs",
		[STO_ALG_PS512] = "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM",
		[STO_ALG_ES256] = "77QmUPtjPfzWtF2AnpK9RQ",
		[STO_ALG_ES384] = "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs",
		[STO_ALG_ES512] = "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM",
		[STO_ALG_EDDSA] = "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM",
	};
	(void)state;
	for (int i = 0; i < STO_ALG_COUNT; i++) {
		struct sto_buf hash;
		char text[60];
		struct sto_claims_policy policy = id_token_policy;
		policy.access_token_text = STO_SPAN("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
		policy.alg = (enum sto_alg)i;
		sto_buf_init(&hash, 100);
		assert_ok(sto_at_hash(&hash, policy.alg, policy.access_token_text));
		assert_true(sto_span_equal(sto_buf_span(&hash), sto_span_str(expected[i])));
		(void)snprintf(text, sizeof(text), "\"%s\"", expected[i]);
		assert_ok(check_under(&policy, "at_hash", text));
		sto_buf_finish(&hash);
	}
}

static void tv_32_an_old_or_absent_auth_time_is_refused_under_max_age(void **state)
{
	struct sto_claims_policy policy = id_token_policy;
	(void)state;
	policy.max_age_sec = 100;
	assert_ok(check_under(&policy, "auth_time", "1699999870"));
	assert_int_equal(check_under(&policy, "auth_time", "1699999869"), STO_CLAIM_AUTH_TIME);
	assert_int_equal(check_under(&policy, "auth_time", ""), STO_CLAIM_AUTH_TIME);
	assert_ok(check_under(&policy, "auth_time", "1700000030"));
	assert_int_equal(check_under(&policy, "auth_time", "1700000031"), STO_CLAIM_AUTH_TIME);
	policy.max_age_sec = 0;
	assert_ok(check_under(&policy, "auth_time", "1699999970"));
	assert_int_equal(check_under(&policy, "auth_time", "1699999969"), STO_CLAIM_AUTH_TIME);
}

static void tv_21_auth_time_out_of_range_has_a_defined_result(void **state)
{
	static const char *const bad[] = {"1e300", "-1", "9223372036854775807", "\"123\"", "null"};
	struct sto_claims_policy policy = id_token_policy;
	(void)state;
	policy.max_age_sec = INT64_MAX;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(check_under(&policy, "auth_time", bad[i]), STO_CLAIM_TIME);
		assert_ok(check_with("auth_time", bad[i])); /* not asked for, not looked at */
	}
}

static void tv_44_duplicate_claims_are_no_json(void **state)
{
	json_t *json = NULL;
	(void)state;
	assert_int_equal(sto_json_parse(&json, STO_SPAN("{\"iss\":\"a\",\"iss\":\"b\"}"), NULL),
			 STO_BAD_JSON);
	assert_int_equal(sto_json_parse(&json, STO_SPAN("{\"sub\":\"a\",\"sub\":\"a\"}"), NULL),
			 STO_BAD_JSON);
}

static void tv_46_a_claim_with_nul_or_broken_utf8_is_no_json(void **state)
{
	json_t *json = NULL;
	(void)state;
	assert_int_equal(sto_json_parse(&json, STO_SPAN("{\"sub\":\"admin\\u0000x\"}"), NULL), STO_BAD_JSON);
	assert_int_equal(sto_json_parse(&json, STO_SPAN("{\"sub\":\"\xc0\x80\"}"), NULL), STO_BAD_JSON);
	assert_int_equal(sto_json_parse(&json, STO_SPAN("{\"sub\":\"\\ud800\"}"), NULL), STO_BAD_JSON);
}

static void tv_56_essential_claims_that_are_blank_are_missing(void **state)
{
	static const char *const blank[] = {"\"\"", "\" \"", "\"\\t\\n\"", "null", ""};
	(void)state;
	for (size_t i = 0; i < sizeof(blank) / sizeof(blank[0]); i++) {
		assert_int_equal(check_with("sub", blank[i]), STO_CLAIM_MISSING);
		assert_int_equal(check_with("iss", blank[i]), STO_CLAIM_MISSING);
	}
	assert_int_equal(check_with("exp", "null"), STO_CLAIM_MISSING);
	assert_int_equal(check_with("exp", ""), STO_CLAIM_MISSING);
	assert_int_equal(check_with("sub", "7"), STO_CLAIM_MISSING);
}

static void tv_59_no_comparison_is_by_natural_order(void **state)
{
	struct sto_claims_policy policy = id_token_policy;
	(void)state;
	policy.nonce = STO_SPAN("01");
	assert_int_equal(check_under(&policy, "nonce", "\"1\""), STO_CLAIM_NONCE);
	policy.nonce = STO_SPAN("a b");
	assert_int_equal(check_under(&policy, "nonce", "\"ab\""), STO_CLAIM_NONCE);
	policy = id_token_policy;
	policy.issuer = STO_SPAN("01");
	assert_int_equal(check_under(&policy, "iss", "\"1\""), STO_CLAIM_ISS);
}

static void an_access_token_needs_no_iat_and_no_nonce(void **state)
{
	struct sto_claims_found found;
	struct sto_claims_policy policy = id_token_policy;
	(void)state;
	policy.access_token = true;
	json_t *claims = good_claims();
	(void)json_object_del(claims, "iat");
	(void)json_object_del(claims, "nonce");
	assert_ok(sto_claims_check(&found, claims, &policy, NOW, NULL));
	assert_int_equal(found.iat_sec, -1);
	json_decref(claims);
	assert_ok(check_under(&policy, "iat", "1"));
	assert_ok(check_under(&policy, "aud", "[\"other\",\"client\"]"));
	assert_int_equal(check_under(&policy, "iat", "-1"), STO_CLAIM_TIME);
	assert_int_equal(check_under(&policy, "exp", ""), STO_CLAIM_MISSING);
	assert_int_equal(check_under(&policy, "exp", "1"), STO_CLAIM_EXPIRED);
	assert_int_equal(check_under(&policy, "sub", ""), STO_CLAIM_MISSING);
}

static void an_access_token_of_another_client_is_refused(void **state)
{
	struct sto_claims_policy policy = id_token_policy;
	(void)state;
	policy.access_token = true;
	assert_ok(check_under(&policy, "client_id", "\"client\""));
	assert_int_equal(check_under(&policy, "client_id", "\"other\""), STO_CLAIM_AZP);
	assert_ok(check_under(&policy, "azp", "\"other\""));
	policy.client_id = (struct sto_span){NULL, 0};
	assert_ok(check_under(&policy, "client_id", "\"other\""));
}

static void a_policy_that_would_let_anything_pass_is_a_mistake(void **state)
{
	struct sto_claims_policy policy = id_token_policy;
	struct sto_claims_found found;
	(void)state;
	policy.audience = (struct sto_span){NULL, 0};
	assert_int_equal(check_under(&policy, "sub", "\"a\""), STO_USAGE);
	policy = id_token_policy;
	policy.leeway_sec = 301;
	assert_int_equal(check_under(&policy, "sub", "\"a\""), STO_USAGE);
	policy.leeway_sec = -1;
	assert_int_equal(check_under(&policy, "sub", "\"a\""), STO_USAGE);
	policy = id_token_policy;
	policy.max_iat_age_sec = -1;
	assert_int_equal(check_under(&policy, "sub", "\"a\""), STO_USAGE);
	json_t *claims = good_claims();
	assert_int_equal(sto_claims_check(&found, claims, &id_token_policy, INT64_MIN, NULL), STO_USAGE);
	assert_int_equal(sto_claims_check(&found, claims, &id_token_policy, INT64_MAX, NULL), STO_USAGE);
	json_decref(claims);
}

static void a_refusal_says_by_how_many_seconds(void **state)
{
	struct sto_claims_found found;
	struct sto_error err;
	(void)state;
	json_t *claims = good_claims();
	assert_int_equal(sto_claims_check(&found, claims, &id_token_policy, NOW + 1000, &err),
			 STO_CLAIM_EXPIRED);
	assert_string_equal(err.detail, "\"exp\" was 700 s ago");
	json_decref(claims);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_claims_hold_and_say_what_they_are),
		cmocka_unit_test(claims_that_are_no_object_are_refused),
		cmocka_unit_test(tv_12_an_issuer_is_compared_exactly),
		cmocka_unit_test(tv_13_an_issuer_that_is_absent_or_no_string_is_refused),
		cmocka_unit_test(tv_14_another_audience_is_refused),
		cmocka_unit_test(tv_16_an_audience_may_be_a_list),
		cmocka_unit_test(tv_17_an_audience_of_another_type_is_refused),
		cmocka_unit_test(tv_18_a_token_for_another_client_is_refused),
		cmocka_unit_test(tv_18_several_audiences_with_azp_hold),
		cmocka_unit_test(tv_19_a_token_expires_when_exp_and_leeway_are_over),
		cmocka_unit_test(tv_21_times_out_of_range_have_a_defined_result),
		cmocka_unit_test(tv_21_times_that_are_no_numbers_are_refused),
		cmocka_unit_test(tv_21_infinite_numbers_are_no_json),
		cmocka_unit_test(fractions_of_a_second_shorten_a_life),
		cmocka_unit_test(tv_22_a_token_of_the_future_is_refused),
		cmocka_unit_test(tv_23_an_id_token_without_iat_is_refused),
		cmocka_unit_test(tv_24_iat_holds_within_its_age_and_the_leeway),
		cmocka_unit_test(without_a_bound_iat_may_be_old_but_not_of_the_future),
		cmocka_unit_test(tv_26_a_nonce_is_compared_exactly),
		cmocka_unit_test(a_nonce_that_was_not_asked_for_is_not_looked_at),
		cmocka_unit_test(tv_28_a_wrong_at_hash_is_refused),
		cmocka_unit_test(tv_31_each_algorithm_has_its_hash),
		cmocka_unit_test(tv_32_an_old_or_absent_auth_time_is_refused_under_max_age),
		cmocka_unit_test(tv_21_auth_time_out_of_range_has_a_defined_result),
		cmocka_unit_test(tv_44_duplicate_claims_are_no_json),
		cmocka_unit_test(tv_46_a_claim_with_nul_or_broken_utf8_is_no_json),
		cmocka_unit_test(tv_56_essential_claims_that_are_blank_are_missing),
		cmocka_unit_test(tv_59_no_comparison_is_by_natural_order),
		cmocka_unit_test(an_access_token_needs_no_iat_and_no_nonce),
		cmocka_unit_test(an_access_token_of_another_client_is_refused),
		cmocka_unit_test(a_policy_that_would_let_anything_pass_is_a_mistake),
		cmocka_unit_test(a_refusal_says_by_how_many_seconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
