#include "realm/visit.h"

#include <stdlib.h>

#include "http/form.h"
#include "http/url.h"

static struct sto_span header_of(const struct sto_http_request *request, struct sto_span name)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (sto_span_equal_nocase(request->headers[i].name, name))
			return request->headers[i].value;
	return (struct sto_span){NULL, 0};
}

static void init_buffers(struct sto_visit *visit)
{
	sto_buf_init(&visit->path, STO_LIMIT_URL);
	sto_buf_init(&visit->query, STO_LIMIT_FORM);
	sto_buf_init(&visit->body, STO_LIMIT_FORM);
	sto_buf_init(&visit->cookies, STO_LIMIT_COOKIE_HEADER);
	sto_buf_init(&visit->host, STO_LIMIT_URL);
	sto_buf_init(&visit->origin, STO_LIMIT_URL);
	sto_buf_init(&visit->device, STO_LIMIT_SESSION_NAME);
	sto_buf_init(&visit->cookie, STO_LIMIT_SEALED_COOKIE);
	sto_buf_init(&visit->dead_cookie, STO_LIMIT_SEALED_COOKIE);
	sto_buf_init(&visit->next, STO_LIMIT_URL);
	sto_buf_init(&visit->form_to, STO_LIMIT_URL);
	sto_buf_init(&visit->document, STO_LIMIT_JSON);
	sto_buf_init(&visit->location, STO_LIMIT_URL);
	sto_buf_init(&visit->events_text, STO_LIMIT_JSON);
	for (size_t i = 0; i < STO_VISIT_HEADERS; i++)
		sto_buf_init(&visit->values[i], STO_LIMIT_URL);
	sto_session_init(&visit->session);
}

/* Cookie may come in several headers (RFC 9113 8.2.3). */
static int copy_cookies(struct sto_visit *visit, const struct sto_http_request *request)
{
	int rc = STO_OK;
	for (size_t i = 0; i < request->n_headers && rc == STO_OK; i++) {
		if (!sto_span_equal_nocase(request->headers[i].name, STO_SPAN("cookie")))
			continue;
		if (visit->cookies.len > 0)
			rc = sto_buf_put_str(&visit->cookies, "; ");
		if (rc == STO_OK)
			rc = sto_buf_put(&visit->cookies, request->headers[i].value);
	}
	return rc;
}

static int copy_texts(struct sto_visit *visit, const struct sto_http_request *request)
{
	struct sto_span origin = header_of(request, STO_SPAN("origin"));
	int rc = sto_buf_put(&visit->path, request->path);
	if (rc == STO_OK)
		rc = sto_buf_put(&visit->query, request->query);
	if (rc == STO_OK)
		rc = sto_buf_put(&visit->body, request->body);
	if (rc == STO_OK)
		rc = copy_cookies(visit, request);
	if (rc == STO_OK)
		rc = sto_buf_put(&visit->host, header_of(request, STO_SPAN("host")));
	if (rc == STO_OK)
		rc = sto_buf_put(&visit->origin, origin);
	return rc != STO_OK ? rc : sto_device_put(&visit->device, header_of(request, STO_SPAN("user-agent")));
}

static enum sto_fetch_site site_of(const struct sto_http_request *request)
{
	struct sto_span site = header_of(request, STO_SPAN("sec-fetch-site"));
	if (site.len == 0)
		return STO_SITE_UNKNOWN;
	if (sto_span_equal(site, STO_SPAN("same-origin")))
		return STO_SITE_SAME_ORIGIN;
	return sto_span_equal(site, STO_SPAN("none")) ? STO_SITE_NONE : STO_SITE_OTHER;
}

static bool accepts_html(struct sto_span accept)
{
	return sto_span_starts_with(accept, STO_SPAN("text/html"));
}

/* Sec-Fetch headers are sent on https and localhost only; Accept tells for the rest. */
bool sto_visit_wants_page(const struct sto_http_request *request)
{
	struct sto_span mode = header_of(request, STO_SPAN("sec-fetch-mode"));
	if (mode.len > 0)
		return sto_span_equal(mode, STO_SPAN("navigate"));
	return accepts_html(header_of(request, STO_SPAN("accept")));
}

static bool is_document(const struct sto_http_request *request)
{
	return sto_span_equal(header_of(request, STO_SPAN("sec-fetch-mode")), STO_SPAN("navigate")) &&
	       sto_span_equal(header_of(request, STO_SPAN("sec-fetch-dest")), STO_SPAN("document"));
}

/* Whether the visitor sits at this machine, with nothing in front of the server. */
static bool is_at_this_machine(const struct sto_http_request *request)
{
	static const char *const proxies[] = {"forwarded", "x-forwarded-for", "x-forwarded-host", "via"};
	struct sto_buf text;
	struct sto_url url;
	for (size_t i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++)
		if (header_of(request, sto_span_str(proxies[i])).len > 0)
			return false;
	sto_buf_init(&text, STO_LIMIT_URL);
	bool here = request->loopback_peer && sto_buf_put_str(&text, "http://") == STO_OK &&
		    sto_buf_put(&text, header_of(request, STO_SPAN("host"))) == STO_OK &&
		    sto_url_parse(&url, sto_buf_span(&text), NULL) == STO_OK && sto_url_is_loopback(&url);
	sto_buf_finish(&text);
	return here;
}

int sto_visit_new(struct sto_visit **out, sto_op *op, sto_realm *realm,
		  const struct sto_http_request *request, enum sto_place place)
{
	struct sto_visit *visit = calloc(1, sizeof(*visit));
	*out = NULL;
	if (visit == NULL)
		return STO_NO_MEMORY;
	visit->realm = realm;
	visit->op = op;
	visit->kind = request->kind;
	visit->place = place;
	visit->get = sto_span_equal(request->method, STO_SPAN("GET"));
	visit->head = sto_span_equal(request->method, STO_SPAN("HEAD"));
	visit->post = sto_span_equal(request->method, STO_SPAN("POST"));
	visit->wants_page = sto_visit_wants_page(request);
	visit->is_document = is_document(request);
	visit->in_full = is_at_this_machine(request);
	visit->plain_cookies = !realm->closed && realm->config.loopback &&
			       sto_device_wants_plain(header_of(request, STO_SPAN("user-agent")));
	visit->site = site_of(request);
	visit->gate = STO_REALM_PROVIDERS;
	init_buffers(visit);
	int rc = copy_texts(visit, request);
	if (rc == STO_OK)
		*out = visit;
	else
		sto_visit_free(visit);
	return rc;
}

void sto_visit_free(void *host)
{
	struct sto_visit *visit = host;
	if (visit == NULL)
		return;
	struct sto_buf *const buffers[] = {
		&visit->path,    &visit->query,    &visit->body,     &visit->cookies,     &visit->host,
		&visit->origin,  &visit->device,   &visit->cookie,   &visit->dead_cookie, &visit->next,
		&visit->form_to, &visit->document, &visit->location, &visit->events_text};
	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
		sto_buf_finish(buffers[i]);
	for (size_t i = 0; i < STO_VISIT_HEADERS; i++)
		sto_buf_finish(&visit->values[i]);
	sto_op_free(visit->inner);
	sto_login_free(visit->login);
	json_decref(visit->result);
	json_decref(visit->ticket);
	json_decref(visit->events);
	sto_session_finish(&visit->session);
	free(visit);
}

int sto_visit_own(struct sto_buf *out, const struct sto_visit *visit, const char *path)
{
	int rc = sto_buf_put(out, visit->realm->config.base_path);
	return rc != STO_OK ? rc : sto_buf_put_str(out, path);
}

int sto_visit_home(struct sto_buf *out, const struct sto_visit *visit)
{
	return sto_visit_own(out, visit, "/");
}

int sto_visit_param(struct sto_buf *out, const struct sto_visit *visit, const char *name,
		    struct sto_error *err)
{
	const struct sto_buf *form = visit->post ? &visit->body : &visit->query;
	int rc = sto_form_get(out, sto_buf_span(form), sto_span_str(name), err);
	return rc == STO_FORM_ABSENT ? STO_OK : rc;
}

bool sto_visit_is_our_origin(const struct sto_visit *visit)
{
	struct sto_url ours;
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_URL);
	bool same = sto_url_parse(&ours, sto_buf_span(&visit->realm->config.public_url), NULL) == STO_OK &&
		    sto_url_put_origin(&text, &ours) == STO_OK &&
		    sto_span_equal(sto_buf_span(&text), sto_buf_span(&visit->origin));
	sto_buf_finish(&text);
	return same;
}
