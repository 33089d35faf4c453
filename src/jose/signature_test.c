/* What is no signature of the key, whatever it looks like. */
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/base64url.h"
#include "jose/fixture.h"
#include "jose/key.h"

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

/* The signed text of fixture tokens of `alg`, signed; the caller finishes *out. */
static void sign_empty(struct sto_buf *out, enum sto_alg alg)
{
	struct sto_buf text;
	char header[40];
	sto_jwk *key = fixture_key(alg, NULL);
	sto_buf_init(out, 200);
	sto_buf_init(&text, 200);
	(void)snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", sto_alg_name(alg));
	assert_ok(sto_base64url_encode(&text, sto_span_str(header)));
	assert_ok(sto_buf_put_str(&text, ".e30"));
	assert_ok(key->ops->sign(out, key, alg, sto_buf_span(&text)));
	sto_buf_finish(&text);
	sto_jwk_free(key);
}

/* The same numbers, each with a zero before it. */
static void tv_41_ecdsa_numbers_with_more_zeros_are_refused(void **state)
{
	struct sto_buf good;
	uint8_t padded[66] = {0};
	(void)state;
	sign_empty(&good, STO_ALG_ES256);
	assert_int_equal(good.len, 64);
	assert_ok(verify_signature(STO_ALG_ES256, sto_buf_span(&good)));
	memcpy(padded + 1, good.data, 32);
	memcpy(padded + 34, good.data + 32, 32);
	assert_int_equal(verify_signature(STO_ALG_ES256, sto_span_of(padded, 66)), STO_TOKEN_SIGNATURE);
	sto_buf_finish(&good);
}

static void tv_43_an_ed25519_signature_with_more_behind_it_is_refused(void **state)
{
	struct sto_buf good;
	(void)state;
	sign_empty(&good, STO_ALG_EDDSA);
	assert_ok(verify_signature(STO_ALG_EDDSA, sto_buf_span(&good)));
	assert_ok(sto_buf_put_byte(&good, 0));
	assert_int_equal(verify_signature(STO_ALG_EDDSA, sto_buf_span(&good)), STO_TOKEN_SIGNATURE);
	sto_buf_finish(&good);
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

static void ds_04_a_huge_signature_is_refused_before_it_is_decoded(void **state)
{
	static uint8_t signature[40000];
	(void)state;
	assert_int_equal(verify_signature(STO_ALG_RS256, sto_span_of(signature, sizeof(signature))),
			 STO_TOKEN_SIGNATURE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tv_02_a_public_key_is_no_hmac_secret),
		cmocka_unit_test(tv_03_hmac_with_an_empty_key_is_refused),
		cmocka_unit_test(tv_41_ecdsa_signatures_of_zeros_and_of_another_length_are_refused),
		cmocka_unit_test(tv_41_ecdsa_numbers_with_more_zeros_are_refused),
		cmocka_unit_test(tv_43_an_ed25519_signature_with_more_behind_it_is_refused),
		cmocka_unit_test(tv_41_ecdsa_in_der_is_refused),
		cmocka_unit_test(tv_41_ecdsa_numbers_out_of_range_are_refused),
		cmocka_unit_test(tv_57_every_flipped_bit_of_a_signature_is_refused),
		cmocka_unit_test(tv_57_a_changed_payload_is_refused),
		cmocka_unit_test(the_paddings_of_rsa_do_not_stand_for_each_other),
		cmocka_unit_test(ds_04_a_huge_signature_is_refused_before_it_is_decoded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
