/* A key set from inside: its keys, and the headers that verified with it. */
#ifndef STO_JOSE_JWKS_H
#define STO_JOSE_JWKS_H

#include "jose/header.h"
#include "jose/jwk.h"

struct sto_jwks {
	sto_jwk **keys;
	size_t n_keys;
	struct sto_header_cache *cache; /* a set that is only read still remembers */
};

#endif
