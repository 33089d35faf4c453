/* One provider: who may sign in where, and what it gave out. One thread. */
#ifndef DEV_PROVIDER_H
#define DEV_PROVIDER_H

#include "dev/exchange.h"
#include "dev/keys.h"
#include "dev/options.h"
#include "dev/shelf.h"
#include "stoauth/sys/world.h"

#define DEV_PENDING_SEC 1800 /* how long an authorize page may stay open */
#define DEV_CODE_SEC 60      /* RFC 6749 section 4.1.2: at most ten minutes */
#define DEV_REFRESH_SEC (30 * 86400)
#define DEV_SECRET_LEN 32 /* random bytes in what we give out */

/* A grant is a JSON object that codes and tokens of one sign-in share: client_id, redirect_uri, scope,
 * persona, sid, browser, auth_time, and where given nonce, audience, code_challenge; "revoked" once it is
 * over. */
struct dev_provider {
	const struct dev_options *options;
	const struct sto_world *world;
	const char *name;  /* "dev", "team": of its block in an app's configuration */
	const char *label; /* "Dev", "Dev (team)" */
	const char *path;  /* what its addresses begin with: "" or "/team" */
	char issuer[80];
	char cookie_name[40];
	json_t *personas;
	const struct dev_keys *keys; /* those of all providers here */
	struct dev_shelf pending;    /* authorize pages that are open */
	struct dev_shelf codes;      /* of {grant, used} */
	struct dev_shelf access;     /* of grants */
	struct dev_shelf refresh;    /* of {grant, used} */
	struct dev_shelf sids;       /* grants by their sid */
};

int64_t dev_now_sec(const struct dev_provider *provider);

/* Appends a fresh unguessable text, base64url of DEV_SECRET_LEN random bytes. */
STO_CHECKED int dev_put_secret(struct sto_buf *out, const struct dev_provider *provider);

/* Answers a request, whose path is below the provider's own; whatever goes wrong becomes an answer too. */
void dev_provider_handle(struct dev_provider *provider, const struct dev_request *req,
			 struct dev_response *res);

/* One file each. */
typedef int dev_route(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res);
dev_route dev_discovery, dev_jwks, dev_health, dev_home, dev_avatar, dev_icon;
dev_route dev_authorize, dev_choose;
dev_route dev_token, dev_userinfo, dev_logout, dev_logout_confirm;

/* The client that authenticates a request of the token endpoint: RFC 6749 section 2.3. NULL with the answer
 * made, and *rc what that came to. */
const struct dev_client *dev_authenticate_client(struct dev_provider *provider, const struct dev_request *req,
						 const struct dev_form *form, struct dev_response *res,
						 int *rc);

/* The claims that a scope lets out: OIDC Core section 5.4; groups and roles always. NULL without memory. */
json_t *dev_claims(const struct dev_provider *provider, const json_t *persona, const char *scope);

/* What the token endpoint gives out, and for whom. */
struct dev_issue {
	const struct dev_client *client;
	json_t *grant;
	const char *scope;    /* of the access token */
	const char *audience; /* of the access token; NULL: the issuer */
	bool first;           /* straight after the sign-in, so the ID token carries the nonce */
};

/* The answer of the token endpoint; with a refresh token where offline_access was granted. */
STO_CHECKED int dev_issue_tokens(struct dev_provider *provider, const struct dev_issue *issue,
				 struct dev_response *res);

/* A grant is over: none of its codes and tokens is good any more. */
void dev_revoke(json_t *grant);
bool dev_is_revoked(const json_t *grant);

/* Whether the browser may be sent there: any loopback host, or one that was listed. */
bool dev_may_return_to(const struct dev_options *options, const char *uri);

/* A place to return to with parameters: pairs of name and value ended by NULL; a pair without value is left
 * out. */
STO_CHECKED int dev_answer_return(struct dev_response *res, const char *uri, ...);

/* The text that stands for this browser: out of its cookie, or a new one that is set with the answer. */
STO_CHECKED int dev_know_browser(struct sto_buf *out, const struct dev_provider *provider,
				 const struct dev_request *req, struct dev_response *res);

/* Keeps `request` behind a page with forms: adds "csrf" and "browser" to it and appends to *id the name that
 * the forms carry. */
STO_CHECKED int dev_keep_pending(struct sto_buf *id, struct dev_provider *provider,
				 const struct dev_request *req, json_t *request, struct dev_response *res);

/* What a posted form belongs to, borrowed: only for the browser that was shown the page and with its token.
 * NULL with the answer made, and *rc what that came to. */
json_t *dev_find_pending(struct dev_provider *provider, const struct dev_request *req,
			 const struct dev_form *form, struct dev_response *res, int *rc);

/* The page of personas for a pending request. */
STO_CHECKED int dev_show_personas(const struct dev_provider *provider, const json_t *pending, const char *id,
				  struct dev_response *res);

/* RFC 7636 section 4.1: 43 to 128 unreserved characters; also the form of every challenge. */
bool dev_pkce_is_verifier(const char *text);
/* Section 4.6, for S256. */
bool dev_pkce_matches(const char *challenge, const char *verifier);

#endif
