/* The Cookie request header: RFC 6265 section 5.4, read tolerantly; and Set-Cookie, written strictly. */
#ifndef STO_HTTP_COOKIE_H
#define STO_HTTP_COOKIE_H

#include "stoauth/buf.h"
#include "stoauth/error.h"

/* Takes the next pair off *rest. False at the end. Nameless pairs (no '=' or nothing before it) are passed
 * over, so that "=__Host-x=1" is never a prefixed cookie. A value in double quotes loses them. A header over
 * STO_LIMIT_COOKIE_HEADER bytes or STO_LIMIT_COOKIES pairs is not read at all. */
bool sto_cookie_next(struct sto_span *name, struct sto_span *value, struct sto_span *rest);

/* The value of the first cookie of that name in a Cookie header, unquoted; false where there is none. The
 * same name may come twice (cookie tossing): use sto_cookie_next() where all of them must be tried. */
bool sto_cookie_find(struct sto_span *value, struct sto_span header, struct sto_span name);

/* How a cookie is set. */
struct sto_set_cookie {
	struct sto_span name;
	struct sto_span value; /* cookie-octets only, else STO_USAGE */
	struct sto_span path;  /* empty: "/" */
	int64_t max_age_sec;   /* 0 deletes; -1: until the browser closes */
	bool secure, http_only;
	const char *same_site; /* "Lax", "Strict", "None" */
};

/* Appends the value of a Set-Cookie header. STO_USAGE where a __Host- or __Secure- name's contract is broken
 * (RFC 6265bis 4.1.3), a part could split the header, or SameSite is none of the three or "None" without
 * Secure. STO_TOO_LARGE over 4096 bytes of name and value, STO_NO_MEMORY. On failure the buffer is as it was.
 */
STO_CHECKED int sto_set_cookie_put(struct sto_buf *out, const struct sto_set_cookie *cookie);

#endif
