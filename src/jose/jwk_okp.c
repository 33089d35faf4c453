/* Ed25519 keys: RFC 8037, on libsodium, which verifies in less than half of OpenSSL's time. */
#include <string.h>

#include <openssl/rand.h>
#include <sodium.h>

#include "base/bounds.h"
#include "base/json.h"
#include "jose/key.h"

static int get_32(uint8_t out[STO_ED25519_LEN], const json_t *object, const char *name, struct sto_error *err)
{
	struct sto_buf bytes;
	sto_buf_init(&bytes, 2 * STO_ED25519_LEN);
	int rc = sto_jwk_get_bytes(&bytes, object, name, err);
	if (rc == STO_OK && bytes.len != STO_ED25519_LEN)
		rc = sto_fail(err, STO_KEY_MALFORMED, "\"%s\" has %zu bytes where Ed25519 has 32", name,
			      bytes.len);
	if (rc == STO_OK)
		memcpy(out, bytes.data, STO_ED25519_LEN);
	sto_buf_finish(&bytes);
	return rc;
}

/* Derives the pair from its seed; the public part must be the one given, if one is. */
static int set_secret(sto_jwk *key, const uint8_t seed[STO_ED25519_LEN], const uint8_t *expected,
		      struct sto_error *err)
{
	key->ed_secret = sodium_malloc(crypto_sign_SECRETKEYBYTES);
	if (key->ed_secret == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no locked memory");
	if (crypto_sign_seed_keypair(key->ed_public, key->ed_secret, seed) != 0)
		return sto_fail(err, STO_INTERNAL, "libsodium made no key");
	(void)sodium_mprotect_readonly(key->ed_secret);
	if (expected != NULL && sodium_memcmp(key->ed_public, expected, STO_ED25519_LEN) != 0)
		return sto_fail(err, STO_KEY_MALFORMED,
				"the parts of a private Ed25519 key do not belong together");
	return STO_OK;
}

static int parse_parts(sto_jwk *key, const json_t *object, struct sto_error *err)
{
	uint8_t seed[STO_ED25519_LEN], public[STO_ED25519_LEN];
	int rc = get_32(public, object, "x", err);
	if (rc != STO_OK)
		return rc;
	/* A key of small order would let one signature stand for any message. */
	if (crypto_core_ed25519_is_valid_point(public) != 1)
		return sto_fail(err, STO_KEY_MALFORMED, "no key of the curve Ed25519");
	memcpy(key->ed_public, public, STO_ED25519_LEN);
	if (!key->is_private)
		return STO_OK;
	rc = get_32(seed, object, "d", err);
	if (rc == STO_OK)
		rc = set_secret(key, seed, public, err);
	sodium_memzero(seed, sizeof(seed));
	return rc;
}

static int parse(sto_jwk *key, const json_t *object, struct sto_error *err)
{
	struct sto_span curve;
	if (!sto_json_get_str(&curve, object, "crv"))
		return sto_fail(err, STO_KEY_MALFORMED, "an OKP key without \"crv\"");
	if (!sto_span_equal(curve, STO_SPAN("Ed25519")))
		return sto_fail(err, STO_KEY_NOT_SUPPORTED, "an OKP key of another curve");
	if (sodium_init() < 0)
		return sto_fail(err, STO_INTERNAL, "libsodium does not start");
	key->algs = STO_ALG_BIT(STO_ALG_EDDSA);
	key->is_private = sto_jwk_json_is_secret(object);
	return parse_parts(key, object, err);
}

static int generate(sto_jwk *key, enum sto_alg alg, struct sto_error *err)
{
	uint8_t seed[STO_ED25519_LEN];
	if (sodium_init() < 0)
		return sto_fail(err, STO_INTERNAL, "libsodium does not start");
	if (RAND_priv_bytes(seed, sizeof(seed)) != 1)
		return sto_fail(err, STO_INTERNAL, "OpenSSL gave no random bytes");
	key->algs = STO_ALG_BIT(alg);
	key->is_private = true;
	int rc = set_secret(key, seed, NULL, err);
	sodium_memzero(seed, sizeof(seed));
	return rc;
}

static int put(json_t *object, const sto_jwk *key, bool with_private)
{
	if (json_object_set_new(object, "crv", json_string("Ed25519")) != 0)
		return STO_NO_MEMORY;
	int rc = sto_jwk_put_bytes(object, "x", sto_span_of(key->ed_public, STO_ED25519_LEN));
	/* The first half of libsodium's secret key is the seed, which RFC 8037 section 2 calls d. */
	if (rc == STO_OK && with_private)
		rc = sto_jwk_put_bytes(object, "d", sto_span_of(key->ed_secret, STO_ED25519_LEN));
	return rc;
}

/* libsodium refuses an S that is not reduced, and R and A that are not canonical or of small order. */
static int verify(const sto_jwk *key, enum sto_alg alg, struct sto_span message, struct sto_span signature)
{
	(void)alg;
	if (signature.len != crypto_sign_BYTES)
		return STO_TOKEN_SIGNATURE;
	if (crypto_sign_verify_detached(signature.ptr, message.ptr, message.len, key->ed_public) != 0)
		return STO_TOKEN_SIGNATURE;
	return STO_OK;
}

static int sign(struct sto_buf *out, const sto_jwk *key, enum sto_alg alg, struct sto_span message)
{
	(void)alg;
	uint8_t *to = sto_buf_reserve(out, crypto_sign_BYTES);
	if (to == NULL)
		return STO_NO_MEMORY;
	if (crypto_sign_detached(to, NULL, message.ptr, message.len, key->ed_secret) != 0)
		return STO_INTERNAL;
	sto_buf_grow(out, crypto_sign_BYTES);
	return STO_OK;
}

const struct sto_kty_ops sto_kty_okp = {
	.name = "OKP",
	.parse = parse,
	.generate = generate,
	.put = put,
	.verify = verify,
	.sign = sign,
};
