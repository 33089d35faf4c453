#include "jose/jws.h"

#include "base/bounds.h"
#include "base/json.h"
#include "base/test.h"

static void every_algorithm_signs_what_its_public_key_verifies(void **state)
{
	(void)state;
	for (int alg = 0; alg < STO_ALG_COUNT; alg++) {
		sto_jwk *key = NULL, *back = NULL;
		sto_jwks *set = NULL;
		struct sto_buf token, payload;
		struct sto_jws_policy policy = {STO_ALG_BIT(alg), NULL};
		sto_buf_init(&token, STO_LIMIT_TOKEN);
		sto_buf_init(&payload, STO_LIMIT_TOKEN);
		assert_ok(sto_jwk_generate(&key, (enum sto_alg)alg, STO_SPAN("a"), NULL));
		json_t *json = sto_jwk_private_json(key);
		assert_non_null(json);
		assert_ok(sto_jwk_parse(&back, json, NULL));
		assert_ok(sto_jwks_of_key(&set, back, NULL));
		assert_ok(sto_jws_sign(&token, back, (enum sto_alg)alg, "JWT", STO_SPAN("{}"), NULL));
		assert_ok(sto_jws_verify(&payload, set, &policy, sto_buf_span(&token), NULL));
		assert_ok(sto_jws_verify(&payload, set, &policy, sto_buf_span(&token), NULL));
		assert_span(sto_buf_span(&payload), "{}{}");
		json_decref(json);
		sto_buf_finish(&token);
		sto_buf_finish(&payload);
		sto_jwks_free(set);
		sto_jwk_free(back);
		sto_jwk_free(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_algorithm_signs_what_its_public_key_verifies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
