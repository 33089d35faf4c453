/* What the files of the gate share. */
#ifndef STO_GATE_GATE_H
#define STO_GATE_GATE_H

#include <pthread.h>

#include "base/bounds.h"
#include "gate/config.h"
#include "gate/findings.h"
#include "session/keys.h"
#include "stoauth/gate.h"

#define STO_GATE_ID_LEN 16  /* bytes */
#define STO_GATE_ID_TEXT 22 /* characters */
#define STO_MARK_LEN 16     /* bytes of the browser's mark */
#define STO_TX_LEN 16       /* bytes that name a login */

struct sto_gate {
	const struct sto_world *world;
	struct sto_gate_config config;
	sto_keyring *ring;
	bool own_ring;
	bool in_realm;    /* its logins become sessions */
	bool keep_tokens; /* its logins hold the tokens */
	sto_oidc *oidc;
	struct sto_store store;
	bool own_store;
	pthread_mutex_t lock; /* transport */
	struct sto_transport transport;
	struct sto_transport *lent_transport;
	uint8_t id[STO_GATE_ID_LEN];
	struct sto_buf id_text;
	struct sto_buf cookie_name;
};

/* --- state.c: what travels through the provider and back, sealed */

struct sto_state {
	int64_t created_sec;
	uint8_t tx[STO_TX_LEN];     /* names this login; the verifier and the nonce derive from it */
	uint8_t mark[STO_MARK_LEN]; /* of the browser that begins it */
	uint8_t gate[STO_GATE_ID_LEN];
	int64_t max_age_sec;         /* that was asked for by this login alone; -1: none */
	struct sto_span path, query; /* where the visitor was; the query may end in a fragment */
};

/* Appends the sealed state: at most STO_LIMIT_STATE characters. What does not fit is left out, the query
 * first, then the path. */
STO_CHECKED int sto_state_seal(struct sto_buf *out, const sto_gate *gate, const struct sto_state *state);
/* Opens one; path and query are borrowed from *plain, which the caller finishes. STO_SEAL_MALFORMED,
 * STO_SEAL_KEY, STO_SEAL_FORGED. */
STO_CHECKED int sto_state_open(struct sto_state *state, struct sto_buf *plain, size_t *key_index,
			       const sto_gate *gate, struct sto_span sealed);
/* Appends 43 characters that derive from the login's name: the PKCE verifier (RFC 7636 4.1) or the nonce. */
STO_CHECKED int sto_state_derive(struct sto_buf *out, const sto_gate *gate, size_t key_index,
				 enum sto_purpose purpose, const struct sto_state *state);

/* --- marks.c: the browser cookie of the gate, a list of randoms joined by '.' */

/* The last well-formed mark of the cookie; false where there is none. */
bool sto_marks_last(uint8_t out[STO_MARK_LEN], struct sto_span cookie);
/* Whether the mark is in the cookie. Compared in constant time. */
bool sto_marks_has(struct sto_span cookie, const uint8_t mark[STO_MARK_LEN]);

/* --- gate.c */
/* What a realm opens a gate with. Members that are NULL are as for sto_gate_open(). All is borrowed and must
 * outlive the gate. */
struct sto_gate_parts {
	const struct sto_world *world;
	struct sto_transport *transport;
	struct sto_store *store;
	sto_keyring *ring;
	bool keep_tokens; /* logins hold access, refresh and ID token: sto_login_session() */
};
/* Opens a gate as part of a realm, which it is where the ring is lent or tokens are kept: its logins then
 * always name a subject. `request` as for sto_gate_open(), its facts may hold "callback": the path that is
 * appended to the public URL where no redirect_uri is configured. Its "block" must be another for each gate
 * of the realm: it is part of the gate's id. Appends the findings. 0 and a gate, STO_CONFIG_WRONG,
 * STO_NO_MEMORY. */
STO_CHECKED int sto_gate_open_in(sto_gate **out, struct sto_findings *findings, const json_t *request,
				 const struct sto_gate_parts *parts);
/* Appends the 22 characters of a gate's id. */
STO_CHECKED int sto_gate_id_text(struct sto_buf *out, const uint8_t id[STO_GATE_ID_LEN]);

/* --- reference.c */
#define STO_REFERENCE 8 /* characters that visitor and operator can both quote */
/* Eight letters without those that look alike, NUL-terminated; dashes where there is no randomness.
 * STO_NO_RANDOM.
 */
STO_CHECKED int sto_reference_make(char out[STO_REFERENCE + 1], const struct sto_world *world);

/* --- op.c */
struct sto_op {
	sto_gate *gate;
	json_t *request;               /* owned */
	int (*run)(struct sto_op *op); /* the blocking part; NULL: done */
	struct sto_buf result;
	sto_login *login;
	/* of a finish, between its steps */
	struct sto_buf plain;
	struct sto_state state;
	size_t key_index;
	bool has_state;
	/* of an operation that another layer makes; its `run` never fails */
	void *host;
	void (*host_free)(void *host);
	struct sto_buf question, reply; /* JSON */
};
STO_CHECKED int sto_op_new(sto_op **out, sto_gate *gate, struct sto_span request, struct sto_error *err);
/* Writes the result and marks the operation as done. */
STO_CHECKED int sto_op_finish_ok(sto_op *op, json_t *result);
/* Writes a refusal; `code` is what happened, `err` its detail. */
STO_CHECKED int sto_op_refuse(sto_op *op, int code, const struct sto_error *err);

#endif
