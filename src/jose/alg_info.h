/* What each algorithm is made of: RFC 7518 section 3.1 and RFC 8037 section 3.1 as a table. */
#ifndef STO_JOSE_ALG_INFO_H
#define STO_JOSE_ALG_INFO_H

#include "jose/alg.h"

enum sto_kty {
	STO_KTY_RSA,
	STO_KTY_EC,
	STO_KTY_OKP,
	STO_KTY_COUNT,
};

struct sto_alg_info {
	const char *name;
	enum sto_kty kty;
	const char *hash;  /* OpenSSL's name of it; also the hash of at_hash */
	const char *curve; /* "crv" of the key; NULL for RSA */
	bool pss;          /* RSASSA-PSS, else PKCS #1 v1.5 */
};

/* The row of an algorithm. Static; `alg` must be one of the enumeration. */
const struct sto_alg_info *sto_alg_info(enum sto_alg alg);

#endif
