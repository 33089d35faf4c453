/* Audit events: what happened, without a token, code or cookie. */
#include "base/base64url.h"
#include "base/json.h"
#include "realm/visit.h"

int sto_user_id_put(struct sto_buf *out, const struct sto_session_record *record)
{
	int rc = sto_buf_put(out, record->provider);
	if (rc == STO_OK)
		rc = sto_buf_put_byte(out, ':');
	return rc != STO_OK ? rc : sto_buf_put(out, record->subject);
}

static json_t *user_json(const struct sto_session_record *record)
{
	struct sto_buf text;
	json_t *json = NULL;
	sto_buf_init(&text, 2 * STO_LIMIT_SESSION_NAME + 1);
	if (sto_user_id_put(&text, record) == STO_OK)
		json = sto_json_str(sto_buf_span(&text));
	sto_buf_finish(&text);
	return json;
}

/* The beginning of the session's name: enough to tell sessions apart in a log, of no use for anything else.
 */
static json_t *session_json(const struct sto_session *session)
{
	struct sto_buf text;
	json_t *json = NULL;
	sto_buf_init(&text, sto_base64url_encoded_len(6));
	if (sto_base64url_encode(&text, sto_span_of(session->id, 6)) == STO_OK)
		json = sto_json_str(sto_buf_span(&text));
	sto_buf_finish(&text);
	return json;
}

/* Whether the event is of a sign-in that has made nobody yet: whoever is signed in beside it has no part in
 * it. */
static bool is_attempt(const struct sto_visit *visit, struct sto_span event)
{
	return (visit->place == STO_PLACE_LOGIN || visit->place == STO_PLACE_CALLBACK) &&
	       !sto_span_equal(event, STO_SPAN("login_succeeded"));
}

static bool put_who(json_t *one, const struct sto_visit *visit, bool attempt)
{
	const struct sto_session_record *record = &visit->session.record;
	if (attempt)
		return visit->gate >= visit->realm->n_gates ||
		       json_object_set_new(one, "provider",
					   sto_json_str(visit->realm->config.providers[visit->gate].name)) ==
			       0;
	return !visit->signed_in ||
	       (json_object_set_new(one, "user", user_json(record)) == 0 &&
		json_object_set_new(one, "provider", sto_json_str(record->provider)) == 0 &&
		json_object_set_new(one, "session", session_json(&visit->session)) == 0);
}

int sto_visit_event(struct sto_visit *visit, const char *event, json_t *more)
{
	json_t *one = json_pack("{s:s}", "event", event);
	bool fine = one != NULL;
	if (fine && more != NULL)
		fine = json_object_update(one, more) == 0;
	if (fine)
		fine = put_who(one, visit, is_attempt(visit, sto_span_str(event)));
	if (fine && visit->device.len > 0)
		fine = json_object_set_new(one, "device", sto_json_str(sto_buf_span(&visit->device))) == 0;
	if (visit->events == NULL)
		visit->events = json_array();
	json_decref(more);
	if (!fine) {
		json_decref(one);
		return STO_NO_MEMORY;
	}
	return json_array_append_new(visit->events, one) == 0 ? STO_OK : STO_NO_MEMORY;
}
