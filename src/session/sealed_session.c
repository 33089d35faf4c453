/* A session that is its cookie: identity only, in one piece, sealed under the app key. It cannot be taken
 * back, so it declares nothing and lives shortly. */
#include <openssl/sha.h>

#include "base/bounds.h"
#include "session/session_cookie.h"
#include "session/sessions.h"

static void close_nothing(void *ctx)
{
	(void)ctx;
}

struct sto_session_store sto_session_store_in_cookie(void)
{
	static const struct sto_session_store_ops ops = {
		.abi = STO_SESSION_STORE_ABI,
		.name = "cookie",
		.capabilities = STO_SESSION_IN_COOKIE,
		.close = close_nothing,
	};
	return (struct sto_session_store){&ops, NULL};
}

static int read_plain(struct sto_session *session, const sto_sessions *sessions)
{
	int rc = sto_session_record_read(&session->record, sto_buf_span(&session->plain));
	if (rc != STO_OK)
		return rc;
	session->end_sec = sto_session_policy_end(&sessions->policy, &session->record);
	return session->end_sec > sto_sessions_now(sessions) ? STO_OK : STO_SESSION_EXPIRED;
}

int sto_sealed_session_open(struct sto_session *session, sto_sessions *sessions, struct sto_span cookie,
			    struct sto_error *err)
{
	uint8_t sealed[STO_SEALED_COOKIE_BYTES];
	size_t len = 0;
	sto_buf_clear(&session->plain);
	int rc = sto_sealed_cookie_read(sealed, &len, cookie);
	if (rc == STO_OK)
		rc = sto_cookie_open(&session->plain, &session->key_index, sessions->crypto,
				     sto_span_of(sealed, len));
	if (rc == STO_OK)
		rc = read_plain(session, sessions);
	return rc == STO_OK || sto_session_is_signed_out(rc) ? rc
							     : sto_fail(err, rc, "no memory for a session");
}

int sto_session_name(struct sto_session *session, const sto_sessions *sessions)
{
	const struct sto_session_record *record = &session->record;
	const struct sto_span parts[] = {record->issuer, record->subject, record->provider};
	struct sto_buf text;
	if (!sto_sessions_in_cookie(sessions))
		return STO_OK;
	sto_buf_init(&text, STO_LIMIT_SEALED_COOKIE);
	int rc = sto_buf_printf(&text, "%lld", (long long)record->created_sec);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && rc == STO_OK; i++) {
		rc = sto_buf_put_byte(&text, 0);
		if (rc == STO_OK)
			rc = sto_buf_put(&text, parts[i]);
	}
	if (rc == STO_OK && SHA256(text.data, text.len, session->id) == NULL)
		rc = STO_INTERNAL;
	sto_buf_finish(&text);
	return rc;
}

/* A cookie travels with every request and cannot be revoked: no token may be in it, and no refresh state is.
 */
static struct sto_session_record identity_of(const struct sto_session_record *record)
{
	struct sto_session_record identity = *record;
	identity.access_token = identity.refresh_token = identity.id_token = sto_span_str(NULL);
	identity.access_expires_sec = STO_TIME_NONE;
	identity.device = sto_span_str(NULL);
	identity.refresh = (struct sto_session_refresh){.lease_until_sec = 0};
	return identity;
}

static int seal(struct sto_buf *cookie, sto_sessions *sessions, const struct sto_session_record *record)
{
	struct sto_buf plain, sealed;
	sto_buf_init(&plain, STO_LIMIT_SEALED_COOKIE);
	sto_buf_init(&sealed, STO_LIMIT_SEALED_COOKIE);
	int rc = sto_session_record_write(&plain, record);
	if (rc == STO_OK)
		rc = sto_cookie_seal(&sealed, sessions->crypto, sto_buf_span(&plain), sessions->world);
	if (rc == STO_OK)
		rc = sto_sealed_cookie_write(cookie, sto_buf_span(&sealed));
	sto_buf_finish(&sealed);
	sto_buf_finish(&plain);
	return rc == STO_TOO_LARGE ? STO_SESSION_TOO_LARGE : rc;
}

int sto_sealed_session_write(struct sto_buf *cookie, struct sto_session *session, sto_sessions *sessions,
			     const struct sto_session_record *record, struct sto_error *err)
{
	struct sto_session_record identity = identity_of(record);
	size_t before = cookie->len;
	int rc = seal(cookie, sessions, &identity);
	if (rc == STO_OK)
		rc = sto_session_adopt(session, sessions, &identity);
	if (rc == STO_OK)
		return rc;
	cookie->len = before;
	if (rc == STO_SESSION_TOO_LARGE)
		return sto_fail(err, rc, "the claims of a session do not fit into a cookie of %d characters",
				STO_LIMIT_SEALED_COOKIE);
	return sto_fail(err, rc, "a session could not be sealed");
}
