/* Elliptic curve keys: RFC 7518 section 6.2. */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include "base/bounds.h"
#include "base/json.h"
#include "jose/ecdsa_sig.h"
#include "jose/key.h"

static const struct curve {
	const char *name;
	size_t len; /* of a coordinate */
	enum sto_alg alg;
} curves[] = {
	{"P-256", 32, STO_ALG_ES256},
	{"P-384", 48, STO_ALG_ES384},
	{"P-521", 66, STO_ALG_ES512},
};

#define N_CURVES (sizeof(curves) / sizeof(curves[0]))

static const struct curve *curve_named(struct sto_span name)
{
	for (size_t i = 0; i < N_CURVES; i++)
		if (sto_span_equal(name, sto_span_str(curves[i].name)))
			return &curves[i];
	return NULL;
}

static const struct curve *curve_of(enum sto_alg alg)
{
	for (size_t i = 0; i < N_CURVES; i++)
		if (curves[i].alg == alg)
			return &curves[i];
	return NULL;
}

/* The curve of a key, whose "alg" is always among its algorithms. */
static const struct curve *curve_of_key(const sto_jwk *key)
{
	for (size_t i = 0; i < N_CURVES; i++)
		if ((key->algs & STO_ALG_BIT(curves[i].alg)) != 0)
			return &curves[i];
	return NULL;
}

/* Appends a coordinate, which must be as long as the curve says (RFC 7518 section 6.2.1.2). */
static int get_coordinate(struct sto_buf *out, const json_t *object, const char *name,
			  const struct curve *curve, struct sto_error *err)
{
	size_t before = out->len;
	int rc = sto_jwk_get_bytes(out, object, name, err);
	if (rc != STO_OK)
		return rc;
	if (out->len - before != curve->len)
		return sto_fail(err, STO_KEY_MALFORMED, "\"%s\" has %zu bytes where %s has %zu", name,
				out->len - before, curve->name, curve->len);
	return STO_OK;
}

static EVP_PKEY *build(const struct curve *curve, struct sto_span point, const BIGNUM *d)
{
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params = NULL;
	EVP_PKEY_CTX *ctx = NULL;
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	if (bld == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, curve->name, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point.ptr, point.len) != 1 ||
	    (d != NULL && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d) != 1))
		goto out;
	params = OSSL_PARAM_BLD_to_param(bld);
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		goto out;
	if (EVP_PKEY_fromdata(ctx, &pkey, d != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
out:
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	return pkey;
}

/* On the curve, of the right order, and for a private key its own public one. */
static bool holds(EVP_PKEY *pkey, bool is_private)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	bool ok = ctx != NULL && EVP_PKEY_public_check(ctx) == 1 &&
		  (!is_private || (EVP_PKEY_private_check(ctx) == 1 && EVP_PKEY_pairwise_check(ctx) == 1));
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static int get_private(BIGNUM **out, const json_t *object, const struct curve *curve, struct sto_error *err)
{
	struct sto_buf bytes;
	sto_buf_init(&bytes, STO_EC_COORDINATE_MAX);
	int rc = get_coordinate(&bytes, object, "d", curve, err);
	if (rc == STO_OK) {
		*out = BN_bin2bn(bytes.data, (int)bytes.len, NULL);
		rc = *out == NULL ? sto_fail(err, STO_NO_MEMORY, "no memory") : STO_OK;
	}
	sto_buf_finish(&bytes);
	return rc;
}

static int parse_on(sto_jwk *key, const struct curve *curve, const json_t *object, struct sto_error *err)
{
	BIGNUM *d = NULL;
	struct sto_buf point;
	sto_buf_init(&point, 1 + 2 * STO_EC_COORDINATE_MAX);
	int rc = sto_buf_put_byte(&point, POINT_CONVERSION_UNCOMPRESSED);
	if (rc == STO_OK)
		rc = get_coordinate(&point, object, "x", curve, err);
	if (rc == STO_OK)
		rc = get_coordinate(&point, object, "y", curve, err);
	if (rc == STO_OK && key->is_private)
		rc = get_private(&d, object, curve, err);
	if (rc != STO_OK)
		goto out;
	key->pkey = build(curve, sto_buf_span(&point), d);
	if (key->pkey == NULL || !holds(key->pkey, key->is_private))
		rc = sto_fail(err, STO_KEY_MALFORMED, "no key of the curve %s", curve->name);
out:
	BN_clear_free(d);
	sto_buf_finish(&point);
	return rc;
}

static int parse(sto_jwk *key, const json_t *object, struct sto_error *err)
{
	struct sto_span name;
	if (!sto_json_get_str(&name, object, "crv"))
		return sto_fail(err, STO_KEY_MALFORMED, "an EC key without \"crv\"");
	const struct curve *curve = curve_named(name);
	if (curve == NULL)
		return sto_fail(err, STO_KEY_NOT_SUPPORTED, "an EC key of another curve");
	key->algs = STO_ALG_BIT(curve->alg);
	key->is_private = sto_jwk_json_is_secret(object);
	return parse_on(key, curve, object, err);
}

static int generate(sto_jwk *key, enum sto_alg alg, struct sto_error *err)
{
	key->algs = STO_ALG_BIT(alg);
	key->is_private = true;
	key->pkey = EVP_EC_gen(curve_of(alg)->name);
	return key->pkey != NULL ? STO_OK : sto_fail(err, STO_INTERNAL, "OpenSSL made no EC key");
}

static int put(json_t *object, const sto_jwk *key, bool with_private)
{
	const struct curve *curve = curve_of_key(key);
	if (json_object_set_new(object, "crv", json_string(curve->name)) != 0)
		return STO_NO_MEMORY;
	int rc = sto_jwk_put_number(object, "x", key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, curve->len);
	if (rc == STO_OK)
		rc = sto_jwk_put_number(object, "y", key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, curve->len);
	if (rc == STO_OK && with_private)
		rc = sto_jwk_put_number(object, "d", key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, curve->len);
	return rc;
}

static int verify(const sto_jwk *key, enum sto_alg alg, struct sto_span message, struct sto_span signature)
{
	uint8_t der[STO_ECDSA_DER_MAX];
	/* RFC 7518 section 3.4: exactly two numbers of the curve's length. That both are between 1 and the
	 * order, OpenSSL checks. */
	if (signature.len != 2 * curve_of(alg)->len)
		return STO_TOKEN_SIGNATURE;
	size_t len = sto_ecdsa_to_der(der, signature);
	return sto_verifier_check(key->pool, key->pkey, alg, message, sto_span_of(der, len));
}

static int sign(struct sto_buf *out, const sto_jwk *key, enum sto_alg alg, struct sto_span message)
{
	struct sto_buf der;
	sto_buf_init(&der, STO_ECDSA_DER_MAX);
	int rc = sto_evp_sign(&der, key->pkey, alg, message);
	if (rc == STO_OK)
		rc = sto_ecdsa_from_der(out, sto_buf_span(&der), curve_of(alg)->len);
	sto_buf_finish(&der);
	return rc;
}

const struct sto_kty_ops sto_kty_ec = {
	.name = "EC",
	.parse = parse,
	.generate = generate,
	.put = put,
	.verify = verify,
	.sign = sign,
};
