#include "store/redis_url.h"

#include <string.h>
#include <sys/un.h>

#include "base/bounds.h"
#include "http/escape.h"
#include "http/url.h"

#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)
#define HOST_MAX 256

void sto_redis_url_init(struct sto_redis_url *url)
{
	*url = (struct sto_redis_url){.scheme = STO_REDIS_TCP, .port = STO_REDIS_PORT};
	sto_buf_init(&url->host, HOST_MAX);
	sto_buf_init(&url->path, SOCKET_PATH_MAX);
	sto_buf_init(&url->user, STO_LIMIT_SECRET);
	sto_buf_init(&url->password, STO_LIMIT_SECRET);
}

void sto_redis_url_finish(struct sto_redis_url *url)
{
	if (url == NULL)
		return;
	sto_buf_finish(&url->host);
	sto_buf_finish(&url->path);
	sto_buf_finish(&url->user);
	sto_buf_finish(&url->password);
}

static int wrong(struct sto_error *err, const char *what)
{
	return sto_fail(err, STO_URL_MALFORMED, "the address of the Redis server: %s", what);
}

static struct sto_span rest_of(struct sto_span text, size_t from)
{
	return sto_span_slice(text, from, text.len);
}

/* Percent escapes (RFC 3986 section 2.1) off; no control character is left. */
static int decode(struct sto_buf *out, struct sto_span text, const char *what, struct sto_error *err)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = text.ptr[i];
		if (byte == '%' && !sto_escape_read(&byte, text, i))
			return wrong(err, "a broken percent escape");
		if (text.ptr[i] == '%')
			i += 2;
		if (sto_is_control(byte))
			return wrong(err, "a control character");
		int rc = sto_buf_put_byte(out, byte);
		if (rc != STO_OK)
			return sto_fail(err, rc, "the %s of the Redis server is too long", what);
	}
	return STO_OK;
}

static int read_db(uint32_t *out, struct sto_span digits, struct sto_error *err)
{
	uint32_t db = 0;
	if (digits.len == 0 || digits.len > 6 || (digits.len > 1 && digits.ptr[0] == '0'))
		return wrong(err, "the database is a number from 0 on");
	for (size_t i = 0; i < digits.len; i++) {
		if (!sto_is_digit(digits.ptr[i]))
			return wrong(err, "the database is a number from 0 on");
		db = db * 10 + (uint32_t)(digits.ptr[i] - '0');
	}
	*out = db;
	return STO_OK;
}

/* The index of the last `byte`, or text.len where there is none. */
static size_t find_last(struct sto_span text, uint8_t byte)
{
	for (size_t i = text.len; i > 0; i--)
		if (text.ptr[i - 1] == byte)
			return i - 1;
	return text.len;
}

static int read_user_info(struct sto_redis_url *out, struct sto_span text, struct sto_error *err)
{
	size_t colon = sto_span_find(text, ':');
	struct sto_span password = rest_of(text, colon < text.len ? colon + 1 : colon);
	if (sto_span_find(text, '@') < text.len)
		return wrong(err, "an '@' in the user or password is written %40");
	int rc = decode(&out->user, sto_span_slice(text, 0, colon), "user", err);
	return rc == STO_OK ? decode(&out->password, password, "password", err) : rc;
}

/* The rules for hosts and ports are those of all our URLs. */
static int read_host(struct sto_redis_url *out, struct sto_span text, struct sto_error *err)
{
	struct sto_url url;
	struct sto_buf http;
	sto_buf_init(&http, STO_LIMIT_URL);
	int rc = sto_buf_put_str(&http, "http://");
	if (rc == STO_OK)
		rc = sto_buf_put(&http, text);
	if (rc == STO_OK && sto_url_parse(&url, sto_buf_span(&http), NULL) != STO_OK)
		rc = wrong(err, "the host or port is not plain and canonical");
	if (rc == STO_OK) {
		bool bracketed = url.host.ptr[0] == '[';
		out->port = url.host.len == text.len ? STO_REDIS_PORT : url.port;
		rc = sto_buf_put(&out->host,
				 bracketed ? sto_span_slice(url.host, 1, url.host.len - 2) : url.host);
	}
	sto_buf_finish(&http);
	return rc;
}

static int read_network(struct sto_redis_url *out, struct sto_span text, struct sto_error *err)
{
	size_t slash = sto_span_find(text, '/');
	struct sto_span authority = sto_span_slice(text, 0, slash);
	struct sto_span db = rest_of(text, slash < text.len ? slash + 1 : slash);
	size_t at = find_last(authority, '@');
	int rc = STO_OK;
	if (sto_span_find(text, '?') < text.len || sto_span_find(text, '#') < text.len)
		return wrong(err, "no query or fragment; in a password '?' is %3F, '#' is %23, '/' is %2F");
	if (at < authority.len) {
		rc = read_user_info(out, sto_span_slice(authority, 0, at), err);
		authority = rest_of(authority, at + 1);
	}
	if (rc == STO_OK)
		rc = read_host(out, authority, err);
	return rc == STO_OK && db.len > 0 ? read_db(&out->db, db, err) : rc;
}

static int read_socket(struct sto_redis_url *out, struct sto_span text, struct sto_error *err)
{
	struct sto_span name = STO_SPAN("db=");
	size_t question = sto_span_find(text, '?');
	struct sto_span query = rest_of(text, question < text.len ? question + 1 : question);
	if (text.len == 0 || text.ptr[0] != '/')
		return wrong(err, "unix:// is followed by the absolute path of a socket");
	int rc = decode(&out->path, sto_span_slice(text, 0, question), "socket's path", err);
	if (rc != STO_OK || question == text.len)
		return rc;
	if (!sto_span_starts_with(query, name))
		return wrong(err, "behind the path of a socket only ?db=N may stand");
	return read_db(&out->db, rest_of(query, name.len), err);
}

static bool take_scheme(struct sto_span *rest, struct sto_span scheme)
{
	if (!sto_span_equal_nocase(sto_span_slice(*rest, 0, scheme.len), scheme))
		return false;
	*rest = rest_of(*rest, scheme.len);
	return true;
}

static int parse(struct sto_redis_url *out, struct sto_span text, struct sto_error *err)
{
	struct sto_span rest = text;
	if (text.len > STO_LIMIT_URL)
		return sto_fail(err, STO_TOO_LARGE, "the address of the Redis server has %zu bytes",
				text.len);
	if (take_scheme(&rest, STO_SPAN("redis://")))
		return read_network(out, rest, err);
	out->scheme = STO_REDIS_TLS;
	if (take_scheme(&rest, STO_SPAN("rediss://")))
		return read_network(out, rest, err);
	out->scheme = STO_REDIS_UNIX;
	if (take_scheme(&rest, STO_SPAN("unix://")))
		return read_socket(out, rest, err);
	return wrong(err, "it begins with redis://, rediss:// or unix:///");
}

int sto_redis_url_parse(struct sto_redis_url *out, struct sto_span text, struct sto_error *err)
{
	sto_redis_url_finish(out);
	sto_redis_url_init(out);
	int rc = parse(out, text, err);
	if (rc != STO_OK)
		sto_redis_url_finish(out);
	return rc;
}

static int put_public(struct sto_buf *out, const struct sto_redis_url *url)
{
	struct sto_span host = sto_buf_span(&url->host);
	bool bracketed = sto_span_find(host, ':') < host.len;
	if (url->scheme == STO_REDIS_UNIX) {
		int rc = sto_buf_put_str(out, "unix://");
		if (rc == STO_OK)
			rc = sto_escape_put(out, sto_buf_span(&url->path), "/-._~", false);
		return rc == STO_OK && url->db > 0 ? sto_buf_printf(out, "?db=%u", (unsigned)url->db) : rc;
	}
	int rc = sto_buf_put_str(out, url->scheme == STO_REDIS_TLS ? "rediss://" : "redis://");
	if (rc == STO_OK && bracketed)
		rc = sto_buf_put_byte(out, '[');
	if (rc == STO_OK)
		rc = sto_buf_put(out, host);
	if (rc == STO_OK)
		rc = sto_buf_printf(out, "%s:%u", bracketed ? "]" : "", (unsigned)url->port);
	return rc == STO_OK && url->db > 0 ? sto_buf_printf(out, "/%u", (unsigned)url->db) : rc;
}

int sto_redis_url_put_public(struct sto_buf *out, const struct sto_redis_url *url)
{
	size_t before = out->len;
	int rc = put_public(out, url);
	if (rc != STO_OK)
		out->len = before;
	return rc;
}
