/* What is asked about many sessions: the log of changes, the count of a subject's, the operator's list. */
#include <string.h>

#include "base/bounds.h"
#include "session/sessions.h"

#define PAGE 64

int sto_sessions_changes_since(struct sto_session_changes *out, sto_sessions *sessions, uint64_t since,
			       struct sto_error *err)
{
	int rc = sto_sessions_need(sessions, STO_SESSION_CAN_CHANGES, err);
	return rc == STO_OK ? sessions->store.ops->changes_since(sessions->store.ctx, out, since, err) : rc;
}

int sto_sessions_reap(size_t *removed, sto_sessions *sessions, size_t max_rows, struct sto_error *err)
{
	*removed = 0;
	if (sto_sessions_in_cookie(sessions))
		return STO_OK;
	return sessions->store.ops->reap(sessions->store.ctx, removed, max_rows, sto_sessions_now(sessions),
					 err);
}

int sto_sessions_count_sub(size_t *n, sto_sessions *sessions, struct sto_span issuer, struct sto_span subject,
			   struct sto_error *err)
{
	uint8_t index[STO_SESSION_ID_LEN];
	*n = 0;
	int rc = sto_sessions_need(sessions, STO_SESSION_CAN_COUNT, err);
	for (size_t i = 0; rc == STO_OK && i < sto_keyring_count(sessions->ring); i++) {
		size_t found = 0;
		rc = sto_session_index_sub(index, sessions, i, issuer, subject);
		if (rc == STO_OK)
			rc = sessions->store.ops->count(sessions->store.ctx, &found,
							sto_span_of(index, sizeof(index)),
							sto_sessions_now(sessions), err);
		*n += found;
	}
	return rc;
}

/* Takes one entry off the front of a page: id, length, meta. */
static bool next_entry(struct sto_span *id, struct sto_span *meta, struct sto_span *rest)
{
	uint32_t len = 0;
	if (rest->len < STO_SESSION_ID_LEN + sizeof(len))
		return false;
	*id = (struct sto_span){rest->ptr, STO_SESSION_ID_LEN};
	memcpy(&len, rest->ptr + STO_SESSION_ID_LEN, sizeof(len));
	size_t head = STO_SESSION_ID_LEN + sizeof(len);
	if (len > rest->len - head)
		return false;
	*meta = (struct sto_span){rest->ptr + head, len};
	*rest = (struct sto_span){rest->ptr + head + len, rest->len - head - len};
	return true;
}

typedef bool visit_brief(void *arg, const struct sto_session_brief *brief);

static bool show(sto_sessions *sessions, struct sto_span id, struct sto_span meta, visit_brief *visit,
		 void *arg)
{
	struct sto_session_brief brief;
	struct sto_buf plain;
	bool go_on = true;
	sto_buf_init(&plain, STO_LIMIT_SESSION_META);
	memcpy(brief.id, id.ptr, sizeof(brief.id));
	if (sto_open(&plain, NULL, sessions->ring, STO_PURPOSE_OPERATOR, id, meta) == STO_OK &&
	    sto_session_record_read(&brief.record, sto_buf_span(&plain)) == STO_OK)
		go_on = visit(arg, &brief);
	sto_buf_finish(&plain);
	return go_on;
}

/* Shows a page; *last is its last id, and the result whether to go on. */
static bool show_page(uint8_t last[STO_SESSION_ID_LEN], sto_sessions *sessions, struct sto_span page,
		      visit_brief *visit, void *arg)
{
	struct sto_span id, meta;
	while (next_entry(&id, &meta, &page)) {
		memcpy(last, id.ptr, STO_SESSION_ID_LEN);
		if (!show(sessions, id, meta, visit, arg))
			return false;
	}
	return true;
}

int sto_sessions_list(sto_sessions *sessions, visit_brief *visit, void *arg, struct sto_error *err)
{
	uint8_t last[STO_SESSION_ID_LEN];
	struct sto_span after = {NULL, 0};
	struct sto_buf page;
	size_t n_rows = PAGE;
	int rc = sto_sessions_need(sessions, STO_SESSION_CAN_REVOKE, err);
	sto_buf_init(&page, PAGE * (STO_LIMIT_SESSION_META + STO_SESSION_ID_LEN + 4));
	while (rc == STO_OK && n_rows == PAGE) {
		sto_buf_clear(&page);
		rc = sessions->store.ops->list(sessions->store.ctx, &page, &n_rows, after, PAGE,
					       sto_sessions_now(sessions), err);
		if (rc != STO_OK || !show_page(last, sessions, sto_buf_span(&page), visit, arg))
			break;
		after = sto_span_of(last, sizeof(last));
	}
	sto_buf_finish(&page);
	return rc;
}
