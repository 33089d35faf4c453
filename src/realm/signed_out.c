/* /auth/signed-out: where open tabs go when their session ends. `why` is "expired", "revoked", or nothing. */
#include "realm/visit.h"

static enum sto_page_signed_out_why why_of(struct sto_span text)
{
	if (sto_span_equal(text, STO_SPAN("expired")))
		return STO_PAGE_EXPIRED;
	return sto_span_equal(text, STO_SPAN("revoked")) ? STO_PAGE_REVOKED : STO_PAGE_SIGNED_OUT;
}

int sto_visit_signed_out(struct sto_visit *visit, struct sto_error *err)
{
	struct sto_page page;
	struct sto_buf why, login, home;
	if (!visit->get && !visit->head)
		return sto_fail(err, STO_METHOD_NOT_ALLOWED, "/auth/signed-out takes GET");
	sto_buf_init(&why, 16);
	sto_buf_init(&login, STO_LIMIT_URL);
	sto_buf_init(&home, STO_LIMIT_URL);
	int rc = sto_visit_param(&why, visit, "why", NULL);
	if (rc == STO_FORM_DUPLICATE || rc == STO_FORM_MALFORMED || rc == STO_TOO_LARGE)
		rc = STO_OK; /* the plain page will do */
	if (rc == STO_OK)
		rc = sto_visit_own(&login, visit, "/auth/login?next=");
	if (rc == STO_OK && sto_access_of(visit->realm, STO_SPAN("/"), NULL) == STO_ACCESS_ALLOWED)
		rc = sto_visit_home(&home, visit);
	if (rc == STO_OK)
		rc = sto_visit_frame(&page, visit);
	if (rc == STO_OK)
		rc = sto_page_signed_out(&visit->document, &page, why_of(sto_buf_span(&why)),
					 sto_buf_span(&login), sto_buf_span(&home));
	if (rc == STO_OK)
		rc = sto_visit_page(visit, 200);
	sto_buf_finish(&why);
	sto_buf_finish(&login);
	sto_buf_finish(&home);
	return rc;
}
