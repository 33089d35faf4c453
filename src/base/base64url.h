/* base64url without padding, RFC 4648 section 5 as RFC 7515 section 2 narrows it. */
#ifndef STO_BASE_BASE64URL_H
#define STO_BASE_BASE64URL_H

#include "stoauth/buf.h"

/* The exact sizes: of the text for `len` bytes, and of the bytes for `len` characters. */
size_t sto_base64url_encoded_len(size_t len);
size_t sto_base64url_decoded_len(size_t len);

/* Appends the encoding of `bytes`. STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_base64url_encode(struct sto_buf *out, struct sto_span bytes);

/* Appends the decoding of `text`. Strict, so that each value has one spelling: no padding, no white
 * space, no '+' or '/', no length of 1 modulo 4, unused bits zero. STO_BAD_BASE64URL (nothing
 * appended), STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_base64url_decode(struct sto_buf *out, struct sto_span text);

/* The same into `out` of exactly sto_base64url_decoded_len(text.len) bytes. STO_BAD_BASE64URL. */
STO_CHECKED int sto_base64url_decode_to(uint8_t *out, struct sto_span text);

#endif
