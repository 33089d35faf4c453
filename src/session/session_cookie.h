/* The value of the session cookie: "s1." and a secret where a store keeps the session, "c1." and the session
 * itself where none does. For the files of this folder and the fuzzers. */
#ifndef STO_SESSION_SESSION_COOKIE_H
#define STO_SESSION_SESSION_COOKIE_H

#include "base/bounds.h"
#include "session/session_crypto.h"

/* Appends the value for a secret: 46 characters. */
STO_CHECKED int sto_session_cookie_write(struct sto_buf *out, const uint8_t secret[STO_SESSION_SECRET_LEN]);

/* The secret of a value. Strict: each secret has one spelling. STO_SESSION_MALFORMED, STO_SESSION_VERSION. */
STO_CHECKED int sto_session_cookie_read(uint8_t secret[STO_SESSION_SECRET_LEN], struct sto_span value);

/* The same for a sealed session of at most STO_LIMIT_SEALED_COOKIE characters in all. */
STO_CHECKED int sto_sealed_cookie_write(struct sto_buf *out,
					struct sto_span sealed); /* STO_SESSION_TOO_LARGE */
#define STO_SEALED_COOKIE_BYTES (STO_LIMIT_SEALED_COOKIE / 4 * 3)
STO_CHECKED int sto_sealed_cookie_read(uint8_t sealed[STO_SEALED_COOKIE_BYTES], size_t *len,
				       struct sto_span value);

#endif
