/* Signed tokens in the compact form: RFC 7515 section 7.1, RFC 8725. */
#ifndef STO_JOSE_JWS_H
#define STO_JOSE_JWS_H

#include "jose/jwk.h"

/* What a token may be. */
struct sto_jws_policy {
	uint32_t algs; /* STO_ALG_BIT()s that are allowed; 0 allows nothing */
	const char *const
		*typ; /* allowed values of "typ" (no case, "application/" taken off; RFC 7515 4.1.9), ended by
			 NULL; a list that holds "" also allows its absence; NULL: any */
};

/* Verifies a token of at most STO_LIMIT_TOKEN bytes with the keys of the set and appends its payload to
 * *payload. The key is chosen by kid, alg and kty; without a kid every key that fits is tried, at most 8.
 * Never follows jku, x5u, x5c or jwk. Any number of threads at once. Refused, with nothing appended:
 *
 * - STO_TOKEN_MALFORMED: not three strict base64url parts, or the header is no JSON object of ours
 * - STO_TOKEN_ALG: an algorithm that the policy does not allow, or that is not one of the key's it names
 * - STO_TOKEN_TYP: a type that the policy does not allow
 * - STO_TOKEN_CRIT: "crit" is there (we understand no extension), or "b64" is not true (RFC 7797)
 * - STO_TOKEN_NO_KEY: no key of the set fits, though the policy allows the token: the caller may fetch the
 *   set anew and try once more
 * - STO_TOKEN_SIGNATURE: the signature does not hold
 * - STO_TOO_LARGE, STO_NO_MEMORY, STO_INTERNAL */
STO_CHECKED int sto_jws_verify(struct sto_buf *payload, const sto_jwks *set,
			       const struct sto_jws_policy *policy, struct sto_span token,
			       struct sto_error *err);

/* The header of a token as JSON, nothing verified: to log kid and alg, or to choose what to fetch. */
STO_CHECKED int sto_jws_peek_header(json_t **out, struct sto_span token, struct sto_error *err);
/* The payload of a token as bytes, nothing verified: never for a decision. */
STO_CHECKED int sto_jws_peek_payload(struct sto_buf *out, struct sto_span token, struct sto_error *err);

/* Signs `payload` with a private key and appends the token. The header holds alg, kid and, if not NULL, typ.
 * For the development provider, private_key_jwt and tests. */
STO_CHECKED int sto_jws_sign(struct sto_buf *out, const sto_jwk *key, enum sto_alg alg, const char *typ,
			     struct sto_span payload, struct sto_error *err);

#endif
