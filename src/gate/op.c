#include <stdlib.h>

#include "base/json.h"
#include "gate/gate.h"

int sto_op_new(sto_op **out, sto_gate *gate, struct sto_span request, struct sto_error *err)
{
	sto_op *op = calloc(1, sizeof(*op));
	*out = NULL;
	if (op == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for an operation");
	op->gate = gate;
	sto_buf_init(&op->result, STO_LIMIT_JSON);
	sto_buf_init(&op->plain, STO_LIMIT_STATE);
	sto_buf_init(&op->question, STO_LIMIT_JSON);
	sto_buf_init(&op->reply, STO_LIMIT_JSON);
	/* What a visitor wrote into the address is in it: a request that cannot be read is a refusal like any
	 * other. */
	(void)!sto_json_parse_request(&op->request, request, NULL);
	*out = op;
	return STO_OK;
}

void sto_op_free(sto_op *op)
{
	if (op == NULL)
		return;
	if (op->host_free != NULL)
		op->host_free(op->host);
	json_decref(op->request);
	sto_buf_finish(&op->question);
	sto_buf_finish(&op->reply);
	sto_buf_finish(&op->result);
	sto_buf_finish(&op->plain);
	sto_login_free(op->login);
	free(op);
}

/* Whatever goes wrong inside is a refusal: an operation always ends with a result. */
int sto_op_step(sto_op *op)
{
	if (op->run == NULL)
		return STO_STEP_DONE;
	if (op->question.len > 0)
		return STO_STEP_ASK;
	int (*run)(struct sto_op *) = op->run;
	op->run = NULL;
	int rc = run(op);
	if (rc != STO_OK)
		rc = sto_op_refuse(op, rc, NULL);
	if (op->question.len > 0)
		return STO_STEP_ASK;
	return op->run == NULL ? STO_STEP_DONE : STO_STEP_WORKER;
}

struct sto_span sto_op_question(const sto_op *op)
{
	return sto_buf_span(&op->question);
}

int sto_op_reply(sto_op *op, struct sto_span reply, struct sto_error *err)
{
	if (op->question.len == 0)
		return sto_fail(err, STO_USAGE, "nothing was asked");
	sto_buf_clear(&op->question);
	sto_buf_clear(&op->reply);
	/* One that does not fit is none: the next step refuses what it cannot read. */
	int rc = sto_buf_put(&op->reply, reply);
	return rc == STO_TOO_LARGE ? STO_OK : rc;
}

struct sto_span sto_op_result(const sto_op *op)
{
	return sto_buf_span(&op->result);
}

sto_login *sto_op_take_login(sto_op *op)
{
	sto_login *login = op->login;
	op->login = NULL;
	return login;
}

int sto_op_finish_ok(sto_op *op, json_t *result)
{
	op->run = NULL;
	int rc = result == NULL ? STO_NO_MEMORY : sto_json_dump(&op->result, result);
	json_decref(result);
	return rc;
}

static json_t *text_of(struct sto_span text)
{
	json_t *json = sto_json_str(text);
	if (json != NULL)
		return json;
	/* Not UTF-8, as a cut text may be: its ASCII alone. */
	struct sto_buf ascii;
	sto_buf_init(&ascii, text.len);
	for (size_t i = 0; i < text.len; i++)
		if (sto_buf_put_byte(&ascii, text.ptr[i] < 0x80 ? text.ptr[i] : '?') != STO_OK)
			break;
	json = sto_json_str(sto_buf_span(&ascii));
	sto_buf_finish(&ascii);
	return json;
}

int sto_op_refuse(sto_op *op, int code, const struct sto_error *err)
{
	const struct sto_reason *reason = sto_reason_of(code);
	char reference[STO_REFERENCE + 1];
	int rc = sto_reference_make(reference, op->gate->world);
	if (rc != STO_OK)
		reason = sto_reason_of(rc);
	sto_buf_clear(&op->result);
	sto_login_free(sto_op_take_login(op));
	return sto_op_finish_ok(op, json_pack("{s:b, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:o}", "ok", 0,
					      "reason", reason->name, "group", sto_group_name(reason->group),
					      "sentence", reason->visitor, "hint", reason->hint, "detail",
					      text_of(sto_span_str(err == NULL ? "" : err->detail)),
					      "reference", reference, "path",
					      op->has_state ? text_of(op->state.path) : json_null(), "query",
					      op->has_state ? text_of(op->state.query) : json_null()));
}
