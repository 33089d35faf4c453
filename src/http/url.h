/* URLs, strictly: RFC 3986 narrowed to what an operator writes and a provider publishes. */
#ifndef STO_HTTP_URL_H
#define STO_HTTP_URL_H

#include "stoauth/buf.h"
#include "stoauth/error.h"

/* The parts of an absolute http or https URL, borrowed from its text. */
struct sto_url {
	bool https;
	struct sto_span host;  /* a name, an IPv4 address or "[...]" with an IPv6 address; as written */
	uint16_t port;         /* the default of the scheme where none was written */
	struct sto_span path;  /* begins with '/' or is empty */
	struct sto_span query; /* without '?'; ptr NULL where there is none */
};

/* Parses. STO_URL_MALFORMED: another scheme, user info, a fragment, white space, control or non-ASCII
 * characters, '\\', an empty host, a broken port or percent escape, a dotted host that is no canonical IPv4
 * address though it ends in a number ("127.1", "0x7f.1", "2130706433"), an empty label or a dot at the end of
 * the host, characters that RFC 3986 has no place for (such as '{'). STO_TOO_LARGE over STO_LIMIT_URL. */
STO_CHECKED int sto_url_parse(struct sto_url *out, struct sto_span text, struct sto_error *err);

/* Whether the host is a loopback one by its text alone: 127.0.0.0/8, [::1], "localhost", "*.localhost". */
bool sto_url_is_loopback(const struct sto_url *url);

/* Same scheme, host (no case) and port. */
bool sto_url_same_origin(const struct sto_url *a, const struct sto_url *b);

/* Appends "scheme://host[:port]", the port only where it is not the default, host in lower case. */
STO_CHECKED int sto_url_put_origin(struct sto_buf *out, const struct sto_url *url);

/* Appends `text` percent-encoded for use inside a query or path segment: all but A-Z a-z 0-9 - . _ ~ */
STO_CHECKED int sto_url_put_escaped(struct sto_buf *out, struct sto_span text);

/* Whether `text` is a path on this very site that a browser cannot read as another one: begins with '/', and
 * with every level of percent escapes taken off its path has no empty, "." or ".." segment (the last one may
 * be empty), no '\\', no control character and no blank at a segment's end. A query and a fragment are fine,
 * with anything but raw blanks, controls, non-ASCII, '\\', '"', '<' and '>'. At most STO_LIMIT_URL. */
bool sto_url_is_local_path(struct sto_span text);

#endif
