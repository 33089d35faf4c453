/* An owned run of bytes whose largest size is fixed when it is made. Its memory is wiped when it
 * moves and when it is given back, so it may hold secrets. */
#ifndef STOAUTH_BUF_H
#define STOAUTH_BUF_H

#include "stoauth/span.h"

struct sto_buf {
	uint8_t *data; /* owned; NULL while nothing was put */
	size_t len;    /* bytes in use */
	size_t cap;    /* bytes allocated */
	size_t max;    /* never more than this */
};

/* An empty buffer of at most `max` bytes; allocates nothing. */
STO_API void sto_buf_init(struct sto_buf *buf, size_t max);

/* Wipes and frees; the buffer is empty afterwards and keeps its maximum. NULL is fine. */
STO_API void sto_buf_finish(struct sto_buf *buf);

/* Forgets the content (wiped), keeps the memory. */
STO_API void sto_buf_clear(struct sto_buf *buf);

/* Each appends and gives 0, STO_TOO_LARGE (over `max`) or STO_NO_MEMORY; on failure the buffer
 * is as it was. The source must not lie inside the buffer. */
STO_CHECKED STO_API int sto_buf_put(struct sto_buf *buf, struct sto_span bytes);
STO_CHECKED STO_API int sto_buf_put_byte(struct sto_buf *buf, uint8_t byte);
STO_CHECKED STO_API int sto_buf_put_str(struct sto_buf *buf, const char *text);
STO_CHECKED STO_API int sto_buf_put_u64(struct sto_buf *buf, uint64_t decimal);
STO_CHECKED STO_API int sto_buf_printf(struct sto_buf *buf, const char *format, ...) STO_PRINTF(2, 3);

/* Makes room for `len` more bytes and gives the place to write them; the caller then adds what he
 * wrote with sto_buf_grow(). NULL where it does not fit. The place is good until the next call. */
STO_CHECKED STO_API uint8_t *sto_buf_reserve(struct sto_buf *buf, size_t len);
STO_API void sto_buf_grow(struct sto_buf *buf, size_t len);

/* What is in it, borrowed until the next call that changes it. */
STO_API struct sto_span sto_buf_span(const struct sto_buf *buf);

/* The content as a C string for the libraries that want one: a NUL stands behind it, uncounted.
 * NULL where there is no memory or the content holds a NUL. */
STO_CHECKED STO_API const char *sto_buf_cstr(struct sto_buf *buf);

/* Moves the content of `from` into `to` (what `to` held is wiped); `from` is empty afterwards. */
STO_API void sto_buf_move(struct sto_buf *to, struct sto_buf *from);

#endif
