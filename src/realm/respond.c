#include "base/base64url.h"
#include "base/json.h"
#include "http/cookie.h"
#include "realm/visit.h"

int sto_visit_header(struct sto_visit *visit, const char *name, struct sto_span value)
{
	size_t n = visit->response.n_headers;
	if (n == STO_VISIT_HEADERS)
		return STO_INTERNAL;
	/* CWE-113: nothing of ours holds a line's end, and nothing of a visitor's may. */
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < 0x20 || value.ptr[i] == 0x7f)
			return STO_INTERNAL;
	sto_buf_clear(&visit->values[n]);
	int rc = sto_buf_put(&visit->values[n], value);
	if (rc != STO_OK)
		return rc;
	visit->headers[n] = (struct sto_header){sto_span_str(name), sto_buf_span(&visit->values[n])};
	visit->response.headers = visit->headers;
	visit->response.n_headers = n + 1;
	return STO_OK;
}

/* What every response of ours says: nobody keeps it, nobody guesses its type, and no address of ours leaks.
 */
static int put_common(struct sto_visit *visit, int status)
{
	visit->response.verdict = STO_VERDICT_RESPOND;
	visit->response.status = status;
	int rc = sto_visit_header(visit, "cache-control", STO_SPAN("no-store"));
	if (rc == STO_OK)
		rc = sto_visit_header(visit, "x-content-type-options", STO_SPAN("nosniff"));
	/* Under no-referrer a form's Origin would be "null", and the sign-out page has a form. */
	struct sto_span policy =
		visit->place == STO_PLACE_LOGOUT ? STO_SPAN("same-origin") : STO_SPAN("no-referrer");
	return rc != STO_OK ? rc : sto_visit_header(visit, "referrer-policy", policy);
}

int sto_visit_pass(struct sto_visit *visit)
{
	visit->response.verdict = STO_VERDICT_PASS;
	if (visit->signed_in || visit->unknown)
		visit->response.cookie = sto_buf_span(&visit->cookie);
	if (visit->signed_in) {
		visit->response.session_id = sto_span_of(visit->session.id, STO_SESSION_ID_LEN);
		visit->response.end_sec = visit->session.end_sec;
	}
	return STO_OK;
}

int sto_visit_leave(struct sto_visit *visit, struct sto_span location)
{
	sto_buf_clear(&visit->location);
	int rc = sto_buf_put(&visit->location, location);
	visit->response.verdict = STO_VERDICT_LEAVE;
	visit->response.location = sto_buf_span(&visit->location);
	return rc;
}

int sto_visit_redirect(struct sto_visit *visit, struct sto_span location)
{
	int rc = put_common(visit, 302);
	return rc != STO_OK ? rc : sto_visit_header(visit, "location", location);
}

static int put_body(struct sto_visit *visit)
{
	struct sto_buf length;
	sto_buf_init(&length, 20);
	int rc = sto_buf_put_u64(&length, visit->document.len);
	if (rc == STO_OK)
		rc = sto_visit_header(visit, "content-length", sto_buf_span(&length));
	if (!visit->head)
		visit->response.body = sto_buf_span(&visit->document);
	sto_buf_finish(&length);
	return rc;
}

int sto_visit_json(struct sto_visit *visit, int status, json_t *content)
{
	sto_buf_clear(&visit->document);
	int rc = content == NULL ? STO_NO_MEMORY : sto_json_dump(&visit->document, content);
	json_decref(content);
	if (rc == STO_OK)
		rc = put_common(visit, status);
	if (rc == STO_OK)
		rc = sto_visit_header(visit, "content-type", STO_SPAN("application/json"));
	return rc != STO_OK ? rc : put_body(visit);
}

int sto_visit_frame(struct sto_page *page, struct sto_visit *visit)
{
	uint8_t random[16];
	struct sto_buf text;
	const struct sto_world *world = visit->realm->world;
	sto_buf_init(&text, sizeof(visit->nonce) - 1);
	int rc = world->random(world->ctx, random, sizeof(random));
	if (rc == STO_OK)
		rc = sto_base64url_encode(&text, sto_span_of(random, sizeof(random)));
	for (size_t i = 0; rc == STO_OK && i < text.len; i++)
		visit->nonce[i] = (char)text.data[i];
	sto_buf_finish(&text);
	sto_buf_clear(&visit->location);
	if (rc == STO_OK)
		rc = sto_visit_home(&visit->location, visit);
	*page = (struct sto_page){.nonce = sto_span_str(visit->nonce),
				  .home = sto_buf_span(&visit->location)};
	return rc;
}

int sto_visit_page(struct sto_visit *visit, int status)
{
	struct sto_buf policy;
	sto_buf_init(&policy, 1024);
	int rc = put_common(visit, status);
	if (rc == STO_OK)
		rc = sto_page_policy(&policy, sto_span_str(visit->nonce), sto_buf_span(&visit->form_to));
	if (rc == STO_OK)
		rc = sto_visit_header(visit, "content-security-policy", sto_buf_span(&policy));
	if (rc == STO_OK)
		rc = sto_visit_header(visit, "x-frame-options", STO_SPAN("DENY"));
	if (rc == STO_OK)
		rc = sto_visit_header(visit, "content-type", STO_SPAN("text/html; charset=utf-8"));
	sto_buf_finish(&policy);
	return rc != STO_OK ? rc : put_body(visit);
}

static int put_cookie(struct sto_visit *visit, enum sto_cookie_kind kind, size_t index, bool plain,
		      struct sto_span value, int64_t max_age_sec)
{
	struct sto_buf name, line;
	sto_buf_init(&name, 80);
	sto_buf_init(&line, STO_LIMIT_URL);
	int rc = sto_cookie_name(&name, visit->realm, kind, index, plain);
	struct sto_set_cookie cookie = {.name = sto_buf_span(&name),
					.value = value,
					.max_age_sec = max_age_sec,
					.secure = !plain,
					.http_only = true,
					.same_site = "Lax"};
	if (rc == STO_OK)
		rc = sto_set_cookie_put(&line, &cookie);
	if (rc == STO_OK)
		rc = sto_visit_header(visit, "set-cookie", sto_buf_span(&line));
	sto_buf_finish(&name);
	sto_buf_finish(&line);
	return rc;
}

/* Whether the browser sent a cookie of ours under this very name. */
static bool has_cookie(const struct sto_visit *visit, enum sto_cookie_kind kind, size_t index, bool plain)
{
	struct sto_buf name;
	struct sto_span value;
	sto_buf_init(&name, 80);
	bool has = sto_cookie_name(&name, visit->realm, kind, index, plain) == STO_OK &&
		   sto_cookie_find(&value, sto_buf_span(&visit->cookies), sto_buf_span(&name));
	sto_buf_finish(&name);
	return has;
}

int sto_visit_set_cookie(struct sto_visit *visit, enum sto_cookie_kind kind, struct sto_span value,
			 int64_t max_age_sec)
{
	bool plain = visit->plain_cookies;
	int rc = STO_OK;
	if (value.len > 0)
		rc = put_cookie(visit, kind, 0, plain, value, max_age_sec);
	/* Every other spelling that the browser holds goes: an older key's name, the plain one. */
	for (size_t i = 0; i < sto_keyring_count(visit->realm->ring) && rc == STO_OK; i++)
		for (int spelling = 0; spelling < 2 && rc == STO_OK; spelling++) {
			bool this_one = i == 0 && (spelling == 1) == plain && value.len > 0;
			if (!this_one && has_cookie(visit, kind, i, spelling == 1))
				rc = put_cookie(visit, kind, i, spelling == 1, (struct sto_span){NULL, 0}, 0);
		}
	return rc;
}
