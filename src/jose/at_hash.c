#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/base64url.h"
#include "jose/alg_info.h"
#include "jose/claims.h"

/* OIDC Core section 3.1.3.6 */
int sto_at_hash(struct sto_buf *out, enum sto_alg alg, struct sto_span access_token)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t len = 0;
	ERR_set_mark();
	int made = EVP_Q_digest(NULL, sto_alg_info(alg)->hash, NULL, access_token.ptr, access_token.len,
				digest, &len);
	ERR_pop_to_mark();
	if (made != 1)
		return STO_INTERNAL;
	return sto_base64url_encode(out, sto_span_of(digest, len / 2));
}
