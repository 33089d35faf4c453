/* The token endpoint: RFC 6749 sections 4.1.3 and 6, RFC 7636 section 4.5, RFC 9700. */
#include <string.h>

#include "dev/provider.h"

static int refuse_grant(struct dev_response *res, const char *why)
{
	return dev_answer_error(res, 400, "invalid_grant", why);
}

/* What was granted, and what this request asks of it: RFC 8707 section 2.2. NULL in *out: the issuer. */
static bool choose_audience(const char **out, const struct dev_form *form, const json_t *grant)
{
	const char *granted = json_string_value(json_object_get(grant, "audience"));
	const char *asked = dev_form_get(form, "resource");
	if (asked == NULL)
		asked = dev_form_get(form, "audience");
	*out = granted == NULL ? asked : granted;
	return granted == NULL || asked == NULL || strcmp(granted, asked) == 0;
}

static int issue(struct dev_provider *provider, const struct dev_form *form, struct dev_issue *what,
		 struct dev_response *res)
{
	if (!choose_audience(&what->audience, form, what->grant))
		return dev_answer_error(res, 400, "invalid_target",
					"another audience was granted at the sign-in");
	return dev_issue_tokens(provider, what, res);
}

/* ---- authorization_code ---- */

/* NULL where the grant may be had with this form, else what is wrong. */
static const char *judge_code(const struct dev_provider *provider, const struct dev_form *form,
			      const json_t *entry)
{
	const json_t *grant = json_object_get(entry, "grant");
	const char *uri = dev_form_get(form, "redirect_uri"), *verifier = dev_form_get(form, "code_verifier");
	if (dev_now_sec(provider) >= json_integer_value(json_object_get(entry, "expires")))
		return "the code has expired";
	if (uri == NULL || strcmp(uri, dev_text(grant, "redirect_uri")) != 0)
		return "redirect_uri is not the one of the sign-in";
	if (!dev_pkce_is_verifier(verifier))
		return "code_verifier must be 43 to 128 unreserved characters";
	if (!dev_pkce_matches(dev_text(grant, "code_challenge"), verifier))
		return "code_verifier does not fit the code_challenge";
	return NULL;
}

static int take_code(struct dev_provider *provider, const struct dev_client *client,
		     const struct dev_form *form, struct dev_response *res)
{
	const char *code = dev_form_get(form, "code"), *problem = NULL;
	if (code == NULL)
		return dev_answer_error(res, 400, "invalid_request", "code is missing");
	if (dev_form_get(form, "code_verifier") == NULL)
		return dev_answer_error(res, 400, "invalid_request", "code_verifier is missing");
	json_t *entry = dev_shelf_find(&provider->codes, sto_span_str(code), dev_now_sec(provider));
	json_t *grant = json_object_get(entry, "grant");
	if (entry == NULL)
		return refuse_grant(res, "the code is not known");
	if (strcmp(dev_text(grant, "client_id"), client->id) != 0)
		return refuse_grant(res, "the code was given to another client");
	if (json_object_get(entry, "used") != NULL) { /* RFC 6749 section 4.1.2 */
		dev_revoke(grant);
		return refuse_grant(res, "the code was used before; what it gave is revoked");
	}
	(void)json_object_set_new(entry, "used", json_true());
	problem = judge_code(provider, form, entry);
	if (problem != NULL)
		return refuse_grant(res, problem);
	struct dev_issue what = {
		.client = client, .grant = grant, .scope = dev_text(grant, "scope"), .first = true};
	return issue(provider, form, &what, res);
}

/* ---- refresh_token ---- */

/* RFC 6749 section 6: no more than was granted. */
static bool is_within(const char *scope, const char *granted)
{
	struct sto_span word, rest = sto_span_str(scope);
	while (sto_span_split(&word, &rest, ' ')) {
		struct sto_span one, others = sto_span_str(granted);
		bool found = false;
		while (!found && sto_span_split(&one, &others, ' '))
			found = sto_span_equal(one, word);
		if (!found)
			return false;
	}
	return true;
}

static int take_refresh(struct dev_provider *provider, const struct dev_client *client,
			const struct dev_form *form, struct dev_response *res)
{
	const char *token = dev_form_get(form, "refresh_token"), *scope = dev_form_get(form, "scope");
	if (token == NULL)
		return dev_answer_error(res, 400, "invalid_request", "refresh_token is missing");
	json_t *entry = dev_shelf_find(&provider->refresh, sto_span_str(token), dev_now_sec(provider));
	json_t *grant = json_object_get(entry, "grant");
	if (entry == NULL || dev_is_revoked(grant))
		return refuse_grant(res, "the refresh token is not known or was revoked");
	if (strcmp(dev_text(grant, "client_id"), client->id) != 0)
		return refuse_grant(res, "the refresh token was given to another client");
	if (json_object_get(entry, "used") != NULL) { /* RFC 9700 section 4.14.2 */
		dev_revoke(grant);
		return refuse_grant(res, "the refresh token was used before; all of this sign-in is revoked");
	}
	if (scope != NULL && !is_within(scope, dev_text(grant, "scope")))
		return dev_answer_error(res, 400, "invalid_scope", "more than was granted");
	(void)json_object_set_new(entry, "used", json_true());
	struct dev_issue what = {
		.client = client, .grant = grant, .scope = scope == NULL ? dev_text(grant, "scope") : scope};
	return issue(provider, form, &what, res);
}

/* ---- */

static int answer(struct dev_provider *provider, const struct dev_request *req, const struct dev_form *form,
		  struct dev_response *res)
{
	int rc = STO_OK;
	const char *type = dev_form_get(form, "grant_type");
	if (form->repeated[0] != 0)
		return dev_answer_error(res, 400, "invalid_request", "a parameter is given twice");
	const struct dev_client *client = dev_authenticate_client(provider, req, form, res, &rc);
	if (client == NULL)
		return rc;
	if (type == NULL)
		return dev_answer_error(res, 400, "invalid_request", "grant_type is missing");
	if (strcmp(type, "authorization_code") == 0)
		return take_code(provider, client, form, res);
	if (strcmp(type, "refresh_token") == 0)
		return take_refresh(provider, client, form, res);
	return dev_answer_error(res, 400, "unsupported_grant_type",
				"grant_type must be authorization_code or refresh_token");
}

int dev_token(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
{
	struct dev_form form = {0};
	if (!dev_is_form(req) || !dev_form_read(&form, req->body))
		return dev_answer_error(res, 400, "invalid_request",
					"the body is not application/x-www-form-urlencoded");
	int rc = answer(provider, req, &form, res);
	dev_form_finish(&form);
	return rc;
}
