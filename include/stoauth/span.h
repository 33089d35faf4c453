/* A borrowed run of bytes. It owns nothing and lives no longer than what it points into. */
#ifndef STOAUTH_SPAN_H
#define STOAUTH_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stoauth/export.h"

struct sto_span {
	const uint8_t *ptr; /* NULL only where len is 0 */
	size_t len;         /* bytes */
};

/* A span over a string literal, without its NUL. */
#define STO_SPAN(literal) ((struct sto_span){(const uint8_t *)("" literal), sizeof(literal) - 1})

/* A span over `len` bytes at `ptr`. */
STO_API struct sto_span sto_span_of(const void *ptr, size_t len);

/* A span over a NUL-terminated string; NULL gives the empty span. For the edges of the library:
 * what comes from the C library or from a literal table. */
STO_API struct sto_span sto_span_str(const char *text);

/* Whether both hold the same bytes. Not constant in time: for public values only. */
STO_API bool sto_span_equal(struct sto_span a, struct sto_span b);

/* The same with ASCII letters taken for equal in either case (header names, schemes, hosts). */
STO_API bool sto_span_equal_nocase(struct sto_span a, struct sto_span b);

/* Whether both hold the same bytes, in a time that depends on the lengths only: for secrets. */
STO_API bool sto_span_equal_secret(struct sto_span a, struct sto_span b);

STO_API bool sto_span_starts_with(struct sto_span text, struct sto_span prefix);
STO_API bool sto_span_ends_with(struct sto_span text, struct sto_span suffix);

/* The part from `from` on, at most `len` bytes; both are cut to what there is. */
STO_API struct sto_span sto_span_slice(struct sto_span text, size_t from, size_t len);

/* The index of the first `byte`, or text.len where there is none. */
STO_API size_t sto_span_find(struct sto_span text, uint8_t byte);

/* Takes the part before the first `separator` off the front of `*rest` into `*head` and drops the
 * separator. False, with both left alone, where `rest` has been used up (its ptr is NULL). */
STO_API bool sto_span_split(struct sto_span *head, struct sto_span *rest, uint8_t separator);

#endif
