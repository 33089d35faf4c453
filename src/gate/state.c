#include "gate/gate.h"

#include <string.h>

#include "base/base64url.h"

#define STATE_VERSION 1
#define FIXED_LEN (1 + 8 + STO_TX_LEN + STO_MARK_LEN + STO_GATE_ID_LEN + 2)
/* base64url of version, key id, nonce and tag beside the plain bytes must stay within STO_LIMIT_STATE. */
#define SEAL_OVERHEAD (1 + 4 + 12 + 16)
#define PLAIN_MAX (STO_LIMIT_STATE / 4 * 3 - SEAL_OVERHEAD)

static struct sto_span state_context(void)
{
	return STO_SPAN("gate state");
}

static int put_fixed(struct sto_buf *plain, const struct sto_state *state, size_t path_len)
{
	uint8_t created[8], len[2] = {(uint8_t)(path_len >> 8), (uint8_t)(path_len & 0xff)};
	for (size_t i = 0; i < 8; i++)
		created[i] = (uint8_t)((uint64_t)state->created_sec >> (56 - 8 * i) & 0xff);
	int rc = sto_buf_put_byte(plain, STATE_VERSION);
	if (rc == STO_OK)
		rc = sto_buf_put(plain, sto_span_of(created, sizeof(created)));
	if (rc == STO_OK)
		rc = sto_buf_put(plain, sto_span_of(state->tx, STO_TX_LEN));
	if (rc == STO_OK)
		rc = sto_buf_put(plain, sto_span_of(state->mark, STO_MARK_LEN));
	if (rc == STO_OK)
		rc = sto_buf_put(plain, sto_span_of(state->gate, STO_GATE_ID_LEN));
	return rc != STO_OK ? rc : sto_buf_put(plain, sto_span_of(len, sizeof(len)));
}

int sto_state_seal(struct sto_buf *out, const sto_gate *gate, const struct sto_state *state)
{
	struct sto_span path = state->path, query = state->query;
	struct sto_buf plain;
	if (path.len > PLAIN_MAX - FIXED_LEN)
		path.len = query.len = 0;
	if (query.len > PLAIN_MAX - FIXED_LEN - path.len)
		query.len = 0;
	sto_buf_init(&plain, PLAIN_MAX);
	int rc = put_fixed(&plain, state, path.len);
	if (rc == STO_OK)
		rc = sto_buf_put(&plain, path);
	if (rc == STO_OK)
		rc = sto_buf_put(&plain, query);
	if (rc == STO_OK)
		rc = sto_seal(out, gate->ring, STO_PURPOSE_STATE, state_context(), sto_buf_span(&plain),
			      gate->world);
	sto_buf_finish(&plain);
	return rc;
}

static void take(uint8_t *to, size_t len, struct sto_span *from)
{
	memcpy(to, from->ptr, len);
	*from = (struct sto_span){from->ptr + len, from->len - len};
}

int sto_state_open(struct sto_state *state, struct sto_buf *plain, size_t *key_index, const sto_gate *gate,
		   struct sto_span sealed)
{
	uint8_t version, created[8], len[2];
	if (sealed.len > STO_LIMIT_STATE)
		return STO_SEAL_MALFORMED;
	int rc = sto_open(plain, key_index, gate->ring, STO_PURPOSE_STATE, state_context(), sealed);
	if (rc != STO_OK)
		return rc;
	struct sto_span rest = sto_buf_span(plain);
	if (rest.len < FIXED_LEN)
		return STO_SEAL_MALFORMED;
	take(&version, 1, &rest);
	take(created, sizeof(created), &rest);
	take(state->tx, STO_TX_LEN, &rest);
	take(state->mark, STO_MARK_LEN, &rest);
	take(state->gate, STO_GATE_ID_LEN, &rest);
	take(len, sizeof(len), &rest);
	size_t path_len = (size_t)len[0] << 8 | len[1];
	if (version != STATE_VERSION || path_len > rest.len)
		return STO_SEAL_MALFORMED;
	uint64_t at = 0;
	for (size_t i = 0; i < 8; i++)
		at = at << 8 | created[i];
	state->created_sec = (int64_t)at;
	state->path = sto_span_slice(rest, 0, path_len);
	state->query = sto_span_slice(rest, path_len, rest.len);
	return STO_OK;
}

int sto_state_derive(struct sto_buf *out, const sto_gate *gate, size_t key_index, enum sto_purpose purpose,
		     const struct sto_state *state)
{
	uint8_t mac[STO_KEY_LEN];
	int rc = sto_keyring_mac(mac, gate->ring, key_index, purpose, sto_span_of(state->tx, STO_TX_LEN));
	return rc != STO_OK ? rc : sto_base64url_encode(out, sto_span_of(mac, sizeof(mac)));
}
