#include "session/keyring.h"

int sto_keyring_mac(uint8_t out[STO_KEY_LEN], const sto_keyring *ring, size_t index, enum sto_purpose purpose,
		    struct sto_span data)
{
	static const uint8_t nothing = 0;
	size_t len = 0;
	if (index >= ring->count || (unsigned)purpose >= STO_PURPOSE_COUNT)
		return STO_USAGE;
	/* A context of its own for each call: two threads on one would disturb each other. */
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(ring->mac_form);
	int done = ctx != NULL &&
		   EVP_MAC_init(ctx, sto_keyring_key(ring, index, purpose), STO_KEY_LEN, NULL) == 1 &&
		   EVP_MAC_update(ctx, data.len == 0 ? &nothing : data.ptr, data.len) == 1 &&
		   EVP_MAC_final(ctx, out, &len, STO_KEY_LEN) == 1 && len == STO_KEY_LEN;
	EVP_MAC_CTX_free(ctx);
	return done ? STO_OK : STO_NO_MEMORY;
}
