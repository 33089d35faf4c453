/* The two spellings of an ECDSA signature: r and s side by side (RFC 7518 section 3.4), and the DER sequence
 * that OpenSSL takes. */
#ifndef STO_JOSE_ECDSA_SIG_H
#define STO_JOSE_ECDSA_SIG_H

#include "stoauth/buf.h"

#define STO_EC_COORDINATE_MAX 66                                /* P-521 */
#define STO_ECDSA_DER_MAX (3 + 2 * (3 + STO_EC_COORDINATE_MAX)) /* sequence of two integers */

/* Writes the DER form of `raw` (an even length up to twice STO_EC_COORDINATE_MAX) and gives its length. */
size_t sto_ecdsa_to_der(uint8_t out[STO_ECDSA_DER_MAX], struct sto_span raw);

/* Appends r and s of `der`, each padded to `coordinate_len` bytes. STO_INTERNAL where it is no such sequence,
 * STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_ecdsa_from_der(struct sto_buf *out, struct sto_span der, size_t coordinate_len);

#endif
