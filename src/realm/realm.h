/* What the files of the realm share. */
#ifndef STO_REALM_REALM_H
#define STO_REALM_REALM_H

#include "base/bounds.h"
#include "gate/gate.h"
#include "realm/config.h"
#include "session/keys.h"
#include "session/session.h"
#include "stoauth/realm.h"

#define STO_COOKIE_ID 12 /* characters of the app's id in a cookie's name */

struct sto_realm {
	const struct sto_world *world;
	struct sto_realm_config config;
	sto_keyring *ring;
	struct sto_store marks; /* links and tickets that were used */
	bool own_marks;
	struct sto_session_store session_store;
	bool own_session_store;
	sto_sessions *sessions;
	size_t n_gates; /* one for each provider, in their order */
	sto_gate *gates[STO_REALM_PROVIDERS];
	bool asks_login;         /* a hook of the host has a say in every sign-in */
	bool closed;             /* the configuration is wrong */
	struct sto_buf findings; /* JSON, of a closed realm */
	struct sto_buf closed_base;
	char reference[STO_REFERENCE + 1];
	char cookie_ids[STO_KEYS_MAX]
		       [STO_COOKIE_ID + 1]; /* one for each key: the first names what is written */
};

/* --- place.c: what a path is */

enum sto_place {
	STO_PLACE_OUTSIDE, /* not below the base path */
	STO_PLACE_OPEN,    /* the front end's own files, health and host-config: no user's data */
	STO_PLACE_LOGIN,
	STO_PLACE_CALLBACK,
	STO_PLACE_LOGOUT,
	STO_PLACE_USER,
	STO_PLACE_SIGNED_OUT,
	STO_PLACE_STREAM,   /* the WebSocket */
	STO_PLACE_RESOURCE, /* media, components, uploads: what pages show and take */
	STO_PLACE_GUARDED,  /* metrics, the app's static files: no part of a page */
	STO_PLACE_AGENT,    /* the agent API, which runs pages */
	STO_PLACE_SPELLING, /* an endpoint of ours with escapes, which the app behind would take for its own
			     */
	STO_PLACE_NESTED,   /* /page/_stcore/...: what the front end tries before it knows the base path */
	STO_PLACE_PAGE,
};
/* `path` as it came. Exact: neither case nor a percent escape makes another spelling an endpoint. */
enum sto_place sto_place_of(const sto_realm *realm, struct sto_span path);
/* Whether the place is one of our own endpoints. */
bool sto_place_is_ours(enum sto_place place);
/* The path without the base path: "/page" of "/foo/page". Empty where it is outside. */
struct sto_span sto_place_below(const sto_realm *realm, struct sto_span path);
/* Whether somebody may be sent to this path and query after a sign-in: on this site, below the base path, and
 * no endpoint of ours. */
bool sto_place_is_next(const sto_realm *realm, struct sto_span next);

/* --- cookies.c */

enum sto_cookie_kind {
	STO_COOKIE_SESSION, /* who is signed in */
	STO_COOKIE_LOGIN,   /* the randoms of logins that this browser began */
};
/* Appends the cookie's name under the key at `index`; `plain` without __Host-, which a browser on loopback
 * may need. */
STO_CHECKED int sto_cookie_name(struct sto_buf *out, const sto_realm *realm, enum sto_cookie_kind kind,
				size_t index, bool plain);
/* Whether the name is a cookie of this kind under any key; a plain one counts on loopback only. */
bool sto_cookie_is(const sto_realm *realm, enum sto_cookie_kind kind, struct sto_span name);

/* --- ticket.c: what is sealed for our own endpoints */

enum sto_ticket_kind {
	STO_TICKET_LOGIN,
	STO_TICKET_LOGOUT,
	STO_TICKET_RETURN, /* from the provider's own sign-out */
};
#define STO_TICKET_SEC 120         /* a login or logout ticket lives this long, */
#define STO_TICKET_RETURN_SEC 3600 /* and a return this: somebody may think about it at the provider */
/* Seals `content` (consumed), with when it ends. */
STO_CHECKED int sto_ticket_seal(struct sto_buf *out, const sto_realm *realm, enum sto_ticket_kind kind,
				json_t *content);
/* Opens one: *content is the caller's. STO_TICKET_BAD, STO_TICKET_EXPIRED. */
STO_CHECKED int sto_ticket_open(json_t **content, const sto_realm *realm, enum sto_ticket_kind kind,
				struct sto_span text);
/* Writes down that the ticket is used. STO_TICKET_USED the second time; STO_STORE_*. Writes. */
STO_CHECKED int sto_ticket_use(const sto_realm *realm, const json_t *content, struct sto_error *err);

/* --- csrf.c: what a form of ours carries */

/* Appends the token of forms for this session. */
STO_CHECKED int sto_csrf_put(struct sto_buf *out, const sto_realm *realm, struct sto_span session_id);
/* Compared in constant time, with every key of the ring. */
bool sto_csrf_holds(const sto_realm *realm, struct sto_span session_id, struct sto_span token);

/* --- access.c */
/* As sto_realm_access(), for a session. NULL: nobody is signed in. */
enum sto_access sto_access_of(const sto_realm *realm, struct sto_span page,
			      const struct sto_session_record *record);
/* Whether whoever it is may see every page there is: what the agent API needs, which runs any of them. */
enum sto_access sto_access_everywhere(const sto_realm *realm, const struct sto_session_record *record);
/* Whether there is a page that a stranger may see. */
bool sto_access_has_public(const sto_realm *realm);

/* --- device.c */
/* Appends what a User-Agent header says for people: "Firefox on Linux". */
STO_CHECKED int sto_device_put(struct sto_buf *out, struct sto_span user_agent);
/* Whether the browser takes no Secure cookie on http, not even on loopback. */
bool sto_device_wants_plain(struct sto_span user_agent);

#endif
