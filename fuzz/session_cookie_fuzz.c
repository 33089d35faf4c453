/* Values of the session cookie: each is one secret in its only spelling, or one of the documented codes; a
 * session in a cookie opens with the key it was sealed with and is nobody otherwise. */
#include <string.h>

#include "base/bounds.h"
#include "fuzz.h"
#include "session/session.h"
#include "session/session_cookie.h"

static sto_sessions *the_sessions(void)
{
	static sto_sessions *sessions;
	static sto_keyring *ring;
	static const uint8_t app_key[STO_KEY_LEN] = "the first secret is public, her";
	const struct sto_span secrets[] = {sto_span_of(app_key, STO_KEY_LEN)};
	if (sessions != NULL)
		return sessions;
	fuzz_assert(sto_keyring_new(&ring, secrets, 1, STO_SPAN("https://app.example/"), NULL) == STO_OK);
	const struct sto_sessions_options options = {.store = sto_session_store_in_cookie(),
						     .ring = ring,
						     .world = sto_world_system(),
						     .policy = {3600, 0, false}};
	fuzz_assert(sto_sessions_new(&sessions, &options, NULL) == STO_OK);
	return sessions;
}

static void read_name(struct sto_span value)
{
	uint8_t name[STO_SESSION_SECRET_LEN];
	struct sto_buf again;
	int rc = sto_session_cookie_read(name, value);
	fuzz_assert(rc == STO_OK || rc == STO_SESSION_MALFORMED || rc == STO_SESSION_VERSION);
	if (rc != STO_OK)
		return;
	sto_buf_init(&again, STO_LIMIT_SESSION_COOKIE);
	fuzz_assert(sto_session_cookie_write(&again, name) == STO_OK);
	fuzz_assert(sto_span_equal(sto_buf_span(&again), value));
	sto_buf_finish(&again);
}

static void open_foreign(struct sto_span value)
{
	struct sto_session session;
	sto_session_init(&session);
	fuzz_assert(sto_session_is_signed_out(sto_session_open(&session, the_sessions(), value, NULL)));
	fuzz_assert(session.record.subject.len == 0 && session.plain.len == 0);
	sto_session_finish(&session);
}

static void open_own(struct sto_span claims)
{
	struct sto_session_record record;
	struct sto_session session;
	struct sto_buf cookie;
	sto_session_init(&session);
	sto_session_record_init(&record);
	sto_buf_init(&cookie, STO_LIMIT_SEALED_COOKIE);
	record.issuer = record.subject = STO_SPAN("somebody");
	record.claims = claims;
	int rc = sto_session_create(&cookie, NULL, the_sessions(), sto_span_str(NULL), &record, STO_TIME_NONE,
				    NULL);
	fuzz_assert(rc == STO_OK || rc == STO_SESSION_TOO_LARGE);
	if (rc == STO_OK) {
		fuzz_assert(sto_session_open(&session, the_sessions(), sto_buf_span(&cookie), NULL) ==
			    STO_OK);
		fuzz_assert(sto_span_equal(session.record.claims, claims));
		size_t at = claims.len == 0 ? 0 : claims.ptr[0] % cookie.len;
		cookie.data[at] = cookie.data[at] == 'A' ? 'B' : 'A';
		open_foreign(sto_buf_span(&cookie));
	}
	sto_buf_finish(&cookie);
	sto_session_finish(&session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 65536)
		return 0;
	read_name(sto_span_of(data, size));
	open_foreign(sto_span_of(data, size));
	open_own(sto_span_of(data, size));
	return 0;
}
