/* Signing out: OpenID Connect RP-Initiated Logout 1.0. What ends is what was granted: its refresh and access
 * tokens. */
#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "dev/page.h"
#include "dev/provider.h"

/* What a request to sign out says. */
struct wish {
	const char *uri, *state; /* where to return to; NULL: nowhere */
	const char *client;      /* who asks; NULL: not said */
	json_t *hint;            /* the claims of the ID token; NULL: none */
};

/* ---- the hint ---- */

/* The claims of an ID token that we signed. Expired ones are fine (section 2). */
static json_t *read_hint(const struct dev_provider *provider, const char *token)
{
	static const char *const typ[] = {"JWT", NULL};
	struct sto_jws_policy policy = {
		STO_ALG_BIT(STO_ALG_RS256) | STO_ALG_BIT(STO_ALG_ES256) | STO_ALG_BIT(STO_ALG_EDDSA), typ};
	struct sto_buf payload;
	json_t *claims = NULL;
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	if (sto_jws_verify(&payload, provider->keys->set, &policy, sto_span_str(token), NULL) == STO_OK &&
	    sto_json_parse_object(&claims, sto_buf_span(&payload), NULL) == STO_OK &&
	    strcmp(dev_text(claims, "iss"), provider->issuer) != 0) {
		json_decref(claims);
		claims = NULL;
	}
	sto_buf_finish(&payload);
	return claims;
}

/* ---- ending ---- */

static void end_sid(struct dev_provider *provider, const char *sid)
{
	json_t *grant = dev_shelf_find(&provider->sids, sto_span_str(sid), dev_now_sec(provider));
	if (grant != NULL)
		dev_revoke(grant);
}

static void end_browser(struct dev_provider *provider, const char *browser)
{
	for (size_t i = 0; i < DEV_SHELF_MAX; i++) {
		json_t *grant = provider->sids.entry[i].value;
		if (grant != NULL && strcmp(dev_text(grant, "browser"), browser) == 0)
			dev_revoke(grant);
	}
}

static int answer_ended(struct dev_response *res, const char *uri, const char *state)
{
	if (uri != NULL)
		return dev_answer_return(res, uri, "state", state, NULL);
	return dev_answer_page(res, 200, "You are signed out", "You can close this page.");
}

/* ---- asking ---- */

static int show_question(const struct dev_provider *provider, const char *id, const json_t *pending,
			 struct dev_response *res)
{
	struct dev_html html;
	dev_page_begin(&html, res, "Sign out \xc2\xb7 st-oauth dev");
	dev_html_put(&html,
		     "<section class=\"card message\"><h1>Sign out?</h1><p>An app asks to end what this "
		     "browser signed in "
		     "to.</p><form method=\"post\" action=\"%/logout/confirm\">"
		     "<input type=\"hidden\" name=\"request\" value=\"%\">"
		     "<input type=\"hidden\" name=\"csrf\" value=\"%\"><div class=\"row\">"
		     "<button class=\"primary\">Sign out</button></div></form></section>",
		     provider->path, id, dev_text(pending, "csrf"), NULL);
	return dev_page_end(&html, res, 200, false);
}

static int ask(struct dev_provider *provider, const struct dev_request *req, const struct wish *wish,
	       struct dev_response *res)
{
	struct sto_buf id;
	json_t *pending = json_pack("{s:s*, s:s*}", "uri", wish->uri, "state", wish->state);
	sto_buf_init(&id, 64);
	int rc = pending == NULL ? STO_NO_MEMORY : dev_keep_pending(&id, provider, req, pending, res);
	const char *id_text = sto_buf_cstr(&id);
	if (rc == STO_OK)
		rc = id_text == NULL ? STO_NO_MEMORY : show_question(provider, id_text, pending, res);
	json_decref(pending);
	sto_buf_finish(&id);
	return rc;
}

/* ---- */

/* NULL where the wish can be granted, else what is wrong with it. */
static const char *judge(const struct dev_provider *provider, const struct dev_form *form,
			 const struct wish *wish)
{
	if (form->repeated[0] != 0)
		return "A parameter is given twice.";
	if (dev_form_get(form, "id_token_hint") != NULL && wish->hint == NULL)
		return "The id_token_hint is no ID token of this provider.";
	if (wish->hint != NULL && wish->client != NULL &&
	    strcmp(dev_text(wish->hint, "azp"), wish->client) != 0)
		return "The id_token_hint was given to another client than client_id says.";
	if (wish->client != NULL && dev_options_client(provider->options, wish->client) == NULL)
		return "The client_id is not known here.";
	if (wish->uri != NULL && !dev_may_return_to(provider->options, wish->uri))
		return "The post_logout_redirect_uri is neither on this machine nor listed with "
		       "--redirect-uri.";
	if (wish->uri != NULL && wish->hint == NULL && wish->client == NULL)
		return "A post_logout_redirect_uri wants an id_token_hint or a client_id beside it.";
	return NULL;
}

static int answer(struct dev_provider *provider, const struct dev_request *req, const struct dev_form *form,
		  struct dev_response *res)
{
	const char *token = dev_form_get(form, "id_token_hint");
	struct wish wish = {
		.uri = dev_form_get(form, "post_logout_redirect_uri"),
		.state = dev_form_get(form, "state"),
		.client = dev_form_get(form, "client_id"),
		.hint = token == NULL ? NULL : read_hint(provider, token),
	};
	int rc = STO_OK;
	const char *problem = judge(provider, form, &wish);
	if (problem != NULL) {
		rc = dev_answer_page(res, 400, "This request to sign out is not right", problem);
	} else if (wish.hint != NULL) {
		end_sid(provider, dev_text(wish.hint, "sid"));
		rc = answer_ended(res, wish.uri, wish.state);
	} else {
		rc = ask(provider, req, &wish, res);
	}
	json_decref(wish.hint);
	return rc;
}

int dev_logout(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
{
	struct dev_form form = {0};
	bool post = sto_span_equal(req->method, STO_SPAN("POST"));
	if ((post && !dev_is_form(req)) || !dev_form_read(&form, post ? req->body : req->query))
		return dev_answer_page(res, 400, "This request cannot be read",
				       "Its parameters are not application/x-www-form-urlencoded.");
	int rc = answer(provider, req, &form, res);
	dev_form_finish(&form);
	return rc;
}

int dev_logout_confirm(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
{
	struct dev_form form = {0};
	int rc = STO_OK;
	if (!dev_is_form(req) || !dev_form_read(&form, req->body) || form.repeated[0] != 0) {
		rc = dev_answer_page(res, 400, "This request cannot be read",
				     "It is not the form of this page.");
	} else {
		json_t *pending = json_incref(dev_find_pending(provider, req, &form, res, &rc));
		if (pending != NULL) {
			dev_shelf_drop(&provider->pending, sto_span_str(dev_form_get(&form, "request")));
			end_browser(provider, dev_text(pending, "browser"));
			rc = answer_ended(res, json_string_value(json_object_get(pending, "uri")),
					  json_string_value(json_object_get(pending, "state")));
		}
		json_decref(pending);
	}
	dev_form_finish(&form);
	return rc;
}
