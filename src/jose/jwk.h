/* Keys: RFC 7517, RFC 7518 section 6, RFC 8037. A key is parsed once and then only read, by any
 * number of threads at once. */
#ifndef STO_JOSE_JWK_H
#define STO_JOSE_JWK_H

#include <jansson.h>

#include "jose/alg.h"
#include "stoauth/buf.h"

typedef struct sto_jwk sto_jwk;   /* one key */
typedef struct sto_jwks sto_jwks; /* a set of public signature keys */

/* One public or private signature key from its JSON object. Refused: symmetric keys, RSA under 2048 bits or
 * with an even or tiny exponent, points off their curve, other curves, "use" or "key_ops" that exclude
 * signatures, an "alg" that does not fit the key. STO_KEY_MALFORMED, STO_KEY_WEAK, STO_KEY_NOT_SUPPORTED,
 * STO_NO_MEMORY. No detail holds key material. */
STO_CHECKED int sto_jwk_parse(sto_jwk **out, const json_t *object, struct sto_error *err);

/* A new private key for `alg` (RSA: 2048 bits) with that kid. For the development provider and tests. */
STO_CHECKED int sto_jwk_generate(sto_jwk **out, enum sto_alg alg, struct sto_span kid, struct sto_error *err);

/* The public part as a JSON object with kty, kid, alg, use; NULL without memory. Owned by the caller. */
json_t *sto_jwk_public_json(const sto_jwk *key);
/* All of it, private members too: to keep a development key over restarts. NULL for a public key as well. */
json_t *sto_jwk_private_json(const sto_jwk *key);

void sto_jwk_free(sto_jwk *key); /* NULL is fine */

/* A JWK Set of at most STO_LIMIT_JWKS bytes. Keys that are unknown, symmetric, malformed, weak or for
 * encryption are skipped, and *skipped (NULL is fine) counts them; a set without one usable key is fine and
 * verifies nothing. STO_BAD_JSON, STO_JWKS_MALFORMED (no "keys" array, more than STO_LIMIT_JWKS_KEYS),
 * STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_jwks_parse(sto_jwks **out, size_t *skipped, struct sto_span json, struct sto_error *err);
/* A set of this one key's public part; `key` stays the caller's. */
STO_CHECKED int sto_jwks_of_key(sto_jwks **out, const sto_jwk *key, struct sto_error *err);
size_t sto_jwks_count(const sto_jwks *set);
void sto_jwks_free(sto_jwks *set); /* NULL is fine; no verification may be under way */

#endif
