#include "base/json.h"
#include "realm/realm.h"

/* "/admin" fits /admin and what lies below it, "/" the start page alone. */
static bool fits(struct sto_span rule, struct sto_span page)
{
	if (rule.len <= 1 || !sto_span_starts_with(page, rule))
		return sto_span_equal(rule, page);
	return page.len == rule.len || page.ptr[rule.len] == '/' || rule.ptr[rule.len - 1] == '/';
}

/* The longest that fits decides; rules stand in that order. */
static const struct sto_realm_rule *rule_of(const sto_realm *realm, struct sto_span page)
{
	for (size_t i = 0; i < realm->config.n_rules; i++)
		if (fits(realm->config.rules[i].path, page))
			return &realm->config.rules[i];
	return NULL;
}

static bool is_listed(const json_t *list, const json_t *role)
{
	size_t i;
	json_t *one;
	json_array_foreach(list, i, one)
	{
		if (json_is_string(role) && json_string_length(role) > 0 && json_equal(one, role))
			return true;
	}
	return false;
}

/* Whole names, never parts of them. */
static bool has_one(const json_t *roles, const json_t *wanted)
{
	size_t i;
	json_t *role;
	if (json_is_string(roles))
		return is_listed(wanted, roles);
	json_array_foreach(roles, i, role)
	{
		if (is_listed(wanted, role))
			return true;
	}
	return false;
}

/* The claim `roles`; where there is none, that of Keycloak. */
static const json_t *roles_of(const json_t *claims)
{
	const json_t *roles = json_object_get(claims, "roles");
	return roles != NULL ? roles : json_object_get(json_object_get(claims, "realm_access"), "roles");
}

static bool may(const struct sto_session_record *record, const json_t *wanted)
{
	json_t *claims = NULL;
	bool yes = sto_json_parse_object(&claims, record->claims, NULL) == STO_OK &&
		   has_one(roles_of(claims), wanted);
	json_decref(claims);
	return yes;
}

enum sto_access sto_access_of(const sto_realm *realm, struct sto_span page,
			      const struct sto_session_record *record)
{
	const struct sto_realm_rule *rule = rule_of(realm, page);
	if (rule == NULL)
		return record != NULL || !realm->config.require_login ? STO_ACCESS_ALLOWED : STO_ACCESS_LOGIN;
	if (rule->roles == NULL)
		return STO_ACCESS_ALLOWED;
	if (record == NULL)
		return STO_ACCESS_LOGIN;
	return may(record, rule->roles) ? STO_ACCESS_ALLOWED : STO_ACCESS_FORBIDDEN;
}

enum sto_access sto_access_everywhere(const sto_realm *realm, const struct sto_session_record *record)
{
	if (realm->config.require_login && record == NULL)
		return STO_ACCESS_LOGIN;
	for (size_t i = 0; i < realm->config.n_rules; i++) {
		enum sto_access access = sto_access_of(realm, realm->config.rules[i].path, record);
		if (access != STO_ACCESS_ALLOWED)
			return access;
	}
	return STO_ACCESS_ALLOWED;
}

bool sto_access_has_public(const sto_realm *realm)
{
	if (!realm->config.require_login)
		return true;
	for (size_t i = 0; i < realm->config.n_rules; i++)
		if (realm->config.rules[i].roles == NULL)
			return true;
	return false;
}
