/* RSA keys: RFC 7518 section 6.3. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/bounds.h"
#include "jose/key.h"

enum { N, E, D, P, Q, DP, DQ, QI, N_NUMBERS };

static const struct {
	const char *member, *param;
} numbers[N_NUMBERS] = {
	[N] = {"n", OSSL_PKEY_PARAM_RSA_N},           [E] = {"e", OSSL_PKEY_PARAM_RSA_E},
	[D] = {"d", OSSL_PKEY_PARAM_RSA_D},           [P] = {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
	[Q] = {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},     [DP] = {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
	[DQ] = {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, [QI] = {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
};

#define RSA_ALGS                                                                                             \
	(STO_ALG_BIT(STO_ALG_RS256) | STO_ALG_BIT(STO_ALG_RS384) | STO_ALG_BIT(STO_ALG_RS512) |              \
	 STO_ALG_BIT(STO_ALG_PS256) | STO_ALG_BIT(STO_ALG_PS384) | STO_ALG_BIT(STO_ALG_PS512))

/* Whether n mod p is a power of 65537 for every small prime p: so are the moduli of the broken generator of
 * CVE-2017-15361 ("ROCA"), and next to no others. */
static bool is_roca(const BIGNUM *n)
{
	static const uint8_t primes[] = {3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
					 47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
					 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
	for (size_t i = 0; i < sizeof(primes); i++) {
		unsigned p = primes[i], rest = (unsigned)BN_mod_word(n, p), power = 1;
		do
			power = power * (65537 % p) % p;
		while (power != rest && power != 1);
		if (power != rest)
			return false;
	}
	return true;
}

static int check_numbers(BIGNUM *const bn[N_NUMBERS], struct sto_error *err)
{
	int bits = BN_num_bits(bn[N]);
	if (bits < STO_LIMIT_RSA_BITS_MIN) /* RFC 7518 section 3.3 */
		return sto_fail(err, STO_KEY_WEAK, "an RSA key of %d bits", bits);
	if (bits > STO_LIMIT_RSA_BITS)
		return sto_fail(err, STO_KEY_NOT_SUPPORTED, "an RSA key of %d bits", bits);
	if (!BN_is_odd(bn[N]))
		return sto_fail(err, STO_KEY_MALFORMED, "an even RSA modulus");
	if (!BN_is_odd(bn[E]) || BN_is_one(bn[E]))
		return sto_fail(err, STO_KEY_WEAK, "an RSA exponent that is even or 1");
	if (BN_num_bits(bn[E]) > 64)
		return sto_fail(err, STO_KEY_NOT_SUPPORTED, "an RSA exponent of %d bits", BN_num_bits(bn[E]));
	if (is_roca(bn[N]))
		return sto_fail(err, STO_KEY_WEAK, "an RSA key of a broken generator (CVE-2017-15361)");
	return STO_OK;
}

/* Base64urlUInt. Leading zeros, which some libraries write (RFC 7518 section 6.3.1.1), change nothing. */
static int get_number(BIGNUM **out, const json_t *object, const char *name, struct sto_error *err)
{
	struct sto_buf bytes;
	sto_buf_init(&bytes, STO_SIGNATURE_MAX + 8);
	int rc = sto_jwk_get_bytes(&bytes, object, name, err);
	if (rc == STO_OK && bytes.len == 0)
		rc = sto_fail(err, STO_KEY_MALFORMED, "an empty \"%s\"", name);
	if (rc == STO_OK) {
		*out = BN_bin2bn(bytes.data, (int)bytes.len, NULL);
		rc = *out == NULL ? sto_fail(err, STO_NO_MEMORY, "no memory") : STO_OK;
	}
	sto_buf_finish(&bytes);
	return rc;
}

static EVP_PKEY *build(BIGNUM *const bn[N_NUMBERS], int n_numbers)
{
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params = NULL;
	EVP_PKEY_CTX *ctx = NULL;
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	if (bld == NULL)
		return NULL;
	for (int i = 0; i < n_numbers; i++)
		if (OSSL_PARAM_BLD_push_BN(bld, numbers[i].param, bn[i]) != 1)
			goto out;
	params = OSSL_PARAM_BLD_to_param(bld);
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		goto out;
	if (EVP_PKEY_fromdata(ctx, &pkey, n_numbers == N_NUMBERS ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
			      params) != 1)
		pkey = NULL;
out:
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	return pkey;
}

static bool pair_holds(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	bool holds = ctx != NULL && EVP_PKEY_check(ctx) == 1;
	EVP_PKEY_CTX_free(ctx);
	return holds;
}

static int parse(sto_jwk *key, const json_t *object, struct sto_error *err)
{
	BIGNUM *bn[N_NUMBERS] = {NULL};
	int rc = STO_OK;
	key->is_private = sto_jwk_json_is_secret(object);
	key->algs = RSA_ALGS;
	int n_numbers = key->is_private ? N_NUMBERS : D;
	if (json_object_get(object, "oth") != NULL) {
		rc = sto_fail(err, STO_KEY_NOT_SUPPORTED, "an RSA key of more than two primes");
		goto out;
	}
	for (int i = 0; i < n_numbers; i++) {
		rc = get_number(&bn[i], object, numbers[i].member, err);
		if (rc != STO_OK)
			goto out;
	}
	rc = check_numbers(bn, err);
	if (rc != STO_OK)
		goto out;
	key->pkey = build(bn, n_numbers);
	if (key->pkey == NULL)
		rc = sto_fail(err, STO_KEY_MALFORMED, "OpenSSL does not take this RSA key");
	else if (key->is_private && !pair_holds(key->pkey))
		rc = sto_fail(err, STO_KEY_MALFORMED,
			      "the parts of a private RSA key do not belong together");
out:
	for (int i = 0; i < N_NUMBERS; i++)
		BN_clear_free(bn[i]);
	return rc;
}

static int generate(sto_jwk *key, enum sto_alg alg, struct sto_error *err)
{
	(void)alg;
	key->algs = RSA_ALGS;
	key->is_private = true;
	key->pkey = EVP_RSA_gen(STO_LIMIT_RSA_BITS_MIN);
	return key->pkey != NULL ? STO_OK : sto_fail(err, STO_INTERNAL, "OpenSSL made no RSA key");
}

static int put(json_t *object, const sto_jwk *key, bool with_private)
{
	int rc = STO_OK;
	for (int i = 0; i < (with_private ? N_NUMBERS : D) && rc == STO_OK; i++)
		rc = sto_jwk_put_number(object, numbers[i].member, key->pkey, numbers[i].param, 0);
	return rc;
}

static int verify(const sto_jwk *key, enum sto_alg alg, struct sto_span message, struct sto_span signature)
{
	/* RFC 8017 section 8.2.2 step 1 and 8.1.2 step 1: as long as the modulus. */
	if (signature.len != (size_t)EVP_PKEY_get_size(key->pkey))
		return STO_TOKEN_SIGNATURE;
	return sto_verifier_check(key->pool, key->pkey, alg, message, signature);
}

static int sign(struct sto_buf *out, const sto_jwk *key, enum sto_alg alg, struct sto_span message)
{
	return sto_evp_sign(out, key->pkey, alg, message);
}

const struct sto_kty_ops sto_kty_rsa = {
	.name = "RSA",
	.parse = parse,
	.generate = generate,
	.put = put,
	.verify = verify,
	.sign = sign,
};
