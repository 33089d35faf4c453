#include "jose/ecdsa_sig.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include "stoauth/error.h"

/* One INTEGER: as short as it goes, with a zero byte in front where it would be negative. */
static size_t put_integer(uint8_t *out, struct sto_span number)
{
	while (number.len > 1 && number.ptr[0] == 0)
		number = sto_span_slice(number, 1, number.len);
	size_t pad = number.ptr[0] >> 7;
	out[0] = 0x02;
	out[1] = (uint8_t)(number.len + pad);
	out[2] = 0;
	memcpy(out + 2 + pad, number.ptr, number.len);
	return 2 + pad + number.len;
}

size_t sto_ecdsa_to_der(uint8_t out[STO_ECDSA_DER_MAX], struct sto_span raw)
{
	size_t half = raw.len / 2;
	uint8_t body[2 * (3 + STO_EC_COORDINATE_MAX)];
	size_t len = put_integer(body, sto_span_slice(raw, 0, half));
	len += put_integer(body + len, sto_span_slice(raw, half, half));
	size_t head = 0;
	out[head++] = 0x30;
	if (len > 127)
		out[head++] = 0x81;
	out[head++] = (uint8_t)len;
	memcpy(out + head, body, len);
	return head + len;
}

int sto_ecdsa_from_der(struct sto_buf *out, struct sto_span der, size_t coordinate_len)
{
	int rc = STO_INTERNAL, n = (int)coordinate_len;
	const uint8_t *at = der.ptr;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
	uint8_t *to = sto_buf_reserve(out, 2 * coordinate_len);
	if (sig == NULL)
		goto out;
	if (to == NULL) {
		rc = STO_NO_MEMORY;
		goto out;
	}
	if (BN_bn2binpad(ECDSA_SIG_get0_r(sig), to, n) != n ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), to + coordinate_len, n) != n)
		goto out;
	sto_buf_grow(out, 2 * coordinate_len);
	rc = STO_OK;
out:
	ECDSA_SIG_free(sig);
	return rc;
}
