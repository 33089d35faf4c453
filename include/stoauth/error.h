/* What went wrong: a code out of one table (reasons.def) and, for the operator, a bounded detail.
 *
 * Every function that can fail gives an int: 0 (STO_OK) or one of the codes. A struct sto_error
 * belongs to the caller, may always be NULL, and is written only on failure. Its detail never
 * holds a token, a code, a password, a secret or a cookie's value. */
#ifndef STOAUTH_ERROR_H
#define STOAUTH_ERROR_H

#include "stoauth/span.h"

enum sto_group {
	STO_GROUP_USAGE,     /* the caller's mistake */
	STO_GROUP_CONFIG,    /* the configuration is wrong */
	STO_GROUP_MALFORMED, /* bytes that are not what they should be */
	STO_GROUP_CRYPTO,    /* a signature, key or sealed value that does not hold */
	STO_GROUP_CLAIMS,    /* a true token that is not for us */
	STO_GROUP_EXPIRED,   /* too late, or too early */
	STO_GROUP_REPLAY,    /* used before */
	STO_GROUP_TRANSPORT, /* the network or the provider */
	STO_GROUP_STORE,     /* where sessions and marks are kept */
	STO_GROUP_DENIED,    /* the answer is no */
	STO_GROUP_INTERNAL,  /* ours: memory, a bug */
};

enum sto_code {
	STO_OK = 0,
#define STO_REASON(number, ident, name, group, visitor, operator_hint) STO_##ident = number,
#include "stoauth/reasons.def"
#undef STO_REASON
};

#define STO_DETAIL_MAX 240

struct sto_error {
	int code;                    /* enum sto_code */
	char detail[STO_DETAIL_MAX]; /* one printable line, NUL-terminated, for the operator */
};

/* One row of the table. The texts are static. */
struct sto_reason {
	int code;
	enum sto_group group;
	const char *name;    /* stable: lower case, words joined by '_' */
	const char *visitor; /* a sentence for the person at the browser */
	const char *hint;    /* what the operator can do */
};

/* The row of a code; an unknown code gives the row of STO_INTERNAL. Never NULL. Any thread. */
STO_API const struct sto_reason *sto_reason_of(int code);

/* The row at `index` in the table's order, NULL behind the last. For documentation and tests. */
STO_API const struct sto_reason *sto_reason_at(size_t index);

/* The name of a group: "usage", "config", ... */
STO_API const char *sto_group_name(enum sto_group group);

/* Fills *err (NULL is fine) and returns `code`, so that `return sto_fail(err, ...)` reads well.
 * Control characters in the result are replaced by '?', and it is cut to STO_DETAIL_MAX - 1. */
STO_CHECKED STO_API int sto_fail(struct sto_error *err, int code, const char *format, ...) STO_PRINTF(3, 4);

#endif
