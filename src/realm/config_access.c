/* Which pages are open, and which need a role. */
#include <stdlib.h>
#include <string.h>

#include "realm/config_parts.h"

/* What is wrong with the path of a page, as a sentence's end, and the mend; NULL where nothing is. */
struct complaint {
	const char *what, *mend;
};

static bool is_shown(struct sto_span path)
{
	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] < 0x20 || path.ptr[i] == 0x7f)
			return false;
	return true;
}

/* No "." and no "..", and no segment without a character. */
static bool has_empty_or_dots(struct sto_span path)
{
	struct sto_span segment, rest = sto_span_slice(path, 1, path.len);
	while (sto_span_split(&segment, &rest, '/'))
		if (segment.len == 0 || sto_span_equal(segment, STO_SPAN(".")) ||
		    sto_span_equal(segment, STO_SPAN("..")))
			return true;
	return false;
}

static bool holds(struct sto_span path, uint8_t byte)
{
	return sto_span_find(path, byte) < path.len;
}

/* Paths that are no pages: a rule for one of them would never be asked for. */
static bool is_no_page(struct sto_span path)
{
	static const char *const below[] = {"/_stcore", "/static", "/media", "/component", "/app/static"};
	static const char *const ours[] = {"/auth/login", "/auth/logout",     "/auth/callback",
					   "/auth/user",  "/auth/signed-out", "/oauth2callback"};
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (sto_span_equal(path, sto_span_str(ours[i])))
			return true;
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		struct sto_span place = sto_span_str(below[i]);
		if (sto_span_starts_with(path, place) &&
		    (path.len == place.len || path.ptr[place.len] == '/'))
			return true;
	}
	return false;
}

static struct complaint complain(struct sto_span path)
{
	if (!is_shown(path))
		return (struct complaint){"holds a control character", "Look for a line break"};
	if (path.len == 0 || path.ptr[0] != '/')
		return (struct complaint){"does not begin with /", "Put / in front of it"};
	if (path.len == 1)
		return (struct complaint){NULL, NULL};
	if (holds(path, '?') || holds(path, '#'))
		return (struct complaint){"has a query or a fragment", "Write the path of the page alone"};
	if (holds(path, '*'))
		return (struct complaint){"has a *", "Write the path alone: it fits everything below it"};
	if (holds(path, '%'))
		return (struct complaint){"is percent-encoded", "Write it as it is read"};
	if (holds(path, '\\'))
		return (struct complaint){"has a backslash", "Write / between its parts"};
	if (path.ptr[path.len - 1] == '/')
		return (struct complaint){"ends with /",
					  "Leave that off: it fits everything below it as it is"};
	if (has_empty_or_dots(path))
		return (struct complaint){"has //, /./ or /../ in it", "Write the shortest path of the page"};
	if (is_no_page(path))
		return (struct complaint){"is no page of the app",
					  "Take it out; such paths follow the page that asks for them"};
	return (struct complaint){NULL, NULL};
}

/* Whether a rule for `path` can be; else a finding. */
static bool check_path(struct sto_findings *findings, const char *key, struct sto_span path)
{
	struct complaint complaint = complain(path);
	if (complaint.what == NULL)
		return true;
	if (is_shown(path))
		sto_finding_error(findings, "bad_page", key, 0, complaint.mend, "holds \"%.*s\", which %s",
				  (int)(path.len < 200 ? path.len : 200), (const char *)path.ptr,
				  complaint.what);
	else
		sto_finding_error(findings, "bad_page", key, 0, complaint.mend, "holds a path that %s",
				  complaint.what);
	return false;
}

/* --- roles */

static bool is_role(const json_t *role)
{
	const char *text = json_string_value(role);
	size_t len = json_string_length(role);
	return text != NULL && len > 0 && is_shown(sto_span_of(text, len)) && text[0] != ' ' &&
	       text[len - 1] != ' ';
}

/* A role or a list of them as a list; NULL with a finding. LF-37: an empty role would be anyone's. */
static json_t *roles_of(struct sto_findings *findings, const char *path, const json_t *value)
{
	json_t *roles =
		       json_is_array(value) ? json_copy((json_t *)(uintptr_t)value) : json_pack("[O]", value),
	       *role;
	size_t i, n = json_array_size(roles);
	bool good = n > 0;
	json_array_foreach(roles, i, role)
	{
		good = good && is_role(role);
	}
	if (good)
		return roles;
	json_decref(roles);
	sto_finding_error(findings, "bad_role", "roles", 0,
			  "Write a role as \"admin\", or several as [\"auditor\", \"admin\"]",
			  n == 0 ? "has no role for \"%.200s\"" : "has for \"%.200s\" what is no role", path);
	return NULL;
}

/* Replaces the table by one with lists only, from which a rule borrows. */
static int take_roles(struct sto_realm_config *config, struct sto_findings *findings)
{
	json_t *given = json_object_get(config->values, "roles"), *value;
	json_t *taken = given == NULL ? NULL : json_object();
	const char *path;
	if (given == NULL)
		return STO_OK;
	int rc = taken == NULL ? STO_NO_MEMORY : STO_OK;
	json_object_foreach(given, path, value)
	{
		json_t *roles = check_path(findings, "roles", sto_span_str(path))
					? roles_of(findings, path, value)
					: NULL;
		if (roles != NULL && json_object_set_new(taken, path, roles) != 0)
			rc = STO_NO_MEMORY;
	}
	if (rc == STO_OK && json_object_set(config->values, "roles", taken) != 0)
		rc = STO_NO_MEMORY;
	json_decref(taken);
	return rc;
}

/* --- rules */

static void add_rule(struct sto_realm_config *config, struct sto_span path, const json_t *roles)
{
	config->rules[config->n_rules++] = (struct sto_realm_rule){path, roles};
}

static void add_public(struct sto_realm_config *config, struct sto_findings *findings)
{
	const json_t *roles = json_object_get(config->values, "roles");
	size_t i;
	json_t *path;
	json_array_foreach(json_object_get(config->values, "public"), i, path)
	{
		struct sto_span span = sto_span_of(json_string_value(path), json_string_length(path));
		if (!check_path(findings, "public", span))
			continue;
		if (json_object_get(roles, json_string_value(path)) != NULL)
			sto_finding_error(findings, "two_rules", "public", 0, "Take it out of one of the two",
					  "holds \"%.200s\", for which roles asks a role",
					  json_string_value(path));
		else
			add_rule(config, span, NULL);
	}
}

static void add_roles(struct sto_realm_config *config)
{
	const char *path;
	json_t *roles;
	json_object_foreach(json_object_get(config->values, "roles"), path, roles)
	{
		add_rule(config, sto_span_str(path), roles);
	}
}

/* The longest first: it decides. */
static int by_length(const void *a, const void *b)
{
	const struct sto_realm_rule *x = a, *y = b;
	if (x->path.len != y->path.len)
		return x->path.len > y->path.len ? -1 : 1;
	return 0;
}

static void check_require_login(struct sto_realm_config *config, struct sto_findings *findings)
{
	const json_t *required = json_object_get(config->values, "require_login");
	bool has_public = json_object_get(config->values, "public") != NULL;
	config->require_login = required == NULL ? has_public : json_is_true(required);
	if (has_public && json_is_false(required))
		sto_finding_error(findings, "two_rules", "public", 0,
				  "Take require_login out, or set it to true, or take public out",
				  "opens pages, but with require_login = false none is closed");
}

int sto_realm_config_access(struct sto_realm_config *config, struct sto_findings *findings)
{
	int rc = take_roles(config, findings);
	size_t n = json_array_size(json_object_get(config->values, "public")) +
		   json_object_size(json_object_get(config->values, "roles"));
	check_require_login(config, findings);
	if (rc != STO_OK || n == 0)
		return rc;
	config->rules = calloc(n, sizeof(*config->rules));
	if (config->rules == NULL)
		return STO_NO_MEMORY;
	add_public(config, findings);
	add_roles(config);
	if (config->n_rules > 0)
		qsort(config->rules, config->n_rules, sizeof(*config->rules), by_length);
	return STO_OK;
}
