#include "base/base64url.h"
#include "jose/fixture.h"
#include "jose/rfc_vectors.h"

static const struct {
	const char *name, *key, *token, *payload;
	enum sto_alg alg;
	bool repeatable; /* a signature without randomness */
} signed_examples[] = {
	{"RFC 7515 A.2", RFC7515_A2_KEY, RFC7515_A2_TOKEN, RFC7515_PAYLOAD, STO_ALG_RS256, true},
	{"RFC 7515 A.3", RFC7515_A3_KEY, RFC7515_A3_TOKEN, RFC7515_PAYLOAD, STO_ALG_ES256, false},
	{"RFC 7515 A.4", RFC7515_A4_KEY, RFC7515_A4_TOKEN, "Payload", STO_ALG_ES512, false},
	{"RFC 8037 A.4", RFC8037_A1_KEY, RFC8037_A4_TOKEN, "Example of Ed25519 signing", STO_ALG_EDDSA, true},
};

#define N_SIGNED (sizeof(signed_examples) / sizeof(signed_examples[0]))

static void signed_examples_verify_and_give_their_payload(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIGNED; i++) {
		struct sto_buf payload;
		sto_jwks *set = NULL;
		sto_jwk *key = fixture_key_of(signed_examples[i].key);
		const struct sto_jws_policy policy = {STO_ALG_BIT(signed_examples[i].alg), NULL};
		assert_ok(sto_jwks_of_key(&set, key, NULL));
		sto_buf_init(&payload, STO_LIMIT_TOKEN);
		assert_ok(
			sto_jws_verify(&payload, set, &policy, sto_span_str(signed_examples[i].token), NULL));
		assert_true(sto_span_equal(sto_buf_span(&payload), sto_span_str(signed_examples[i].payload)));
		sto_buf_finish(&payload);
		sto_jwks_free(set);
		sto_jwk_free(key);
	}
}

static void repeatable_signatures_come_out_byte_for_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIGNED; i++) {
		struct sto_buf token;
		if (!signed_examples[i].repeatable)
			continue;
		sto_jwk *key = fixture_key_of(signed_examples[i].key);
		sto_buf_init(&token, STO_LIMIT_TOKEN);
		assert_ok(sto_jws_sign(&token, key, signed_examples[i].alg, NULL,
				       sto_span_str(signed_examples[i].payload), NULL));
		assert_true(sto_span_equal(sto_buf_span(&token), sto_span_str(signed_examples[i].token)));
		sto_buf_finish(&token);
		sto_jwk_free(key);
	}
}

/* RFC 7515 A.1 and RFC 7519 3.1 */
static void the_hmac_example_is_refused(void **state)
{
	(void)state;
	sto_jwks *set = fixture_set_of(RFC7517_A3_SET);
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, STO_SPAN(RFC7515_A1_TOKEN)), STO_TOKEN_ALG);
	sto_jwks_free(set);
}

/* RFC 7515 A.5 and RFC 7519 6.1 */
static void the_unsecured_example_is_refused(void **state)
{
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_RS256, NULL);
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, STO_SPAN(RFC7515_A5_TOKEN)), STO_TOKEN_MALFORMED);
	sto_jwks_free(set);
}

static void rfc7517_a1_has_one_signature_key_of_two(void **state)
{
	size_t skipped = 0;
	sto_jwks *set = NULL;
	(void)state;
	assert_ok(sto_jwks_parse(&set, &skipped, STO_SPAN(RFC7517_A1_SET), NULL));
	assert_int_equal(sto_jwks_count(set), 1);
	assert_int_equal(skipped, 1);
	sto_jwks_free(set);
}

static void private_and_symmetric_example_sets_give_no_key(void **state)
{
	static const char *const sets[] = {RFC7517_A2_SET, RFC7517_A3_SET};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t skipped = 0;
		sto_jwks *set = NULL;
		assert_ok(sto_jwks_parse(&set, &skipped, sto_span_str(sets[i]), NULL));
		assert_int_equal(sto_jwks_count(set), 0);
		assert_int_equal(skipped, 2);
		sto_jwks_free(set);
	}
}

static void rfc7517_a2_is_a_private_key_that_comes_back_whole(void **state)
{
	json_t *set = NULL;
	sto_jwk *key = NULL;
	(void)state;
	assert_ok(sto_json_parse(&set, STO_SPAN(RFC7517_A2_SET), NULL));
	const json_t *rsa = json_array_get(json_object_get(set, "keys"), 1);
	assert_ok(sto_jwk_parse(&key, rsa, NULL));
	json_t *back = sto_jwk_private_json(key);
	const char *name;
	json_t *value;
	json_object_foreach(json_array_get(json_object_get(set, "keys"), 1), name, value)
	{
		assert_true(json_equal(value, json_object_get(back, name)));
	}
	json_decref(back);
	json_decref(set);
	sto_jwk_free(key);
}

static void rfc8037_a2_is_the_public_part_of_a1(void **state)
{
	(void)state;
	sto_jwk *key = fixture_key_of(RFC8037_A1_KEY);
	json_t *json = sto_jwk_public_json(key);
	assert_string_equal(json_string_value(json_object_get(json, "x")),
			    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
	assert_null(json_object_get(json, "d"));
	json_decref(json);
	sto_jwk_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signed_examples_verify_and_give_their_payload),
		cmocka_unit_test(repeatable_signatures_come_out_byte_for_byte),
		cmocka_unit_test(the_hmac_example_is_refused),
		cmocka_unit_test(the_unsecured_example_is_refused),
		cmocka_unit_test(rfc7517_a1_has_one_signature_key_of_two),
		cmocka_unit_test(private_and_symmetric_example_sets_give_no_key),
		cmocka_unit_test(rfc7517_a2_is_a_private_key_that_comes_back_whole),
		cmocka_unit_test(rfc8037_a2_is_the_public_part_of_a1),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
