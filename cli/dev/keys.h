/* The provider's signing keys: one for each algorithm, all of them published. */
#ifndef DEV_KEYS_H
#define DEV_KEYS_H

#include "jose/jws.h"

#define DEV_KEY_COUNT 3

struct dev_keys {
	sto_jwk *key[DEV_KEY_COUNT];
	sto_jwks *set; /* their public parts, to verify what we signed */
};

/* New keys, or where `state_dir` is not NULL those that are kept there (and made and kept at the first time).
 * STO_INTERNAL with the detail where the folder or its file is of no use. Finish in either case. */
STO_CHECKED int dev_keys_init(struct dev_keys *keys, const char *state_dir, struct sto_error *err);
void dev_keys_finish(struct dev_keys *keys);

/* The JWK Set that is published; NULL without memory. */
json_t *dev_keys_public(const struct dev_keys *keys);

/* Signs with the key of `alg`, which is RS256, ES256 or EdDSA. */
STO_CHECKED int dev_keys_sign(struct sto_buf *out, const struct dev_keys *keys, enum sto_alg alg,
			      const char *typ, const json_t *claims);

#endif
