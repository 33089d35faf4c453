/* The authorization endpoint: RFC 6749 section 4.1.1, OIDC Core section 3.1.2, RFC 7636, RFC 9207, RFC 9700.
 */
#include <stdio.h>
#include <string.h>

#include "base/bounds.h"
#include "dev/page.h"
#include "dev/provider.h"
#include "http/url.h"
#include "numbers.h"

/* ---- what is told by a redirect; each gives the description of what is wrong, NULL where nothing is ---- */

typedef const char *check_fn(const struct dev_form *form);

/* RFC 6749 section 3.1 */
static const char *check_repeated(const struct dev_form *form)
{
	return form->repeated[0] != 0 ? "a parameter is given twice" : NULL;
}

static const char *check_request(const struct dev_form *form)
{
	return dev_form_get(form, "request") != NULL ? "request objects are not taken here" : NULL;
}

static const char *check_request_uri(const struct dev_form *form)
{
	return dev_form_get(form, "request_uri") != NULL ? "request_uri is not taken here" : NULL;
}

static const char *check_response_type_given(const struct dev_form *form)
{
	return dev_form_get(form, "response_type") == NULL ? "response_type is missing" : NULL;
}

static const char *check_response_type(const struct dev_form *form)
{
	return strcmp(dev_form_get(form, "response_type"), "code") != 0 ? "response_type must be code" : NULL;
}

static const char *check_response_mode(const struct dev_form *form)
{
	const char *mode = dev_form_get(form, "response_mode");
	return mode != NULL && strcmp(mode, "query") != 0 ? "response_mode must be query" : NULL;
}

/* RFC 6749 section 3.3: NQCHAR without blanks at the ends or two in a row. */
static const char *check_scope(const struct dev_form *form)
{
	const char *scope = dev_form_get(form, "scope");
	struct sto_span word, rest = sto_span_str(scope);
	while (sto_span_split(&word, &rest, ' ')) {
		if (word.len == 0)
			return "scope is not a list of words with one blank between them";
		for (size_t i = 0; i < word.len; i++)
			if (word.ptr[i] < 0x21 || word.ptr[i] > 0x7e || word.ptr[i] == '"' ||
			    word.ptr[i] == '\\')
				return "scope holds a character that RFC 6749 section 3.3 excludes";
	}
	return NULL;
}

/* RFC 7636 sections 4.3 and 4.4.1, RFC 9700 section 2.1.1: always, and never plain. */
static const char *check_pkce(const struct dev_form *form)
{
	const char *challenge = dev_form_get(form, "code_challenge");
	const char *method = dev_form_get(form, "code_challenge_method");
	if (challenge == NULL)
		return "code_challenge is missing: PKCE with S256 is required";
	if (method == NULL || strcmp(method, "S256") != 0)
		return "code_challenge_method must be S256";
	return strlen(challenge) != 43 || !dev_pkce_is_verifier(challenge) || strpbrk(challenge, ".~") != NULL
		       ? "code_challenge is no base64url of a SHA-256 hash"
		       : NULL;
}

/* OIDC Core section 3.1.2.1 */
static const char *check_prompt(const struct dev_form *form)
{
	const char *prompt = dev_form_get(form, "prompt");
	struct sto_span word, rest = sto_span_str(prompt);
	while (sto_span_split(&word, &rest, ' ')) {
		if (sto_span_equal(word, STO_SPAN("none")) && strcmp(prompt, "none") != 0)
			return "prompt=none stands alone";
		if (!sto_span_equal(word, STO_SPAN("none")) && !sto_span_equal(word, STO_SPAN("login")) &&
		    !sto_span_equal(word, STO_SPAN("consent")) &&
		    !sto_span_equal(word, STO_SPAN("select_account")))
			return "prompt takes none, login, consent and select_account";
	}
	return NULL;
}

static const char *check_max_age(const struct dev_form *form)
{
	int64_t age = 0;
	const char *text = dev_form_get(form, "max_age");
	return text != NULL && !cli_read_number(&age, text, INT32_MAX) ? "max_age is no number of seconds"
								       : NULL;
}

/* RFC 8707 section 2: an absolute URI without a fragment. */
static const char *check_resource(const struct dev_form *form)
{
	const char *resource = dev_form_get(form, "resource");
	if (resource != NULL && (strchr(resource, ':') == NULL || strchr(resource, '#') != NULL))
		return "resource must be an absolute URI without a fragment";
	return resource != NULL && dev_form_get(form, "audience") != NULL
		       ? "resource and audience say the same thing; give one of them"
		       : NULL;
}

/* Every sign-in here asks, so that each can be another persona; nothing can be had without asking. */
static const char *check_may_ask(const struct dev_form *form)
{
	const char *prompt = dev_form_get(form, "prompt");
	return prompt != NULL && strcmp(prompt, "none") == 0 ? "nobody is signed in without a click here"
							     : NULL;
}

static const struct {
	const char *error;
	check_fn *check;
} checks[] = {
	{"invalid_request", check_repeated},
	{"request_not_supported", check_request},
	{"request_uri_not_supported", check_request_uri},
	{"invalid_request", check_response_type_given},
	{"unsupported_response_type", check_response_type},
	{"invalid_request", check_response_mode},
	{"invalid_scope", check_scope},
	{"invalid_request", check_pkce},
	{"invalid_request", check_prompt},
	{"invalid_request", check_max_age},
	{"invalid_target", check_resource},
	{"login_required", check_may_ask},
};

static const char *find_problem(const char **error, const struct dev_form *form)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const char *description = checks[i].check(form);
		if (description != NULL) {
			*error = checks[i].error;
			return description;
		}
	}
	return NULL;
}

/* ---- what must not be told by a redirect: RFC 6749 section 4.1.2.1 ---- */

/* A command to copy: what came with the request stands in single quotes and cannot end them. */
static int put_command(struct sto_buf *out, const char *flag, const char *text, const char *more)
{
	struct sto_span part, rest = sto_span_str(text);
	int rc = sto_buf_printf(out, "st-oauth dev %s '", flag);
	while (rc == STO_OK && sto_span_split(&part, &rest, '\'')) {
		rc = sto_buf_put(out, part);
		if (rc == STO_OK && rest.ptr != NULL)
			rc = sto_buf_put_str(out, "'\\''");
	}
	return rc == STO_OK ? sto_buf_printf(out, "%s'", more) : rc;
}

static int refuse_unknown(struct dev_response *res, const char *const texts[3], const char *flag,
			  const char *text, const char *more)
{
	struct sto_buf command;
	sto_buf_init(&command, (size_t)STO_LIMIT_FORM * 5);
	int rc = put_command(&command, flag, text, more);
	if (rc == STO_OK) {
		const char *shown = sto_buf_cstr(&command);
		rc = shown == NULL ? STO_NO_MEMORY
				   : dev_answer_mend(res, texts[0], texts[1], texts[2], shown);
	}
	sto_buf_finish(&command);
	return rc;
}

static int refuse_client(const struct dev_provider *provider, const struct dev_form *form,
			 struct dev_response *res)
{
	char mend[400];
	const char *id = dev_form_get(form, "client_id");
	const char *const texts[3] = {
		"This client is not known here",
		"The client_id of the request is none that the development provider was started with.", mend};
	if (id == NULL)
		return dev_answer_page(res, 400, "Which app is this?", "The request has no client_id.");
	(void)snprintf(
		mend, sizeof(mend),
		"Use the client '%.200s', or start the provider with this one (without :SECRET for a public "
		"client):",
		provider->options->client[0].id);
	return refuse_unknown(res, texts, "--client", id, ":SECRET");
}

static int refuse_redirect(const struct dev_form *form, struct dev_response *res)
{
	static const char *const texts[3] = {"This place to return to is not listed",
					     "Those on this machine are always fine; others must be listed.",
					     "If you trust it, start the provider with:"};
	struct sto_url url;
	const char *uri = dev_form_get(form, "redirect_uri");
	if (uri == NULL)
		return dev_answer_page(res, 400, "Where to return to?", "The request has no redirect_uri.");
	if (sto_url_parse(&url, sto_span_str(uri), NULL) != STO_OK)
		return dev_answer_mend(
			res, "This is no place to return to",
			"The redirect_uri is not an absolute http or https URL without a fragment:", NULL,
			uri);
	return refuse_unknown(res, texts, "--redirect-uri", uri, "");
}

static bool is_repeated(const struct dev_form *form, const char *name)
{
	return strcmp(form->repeated, name) == 0;
}

/* ---- */

static void copy_field(json_t *to, const struct dev_form *form, const char *name, const char *as)
{
	const char *text = dev_form_get(form, name);
	if (text != NULL)
		(void)json_object_set_new(to, as, json_string(text));
}

static json_t *make_pending(const struct dev_form *form)
{
	static const char *const kept[] = {"client_id", "redirect_uri", "scope",      "state",
					   "nonce",     "audience",     "login_hint", "code_challenge"};
	json_t *pending = json_object();
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		copy_field(pending, form, kept[i], kept[i]);
	copy_field(pending, form, "resource", "audience");
	return pending;
}

static int show(struct dev_provider *provider, const struct dev_request *req, const struct dev_form *form,
		struct dev_response *res)
{
	struct sto_buf id;
	json_t *pending = make_pending(form);
	sto_buf_init(&id, 64);
	int rc = dev_keep_pending(&id, provider, req, pending, res);
	const char *id_text = sto_buf_cstr(&id);
	if (rc == STO_OK)
		rc = id_text == NULL ? STO_NO_MEMORY : dev_show_personas(provider, pending, id_text, res);
	json_decref(pending);
	sto_buf_finish(&id);
	return rc;
}

static int answer(struct dev_provider *provider, const struct dev_request *req, const struct dev_form *form,
		  struct dev_response *res)
{
	const char *id = dev_form_get(form, "client_id"), *uri = dev_form_get(form, "redirect_uri");
	const char *error = NULL, *description = NULL;
	if (is_repeated(form, "client_id") || is_repeated(form, "redirect_uri"))
		return dev_answer_page(res, 400, "This request is ambiguous",
				       "client_id or redirect_uri is given twice (RFC 6749 section 3.1).");
	if (id == NULL || dev_options_client(provider->options, id) == NULL)
		return refuse_client(provider, form, res);
	if (uri == NULL || !dev_may_return_to(provider->options, uri))
		return refuse_redirect(form, res);
	description = find_problem(&error, form);
	if (description != NULL)
		return dev_answer_return(res, uri, "error", error, "error_description", description, "state",
					 dev_form_get(form, "state"), "iss", provider->issuer, NULL);
	return show(provider, req, form, res);
}

int dev_authorize(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
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
