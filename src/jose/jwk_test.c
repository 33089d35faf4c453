#include "jose/jwk.h"

#include <stdlib.h>

#include "jose/fixture.h"
#include "jose/key.h"
#include "jose/rfc_vectors.h"

static int parse_json(const json_t *json)
{
	sto_jwk *key = NULL;
	struct sto_error err = {0};
	int rc = sto_jwk_parse(&key, json, &err);
	if (rc != STO_OK) {
		assert_null(key);
		assert_int_equal(err.code, rc);
	}
	sto_jwk_free(key);
	return rc;
}

/* The result for the fixture's key of `alg`, public or private, with one member set to a JSON value; "" takes
 * the member out. */
static int parse_with(enum sto_alg alg, bool is_private, const char *name, const char *value)
{
	sto_jwk *key = fixture_key(alg, NULL);
	json_t *json = is_private ? sto_jwk_private_json(key) : sto_jwk_public_json(key);
	if (value[0] == 0)
		assert_int_equal(json_object_del(json, name), 0);
	else
		assert_int_equal(json_object_set_new(json, name, json_loads(value, JSON_DECODE_ANY, NULL)),
				 0);
	int rc = parse_json(json);
	json_decref(json);
	sto_jwk_free(key);
	return rc;
}

static int parse_text(const char *text)
{
	json_t *json = NULL;
	assert_ok(sto_json_parse(&json, sto_span_str(text), NULL));
	int rc = parse_json(json);
	json_decref(json);
	return rc;
}

static void a_generated_key_of_each_algorithm_comes_back_whole(void **state)
{
	(void)state;
	for (int i = 0; i < STO_ALG_COUNT; i++) {
		sto_jwk *key = NULL, *back = NULL;
		assert_ok(sto_jwk_generate(&key, (enum sto_alg)i, STO_SPAN("k-1"), NULL));
		json_t *json = sto_jwk_private_json(key);
		assert_string_equal(json_string_value(json_object_get(json, "kid")), "k-1");
		assert_string_equal(json_string_value(json_object_get(json, "use")), "sig");
		assert_string_equal(json_string_value(json_object_get(json, "alg")),
				    sto_alg_name((enum sto_alg)i));
		assert_ok(sto_jwk_parse(&back, json, NULL));
		json_t *again = sto_jwk_private_json(back);
		assert_true(json_equal(json, again));
		json_decref(json);
		json_decref(again);
		sto_jwk_free(key);
		sto_jwk_free(back);
	}
}

static void public_json_holds_no_private_member(void **state)
{
	(void)state;
	for (int i = 0; i < STO_ALG_COUNT; i++) {
		sto_jwk *key = fixture_key((enum sto_alg)i, NULL);
		json_t *json = sto_jwk_public_json(key);
		assert_false(sto_jwk_json_is_secret(json));
		sto_jwk *public = NULL;
		assert_ok(sto_jwk_parse(&public, json, NULL));
		assert_null(sto_jwk_private_json(public));
		sto_jwk_free(public);
		json_decref(json);
		sto_jwk_free(key);
	}
}

/* TV-03, JD-19 */
static void symmetric_keys_are_refused(void **state)
{
	(void)state;
	assert_int_equal(
		parse_text("{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8\"}"),
		STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_text("{\"kty\":\"oct\",\"k\":\"\",\"alg\":\"HS256\"}"), STO_KEY_NOT_SUPPORTED);
}

static void what_is_no_key_is_refused(void **state)
{
	static const char *const rows[] = {"[]",
					   "{}",
					   "{\"kty\":null}",
					   "{\"kty\":1}",
					   "{\"kty\":\"RSA\"}",
					   "{\"kty\":\"EC\"}",
					   "{\"kty\":\"OKP\"}"};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(parse_text(rows[i]), STO_KEY_MALFORMED);
	assert_int_equal(parse_text("{\"kty\":\"rsa\"}"), STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_text("{\"kty\":\"AKP\"}"), STO_KEY_NOT_SUPPORTED);
}

/* An RSA modulus of that many bits as JSON text: all ones, so odd, and no power of 65537 modulo 3. */
static int parse_rsa_of(size_t bits, const char *e)
{
	struct sto_buf bytes;
	sto_buf_init(&bytes, 4096);
	json_t *json = json_pack("{s:s,s:s}", "kty", "RSA", "e", e);
	for (size_t i = 0; i < bits / 8; i++)
		assert_ok(sto_buf_put_byte(&bytes, 0xff));
	assert_ok(sto_jwk_put_bytes(json, "n", sto_buf_span(&bytes)));
	int rc = parse_json(json);
	json_decref(json);
	sto_buf_finish(&bytes);
	return rc;
}

static void tv_42_small_rsa_keys_are_refused(void **state)
{
	(void)state;
	assert_int_equal(parse_rsa_of(512, "AQAB"), STO_KEY_WEAK);
	assert_int_equal(parse_rsa_of(1024, "AQAB"), STO_KEY_WEAK);
	assert_int_equal(parse_rsa_of(2040, "AQAB"), STO_KEY_WEAK);
	assert_ok(parse_rsa_of(2048, "AQAB"));
	assert_ok(parse_rsa_of(STO_LIMIT_RSA_BITS, "AQAB"));
	assert_int_equal(parse_rsa_of(STO_LIMIT_RSA_BITS + 8, "AQAB"), STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_rsa_of(2 * STO_LIMIT_RSA_BITS, "AQAB"), STO_KEY_MALFORMED);
}

/* A power of 65537, as are the moduli of the generator of CVE-2017-15361 for each small prime. */
static void tv_42_keys_of_a_broken_generator_are_refused(void **state)
{
	uint8_t bytes[300];
	(void)state;
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *n = BN_new(), *base = BN_new(), *exponent = BN_new();
	assert_int_equal(BN_set_word(base, 65537), 1);
	assert_int_equal(BN_set_word(exponent, 128), 1);
	assert_int_equal(BN_exp(n, base, exponent, ctx), 1);
	int len = BN_bn2bin(n, bytes);
	assert_true(len * 8 > STO_LIMIT_RSA_BITS_MIN);
	json_t *json = json_pack("{s:s,s:s}", "kty", "RSA", "e", "AQAB");
	assert_ok(sto_jwk_put_bytes(json, "n", sto_span_of(bytes, (size_t)len)));
	assert_int_equal(parse_json(json), STO_KEY_WEAK);
	json_decref(json);
	BN_free(n);
	BN_free(base);
	BN_free(exponent);
	BN_CTX_free(ctx);
}

static void tv_42_weak_exponents_are_refused(void **state)
{
	static const struct {
		const char *e;
		int rc;
	} rows[] = {
		{"AQ", STO_KEY_WEAK},
		{"AA", STO_KEY_WEAK},
		{"Ag", STO_KEY_WEAK},
		{"AQAA", STO_KEY_WEAK},
		{"Aw", STO_OK},
		{"AQAB", STO_OK},
		{"AQAAAAAAAAAB", STO_KEY_NOT_SUPPORTED},
		{"", STO_KEY_MALFORMED},
		{"AQAB=", STO_KEY_MALFORMED},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(parse_rsa_of(2048, rows[i].e), rows[i].rc);
}

static void malformed_rsa_members_are_refused(void **state)
{
	(void)state;
	assert_int_equal(parse_with(STO_ALG_RS256, false, "n", ""), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "n", "7"), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "e", "null"), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "e", "\"A+AB\""), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_RS256, true, "oth", "[]"), STO_KEY_NOT_SUPPORTED);
}

static void a_private_key_whose_parts_do_not_match_is_refused(void **state)
{
	static const char other[] = "\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LA\"";
	(void)state;
	assert_int_equal(parse_with(STO_ALG_RS256, true, "d", other), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_RS256, true, "p", other), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_RS256, true, "qi", ""), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_ES256, true, "d", other), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_ES256, true, "d", "\"AAAA\""), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_EDDSA, true, "d", other), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_EDDSA, true, "d", "\"AAAA\""), STO_KEY_MALFORMED);
}

static void points_that_are_not_on_the_curve_are_refused(void **state)
{
	static const char zero_32[] = "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"";
	(void)state;
	assert_int_equal(parse_with(STO_ALG_ES256, false, "x", zero_32), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_ES256, false, "y", zero_32), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_ES256, false, "y", "\"AAAA\""), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_ES384, false, "crv", "\"P-256\""), STO_KEY_MALFORMED);
	/* A coordinate with a zero byte in front is another length (RFC 7518 section 6.2.1.2). */
	assert_int_equal(
		parse_with(STO_ALG_ES256, false, "x", "\"AH_NzidgTsRdQYPLm_b7S3tYBzM1e-nvE7rPbjx70VRF\""),
		STO_KEY_MALFORMED);
}

static void other_curves_are_refused(void **state)
{
	(void)state;
	assert_int_equal(parse_with(STO_ALG_ES256, false, "crv", "\"secp256k1\""), STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_with(STO_ALG_ES256, false, "crv", "\"p-256\""), STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_with(STO_ALG_EDDSA, false, "crv", "\"X25519\""), STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_with(STO_ALG_EDDSA, false, "crv", "\"Ed448\""), STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_with(STO_ALG_EDDSA, false, "crv", ""), STO_KEY_MALFORMED);
}

/* Points of order 1, 2, 4 and 8, and one spelled not canonically: under each, one signature would stand for
 * many messages. */
static void ed25519_keys_of_small_order_are_refused(void **state)
{
	static const char *const x[] = {
		"\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
		"\"7P________________________________________38\"",
		"\"JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU\"",
		"\"xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o\"",
		"\"7v________________________________________38\"",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(x) / sizeof(x[0]); i++)
		assert_int_equal(parse_with(STO_ALG_EDDSA, false, "x", x[i]), STO_KEY_MALFORMED);
}

static void keys_for_something_else_are_refused(void **state)
{
	(void)state;
	assert_int_equal(parse_with(STO_ALG_RS256, false, "use", "\"enc\""), STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "use", "1"), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "key_ops", "[\"encrypt\"]"), STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "key_ops", "[]"), STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "key_ops", "[\"sign\"]"), STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "key_ops", "[1]"), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "key_ops", "\"verify\""), STO_KEY_MALFORMED);
	assert_ok(parse_with(STO_ALG_RS256, false, "key_ops", "[\"verify\"]"));
	assert_ok(parse_with(STO_ALG_RS256, true, "key_ops", "[\"sign\"]"));
}

static void an_alg_must_fit_type_and_curve(void **state)
{
	(void)state;
	assert_int_equal(parse_with(STO_ALG_ES256, false, "alg", "\"ES384\""), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "alg", "\"ES256\""), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_EDDSA, false, "alg", "\"RS256\""), STO_KEY_MALFORMED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "alg", "\"HS256\""), STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "alg", "\"RSA-OAEP\""), STO_KEY_NOT_SUPPORTED);
	assert_int_equal(parse_with(STO_ALG_RS256, false, "alg", "null"), STO_KEY_MALFORMED);
	assert_ok(parse_with(STO_ALG_RS256, false, "alg", "\"PS512\""));
}

static void a_kid_must_be_a_string_within_its_limit(void **state)
{
	char kid[STO_LIMIT_KID + 4];
	(void)state;
	assert_int_equal(parse_with(STO_ALG_EDDSA, false, "kid", "7"), STO_KEY_MALFORMED);
	memset(kid, 'a', sizeof(kid));
	kid[0] = kid[STO_LIMIT_KID + 1] = '"';
	kid[STO_LIMIT_KID + 2] = 0;
	assert_ok(parse_with(STO_ALG_EDDSA, false, "kid", kid));
	kid[STO_LIMIT_KID + 1] = 'a';
	kid[STO_LIMIT_KID + 2] = '"';
	kid[STO_LIMIT_KID + 3] = 0;
	assert_int_equal(parse_with(STO_ALG_EDDSA, false, "kid", kid), STO_KEY_MALFORMED);
}

static void algorithm_names_are_exact(void **state)
{
	static const char *const bad[] = {"",      "none",   "HS256",   "rs256",  "RS256 ",
					  "ES521", "ES256K", "Ed25519", "EdDSA\n"};
	enum sto_alg alg;
	(void)state;
	for (int i = 0; i < STO_ALG_COUNT; i++) {
		assert_ok(sto_alg_parse(&alg, sto_span_str(sto_alg_name((enum sto_alg)i))));
		assert_int_equal(alg, i);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sto_alg_parse(&alg, sto_span_str(bad[i])), STO_ALG_NOT_SUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_generated_key_of_each_algorithm_comes_back_whole),
		cmocka_unit_test(public_json_holds_no_private_member),
		cmocka_unit_test(symmetric_keys_are_refused),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(tv_42_small_rsa_keys_are_refused),
		cmocka_unit_test(tv_42_keys_of_a_broken_generator_are_refused),
		cmocka_unit_test(tv_42_weak_exponents_are_refused),
		cmocka_unit_test(malformed_rsa_members_are_refused),
		cmocka_unit_test(a_private_key_whose_parts_do_not_match_is_refused),
		cmocka_unit_test(points_that_are_not_on_the_curve_are_refused),
		cmocka_unit_test(other_curves_are_refused),
		cmocka_unit_test(ed25519_keys_of_small_order_are_refused),
		cmocka_unit_test(keys_for_something_else_are_refused),
		cmocka_unit_test(an_alg_must_fit_type_and_curve),
		cmocka_unit_test(a_kid_must_be_a_string_within_its_limit),
		cmocka_unit_test(algorithm_names_are_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
