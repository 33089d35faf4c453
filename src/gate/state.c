#include "gate/gate.h"

#include <string.h>

#include "base/base64url.h"

#define STATE_VERSION 2
#define FIXED_LEN (1 + 8 + 4 + STO_TX_LEN + STO_MARK_LEN + STO_GATE_ID_LEN + 2)
#define NO_MAX_AGE UINT32_MAX
/* base64url of version, key id, nonce and tag beside the plain bytes must stay within STO_LIMIT_STATE. */
#define SEAL_OVERHEAD (1 + 4 + 12 + 16)
#define PLAIN_MAX (STO_LIMIT_STATE / 4 * 3 - SEAL_OVERHEAD)

static struct sto_span state_context(void)
{
	return STO_SPAN("gate state");
}

static void put_number(uint8_t *to, size_t len, uint64_t number)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)(number >> 8 * (len - 1 - i) & 0xff);
}

static int put_fixed(struct sto_buf *plain, const struct sto_state *state, size_t path_len)
{
	uint8_t created[8], max_age[4], len[2];
	uint32_t max_age_sec = state->max_age_sec < 0 || state->max_age_sec >= NO_MAX_AGE
				       ? NO_MAX_AGE
				       : (uint32_t)state->max_age_sec;
	put_number(created, sizeof(created), (uint64_t)state->created_sec);
	put_number(max_age, sizeof(max_age), max_age_sec);
	put_number(len, sizeof(len), path_len);
	int rc = sto_buf_put_byte(plain, STATE_VERSION);
	if (rc == STO_OK)
		rc = sto_buf_put(plain, sto_span_of(created, sizeof(created)));
	if (rc == STO_OK)
		rc = sto_buf_put(plain, sto_span_of(max_age, sizeof(max_age)));
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

static uint64_t take_number(size_t len, struct sto_span *from)
{
	uint8_t bytes[8];
	uint64_t number = 0;
	take(bytes, len, from);
	for (size_t i = 0; i < len; i++)
		number = number << 8 | bytes[i];
	return number;
}

int sto_state_open(struct sto_state *state, struct sto_buf *plain, size_t *key_index, const sto_gate *gate,
		   struct sto_span sealed)
{
	uint8_t version;
	if (sealed.len > STO_LIMIT_STATE)
		return STO_SEAL_MALFORMED;
	int rc = sto_open(plain, key_index, gate->ring, STO_PURPOSE_STATE, state_context(), sealed);
	if (rc != STO_OK)
		return rc;
	struct sto_span rest = sto_buf_span(plain);
	if (rest.len < FIXED_LEN)
		return STO_SEAL_MALFORMED;
	take(&version, 1, &rest);
	state->created_sec = (int64_t)take_number(8, &rest);
	uint64_t max_age_sec = take_number(4, &rest);
	state->max_age_sec = max_age_sec == NO_MAX_AGE ? -1 : (int64_t)max_age_sec;
	take(state->tx, STO_TX_LEN, &rest);
	take(state->mark, STO_MARK_LEN, &rest);
	take(state->gate, STO_GATE_ID_LEN, &rest);
	size_t path_len = (size_t)take_number(2, &rest);
	if (version != STATE_VERSION || path_len > rest.len)
		return STO_SEAL_MALFORMED;
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
