#include "store/sizes.h"

#include "base/bounds.h"

int sto_store_check_key(struct sto_span key, struct sto_error *err)
{
	if (key.len == 0 || key.len > STO_LIMIT_STORE_KEY)
		return sto_fail(err, STO_USAGE, "a store's key has 1 to %d bytes, not %zu",
				STO_LIMIT_STORE_KEY, key.len);
	return STO_OK;
}

int sto_store_check_entry(struct sto_span key, struct sto_span value, struct sto_error *err)
{
	if (value.len > STO_LIMIT_STORE_VALUE)
		return sto_fail(err, STO_USAGE, "a store's value has at most %d bytes, not %zu",
				STO_LIMIT_STORE_VALUE, value.len);
	return sto_store_check_key(key, err);
}

int sto_store_check_id(struct sto_span id, struct sto_error *err)
{
	if (id.len != STO_SESSION_ID_LEN)
		return sto_fail(err, STO_USAGE, "a session's id has %d bytes, not %zu", STO_SESSION_ID_LEN,
				id.len);
	return STO_OK;
}

int sto_store_check_row(const struct sto_session_row *row, struct sto_error *err)
{
	int rc = sto_store_check_id(row->id, err);
	for (size_t i = 0; rc == STO_OK && i < STO_SESSION_INDEXES; i++)
		if (row->indexes[i].len > 0)
			rc = sto_store_check_id(row->indexes[i], err);
	if (rc != STO_OK)
		return rc;
	if (row->sealed.len == 0 || row->sealed.len > STO_LIMIT_SESSION ||
	    row->meta.len > STO_LIMIT_SESSION_META)
		return sto_fail(err, STO_USAGE, "a session's record has %zu bytes and its meta %zu",
				row->sealed.len, row->meta.len);
	return STO_OK;
}

uint64_t sto_store_first_seq(int64_t now_sec)
{
	return (uint64_t)(now_sec < 0 ? 0 : now_sec) << 20;
}

bool sto_store_place_changes(struct sto_session_changes *out, uint64_t since, uint64_t oldest,
			     uint64_t newest)
{
	out->n_items = 0;
	out->seq = newest;
	out->more = false;
	out->gap = since != STO_SESSION_CHANGES_NOW &&
		   (since > newest || (since < newest && since + 1 < oldest));
	return since != STO_SESSION_CHANGES_NOW && !out->gap && since < newest;
}

int sto_store_put_listed(struct sto_buf *out, struct sto_span id, struct sto_span meta)
{
	size_t before = out->len;
	uint32_t len = (uint32_t)meta.len;
	int rc = sto_buf_put(out, id);
	if (rc == STO_OK)
		rc = sto_buf_put(out, sto_span_of(&len, sizeof(len)));
	if (rc == STO_OK)
		rc = sto_buf_put(out, meta);
	if (rc != STO_OK)
		out->len = before;
	return rc;
}
