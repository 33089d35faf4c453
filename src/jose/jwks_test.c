#include <stdlib.h>

#include "jose/fixture.h"
#include "jose/jwk.h"
#include "jose/rfc_vectors.h"

static int parse(struct sto_span text)
{
	sto_jwks *set = NULL;
	struct sto_error err = {0};
	int rc = sto_jwks_parse(&set, NULL, text, &err);
	if (rc != STO_OK) {
		assert_null(set);
		assert_int_equal(err.code, rc);
	}
	sto_jwks_free(set);
	return rc;
}

static void jd_18_bad_keys_are_skipped_and_good_ones_stay_usable(void **state)
{
	struct sto_buf text, token;
	sto_jwks *set = NULL;
	size_t skipped = 0;
	(void)state;
	char *good = fixture_public_text(STO_ALG_ES256, "good");
	sto_jwk *key = fixture_key(STO_ALG_ES256, "good");
	sto_buf_init(&text, STO_LIMIT_JWKS);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	assert_ok(sto_buf_printf(
		&text,
		"{\"keys\":[{\"kty\":\"unknown\"},%s,{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"},"
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\",\"kid\":\"good\"},null,7,\"x\",["
		"]]}",
		good));
	assert_ok(sto_jwks_parse(&set, &skipped, sto_buf_span(&text), NULL));
	assert_int_equal(sto_jwks_count(set), 1);
	assert_int_equal(skipped, 7);
	assert_ok(sto_jws_sign(&token, key, STO_ALG_ES256, NULL, STO_SPAN("{}"), NULL));
	assert_ok(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)));
	sto_jwks_free(set);
	sto_jwk_free(key);
	free(good);
	sto_buf_finish(&text);
	sto_buf_finish(&token);
}

static void jd_19_symmetric_keys_of_a_set_are_never_used(void **state)
{
	(void)state;
	sto_jwks *set = fixture_set_of(RFC7517_A3_SET);
	assert_int_equal(sto_jwks_count(set), 0);
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, STO_SPAN(RFC7515_A1_TOKEN)), STO_TOKEN_ALG);
	sto_jwks_free(set);
}

/* Whoever publishes his private key has signed nothing that we believe. */
static void jd_19_private_keys_of_a_set_are_never_used(void **state)
{
	static const enum sto_alg algs[] = {STO_ALG_RS256, STO_ALG_ES256, STO_ALG_EDDSA};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sto_buf text, token;
		size_t skipped = 0;
		sto_jwks *set = NULL;
		sto_jwk *key = fixture_key(algs[i], "a");
		json_t *json = json_pack("{s:[o]}", "keys", sto_jwk_private_json(key));
		sto_buf_init(&text, STO_LIMIT_JWKS);
		sto_buf_init(&token, STO_LIMIT_TOKEN);
		assert_ok(sto_json_dump(&text, json));
		assert_ok(sto_jwks_parse(&set, &skipped, sto_buf_span(&text), NULL));
		assert_int_equal(skipped, 1);
		assert_ok(sto_jws_sign(&token, key, algs[i], NULL, STO_SPAN("{}"), NULL));
		assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)), STO_TOKEN_NO_KEY);
		json_decref(json);
		sto_jwks_free(set);
		sto_jwk_free(key);
		sto_buf_finish(&text);
		sto_buf_finish(&token);
	}
}

static void a_set_without_keys_verifies_nothing(void **state)
{
	(void)state;
	sto_jwks *set = fixture_set_of("{\"keys\":[]}");
	assert_int_equal(sto_jwks_count(set), 0);
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, STO_SPAN(RFC7515_A2_TOKEN)), STO_TOKEN_NO_KEY);
	sto_jwks_free(set);
}

static void what_is_no_set_is_refused(void **state)
{
	static const char *const rows[] = {
		"{}", "[]", "1", "null", "{\"keys\":{}}", "{\"keys\":null}", "{\"Keys\":[]}"};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = parse(sto_span_str(rows[i]));
		assert_int_equal(rc,
				 rows[i][0] == '1' || rows[i][0] == 'n' ? STO_BAD_JSON : STO_JWKS_MALFORMED);
	}
	assert_int_equal(parse(STO_SPAN("")), STO_BAD_JSON);
	assert_int_equal(parse(STO_SPAN("<html>")), STO_BAD_JSON);
	assert_int_equal(parse(STO_SPAN("{\"keys\":[],\"keys\":[]}")), STO_BAD_JSON);
}

static int parse_repeated(size_t n)
{
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_JWKS);
	assert_ok(sto_buf_put_str(&text, "{\"keys\":[1"));
	for (size_t i = 1; i < n; i++)
		assert_ok(sto_buf_put_str(&text, ",1"));
	assert_ok(sto_buf_put_str(&text, "]}"));
	int rc = parse(sto_buf_span(&text));
	sto_buf_finish(&text);
	return rc;
}

static void a_set_of_too_many_keys_is_refused(void **state)
{
	(void)state;
	assert_ok(parse_repeated(STO_LIMIT_JWKS_KEYS));
	assert_int_equal(parse_repeated(STO_LIMIT_JWKS_KEYS + 1), STO_JWKS_MALFORMED);
}

static void a_set_over_its_limit_is_refused_unread(void **state)
{
	(void)state;
	char *text = malloc(STO_LIMIT_JWKS + 1);
	memset(text, ' ', STO_LIMIT_JWKS + 1);
	assert_int_equal(parse(sto_span_of(text, STO_LIMIT_JWKS + 1)), STO_TOO_LARGE);
	assert_int_equal(parse(sto_span_of(text, STO_LIMIT_JWKS)), STO_BAD_JSON);
	free(text);
}

static void a_set_of_a_private_key_holds_its_public_part(void **state)
{
	sto_jwks *set = NULL;
	(void)state;
	sto_jwk *key = fixture_key(STO_ALG_EDDSA, NULL);
	assert_ok(sto_jwks_of_key(&set, key, NULL));
	sto_jwk_free(key);
	assert_int_equal(sto_jwks_count(set), 1);
	assert_ok(fixture_verify(set, STO_ALG_BIT(STO_ALG_EDDSA), STO_SPAN(RFC8037_A4_TOKEN)));
	sto_jwks_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jd_18_bad_keys_are_skipped_and_good_ones_stay_usable),
		cmocka_unit_test(jd_19_symmetric_keys_of_a_set_are_never_used),
		cmocka_unit_test(jd_19_private_keys_of_a_set_are_never_used),
		cmocka_unit_test(a_set_without_keys_verifies_nothing),
		cmocka_unit_test(what_is_no_set_is_refused),
		cmocka_unit_test(a_set_of_too_many_keys_is_refused),
		cmocka_unit_test(a_set_over_its_limit_is_refused_unread),
		cmocka_unit_test(a_set_of_a_private_key_holds_its_public_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
