/* Microsoft Entra ID, v2.0: https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc */
#include "base/bounds.h"
#include "base/json.h"
#include "http/escape.h"
#include "provider/oidc/tenant.h"
#include "provider/presets/presets.h"

#define HOST "login.microsoftonline.com"
/* The tenant of all personal accounts, from the page on ID token claims. */
#define CONSUMERS "9188040d-6c67-4c5b-b112-36a304b66dad"
#define WELL_KNOWN "/v2.0/.well-known/openid-configuration"

static struct sto_span at(const json_t *list, size_t index)
{
	const json_t *entry = json_array_get(list, index);
	return sto_span_of(json_string_value(entry), json_string_length(entry));
}

static bool are_all_ids(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!sto_tenant_is_id(at(list, i)))
			return false;
	return json_array_size(list) > 0;
}

static bool is_domain(struct sto_span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!sto_is_alnum(name.ptr[i]) && name.ptr[i] != '-' && name.ptr[i] != '.')
			return false;
	return sto_span_find(name, '.') < name.len && name.ptr[0] != '.' && name.ptr[name.len - 1] != '.';
}

/* Base and tenant as one address, the tenant's id in the small letters that issuers have. */
static int put(json_t *out, const char *key, const struct sto_buf *base, struct sto_span tenant,
	       const char *tail)
{
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_URL);
	int rc = sto_buf_put(&text, sto_buf_span(base));
	if (rc == STO_OK)
		rc = sto_buf_put_byte(&text, '/');
	for (size_t i = 0; rc == STO_OK && i < tenant.len; i++) {
		uint8_t c = tenant.ptr[i];
		rc = sto_buf_put_byte(&text, c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c);
	}
	if (rc == STO_OK)
		rc = sto_preset_set(out, key, &text, tail);
	sto_buf_finish(&text);
	return rc;
}

/* One document for many tenants: its issuer is a template, so who may sign in has to be said. */
static int place_many(json_t *out, struct sto_preset_problem *problem, const struct sto_buf *base,
		      struct sto_span door, json_t *tenants)
{
	bool any = json_array_size(tenants) == 1 && sto_span_equal(at(tenants, 0), STO_SPAN("any"));
	if (tenants == NULL)
		return sto_preset_refuse(problem, "missing_key", "tenants",
					 "Set it to the Directory (tenant) IDs that may sign in, as a list; "
					 "\"any\" lets every organisation in",
					 "is missing, and tenant opens a door for all of them");
	if (!any && !are_all_ids(tenants))
		return sto_preset_refuse(problem, "bad_tenant", "tenants",
					 "Write Directory (tenant) IDs, such as "
					 "00000000-0000-0000-0000-000000000000",
					 "holds something that is no tenant's ID");
	if (json_object_set(out, "tenants", tenants) != 0)
		return STO_NO_MEMORY;
	return put(out, "server_metadata_url", base, door, WELL_KNOWN);
}

static int place_one(json_t *out, struct sto_preset_problem *problem, const struct sto_buf *base,
		     struct sto_span tenant, json_t *tenants)
{
	if (sto_span_equal(tenant, STO_SPAN("common")) || sto_span_equal(tenant, STO_SPAN("organizations")))
		return place_many(out, problem, base, tenant, tenants);
	if (tenants != NULL)
		return sto_preset_refuse(problem, "unused_key", "tenants",
					 "Take it out, or set tenant = \"organizations\"",
					 "stands beside tenant, which is one tenant already");
	if (sto_span_equal(tenant, STO_SPAN("consumers")))
		return put(out, "issuer", base, STO_SPAN(CONSUMERS), "/v2.0");
	if (sto_tenant_is_id(tenant))
		return put(out, "issuer", base, tenant, "/v2.0");
	/* A tenant by its domain: the document says the id. */
	if (is_domain(tenant))
		return put(out, "server_metadata_url", base, tenant, WELL_KNOWN);
	return sto_preset_refuse(problem, "bad_tenant", "tenant",
				 "Set it to the Directory (tenant) ID that the app registration shows",
				 "is no tenant");
}

static int place_at(json_t *out, struct sto_preset_problem *problem, const struct sto_buf *base,
		    const json_t *values)
{
	json_t *tenant = json_object_get(values, "tenant"), *tenants = json_object_get(values, "tenants");
	if (tenant == NULL)
		return sto_preset_refuse(
			problem, "missing_key", "tenant",
			"Set it to the Directory (tenant) ID that the app registration shows", "is missing");
	if (json_array_size(tenant) == 1)
		return place_one(out, problem, base, at(tenant, 0), tenants);
	if (tenants != NULL)
		return sto_preset_refuse(problem, "unused_key", "tenants", "Keep one of the two lists",
					 "stands beside tenant, which is a list already");
	if (!are_all_ids(tenant))
		return sto_preset_refuse(problem, "bad_tenant", "tenant",
					 "Write the IDs of the tenants that may sign in",
					 "holds something that is no tenant's ID");
	return place_many(out, problem, base, STO_SPAN("organizations"), tenant);
}

static int place(json_t *out, struct sto_preset_problem *problem, const json_t *values)
{
	struct sto_buf base;
	sto_buf_init(&base, STO_LIMIT_URL);
	/* Another cloud has another host. */
	int rc = sto_preset_put_base(&base, problem, values, "api_base_url", HOST,
				     "Take it out; it is for clouds other than " HOST);
	if (rc == STO_OK)
		rc = place_at(out, problem, &base, values);
	sto_buf_finish(&base);
	return rc;
}

static const char *const keys[] = {"tenant", "tenants", "api_base_url", NULL};
static const struct sto_preset_default defaults[] = {{NULL, NULL}};
static const char *const sisters[] = {"graph.microsoft.com", NULL};

const struct sto_preset sto_preset_microsoft = {
	.name = "microsoft",
	.label = "Microsoft",
	.keys = keys,
	.defaults = defaults,
	.issuer_host = HOST,
	.sisters = sisters,
	.place = place,
};
