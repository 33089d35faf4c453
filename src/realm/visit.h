/* One request to the realm on its way to a response. Each endpoint is a file that works on a visit. */
#ifndef STO_REALM_VISIT_H
#define STO_REALM_VISIT_H

#include "realm/pages.h"
#include "realm/realm.h"

#define STO_VISIT_HEADERS 20 /* of a response */

/* Sec-Fetch-Site, as far as it counts. */
enum sto_fetch_site {
	STO_SITE_UNKNOWN, /* the browser did not say */
	STO_SITE_SAME_ORIGIN,
	STO_SITE_NONE, /* typed, or a bookmark */
	STO_SITE_OTHER,
};

struct sto_visit {
	sto_realm *realm;
	sto_op *op;
	sto_op *inner; /* of a gate, under way */
	/* what came */
	enum sto_request_kind kind;
	enum sto_place place;
	bool get, head, post;
	bool wants_page;  /* a browser loads a document */
	bool is_document; /* Sec-Fetch-Mode: navigate and Sec-Fetch-Dest: document */
	bool in_full;     /* whoever sits at this machine: may read what is for the operator */
	bool plain_cookies;
	enum sto_fetch_site site;
	struct sto_buf path, query, body, cookies, host, origin, device;
	/* who it is */
	struct sto_session session;
	bool signed_in;
	bool unknown;          /* the store could not be asked: `cookie` is what would have been looked up */
	struct sto_buf cookie; /* the value that opened the session */
	struct sto_buf dead_cookie; /* one that did not: goes when the next one is set */
	/* of a sign-in */
	size_t gate;    /* whose login it is */
	json_t *result; /* of the gate's operation */
	sto_login *login;
	struct sto_buf next; /* where the visitor is led to afterwards */
	/* of a sign-out */
	bool everywhere;
	json_t *ticket;
	struct sto_buf form_to; /* the provider's origin, to which a posted sign-out leads on */
	/* what goes back */
	struct sto_response response;
	struct sto_header headers[STO_VISIT_HEADERS];
	struct sto_buf values[STO_VISIT_HEADERS];
	struct sto_buf document, location, events_text;
	json_t *events;
	char nonce[23]; /* of the page's one script */
};

/* --- visit.c */
STO_CHECKED int sto_visit_new(struct sto_visit **out, sto_op *op, sto_realm *realm,
			      const struct sto_http_request *request, enum sto_place place);
void sto_visit_free(void *visit);
/* Whether a browser loads a document. */
bool sto_visit_wants_page(const struct sto_http_request *request);
/* The start page: base path and a slash. */
STO_CHECKED int sto_visit_home(struct sto_buf *out, const struct sto_visit *visit);
/* Appends base path and `path`. */
STO_CHECKED int sto_visit_own(struct sto_buf *out, const struct sto_visit *visit, const char *path);
/* One parameter of query or form; empty where it is absent. STO_FORM_DUPLICATE, STO_FORM_MALFORMED. */
STO_CHECKED int sto_visit_param(struct sto_buf *out, const struct sto_visit *visit, const char *name,
				struct sto_error *err);

/* Whether the Origin header is the app's own origin. */
bool sto_visit_is_our_origin(const struct sto_visit *visit);

/* --- lookup.c */
/* Finds who it is by the cookies. Reads the store. 0 for a stranger, too; STO_STORE_* where nobody knows. */
STO_CHECKED int sto_visit_lookup(struct sto_visit *visit, struct sto_error *err);
/* Whether that may wait for a network. */
bool sto_realm_is_blocking(const sto_realm *realm);

/* --- respond.c: each writes the response and gives 0, or what went wrong while writing */
STO_CHECKED int sto_visit_pass(struct sto_visit *visit);
STO_CHECKED int sto_visit_leave(struct sto_visit *visit, struct sto_span location);
STO_CHECKED int sto_visit_redirect(struct sto_visit *visit, struct sto_span location);
STO_CHECKED int sto_visit_json(struct sto_visit *visit, int status, json_t *content);
/* The document that was written into visit->document, as a page. */
STO_CHECKED int sto_visit_page(struct sto_visit *visit, int status);
STO_CHECKED int sto_visit_header(struct sto_visit *visit, const char *name, struct sto_span value);
/* The frame of the pages; makes the nonce. */
STO_CHECKED int sto_visit_frame(struct sto_page *page, struct sto_visit *visit);
/* Sets a cookie of ours; empty deletes it, in all its spellings. */
STO_CHECKED int sto_visit_set_cookie(struct sto_visit *visit, enum sto_cookie_kind kind,
				     struct sto_span value, int64_t max_age_sec);

/* --- refuse.c */
/* A refusal by its code: the page for a browser, JSON for the rest, and the audit event. Never fails: what
 * cannot be written becomes a bare 500. */
void sto_visit_refuse(struct sto_visit *visit, int code, const struct sto_error *err);
/* The refusal of a gate's operation: its JSON. */
STO_CHECKED int sto_visit_refuse_as(struct sto_visit *visit, const json_t *refusal);

/* --- events.c */
/* Adds an audit event. `more` (consumed, may be NULL) has further members. */
STO_CHECKED int sto_visit_event(struct sto_visit *visit, const char *event, json_t *more);
/* "provider:subject". */
STO_CHECKED int sto_user_id_put(struct sto_buf *out, const struct sto_session_record *record);

/* --- the endpoints: the first of their steps; each ends with a response or another step in op->run */
STO_CHECKED int sto_visit_login(struct sto_visit *visit, struct sto_error *err);
STO_CHECKED int sto_visit_callback(struct sto_visit *visit, struct sto_error *err);
STO_CHECKED int sto_visit_logout(struct sto_visit *visit, struct sto_error *err);
STO_CHECKED int sto_visit_user(struct sto_visit *visit, struct sto_error *err);
STO_CHECKED int sto_visit_signed_out(struct sto_visit *visit, struct sto_error *err);
/* --- guard.c: everything that is not an endpoint of ours */
STO_CHECKED int sto_visit_guard(struct sto_visit *visit, struct sto_error *err);
/* --- closed.c */
STO_CHECKED int sto_visit_closed(struct sto_visit *visit, struct sto_error *err);

/* The randoms of the logins that this browser began, as the gate takes them: a new reference. */
json_t *sto_visit_marks(const struct sto_visit *visit);

/* Runs one step: what goes wrong in it becomes a refusal, and 0 comes back. */
int sto_visit_step(struct sto_visit *visit, int (*run)(struct sto_visit *visit, struct sto_error *err));
/* Goes on with `next`, on a worker. */
void sto_visit_go_on(struct sto_visit *visit, int (*next)(sto_op *op));
struct sto_visit *sto_visit_of(const sto_op *op);

#endif
