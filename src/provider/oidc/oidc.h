/* OpenID Connect and JWT-bearing OAuth 2.0 providers: discovery, the authorization request, the token request
 * and what must hold of the tokens. All calls that reach the provider may block; they say so. */
#ifndef STO_PROVIDER_OIDC_H
#define STO_PROVIDER_OIDC_H

#include <jansson.h>

#include "jose/alg.h"
#include "session/record.h"
#include "session/session.h"
#include "stoauth/buf.h"
#include "stoauth/error.h"
#include "stoauth/sys/transport.h"
#include "stoauth/sys/world.h"

struct sto_preset;

enum sto_client_auth {
	STO_CLIENT_AUTH_AUTO,  /* by what there is: a secret and the metadata */
	STO_CLIENT_AUTH_BASIC, /* client_secret_basic, RFC 6749 2.3.1 */
	STO_CLIENT_AUTH_POST,  /* client_secret_post */
	STO_CLIENT_AUTH_NONE,  /* a public client: PKCE alone */
};

/* Which token tells who somebody is. */
enum sto_token_kind {
	STO_TOKEN_ID,
	STO_TOKEN_ACCESS,
	STO_TOKEN_USERINFO, /* none: the userinfo endpoint tells, as OAuth 2.0 without OpenID Connect must */
};

/* How a provider is set up. All spans are borrowed and must outlive the sto_oidc. */
struct sto_oidc_settings {
	struct sto_span issuer;       /* empty: not configured */
	struct sto_span metadata_url; /* empty: issuer + "/.well-known/openid-configuration", or the endpoints
					 below */
	struct sto_span authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint,
		end_session_endpoint, revocation_endpoint; /* each wins over the metadata */
	struct sto_span client_id, client_secret;
	enum sto_client_auth client_auth;
	struct sto_span scope;
	struct sto_span audience; /* of access tokens; empty: none asked for */
	enum sto_token_kind token;
	const struct sto_preset *preset; /* NULL: none */
	const json_t *tenants; /* array of the tenants that may sign in where the issuer is a template over
				  them, or ["any"]; NULL: it is none */
	struct sto_span subject_claim; /* of userinfo, where it alone tells who somebody is; empty: sub */
	bool ask_userinfo;             /* ask the userinfo endpoint at every login, whichever token tells */
	int64_t max_age_sec; /* sign-ins at the provider may be this old (OIDC Core 3.1.2.1); -1: not asked
				for */
	int64_t ttl_sec;     /* of a login whose token says no expiry */
	uint32_t algs;       /* STO_ALG_BIT()s */
	int64_t leeway_sec;
	int64_t timeout_ms;           /* for one request to the provider */
	const json_t *endpoint_hosts; /* array of host names that metadata may name, NULL: none */
	const json_t
		*authorize_params; /* object of extra parameters of the authorization request, NULL: none */
};

typedef struct sto_oidc sto_oidc;

/* Makes a provider; reaches nothing. The transport is asked for when it is first needed: `open_transport` is
 * called once, from a call that may block. STO_NO_MEMORY. */
struct sto_oidc_world {
	const struct sto_world *world;
	void *ctx;
	int (*transport)(struct sto_transport **out, void *ctx, struct sto_error *err);
};
STO_CHECKED int sto_oidc_new(sto_oidc **out, const struct sto_oidc_settings *settings,
			     const struct sto_oidc_world *world, struct sto_error *err);
void sto_oidc_free(sto_oidc *oidc); /* NULL is fine; nothing may be under way */

/* Whether every endpoint is known without a network call, now. */
bool sto_oidc_is_ready(sto_oidc *oidc);

/* Learns the endpoints where they are not configured. MAY BLOCK. One request is in flight at a time; its
 * answer is kept for STO_DISCOVERY_FRESH_SEC, and longer where the provider cannot be reached.
 * STO_DISCOVERY_*, STO_PROVIDER_STATUS, STO_FETCH_*. */
STO_CHECKED int sto_oidc_prepare(sto_oidc *oidc, struct sto_error *err);

/* One authorization request: OIDC Core 3.1.2.1 with PKCE (RFC 7636). */
struct sto_oidc_request {
	struct sto_span redirect_uri, state;
	struct sto_span nonce;    /* sent where the scope holds "openid" */
	struct sto_span verifier; /* the challenge is its S256 */
	const json_t *params;     /* object of texts: more parameters of this login, which win over
				     authorize_params; none is one of sto_oidc_is_reserved_param(); NULL: none */
	int64_t max_age_sec;      /* of this login, wins over the settings'; -1: none */
};
/* Whether an authorization parameter is one of the protocol's own, which nobody else may set: twice in one
 * request it would be read two ways. */
bool sto_oidc_is_reserved_param(struct sto_span name);
/* The seconds that a max_age says (OIDC Core 3.1.2.1); -1 where it is no number of at most nine digits. */
int64_t sto_oidc_max_age(struct sto_span text);
/* Appends the URL that begins a login. The provider must be ready. STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_oidc_authorize_url(struct sto_buf *out, sto_oidc *oidc,
				       const struct sto_oidc_request *request, struct sto_error *err);

/* Checks the `iss` parameter of an authorization response (RFC 9207 2.4); `iss` empty: it did not come. The
 * provider must be ready. STO_CALLBACK_ISS. */
STO_CHECKED int sto_oidc_check_iss(sto_oidc *oidc, struct sto_span iss, struct sto_error *err);

/* What a finished exchange gives. Everything is owned by it; the tokens are wiped. Empty means that it did
 * not come. */
struct sto_oidc_result {
	json_t *claims;  /* of the token that tells who somebody is, with what userinfo added */
	int64_t exp_sec; /* without leeway */
	/* The verified iss; where userinfo alone tells who somebody is: sto_oidc_address(). */
	struct sto_buf issuer;
	/* sub; where userinfo alone tells: its subject_claim, a whole number as decimal digits. Empty where
	 * there is no such claim. */
	struct sto_buf subject;
	struct sto_buf sid, acr; /* of the ID token */
	struct sto_buf access_token, refresh_token, id_token;
	struct sto_buf scope;  /* granted (RFC 6749 5.1): what the answer says, else what was asked for */
	int64_t auth_time_sec; /* of the ID token, or STO_TIME_NONE */
	int64_t access_expires_sec; /* of the access token, or STO_TIME_NONE */
};
void sto_oidc_result_init(struct sto_oidc_result *result);
void sto_oidc_result_finish(struct sto_oidc_result *result); /* wipes; it is as after _init() then */
/* Wipes the tokens alone. */
void sto_oidc_result_drop_tokens(struct sto_oidc_result *result);
/* Moves all of it into `to`, which was made by _init(). */
void sto_oidc_result_move(struct sto_oidc_result *to, struct sto_oidc_result *from);
/* Exchanges a code and verifies what comes. MAY BLOCK. `request` as it was at the beginning; `out` was made
 * by _init() and is so again after a failure. */
STO_CHECKED int sto_oidc_exchange(struct sto_oidc_result *out, sto_oidc *oidc, struct sto_span code,
				  const struct sto_oidc_request *request, struct sto_error *err);

/* Whose tokens are renewed: what the session was made with. */
struct sto_oidc_renewal {
	struct sto_span refresh_token;
	struct sto_span issuer, subject; /* as in the result of the exchange */
	struct sto_span nonce;           /* of the ID token of the sign-in; empty: not known, then any */
};
/* Gets new tokens for a refresh token (RFC 6749 section 6). MAY BLOCK. A token that tells who somebody is
 * holds as at a sign-in and is of the same issuer, subject and client (OIDC Core 12.2), or nothing of the
 * answer counts. out->claims is NULL and out->exp_sec STO_TIME_NONE where nobody was told anew who it is:
 * then what was known stays; out->refresh_token is empty where the old one stays good. An ID token or
 * userinfo that cannot be looked at, because keys or endpoint cannot be reached now, counts as not sent: the
 * tokens must not be lost for it. `out` was made by _init() and is so again after a failure.
 *
 * After a failure *failure says what became of the old token, for sto_session_refresh_fail():
 * STO_REFRESH_NOT_SENT (DNS, connect, TLS, discovery), STO_REFRESH_TURNED_AWAY (STO_PROVIDER_STATUS,
 * STO_CLIENT_REFUSED, STO_TOKEN_REFUSED), STO_REFRESH_NO_ANSWER (timeout, a broken answer),
 * STO_REFRESH_INVALID_GRANT (STO_GRANT_INVALID; and what must end the session as well: an answer whose tokens
 * do not hold, STO_REFRESH_SUBJECT, STO_CLAIM_*, STO_TOKEN_*). */
STO_CHECKED int sto_oidc_refresh(struct sto_oidc_result *out, enum sto_refresh_failure *failure,
				 sto_oidc *oidc, const struct sto_oidc_renewal *renewal,
				 struct sto_error *err);

/* Takes a token back (RFC 7009). MAY BLOCK. STO_ENDPOINT_ABSENT, STO_PROVIDER_STATUS, STO_CLIENT_REFUSED,
 * STO_FETCH_*. */
STO_CHECKED int sto_oidc_revoke(sto_oidc *oidc, struct sto_span token, struct sto_error *err);

/* Appends the URL that signs the visitor out at the provider (OpenID Connect RP-Initiated Logout 1.0 section
 * 2), with client_id and those of the three that are not empty; an ID token that makes it longer than
 * STO_LIMIT_URL is left out. Never blocks: what is not known yet is learnt by sto_oidc_prepare().
 * STO_ENDPOINT_ABSENT, STO_TOO_LARGE. */
STO_CHECKED int sto_oidc_end_session_url(struct sto_buf *out, sto_oidc *oidc, struct sto_span id_token_hint,
					 struct sto_span post_logout_redirect_uri, struct sto_span state,
					 struct sto_error *err);

/* The configured URL that names the provider: the issuer, else the discovery document's, else the
 * authorization endpoint. Borrowed from the settings. */
struct sto_span sto_oidc_address(const struct sto_oidc_settings *settings);

/* The claim that `field` names: one of that very name wins, because names may hold dots; else it is a path
 * with dots into objects and lists. Borrowed; NULL where there is none. */
const json_t *sto_claim_at(const json_t *claims, struct sto_span field);

/* Whether a scope (RFC 6749 3.3) holds the word. */
bool sto_scope_has(struct sto_span scope, struct sto_span word);

#endif
