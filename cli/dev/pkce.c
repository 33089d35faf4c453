#include <string.h>

#include <openssl/evp.h>

#include "base/base64url.h"
#include "dev/provider.h"
#include "http/escape.h"

bool dev_pkce_is_verifier(const char *text)
{
	size_t len = strlen(text);
	for (size_t i = 0; i < len; i++)
		if (!sto_is_alnum((uint8_t)text[i]) && strchr("-._~", text[i]) == NULL)
			return false;
	return len >= 43 && len <= 128;
}

bool dev_pkce_matches(const char *challenge, const char *verifier)
{
	uint8_t digest[32];
	struct sto_buf text;
	bool same = false;
	sto_buf_init(&text, 64);
	if (EVP_Digest(verifier, strlen(verifier), digest, NULL, EVP_sha256(), NULL) == 1 &&
	    sto_base64url_encode(&text, sto_span_of(digest, sizeof(digest))) == STO_OK)
		same = sto_span_equal_secret(sto_buf_span(&text), sto_span_str(challenge));
	sto_buf_finish(&text);
	return same;
}
