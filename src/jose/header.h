/* The JOSE header of a token (RFC 7515 section 4), read once and remembered.
 *
 * All tokens of a provider have one of few headers. A header whose token verified is kept beside the set
 * under its encoded text, with the keys it chose, so that the next one costs a compare, no JSON. Only a
 * holder of a key can put one there. An entry never changes and goes with its set, so readers need no lock;
 * when all places are taken, other headers are read each time. */
#ifndef STO_JOSE_HEADER_H
#define STO_JOSE_HEADER_H

#include "base/bounds.h"
#include "jose/jwk.h"

struct sto_jose_header {
	enum sto_alg alg;
	bool has_typ, has_kid;
	struct sto_buf typ; /* as it stands */
	struct sto_buf kid;
	struct sto_buf text; /* base64url */
	size_t n_keys;
	const sto_jwk *keys[STO_LIMIT_KEYS_TRIED]; /* of the set, those that fit kid, alg and kty */
};

struct sto_header_cache;

/* The JSON object of a header, nothing judged. STO_TOKEN_MALFORMED, STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_jose_header_parse(json_t **out, struct sto_span text, struct sto_error *err);

/* Reads the header `text`. STO_TOKEN_MALFORMED, STO_TOKEN_ALG, STO_TOKEN_CRIT, STO_TOO_LARGE, STO_NO_MEMORY;
 * on failure *out is NULL. */
STO_CHECKED int sto_jose_header_read(struct sto_jose_header **out, struct sto_span text,
				     struct sto_error *err);
/* Chooses the keys of the set that the header means. STO_TOKEN_NO_KEY where none is named so, STO_TOKEN_ALG
 * where what is named is for something else. */
STO_CHECKED int sto_jose_header_choose_keys(struct sto_jose_header *header, const sto_jwks *set,
					    struct sto_error *err);
void sto_jose_header_free(struct sto_jose_header *header); /* NULL is fine */

struct sto_header_cache *sto_header_cache_new(void);        /* NULL without memory */
void sto_header_cache_free(struct sto_header_cache *cache); /* NULL is fine */
/* The entry with that text; NULL where there is none. Lives as long as the cache. */
const struct sto_jose_header *sto_header_cache_find(const struct sto_header_cache *cache,
						    struct sto_span text);
/* Keeps `header`, or frees it where it is there already or there is no place. */
void sto_header_cache_keep(struct sto_header_cache *cache, struct sto_jose_header *header);

#endif
