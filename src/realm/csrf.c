#include "base/base64url.h"
#include "realm/realm.h"

/* HMAC over app and session: there is nothing to keep, and no other session's token holds. */
static int token_of(uint8_t mac[STO_KEY_LEN], const sto_realm *realm, size_t index,
		    struct sto_span session_id)
{
	struct sto_buf data;
	sto_buf_init(&data, STO_APP_ID_LEN + STO_SESSION_ID_LEN);
	int rc = sto_buf_put(&data, sto_keyring_app_id(realm->ring, index));
	if (rc == STO_OK)
		rc = sto_buf_put(&data, session_id);
	if (rc == STO_OK)
		rc = sto_keyring_mac(mac, realm->ring, index, STO_PURPOSE_CSRF, sto_buf_span(&data));
	sto_buf_finish(&data);
	return rc;
}

int sto_csrf_put(struct sto_buf *out, const sto_realm *realm, struct sto_span session_id)
{
	uint8_t mac[STO_KEY_LEN];
	int rc = token_of(mac, realm, 0, session_id);
	return rc != STO_OK ? rc : sto_base64url_encode(out, sto_span_of(mac, sizeof(mac)));
}

bool sto_csrf_holds(const sto_realm *realm, struct sto_span session_id, struct sto_span token)
{
	uint8_t mac[STO_KEY_LEN], given[STO_KEY_LEN];
	bool holds = false;
	if (token.len != sto_base64url_encoded_len(STO_KEY_LEN) ||
	    sto_base64url_decode_to(given, token) != STO_OK)
		return false;
	for (size_t i = 0; i < sto_keyring_count(realm->ring); i++)
		if (token_of(mac, realm, i, session_id) == STO_OK)
			holds |= sto_span_equal_secret(sto_span_of(given, sizeof(given)),
						       sto_span_of(mac, sizeof(mac)));
	return holds;
}
