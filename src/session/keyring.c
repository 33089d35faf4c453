#include "session/keyring.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <sodium.h>

#include "base/bounds.h"

/* Part of the format: what was sealed under a label can be opened under this label only. */
static const char *const labels[STO_PURPOSE_COUNT] = {
	[STO_PURPOSE_APP_ID] = "st_oauth v1 app id",     [STO_PURPOSE_STATE] = "st_oauth v1 state",
	[STO_PURPOSE_VERIFIER] = "st_oauth v1 verifier", [STO_PURPOSE_NONCE] = "st_oauth v1 nonce",
	[STO_PURPOSE_STORE] = "st_oauth v1 store",       [STO_PURPOSE_SESSION] = "st_oauth v1 session",
	[STO_PURPOSE_CSRF] = "st_oauth v1 csrf",         [STO_PURPOSE_RECORD] = "st_oauth v1 record",
	[STO_PURPOSE_OPERATOR] = "st_oauth v1 operator", [STO_PURPOSE_TICKET] = "st_oauth v1 ticket",
};
#define KEY_ID_LABEL "st_oauth v1 key id"
#define HKDF_SALT "st_oauth"

struct sto_span sto_purpose_label(enum sto_purpose purpose)
{
	return sto_span_str(labels[purpose]);
}

static uint8_t *key_at(const sto_keyring *ring, size_t index, enum sto_purpose purpose)
{
	return ring->keys + (index * STO_PURPOSE_COUNT + (size_t)purpose) * STO_KEY_LEN;
}

const uint8_t *sto_keyring_key(const sto_keyring *ring, size_t index, enum sto_purpose purpose)
{
	return key_at(ring, index, purpose);
}

size_t sto_keyring_count(const sto_keyring *ring)
{
	return ring->count;
}

struct sto_span sto_keyring_app_id(const sto_keyring *ring, size_t index)
{
	return index < ring->count ? sto_span_of(ring->app_ids[index], STO_APP_ID_LEN) : sto_span_str(NULL);
}

/* OpenSSL takes parameters without const and does not write to them. */
static OSSL_PARAM octets(const char *name, struct sto_span bytes)
{
	OSSL_PARAM param = OSSL_PARAM_construct_end();
	param.key = name;
	param.data_type = OSSL_PARAM_OCTET_STRING;
	param.data = (void *)(uintptr_t)bytes.ptr;
	param.data_size = bytes.len;
	return param;
}

/* RFC 5869: extract with a fixed salt, expand with the purpose's label. */
static int hkdf(uint8_t *out, size_t len, EVP_KDF *kdf, struct sto_span secret, struct sto_span label)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		octets(OSSL_KDF_PARAM_KEY, secret),
		octets(OSSL_KDF_PARAM_SALT, STO_SPAN(HKDF_SALT)),
		octets(OSSL_KDF_PARAM_INFO, label),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	int done = ctx != NULL && EVP_KDF_derive(ctx, out, len, params) == 1;
	EVP_KDF_CTX_free(ctx);
	return done ? STO_OK : STO_NO_MEMORY;
}

static int derive_one(sto_keyring *ring, size_t index, EVP_KDF *kdf, struct sto_span secret)
{
	int rc = hkdf(ring->key_ids[index], STO_KEY_ID_LEN, kdf, secret, STO_SPAN(KEY_ID_LABEL));
	for (int purpose = 0; rc == STO_OK && purpose < STO_PURPOSE_COUNT; purpose++)
		rc = hkdf(key_at(ring, index, (enum sto_purpose)purpose), STO_KEY_LEN, kdf, secret,
			  sto_purpose_label((enum sto_purpose)purpose));
	return rc;
}

static int derive_all(sto_keyring *ring, const struct sto_span *secrets)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);
	int rc = kdf == NULL ? STO_NO_MEMORY : STO_OK;
	for (size_t i = 0; rc == STO_OK && i < ring->count; i++)
		rc = derive_one(ring, i, kdf, secrets[i]);
	EVP_KDF_free(kdf);
	return rc;
}

static int name_app(sto_keyring *ring, struct sto_span public_url)
{
	uint8_t mac[STO_KEY_LEN];
	int rc = STO_OK;
	for (size_t i = 0; rc == STO_OK && i < ring->count; i++) {
		rc = sto_keyring_mac(mac, ring, i, STO_PURPOSE_APP_ID, public_url);
		if (rc == STO_OK)
			memcpy(ring->app_ids[i], mac, STO_APP_ID_LEN);
	}
	return rc;
}

/* The algorithms are fetched once: a fetch by name costs more than the operation. */
static int fetch_algorithms(sto_keyring *ring)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	ring->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	ring->mac_form = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	if (ring->cipher == NULL || ring->mac_form == NULL)
		return STO_NO_MEMORY;
	return EVP_MAC_CTX_set_params(ring->mac_form, params) == 1 ? STO_OK : STO_NO_MEMORY;
}

static int check_arguments(const struct sto_span *secrets, size_t n_secrets, struct sto_span public_url,
			   struct sto_error *err)
{
	if (n_secrets == 0 || n_secrets > STO_KEYS_MAX)
		return sto_fail(err, STO_USAGE, "a key ring holds 1 to %d keys", STO_KEYS_MAX);
	if (public_url.len == 0)
		return sto_fail(err, STO_USAGE, "a key ring needs the app's public URL");
	for (size_t i = 0; i < n_secrets; i++) {
		if (secrets[i].len < STO_KEY_LEN)
			return sto_fail(err, STO_KEY_SHORT, "secret %zu has %zu bytes, not %d or more", i + 1,
					secrets[i].len, STO_KEY_LEN);
		if (secrets[i].len > STO_LIMIT_SECRET)
			return sto_fail(err, STO_TOO_LARGE, "secret %zu is over %d bytes", i + 1,
					STO_LIMIT_SECRET);
	}
	return STO_OK;
}

/* libsodium's memory has guard pages, is locked where the limit allows it, and stays out of core dumps. */
static sto_keyring *allocate(size_t count)
{
	sto_keyring *ring = sodium_init() < 0 ? NULL : calloc(1, sizeof(*ring));
	if (ring == NULL)
		return NULL;
	ring->count = count;
	ring->keys = sodium_malloc(count * STO_PURPOSE_COUNT * STO_KEY_LEN);
	if (ring->keys == NULL) {
		sto_keyring_free(ring);
		return NULL;
	}
	return ring;
}

int sto_keyring_new(sto_keyring **out, const struct sto_span *secrets, size_t n_secrets,
		    struct sto_span public_url, struct sto_error *err)
{
	*out = NULL;
	int rc = check_arguments(secrets, n_secrets, public_url, err);
	if (rc != STO_OK)
		return rc;
	sto_keyring *ring = allocate(n_secrets);
	rc = ring == NULL ? STO_NO_MEMORY : fetch_algorithms(ring);
	if (rc == STO_OK)
		rc = derive_all(ring, secrets);
	if (rc == STO_OK)
		rc = name_app(ring, public_url);
	if (rc != STO_OK) {
		sto_keyring_free(ring);
		return sto_fail(err, rc, "the keys could not be derived");
	}
	(void)sodium_mprotect_readonly(ring->keys);
	*out = ring;
	return STO_OK;
}

void sto_keyring_free(sto_keyring *ring)
{
	if (ring == NULL)
		return;
	sodium_free(ring->keys); /* wipes */
	EVP_CIPHER_free(ring->cipher);
	EVP_MAC_CTX_free(ring->mac_form);
	free(ring);
}
