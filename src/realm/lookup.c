/* Who a request comes from, and the second door. */
#include <stdlib.h>

#include "http/cookie.h"
#include "realm/visit.h"

#define COOKIES_TRIED 4 /* of one name: a neighbour on this host may have planted some */

bool sto_realm_is_blocking(const sto_realm *realm)
{
	return !realm->closed && realm->config.store == STO_REALM_STORE_REDIS;
}

int sto_visit_lookup(struct sto_visit *visit, struct sto_error *err)
{
	struct sto_span name, value, rest = sto_buf_span(&visit->cookies);
	size_t tried = 0;
	while (tried < COOKIES_TRIED && sto_cookie_next(&name, &value, &rest)) {
		if (!sto_cookie_is(visit->realm, STO_COOKIE_SESSION, name) || value.len == 0)
			continue;
		tried++;
		int rc = sto_session_open(&visit->session, visit->realm->sessions, value, err);
		if (rc == STO_OK) {
			visit->signed_in = true;
			rc = sto_session_name(&visit->session, visit->realm->sessions);
			return rc != STO_OK ? rc : sto_buf_put(&visit->cookie, value);
		}
		if (!sto_session_is_signed_out(rc)) {
			visit->unknown = sto_buf_put(&visit->cookie, value) == STO_OK;
			return rc;
		}
		/* Kept to be taken away with the next answer that sets cookies; one that does not fit is none
		 * of ours. */
		if (visit->dead_cookie.len == 0)
			(void)!sto_buf_put(&visit->dead_cookie, value);
	}
	return STO_OK;
}

struct sto_identity {
	struct sto_session session;
	bool touch_due;
};

int sto_realm_identify(sto_identity **out, sto_realm *realm, struct sto_span cookie, struct sto_error *err)
{
	*out = NULL;
	if (realm->closed)
		return sto_fail(err, STO_CONFIG_WRONG, "the configuration is wrong");
	if (cookie.len == 0)
		return STO_OK;
	sto_identity *identity = malloc(sizeof(*identity));
	if (identity == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for an identity");
	sto_session_init(&identity->session);
	int rc = sto_session_open(&identity->session, realm->sessions, cookie, err);
	if (rc == STO_OK) {
		identity->touch_due = sto_session_touch_due(realm->sessions, &identity->session);
		*out = identity;
		return STO_OK;
	}
	sto_identity_free(identity);
	return sto_session_is_signed_out(rc) ? STO_OK : rc;
}

void sto_identity_free(sto_identity *identity)
{
	if (identity == NULL)
		return;
	sto_session_finish(&identity->session);
	free(identity);
}

struct sto_span sto_identity_text(const sto_identity *identity, enum sto_identity_text which)
{
	const struct sto_session_record *record = &identity->session.record;
	switch (which) {
	case STO_IDENTITY_ISSUER:
		return record->issuer;
	case STO_IDENTITY_SUBJECT:
		return record->subject;
	case STO_IDENTITY_PROVIDER:
		return record->provider;
	case STO_IDENTITY_CLAIMS:
		return record->claims;
	case STO_IDENTITY_ACCESS_TOKEN:
		return record->access_token;
	case STO_IDENTITY_ID_TOKEN:
		return record->id_token;
	case STO_IDENTITY_REFRESH_TOKEN:
		return record->refresh_token;
	case STO_IDENTITY_SESSION_ID:
		break;
	}
	return sto_span_of(identity->session.id, STO_SESSION_ID_LEN);
}

int64_t sto_identity_time_sec(const sto_identity *identity, enum sto_identity_time which)
{
	const struct sto_session_record *record = &identity->session.record;
	switch (which) {
	case STO_IDENTITY_CREATED:
		return record->created_sec;
	case STO_IDENTITY_AUTH_TIME:
		return record->auth_time_sec;
	case STO_IDENTITY_ACCESS_END:
		return record->access_expires_sec;
	case STO_IDENTITY_END:
		break;
	}
	return identity->session.end_sec;
}

bool sto_identity_touch_due(const sto_identity *identity)
{
	return identity->touch_due;
}

enum sto_access sto_realm_access(const sto_realm *realm, struct sto_span page, const sto_identity *identity)
{
	if (realm->closed)
		return STO_ACCESS_LOGIN;
	return sto_access_of(realm, page, identity == NULL ? NULL : &identity->session.record);
}
