/* What a login knows of whoever signed in, for the session that is made of it. */
#ifndef STO_GATE_LOGIN_H
#define STO_GATE_LOGIN_H

#include "provider/oidc/oidc.h"
#include "stoauth/gate.h"

/* All spans live as long as the login; empty: there is none. */
struct sto_login_session {
	struct sto_span issuer;  /* the verified iss; the provider's address where userinfo tells who it is */
	struct sto_span subject; /* never empty for a gate of a realm */
	struct sto_span sid, acr;                              /* of the ID token */
	struct sto_span access_token, refresh_token, id_token; /* only where the gate keeps tokens */
	struct sto_span scope;                                 /* granted */
	int64_t auth_time_sec;                                 /* of the ID token, or STO_TIME_NONE */
	int64_t access_expires_sec;                            /* of the access token, or STO_TIME_NONE */
	int64_t token_end_sec; /* exp of the token that tells who it is, without leeway */
};

/* Lives as long as the login. */
const struct sto_login_session *sto_login_session(const sto_login *login);

/* Makes a login of what an exchange gave, which is moved; the gate says whether the tokens are kept. */
STO_CHECKED int sto_login_new(sto_login **out, bool *has_identity, const sto_gate *gate,
			      struct sto_oidc_result *result);

#endif
