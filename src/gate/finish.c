#include "base/json.h"
#include "gate/gate.h"
#include "gate/login.h"

/* One parameter that may stand once (RFC 6749 3.1). *value has ptr NULL where it did not come. */
static int take_param(struct sto_span *value, const sto_op *op, const char *name, struct sto_error *err)
{
	const json_t *all = json_object_get(json_object_get(op->request, "params"), name);
	const json_t *first = json_array_get(all, 0);
	*value = (struct sto_span){NULL, 0};
	if (all == NULL || json_array_size(all) == 0)
		return STO_OK;
	if (json_array_size(all) > 1)
		return sto_fail(err, STO_CALLBACK_DUPLICATE, "%s stands %zu times", name,
				json_array_size(all));
	if (!json_is_string(first) || json_string_length(first) > STO_LIMIT_CODE)
		return sto_fail(err, STO_CALLBACK_BAD, "%s is over %d bytes", name, STO_LIMIT_CODE);
	*value = sto_span_of(json_string_value(first), json_string_length(first));
	/* VSCHAR, RFC 6749 appendix A: what could split a header or a log line has no business here.
	 * error_description may hold more; it is shown to nobody but the operator, made printable. */
	for (size_t i = 0; i < value->len; i++)
		if (value->ptr[i] < 0x20 || value->ptr[i] == 0x7f)
			return sto_fail(err, STO_CALLBACK_BAD, "%s holds control characters", name);
	return STO_OK;
}

/* --- the checks that need nobody else, in this order: nothing is said about a callback whose state is not
 * ours */

static int open_state(sto_op *op, struct sto_error *err)
{
	struct sto_span sealed;
	int rc = take_param(&sealed, op, "state", err);
	if (rc != STO_OK)
		return rc;
	if (sealed.len == 0)
		return sto_fail(err, STO_STATE_MISSING, "no state in the callback");
	rc = sto_state_open(&op->state, &op->plain, &op->key_index, op->gate, sealed);
	if (rc != STO_OK)
		return sto_fail(err, rc, "the state of %zu characters cannot be opened", sealed.len);
	op->has_state = true;
	return STO_OK;
}

static int check_age(const sto_op *op, struct sto_error *err)
{
	int64_t now_sec = op->gate->world->now_sec(op->gate->world->ctx);
	/* Both differences are of seconds since 1970 and far from overflow: created_sec was sealed by us. */
	int64_t age_sec = now_sec - op->state.created_sec;
	if (age_sec > STO_STATE_LIFETIME_SEC)
		return sto_fail(err, STO_STATE_EXPIRED, "begun %lld s ago", (long long)age_sec);
	if (age_sec < -STO_CLOCK_JUMP_SEC)
		return sto_fail(err, STO_STATE_EXPIRED, "begun %lld s from now: the clock jumped",
				(long long)-age_sec);
	return STO_OK;
}

/* A callback URL that was carried to another browser signs nobody in (RFC 9700 4.7). */
static int check_browser(const sto_op *op, struct sto_error *err)
{
	struct sto_span cookie;
	(void)sto_json_get_str(&cookie, op->request, "cookie");
	if (sto_marks_has(cookie, op->state.mark))
		return STO_OK;
	return sto_fail(err, STO_STATE_OTHER_BROWSER, "%s",
			cookie.len == 0 ? "the browser sent no cookie of ours"
					: "the browser's cookie lacks this login's mark");
}

/* Tokens in the address are the implicit flow, which is never asked for (RFC 9700 2.1.2). */
static int check_mixed(const sto_op *op, struct sto_error *err)
{
	static const char *const foreign[] = {"access_token", "id_token", "token_type"};
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (json_object_get(json_object_get(op->request, "params"), foreign[i]) != NULL)
			return sto_fail(err, STO_CALLBACK_MIXED, "%s in the callback", foreign[i]);
	return STO_OK;
}

static int check_code_or_error(const sto_op *op, struct sto_error *err)
{
	struct sto_span code, error, iss;
	int rc = take_param(&code, op, "code", err);
	if (rc == STO_OK)
		rc = take_param(&error, op, "error", err);
	if (rc == STO_OK)
		rc = take_param(&iss, op, "iss", err);
	if (rc == STO_OK && code.len == 0 && error.len == 0)
		rc = sto_fail(err, STO_CODE_MISSING, "neither code nor error");
	return rc;
}

/* --- the part that reaches the store and the provider */

static int mark_used(const sto_op *op, struct sto_error *err)
{
	const sto_gate *gate = op->gate;
	uint8_t key[STO_KEY_LEN];
	int rc = sto_keyring_mac(key, gate->ring, op->key_index, STO_PURPOSE_STORE,
				 sto_span_of(op->state.tx, STO_TX_LEN));
	if (rc != STO_OK)
		return rc;
	rc = gate->store.ops->put_if_absent(
		gate->store.ctx, sto_span_of(key, sizeof(key)), (struct sto_span){NULL, 0},
		op->state.created_sec + STO_STATE_LIFETIME_SEC + 2 * STO_CLOCK_JUMP_SEC,
		gate->world->now_sec(gate->world->ctx), err);
	return rc == STO_STORE_EXISTS ? sto_fail(err, STO_STATE_USED, "this state was used before") : rc;
}

static int provider_error(const sto_op *op, struct sto_span error, struct sto_error *err)
{
	struct sto_span text;
	if (take_param(&text, op, "error_description", NULL) != STO_OK)
		text = (struct sto_span){NULL, 0};
	int code =
		sto_span_equal(error, STO_SPAN("access_denied")) ? STO_PROVIDER_DENIED : STO_PROVIDER_ERROR;
	return sto_fail(err, code, "%.*s%s%.*s", (int)(error.len < 60 ? error.len : 60),
			(const char *)error.ptr, text.len > 0 ? ": " : "",
			(int)(text.len < 120 ? text.len : 120), text.len > 0 ? (const char *)text.ptr : "");
}

static int exchange(struct sto_oidc_result *out, const sto_op *op, struct sto_span code,
		    struct sto_error *err)
{
	const sto_gate *gate = op->gate;
	struct sto_buf nonce, verifier;
	sto_buf_init(&nonce, 43);
	sto_buf_init(&verifier, 43);
	int rc = sto_state_derive(&nonce, gate, op->key_index, STO_PURPOSE_NONCE, &op->state);
	if (rc == STO_OK)
		rc = sto_state_derive(&verifier, gate, op->key_index, STO_PURPOSE_VERIFIER, &op->state);
	struct sto_oidc_request request = {
		.redirect_uri = sto_buf_span(&gate->config.redirect_uri),
		.nonce = sto_buf_span(&nonce),
		.verifier = sto_buf_span(&verifier),
		.max_age_sec = op->state.max_age_sec,
	};
	if (rc == STO_OK)
		rc = sto_oidc_exchange(out, gate->oidc, code, &request, err);
	sto_buf_finish(&nonce);
	sto_buf_finish(&verifier);
	return rc;
}

static json_t *warnings(const sto_op *op, bool has_identity)
{
	struct sto_span field = op->gate->config.identity_field;
	if (has_identity)
		return json_array();
	return json_pack(
		"[o]",
		json_sprintf("the token has no claim %.*s (identity_field_in_token), so the identity is 'OK'",
			     (int)field.len, (const char *)field.ptr));
}

/* A session belongs to somebody: one that nothing names for good is none (userinfo alone can lack it). */
static int check_subject(const sto_gate *gate, const struct sto_oidc_result *result, struct sto_error *err)
{
	struct sto_span claim = gate->config.oidc.subject_claim;
	if (!gate->in_realm || result->subject.len > 0)
		return STO_OK;
	if (claim.len == 0)
		claim = STO_SPAN("sub");
	return sto_fail(err, STO_CLAIM_MISSING,
			"userinfo has no %.*s that names a person; set subject_claim to the claim that does",
			(int)(claim.len < 60 ? claim.len : 60), (const char *)claim.ptr);
}

static int accept(sto_op *op, struct sto_oidc_result *result)
{
	const sto_gate *gate = op->gate;
	bool has_identity = false;
	int rc = sto_login_new(&op->login, &has_identity, gate, result);
	if (rc != STO_OK)
		return rc;
	return sto_op_finish_ok(
		op, json_pack("{s:b, s:o, s:o, s:o}", "ok", 1, "path", sto_json_str(op->state.path), "query",
			      sto_json_str(op->state.query), "warnings", warnings(op, has_identity)));
}

static int reach_out(sto_op *op)
{
	struct sto_span code = {NULL, 0}, error = {NULL, 0}, iss = {NULL, 0};
	struct sto_oidc_result result;
	struct sto_error err = {0};
	sto_oidc_result_init(&result);
	int rc = take_param(&code, op, "code", &err);
	if (rc == STO_OK)
		rc = take_param(&error, op, "error", &err);
	if (rc == STO_OK)
		rc = take_param(&iss, op, "iss", &err);
	if (rc == STO_OK)
		rc = sto_oidc_prepare(op->gate->oidc, &err);
	/* RFC 9207 2.4: before anything else is done with the response. */
	if (rc == STO_OK)
		rc = sto_oidc_check_iss(op->gate->oidc, iss, &err);
	/* The state is spent from here on, whatever becomes of it, and before the code leaves this machine.
	 */
	if (rc == STO_OK)
		rc = mark_used(op, &err);
	if (rc == STO_OK && error.len > 0)
		rc = provider_error(op, error, &err);
	if (rc == STO_OK)
		rc = exchange(&result, op, code, &err);
	if (rc == STO_OK)
		rc = check_subject(op->gate, &result, &err);
	if (rc == STO_OK)
		rc = accept(op, &result);
	sto_oidc_result_finish(&result);
	return rc == STO_OK ? STO_OK : sto_op_refuse(op, rc, &err);
}

static int other_gate(sto_op *op)
{
	struct sto_buf id;
	sto_buf_init(&id, STO_GATE_ID_TEXT);
	int rc = sto_gate_id_text(&id, op->state.gate);
	if (rc == STO_OK)
		rc = sto_op_finish_ok(op, json_pack("{s:b, s:s, s:o}", "ok", 0, "reason",
						    sto_reason_of(STO_OTHER_GATE)->name, "gate",
						    sto_json_str(sto_buf_span(&id))));
	sto_buf_finish(&id);
	return rc;
}

static int first_step(sto_op *op)
{
	struct sto_error err = {0};
	if (op->request == NULL)
		return sto_op_refuse(op, STO_CALLBACK_BAD, NULL);
	int rc = open_state(op, &err);
	if (rc == STO_OK && !sto_span_equal(sto_span_of(op->state.gate, STO_GATE_ID_LEN),
					    sto_span_of(op->gate->id, STO_GATE_ID_LEN)))
		return other_gate(op);
	if (rc == STO_OK)
		rc = check_age(op, &err);
	if (rc == STO_OK)
		rc = check_browser(op, &err);
	if (rc == STO_OK)
		rc = check_mixed(op, &err);
	if (rc == STO_OK)
		rc = check_code_or_error(op, &err);
	if (rc != STO_OK)
		return sto_op_refuse(op, rc, &err);
	op->run = reach_out;
	return STO_OK;
}

int sto_gate_finish(sto_op **out, sto_gate *gate, struct sto_span request, struct sto_error *err)
{
	int rc = sto_op_new(out, gate, request, err);
	if (rc == STO_OK)
		(*out)->run = first_step;
	return rc;
}
