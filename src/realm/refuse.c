#include "base/json.h"
#include "http/url.h"
#include "realm/visit.h"

/* The status of a refusal, by its reason and group. */
static int status_of(int code, enum sto_group group)
{
	switch (code) {
	case STO_LOGIN_REQUIRED:
		return 401;
	case STO_METHOD_NOT_ALLOWED:
		return 405;
	case STO_FORBIDDEN:
	case STO_CROSS_SITE:
	case STO_HOOK_DENIED:
		return 403;
	case STO_OTHER_GATE: /* of the set-up, but it is the link that is too old */
		return 400;
	default:
		break;
	}
	switch (group) {
	case STO_GROUP_TRANSPORT:
		return 502;
	case STO_GROUP_STORE:
		return 503;
	case STO_GROUP_INTERNAL:
	case STO_GROUP_USAGE:
	case STO_GROUP_CONFIG:
		return 500;
	case STO_GROUP_DENIED:
	case STO_GROUP_CLAIMS:
	case STO_GROUP_CRYPTO:
		return 403;
	case STO_GROUP_MALFORMED:
	case STO_GROUP_EXPIRED:
	case STO_GROUP_REPLAY:
		break;
	}
	return 400;
}

static int code_of_reason(struct sto_span name)
{
	const struct sto_reason *reason;
	for (size_t i = 0; (reason = sto_reason_at(i)) != NULL; i++)
		if (sto_span_equal(sto_span_str(reason->name), name))
			return reason->code;
	return STO_INTERNAL;
}

static struct sto_span text_of(const json_t *refusal, const char *name)
{
	struct sto_span text;
	(void)sto_json_get_str(&text, refusal, name);
	return text;
}

/* What it was that did not work. */
struct refused {
	const char *event, *title, *retry, *retry_label;
};

static struct refused refused_at(enum sto_place place)
{
	switch (place) {
	case STO_PLACE_LOGIN:
		return (struct refused){"login_not_begun", "You are not signed in", "/auth/login",
					"Sign in again"};
	case STO_PLACE_CALLBACK:
		return (struct refused){"login_refused", "You are not signed in", "/auth/login",
					"Sign in again"};
	case STO_PLACE_LOGOUT:
		return (struct refused){"sign_out_refused", "You are not signed out", "/auth/logout",
					"Sign out"};
	default:
		return (struct refused){"request_refused", "This page cannot be shown", "/auth/login",
					"Sign in again"};
	}
}

/* The same endpoint without its parameters, but with where the visitor wanted to go. */
static int put_retry(struct sto_buf *out, const struct sto_visit *visit)
{
	int rc = sto_visit_own(out, visit, refused_at(visit->place).retry);
	if (rc != STO_OK || visit->next.len == 0)
		return rc;
	rc = sto_buf_put_str(out, "?next=");
	return rc != STO_OK ? rc : sto_url_put_escaped(out, sto_buf_span(&visit->next));
}

static int write_page(struct sto_visit *visit, const json_t *refusal, int code, int status)
{
	struct refused what = refused_at(visit->place);
	struct sto_page page;
	struct sto_buf retry;
	bool again = code != STO_METHOD_NOT_ALLOWED && code != STO_HOOK_DENIED;
	sto_buf_init(&retry, STO_LIMIT_URL);
	sto_buf_clear(&visit->document);
	int rc = sto_visit_frame(&page, visit);
	if (rc == STO_OK && again)
		rc = put_retry(&retry, visit);
	struct sto_page_refusal content = {
		.title = sto_span_str(what.title),
		.sentence = text_of(refusal, "sentence"),
		.reference = text_of(refusal, "reference"),
		.hint = visit->in_full ? text_of(refusal, "hint") : (struct sto_span){NULL, 0},
		.detail = visit->in_full ? text_of(refusal, "detail") : (struct sto_span){NULL, 0},
		.retry = sto_buf_span(&retry),
		.retry_label = sto_span_str(what.retry_label),
	};
	if (rc == STO_OK)
		rc = sto_page_refused(&visit->document, &page, &content);
	if (rc == STO_OK)
		rc = sto_visit_page(visit, status);
	sto_buf_finish(&retry);
	return rc;
}

static int write_json(struct sto_visit *visit, const json_t *refusal, int status)
{
	return sto_visit_json(visit, status,
			      json_pack("{s:O, s:O, s:O}", "error", json_object_get(refusal, "reason"),
					"message", json_object_get(refusal, "sentence"), "reference",
					json_object_get(refusal, "reference")));
}

int sto_visit_refuse_as(struct sto_visit *visit, const json_t *refusal)
{
	static const char *const told[] = {"reason", "group", "hint", "detail", "reference"};
	int code = code_of_reason(text_of(refusal, "reason"));
	int status = status_of(code, sto_reason_of(code)->group);
	json_t *more = json_object();
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		json_t *value = json_object_get(refusal, told[i]);
		if (value != NULL && json_object_set(more, told[i], value) != 0) {
			json_decref(more);
			return STO_NO_MEMORY;
		}
	}
	visit->response.n_headers = 0;
	int rc = sto_visit_event(visit, refused_at(visit->place).event, more);
	if (rc != STO_OK)
		return rc;
	return visit->wants_page || visit->place == STO_PLACE_CALLBACK
		       ? write_page(visit, refusal, code, status)
		       : write_json(visit, refusal, status);
}

/* What remains where not even the page can be written. */
static void bare(struct sto_visit *visit)
{
	visit->response = (struct sto_response){.verdict = STO_VERDICT_RESPOND, .status = 500};
}

static json_t *printable(const char *text)
{
	json_t *json = json_string(text);
	return json != NULL ? json : json_string("");
}

void sto_visit_refuse(struct sto_visit *visit, int code, const struct sto_error *err)
{
	const struct sto_reason *reason = sto_reason_of(code);
	char reference[STO_REFERENCE + 1];
	visit->op->run = NULL;
	if (sto_reference_make(reference, visit->realm->world) != STO_OK)
		reason = sto_reason_of(STO_NO_RANDOM);
	json_t *refusal =
		json_pack("{s:s, s:s, s:s, s:s, s:o, s:s}", "reason", reason->name, "group",
			  sto_group_name(reason->group), "sentence", reason->visitor, "hint", reason->hint,
			  "detail", printable(err == NULL ? "" : err->detail), "reference", reference);
	if (refusal == NULL || sto_visit_refuse_as(visit, refusal) != STO_OK)
		bare(visit);
	json_decref(refusal);
}
