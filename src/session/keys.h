/* The app key: where it comes from, what is derived from it, and how it rotates. */
#ifndef STO_SESSION_KEYS_H
#define STO_SESSION_KEYS_H

#include "stoauth/buf.h"
#include "stoauth/error.h"
#include "stoauth/sys/world.h"

#define STO_KEY_LEN 32    /* of every key, bytes */
#define STO_APP_ID_LEN 16 /* bytes; base64url gives 22 characters */
#define STO_KEYS_MAX 8    /* keys in a ring */

/* What a key is for. Each has a label and a key of its own (HKDF, RFC 5869), so that a value made for one
 * purpose means nothing for another (RFC 8725 section 3.12). */
enum sto_purpose {
	STO_PURPOSE_APP_ID,
	STO_PURPOSE_STATE,    /* the sealed state of a login */
	STO_PURPOSE_VERIFIER, /* the PKCE verifier of a login */
	STO_PURPOSE_NONCE,    /* the nonce of a login */
	STO_PURPOSE_STORE,    /* keys in the store */
	STO_PURPOSE_SESSION,  /* a session that is kept in its cookie */
	STO_PURPOSE_CSRF,     /* forms of our own pages */
	STO_PURPOSE_RECORD,   /* what the key of one session's record derives from */
	STO_PURPOSE_OPERATOR, /* what an operator sees of a session */
	STO_PURPOSE_TICKET,   /* what a script hands to our own endpoints through the browser */
	STO_PURPOSE_COUNT,
};

typedef struct sto_keyring sto_keyring;

/* Derives a ring for the app at `public_url` (its origin and base path) from one or more secrets: the first
 * seals, all open. Each secret is 32 bytes or more of raw key material. Derived once; the memory is locked
 * where the system allows it, kept out of core dumps and wiped. STO_KEY_SHORT (under 32 bytes), STO_USAGE
 * (none, more than STO_KEYS_MAX, no URL), STO_TOO_LARGE (over STO_LIMIT_SECRET), STO_NO_MEMORY. */
STO_CHECKED int sto_keyring_new(sto_keyring **out, const struct sto_span *secrets, size_t n_secrets,
				struct sto_span public_url, struct sto_error *err);
void sto_keyring_free(sto_keyring *ring); /* NULL is fine */

size_t sto_keyring_count(const sto_keyring *ring);
/* The app id under the key at `index`: HMAC(key, public URL), STO_APP_ID_LEN bytes; the same in every
 * process. */
struct sto_span sto_keyring_app_id(const sto_keyring *ring, size_t index);

/* HMAC-SHA-256 of `data` under the purpose's key at `index`. The key is the same for every app that has the
 * secret: who needs the apps apart puts the app id into `data`. STO_USAGE (no such key or purpose),
 * STO_NO_MEMORY. Any thread. */
STO_CHECKED int sto_keyring_mac(uint8_t out[STO_KEY_LEN], const sto_keyring *ring, size_t index,
				enum sto_purpose purpose, struct sto_span data);

/* Seals: AES-256-GCM with a fresh random nonce, appended as base64url text. The sealed value carries version
 * and key id and has purpose, app id and `context` (the issuer, the gate) as associated data. Good for
 * 2^32 values a key (NIST SP 800-38D section 8.3). On failure `out` is as it was. STO_TOO_LARGE,
 * STO_NO_RANDOM, STO_NO_MEMORY, STO_USAGE (no such purpose). Any thread. */
STO_CHECKED int sto_seal(struct sto_buf *out, const sto_keyring *ring, enum sto_purpose purpose,
			 struct sto_span context, struct sto_span plain, const struct sto_world *world);

/* Opens what sto_seal() made with any key of the ring and appends the plain bytes; *key_index (NULL is fine)
 * says which key it was. STO_SEAL_MALFORMED (not a value of ours, another version), STO_SEAL_KEY (made with a
 * key that is not in the ring), STO_SEAL_FORGED (changed, or made for another purpose, app or context);
 * STO_TOO_LARGE, STO_NO_MEMORY. On failure `out` is as it was. Any thread. */
STO_CHECKED int sto_open(struct sto_buf *out, size_t *key_index, const sto_keyring *ring,
			 enum sto_purpose purpose, struct sto_span context, struct sto_span sealed);

#endif
