/* An app whose configuration is wrong is closed: it says so, and nothing else. */
#include "base/json.h"
#include "realm/visit.h"

static int page(struct sto_visit *visit)
{
	const sto_realm *realm = visit->realm;
	struct sto_page frame;
	int rc = sto_visit_frame(&frame, visit);
	if (rc == STO_OK)
		rc = sto_page_set_up(&visit->document, &frame, sto_buf_span(&realm->findings),
				     sto_span_str(realm->reference), visit->in_full);
	/* A visitor quotes the reference: the log says what it means. */
	if (rc == STO_OK)
		rc = sto_visit_event(visit, "app_closed",
				     json_pack("{s:s, s:s}", "reason", sto_reason_of(STO_CONFIG_WRONG)->name,
					       "reference", realm->reference));
	return rc != STO_OK ? rc : sto_visit_page(visit, 503);
}

static int json(struct sto_visit *visit)
{
	const struct sto_reason *reason = sto_reason_of(STO_CONFIG_WRONG);
	return sto_visit_json(visit, 503,
			      json_pack("{s:s, s:s, s:s}", "error", reason->name, "message", reason->visitor,
					"reference", visit->realm->reference));
}

int sto_visit_closed(struct sto_visit *visit, struct sto_error *err)
{
	struct sto_buf home;
	(void)err;
	if (visit->kind != STO_REQUEST_SOCKET)
		return visit->wants_page ? page(visit) : json(visit);
	sto_buf_init(&home, STO_LIMIT_URL);
	int rc = sto_visit_home(&home, visit);
	if (rc == STO_OK)
		rc = sto_visit_leave(visit, sto_buf_span(&home));
	sto_buf_finish(&home);
	return rc;
}
