/* TV-57: what goes wrong denies. This program is linked with --wrap, so that each of the functions below can
 * be made to fail, and each allocation of ours, of jansson's and of OpenSSL's. */
#include <limits.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "jose/claims.h"
#include "jose/fixture.h"
#include "jose/rfc_vectors.h"

#define NOT_MOCKED INT_MIN

static struct {
	int pkey_verify, verify_init, digest_final, set_md, sodium_verify;
	bool no_md, no_pkey_ctx;
	long allocations_left; /* below 0: no limit */
	long n_allocations;
} world = {NOT_MOCKED, NOT_MOCKED, NOT_MOCKED, NOT_MOCKED, NOT_MOCKED, false, false, -1, 0};

static void reset_world(void)
{
	world.pkey_verify = world.verify_init = world.digest_final = world.set_md = world.sodium_verify =
		NOT_MOCKED;
	world.no_md = world.no_pkey_ctx = false;
	world.allocations_left = -1;
	world.n_allocations = 0;
}

static bool may_allocate(void)
{
	world.n_allocations++;
	if (world.allocations_left < 0)
		return true;
	if (world.allocations_left == 0)
		return false;
	world.allocations_left--;
	return true;
}

int __real_EVP_PKEY_verify(EVP_PKEY_CTX *ctx, const unsigned char *sig, size_t sig_len,
			   const unsigned char *tbs, size_t tbs_len);
int __wrap_EVP_PKEY_verify(EVP_PKEY_CTX *ctx, const unsigned char *sig, size_t sig_len,
			   const unsigned char *tbs, size_t tbs_len);
int __real_EVP_PKEY_verify_init(EVP_PKEY_CTX *ctx);
int __wrap_EVP_PKEY_verify_init(EVP_PKEY_CTX *ctx);
int __real_EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned *len);
int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned *len);
int __real_EVP_PKEY_CTX_set_signature_md(EVP_PKEY_CTX *ctx, const EVP_MD *md);
int __wrap_EVP_PKEY_CTX_set_signature_md(EVP_PKEY_CTX *ctx, const EVP_MD *md);
int __real_crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m,
				       unsigned long long len, const unsigned char *pk);
int __wrap_crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m,
				       unsigned long long len, const unsigned char *pk);
EVP_MD *__real_EVP_MD_fetch(OSSL_LIB_CTX *ctx, const char *name, const char *properties);
EVP_MD *__wrap_EVP_MD_fetch(OSSL_LIB_CTX *ctx, const char *name, const char *properties);
EVP_PKEY_CTX *__real_EVP_PKEY_CTX_new_from_pkey(OSSL_LIB_CTX *ctx, EVP_PKEY *pkey, const char *properties);
EVP_PKEY_CTX *__wrap_EVP_PKEY_CTX_new_from_pkey(OSSL_LIB_CTX *ctx, EVP_PKEY *pkey, const char *properties);
void *__real_malloc(size_t len);
void *__wrap_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__wrap_calloc(size_t n, size_t len);

int __wrap_EVP_PKEY_verify(EVP_PKEY_CTX *ctx, const unsigned char *sig, size_t sig_len,
			   const unsigned char *tbs, size_t tbs_len)
{
	return world.pkey_verify == NOT_MOCKED ? __real_EVP_PKEY_verify(ctx, sig, sig_len, tbs, tbs_len)
					       : world.pkey_verify;
}

int __wrap_EVP_PKEY_verify_init(EVP_PKEY_CTX *ctx)
{
	return world.verify_init == NOT_MOCKED ? __real_EVP_PKEY_verify_init(ctx) : world.verify_init;
}

int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned *len)
{
	return world.digest_final == NOT_MOCKED ? __real_EVP_DigestFinal_ex(ctx, out, len)
						: world.digest_final;
}

int __wrap_EVP_PKEY_CTX_set_signature_md(EVP_PKEY_CTX *ctx, const EVP_MD *md)
{
	return world.set_md == NOT_MOCKED ? __real_EVP_PKEY_CTX_set_signature_md(ctx, md) : world.set_md;
}

int __wrap_crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m,
				       unsigned long long len, const unsigned char *pk)
{
	return world.sodium_verify == NOT_MOCKED ? __real_crypto_sign_verify_detached(sig, m, len, pk)
						 : world.sodium_verify;
}

EVP_MD *__wrap_EVP_MD_fetch(OSSL_LIB_CTX *ctx, const char *name, const char *properties)
{
	return world.no_md ? NULL : __real_EVP_MD_fetch(ctx, name, properties);
}

EVP_PKEY_CTX *__wrap_EVP_PKEY_CTX_new_from_pkey(OSSL_LIB_CTX *ctx, EVP_PKEY *pkey, const char *properties)
{
	return world.no_pkey_ctx ? NULL : __real_EVP_PKEY_CTX_new_from_pkey(ctx, pkey, properties);
}

void *__wrap_malloc(size_t len)
{
	return may_allocate() ? __real_malloc(len) : NULL;
}

void *__wrap_calloc(size_t n, size_t len)
{
	return may_allocate() ? __real_calloc(n, len) : NULL;
}

static void *crypto_malloc(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return may_allocate() ? __real_malloc(len) : NULL;
}

static void *crypto_realloc(void *old, size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return may_allocate() ? realloc(old, len) : NULL;
}

static void crypto_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	free(old);
}

static const struct {
	enum sto_alg alg;
	const char *token;
} tokens[] = {
	{STO_ALG_RS256, RFC7515_A2_TOKEN},
	{STO_ALG_ES256, RFC7515_A3_TOKEN},
	{STO_ALG_EDDSA, RFC8037_A4_TOKEN},
};

/* The result for a good token under a fresh set, while the world is as it is. */
static int verify(enum sto_alg alg, const char *token)
{
	struct sto_buf payload;
	const struct sto_jws_policy policy = {STO_ALG_ALL, NULL};
	long left = world.allocations_left;
	world.allocations_left = -1;
	sto_jwks *set = fixture_set(alg, NULL);
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	world.n_allocations = 0;
	world.allocations_left = left;
	int rc = sto_jws_verify(&payload, set, &policy, sto_span_str(token), NULL);
	world.allocations_left = -1;
	if (rc != STO_OK)
		assert_int_equal(payload.len, 0);
	sto_buf_finish(&payload);
	sto_jwks_free(set);
	return rc;
}

static void tv_57_only_one_means_that_a_signature_holds(void **state)
{
	static const int answers[] = {0, -1, -2, 2, 256, INT_MAX};
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		world.pkey_verify = answers[i];
		assert_int_equal(verify(STO_ALG_RS256, RFC7515_A2_TOKEN), STO_TOKEN_SIGNATURE);
		assert_int_equal(verify(STO_ALG_ES256, RFC7515_A3_TOKEN), STO_TOKEN_SIGNATURE);
		reset_world();
	}
}

static void tv_57_only_zero_is_a_yes_of_libsodium(void **state)
{
	static const int answers[] = {-1, 1, 2, INT_MAX};
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		world.sodium_verify = answers[i];
		assert_int_equal(verify(STO_ALG_EDDSA, RFC8037_A4_TOKEN), STO_TOKEN_SIGNATURE);
		reset_world();
	}
}

static void tv_57_a_hash_that_fails_denies(void **state)
{
	(void)state;
	world.digest_final = 0;
	assert_int_equal(verify(STO_ALG_RS256, RFC7515_A2_TOKEN), STO_TOKEN_SIGNATURE);
	world.digest_final = -1;
	assert_int_equal(verify(STO_ALG_ES256, RFC7515_A3_TOKEN), STO_TOKEN_SIGNATURE);
	reset_world();
}

static void tv_57_a_context_that_cannot_be_made_denies(void **state)
{
	(void)state;
	world.verify_init = -2;
	assert_int_equal(verify(STO_ALG_RS256, RFC7515_A2_TOKEN), STO_NO_MEMORY);
	reset_world();
	world.set_md = 0;
	assert_int_equal(verify(STO_ALG_ES256, RFC7515_A3_TOKEN), STO_NO_MEMORY);
	reset_world();
	world.no_md = true;
	assert_int_equal(verify(STO_ALG_RS256, RFC7515_A2_TOKEN), STO_NO_MEMORY);
	reset_world();
}

static void tv_57_without_a_context_nothing_verifies(void **state)
{
	struct sto_buf payload;
	const struct sto_jws_policy policy = {STO_ALG_ALL, NULL};
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_RS256, NULL);
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	world.no_pkey_ctx = true;
	assert_int_equal(sto_jws_verify(&payload, set, &policy, STO_SPAN(RFC7515_A2_TOKEN), NULL),
			 STO_NO_MEMORY);
	assert_int_equal(payload.len, 0);
	reset_world();
	/* And a set that was refused once for that works when there is memory again. */
	assert_ok(sto_jws_verify(&payload, set, &policy, STO_SPAN(RFC7515_A2_TOKEN), NULL));
	sto_buf_finish(&payload);
	sto_jwks_free(set);
}

/* Each allocation of a first verification fails in its turn. The result is a refusal or, where the allocation
 * was one that can be done without, the truth. */
static void each_allocation_that_fails_denies_or_changes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		reset_world();
		assert_ok(verify(tokens[i].alg, tokens[i].token));
		long n = world.n_allocations, n_refused = 0;
		assert_true(n > 0);
		for (long at = 0; at < n; at++) {
			world.allocations_left = at;
			int rc = verify(tokens[i].alg, tokens[i].token);
			n_refused += rc != STO_OK;
			assert_true(rc == STO_OK || rc == STO_NO_MEMORY || rc == STO_TOKEN_SIGNATURE ||
				    rc == STO_TOKEN_MALFORMED || rc == STO_TOO_LARGE);
		}
		assert_true(n_refused > 0);
	}
}

/* A forgery never passes for want of memory. */
static void no_allocation_that_fails_lets_a_forgery_pass(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		char forged[1000];
		(void)snprintf(forged, sizeof(forged), "%s", tokens[i].token);
		forged[strlen(forged) - 10] = forged[strlen(forged) - 10] == 'A' ? 'B' : 'A';
		reset_world();
		assert_int_equal(verify(tokens[i].alg, forged), STO_TOKEN_SIGNATURE);
		long n = world.n_allocations;
		for (long at = 0; at < n; at++) {
			world.allocations_left = at;
			assert_int_not_equal(verify(tokens[i].alg, forged), STO_OK);
		}
	}
}

static void each_allocation_that_fails_while_a_set_is_read_gives_a_clean_end(void **state)
{
	sto_jwks *set = NULL;
	(void)state;
	reset_world();
	assert_ok(sto_jwks_parse(&set, NULL, STO_SPAN(RFC7517_A1_SET), NULL));
	long n = world.n_allocations;
	sto_jwks_free(set);
	for (long at = 0; at < n; at++) {
		world.allocations_left = at;
		int rc = sto_jwks_parse(&set, NULL, STO_SPAN(RFC7517_A1_SET), NULL);
		world.allocations_left = -1;
		assert_int_equal(rc == STO_OK, set != NULL);
		assert_true(rc == STO_OK || rc == STO_NO_MEMORY || rc == STO_BAD_JSON);
		sto_jwks_free(set);
	}
}

static void without_memory_at_hash_denies(void **state)
{
	struct sto_claims_found found;
	const struct sto_claims_policy policy = {
		.audience = STO_SPAN("c"),
		.access_token = true,
		.max_age_sec = -1,
		.access_token_text = STO_SPAN("token"),
		.alg = STO_ALG_RS256,
	};
	(void)state;
	reset_world();
	json_t *claims = json_pack("{s:s,s:s,s:s,s:i,s:s}", "iss", "i", "sub", "s", "aud", "c", "exp", 2000,
				   "at_hash", "PEaenWxYddN6Q_NT1PiOYQ");
	assert_ok(sto_claims_check(&found, claims, &policy, 1000, NULL));
	long n = world.n_allocations;
	assert_true(n > 0);
	long n_refused = 0;
	for (long at = 0; at < n; at++) {
		world.allocations_left = at;
		n_refused += sto_claims_check(&found, claims, &policy, 1000, NULL) != STO_OK;
		world.allocations_left = -1;
	}
	assert_true(n_refused > 0);
	json_decref(claims);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tv_57_only_one_means_that_a_signature_holds),
		cmocka_unit_test(tv_57_only_zero_is_a_yes_of_libsodium),
		cmocka_unit_test(tv_57_a_hash_that_fails_denies),
		cmocka_unit_test(tv_57_a_context_that_cannot_be_made_denies),
		cmocka_unit_test(tv_57_without_a_context_nothing_verifies),
		cmocka_unit_test(each_allocation_that_fails_denies_or_changes_nothing),
		cmocka_unit_test(no_allocation_that_fails_lets_a_forgery_pass),
		cmocka_unit_test(each_allocation_that_fails_while_a_set_is_read_gives_a_clean_end),
		cmocka_unit_test(without_memory_at_hash_denies),
	};
	if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1 || sodium_init() < 0)
		return 1;
	json_set_alloc_funcs(__wrap_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
