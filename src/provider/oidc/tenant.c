#include "provider/oidc/tenant.h"

#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "http/escape.h"

#define MARK "{tenantid}"
#define MARK_LEN (sizeof(MARK) - 1)
#define ID_LEN 36

bool sto_tenant_is_id(struct sto_span text)
{
	if (text.len != ID_LEN)
		return false;
	for (size_t i = 0; i < ID_LEN; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? text.ptr[i] != '-' : sto_hex_value(text.ptr[i]) < 0)
			return false;
	}
	return true;
}

/* Where the mark begins; issuer.len where there is none. */
static size_t mark_of(struct sto_span issuer)
{
	for (size_t i = 0; i + MARK_LEN <= issuer.len; i++)
		if (memcmp(issuer.ptr + i, MARK, MARK_LEN) == 0)
			return i;
	return issuer.len;
}

bool sto_tenant_is_template(struct sto_span issuer)
{
	return mark_of(issuer) < issuer.len;
}

int sto_tenant_put_issuer(struct sto_buf *out, struct sto_span issuer, struct sto_span tenant)
{
	size_t at = mark_of(issuer);
	if (at == issuer.len)
		return sto_buf_put(out, issuer);
	int rc = sto_buf_put(out, sto_span_slice(issuer, 0, at));
	if (rc == STO_OK)
		rc = sto_buf_put(out, tenant);
	return rc != STO_OK ? rc : sto_buf_put(out, sto_span_slice(issuer, at + MARK_LEN, issuer.len));
}

bool sto_tenant_is_allowed(const json_t *tenants, struct sto_span tenant)
{
	size_t i;
	json_t *entry;
	if (!sto_tenant_is_id(tenant))
		return false;
	json_array_foreach(tenants, i, entry)
	{
		struct sto_span one = sto_span_of(json_string_value(entry), json_string_length(entry));
		if (sto_span_equal(one, STO_SPAN("any")) || sto_span_equal_nocase(one, tenant))
			return true;
	}
	return false;
}

int sto_tenant_expect(struct sto_buf *out, struct sto_span issuer, const json_t *tenants,
		      const json_t *claims, struct sto_error *err)
{
	struct sto_span tid;
	if (!sto_json_get_str(&tid, claims, "tid") || !sto_tenant_is_id(tid))
		return sto_fail(err, STO_CLAIM_MISSING, "tid is missing or no tenant's id");
	if (!sto_tenant_is_allowed(tenants, tid))
		return sto_fail(err, STO_TENANT_REFUSED, "the token is of tenant %.*s", (int)tid.len,
				(const char *)tid.ptr);
	return sto_tenant_put_issuer(out, issuer, tid);
}

bool sto_tenant_fits(struct sto_span issuer, const json_t *tenants, struct sto_span iss)
{
	size_t at = mark_of(issuer);
	struct sto_span tenant = sto_span_slice(iss, at, ID_LEN);
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_URL);
	bool fits = sto_tenant_is_allowed(tenants, tenant) &&
		    sto_tenant_put_issuer(&text, issuer, tenant) == STO_OK &&
		    sto_span_equal(sto_buf_span(&text), iss);
	sto_buf_finish(&text);
	return fits;
}
