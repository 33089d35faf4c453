#include "base/base64url.h"
#include "base/json.h"
#include "gate/gate.h"
#include "http/url.h"

/* The mark binds the state to this browser. One that the browser already has will do; else a new one is made,
 * which the page that shows the link puts into the cookie. */
static int choose_mark(struct sto_state *state, const sto_op *op)
{
	struct sto_span cookie;
	(void)sto_json_get_str(&cookie, op->request, "cookie");
	if (sto_marks_last(state->mark, cookie))
		return STO_OK;
	return op->gate->world->random(op->gate->world->ctx, state->mark, STO_MARK_LEN);
}

static int make_state(struct sto_state *state, const sto_op *op)
{
	const sto_gate *gate = op->gate;
	*state = (struct sto_state){.created_sec = gate->world->now_sec(gate->world->ctx)};
	for (size_t i = 0; i < STO_GATE_ID_LEN; i++)
		state->gate[i] = gate->id[i];
	(void)sto_json_get_str(&state->path, op->request, "path");
	(void)sto_json_get_str(&state->query, op->request, "query");
	if (!sto_url_is_local_path(state->path))
		state->path = (struct sto_span){NULL, 0};
	int rc = gate->world->random(gate->world->ctx, state->tx, STO_TX_LEN);
	return rc != STO_OK ? rc : choose_mark(state, op);
}

static int put_url(struct sto_buf *url, const sto_op *op, const struct sto_state *state,
		   struct sto_error *err)
{
	const sto_gate *gate = op->gate;
	struct sto_buf sealed, nonce, verifier;
	sto_buf_init(&sealed, STO_LIMIT_STATE);
	sto_buf_init(&nonce, 43);
	sto_buf_init(&verifier, 43);
	int rc = sto_state_seal(&sealed, gate, state);
	if (rc == STO_OK)
		rc = sto_state_derive(&nonce, gate, 0, STO_PURPOSE_NONCE, state);
	if (rc == STO_OK)
		rc = sto_state_derive(&verifier, gate, 0, STO_PURPOSE_VERIFIER, state);
	struct sto_oidc_request request = {
		.redirect_uri = sto_buf_span(&gate->config.redirect_uri),
		.state = sto_buf_span(&sealed),
		.nonce = sto_buf_span(&nonce),
		.verifier = sto_buf_span(&verifier),
	};
	if (rc == STO_OK)
		rc = sto_oidc_authorize_url(url, gate->oidc, &request, err);
	sto_buf_finish(&sealed);
	sto_buf_finish(&nonce);
	sto_buf_finish(&verifier);
	return rc;
}

static json_t *cookie_json(const sto_gate *gate, const struct sto_state *state)
{
	struct sto_buf mark;
	sto_buf_init(&mark, 22);
	json_t *add = sto_base64url_encode(&mark, sto_span_of(state->mark, STO_MARK_LEN)) == STO_OK
			      ? sto_json_str(sto_buf_span(&mark))
			      : NULL;
	sto_buf_finish(&mark);
	return json_pack("{s:o, s:o, s:i, s:i, s:b}", "name", sto_json_str(sto_buf_span(&gate->cookie_name)),
			 "add", add, "keep", STO_LIMIT_BROWSER_MARKS, "max_age", STO_STATE_LIFETIME_SEC,
			 "secure", 1);
}

static int answer(sto_op *op)
{
	struct sto_state state;
	struct sto_buf url;
	struct sto_error err = {0};
	sto_buf_init(&url, STO_LIMIT_URL);
	int rc = make_state(&state, op);
	if (rc == STO_OK)
		rc = put_url(&url, op, &state, &err);
	if (rc == STO_OK)
		rc = sto_op_finish_ok(op, json_pack("{s:b, s:o, s:o}", "ok", 1, "url",
						    sto_json_str(sto_buf_span(&url)), "cookie",
						    cookie_json(op->gate, &state)));
	else
		rc = sto_op_refuse(op, rc, &err);
	sto_buf_finish(&url);
	return rc;
}

static int discover_and_answer(sto_op *op)
{
	struct sto_error err = {0};
	int rc = sto_oidc_prepare(op->gate->oidc, &err);
	return rc == STO_OK ? answer(op) : sto_op_refuse(op, rc, &err);
}

static int first_step(sto_op *op)
{
	if (op->request == NULL)
		return sto_op_refuse(op, STO_CALLBACK_BAD, NULL);
	if (sto_oidc_is_ready(op->gate->oidc))
		return answer(op);
	op->run = discover_and_answer;
	return STO_OK;
}

int sto_gate_begin(sto_op **out, sto_gate *gate, struct sto_span request, struct sto_error *err)
{
	int rc = sto_op_new(out, gate, request, err);
	if (rc == STO_OK)
		(*out)->run = first_step;
	return rc;
}
