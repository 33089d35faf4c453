/* What a worker does for a realm. */
#include "http/cookie.h"
#include "realm/realm.h"

#define REAPED_AT_ONCE 256

int sto_realm_touch(struct sto_buf *set_cookie, sto_realm *realm, struct sto_span cookie,
		    struct sto_error *err)
{
	struct sto_session session;
	struct sto_buf value, name;
	if (realm->closed)
		return STO_OK;
	sto_session_init(&session);
	sto_buf_init(&value, STO_LIMIT_SEALED_COOKIE);
	sto_buf_init(&name, 80);
	int rc = sto_session_open(&session, realm->sessions, cookie, err);
	if (rc == STO_OK && sto_session_touch_due(realm->sessions, &session))
		rc = sto_session_touch(&value, realm->sessions, &session, err);
	if (rc == STO_OK && value.len > 0)
		rc = sto_cookie_name(&name, realm, STO_COOKIE_SESSION, 0, false);
	struct sto_set_cookie line = {.name = sto_buf_span(&name),
				      .value = sto_buf_span(&value),
				      .max_age_sec = sto_session_max_age(realm->sessions, &session),
				      .secure = true,
				      .http_only = true,
				      .same_site = "Lax"};
	if (rc == STO_OK && value.len > 0)
		rc = sto_set_cookie_put(set_cookie, &line);
	sto_buf_finish(&name);
	sto_buf_finish(&value);
	sto_session_finish(&session);
	return sto_session_is_signed_out(rc) ? STO_OK : rc;
}

int sto_realm_changes(struct sto_session_changes *out, sto_realm *realm, uint64_t since,
		      struct sto_error *err)
{
	if (realm->closed)
		return sto_fail(err, STO_CONFIG_WRONG, "the configuration is wrong");
	return sto_sessions_changes_since(out, realm->sessions, since, err);
}

int sto_realm_tend(sto_realm *realm, struct sto_error *err)
{
	size_t removed = 0;
	if (realm->closed)
		return STO_OK;
	int rc = STO_OK;
	if (realm->session_store.ops->reap != NULL)
		rc = sto_sessions_reap(&removed, realm->sessions, REAPED_AT_ONCE, err);
	if (rc == STO_OK)
		rc = realm->marks.ops->reap(realm->marks.ctx, &removed, REAPED_AT_ONCE,
					    realm->world->now_sec(realm->world->ctx), err);
	return rc;
}
