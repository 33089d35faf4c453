/* What lies behind a page with forms. A form counts only from the browser that was shown the page (its
 * cookie) and with the token that stands in the page, so no other site can press a button here. */
#include "base/json.h"
#include "dev/page.h"
#include "dev/provider.h"
#include "http/cookie.h"

#define SECRET_TEXT_LEN 43 /* base64url of DEV_SECRET_LEN bytes */

static bool cookie_of(struct sto_span *out, const struct dev_provider *provider,
		      const struct dev_request *req)
{
	return sto_cookie_find(out, req->cookie, sto_span_str(provider->cookie_name)) &&
	       out->len == SECRET_TEXT_LEN;
}

static int set_browser(struct sto_buf *out, const struct dev_provider *provider, struct dev_response *res)
{
	int rc = dev_put_secret(out, provider);
	struct sto_set_cookie cookie = {
		.name = sto_span_str(provider->cookie_name),
		.value = sto_buf_span(out),
		.max_age_sec = -1,
		.http_only = true,
		.same_site = "Lax",
	};
	return rc == STO_OK ? sto_set_cookie_put(&res->set_cookie, &cookie) : rc;
}

int dev_know_browser(struct sto_buf *out, const struct dev_provider *provider, const struct dev_request *req,
		     struct dev_response *res)
{
	struct sto_span known;
	return cookie_of(&known, provider, req) ? sto_buf_put(out, known) : set_browser(out, provider, res);
}

static int add_text(json_t *object, const char *name, const struct sto_buf *text)
{
	return json_object_set_new(object, name, sto_json_str(sto_buf_span(text))) == 0 ? STO_OK
											: STO_NO_MEMORY;
}

int dev_keep_pending(struct sto_buf *id, struct dev_provider *provider, const struct dev_request *req,
		     json_t *request, struct dev_response *res)
{
	struct sto_buf browser, csrf;
	sto_buf_init(&browser, 64);
	sto_buf_init(&csrf, 64);
	int rc = dev_know_browser(&browser, provider, req, res);
	if (rc == STO_OK)
		rc = dev_put_secret(&csrf, provider);
	if (rc == STO_OK)
		rc = add_text(request, "browser", &browser);
	if (rc == STO_OK)
		rc = add_text(request, "csrf", &csrf);
	if (rc == STO_OK)
		rc = dev_put_secret(id, provider);
	if (rc == STO_OK)
		rc = dev_shelf_put(&provider->pending, sto_buf_span(id), request,
				   dev_now_sec(provider) + DEV_PENDING_SEC);
	sto_buf_finish(&browser);
	sto_buf_finish(&csrf);
	return rc;
}

static bool is_same_browser(const struct dev_provider *provider, const struct dev_request *req,
			    const struct dev_form *form, const json_t *pending)
{
	struct sto_span cookie;
	return cookie_of(&cookie, provider, req) &&
	       sto_span_equal_secret(cookie, sto_span_str(dev_text(pending, "browser"))) &&
	       sto_span_equal_secret(sto_span_str(dev_form_get(form, "csrf")),
				     sto_span_str(dev_text(pending, "csrf")));
}

json_t *dev_find_pending(struct dev_provider *provider, const struct dev_request *req,
			 const struct dev_form *form, struct dev_response *res, int *rc)
{
	const char *id = dev_form_get(form, "request");
	json_t *pending =
		id == NULL ? NULL
			   : dev_shelf_find(&provider->pending, sto_span_str(id), dev_now_sec(provider));
	if (pending == NULL) {
		*rc = dev_answer_page(
			res, 400, "This page has been used",
			"It was answered already or has been open for too long. Go back to the app "
			"and start again.");
		return NULL;
	}
	if (is_same_browser(provider, req, form, pending))
		return pending;
	*rc = dev_answer_page(
		res, 403, "This page belongs to another browser",
		"The form came without the cookie and the token of the page it stands on. Go back to "
		"the app and start again.");
	return NULL;
}
