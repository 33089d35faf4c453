#include "session/session_cookie.h"

#include "base/base64url.h"
#include "base/bounds.h"

#define PREFIX_LEN 3

/* The prefix is a letter for the kind, a digit for the version, and a point. */
static int check_prefix(struct sto_span value, uint8_t kind)
{
	if (value.len < PREFIX_LEN || value.ptr[0] != kind || value.ptr[2] != '.')
		return STO_SESSION_MALFORMED;
	if (value.ptr[1] > '1' && value.ptr[1] <= '9')
		return STO_SESSION_VERSION;
	return value.ptr[1] == '1' ? STO_OK : STO_SESSION_MALFORMED;
}

int sto_session_cookie_write(struct sto_buf *out, const uint8_t ikm[STO_SESSION_SECRET_LEN])
{
	size_t before = out->len;
	int rc = sto_buf_put_str(out, "s1.");
	if (rc == STO_OK)
		rc = sto_base64url_encode(out, sto_span_of(ikm, STO_SESSION_SECRET_LEN));
	if (rc != STO_OK)
		out->len = before;
	return rc;
}

int sto_session_cookie_read(uint8_t ikm[STO_SESSION_SECRET_LEN], struct sto_span value)
{
	int rc = check_prefix(value, 's');
	if (rc != STO_OK)
		return rc;
	struct sto_span text = {value.ptr + PREFIX_LEN, value.len - PREFIX_LEN};
	if (text.len != sto_base64url_encoded_len(STO_SESSION_SECRET_LEN))
		return STO_SESSION_MALFORMED;
	return sto_base64url_decode_to(ikm, text) == STO_OK ? STO_OK : STO_SESSION_MALFORMED;
}

int sto_sealed_cookie_write(struct sto_buf *out, struct sto_span sealed)
{
	size_t before = out->len;
	if (PREFIX_LEN + sto_base64url_encoded_len(sealed.len) > STO_LIMIT_SEALED_COOKIE)
		return STO_SESSION_TOO_LARGE;
	int rc = sto_buf_put_str(out, "c1.");
	if (rc == STO_OK)
		rc = sto_base64url_encode(out, sealed);
	if (rc != STO_OK)
		out->len = before;
	return rc;
}

int sto_sealed_cookie_read(uint8_t sealed[STO_SEALED_COOKIE_BYTES], size_t *len, struct sto_span value)
{
	int rc = check_prefix(value, 'c');
	if (rc != STO_OK)
		return rc;
	if (value.len > STO_LIMIT_SEALED_COOKIE)
		return STO_SESSION_MALFORMED;
	struct sto_span text = {value.ptr + PREFIX_LEN, value.len - PREFIX_LEN};
	*len = sto_base64url_decoded_len(text.len);
	return sto_base64url_decode_to(sealed, text) == STO_OK ? STO_OK : STO_SESSION_MALFORMED;
}
