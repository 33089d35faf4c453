/* What of a session goes into the store: its record sealed for its cookie, what an operator may see sealed
 * under the app key alone, and the indexes as HMACs. */
#include <string.h>

#include "base/bounds.h"
#include "session/sessions.h"

#define SUB_LABEL "session sub "
#define SID_LABEL "session sid "

static int put_framed(struct sto_buf *out, struct sto_span part)
{
	uint8_t frame[8];
	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)((uint64_t)part.len >> (56 - 8 * i));
	int rc = sto_buf_put(out, sto_span_of(frame, sizeof(frame)));
	return rc == STO_OK ? sto_buf_put(out, part) : rc;
}

/* HMAC(store key, label, app id, issuer, name), each part of open length behind its length. */
static int make_index(uint8_t out[STO_SESSION_ID_LEN], const sto_keyring *ring, size_t index,
		      const char *label, struct sto_span issuer, struct sto_span name)
{
	struct sto_buf data;
	sto_buf_init(&data, 2 * STO_LIMIT_SESSION_TEXT + 64);
	int rc = sto_buf_put_str(&data, label);
	if (rc == STO_OK)
		rc = sto_buf_put(&data, sto_keyring_app_id(ring, index));
	if (rc == STO_OK)
		rc = put_framed(&data, issuer);
	if (rc == STO_OK)
		rc = put_framed(&data, name);
	if (rc == STO_OK)
		rc = sto_keyring_mac(out, ring, index, STO_PURPOSE_STORE, sto_buf_span(&data));
	sto_buf_finish(&data);
	return rc;
}

int sto_session_index_sub(uint8_t out[STO_SESSION_ID_LEN], const sto_sessions *sessions, size_t index,
			  struct sto_span issuer, struct sto_span subject)
{
	return make_index(out, sessions->ring, index, SUB_LABEL, issuer, subject);
}

int sto_session_index_sid(uint8_t out[STO_SESSION_ID_LEN], const sto_sessions *sessions, size_t index,
			  struct sto_span issuer, struct sto_span sid)
{
	return make_index(out, sessions->ring, index, SID_LABEL, issuer, sid);
}

static int make_indexes(struct sto_session_draft *draft, const sto_sessions *sessions, size_t index,
			const struct sto_session_record *record)
{
	int rc = sto_session_index_sub(draft->indexes[0], sessions, index, record->issuer, record->subject);
	draft->row.indexes[0] = sto_span_of(draft->indexes[0], STO_SESSION_ID_LEN);
	if (rc == STO_OK && record->sid.len > 0) {
		rc = sto_session_index_sid(draft->indexes[1], sessions, index, record->issuer, record->sid);
		draft->row.indexes[1] = sto_span_of(draft->indexes[1], STO_SESSION_ID_LEN);
	}
	return rc;
}

/* No claims, no tokens, and no text longer than an operator would read. */
static struct sto_session_record brief_of(const struct sto_session_record *record)
{
	struct sto_session_record brief = *record;
	brief.issuer = sto_span_slice(record->issuer, 0, STO_LIMIT_SESSION_NAME);
	brief.subject = sto_span_slice(record->subject, 0, STO_LIMIT_SESSION_NAME);
	brief.provider = sto_span_slice(record->provider, 0, STO_LIMIT_SESSION_NAME);
	brief.sid = sto_span_slice(record->sid, 0, STO_LIMIT_SESSION_NAME);
	brief.device = sto_span_slice(record->device, 0, STO_LIMIT_SESSION_NAME);
	brief.acr = brief.claims = sto_span_str(NULL);
	brief.access_token = brief.refresh_token = brief.id_token = sto_span_str(NULL);
	return brief;
}

/* The context is the session's id, so that no session can be shown under another's name. */
static int seal_meta(struct sto_session_draft *draft, const sto_sessions *sessions,
		     const struct sto_session_record *record)
{
	struct sto_buf plain;
	struct sto_session_record brief = brief_of(record);
	sto_buf_init(&plain, STO_LIMIT_SESSION_META);
	int rc = sto_session_record_write(&plain, &brief);
	if (rc == STO_OK)
		rc = sto_seal(&draft->meta, sessions->ring, STO_PURPOSE_OPERATOR, draft->row.id,
			      sto_buf_span(&plain), sessions->world);
	sto_buf_finish(&plain);
	draft->row.meta = sto_buf_span(&draft->meta);
	return rc;
}

static int seal_record(struct sto_session_draft *draft, const sto_sessions *sessions,
		       const struct sto_session *session, const struct sto_session_record *record)
{
	struct sto_buf plain;
	sto_buf_init(&plain, STO_LIMIT_SESSION - STO_RECORD_OVERHEAD);
	int rc = sto_session_record_write(&plain, record);
	if (rc == STO_OK)
		rc = sto_record_seal(&draft->sealed, sessions->crypto, session->key_index, session->key,
				     draft->row.id, sto_buf_span(&plain), sessions->world);
	sto_buf_finish(&plain);
	draft->row.sealed = sto_buf_span(&draft->sealed);
	return rc;
}

int sto_session_draft_make(struct sto_session_draft *draft, sto_sessions *sessions,
			   const struct sto_session *session, const struct sto_session_record *record,
			   struct sto_error *err)
{
	memset(draft, 0, sizeof(*draft));
	sto_buf_init(&draft->sealed, STO_LIMIT_SESSION);
	sto_buf_init(&draft->meta, STO_LIMIT_SESSION_META);
	memcpy(draft->id, session->id, sizeof(draft->id));
	draft->row.id = sto_span_of(draft->id, sizeof(draft->id));
	draft->row.expires_sec = sto_session_policy_end(&sessions->policy, record);
	int rc = make_indexes(draft, sessions, session->key_index, record);
	if (rc == STO_OK)
		rc = seal_meta(draft, sessions, record);
	if (rc == STO_OK)
		rc = seal_record(draft, sessions, session, record);
	if (rc == STO_TOO_LARGE)
		return sto_fail(err, STO_SESSION_TOO_LARGE,
				"the claims and tokens of a session are over %d bytes", STO_LIMIT_SESSION);
	return rc == STO_OK ? rc : sto_fail(err, rc, "a session could not be sealed");
}

void sto_session_draft_finish(struct sto_session_draft *draft)
{
	sto_buf_finish(&draft->sealed);
	sto_buf_finish(&draft->meta);
}
