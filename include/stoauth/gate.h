/* The gate: one configured sign-in of a script. It begins a login (a link to the provider), finishes it when
 * the browser comes back, and says afterwards, without network, whether it still holds.
 *
 * Requests and results are JSON, because hosts are written in other languages; their members are described at
 * each call. A gate may be used by any number of threads; an operation by one at a time. */
#ifndef STOAUTH_GATE_H
#define STOAUTH_GATE_H

#include "stoauth/buf.h"
#include "stoauth/error.h"
#include "stoauth/sys/store.h"
#include "stoauth/sys/transport.h"
#include "stoauth/sys/world.h"

typedef struct sto_gate sto_gate;   /* one configuration in force */
typedef struct sto_op sto_op;       /* something under way */
typedef struct sto_login sto_login; /* a finished login */

/* What a step answers. */
enum sto_step {
	STO_STEP_DONE = 0,   /* the result is there */
	STO_STEP_WORKER = 1, /* call again where blocking is fine: a provider or a store must be reached */
	STO_STEP_ASK = 2,    /* sto_op_question() waits for sto_op_reply(), then call again */
};

/* The world a gate runs in. Members that are NULL are the system's: its clock, libcurl, and LMDB in the state
 * directory (memory where nothing can be written, with a warning among the findings). Borrowed; must outlive
 * the gate. */
struct sto_gate_world {
	const struct sto_world *world;
	struct sto_transport *transport;
	struct sto_store *store;
};

/* Checks a configuration and opens a gate with it. `request` is JSON:
 *   block     "oauth": the name of the block; "" for a dict
 *   source    {"kind": "file" | "dict" | "environment", "file": text or null, "state": "ok" | "missing_file"
 * | "missing_block" | "broken_file", "searched": [files], "blocks": [names], "detail": text, "line": number}
 *   settings  [{"path": ["client_id"], "value": any, "line": number or null}, ...]
 *   facts     {"port": number, "base_path": text, "callback": path}: of the server the script runs on, and
 *             what is appended to public_url where no redirect_uri is configured ("/" by default)
 * Appends the findings as a JSON array of {"severity": "error" | "warning", "code", "file", "block", "key",
 * "line", "message", "mend"}; all there are, not the first. `world` may be NULL. 0 and a gate,
 * STO_CONFIG_WRONG where a finding is an error, STO_BAD_JSON, STO_NO_MEMORY. Reads and may make the app key;
 * reaches no provider. */
STO_CHECKED STO_API int sto_gate_open(sto_gate **out, struct sto_buf *findings, struct sto_span request,
				      const struct sto_gate_world *world, struct sto_error *err);
/* NULL is fine. No operation of it may be alive. */
STO_API void sto_gate_free(sto_gate *gate);

/* 22 characters that name app, block, provider and client: the same in every process. Lives as long as the
 * gate. */
STO_API struct sto_span sto_gate_id(const sto_gate *gate);

/* Appends what a host may know, as JSON: {"cookie": the browser cookie's name, "origin", "public_url",
 * "redirect_uri", "loopback": bool, "identity_field", "provider_host", "provider_url", "client_id"}: the last
 * two say whether two gates are one registration at one provider. */
STO_CHECKED STO_API int sto_gate_facts(struct sto_buf *out, const sto_gate *gate);

/* Begins a login. `request`: {"cookie": value of the browser cookie or "", "path": "/page", "query": "a=1",
 * "params": {name: text, number or boolean}}: where the visitor is and will return to (the query may end in a
 * fragment, "a=1#part"), and more parameters of the authorization request for this login alone, which win
 * over authorize_params; one that is the protocol's own is refused as "usage". Result: {"ok": true, "url",
 * "cookie": {"name", "add", "keep", "max_age", "secure"}}, or a refusal as sto_gate_finish() gives it.
 * STO_BAD_JSON, STO_NO_MEMORY; everything else is a refusal in the result. */
STO_CHECKED STO_API int sto_gate_begin(sto_op **out, sto_gate *gate, struct sto_span request,
				       struct sto_error *err);

/* Finishes a login. `request`: {"cookie": value, "params": {"code": ["..."], "state": ["..."], ...}}: every
 * query parameter with all its values. Result: {"ok": true, "path", "query", "warnings": [text]} and a login;
 * or {"ok": false, "reason": stable name, "group", "sentence": for the visitor, "hint" and "detail": for the
 * operator, "reference": 8 characters both can quote, "path", "query": null where the state could not be
 * read}; or {"ok": false, "reason": "other_gate", "gate": id}, where nothing was done. */
STO_CHECKED STO_API int sto_gate_finish(sto_op **out, sto_gate *gate, struct sto_span request,
					struct sto_error *err);

/* Tries the provider of a gate: reads discovery (where it is used) and keys anew, past everything that is
 * kept, and compares issuer, algorithms, scope, redirect URI and the clocks. Nobody is signed in, and nothing
 * that the gate keeps changes. Result: {"ok": bool, "findings": [{"severity": "ok" | "warning" | "error",
 * "code": stable name, "key": of the configuration or null, "message": a sentence without the place, "mend":
 * what to do, "" where there is nothing}, ...]}, "ok" where none is an error; or a refusal as
 * sto_gate_finish() gives it, where memory ran out. Its second step MAY BLOCK, at most two of the configured
 * timeouts. STO_NO_MEMORY.
 */
STO_CHECKED STO_API int sto_gate_check(sto_op **out, sto_gate *gate, struct sto_error *err);

/* Goes on: an enum sto_step. Between steps an operation holds no lock. */
STO_CHECKED STO_API int sto_op_step(sto_op *op);
/* The result, once it is done; lives as long as the operation. */
STO_API struct sto_span sto_op_result(const sto_op *op);
/* The login of a finish that succeeded, now the caller's; NULL else and from the second call on. */
STO_API sto_login *sto_op_take_login(sto_op *op);
/* After ASK, the question as JSON: {"question": name, ...}; lives until the reply. Empty else. */
STO_API struct sto_span sto_op_question(const sto_op *op);
/* The reply, JSON as the question asks for. What is no such JSON is a refusal at the next step. STO_USAGE
 * where nothing was asked, STO_NO_MEMORY. */
STO_CHECKED STO_API int sto_op_reply(sto_op *op, struct sto_span reply, struct sto_error *err);
/* Freeing one that is not done is a refusal. NULL is fine. */
STO_API void sto_op_free(sto_op *op);

/* Whether the login is this gate's and has not expired at `now_sec`. No network, no lock, any thread. */
STO_API bool sto_login_holds(const sto_login *login, const sto_gate *gate, int64_t now_sec);
/* The second from which it does not: the token's exp plus the leeway. */
STO_API int64_t sto_login_expires_sec(const sto_login *login);
/* The identity as JSON: the configured claim, or "OK" where the token lacks it. Lives as long as the login.
 */
STO_API struct sto_span sto_login_identity(const sto_login *login);
/* All claims of the token as JSON. Lives as long as the login. */
STO_API struct sto_span sto_login_claims(const sto_login *login);
STO_API void sto_login_free(sto_login *login); /* NULL is fine */

#endif
