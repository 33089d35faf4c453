/* The realm: everything of one app that is behind its sign-in. It holds the app's providers (each a gate),
 * the sessions, the rules by path, and has two doors:
 *
 *   sto_realm_handle()    for every request that arrives over HTTP, and every WebSocket that opens
 *   sto_realm_identify()  for everyone who asks "who is this?"
 *
 * A host (the ASGI middleware, a daemon, a test) only carries bytes to a door. A realm may be used by any
 * number of threads; an operation by one at a time. */
#ifndef STOAUTH_REALM_H
#define STOAUTH_REALM_H

#include "stoauth/buf.h"
#include "stoauth/error.h"
#include "stoauth/gate.h"
#include "stoauth/sys/store.h"
#include "stoauth/sys/transport.h"
#include "stoauth/sys/world.h"

typedef struct sto_realm sto_realm;

/* The world a realm runs in. Members that are NULL are what the configuration says, and the system's clock
 * and libcurl. Borrowed; must outlive the realm. */
struct sto_realm_world {
	const struct sto_world *world;
	struct sto_transport *transport;
	struct sto_store *store;
	struct sto_session_store *sessions;
};

/* Checks the configuration `[auth]` and opens a realm with it. `request` is JSON as for sto_gate_open(), with
 * the block "auth"; the path of a setting in [auth.google] begins with "google". Appends the findings. 0 and
 * a realm, STO_CONFIG_WRONG where a finding is an error, STO_BAD_JSON, STO_NO_MEMORY. Reads and may make the
 * app key; opens the session store; reaches no provider.
 *
 * With STO_CONFIG_WRONG there is a realm as well, a closed one: its first door answers everything but the
 * front end's own files with the page that says what is missing, its second one gives STO_CONFIG_WRONG. */
STO_CHECKED STO_API int sto_realm_open(sto_realm **out, struct sto_buf *findings, struct sto_span request,
				       const struct sto_realm_world *world, struct sto_error *err);
STO_API void sto_realm_free(sto_realm *realm); /* NULL is fine; no operation of it may be alive */

/* Appends what a host may know, as JSON: {"providers": [{"name", "label", "trust_email": bool, "unnamed":
 * bool, "client_id", "identity_field", "provider_url"}], "public_url", "origin", "base_path", "loopback":
 * bool, "require_login": bool, "rules": bool (not every page is alike), "closed": bool, "store": name,
 * "blocking": bool (identify may wait for a network), "changes": bool, "expose_tokens": ["id",
 * "access"], "redirect_uri", "absolute_sec", "idle_sec"}. */
STO_CHECKED STO_API int sto_realm_facts(struct sto_buf *out, const sto_realm *realm);

/* Tries a provider, as sto_gate_check() does; `index` counts those of the facts from 0. STO_USAGE where there
 * is no such provider; STO_NO_MEMORY. */
STO_CHECKED STO_API int sto_realm_check(sto_op **out, sto_realm *realm, size_t index, struct sto_error *err);

/* ---- the first door ---- */

enum sto_request_kind {
	STO_REQUEST_HTTP,
	STO_REQUEST_SOCKET, /* a WebSocket's handshake */
};

/* A request as it came. All spans are borrowed and copied by sto_realm_handle(). */
struct sto_http_request {
	enum sto_request_kind kind;
	struct sto_span method; /* "GET"; empty for a socket */
	struct sto_span path;   /* as it came, with its percent-encoding and the base path; no query */
	struct sto_span query;  /* without '?' */
	const struct sto_header *headers; /* in the order they came, names in any case */
	size_t n_headers;
	struct sto_span body; /* of a POST to one of our endpoints, at most STO_LIMIT_FORM */
	bool loopback_peer;   /* the connection itself comes from this machine */
};

/* What a host must do. */
enum sto_verdict {
	STO_VERDICT_PASS,    /* not ours, or allowed: hand it on */
	STO_VERDICT_RESPOND, /* answer with status, headers and body */
	STO_VERDICT_LEAVE,   /* a socket: accept it, send the browser to `location`, and close it */
};

struct sto_response {
	enum sto_verdict verdict;
	int status;
	const struct sto_header *headers; /* RESPOND: all of them. PASS: Set-Cookie to add, if any */
	size_t n_headers;
	struct sto_span body;     /* empty for HEAD */
	struct sto_span location; /* of LEAVE: a path on this origin */
	/* PASS: the value of the session cookie that came with the request, if somebody is signed in by it;
	 * for sto_realm_identify() and the others that take a cookie's value. */
	struct sto_span cookie;
	struct sto_span session_id; /* 32 bytes, the session's name in the log of changes; empty: nobody */
	int64_t end_sec;            /* signed in until then, if nothing touches it */
	struct sto_span events;     /* JSON array of audit events: [{"event", ...}] */
};

/* Handles one request. The operation is stepped as any other (sto_op_step); its response is there once it is
 * done. STO_NO_MEMORY; everything else is a response. */
STO_CHECKED STO_API int sto_realm_handle(sto_op **out, sto_realm *realm,
					 const struct sto_http_request *request, struct sto_error *err);
/* The response, once it is done; lives as long as the operation. NULL for other operations. */
STO_API const struct sto_response *sto_op_response(const sto_op *op);

/* What stands in a request and must not reach the app. Appends the Cookie header without our cookies and the
 * native ones (`_streamlit_user` and what begins so); the others stay byte for byte. */
STO_CHECKED STO_API int sto_realm_strip_cookies(struct sto_buf *out, const sto_realm *realm,
						struct sto_span header);
/* Whether a header says who somebody is, so that one from a visitor would be a forgery: those of proxies and
 * load balancers, in any case and with '_' for '-'. */
STO_API bool sto_is_identity_header(struct sto_span name);

/* Whether a path is one of our endpoints, whose POST bodies the host must read and hand over. */
STO_API bool sto_realm_is_ours(const sto_realm *realm, struct sto_span path);

/* ---- the second door ---- */

typedef struct sto_identity sto_identity; /* who somebody is, at one moment */

/* Who the session of a cookie's value is. *out is NULL where nobody is signed in by it (and the result 0).
 * STO_STORE_FAILED and the like: nobody knows, which is never "signed out". Never writes; waits for a network
 * only where the facts say "blocking". */
STO_CHECKED STO_API int sto_realm_identify(sto_identity **out, sto_realm *realm, struct sto_span cookie,
					   struct sto_error *err);
STO_API void sto_identity_free(sto_identity *identity); /* wipes; NULL is fine */

/* Texts of an identity; empty where there is none. They live as long as it does. */
enum sto_identity_text {
	STO_IDENTITY_ISSUER,
	STO_IDENTITY_SUBJECT,
	STO_IDENTITY_PROVIDER,
	STO_IDENTITY_CLAIMS, /* JSON object */
	STO_IDENTITY_ACCESS_TOKEN,
	STO_IDENTITY_ID_TOKEN,
	STO_IDENTITY_REFRESH_TOKEN,
	STO_IDENTITY_SESSION_ID, /* 32 bytes: its name in the log of changes */
};
STO_API struct sto_span sto_identity_text(const sto_identity *identity, enum sto_identity_text which);

enum sto_identity_time {
	STO_IDENTITY_CREATED,
	STO_IDENTITY_END,        /* signed in until then, if nothing touches it */
	STO_IDENTITY_AUTH_TIME,  /* INT64_MIN: not known */
	STO_IDENTITY_ACCESS_END, /* of the access token; INT64_MIN: not known */
};
STO_API int64_t sto_identity_time_sec(const sto_identity *identity, enum sto_identity_time which);
/* Whether a worker should call sto_realm_touch(). No store is asked. */
STO_API bool sto_identity_touch_due(const sto_identity *identity);

/* ---- rules by path ---- */

enum sto_access {
	STO_ACCESS_ALLOWED,
	STO_ACCESS_LOGIN,     /* somebody must sign in first */
	STO_ACCESS_FORBIDDEN, /* whoever is signed in lacks a role */
};
/* What the rules say of a page: `page` is its path below the base path, decoded, with its first slash.
 * `identity` may be NULL. No network, no store. */
STO_API enum sto_access sto_realm_access(const sto_realm *realm, struct sto_span page,
					 const sto_identity *identity);

/* ---- what a script asks for ---- */

/* Appends a ticket: a sealed value that /auth/login takes as `t` for two minutes. `request` is JSON:
 * {"provider": name or null, "params": {"login_hint": "..."}}. STO_BAD_JSON, STO_USAGE (no such provider, or
 * a parameter that is ours), STO_TOO_LARGE. */
STO_CHECKED STO_API int sto_realm_login_ticket(struct sto_buf *out, sto_realm *realm, struct sto_span request,
					       struct sto_error *err);
/* Appends a one-time ticket that /auth/logout takes as `t` for two minutes, good for this session only. */
STO_CHECKED STO_API int sto_realm_logout_ticket(struct sto_buf *out, sto_realm *realm, struct sto_span cookie,
						bool everywhere, struct sto_error *err);

/* ---- what a worker does ---- */

/* Slides the expiry of a session. Writes. 0 also where there is nothing to do. Appends a Set-Cookie value
 * where the session lives in its cookie. */
STO_CHECKED STO_API int sto_realm_touch(struct sto_buf *set_cookie, sto_realm *realm, struct sto_span cookie,
					struct sto_error *err);
/* Renews the tokens of a session that end within half a minute, where it holds a refresh token; nothing to do
 * is fine. One process at a time asks the provider: STO_REFRESH_BUSY, and the others come again in a moment.
 * Where the provider no longer takes the token the session is ended: STO_GRANT_INVALID,
 * STO_REFRESH_INTERRUPTED. Where it cannot be reached everything stays as it was: STO_FETCH_*,
 * STO_PROVIDER_STATUS. STO_SESSION_*: nobody is signed in. BLOCKS, at most two of the configured timeouts. */
STO_CHECKED STO_API int sto_realm_refresh(sto_realm *realm, struct sto_span cookie, struct sto_error *err);
/* The changes after `since`; STO_SESSION_CHANGES_NOW to begin. */
STO_CHECKED STO_API int sto_realm_changes(struct sto_session_changes *out, sto_realm *realm, uint64_t since,
					  struct sto_error *err);
/* Removes some expired sessions and marks. Now and then, from one thread. */
STO_CHECKED STO_API int sto_realm_tend(sto_realm *realm, struct sto_error *err);

#endif
