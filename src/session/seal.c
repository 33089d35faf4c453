/* A sealed value is the base64url text of
 *
 *     version (1) | key id (4) | nonce (12) | ciphertext | tag (16)
 *
 * under AES-256-GCM (NIST SP 800-38D). Associated data: version, key id, and each of purpose, app id and
 * context behind its length in eight bytes, so that no two sets of parts read the same. */
#include <limits.h>
#include <string.h>

#include "base/base64url.h"
#include "session/keyring.h"

#define VERSION 1
#define NONCE_LEN 12
#define TAG_LEN 16
#define HEADER_LEN (1 + STO_KEY_ID_LEN)
#define OVERHEAD (HEADER_LEN + NONCE_LEN + TAG_LEN)

/* One value under way: its parts inside one buffer. */
struct sealed {
	uint8_t *header;
	uint8_t *nonce;
	uint8_t *text;
	uint8_t *tag;
	size_t text_len;
};

static struct sealed parts_of(uint8_t *bytes, size_t len)
{
	return (struct sealed){bytes, bytes + HEADER_LEN, bytes + HEADER_LEN + NONCE_LEN,
			       bytes + len - TAG_LEN, len - OVERHEAD};
}

/* GCM wants at most INT_MAX bytes a call from us, and nothing where there is nothing. */
static int feed(EVP_CIPHER_CTX *ctx, uint8_t *out, struct sto_span in)
{
	int len = 0;
	if (in.len == 0)
		return 1;
	return in.len <= INT_MAX && EVP_CipherUpdate(ctx, out, &len, in.ptr, (int)in.len) == 1 &&
	       (size_t)len == in.len;
}

static int feed_framed(EVP_CIPHER_CTX *ctx, struct sto_span part)
{
	uint8_t frame[8];
	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)((uint64_t)part.len >> (56 - 8 * i));
	return feed(ctx, NULL, sto_span_of(frame, sizeof(frame))) && feed(ctx, NULL, part);
}

static int begin(EVP_CIPHER_CTX *ctx, const sto_keyring *ring, size_t index, enum sto_purpose purpose,
		 struct sto_span context, const struct sealed *value, int encrypt)
{
	const uint8_t *key = sto_keyring_key(ring, index, purpose);
	return EVP_CipherInit_ex2(ctx, ring->cipher, key, value->nonce, encrypt, NULL) == 1 &&
	       feed(ctx, NULL, sto_span_of(value->header, HEADER_LEN)) &&
	       feed_framed(ctx, sto_purpose_label(purpose)) &&
	       feed_framed(ctx, sto_keyring_app_id(ring, index)) && feed_framed(ctx, context);
}

static int encrypt_value(const struct sealed *value, const sto_keyring *ring, enum sto_purpose purpose,
			 struct sto_span context, struct sto_span plain)
{
	int len = 0;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int done = ctx != NULL && begin(ctx, ring, 0, purpose, context, value, 1) &&
		   feed(ctx, value->text, plain) && EVP_CipherFinal_ex(ctx, value->tag, &len) == 1 &&
		   EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, value->tag) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return done ? STO_OK : STO_NO_MEMORY;
}

static int seal_bytes(struct sto_buf *raw, const sto_keyring *ring, enum sto_purpose purpose,
		      struct sto_span context, struct sto_span plain, const struct sto_world *world)
{
	uint8_t *bytes = sto_buf_reserve(raw, plain.len + OVERHEAD);
	if (bytes == NULL)
		return STO_NO_MEMORY;
	struct sealed value = parts_of(bytes, plain.len + OVERHEAD);
	value.header[0] = VERSION;
	memcpy(value.header + 1, ring->key_ids[0], STO_KEY_ID_LEN);
	int rc = world->random(world->ctx, value.nonce, NONCE_LEN);
	if (rc == STO_OK)
		rc = encrypt_value(&value, ring, purpose, context, plain);
	if (rc == STO_OK)
		sto_buf_grow(raw, plain.len + OVERHEAD);
	return rc;
}

int sto_seal(struct sto_buf *out, const sto_keyring *ring, enum sto_purpose purpose, struct sto_span context,
	     struct sto_span plain, const struct sto_world *world)
{
	struct sto_buf raw;
	if ((unsigned)purpose >= STO_PURPOSE_COUNT)
		return STO_USAGE;
	if (plain.len > INT_MAX - OVERHEAD || context.len > INT_MAX)
		return STO_TOO_LARGE;
	if (sto_base64url_encoded_len(plain.len + OVERHEAD) > out->max - out->len)
		return STO_TOO_LARGE;
	sto_buf_init(&raw, plain.len + OVERHEAD);
	int rc = seal_bytes(&raw, ring, purpose, context, plain, world);
	if (rc == STO_OK)
		rc = sto_base64url_encode(out, sto_buf_span(&raw));
	sto_buf_finish(&raw);
	return rc;
}

static int decrypt_value(uint8_t *plain, const struct sealed *value, const sto_keyring *ring, size_t index,
			 enum sto_purpose purpose, struct sto_span context)
{
	int len = 0;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL)
		return STO_NO_MEMORY;
	int done = begin(ctx, ring, index, purpose, context, value, 0) &&
		   feed(ctx, plain, sto_span_of(value->text, value->text_len)) &&
		   EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, value->tag) == 1 &&
		   EVP_CipherFinal_ex(ctx, plain + value->text_len, &len) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return done ? STO_OK : STO_SEAL_FORGED;
}

/* Four bytes may name two keys of one ring, so each of that name is tried. */
static int decrypt_by_name(uint8_t *plain, size_t *key_index, const struct sealed *value,
			   const sto_keyring *ring, enum sto_purpose purpose, struct sto_span context)
{
	int rc = STO_SEAL_KEY;
	for (size_t i = 0; i < ring->count && (rc == STO_SEAL_KEY || rc == STO_SEAL_FORGED); i++) {
		if (memcmp(ring->key_ids[i], value->header + 1, STO_KEY_ID_LEN) != 0)
			continue;
		rc = decrypt_value(plain, value, ring, i, purpose, context);
		*key_index = i;
	}
	return rc;
}

static int open_bytes(struct sto_buf *out, size_t *key_index, const sto_keyring *ring,
		      enum sto_purpose purpose, struct sto_span context, struct sto_buf *raw)
{
	if (raw->len < OVERHEAD || raw->data[0] != VERSION)
		return STO_SEAL_MALFORMED;
	struct sealed value = parts_of(raw->data, raw->len);
	if (value.text_len > out->max - out->len)
		return STO_TOO_LARGE;
	uint8_t *plain = sto_buf_reserve(out, value.text_len);
	if (plain == NULL)
		return STO_NO_MEMORY;
	int rc = decrypt_by_name(plain, key_index, &value, ring, purpose, context);
	if (rc == STO_OK)
		sto_buf_grow(out, value.text_len);
	else
		OPENSSL_cleanse(plain, value.text_len);
	return rc;
}

int sto_open(struct sto_buf *out, size_t *key_index, const sto_keyring *ring, enum sto_purpose purpose,
	     struct sto_span context, struct sto_span sealed)
{
	struct sto_buf raw;
	size_t index = 0;
	if ((unsigned)purpose >= STO_PURPOSE_COUNT)
		return STO_USAGE;
	if (sealed.len > INT_MAX || context.len > INT_MAX)
		return STO_TOO_LARGE;
	sto_buf_init(&raw, sto_base64url_decoded_len(sealed.len));
	int rc = sto_base64url_decode(&raw, sealed);
	if (rc == STO_OK)
		rc = open_bytes(out, &index, ring, purpose, context, &raw);
	else if (rc == STO_BAD_BASE64URL)
		rc = STO_SEAL_MALFORMED;
	if (rc == STO_OK && key_index != NULL)
		*key_index = index;
	sto_buf_finish(&raw);
	return rc;
}
