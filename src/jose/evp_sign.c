#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/bounds.h"
#include "jose/key.h"

int sto_evp_set_alg(EVP_PKEY_CTX *ctx, enum sto_alg alg, const EVP_MD *hash)
{
	const struct sto_alg_info *info = sto_alg_info(alg);
	if (EVP_PKEY_CTX_set_signature_md(ctx, hash) != 1)
		return STO_INTERNAL;
	if (info->kty != STO_KTY_RSA)
		return STO_OK;
	if (!info->pss)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 ? STO_OK : STO_INTERNAL;
	/* RFC 7518 section 3.5: MGF1 with the same hash, a salt as long as the hash. */
	if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, hash) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) != 1)
		return STO_INTERNAL;
	return STO_OK;
}

int sto_evp_sign(struct sto_buf *out, EVP_PKEY *pkey, enum sto_alg alg, struct sto_span message)
{
	int rc = STO_INTERNAL;
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t digest_len = 0;
	int size = EVP_PKEY_get_size(pkey);
	size_t len = size > 0 ? (size_t)size : 0;
	EVP_MD *hash = EVP_MD_fetch(NULL, sto_alg_info(alg)->hash, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	uint8_t *to = sto_buf_reserve(out, len);
	ERR_set_mark();
	if (hash == NULL || ctx == NULL || to == NULL) {
		rc = STO_NO_MEMORY;
		goto out;
	}
	if (EVP_Q_digest(NULL, sto_alg_info(alg)->hash, NULL, message.ptr, message.len, digest,
			 &digest_len) != 1 ||
	    EVP_PKEY_sign_init(ctx) != 1 || sto_evp_set_alg(ctx, alg, hash) != STO_OK ||
	    EVP_PKEY_sign(ctx, to, &len, digest, digest_len) != 1)
		goto out;
	sto_buf_grow(out, len);
	rc = STO_OK;
out:
	ERR_pop_to_mark();
	EVP_PKEY_CTX_free(ctx);
	EVP_MD_free(hash);
	return rc;
}
