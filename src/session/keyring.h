/* What a key ring holds; for the files of this folder only. */
#ifndef STO_SESSION_KEYRING_H
#define STO_SESSION_KEYRING_H

#include <openssl/evp.h>

#include "session/keys.h"

#define STO_KEY_ID_LEN 4

struct sto_keyring {
	size_t count;
	uint8_t *keys; /* count * STO_PURPOSE_COUNT keys in guarded, locked memory */
	uint8_t key_ids[STO_KEYS_MAX][STO_KEY_ID_LEN];
	uint8_t app_ids[STO_KEYS_MAX][STO_APP_ID_LEN];
	EVP_CIPHER *cipher;    /* AES-256-GCM */
	EVP_MAC_CTX *mac_form; /* HMAC-SHA-256 without a key; duplicated for each use, never changed */
};

/* The key of one purpose at `index`, STO_KEY_LEN bytes; both must be in range. */
const uint8_t *sto_keyring_key(const sto_keyring *ring, size_t index, enum sto_purpose purpose);

/* The label of a purpose, as it goes into HKDF and the associated data. */
struct sto_span sto_purpose_label(enum sto_purpose purpose);

#endif
