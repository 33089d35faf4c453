/* What the tests of this layer share: a key for each algorithm, and tokens with any header. */
#ifndef STO_JOSE_FIXTURE_H
#define STO_JOSE_FIXTURE_H

#include "base/bounds.h"
#include "base/json.h"
#include "base/test.h"
#include "jose/jws.h"

/* A private key that signs `alg` and names no "alg" of its own; the same one each time. `kid` may be NULL. */
sto_jwk *fixture_key(enum sto_alg alg, const char *kid);

/* The JSON of that key's public part, as text that the caller frees. */
char *fixture_public_text(enum sto_alg alg, const char *kid);

/* The key of a JSON text; fails the test where it is refused. */
sto_jwk *fixture_key_of(const char *json);

/* A set of that key's public part. */
sto_jwks *fixture_set(enum sto_alg alg, const char *kid);
sto_jwks *fixture_set_of(const char *json);

/* The token with exactly that header, signed by `key` with `alg`, whatever the header says. */
void fixture_token(struct sto_buf *out, const sto_jwk *key, enum sto_alg alg, const char *header,
		   struct sto_span payload);

/* Verifies with a policy of `algs` and any typ; the payload is dropped, and nothing may be appended on
 * failure. */
int fixture_verify(const sto_jwks *set, uint32_t algs, struct sto_span token);

/* The result for a token of `alg` with that header and payload "{}", under the matching key. */
int fixture_verify_header(enum sto_alg alg, const char *header);

#endif
