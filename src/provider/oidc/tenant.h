/* An issuer that is a template over many tenants, as Microsoft's is. */
#ifndef STO_PROVIDER_OIDC_TENANT_H
#define STO_PROVIDER_OIDC_TENANT_H

#include "provider/oidc/oidc.h"

/* Whether that is a tenant's id: a GUID as text. */
bool sto_tenant_is_id(struct sto_span text);

/* Whether the issuer has a place for a tenant's id. */
bool sto_tenant_is_template(struct sto_span issuer);

/* Appends the issuer with the tenant's id in its place; one without such a place as it is. STO_TOO_LARGE,
 * STO_NO_MEMORY. */
STO_CHECKED int sto_tenant_put_issuer(struct sto_buf *out, struct sto_span issuer, struct sto_span tenant);

/* Whether the tenant is among `tenants`: a list of ids, or ["any"]. */
bool sto_tenant_is_allowed(const json_t *tenants, struct sto_span tenant);

/* Appends the only issuer that a token with these claims may have: that of its tenant (tid), which must be an
 * allowed one. STO_TENANT_REFUSED, STO_CLAIM_MISSING, STO_NO_MEMORY. */
STO_CHECKED int sto_tenant_expect(struct sto_buf *out, struct sto_span issuer, const json_t *tenants,
				  const json_t *claims, struct sto_error *err);

/* Whether `iss` is the issuer of an allowed tenant. */
bool sto_tenant_fits(struct sto_span issuer, const json_t *tenants, struct sto_span iss);

#endif
