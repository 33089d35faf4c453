/* A configured secret as text: 32 random bytes or more in base64 (RFC 4648 sections 4 and 5). */
#include <string.h>

#include "base/base64url.h"
#include "base/bounds.h"
#include "session/keys.h"
#include "session/secret_sample.h"
#include "session/secret_source.h"

#define MEND "make one with: openssl rand -base64 32"
#define LEAST_DISTINCT 12 /* of 32 random bytes, fewer than 12 different ones: one in 10^26 */

/* Words of samples. Each is long enough that no random key holds it. */
static const char *const samples[] = {
	"changeme",     "change-me",     "change_me",     "change/me",        "replaceme",
	"replace-me",   "replace_me",    "yoursecret",    "your secret",      "your-secret",
	"your_secret",  "supersecret",   "super-secret",  "super_secret",     "mysecret",
	"my-secret",    "my_secret",     "secretkey",     "secret-key",       "secret_key",
	"secretsecret", "cookiesecret",  "cookie-secret", "cookie_secret",    "password",
	"samplekey",    "examplekey",    "example-key",   "random_string",    "random-string",
	"randomstring", "random_secret", "random-secret", "0123456789abcdef",
};

static bool contains_nocase(struct sto_span text, struct sto_span word)
{
	for (size_t i = 0; word.len <= text.len && i <= text.len - word.len; i++)
		if (sto_span_equal_nocase(sto_span_slice(text, i, word.len), word))
			return true;
	return false;
}

bool sto_secret_is_sample(struct sto_span text)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (contains_nocase(text, sto_span_str(samples[i])))
			return true;
	return false;
}

size_t sto_secret_count_distinct(struct sto_span bytes)
{
	bool seen[256] = {false};
	size_t count = 0;
	for (size_t i = 0; i < bytes.len; i++) {
		count += !seen[bytes.ptr[i]];
		seen[bytes.ptr[i]] = true;
	}
	return count;
}

/* 00 01 02 ..., and every other row of equal steps. */
static bool is_row(struct sto_span bytes)
{
	for (size_t i = 2; i < bytes.len; i++)
		if ((uint8_t)(bytes.ptr[i] - bytes.ptr[i - 1]) != (uint8_t)(bytes.ptr[1] - bytes.ptr[0]))
			return false;
	return true;
}

static bool is_weak(struct sto_span bytes)
{
	return sto_secret_count_distinct(bytes) < LEAST_DISTINCT || is_row(bytes) ||
	       sto_secret_is_sample(bytes);
}

/* Padding stands only where it fills a group of four. */
static struct sto_span without_padding(struct sto_span text)
{
	if (text.len % 4 != 0)
		return text;
	for (int i = 0; i < 2 && text.len > 0 && text.ptr[text.len - 1] == '='; i++)
		text.len--;
	return text;
}

/* The alphabet of section 4 spelled in that of section 5; a text in both has neither. */
static int to_base64url(struct sto_buf *out, struct sto_span text)
{
	bool plain = sto_span_find(text, '+') < text.len || sto_span_find(text, '/') < text.len;
	bool url = sto_span_find(text, '-') < text.len || sto_span_find(text, '_') < text.len;
	if (plain && url)
		return STO_BAD_BASE64URL;
	int rc = sto_buf_put(out, text);
	for (size_t i = 0; rc == STO_OK && i < out->len; i++) {
		if (out->data[i] == '+')
			out->data[i] = '-';
		else if (out->data[i] == '/')
			out->data[i] = '_';
	}
	return rc;
}

static int decode(struct sto_buf *bytes, struct sto_span text)
{
	struct sto_buf spelled;
	sto_buf_init(&spelled, STO_LIMIT_SECRET);
	int rc = to_base64url(&spelled, without_padding(text));
	if (rc == STO_OK)
		rc = sto_base64url_decode(bytes, sto_buf_span(&spelled));
	sto_buf_finish(&spelled);
	return rc;
}

int sto_secret_decode(struct sto_buf *out, struct sto_span text, struct sto_error *err)
{
	struct sto_buf bytes;
	sto_buf_init(&bytes, STO_LIMIT_SECRET);
	int rc = decode(&bytes, text);
	if (rc == STO_NO_MEMORY)
		rc = sto_fail(err, rc, "no memory for the secret");
	else if (rc != STO_OK)
		rc = sto_fail(err, STO_SECRET_MALFORMED, "the secret is not base64; " MEND);
	else if (bytes.len < STO_KEY_LEN)
		rc = sto_fail(err, STO_SECRET_MALFORMED, "the secret has %zu bytes, not %d; " MEND, bytes.len,
			      STO_KEY_LEN);
	else if (sto_secret_is_sample(text) || is_weak(sto_buf_span(&bytes)))
		rc = sto_fail(err, STO_SECRET_MALFORMED, "the secret is a sample, not random; " MEND);
	else
		rc = sto_buf_put(out, sto_buf_span(&bytes));
	sto_buf_finish(&bytes);
	return rc;
}
