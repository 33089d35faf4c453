/* Which keys of a set are tried for a token. */
#include <stdlib.h>

#include "jose/fixture.h"

/* A token signed by a stranger's key, whose header offers that key in every way there is. */
static void tv_06_tv_07_keys_that_the_token_brings_are_not_used(void **state)
{
	struct sto_buf token, header;
	sto_jwk *stranger = NULL;
	(void)state;
	assert_ok(sto_jwk_generate(&stranger, STO_ALG_ES256, STO_SPAN("a"), NULL));
	sto_jwks *set = fixture_set(STO_ALG_ES256, "a");
	json_t *json = json_pack("{s:s,s:s,s:s,s:s,s:[s],s:o}", "alg", "ES256", "kid", "a", "jku",
				 "https://attacker.example/keys", "x5u", "https://attacker.example/cert",
				 "x5c", "MIIB", "jwk", sto_jwk_public_json(stranger));
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	sto_buf_init(&header, STO_LIMIT_TOKEN);
	assert_ok(sto_json_dump(&header, json));
	fixture_token(&token, stranger, STO_ALG_ES256, sto_buf_cstr(&header), STO_SPAN("{}"));
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)), STO_TOKEN_SIGNATURE);
	json_decref(json);
	sto_buf_finish(&token);
	sto_buf_finish(&header);
	sto_jwks_free(set);
	sto_jwk_free(stranger);
}

static void tv_08_a_hostile_kid_is_only_compared(void **state)
{
	static const struct {
		const char *header;
		int rc;
	} rows[] = {
		{"{\"alg\":\"ES256\",\"kid\":\"../../etc/passwd\"}", STO_TOKEN_NO_KEY},
		{"{\"alg\":\"ES256\",\"kid\":\"%n%n%s\"}", STO_TOKEN_NO_KEY},
		{"{\"alg\":\"ES256\",\"kid\":\"' OR 1=1 --\"}", STO_TOKEN_NO_KEY},
		{"{\"alg\":\"ES256\",\"kid\":\"\"}", STO_TOKEN_NO_KEY},
		{"{\"alg\":\"ES256\",\"kid\":\"a\\u0000b\"}", STO_TOKEN_MALFORMED},
		{"{\"alg\":\"ES256\",\"kid\":7}", STO_TOKEN_MALFORMED},
		{"{\"alg\":\"ES256\",\"kid\":null}", STO_TOKEN_MALFORMED},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(fixture_verify_header(STO_ALG_ES256, rows[i].header), rows[i].rc);
}

static void tv_08_a_long_kid_is_refused(void **state)
{
	char header[STO_LIMIT_JOSE_HEADER + 100];
	(void)state;
	for (size_t len = STO_LIMIT_KID + 1; len < STO_LIMIT_JOSE_HEADER; len += STO_LIMIT_JOSE_HEADER / 2) {
		char kid[STO_LIMIT_JOSE_HEADER];
		memset(kid, 'a', len);
		kid[len] = 0;
		(void)snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid);
		assert_int_equal(fixture_verify_header(STO_ALG_ES256, header), STO_TOKEN_MALFORMED);
	}
}

static void tv_48_without_a_kid_the_one_key_that_fits_is_used(void **state)
{
	(void)state;
	for (int i = 0; i < STO_ALG_COUNT; i++) {
		char header[40];
		(void)snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", sto_alg_name((enum sto_alg)i));
		assert_ok(fixture_verify_header((enum sto_alg)i, header));
	}
}

/* A set with those keys under one kid. */
static sto_jwks *shared_kid_set(const enum sto_alg *algs, size_t n)
{
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_JWKS);
	assert_ok(sto_buf_put_str(&text, "{\"keys\":["));
	for (size_t i = 0; i < n; i++) {
		char *key = fixture_public_text(algs[i], "same");
		assert_ok(sto_buf_printf(&text, "%s%s", i > 0 ? "," : "", key));
		free(key);
	}
	assert_ok(sto_buf_put_str(&text, "]}"));
	sto_jwks *set = fixture_set_of(sto_buf_cstr(&text));
	sto_buf_finish(&text);
	assert_int_equal(sto_jwks_count(set), n);
	return set;
}

static void tv_49_of_keys_with_one_kid_the_right_type_is_used(void **state)
{
	static const enum sto_alg algs[] = {STO_ALG_RS256, STO_ALG_ES256, STO_ALG_ES512, STO_ALG_EDDSA};
	(void)state;
	sto_jwks *set = shared_kid_set(algs, 4);
	for (size_t i = 0; i < 4; i++) {
		struct sto_buf token;
		sto_jwk *key = fixture_key(algs[i], "same"), *stranger = NULL;
		sto_buf_init(&token, STO_LIMIT_TOKEN);
		assert_ok(sto_jws_sign(&token, key, algs[i], NULL, STO_SPAN("{}"), NULL));
		assert_ok(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)));
		assert_ok(sto_jwk_generate(&stranger, algs[i], STO_SPAN("same"), NULL));
		sto_buf_clear(&token);
		assert_ok(sto_jws_sign(&token, stranger, algs[i], NULL, STO_SPAN("{}"), NULL));
		assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)), STO_TOKEN_SIGNATURE);
		sto_buf_finish(&token);
		sto_jwk_free(key);
		sto_jwk_free(stranger);
	}
	sto_jwks_free(set);
}

static void tv_49_a_kid_of_another_type_is_refused_by_its_algorithm(void **state)
{
	static const enum sto_alg algs[] = {STO_ALG_RS256, STO_ALG_ES256};
	struct sto_buf token;
	(void)state;
	sto_jwks *set = shared_kid_set(algs, 2);
	sto_jwk *key = fixture_key(STO_ALG_EDDSA, "same");
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	assert_ok(sto_jws_sign(&token, key, STO_ALG_EDDSA, NULL, STO_SPAN("{}"), NULL));
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)), STO_TOKEN_ALG);
	sto_buf_finish(&token);
	sto_jwk_free(key);
	sto_jwks_free(set);
}

static void a_kid_that_no_key_has_asks_for_another_fetch(void **state)
{
	struct sto_buf token;
	(void)state;
	sto_jwk *key = fixture_key(STO_ALG_ES256, "new");
	sto_jwks *set = fixture_set(STO_ALG_ES256, "old");
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	assert_ok(sto_jws_sign(&token, key, STO_ALG_ES256, NULL, STO_SPAN("{}"), NULL));
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)), STO_TOKEN_NO_KEY);
	sto_buf_finish(&token);
	sto_jwk_free(key);
	sto_jwks_free(set);
}

static void what_the_policy_refuses_asks_for_no_fetch(void **state)
{
	struct sto_buf token;
	(void)state;
	sto_jwk *key = fixture_key(STO_ALG_ES256, "new");
	sto_jwks *set = fixture_set(STO_ALG_ES256, "old");
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	assert_ok(sto_jws_sign(&token, key, STO_ALG_ES256, NULL, STO_SPAN("{}"), NULL));
	assert_int_equal(fixture_verify(set, STO_ALG_BIT(STO_ALG_RS256), sto_buf_span(&token)),
			 STO_TOKEN_ALG);
	sto_buf_finish(&token);
	sto_jwk_free(key);
	sto_jwks_free(set);
}

/* Ed25519 keys are quick to make: `n` of them without kid, the last one being the signer's. */
static int verify_with_the_last_of(size_t n)
{
	struct sto_buf text, token;
	sto_jwk *key = fixture_key(STO_ALG_EDDSA, NULL);
	sto_buf_init(&text, STO_LIMIT_JWKS);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	assert_ok(sto_buf_put_str(&text, "{\"keys\":["));
	for (size_t i = 0; i + 1 < n; i++) {
		sto_jwk *other = NULL;
		assert_ok(sto_jwk_generate(&other, STO_ALG_EDDSA, STO_SPAN("x"), NULL));
		json_t *json = sto_jwk_public_json(other);
		assert_int_equal(json_object_del(json, "kid"), 0);
		assert_ok(sto_json_dump(&text, json));
		assert_ok(sto_buf_put_byte(&text, ','));
		json_decref(json);
		sto_jwk_free(other);
	}
	char *last = fixture_public_text(STO_ALG_EDDSA, NULL);
	assert_ok(sto_buf_printf(&text, "%s]}", last));
	sto_jwks *set = fixture_set_of(sto_buf_cstr(&text));
	assert_ok(sto_jws_sign(&token, key, STO_ALG_EDDSA, NULL, STO_SPAN("{}"), NULL));
	int rc = fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token));
	free(last);
	sto_jwks_free(set);
	sto_jwk_free(key);
	sto_buf_finish(&text);
	sto_buf_finish(&token);
	return rc;
}

static void without_a_kid_eight_keys_are_tried_and_no_more(void **state)
{
	(void)state;
	assert_ok(verify_with_the_last_of(8));
	assert_int_equal(verify_with_the_last_of(9), STO_TOKEN_SIGNATURE);
}

static void tv_61_certificate_thumbprints_are_ignored_each_time(void **state)
{
	(void)state;
	assert_ok(fixture_verify_header(STO_ALG_RS256, "{\"alg\":\"RS256\",\"x5t\":\"AAAA\"}"));
	assert_ok(fixture_verify_header(STO_ALG_RS256, "{\"alg\":\"RS256\",\"x5t#S256\":\"AAAA\"}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tv_06_tv_07_keys_that_the_token_brings_are_not_used),
		cmocka_unit_test(tv_08_a_hostile_kid_is_only_compared),
		cmocka_unit_test(tv_08_a_long_kid_is_refused),
		cmocka_unit_test(tv_48_without_a_kid_the_one_key_that_fits_is_used),
		cmocka_unit_test(tv_49_of_keys_with_one_kid_the_right_type_is_used),
		cmocka_unit_test(tv_49_a_kid_of_another_type_is_refused_by_its_algorithm),
		cmocka_unit_test(a_kid_that_no_key_has_asks_for_another_fetch),
		cmocka_unit_test(what_the_policy_refuses_asks_for_no_fetch),
		cmocka_unit_test(without_a_kid_eight_keys_are_tried_and_no_more),
		cmocka_unit_test(tv_61_certificate_thumbprints_are_ignored_each_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
