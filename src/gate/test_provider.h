/* An imitation of a provider for tests: no sockets, a clock of its own, and every answer can be replaced by a
 * hostile one. */
#ifndef STO_GATE_TEST_PROVIDER_H
#define STO_GATE_TEST_PROVIDER_H

#include <jansson.h>

#include "gate/gate.h"
#include "jose/jwk.h"
#include "stoauth/gate.h"

enum test_endpoint {
	TEST_DISCOVERY,
	TEST_JWKS,
	TEST_TOKEN,
	TEST_USERINFO,
	TEST_REVOCATION,
	TEST_OTHER,
	TEST_ENDPOINTS
};

struct test_answer {
	int rc;                   /* what the transport gives; 0: an answer */
	int status;               /* 0: 200 */
	const char *body;         /* NULL: the good one */
	const char *content_type; /* NULL: none */
};

struct test_provider {
	int64_t now_sec;
	struct sto_world world;
	struct sto_transport transport;
	struct sto_store store;
	struct test_answer answers[TEST_ENDPOINTS];
	int requests[TEST_ENDPOINTS];
	int64_t date_sec[TEST_ENDPOINTS]; /* of the Date header; 0: none */
	int64_t age_sec[TEST_ENDPOINTS];  /* of the Age header */
	sto_jwk *key;                     /* signs, and is published */
	sto_jwk *other_key;               /* signs nothing unless a test says so */
	enum sto_alg alg;
	const char *issuer;
	json_t *metadata;      /* the discovery document */
	json_t *id_claims;     /* changes of the ID token's claims: null takes one out */
	json_t *userinfo;      /* what the userinfo endpoint says */
	json_t *access_claims; /* of a JWT access token; NULL: an opaque one */
	const char *id_typ, *access_typ;
	bool sign_with_other; /* tokens are signed with other_key */
	bool publish_other;   /* and other_key is published in place of key */
	bool no_id_token;
	json_t *token_extra; /* further members of the token response */
	int64_t jwks_max_age_sec;
	struct sto_buf last_form;  /* of the token request */
	struct sto_buf last_basic; /* its Authorization header */
	struct sto_buf nonce;      /* of the authorization request, which ID tokens repeat */
};

void test_provider_init(struct test_provider *provider);
/* One of another name: `issuer` must outlive it. */
void test_provider_init_as(struct test_provider *provider, const char *issuer);
void test_provider_finish(struct test_provider *provider);

/* A JWT of these claims, signed by the provider; the caller frees it. */
char *test_jwt(const struct test_provider *provider, const json_t *claims, const char *typ);

/* A gate of the usual configuration (issuer https://op.example, client "app", secret "s3cret"), changed by
 * `changes`: a JSON object whose nulls take a key out; NULL: none. Fails the test where it does not open. */
sto_gate *test_gate(struct test_provider *provider, const char *changes);
/* The same, for configurations that are wrong: the findings as JSON. */
json_t *test_findings(struct test_provider *provider, const char *changes);

/* A gate of a realm: the block and the ring are the realm's, and tokens are kept. Its default redirect URI
 * ends in /auth/callback. */
sto_gate *test_gate_in(struct test_provider *provider, const char *block, sto_keyring *ring,
		       const char *changes);
/* The ring that the gates of one realm share; the caller frees it. */
sto_keyring *test_ring(void);

/* A browser: its cookie. */
struct test_browser {
	char cookie[1024];
};
/* Shows the link: begins a login and keeps its URL's parameters; the mark goes into the browser's cookie. */
struct test_link {
	struct sto_buf url, state;
};
void test_link_finish(struct test_link *link);
void test_begin(struct test_link *link, struct test_provider *provider, sto_gate *gate,
		struct test_browser *browser);
/* The same, from another page than "/page2". */
void test_begin_at(struct test_link *link, struct test_provider *provider, sto_gate *gate,
		   struct test_browser *browser, const char *path);
/* The same with every member of the request by hand: `request` is an object and the caller's no more. The
 * result where it is a refusal, owned by the caller; else NULL. */
json_t *test_begin_with(struct test_link *link, struct test_provider *provider, sto_gate *gate,
			struct test_browser *browser, json_t *request);
/* Comes back with `params` (JSON object of lists). The result, owned by the caller; *login (NULL is fine) is
 * the login or NULL. */
json_t *test_finish(sto_login **login, sto_gate *gate, const struct test_browser *browser, json_t *params);
/* {"code": ["c0de"], "state": [...], "iss": [...]} */
json_t *test_callback(const struct test_link *link);
/* The whole of it; the reason of a refusal or "" where a login came. Static text. */
const char *test_sign_in(struct test_provider *provider, sto_gate *gate);
/* The "reason" of a result, "" where it is ok; the result is given back. */
const char *test_reason(json_t *result);

/* S256 of a PKCE verifier as text. Static. */
const char *test_challenge(const char *verifier);

#endif
