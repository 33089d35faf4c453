/* What becomes of a request that is not for us: pages, what belongs to them, and the WebSocket. */
#include "http/escape.h"
#include "http/url.h"
#include "realm/visit.h"

static const struct sto_session_record *record_of(const struct sto_visit *visit)
{
	return visit->signed_in ? &visit->session.record : NULL;
}

/* Whether everybody who reads the path sees this page: an escape that is left, or the beginning of
 * parameters, a query or a fragment, may be dropped by one reader and kept by another. */
static bool is_one_page(struct sto_span page)
{
	for (size_t i = 0; i < page.len; i++)
		if (page.ptr[i] == '%' || page.ptr[i] == ';' || page.ptr[i] == '?' || page.ptr[i] == '#')
			return false;
	return true;
}

/* What the rules say of the path. One that two readers could take for different pages needs what every page
 * needs. */
static enum sto_access access_of(const struct sto_visit *visit)
{
	struct sto_span path = sto_buf_span(&visit->path);
	struct sto_buf page;
	if (!sto_url_is_local_path(path))
		return sto_access_everywhere(visit->realm, record_of(visit));
	sto_buf_init(&page, STO_LIMIT_URL);
	enum sto_access access = STO_ACCESS_LOGIN;
	if (sto_escape_take_off(&page, sto_place_below(visit->realm, path)) == STO_OK)
		access = is_one_page(sto_buf_span(&page))
				 ? sto_access_of(visit->realm, sto_buf_span(&page), record_of(visit))
				 : sto_access_everywhere(visit->realm, record_of(visit));
	sto_buf_finish(&page);
	return access;
}

/* Path and query as they came, where somebody can be sent there afterwards. */
static int put_wanted(struct sto_buf *out, const struct sto_visit *visit)
{
	int rc = sto_buf_put(out, sto_buf_span(&visit->path));
	if (rc == STO_OK && visit->query.len > 0)
		rc = sto_buf_put_byte(out, '?');
	if (rc == STO_OK)
		rc = sto_buf_put(out, sto_buf_span(&visit->query));
	if (rc == STO_OK && sto_place_is_next(visit->realm, sto_buf_span(out)))
		return STO_OK;
	sto_buf_clear(out);
	return sto_visit_home(out, visit);
}

static int to_login(struct sto_visit *visit)
{
	struct sto_buf url, next;
	sto_buf_init(&url, STO_LIMIT_URL);
	sto_buf_init(&next, STO_LIMIT_URL);
	int rc = put_wanted(&next, visit);
	if (rc == STO_OK)
		rc = sto_visit_own(&url, visit, "/auth/login?next=");
	if (rc == STO_OK)
		rc = sto_url_put_escaped(&url, sto_buf_span(&next));
	if (rc == STO_TOO_LARGE) {
		sto_buf_clear(&url);
		rc = sto_visit_own(&url, visit, "/auth/login");
	}
	if (rc == STO_OK)
		rc = sto_visit_redirect(visit, sto_buf_span(&url));
	sto_buf_finish(&url);
	sto_buf_finish(&next);
	return rc;
}

static int deny_by_json(struct sto_visit *visit, int code, int status)
{
	const struct sto_reason *reason = sto_reason_of(code);
	return sto_visit_json(visit, status,
			      json_pack("{s:s, s:s}", "error", reason->name, "message", reason->visitor));
}

static int forbid_page(struct sto_visit *visit)
{
	struct sto_page page;
	struct sto_buf name, sign_out;
	sto_buf_init(&name, 2 * STO_LIMIT_SESSION_NAME + 1);
	sto_buf_init(&sign_out, STO_LIMIT_URL);
	int rc = sto_user_id_put(&name, &visit->session.record);
	if (rc == STO_OK)
		rc = sto_visit_own(&sign_out, visit, "/auth/logout");
	if (rc == STO_OK)
		rc = sto_visit_frame(&page, visit);
	if (rc == STO_OK)
		rc = sto_page_forbidden(&visit->document, &page, sto_buf_span(&name),
					sto_buf_span(&sign_out));
	if (rc == STO_OK)
		rc = sto_visit_page(visit, 403);
	sto_buf_finish(&name);
	sto_buf_finish(&sign_out);
	return rc;
}

static int forbid(struct sto_visit *visit)
{
	int rc = sto_visit_event(visit, "access_denied",
				 json_pack("{s:s}", "reason", sto_reason_of(STO_FORBIDDEN)->name));
	if (rc != STO_OK)
		return rc;
	return visit->wants_page ? forbid_page(visit) : deny_by_json(visit, STO_FORBIDDEN, 403);
}

static int judge(struct sto_visit *visit, enum sto_access access)
{
	switch (access) {
	case STO_ACCESS_ALLOWED:
		return sto_visit_pass(visit);
	case STO_ACCESS_FORBIDDEN:
		return forbid(visit);
	case STO_ACCESS_LOGIN:
		break;
	}
	if (visit->wants_page && (visit->get || visit->head) && visit->place == STO_PLACE_PAGE)
		return to_login(visit);
	return deny_by_json(visit, STO_LOGIN_REQUIRED, 401);
}

/* The front end asks there for health and host-config, and must fail to go on with the root's. */
static int nested(struct sto_visit *visit)
{
	if (visit->signed_in || sto_access_has_public(visit->realm))
		return sto_visit_pass(visit);
	return sto_visit_json(visit, 404, json_pack("{s:s}", "error", "not_found"));
}

/* A socket of somebody who may see no page at all belongs to a tab whose session is over. */
static int stream(struct sto_visit *visit)
{
	struct sto_buf url;
	/* Another origin's page opens no socket of somebody here, whatever cookie its browser sends along
	 * (RFC 6455 section 10.2). */
	if ((visit->signed_in || visit->unknown) && visit->origin.len > 0 && !sto_visit_is_our_origin(visit))
		return deny_by_json(visit, STO_CROSS_SITE, 403);
	if (visit->signed_in || sto_access_has_public(visit->realm))
		return sto_visit_pass(visit);
	sto_buf_init(&url, STO_LIMIT_URL);
	int rc = sto_visit_own(&url, visit, "/auth/signed-out?why=expired");
	if (rc == STO_OK)
		rc = sto_visit_leave(visit, sto_buf_span(&url));
	sto_buf_finish(&url);
	return rc;
}

int sto_visit_guard(struct sto_visit *visit, struct sto_error *err)
{
	(void)err;
	switch (visit->place) {
	case STO_PLACE_STREAM:
		return visit->kind == STO_REQUEST_SOCKET ? stream(visit) : judge(visit, access_of(visit));
	case STO_PLACE_SPELLING:
		return sto_visit_json(visit, 404, json_pack("{s:s}", "error", "not_found"));
	case STO_PLACE_NESTED:
		return nested(visit);
	case STO_PLACE_AGENT:
		return judge(visit, sto_access_everywhere(visit->realm, record_of(visit)));
	case STO_PLACE_RESOURCE:
		return judge(visit, visit->signed_in || sto_access_has_public(visit->realm)
					    ? STO_ACCESS_ALLOWED
					    : STO_ACCESS_LOGIN);
	default:
		return judge(visit, access_of(visit));
	}
}
