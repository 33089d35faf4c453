/* A sealed record is
 *
 *     version (1) | nonce (12) | ciphertext | tag (16)
 *
 * and a sealed cookie has the key id (4) behind the version. Associated data: label, version, app id and the
 * session's id (of a cookie: nothing), all of fixed length. */
#include "session/session_crypto.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/bounds.h"
#include "session/keyring.h"

#define VERSION 1
#define NONCE_LEN 12
#define TAG_LEN 16
#define LABEL_LEN 7
#define AAD_LEN (LABEL_LEN + 1 + STO_APP_ID_LEN + STO_KEY_LEN)

static const char id_label[LABEL_LEN] = {'s', 'e', 's', 's', ' ', 'i', 'd'};
static const char key_label[LABEL_LEN] = {'s', 'e', 's', 's', 'k', 'e', 'y'};
static const char record_label[LABEL_LEN] = {'r', 'e', 'c', 'o', 'r', 'd', ' '};
static const char cookie_label[LABEL_LEN] = {'c', 'o', 'o', 'k', 'i', 'e', ' '};

/* What one thread uses at a time. The MAC contexts hold the ring's keys; `cookie` holds the key at
 * `cookie_index`, to open with. All are made when first needed. */
struct slot {
	EVP_MAC_CTX *ids[STO_KEYS_MAX];
	EVP_MAC_CTX *keys[STO_KEYS_MAX];
	EVP_CIPHER_CTX *record;
	EVP_CIPHER_CTX *cookie;
	size_t cookie_index;
};

struct sto_session_crypto {
	const sto_keyring *ring;
	_Atomic(struct slot *) idle[STO_LIMIT_SESSION_CONTEXTS];
};

static void slot_free(struct slot *slot)
{
	if (slot == NULL)
		return;
	for (size_t i = 0; i < STO_KEYS_MAX; i++) {
		EVP_MAC_CTX_free(slot->ids[i]);
		EVP_MAC_CTX_free(slot->keys[i]);
	}
	EVP_CIPHER_CTX_free(slot->record);
	EVP_CIPHER_CTX_free(slot->cookie);
	free(slot);
}

sto_session_crypto *sto_session_crypto_new(const sto_keyring *ring)
{
	sto_session_crypto *crypto = calloc(1, sizeof(*crypto));
	if (crypto == NULL)
		return NULL;
	crypto->ring = ring;
	for (size_t i = 0; i < STO_LIMIT_SESSION_CONTEXTS; i++)
		atomic_init(&crypto->idle[i], NULL);
	return crypto;
}

void sto_session_crypto_free(sto_session_crypto *crypto)
{
	if (crypto == NULL)
		return;
	for (size_t i = 0; i < STO_LIMIT_SESSION_CONTEXTS; i++)
		slot_free(atomic_load(&crypto->idle[i]));
	free(crypto);
}

static struct slot *take(sto_session_crypto *crypto)
{
	for (size_t i = 0; i < STO_LIMIT_SESSION_CONTEXTS; i++) {
		if (atomic_load_explicit(&crypto->idle[i], memory_order_relaxed) == NULL)
			continue;
		struct slot *slot = atomic_exchange(&crypto->idle[i], NULL);
		if (slot != NULL)
			return slot;
	}
	return calloc(1, sizeof(struct slot));
}

static void give(sto_session_crypto *crypto, struct slot *slot)
{
	for (size_t i = 0; i < STO_LIMIT_SESSION_CONTEXTS; i++) {
		struct slot *none = NULL;
		if (atomic_load_explicit(&crypto->idle[i], memory_order_relaxed) == NULL &&
		    atomic_compare_exchange_strong(&crypto->idle[i], &none, slot))
			return;
	}
	slot_free(slot);
}

/* ---- keys ---- */

/* The context with the purpose's key at `index` in it. */
static EVP_MAC_CTX *keyed_mac(EVP_MAC_CTX **place, const sto_keyring *ring, size_t index,
			      enum sto_purpose purpose)
{
	if (*place != NULL) /* the same key again */
		return EVP_MAC_init(*place, NULL, 0, NULL) == 1 ? *place : NULL;
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(ring->mac_form);
	if (ctx == NULL || EVP_MAC_init(ctx, sto_keyring_key(ring, index, purpose), STO_KEY_LEN, NULL) != 1) {
		EVP_MAC_CTX_free(ctx);
		return NULL;
	}
	*place = ctx;
	return ctx;
}

/* HMAC(key, label | app id | secret): 55 bytes, so that the inner hash takes two blocks and no third. */
static int derive(uint8_t out[STO_KEY_LEN], EVP_MAC_CTX *mac, const char label[LABEL_LEN],
		  const uint8_t *app_id, const uint8_t *ikm)
{
	uint8_t data[LABEL_LEN + STO_APP_ID_LEN + STO_SESSION_SECRET_LEN];
	size_t len = 0;
	memcpy(data, label, LABEL_LEN);
	memcpy(data + LABEL_LEN, app_id, STO_APP_ID_LEN);
	memcpy(data + LABEL_LEN + STO_APP_ID_LEN, ikm, STO_SESSION_SECRET_LEN);
	int done = mac != NULL && EVP_MAC_update(mac, data, sizeof(data)) == 1 &&
		   EVP_MAC_final(mac, out, &len, STO_KEY_LEN) == 1 && len == STO_KEY_LEN;
	OPENSSL_cleanse(data, sizeof(data));
	return done ? STO_OK : STO_NO_MEMORY;
}

int sto_session_derive_id(uint8_t out[STO_KEY_LEN], sto_session_crypto *crypto, size_t index,
			  const uint8_t ikm[STO_SESSION_SECRET_LEN])
{
	const sto_keyring *ring = crypto->ring;
	if (index >= ring->count)
		return STO_USAGE;
	struct slot *slot = take(crypto);
	if (slot == NULL)
		return STO_NO_MEMORY;
	int rc = derive(out, keyed_mac(&slot->ids[index], ring, index, STO_PURPOSE_STORE), id_label,
			ring->app_ids[index], ikm);
	give(crypto, slot);
	return rc;
}

static int derive_key(uint8_t out[STO_KEY_LEN], struct slot *slot, const sto_keyring *ring, size_t index,
		      const uint8_t *ikm)
{
	return derive(out, keyed_mac(&slot->keys[index], ring, index, STO_PURPOSE_RECORD), key_label,
		      ring->app_ids[index], ikm);
}

int sto_session_derive_key(uint8_t out[STO_KEY_LEN], sto_session_crypto *crypto, size_t index,
			   const uint8_t ikm[STO_SESSION_SECRET_LEN])
{
	if (index >= crypto->ring->count)
		return STO_USAGE;
	struct slot *slot = take(crypto);
	if (slot == NULL)
		return STO_NO_MEMORY;
	int rc = derive_key(out, slot, crypto->ring, index, ikm);
	give(crypto, slot);
	return rc;
}

/* ---- sealing ---- */

/* Why there was no place for `len` bytes. */
static int no_room(const struct sto_buf *out, size_t len)
{
	return len > out->max - out->len ? STO_TOO_LARGE : STO_NO_MEMORY;
}

static size_t make_aad(uint8_t out[AAD_LEN], const char label[LABEL_LEN], const uint8_t *app_id,
		       struct sto_span id)
{
	memcpy(out, label, LABEL_LEN);
	out[LABEL_LEN] = VERSION;
	memcpy(out + LABEL_LEN + 1, app_id, STO_APP_ID_LEN);
	size_t id_len = id.len < STO_KEY_LEN ? id.len : STO_KEY_LEN;
	if (id_len > 0)
		memcpy(out + LABEL_LEN + 1 + STO_APP_ID_LEN, id.ptr, id_len);
	return AAD_LEN - STO_KEY_LEN + id_len;
}

/* A context without algorithm gets it; then key (NULL: the one it has) and nonce. */
static bool start(EVP_CIPHER_CTX **place, const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *nonce,
		  int encrypt)
{
	const EVP_CIPHER *type = NULL;
	if (*place == NULL) {
		*place = EVP_CIPHER_CTX_new();
		type = cipher;
	}
	if (*place == NULL)
		return false;
	if (EVP_CipherInit_ex2(*place, type, key, nonce, encrypt, NULL) == 1)
		return true;
	EVP_CIPHER_CTX_free(*place);
	*place = NULL;
	return false;
}

/* Of lengths that fit an int: every caller has checked. */
static bool feed(EVP_CIPHER_CTX *ctx, uint8_t *out, const uint8_t *in, size_t in_len)
{
	int len = 0;
	return in_len == 0 || EVP_CipherUpdate(ctx, out, &len, in, (int)in_len) == 1;
}

static bool encrypt(EVP_CIPHER_CTX *ctx, uint8_t *to, struct sto_span plain, const uint8_t *aad,
		    size_t aad_len)
{
	int len = 0;
	return feed(ctx, NULL, aad, aad_len) && feed(ctx, to, plain.ptr, plain.len) &&
	       EVP_CipherFinal_ex(ctx, to + plain.len, &len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, to + plain.len) == 1;
}

static bool decrypt(EVP_CIPHER_CTX *ctx, uint8_t *to, struct sto_span text, const uint8_t *tag,
		    const uint8_t *aad, size_t aad_len)
{
	int len = 0;
	uint8_t expected[TAG_LEN];
	memcpy(expected, tag, TAG_LEN);
	return feed(ctx, NULL, aad, aad_len) && feed(ctx, to, text.ptr, text.len) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, expected) == 1 &&
	       EVP_CipherFinal_ex(ctx, to + text.len, &len) == 1;
}

int sto_record_seal(struct sto_buf *out, sto_session_crypto *crypto, size_t index,
		    const uint8_t key[STO_KEY_LEN], struct sto_span id, struct sto_span plain,
		    const struct sto_world *world)
{
	uint8_t aad[AAD_LEN];
	if (index >= crypto->ring->count)
		return STO_USAGE;
	if (plain.len > STO_LIMIT_SESSION - STO_RECORD_OVERHEAD)
		return STO_TOO_LARGE;
	uint8_t *to = sto_buf_reserve(out, plain.len + STO_RECORD_OVERHEAD);
	if (to == NULL)
		return no_room(out, plain.len + STO_RECORD_OVERHEAD);
	struct slot *slot = take(crypto);
	if (slot == NULL)
		return STO_NO_MEMORY;
	size_t aad_len = make_aad(aad, record_label, crypto->ring->app_ids[index], id);
	to[0] = VERSION;
	int rc = world->random(world->ctx, to + 1, NONCE_LEN);
	if (rc == STO_OK && !(start(&slot->record, crypto->ring->cipher, key, to + 1, 1) &&
			      encrypt(slot->record, to + 1 + NONCE_LEN, plain, aad, aad_len)))
		rc = STO_NO_MEMORY;
	if (rc == STO_OK)
		sto_buf_grow(out, plain.len + STO_RECORD_OVERHEAD);
	give(crypto, slot);
	return rc;
}

/* Makes room for `len` plain bytes and opens into it. */
static int open_into(struct sto_buf *out, struct slot *slot, const sto_keyring *ring, size_t index,
		     const uint8_t *key, struct sto_span id, struct sto_span sealed)
{
	uint8_t aad[AAD_LEN];
	size_t len = sealed.len - STO_RECORD_OVERHEAD;
	uint8_t *to = sto_buf_reserve(out, len);
	if (to == NULL)
		return no_room(out, len);
	size_t aad_len = make_aad(aad, record_label, ring->app_ids[index], id);
	if (!start(&slot->record, ring->cipher, key, sealed.ptr + 1, 0))
		return STO_NO_MEMORY;
	if (!decrypt(slot->record, to, sto_span_of(sealed.ptr + 1 + NONCE_LEN, len),
		     sealed.ptr + sealed.len - TAG_LEN, aad, aad_len)) {
		OPENSSL_cleanse(to, len);
		return STO_SESSION_DAMAGED;
	}
	sto_buf_grow(out, len);
	return STO_OK;
}

static int check_sealed(const sto_keyring *ring, size_t index, struct sto_span sealed)
{
	if (index >= ring->count)
		return STO_USAGE;
	if (sealed.len < STO_RECORD_OVERHEAD || sealed.len > STO_LIMIT_SESSION || sealed.ptr[0] < VERSION)
		return STO_SESSION_DAMAGED;
	return sealed.ptr[0] > VERSION ? STO_SESSION_VERSION : STO_OK;
}

int sto_record_open(struct sto_buf *out, sto_session_crypto *crypto, size_t index,
		    const uint8_t key[STO_KEY_LEN], struct sto_span id, struct sto_span sealed)
{
	int rc = check_sealed(crypto->ring, index, sealed);
	if (rc != STO_OK)
		return rc;
	struct slot *slot = take(crypto);
	if (slot == NULL)
		return STO_NO_MEMORY;
	rc = open_into(out, slot, crypto->ring, index, key, id, sealed);
	give(crypto, slot);
	return rc;
}

int sto_record_open_by(struct sto_buf *out, uint8_t key[STO_KEY_LEN], sto_session_crypto *crypto,
		       size_t index, const uint8_t ikm[STO_SESSION_SECRET_LEN], struct sto_span id,
		       struct sto_span sealed)
{
	int rc = check_sealed(crypto->ring, index, sealed);
	if (rc != STO_OK)
		return rc;
	struct slot *slot = take(crypto);
	if (slot == NULL)
		return STO_NO_MEMORY;
	rc = derive_key(key, slot, crypto->ring, index, ikm);
	if (rc == STO_OK)
		rc = open_into(out, slot, crypto->ring, index, key, id, sealed);
	give(crypto, slot);
	return rc;
}

/* ---- a session that is its cookie ---- */

int sto_cookie_seal(struct sto_buf *out, sto_session_crypto *crypto, struct sto_span plain,
		    const struct sto_world *world)
{
	const sto_keyring *ring = crypto->ring;
	uint8_t aad[AAD_LEN];
	EVP_CIPHER_CTX *ctx = NULL;
	if (plain.len > STO_LIMIT_SESSION)
		return STO_TOO_LARGE;
	uint8_t *to = sto_buf_reserve(out, plain.len + STO_COOKIE_OVERHEAD);
	if (to == NULL)
		return no_room(out, plain.len + STO_COOKIE_OVERHEAD);
	uint8_t *nonce = to + 1 + STO_KEY_ID_LEN;
	size_t aad_len = make_aad(aad, cookie_label, ring->app_ids[0], sto_span_str(NULL));
	to[0] = VERSION;
	memcpy(to + 1, ring->key_ids[0], STO_KEY_ID_LEN);
	int rc = world->random(world->ctx, nonce, NONCE_LEN);
	if (rc == STO_OK &&
	    !(start(&ctx, ring->cipher, sto_keyring_key(ring, 0, STO_PURPOSE_SESSION), nonce, 1) &&
	      encrypt(ctx, nonce + NONCE_LEN, plain, aad, aad_len)))
		rc = STO_NO_MEMORY;
	if (rc == STO_OK)
		sto_buf_grow(out, plain.len + STO_COOKIE_OVERHEAD);
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

static int open_cookie(uint8_t *to, struct slot *slot, const sto_keyring *ring, size_t index,
		       struct sto_span sealed)
{
	uint8_t aad[AAD_LEN];
	const uint8_t *nonce = sealed.ptr + 1 + STO_KEY_ID_LEN;
	size_t len = sealed.len - STO_COOKIE_OVERHEAD;
	const uint8_t *key = slot->cookie != NULL && slot->cookie_index == index
				     ? NULL
				     : sto_keyring_key(ring, index, STO_PURPOSE_SESSION);
	size_t aad_len = make_aad(aad, cookie_label, ring->app_ids[index], sto_span_str(NULL));
	if (!start(&slot->cookie, ring->cipher, key, nonce, 0))
		return STO_NO_MEMORY;
	slot->cookie_index = index;
	if (decrypt(slot->cookie, to, sto_span_of(nonce + NONCE_LEN, len), sealed.ptr + sealed.len - TAG_LEN,
		    aad, aad_len))
		return STO_OK;
	OPENSSL_cleanse(to, len);
	return STO_SESSION_DAMAGED;
}

/* Four bytes may name two keys of one ring, so each of that name is tried. */
static int open_by_name(uint8_t *to, size_t *index, struct slot *slot, const sto_keyring *ring,
			struct sto_span sealed)
{
	int rc = STO_SESSION_ABSENT;
	for (size_t i = 0; i < ring->count && (rc == STO_SESSION_ABSENT || rc == STO_SESSION_DAMAGED); i++) {
		if (memcmp(ring->key_ids[i], sealed.ptr + 1, STO_KEY_ID_LEN) != 0)
			continue;
		rc = open_cookie(to, slot, ring, i, sealed);
		*index = i;
	}
	return rc;
}

int sto_cookie_open(struct sto_buf *out, size_t *index, sto_session_crypto *crypto, struct sto_span sealed)
{
	if (sealed.len < STO_COOKIE_OVERHEAD || sealed.len > STO_LIMIT_SESSION || sealed.ptr[0] < VERSION)
		return STO_SESSION_MALFORMED;
	if (sealed.ptr[0] > VERSION)
		return STO_SESSION_VERSION;
	size_t len = sealed.len - STO_COOKIE_OVERHEAD;
	if (len > out->max - out->len)
		return STO_TOO_LARGE;
	uint8_t *to = sto_buf_reserve(out, len);
	struct slot *slot = to == NULL ? NULL : take(crypto);
	if (slot == NULL)
		return STO_NO_MEMORY;
	int rc = open_by_name(to, index, slot, crypto->ring, sealed);
	if (rc == STO_OK)
		sto_buf_grow(out, len);
	give(crypto, slot);
	return rc;
}
