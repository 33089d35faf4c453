/* The signature algorithms of RFC 7518 section 3.1 and RFC 8037 that this library verifies. There is no
 * "none" and no HMAC: a token's algorithm is chosen by configuration and key type, never by the token. */
#ifndef STO_JOSE_ALG_H
#define STO_JOSE_ALG_H

#include "stoauth/error.h"

enum sto_alg {
	STO_ALG_RS256,
	STO_ALG_RS384,
	STO_ALG_RS512,
	STO_ALG_PS256,
	STO_ALG_PS384,
	STO_ALG_PS512,
	STO_ALG_ES256,
	STO_ALG_ES384,
	STO_ALG_ES512,
	STO_ALG_EDDSA, /* Ed25519 only */
	STO_ALG_COUNT,
};

/* A set of algorithms: bit (1 << alg). */
#define STO_ALG_BIT(alg) ((uint32_t)1 << (alg))
#define STO_ALG_ALL (STO_ALG_BIT(STO_ALG_COUNT) - 1)

/* The algorithm of that exact name; STO_ALG_NOT_SUPPORTED for all others ("none", "HS256", "rs256"). */
STO_CHECKED int sto_alg_parse(enum sto_alg *out, struct sto_span name);

/* "RS256" ... Static. */
const char *sto_alg_name(enum sto_alg alg);

#endif
