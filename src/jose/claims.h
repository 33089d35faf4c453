/* The claims of ID tokens (OIDC Core 3.1.3.7) and of JWT access tokens (RFC 9068 section 4), checked after
 * the signature. Everything expected is given by the caller; nothing is read from the world. */
#ifndef STO_JOSE_CLAIMS_H
#define STO_JOSE_CLAIMS_H

#include <jansson.h>

#include "jose/alg.h"
#include "stoauth/buf.h"
#include "stoauth/error.h"

struct sto_claims_policy {
	struct sto_span issuer;    /* exact "iss"; empty: not known, then any non-empty string will do */
	struct sto_span audience;  /* must be "aud" or one of it; never empty */
	struct sto_span client_id; /* for "azp" (ID token): must equal it when present, and be present when
				      "aud" holds several; for access tokens "client_id" is compared when
				      present; empty: not checked */
	struct sto_span nonce;     /* exact "nonce"; empty: not asked for, then any */
	bool access_token;       /* an access token: iat and nonce rules of ID tokens do not hold, exp does */
	int64_t leeway_sec;      /* clocks may differ by this much, 0 to 300 */
	int64_t max_iat_age_sec; /* "iat" at most this old (plus leeway) and never in the future; 0: not
				    bounded */
	int64_t max_age_sec;     /* auth_time at most this old (plus leeway); -1: not asked for */
	/* at_hash (OIDC Core 3.1.3.6): the access token that came along; empty: none came. "at_hash" is
	 * compared when present, with the hash of `alg`. */
	struct sto_span access_token_text;
	enum sto_alg alg; /* of the token whose claims these are */
};

/* What the checks found on their way. */
struct sto_claims_found {
	int64_t exp_sec;     /* the second from which the token is expired, without leeway */
	int64_t iat_sec;     /* -1: none */
	struct sto_span sub; /* borrowed from the JSON; never empty */
	struct sto_span iss; /* likewise */
};

/* 0 when every check holds. STO_CLAIM_MISSING (an essential one absent, null, blank or of the wrong type:
 * iss, sub, aud, exp, iat for ID tokens), STO_CLAIM_ISS, STO_CLAIM_AUD, STO_CLAIM_AZP, STO_CLAIM_NONCE,
 * STO_CLAIM_TIME (a NumericDate that is no finite number within 0..2^53), STO_CLAIM_EXPIRED,
 * STO_CLAIM_NOT_YET (nbf, iat in the future), STO_CLAIM_IAT (too old), STO_CLAIM_AT_HASH,
 * STO_CLAIM_AUTH_TIME. The detail names the claim and, for times, the difference in seconds; it quotes
 * expected public values (issuer, audience), never the nonce. */
STO_CHECKED int sto_claims_check(struct sto_claims_found *found, const json_t *claims,
				 const struct sto_claims_policy *policy, int64_t now_sec,
				 struct sto_error *err);

/* at_hash for an access token, as text appended to *out: the left half of the hash that belongs to `alg`. */
STO_CHECKED int sto_at_hash(struct sto_buf *out, enum sto_alg alg, struct sto_span access_token);

#endif
