/* GitHub, which speaks OAuth 2.0 without ID tokens:
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps */
#include "base/bounds.h"
#include "base/json.h"
#include "http/url.h"
#include "provider/presets/presets.h"

/* github.com and SUBDOMAIN.ghe.com have their API on a host beside it, an Enterprise Server under a path. */
static int put_api(json_t *out, const struct sto_buf *base)
{
	struct sto_url url;
	struct sto_buf api;
	int rc = sto_url_parse(&url, sto_buf_span(base), NULL);
	if (rc != STO_OK)
		return rc;
	if (!sto_span_equal_nocase(url.host, STO_SPAN("github.com")) &&
	    !sto_span_ends_with(url.host, STO_SPAN(".ghe.com")))
		return sto_preset_set(out, "userinfo_endpoint", base, "/api/v3/user");
	sto_buf_init(&api, STO_LIMIT_URL);
	rc = sto_buf_put_str(&api, "https://api.");
	if (rc == STO_OK)
		rc = sto_buf_put(&api, url.host);
	if (rc == STO_OK)
		rc = sto_preset_set(out, "userinfo_endpoint", &api, "/user");
	sto_buf_finish(&api);
	return rc;
}

static int place(json_t *out, struct sto_preset_problem *problem, const json_t *values)
{
	struct sto_buf base;
	sto_buf_init(&base, STO_LIMIT_URL);
	int rc = sto_preset_put_base(&base, problem, values, "api_base_url", "github.com",
				     "Set it to the host of your GitHub Enterprise, or take it out");
	if (rc == STO_OK)
		rc = sto_preset_set(out, "authorization_endpoint", &base, "/login/oauth/authorize");
	if (rc == STO_OK)
		rc = sto_preset_set(out, "token_endpoint", &base, "/login/oauth/access_token");
	if (rc == STO_OK)
		rc = put_api(out, &base);
	sto_buf_finish(&base);
	return rc;
}

/* --- the names that OIDC Core 5.1 has for what GitHub calls otherwise */

static int copy(json_t *claims, const char *to, const char *from)
{
	json_t *value = json_object_get(claims, from);
	if (!json_is_string(value) || json_object_get(claims, to) != NULL)
		return STO_OK;
	return json_object_set(claims, to, value) == 0 ? STO_OK : STO_NO_MEMORY;
}

static const json_t *primary_of(const json_t *list)
{
	size_t i;
	json_t *entry;
	json_array_foreach(list, i, entry)
	{
		struct sto_span email;
		if (json_is_true(json_object_get(entry, "primary")) &&
		    json_is_true(json_object_get(entry, "verified")) &&
		    sto_json_get_str(&email, entry, "email") && email.len > 0)
			return json_object_get(entry, "email");
	}
	return NULL;
}

/* https://docs.github.com/en/rest/users/emails */
static int take_emails(json_t *claims, const struct sto_fetched *answer, struct sto_error *err)
{
	json_t *list = NULL;
	/* Without the scope user:email nobody says which address is verified. */
	if (answer->status == 401 || answer->status == 403 || answer->status == 404)
		return STO_OK;
	if (answer->status != 200)
		return sto_fail(err, STO_PROVIDER_STATUS, "user/emails answered with HTTP %d",
				answer->status);
	if (sto_json_parse(&list, sto_buf_span(&answer->body), NULL) != STO_OK || !json_is_array(list)) {
		json_decref(list);
		return sto_fail(err, STO_USERINFO_BAD, "user/emails is no JSON array");
	}
	const json_t *primary = primary_of(list);
	int rc = STO_OK;
	if (primary != NULL && (json_object_set(claims, "email", (json_t *)(uintptr_t)primary) != 0 ||
				json_object_set_new(claims, "email_verified", json_true()) != 0))
		rc = STO_NO_MEMORY;
	json_decref(list);
	return rc;
}

static int add_email(json_t *claims, const struct sto_preset_call *call, struct sto_error *err)
{
	struct sto_buf url;
	struct sto_fetched answer;
	sto_buf_init(&url, STO_LIMIT_URL);
	sto_fetched_init(&answer, STO_LIMIT_FETCH_BODY);
	int rc = sto_buf_put(&url, call->oidc->settings.userinfo_endpoint);
	if (rc == STO_OK)
		rc = sto_buf_put_str(&url, "/emails");
	if (rc == STO_OK)
		rc = sto_bearer_get(&answer, call->oidc, sto_buf_span(&url), call->access_token, err);
	if (rc == STO_OK)
		rc = take_emails(claims, &answer, err);
	sto_buf_finish(&url);
	sto_fetched_finish(&answer);
	return rc;
}

static int complete(json_t *claims, const struct sto_preset_call *call, struct sto_error *err)
{
	struct sto_span scope = call->oidc->settings.scope;
	bool may_read =
		sto_scope_has(scope, STO_SPAN("user:email")) || sto_scope_has(scope, STO_SPAN("user"));
	/* The address of the profile is whatever its owner shows; what is verified stands elsewhere. */
	(void)json_object_del(claims, "email_verified");
	int rc = copy(claims, "preferred_username", "login");
	if (rc == STO_OK)
		rc = copy(claims, "picture", "avatar_url");
	return rc == STO_OK && may_read ? add_email(claims, call, err) : rc;
}

static const char *const keys[] = {"api_base_url", NULL};
/* login can be changed, and then be taken by somebody else; id stays. */
static const struct sto_preset_default defaults[] = {
	{"scope", "read:user user:email"},
	{"subject_claim", "id"},
	{"identity_field_in_token", "id"},
	{NULL, NULL},
};

const struct sto_preset sto_preset_github = {
	.name = "github",
	.label = "GitHub",
	.oauth2 = true,
	.keys = keys,
	.defaults = defaults,
	.place = place,
	.complete = complete,
};
