#include "jose/verifier.h"

#include <stdatomic.h>
#include <stdlib.h>

#include <openssl/err.h>

#include "base/bounds.h"
#include "jose/key.h"

struct verifier {
	enum sto_alg alg;
	EVP_MD *hash;
	EVP_MD_CTX *hashing;
	EVP_PKEY_CTX *checking;
};

struct sto_verifier_pool {
	_Atomic(struct verifier *) idle[STO_LIMIT_VERIFIERS];
};

static void verifier_free(struct verifier *v)
{
	if (v == NULL)
		return;
	EVP_PKEY_CTX_free(v->checking);
	EVP_MD_CTX_free(v->hashing);
	EVP_MD_free(v->hash);
	free(v);
}

static struct verifier *verifier_new(EVP_PKEY *pkey, enum sto_alg alg)
{
	struct verifier *v = calloc(1, sizeof(*v));
	if (v == NULL)
		return NULL;
	v->alg = alg;
	v->hash = EVP_MD_fetch(NULL, sto_alg_info(alg)->hash, NULL);
	v->hashing = EVP_MD_CTX_new();
	v->checking = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (v->hash != NULL && v->hashing != NULL && v->checking != NULL &&
	    EVP_PKEY_verify_init(v->checking) == 1 && sto_evp_set_alg(v->checking, alg, v->hash) == STO_OK)
		return v;
	verifier_free(v);
	return NULL;
}

struct sto_verifier_pool *sto_verifier_pool_new(void)
{
	struct sto_verifier_pool *pool = calloc(1, sizeof(*pool));
	if (pool == NULL)
		return NULL;
	for (size_t i = 0; i < STO_LIMIT_VERIFIERS; i++)
		atomic_init(&pool->idle[i], NULL);
	return pool;
}

void sto_verifier_pool_free(struct sto_verifier_pool *pool)
{
	if (pool == NULL)
		return;
	for (size_t i = 0; i < STO_LIMIT_VERIFIERS; i++)
		verifier_free(atomic_load(&pool->idle[i]));
	free(pool);
}

static void put(struct sto_verifier_pool *pool, struct verifier *v)
{
	for (size_t i = 0; i < STO_LIMIT_VERIFIERS; i++) {
		struct verifier *none = NULL;
		if (atomic_compare_exchange_strong(&pool->idle[i], &none, v))
			return;
	}
	verifier_free(v);
}

/* A context of that algorithm. One of another algorithm makes room for it, so that a key used with two
 * algorithms cannot fill the pool with the one that is no longer asked for. */
static struct verifier *take(struct sto_verifier_pool *pool, EVP_PKEY *pkey, enum sto_alg alg)
{
	struct verifier *other = NULL;
	for (size_t i = 0; i < STO_LIMIT_VERIFIERS; i++) {
		if (atomic_load_explicit(&pool->idle[i], memory_order_relaxed) == NULL)
			continue;
		struct verifier *v = atomic_exchange(&pool->idle[i], NULL);
		if (v == NULL)
			continue;
		if (v->alg == alg) {
			if (other != NULL)
				put(pool, other);
			return v;
		}
		verifier_free(other);
		other = v;
	}
	verifier_free(other);
	return verifier_new(pkey, alg);
}

/* 1 holds, 0 does not, below 0 something went wrong: as EVP_PKEY_verify() says it. */
static int check_with(struct verifier *v, struct sto_span message, struct sto_span signature)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_len = 0;
	if (EVP_DigestInit_ex2(v->hashing, v->hash, NULL) != 1 ||
	    EVP_DigestUpdate(v->hashing, message.ptr, message.len) != 1 ||
	    EVP_DigestFinal_ex(v->hashing, digest, &digest_len) != 1)
		return -1;
	return EVP_PKEY_verify(v->checking, signature.ptr, signature.len, digest, digest_len);
}

int sto_verifier_check(struct sto_verifier_pool *pool, EVP_PKEY *pkey, enum sto_alg alg,
		       struct sto_span message, struct sto_span signature)
{
	ERR_set_mark();
	int holds = -1;
	struct verifier *v = take(pool, pkey, alg);
	if (v != NULL)
		holds = check_with(v, message, signature);
	/* A context in which something went wrong is not used again. */
	if (holds >= 0)
		put(pool, v);
	else
		verifier_free(v);
	ERR_pop_to_mark();
	if (v == NULL)
		return STO_NO_MEMORY;
	/* Exactly 1: anything else, positive or negative, is no signature. */
	return holds == 1 ? STO_OK : STO_TOKEN_SIGNATURE;
}
