#include <string.h>

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

/* A path, or a query with a fragment behind it, that may go into a header again: what it holds beside that is
 * kept byte for byte. */
static bool is_one_line(struct sto_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
			return false;
	return true;
}

static int make_state(struct sto_state *state, const sto_op *op, const json_t *params)
{
	const sto_gate *gate = op->gate;
	struct sto_span max_age;
	*state = (struct sto_state){.created_sec = gate->world->now_sec(gate->world->ctx), .max_age_sec = -1};
	if (sto_json_get_str(&max_age, params, "max_age"))
		state->max_age_sec = sto_oidc_max_age(max_age);
	for (size_t i = 0; i < STO_GATE_ID_LEN; i++)
		state->gate[i] = gate->id[i];
	(void)sto_json_get_str(&state->path, op->request, "path");
	(void)sto_json_get_str(&state->query, op->request, "query");
	if (!sto_url_is_local_path(state->path))
		state->path = (struct sto_span){NULL, 0};
	if (!is_one_line(state->query))
		state->query = (struct sto_span){NULL, 0};
	int rc = gate->world->random(gate->world->ctx, state->tx, STO_TX_LEN);
	return rc != STO_OK ? rc : choose_mark(state, op);
}

/* The parameters of this login alone, as texts in a new object. */
static int take_params(json_t **params, const sto_op *op, struct sto_error *err)
{
	const char *name;
	json_t *value, *given = json_object_get(op->request, "params");
	*params = json_object();
	if (*params == NULL)
		return STO_NO_MEMORY;
	if (given != NULL && !json_is_null(given) && !json_is_object(given))
		return sto_fail(err, STO_USAGE, "params is no object");
	json_object_foreach(given, name, value)
	{
		json_t *text = sto_config_param_text(value);
		struct sto_span seconds = sto_span_of(json_string_value(text), json_string_length(text));
		int rc = STO_OK;
		if (name[0] == '\0' || sto_oidc_is_reserved_param(sto_span_str(name)))
			rc = sto_fail(err, STO_USAGE, "the parameter %s is the protocol's own", name);
		else if (text == NULL)
			rc = sto_fail(err, STO_USAGE, "the parameter %s is no text, number or boolean", name);
		else if (strcmp(name, "max_age") == 0 && sto_oidc_max_age(seconds) < 0)
			rc = sto_fail(err, STO_USAGE, "max_age is no number of seconds");
		if (rc == STO_OK && json_object_set(*params, name, text) != 0)
			rc = STO_NO_MEMORY;
		json_decref(text);
		if (rc != STO_OK)
			return rc;
	}
	return STO_OK;
}

static int put_url(struct sto_buf *url, const sto_op *op, const struct sto_state *state, const json_t *params,
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
		.params = params,
		.max_age_sec = state->max_age_sec,
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
	json_t *params = NULL;
	sto_buf_init(&url, STO_LIMIT_URL);
	int rc = take_params(&params, op, &err);
	if (rc == STO_OK)
		rc = make_state(&state, op, params);
	if (rc == STO_OK)
		rc = put_url(&url, op, &state, params, &err);
	if (rc == STO_OK)
		rc = sto_op_finish_ok(op, json_pack("{s:b, s:o, s:o}", "ok", 1, "url",
						    sto_json_str(sto_buf_span(&url)), "cookie",
						    cookie_json(op->gate, &state)));
	else
		rc = sto_op_refuse(op, rc, &err);
	json_decref(params);
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
