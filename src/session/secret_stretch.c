/* A key out of a text that a person chose: Streamlit's own `cookie_secret`. */
#include <sodium.h>
#include <string.h>

#include "base/bounds.h"
#include "session/keys.h"
#include "session/secret_sample.h"
#include "session/secret_source.h"

#define MEND "make one with: openssl rand -base64 32"
#define LEAST_CHARACTERS 8
#define LEAST_DISTINCT 6 /* different characters; more than a word typed twice has */

/* The salt is the same for every app: the key must be the same in every process, and there is nowhere to keep
 * one. What argon2id gives here is its cost (RFC 9106 section 4, the second recommended option). */
static const unsigned char salt[crypto_pwhash_argon2id_SALTBYTES] = "st_oauth cookie";

/* "abcdef...", "11112222": most characters are the one before or its neighbour. Of 64 characters at random
 * one in twenty is. */
static bool is_typed_row(struct sto_span text)
{
	size_t near = 0;
	for (size_t i = 1; i < text.len; i++) {
		int step = text.ptr[i] - text.ptr[i - 1];
		near += step >= -1 && step <= 1;
	}
	return near > text.len / 2;
}

static int stretch(struct sto_buf *out, struct sto_span text, struct sto_error *err)
{
	uint8_t key[STO_KEY_LEN];
	int rc = STO_OK;
	if (sodium_init() < 0 || crypto_pwhash_argon2id(key, sizeof(key), (const char *)text.ptr, text.len,
							salt, crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
							crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE,
							crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
		rc = sto_fail(err, STO_NO_MEMORY, "no memory to stretch the secret");
	else
		rc = sto_buf_put(out, sto_span_of(key, sizeof(key)));
	sodium_memzero(key, sizeof(key));
	return rc;
}

int sto_secret_from_text(struct sto_buf *out, bool *stretched, struct sto_span text, struct sto_error *err)
{
	*stretched = text.len < STO_KEY_LEN;
	if (text.len > STO_LIMIT_SECRET)
		return sto_fail(err, STO_TOO_LARGE, "the secret is over %d bytes", STO_LIMIT_SECRET);
	if (text.len < LEAST_CHARACTERS)
		return sto_fail(err, STO_SECRET_MALFORMED, "the secret has under %d characters; " MEND,
				LEAST_CHARACTERS);
	if (sto_secret_is_sample(text) || sto_secret_count_distinct(text) < LEAST_DISTINCT ||
	    is_typed_row(text))
		return sto_fail(err, STO_SECRET_MALFORMED, "the secret is a sample, not random; " MEND);
	return *stretched ? stretch(out, text, err) : sto_buf_put(out, text);
}
