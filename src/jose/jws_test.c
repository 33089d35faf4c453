#include "jose/jws.h"

#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/base64url.h"
#include "jose/fixture.h"
#include "jose/key.h"
#include "jose/rfc_vectors.h"

static void every_algorithm_signs_what_its_public_key_verifies(void **state)
{
	(void)state;
	for (int i = 0; i < STO_ALG_COUNT; i++) {
		enum sto_alg alg = (enum sto_alg)i;
		struct sto_buf token, payload;
		const struct sto_jws_policy policy = {STO_ALG_BIT(alg), NULL};
		sto_jwk *key = fixture_key(alg, "a");
		sto_jwks *set = fixture_set(alg, "a");
		sto_buf_init(&token, STO_LIMIT_TOKEN);
		sto_buf_init(&payload, STO_LIMIT_TOKEN);
		assert_ok(sto_jws_sign(&token, key, alg, "JWT", STO_SPAN("{}"), NULL));
		assert_ok(sto_jws_verify(&payload, set, &policy, sto_buf_span(&token), NULL));
		assert_ok(sto_jws_verify(&payload, set, &policy, sto_buf_span(&token), NULL));
		assert_span(sto_buf_span(&payload), "{}{}");
		sto_buf_finish(&token);
		sto_buf_finish(&payload);
		sto_jwks_free(set);
		sto_jwk_free(key);
	}
}

static void a_public_key_signs_nothing(void **state)
{
	struct sto_buf token;
	(void)state;
	char *text = fixture_public_text(STO_ALG_ES256, NULL);
	sto_jwk *key = fixture_key_of(text);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	assert_int_equal(sto_jws_sign(&token, key, STO_ALG_ES256, NULL, STO_SPAN("{}"), NULL),
			 STO_KEY_NOT_SUPPORTED);
	assert_int_equal(token.len, 0);
	sto_jwk_free(key);
	free(text);
}

static void a_key_signs_only_what_fits_it(void **state)
{
	struct sto_buf token;
	(void)state;
	sto_jwk *key = fixture_key(STO_ALG_ES256, NULL);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	assert_int_equal(sto_jws_sign(&token, key, STO_ALG_ES384, NULL, STO_SPAN("{}"), NULL), STO_TOKEN_ALG);
	sto_jwk_free(key);
}

static void tv_01_alg_none_and_absent_are_refused(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\"}", "{\"alg\":\"None\"}",    "{\"alg\":\"nOnE\"}",  "{\"alg\":\"\"}", "{}",
		"{\"alg\":null}",     "{\"alg\":[\"RS256\"]}", "{\"alg\":\"rs256\"}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_int_equal(fixture_verify_header(STO_ALG_RS256, headers[i]), STO_TOKEN_ALG);
}

static void tv_01_an_empty_signature_is_refused(void **state)
{
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_RS256, NULL);
	static const char *const tokens[] = {"eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJSUzI1NiJ9.e30.",
					     "eyJhbGciOiJub25lIn0.e30"};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_str(tokens[i])),
				 STO_TOKEN_MALFORMED);
	sto_jwks_free(set);
}

/* Verifies an HMAC token whose secret is `secret` against the public RSA key. */
static int verify_hmac(const char *header, const EVP_MD *hash, struct sto_span secret)
{
	struct sto_buf token;
	uint8_t mac[EVP_MAX_MD_SIZE];
	unsigned mac_len = 0;
	sto_jwks *set = fixture_set(STO_ALG_RS256, NULL);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	assert_ok(sto_base64url_encode(&token, sto_span_str(header)));
	assert_ok(sto_buf_put_str(&token, ".e30"));
	assert_non_null(HMAC(hash, secret.len == 0 ? (const void *)"" : secret.ptr, (int)secret.len,
			     token.data, token.len, mac, &mac_len));
	assert_ok(sto_buf_put_byte(&token, '.'));
	assert_ok(sto_base64url_encode(&token, sto_span_of(mac, mac_len)));
	int rc = fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token));
	sto_buf_finish(&token);
	sto_jwks_free(set);
	return rc;
}

static void tv_02_a_public_key_is_no_hmac_secret(void **state)
{
	uint8_t *der = NULL;
	char *pem = NULL;
	(void)state;
	sto_jwk *key = fixture_key(STO_ALG_RS256, NULL);
	char *jwk = fixture_public_text(STO_ALG_RS256, NULL);
	int der_len = i2d_PUBKEY(key->pkey, &der);
	BIO *bio = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_PUBKEY(bio, key->pkey), 1);
	long pem_len = BIO_get_mem_data(bio, &pem);
	const struct sto_span secrets[] = {sto_span_of(der, (size_t)der_len),
					   sto_span_of(pem, (size_t)pem_len), sto_span_str(jwk)};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(verify_hmac("{\"alg\":\"HS256\"}", EVP_sha256(), secrets[i]), STO_TOKEN_ALG);
	BIO_free(bio);
	OPENSSL_free(der);
	free(jwk);
	sto_jwk_free(key);
}

static void tv_03_hmac_with_an_empty_key_is_refused(void **state)
{
	(void)state;
	assert_int_equal(verify_hmac("{\"alg\":\"HS256\"}", EVP_sha256(), STO_SPAN("")), STO_TOKEN_ALG);
	assert_int_equal(verify_hmac("{\"alg\":\"HS384\"}", EVP_sha384(), STO_SPAN("")), STO_TOKEN_ALG);
	assert_int_equal(verify_hmac("{\"alg\":\"HS512\"}", EVP_sha512(), STO_SPAN("")), STO_TOKEN_ALG);
}

static void tv_04_an_algorithm_that_is_not_pinned_is_refused(void **state)
{
	(void)state;
	for (int i = 0; i < STO_ALG_COUNT; i++) {
		struct sto_buf token;
		enum sto_alg alg = (enum sto_alg)i;
		sto_jwk *key = fixture_key(alg, "a");
		sto_jwks *set = fixture_set(alg, "a");
		sto_buf_init(&token, STO_LIMIT_TOKEN);
		assert_ok(sto_jws_sign(&token, key, alg, NULL, STO_SPAN("{}"), NULL));
		assert_int_equal(fixture_verify(set, STO_ALG_ALL & ~STO_ALG_BIT(alg), sto_buf_span(&token)),
				 STO_TOKEN_ALG);
		assert_ok(fixture_verify(set, STO_ALG_BIT(alg), sto_buf_span(&token)));
		/* The remembered header is held to the policy as well. */
		assert_int_equal(fixture_verify(set, 0, sto_buf_span(&token)), STO_TOKEN_ALG);
		sto_buf_finish(&token);
		sto_jwks_free(set);
		sto_jwk_free(key);
	}
}

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

static void a_header_over_its_limit_is_refused(void **state)
{
	static char header[64 * 1024];
	struct sto_buf token;
	(void)state;
	sto_jwk *key = fixture_key(STO_ALG_EDDSA, NULL);
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	(void)snprintf(header, sizeof(header), "{\"alg\":\"EdDSA\",\"a\":\"%0*d\"}", STO_LIMIT_JOSE_HEADER,
		       0);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	fixture_token(&token, key, STO_ALG_EDDSA, header, STO_SPAN("{}"));
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)), STO_TOO_LARGE);
	sto_buf_finish(&token);
	sto_jwks_free(set);
	sto_jwk_free(key);
}

static void tv_09_crit_is_refused_whatever_it_says(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"RS256\",\"crit\":[\"x\"],\"x\":1}",
		"{\"alg\":\"RS256\",\"crit\":[\"exp\"],\"exp\":1}",
		"{\"alg\":\"RS256\",\"crit\":[]}",
		"{\"alg\":\"RS256\",\"crit\":null}",
		"{\"alg\":\"RS256\",\"crit\":\"x\"}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_int_equal(fixture_verify_header(STO_ALG_RS256, headers[i]), STO_TOKEN_CRIT);
}

static void tv_11_an_unencoded_payload_is_refused(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"RS256\",\"b64\":false}",
		"{\"alg\":\"RS256\",\"b64\":false,\"crit\":[\"b64\"]}",
		"{\"alg\":\"RS256\",\"b64\":null}",
		"{\"alg\":\"RS256\",\"b64\":\"false\"}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_int_equal(fixture_verify_header(STO_ALG_RS256, headers[i]), STO_TOKEN_CRIT);
}

/* Verifies the token of `alg` whose signature is these bytes. */
static int verify_signature(enum sto_alg alg, struct sto_span signature)
{
	struct sto_buf token;
	sto_jwks *set = fixture_set(alg, NULL);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	assert_ok(sto_buf_printf(&token, "{\"alg\":\"%s\"}", sto_alg_name(alg)));
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_TOKEN);
	assert_ok(sto_base64url_encode(&text, sto_buf_span(&token)));
	assert_ok(sto_buf_put_str(&text, ".e30."));
	assert_ok(sto_base64url_encode(&text, signature));
	int rc = fixture_verify(set, STO_ALG_ALL, sto_buf_span(&text));
	sto_buf_finish(&text);
	sto_buf_finish(&token);
	sto_jwks_free(set);
	return rc;
}

static void tv_41_ecdsa_signatures_of_zeros_and_of_another_length_are_refused(void **state)
{
	static const uint8_t zeros[200];
	static const size_t lengths[] = {1, 63, 64, 65, 96, 128, 132, 133};
	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct sto_span signature = sto_span_of(zeros, lengths[i]);
		assert_int_equal(verify_signature(STO_ALG_ES256, signature), STO_TOKEN_SIGNATURE);
		assert_int_equal(verify_signature(STO_ALG_ES384, signature), STO_TOKEN_SIGNATURE);
		assert_int_equal(verify_signature(STO_ALG_ES512, signature), STO_TOKEN_SIGNATURE);
	}
}

static void tv_41_ecdsa_in_der_is_refused(void **state)
{
	struct sto_buf der;
	(void)state;
	sto_jwk *key = fixture_key(STO_ALG_ES256, NULL);
	sto_buf_init(&der, 200);
	assert_ok(sto_evp_sign(&der, key->pkey, STO_ALG_ES256, STO_SPAN("eyJhbGciOiJFUzI1NiJ9.e30")));
	assert_int_equal(verify_signature(STO_ALG_ES256, sto_buf_span(&der)), STO_TOKEN_SIGNATURE);
	sto_buf_finish(&der);
	sto_jwk_free(key);
}

/* The order n of P-256 as r or s: one more than the largest that is allowed. */
static void tv_41_ecdsa_numbers_out_of_range_are_refused(void **state)
{
	static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
					  0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
	(void)state;
	for (size_t at = 0; at <= 32; at += 32) {
		uint8_t signature[64] = {0};
		signature[31] = signature[63] = 1;
		memcpy(signature + at, order, 32);
		assert_int_equal(verify_signature(STO_ALG_ES256, sto_span_of(signature, 64)),
				 STO_TOKEN_SIGNATURE);
		memset(signature + at, 0xff, 32);
		assert_int_equal(verify_signature(STO_ALG_ES256, sto_span_of(signature, 64)),
				 STO_TOKEN_SIGNATURE);
	}
}

static void tv_43_each_token_has_one_spelling(void **state)
{
	static const char *const tokens[] = {
		"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc=.", /* padding */
		"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmd.",  /* bits that are not used */
		"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbm c.",
		"eyJhbGciOiJFZERTQSJ9\n.RXhhbXBsZQ.",
		" eyJhbGciOiJFZERTQSJ9.RXhhbXBsZQ.",
		"eyJhbGciOiJFZERTQSJ9=.RXhhbXBsZQ.",
		"eyJhbGciOiJFZERTQSJ9.RXhh+XBsZQ.",
		"eyJhbGciOiJFZERTQSJ9.RXhh/XBsZQ.",
	};
	static const char *const ends[] = {"=", "\n", " ", "."};
	static const char signature[] =
		"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
	char text[400];
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", tokens[i], signature);
		assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_str(text)), STO_TOKEN_MALFORMED);
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", RFC8037_A4_TOKEN, ends[i]);
		assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_str(text)), STO_TOKEN_MALFORMED);
	}
	/* The last character carries four unused bits: all other spellings of the signature. */
	(void)snprintf(text, sizeof(text), "%.*sh", (int)(sizeof(RFC8037_A4_TOKEN) - 2), RFC8037_A4_TOKEN);
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_str(text)), STO_TOKEN_MALFORMED);
	sto_jwks_free(set);
}

static void tv_44_duplicate_header_members_are_refused(void **state)
{
	(void)state;
	assert_int_equal(fixture_verify_header(STO_ALG_RS256, "{\"alg\":\"RS256\",\"alg\":\"RS256\"}"),
			 STO_TOKEN_MALFORMED);
	assert_int_equal(
		fixture_verify_header(STO_ALG_RS256, "{\"alg\":\"RS256\",\"kid\":\"a\",\"kid\":\"b\"}"),
		STO_TOKEN_MALFORMED);
}

static void tv_46_a_header_that_is_no_clean_json_is_refused(void **state)
{
	static const char *const headers[] = {
		"",
		"x",
		"[]",
		"\"alg\"",
		"null",
		"{\"alg\":\"RS256\"} x",
		"{\"alg\":\"RS256\",\"a\":\"\\u0000\"}",
		"{\"alg\":\"RS256\",\"a\":\"\xc0\x80\"}",
		"{\"alg\":\"RS256\",\"a\":\"\\ud800\"}",
		"\xef\xbb\xbf{\"alg\":\"RS256\"}",
		"{\"alg\":\"RS256\",\"typ\":1}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_int_equal(fixture_verify_header(STO_ALG_RS256, headers[i]), STO_TOKEN_MALFORMED);
}

static int verify_typ(const char *header, const char *const *allowed)
{
	struct sto_buf token, payload;
	const struct sto_jws_policy policy = {STO_ALG_ALL, allowed};
	sto_jwk *key = fixture_key(STO_ALG_EDDSA, NULL);
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	fixture_token(&token, key, STO_ALG_EDDSA, header, STO_SPAN("{}"));
	int rc = sto_jws_verify(&payload, set, &policy, sto_buf_span(&token), NULL);
	sto_buf_finish(&payload);
	sto_buf_finish(&token);
	sto_jwks_free(set);
	sto_jwk_free(key);
	return rc;
}

static void tv_47_another_kind_of_token_is_refused(void **state)
{
	static const char *const id_token[] = {"", "JWT", NULL};
	static const char *const access_token[] = {"at+jwt", NULL};
	static const char *const other[] = {
		"at+jwt",       "application/at+jwt", "logout+jwt", "client-authentication+jwt",
		"secevent+jwt", "application/jwt/x",  "xJWT",       ""};
	char header[100];
	(void)state;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		(void)snprintf(header, sizeof(header), "{\"alg\":\"EdDSA\",\"typ\":\"%s\"}", other[i]);
		assert_int_equal(verify_typ(header, id_token), STO_TOKEN_TYP);
	}
	assert_int_equal(verify_typ("{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", access_token), STO_TOKEN_TYP);
	assert_int_equal(verify_typ("{\"alg\":\"EdDSA\"}", access_token), STO_TOKEN_TYP);
}

static void typ_is_compared_without_case_and_application(void **state)
{
	static const char *const allowed[] = {"", "JWT", "at+jwt", NULL};
	(void)state;
	assert_ok(verify_typ("{\"alg\":\"EdDSA\"}", allowed));
	assert_ok(verify_typ("{\"alg\":\"EdDSA\",\"typ\":\"jwt\"}", allowed));
	assert_ok(verify_typ("{\"alg\":\"EdDSA\",\"typ\":\"application/at+JWT\"}", allowed));
	assert_ok(verify_typ("{\"alg\":\"EdDSA\",\"typ\":\"anything\"}", NULL));
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

static void tv_57_every_flipped_bit_of_a_signature_is_refused(void **state)
{
	(void)state;
	for (int i = 0; i < STO_ALG_COUNT; i++) {
		enum sto_alg alg = (enum sto_alg)i;
		struct sto_buf token, text;
		uint8_t signature[STO_SIGNATURE_MAX];
		sto_jwk *key = fixture_key(alg, NULL);
		sto_jwks *set = fixture_set(alg, NULL);
		sto_buf_init(&token, STO_LIMIT_TOKEN);
		sto_buf_init(&text, STO_LIMIT_TOKEN);
		assert_ok(sto_jws_sign(&token, key, alg, NULL, STO_SPAN("{}"), NULL));
		struct sto_span head = sto_buf_span(&token);
		while (head.ptr[head.len - 1] != '.')
			head.len--;
		struct sto_span tail = sto_span_slice(sto_buf_span(&token), head.len, token.len);
		size_t len = sto_base64url_decoded_len(tail.len);
		assert_ok(sto_base64url_decode_to(signature, tail));
		for (size_t bit = 0; bit < 8 * len; bit++) {
			signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
			sto_buf_clear(&text);
			assert_ok(sto_buf_put(&text, head));
			assert_ok(sto_base64url_encode(&text, sto_span_of(signature, len)));
			assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&text)),
					 STO_TOKEN_SIGNATURE);
			signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
		assert_ok(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)));
		sto_buf_finish(&text);
		sto_buf_finish(&token);
		sto_jwks_free(set);
		sto_jwk_free(key);
	}
}

static void tv_57_a_changed_payload_is_refused(void **state)
{
	(void)state;
	for (int i = 0; i < STO_ALG_COUNT; i++) {
		struct sto_buf token;
		sto_jwk *key = fixture_key((enum sto_alg)i, NULL);
		sto_jwks *set = fixture_set((enum sto_alg)i, NULL);
		sto_buf_init(&token, STO_LIMIT_TOKEN);
		assert_ok(sto_jws_sign(&token, key, (enum sto_alg)i, NULL, STO_SPAN("{}"), NULL));
		size_t dot = sto_span_find(sto_buf_span(&token), '.');
		token.data[dot + 1] = 'f';
		assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)), STO_TOKEN_SIGNATURE);
		sto_buf_finish(&token);
		sto_jwks_free(set);
		sto_jwk_free(key);
	}
}

/* PS256 under an RS256 signature and the other way round: the padding is part of the algorithm. */
static void the_paddings_of_rsa_do_not_stand_for_each_other(void **state)
{
	struct sto_buf token;
	(void)state;
	sto_jwk *key = fixture_key(STO_ALG_RS256, NULL);
	sto_jwks *set = fixture_set(STO_ALG_RS256, NULL);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	fixture_token(&token, key, STO_ALG_RS256, "{\"alg\":\"PS256\"}", STO_SPAN("{}"));
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)), STO_TOKEN_SIGNATURE);
	fixture_token(&token, key, STO_ALG_PS256, "{\"alg\":\"RS256\"}", STO_SPAN("{}"));
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)), STO_TOKEN_SIGNATURE);
	sto_buf_finish(&token);
	sto_jwks_free(set);
	sto_jwk_free(key);
}

static void tv_61_certificate_thumbprints_are_ignored_each_time(void **state)
{
	(void)state;
	assert_ok(fixture_verify_header(STO_ALG_RS256, "{\"alg\":\"RS256\",\"x5t\":\"AAAA\"}"));
	assert_ok(fixture_verify_header(STO_ALG_RS256, "{\"alg\":\"RS256\",\"x5t#S256\":\"AAAA\"}"));
}

static void ds_04_a_token_of_100_mb_is_refused_by_its_length(void **state)
{
	size_t len = 100 * 1000 * 1000;
	(void)state;
	char *huge = malloc(len);
	assert_non_null(huge);
	memset(huge, 'A', len);
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_of(huge, len)), STO_TOO_LARGE);
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_of(huge, STO_LIMIT_TOKEN + 1)),
			 STO_TOO_LARGE);
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_of(huge, STO_LIMIT_TOKEN)),
			 STO_TOKEN_MALFORMED);
	sto_jwks_free(set);
	free(huge);
}

static void ds_04_a_huge_signature_is_refused_before_it_is_decoded(void **state)
{
	static uint8_t signature[40000];
	(void)state;
	assert_int_equal(verify_signature(STO_ALG_RS256, sto_span_of(signature, sizeof(signature))),
			 STO_TOKEN_SIGNATURE);
}

static void json_serializations_and_encrypted_tokens_are_refused(void **state)
{
	static const char *const tokens[] = {"",    ".",         "..",
					     "...", "a.b.c.d.e", "{\"payload\":\"e30\",\"signatures\":[]}"};
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_str(tokens[i])),
				 STO_TOKEN_MALFORMED);
	sto_jwks_free(set);
}

static void a_payload_that_does_not_fit_is_refused(void **state)
{
	struct sto_buf payload;
	const struct sto_jws_policy policy = {STO_ALG_ALL, NULL};
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	sto_buf_init(&payload, 10);
	assert_int_equal(sto_jws_verify(&payload, set, &policy, STO_SPAN(RFC8037_A4_TOKEN), NULL),
			 STO_TOO_LARGE);
	assert_int_equal(payload.len, 0);
	sto_buf_finish(&payload);
	sto_jwks_free(set);
}

static void more_headers_than_are_remembered_still_verify(void **state)
{
	(void)state;
	sto_jwk *key = fixture_key(STO_ALG_EDDSA, NULL);
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < STO_LIMIT_HEADERS_KEPT + 5; i++) {
			struct sto_buf token;
			char header[60];
			(void)snprintf(header, sizeof(header), "{\"alg\":\"EdDSA\",\"n\":%d}", i);
			sto_buf_init(&token, STO_LIMIT_TOKEN);
			fixture_token(&token, key, STO_ALG_EDDSA, header, STO_SPAN("{}"));
			assert_ok(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)));
			sto_buf_finish(&token);
		}
	}
	sto_jwks_free(set);
	sto_jwk_free(key);
}

static void a_look_inside_gives_header_and_payload_unverified(void **state)
{
	json_t *header = NULL;
	struct sto_buf payload;
	(void)state;
	sto_buf_init(&payload, 100);
	assert_ok(sto_jws_peek_header(&header, STO_SPAN(RFC7515_A1_TOKEN), NULL));
	assert_string_equal(json_string_value(json_object_get(header, "alg")), "HS256");
	assert_ok(sto_jws_peek_payload(&payload, STO_SPAN(RFC7515_A1_TOKEN), NULL));
	assert_span(sto_buf_span(&payload), RFC7515_PAYLOAD);
	json_decref(header);
	sto_buf_finish(&payload);
	assert_int_equal(sto_jws_peek_header(&header, STO_SPAN("W10.e30.AA"), NULL), STO_TOKEN_MALFORMED);
	assert_null(header);
}

static void no_refusal_quotes_the_token(void **state)
{
	struct sto_error err = {0};
	struct sto_buf payload;
	const struct sto_jws_policy policy = {STO_ALG_ALL, NULL};
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_ES256, "a");
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	assert_int_equal(sto_jws_verify(&payload, set, &policy, STO_SPAN(RFC7515_A2_TOKEN), &err),
			 STO_TOKEN_NO_KEY);
	assert_null(strstr(err.detail, "eyJ"));
	assert_null(strstr(err.detail, "joe"));
	sto_buf_finish(&payload);
	sto_jwks_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_algorithm_signs_what_its_public_key_verifies),
		cmocka_unit_test(a_public_key_signs_nothing),
		cmocka_unit_test(a_key_signs_only_what_fits_it),
		cmocka_unit_test(tv_01_alg_none_and_absent_are_refused),
		cmocka_unit_test(tv_01_an_empty_signature_is_refused),
		cmocka_unit_test(tv_02_a_public_key_is_no_hmac_secret),
		cmocka_unit_test(tv_03_hmac_with_an_empty_key_is_refused),
		cmocka_unit_test(tv_04_an_algorithm_that_is_not_pinned_is_refused),
		cmocka_unit_test(tv_06_tv_07_keys_that_the_token_brings_are_not_used),
		cmocka_unit_test(tv_08_a_hostile_kid_is_only_compared),
		cmocka_unit_test(tv_08_a_long_kid_is_refused),
		cmocka_unit_test(a_header_over_its_limit_is_refused),
		cmocka_unit_test(tv_09_crit_is_refused_whatever_it_says),
		cmocka_unit_test(tv_11_an_unencoded_payload_is_refused),
		cmocka_unit_test(tv_41_ecdsa_signatures_of_zeros_and_of_another_length_are_refused),
		cmocka_unit_test(tv_41_ecdsa_in_der_is_refused),
		cmocka_unit_test(tv_41_ecdsa_numbers_out_of_range_are_refused),
		cmocka_unit_test(tv_43_each_token_has_one_spelling),
		cmocka_unit_test(tv_44_duplicate_header_members_are_refused),
		cmocka_unit_test(tv_46_a_header_that_is_no_clean_json_is_refused),
		cmocka_unit_test(tv_47_another_kind_of_token_is_refused),
		cmocka_unit_test(typ_is_compared_without_case_and_application),
		cmocka_unit_test(tv_48_without_a_kid_the_one_key_that_fits_is_used),
		cmocka_unit_test(tv_49_of_keys_with_one_kid_the_right_type_is_used),
		cmocka_unit_test(tv_49_a_kid_of_another_type_is_refused_by_its_algorithm),
		cmocka_unit_test(a_kid_that_no_key_has_asks_for_another_fetch),
		cmocka_unit_test(without_a_kid_eight_keys_are_tried_and_no_more),
		cmocka_unit_test(tv_57_every_flipped_bit_of_a_signature_is_refused),
		cmocka_unit_test(tv_57_a_changed_payload_is_refused),
		cmocka_unit_test(the_paddings_of_rsa_do_not_stand_for_each_other),
		cmocka_unit_test(tv_61_certificate_thumbprints_are_ignored_each_time),
		cmocka_unit_test(ds_04_a_token_of_100_mb_is_refused_by_its_length),
		cmocka_unit_test(ds_04_a_huge_signature_is_refused_before_it_is_decoded),
		cmocka_unit_test(json_serializations_and_encrypted_tokens_are_refused),
		cmocka_unit_test(a_payload_that_does_not_fit_is_refused),
		cmocka_unit_test(more_headers_than_are_remembered_still_verify),
		cmocka_unit_test(a_look_inside_gives_header_and_payload_unverified),
		cmocka_unit_test(no_refusal_quotes_the_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
