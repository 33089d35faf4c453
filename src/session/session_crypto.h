/* The cryptography of sessions over contexts that are kept: a visit derives two keys and opens one record,
 * and making the contexts anew would cost more than the work. For the files of this folder only. */
#ifndef STO_SESSION_SESSION_CRYPTO_H
#define STO_SESSION_SESSION_CRYPTO_H

#include "session/keys.h"

typedef struct sto_session_crypto sto_session_crypto;

/* The ring is borrowed and must outlive it. NULL where there is no memory. */
sto_session_crypto *sto_session_crypto_new(const sto_keyring *ring);
void sto_session_crypto_free(sto_session_crypto *crypto); /* NULL is fine; nobody may be using it */

#define STO_SESSION_SECRET_LEN 32

/* From a cookie's secret, under the key at `index`: the session's id in the store, and the key of its record.
 * They come from different keys, so the one says nothing about the other. STO_USAGE, STO_NO_MEMORY. Any
 * thread. */
STO_CHECKED int sto_session_derive_id(uint8_t out[STO_KEY_LEN], sto_session_crypto *crypto, size_t index,
				      const uint8_t secret[STO_SESSION_SECRET_LEN]);
STO_CHECKED int sto_session_derive_key(uint8_t out[STO_KEY_LEN], sto_session_crypto *crypto, size_t index,
				       const uint8_t secret[STO_SESSION_SECRET_LEN]);

/* The bytes that a sealed record has more than its plain. */
#define STO_RECORD_OVERHEAD (1 + 12 + 16)

/* Seals a record under the key of its session, bound to its id and the app: AES-256-GCM, fresh random nonce.
 * STO_TOO_LARGE, STO_NO_RANDOM, STO_NO_MEMORY. */
STO_CHECKED int sto_record_seal(struct sto_buf *out, sto_session_crypto *crypto, size_t index,
				const uint8_t key[STO_KEY_LEN], struct sto_span id, struct sto_span plain,
				const struct sto_world *world);

/* Appends what sto_record_seal() sealed. STO_SESSION_DAMAGED (changed, or of another session, key or app),
 * STO_SESSION_VERSION (of a newer version), STO_TOO_LARGE, STO_NO_MEMORY; `out` is then as it was. */
STO_CHECKED int sto_record_open(struct sto_buf *out, sto_session_crypto *crypto, size_t index,
				const uint8_t key[STO_KEY_LEN], struct sto_span id, struct sto_span sealed);

/* Both at once, as a visit needs them: derives the key into `key` and opens the record with it. */
STO_CHECKED int sto_record_open_by(struct sto_buf *out, uint8_t key[STO_KEY_LEN], sto_session_crypto *crypto,
				   size_t index, const uint8_t secret[STO_SESSION_SECRET_LEN],
				   struct sto_span id, struct sto_span sealed);

/* The same for a session that is its cookie: sealed under the ring's own key for that. The bytes say in clear
 * which key it was; STO_SESSION_ABSENT where the ring lacks it, STO_SESSION_MALFORMED where they are too few.
 */
#define STO_COOKIE_OVERHEAD (1 + 4 + 12 + 16)
STO_CHECKED int sto_cookie_seal(struct sto_buf *out, sto_session_crypto *crypto, struct sto_span plain,
				const struct sto_world *world);
STO_CHECKED int sto_cookie_open(struct sto_buf *out, size_t *index, sto_session_crypto *crypto,
				struct sto_span sealed);

#endif
