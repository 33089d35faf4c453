/* /auth/callback (and /oauth2callback): from the provider's answer to a session, or to why there is none. */
#include "base/json.h"
#include "gate/login.h"
#include "http/form.h"
#include "realm/visit.h"

#define HOOK_TEXT 300 /* characters of what a hook says to the visitor */

/* --- the parameters */

static int put_param(json_t *params, struct sto_span name, struct sto_span value)
{
	json_t *text = sto_json_str(value),
	       *list = json_object_getn(params, (const char *)name.ptr, name.len);
	if (list == NULL) {
		list = json_array();
		if (json_object_setn_new(params, (const char *)name.ptr, name.len, list) != 0) {
			json_decref(text);
			return STO_NO_MEMORY;
		}
	}
	return text != NULL && json_array_append_new(list, text) == 0 ? STO_OK : STO_NO_MEMORY;
}

static int read_params(json_t **out, const struct sto_visit *visit)
{
	struct sto_span rest = sto_buf_span(&visit->query);
	struct sto_buf name, value;
	int rc = STO_OK;
	sto_buf_init(&name, 256);
	sto_buf_init(&value, STO_LIMIT_FORM);
	*out = json_object();
	while (*out != NULL && (rc = sto_form_next(&name, &value, &rest)) == STO_OK)
		if (name.len > 0 &&
		    (rc = put_param(*out, sto_buf_span(&name), sto_buf_span(&value))) != STO_OK)
			break;
	sto_buf_finish(&name);
	sto_buf_finish(&value);
	return *out == NULL ? STO_NO_MEMORY : rc == STO_FORM_ABSENT ? STO_OK : rc;
}

/* --- the return from a sign-out at the provider */

static int to_signed_out(struct sto_visit *visit)
{
	struct sto_buf url;
	sto_buf_init(&url, STO_LIMIT_URL);
	int rc = sto_visit_own(&url, visit, "/auth/signed-out");
	if (rc == STO_OK)
		rc = sto_visit_redirect(visit, sto_buf_span(&url));
	sto_buf_finish(&url);
	return rc;
}

/* A state that is none of ours, or none at all, leads to a page that is safe whoever made it. */
static int after_logout(struct sto_visit *visit, struct sto_span state)
{
	json_t *content = NULL;
	struct sto_span next;
	int rc = sto_ticket_open(&content, visit->realm, STO_TICKET_RETURN, state);
	if (rc == STO_OK && sto_json_get_str(&next, content, "next") && sto_place_is_next(visit->realm, next))
		rc = sto_visit_redirect(visit, next);
	else
		rc = to_signed_out(visit);
	json_decref(content);
	return rc;
}

/* --- the session */

static bool exposes(const struct sto_visit *visit, enum sto_exposed_token token)
{
	return (visit->realm->config.expose_tokens & (unsigned)token) != 0;
}

/* What the session keeps: of the tokens only those that somebody may ask for, and the ID token as the hint of
 * a sign-out at the provider. */
static void fill(struct sto_session_record *record, const struct sto_visit *visit)
{
	const struct sto_login_session *from = sto_login_session(visit->login);
	sto_session_record_init(record);
	record->issuer = from->issuer;
	record->subject = from->subject;
	record->provider = visit->realm->config.providers[visit->gate].name;
	record->sid = from->sid;
	record->acr = from->acr;
	record->device = sto_buf_span(&visit->device);
	record->claims = sto_login_claims(visit->login);
	record->id_token = from->id_token;
	record->auth_time_sec = from->auth_time_sec;
	record->access_expires_sec = from->access_expires_sec;
	if (exposes(visit, STO_EXPOSE_ACCESS)) {
		record->access_token = from->access_token;
		record->refresh_token = from->refresh_token;
	}
}

/* The path and the query that the login began with, as one. */
static int put_next(struct sto_visit *visit)
{
	struct sto_span path, query;
	sto_buf_clear(&visit->next);
	if (!sto_json_get_str(&path, visit->result, "path") || path.len == 0)
		return sto_visit_home(&visit->next, visit);
	(void)sto_json_get_str(&query, visit->result, "query");
	int rc = sto_buf_put(&visit->next, path);
	if (rc == STO_OK && query.len > 0 && query.ptr[0] != '#')
		rc = sto_buf_put_byte(&visit->next, '?');
	if (rc == STO_OK)
		rc = sto_buf_put(&visit->next, query);
	if (rc == STO_OK && sto_place_is_next(visit->realm, sto_buf_span(&visit->next)))
		return STO_OK;
	sto_buf_clear(&visit->next);
	return sto_visit_home(&visit->next, visit);
}

static int welcome(struct sto_visit *visit, struct sto_span cookie)
{
	int rc = sto_visit_event(visit, "login_succeeded", NULL);
	if (rc == STO_OK)
		rc = put_next(visit);
	if (rc == STO_OK)
		rc = sto_visit_redirect(visit, sto_buf_span(&visit->next));
	return rc != STO_OK
		       ? rc
		       : sto_visit_set_cookie(visit, STO_COOKIE_SESSION, cookie,
					      sto_session_max_age(visit->realm->sessions, &visit->session));
}

static int create(struct sto_visit *visit, struct sto_error *err)
{
	const sto_realm *realm = visit->realm;
	struct sto_session_record identity;
	struct sto_buf cookie, old;
	int64_t end_sec = realm->config.follow_provider ? sto_login_session(visit->login)->token_end_sec
							: STO_TIME_NONE;
	sto_buf_init(&cookie, STO_LIMIT_SEALED_COOKIE);
	sto_buf_init(&old, STO_LIMIT_SEALED_COOKIE);
	fill(&identity, visit);
	/* CS-06: whoever was signed in before goes in the same transaction. */
	int rc = sto_buf_put(&old, sto_buf_span(visit->signed_in ? &visit->cookie : &visit->dead_cookie));
	sto_session_finish(&visit->session);
	visit->signed_in = false;
	if (rc == STO_OK)
		rc = sto_session_create(&cookie, &visit->session, realm->sessions, sto_buf_span(&old),
					&identity, end_sec, err);
	if (rc == STO_OK)
		rc = sto_session_name(&visit->session, realm->sessions);
	if (rc == STO_OK) {
		visit->signed_in = true;
		rc = welcome(visit, sto_buf_span(&cookie));
	}
	sto_buf_finish(&cookie);
	sto_buf_finish(&old);
	return rc;
}

static int create_on_worker(sto_op *op)
{
	return sto_visit_step(op->host, create);
}

/* --- the hook */

/* "no", with a sentence for the visitor if the hook has one. */
static int deny(struct sto_visit *visit, const json_t *reply, struct sto_error *err)
{
	const struct sto_reason *reason = sto_reason_of(STO_HOOK_DENIED);
	struct sto_span message;
	char reference[STO_REFERENCE + 1];
	if (!sto_json_get_str(&message, reply, "message") || message.len == 0 || message.len > HOOK_TEXT)
		return sto_fail(err, STO_HOOK_DENIED, "on_login() said no");
	int rc = sto_reference_make(reference, visit->realm->world);
	if (rc != STO_OK)
		return rc;
	json_t *refusal = json_pack("{s:s, s:s, s:o, s:s, s:s, s:s}", "reason", reason->name, "group",
				    sto_group_name(reason->group), "sentence", sto_json_str(message), "hint",
				    reason->hint, "detail", "", "reference", reference);
	rc = refusal == NULL ? STO_NO_MEMORY : sto_visit_refuse_as(visit, refusal);
	json_decref(refusal);
	return rc;
}

static int replied(struct sto_visit *visit, struct sto_error *err)
{
	json_t *reply = NULL;
	int rc = sto_json_parse_object(&reply, sto_buf_span(&visit->op->reply), NULL);
	const json_t *allow = json_object_get(reply, "allow");
	if (rc != STO_OK || !json_is_boolean(allow))
		rc = sto_fail(err, STO_HOOK_FAILED, "on_login() gave no answer that can be read");
	else if (json_is_true(allow))
		sto_visit_go_on(visit, create_on_worker);
	else
		rc = deny(visit, reply, err);
	json_decref(reply);
	return rc;
}

static int take_reply(sto_op *op)
{
	return sto_visit_step(op->host, replied);
}

static int ask(struct sto_visit *visit)
{
	const struct sto_login_session *session = sto_login_session(visit->login);
	json_t *claims = NULL;
	int rc = sto_json_parse_object(&claims, sto_login_claims(visit->login), NULL);
	json_t *question =
		rc != STO_OK ? NULL
			     : json_pack("{s:s, s:o, s:o, s:o, s:O}", "question", "on_login", "provider",
					 sto_json_str(visit->realm->config.providers[visit->gate].name),
					 "issuer", sto_json_str(session->issuer), "subject",
					 sto_json_str(session->subject), "claims", claims);
	if (rc == STO_OK)
		rc = question == NULL ? STO_NO_MEMORY : sto_json_dump(&visit->op->question, question);
	if (rc == STO_OK)
		sto_visit_go_on(visit, take_reply);
	json_decref(claims);
	json_decref(question);
	return rc;
}

/* --- the gate's answer */

/* The same callback twice, by a reload or a double click; or one of several tabs that began at the same
 * moment, of which the last one's random is in the cookie: who is signed in by the other goes where this one
 * led. */
static bool is_overtaken(const struct sto_visit *visit, struct sto_span reason)
{
	static const int codes[] = {STO_STATE_USED, STO_STATE_OTHER_BROWSER};
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]) && visit->signed_in; i++)
		if (sto_span_equal(reason, sto_span_str(sto_reason_of(codes[i])->name)))
			return true;
	return false;
}

static int again(struct sto_visit *visit)
{
	int rc = put_next(visit);
	return rc != STO_OK ? rc : sto_visit_redirect(visit, sto_buf_span(&visit->next));
}

static int refused(struct sto_visit *visit)
{
	struct sto_span reason;
	(void)sto_json_get_str(&reason, visit->result, "reason");
	if (is_overtaken(visit, reason))
		return again(visit);
	int rc = put_next(visit);
	return rc != STO_OK ? rc : sto_visit_refuse_as(visit, visit->result);
}

static int accepted(struct sto_visit *visit, struct sto_error *err)
{
	visit->login = sto_op_take_login(visit->inner);
	if (visit->login == NULL)
		return sto_fail(err, STO_INTERNAL, "a sign-in without a login");
	if (sto_login_session(visit->login)->subject.len == 0)
		return sto_fail(err, STO_NO_SUBJECT, "no subject in the token or userinfo answer");
	if (visit->realm->asks_login)
		return ask(visit);
	sto_visit_go_on(visit, create_on_worker);
	return STO_OK;
}

static int finish_with(struct sto_visit *visit, size_t gate, struct sto_error *err);

static int other_gate(struct sto_visit *visit, struct sto_error *err)
{
	struct sto_span id;
	(void)sto_json_get_str(&id, visit->result, "gate");
	for (size_t i = 0; i < visit->realm->n_gates; i++)
		if (i != visit->gate && sto_span_equal(sto_gate_id(visit->realm->gates[i]), id))
			return finish_with(visit, i, err);
	return sto_fail(err, STO_OTHER_GATE, "the provider that began this sign-in is no longer configured");
}

static int go_on(struct sto_visit *visit, struct sto_error *err);

static int worker(sto_op *op)
{
	return sto_visit_step(op->host, go_on);
}

static int go_on(struct sto_visit *visit, struct sto_error *err)
{
	struct sto_span reason;
	if (sto_op_step(visit->inner) != STO_STEP_DONE) {
		sto_visit_go_on(visit, worker);
		return STO_OK;
	}
	json_decref(visit->result);
	visit->result = NULL;
	int rc = sto_json_parse_object(&visit->result, sto_op_result(visit->inner), err);
	if (rc != STO_OK)
		return rc;
	if (json_is_true(json_object_get(visit->result, "ok")))
		return accepted(visit, err);
	(void)sto_json_get_str(&reason, visit->result, "reason");
	if (sto_span_equal(reason, sto_span_str(sto_reason_of(STO_OTHER_GATE)->name)))
		return other_gate(visit, err);
	return refused(visit);
}

/* Each gate opens a state of any other of this app and says whose it is; nothing is sent to a provider before
 * the right one has it (RFC 9700 4.4). */
static int finish_with(struct sto_visit *visit, size_t gate, struct sto_error *err)
{
	struct sto_buf text;
	json_t *params = NULL;
	sto_buf_init(&text, 4 * STO_LIMIT_FORM);
	int rc = read_params(&params, visit);
	json_t *request =
		rc != STO_OK ? NULL
			     : json_pack("{s:o, s:O}", "cookie", sto_visit_marks(visit), "params", params);
	if (rc == STO_OK)
		rc = request == NULL ? STO_NO_MEMORY : sto_json_dump(&text, request);
	sto_op_free(visit->inner);
	visit->inner = NULL;
	visit->gate = gate;
	if (rc == STO_OK)
		rc = sto_gate_finish(&visit->inner, visit->realm->gates[gate], sto_buf_span(&text), err);
	json_decref(request);
	json_decref(params);
	sto_buf_finish(&text);
	return rc != STO_OK ? rc : go_on(visit, err);
}

/* A page of the app may be the redirect URI; without an answer in its query it is that page. */
static bool is_answer(const json_t *params)
{
	return json_object_get(params, "code") != NULL || json_object_get(params, "error") != NULL;
}

static bool is_usual(const struct sto_visit *visit)
{
	struct sto_span inner = sto_place_below(visit->realm, sto_buf_span(&visit->path));
	return sto_span_equal(inner, STO_SPAN("/auth/callback")) ||
	       sto_span_equal(inner, STO_SPAN("/oauth2callback"));
}

int sto_visit_callback(struct sto_visit *visit, struct sto_error *err)
{
	struct sto_span state = {NULL, 0};
	json_t *params = NULL;
	if (!visit->get)
		return sto_fail(err, STO_METHOD_NOT_ALLOWED,
				"the callback takes GET: response_mode is query");
	int rc = read_params(&params, visit);
	bool answer = is_answer(params), usual = is_usual(visit);
	if (rc == STO_OK && !answer && !usual && json_object_get(params, "state") == NULL) {
		visit->place = STO_PLACE_PAGE;
		rc = sto_visit_guard(visit, err);
	} else if (rc == STO_OK && !answer) {
		const json_t *first = json_array_get(json_object_get(params, "state"), 0);
		if (json_is_string(first))
			state = sto_span_of(json_string_value(first), json_string_length(first));
		rc = after_logout(visit, state);
	} else if (rc == STO_OK) {
		rc = finish_with(visit, 0, err);
	}
	json_decref(params);
	return rc;
}
