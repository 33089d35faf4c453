/* Where a Redis or Valkey server is, as an operator writes it:
 *
 *     redis://[user[:password]@]host[:port][/db]
 *     rediss://...                 the same over TLS
 *     unix:///path/of/socket[?db=N]
 */
#ifndef STO_STORE_REDIS_URL_H
#define STO_STORE_REDIS_URL_H

#include "stoauth/buf.h"
#include "stoauth/error.h"

#define STO_REDIS_PORT 6379
#define STO_REDIS_DB_MAX 999999

enum sto_redis_scheme {
	STO_REDIS_TCP,
	STO_REDIS_TLS,
	STO_REDIS_UNIX,
};

/* The parts, owned and decoded. Made by sto_redis_url_init(), given back by sto_redis_url_finish(). */
struct sto_redis_url {
	enum sto_redis_scheme scheme;
	struct sto_buf host; /* a name, an IPv4 address, or an IPv6 address without its brackets */
	uint16_t port;
	struct sto_buf path;     /* of the socket, absolute */
	struct sto_buf user;     /* empty: none */
	struct sto_buf password; /* empty: none */
	uint32_t db;
};

void sto_redis_url_init(struct sto_redis_url *url);
void sto_redis_url_finish(struct sto_redis_url *url); /* wiped; NULL is fine */

/* Parses. STO_URL_MALFORMED: another scheme, a host or port that is not plain and canonical, a database that
 * is no number, a broken percent escape, a control character, a query or fragment that has no place there, a
 * path that is not absolute or too long for a socket. STO_TOO_LARGE, STO_NO_MEMORY. The detail names the part
 * and repeats nothing of the text: it may hold a password in a place where none is looked for. */
STO_CHECKED int sto_redis_url_parse(struct sto_redis_url *out, struct sto_span text, struct sto_error *err);

/* Appends the URL without user and password: for logs. STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_redis_url_put_public(struct sto_buf *out, const struct sto_redis_url *url);

#endif
