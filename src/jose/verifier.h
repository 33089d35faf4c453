/* Signature checks by EVP with contexts that are kept ready.
 *
 * Making an EVP context costs a tenth of an RSA verification, and Streamlit runs scripts on ever new threads,
 * so contexts belong to the key, not to a thread: a verification takes one out of the key's pool, has it for
 * itself, and puts it back. The pool is bounded; where it is empty a context is made, where it is full one is
 * freed. */
#ifndef STO_JOSE_VERIFIER_H
#define STO_JOSE_VERIFIER_H

#include <openssl/evp.h>

#include "jose/alg.h"

struct sto_verifier_pool;

/* An empty pool; NULL without memory. */
struct sto_verifier_pool *sto_verifier_pool_new(void);
void sto_verifier_pool_free(struct sto_verifier_pool *pool); /* NULL is fine; nothing may be under way */

/* Whether `signature`, in the form EVP wants it, is that of `message`. STO_TOKEN_SIGNATURE where it is not or
 * OpenSSL cannot tell, STO_NO_MEMORY. Any number of threads at once. */
STO_CHECKED int sto_verifier_check(struct sto_verifier_pool *pool, EVP_PKEY *pkey, enum sto_alg alg,
				   struct sto_span message, struct sto_span signature);

#endif
