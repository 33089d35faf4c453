/* What was clicked on the page of personas. */
#include <string.h>

#include "base/json.h"
#include "dev/page.h"
#include "dev/personas.h"
#include "dev/provider.h"

#define CODE_KEPT_SEC 3600 /* a used code is remembered this long, to notice its second use */

/* The persona that the form names or describes; a new reference, NULL where it does neither. */
static json_t *chosen_persona(const struct dev_provider *provider, const struct dev_form *form)
{
	const char *id = dev_form_get(form, "persona"), *name = dev_form_get(form, "name");
	const char *email = dev_form_get(form, "email");
	if (id != NULL)
		return json_incref(dev_personas_find(provider->personas, id));
	if (name == NULL || strlen(name) > 400 ||
	    (email != NULL && (strchr(email, '@') == NULL || strlen(email) > 800)))
		return NULL;
	return dev_persona_of(name, email == NULL ? "" : email);
}

/* The grant: what was asked for, and by whom it was granted. */
static json_t *make_grant(const struct dev_provider *provider, const json_t *pending, json_t *persona,
			  const struct sto_buf *sid)
{
	json_t *grant = json_copy((json_t *)(uintptr_t)pending);
	(void)json_object_del(grant, "csrf");
	(void)json_object_set(grant, "persona", persona);
	(void)json_object_set_new(grant, "sid", sto_json_str(sto_buf_span(sid)));
	if (json_object_set_new(grant, "auth_time", json_integer(dev_now_sec(provider))) != 0) {
		json_decref(grant);
		return NULL;
	}
	return grant;
}

static int keep_grant(struct dev_provider *provider, json_t *grant, const struct sto_buf *sid,
		      const struct sto_buf *code)
{
	int64_t now = dev_now_sec(provider);
	json_t *entry = json_pack("{s:O, s:I}", "grant", grant, "expires", (json_int_t)(now + DEV_CODE_SEC));
	int rc = dev_shelf_put(&provider->codes, sto_buf_span(code), entry, now + CODE_KEPT_SEC);
	if (rc == STO_OK)
		rc = dev_shelf_put(&provider->sids, sto_buf_span(sid), grant, now + DEV_REFRESH_SEC);
	json_decref(entry);
	return rc;
}

/* RFC 6749 section 4.1.2 with RFC 9207's iss. */
static int return_with_code(struct dev_provider *provider, const json_t *pending, json_t *persona,
			    struct dev_response *res)
{
	struct sto_buf code, sid;
	json_t *grant = NULL;
	sto_buf_init(&code, 64);
	sto_buf_init(&sid, 64);
	int rc = dev_put_secret(&code, provider);
	if (rc == STO_OK)
		rc = dev_put_secret(&sid, provider);
	grant = make_grant(provider, pending, persona, &sid);
	if (rc == STO_OK)
		rc = grant == NULL ? STO_NO_MEMORY : keep_grant(provider, grant, &sid, &code);
	if (rc == STO_OK)
		rc = dev_answer_return(res, dev_text(pending, "redirect_uri"), "code", sto_buf_cstr(&code),
				       "state", json_string_value(json_object_get(pending, "state")), "iss",
				       provider->issuer, NULL);
	json_decref(grant);
	sto_buf_finish(&code);
	sto_buf_finish(&sid);
	return rc;
}

static int return_cancelled(const struct dev_provider *provider, const json_t *pending,
			    struct dev_response *res)
{
	return dev_answer_return(res, dev_text(pending, "redirect_uri"), "error", "access_denied",
				 "error_description", "the sign-in was cancelled", "state",
				 json_string_value(json_object_get(pending, "state")), "iss",
				 provider->issuer, NULL);
}

/* A pending request is answered once. */
static int decide(struct dev_provider *provider, const struct dev_form *form, json_t *pending,
		  struct dev_response *res)
{
	json_t *persona = NULL;
	int rc = STO_OK;
	json_incref(pending);
	if (dev_form_get(form, "cancel") == NULL && (persona = chosen_persona(provider, form)) == NULL) {
		rc = dev_answer_page(
			res, 400, "Who is that?",
			"There is no such persona, or the name or e-mail cannot be used. Go back and "
			"choose again.");
	} else {
		dev_shelf_drop(&provider->pending, sto_span_str(dev_form_get(form, "request")));
		rc = persona == NULL ? return_cancelled(provider, pending, res)
				     : return_with_code(provider, pending, persona, res);
	}
	json_decref(persona);
	json_decref(pending);
	return rc;
}

int dev_choose(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
{
	struct dev_form form = {0};
	int rc = STO_OK;
	if (!dev_is_form(req) || !dev_form_read(&form, req->body) || form.repeated[0] != 0)
		rc = dev_answer_page(res, 400, "This request cannot be read",
				     "It is not the form of this page.");
	else {
		json_t *pending = dev_find_pending(provider, req, &form, res, &rc);
		if (pending != NULL)
			rc = decide(provider, &form, pending, res);
	}
	dev_form_finish(&form);
	return rc;
}
