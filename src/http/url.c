#include "http/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/bounds.h"
#include "http/escape.h"

static struct sto_span rest_of(struct sto_span text, size_t from)
{
	return sto_span_slice(text, from, text.len);
}

static bool one_of(uint8_t c, const char *set)
{
	return c != 0 && strchr(set, c) != NULL;
}

/* RFC 3986 sections 3.3 and 3.4: pchar, '/' and '?', with whole escapes. */
static bool is_path_and_query(struct sto_span text)
{
	uint8_t byte = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (c == '%' && !sto_escape_read(&byte, text, i))
			return false;
		if (!sto_is_alnum(c) && !one_of(c, "%-._~!$&'()*+,;=:@/?"))
			return false;
	}
	return true;
}

/* ---- hosts ---- */

/* One number of a canonical IPv4 address: 0 to 255 without leading zeros. */
static bool is_octet(struct sto_span text)
{
	unsigned value = 0;
	if (text.len == 0 || text.len > 3 || (text.len > 1 && text.ptr[0] == '0'))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!sto_is_digit(text.ptr[i]))
			return false;
		value = value * 10 + (unsigned)(text.ptr[i] - '0');
	}
	return value <= 255;
}

static bool is_ipv4(struct sto_span host)
{
	struct sto_span label, rest = host;
	int count = 0;
	while (sto_span_split(&label, &rest, '.')) {
		if (!is_octet(label))
			return false;
		count++;
	}
	return count == 4;
}

static bool is_number(struct sto_span label)
{
	bool hex = label.len > 1 && label.ptr[0] == '0' && (label.ptr[1] | 0x20) == 'x';
	for (size_t i = hex ? 2 : 0; i < label.len; i++)
		if (hex ? sto_hex_value(label.ptr[i]) < 0 : !sto_is_digit(label.ptr[i]))
			return false;
	return label.len > 0;
}

static bool is_label(struct sto_span label)
{
	if (label.len == 0 || label.len > 63)
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!sto_is_alnum(label.ptr[i]) && !one_of(label.ptr[i], "-_"))
			return false;
	return true;
}

/* A name of DNS labels. One that ends in a number is an address to a browser (WHATWG URL section 3.5), so it
 * must be a canonical one. */
static bool is_name(struct sto_span host)
{
	struct sto_span label = {NULL, 0}, rest = host;
	if (host.len == 0 || host.len > 253)
		return false;
	while (sto_span_split(&label, &rest, '.'))
		if (!is_label(label))
			return false;
	return !is_number(label) || is_ipv4(host);
}

static bool read_ipv6(struct in6_addr *out, struct sto_span host)
{
	char text[INET6_ADDRSTRLEN] = {0};
	if (host.len < 4 || host.len - 2 >= sizeof(text) || host.ptr[0] != '[' ||
	    host.ptr[host.len - 1] != ']')
		return false;
	memcpy(text, host.ptr + 1, host.len - 2);
	return strlen(text) == host.len - 2 && inet_pton(AF_INET6, text, out) == 1;
}

static bool is_host(struct sto_span host)
{
	struct in6_addr address;
	return host.len > 0 && host.ptr[0] == '[' ? read_ipv6(&address, host) : is_name(host);
}

/* ---- the parts ---- */

static bool take_scheme(struct sto_url *out, struct sto_span *rest)
{
	struct sto_span https = STO_SPAN("https://"), http = STO_SPAN("http://");
	out->https = sto_span_equal_nocase(sto_span_slice(*rest, 0, https.len), https);
	if (!out->https && !sto_span_equal_nocase(sto_span_slice(*rest, 0, http.len), http))
		return false;
	*rest = rest_of(*rest, out->https ? https.len : http.len);
	return true;
}

static bool read_port(uint16_t *out, struct sto_span digits)
{
	uint32_t port = 0;
	if (digits.len == 0 || digits.len > 5 || digits.ptr[0] == '0')
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		if (!sto_is_digit(digits.ptr[i]))
			return false;
		port = port * 10 + (uint32_t)(digits.ptr[i] - '0');
	}
	*out = (uint16_t)port;
	return port <= 65535;
}

/* RFC 3986 section 3.2, without user info. */
static bool read_authority(struct sto_url *out, struct sto_span text)
{
	size_t bracket = sto_span_find(text, ']');
	size_t after = text.len > 0 && text.ptr[0] == '[' ? bracket : 0;
	size_t colon = after + sto_span_find(rest_of(text, after), ':');
	out->port = out->https ? 443 : 80;
	out->host = sto_span_slice(text, 0, colon);
	if (colon < text.len && !read_port(&out->port, rest_of(text, colon + 1)))
		return false;
	return is_host(out->host);
}

static size_t authority_len(struct sto_span text)
{
	size_t at = 0;
	while (at < text.len && !one_of(text.ptr[at], "/?#"))
		at++;
	return at;
}

int sto_url_parse(struct sto_url *out, struct sto_span text, struct sto_error *err)
{
	struct sto_span rest = text;
	*out = (struct sto_url){0};
	if (text.len > STO_LIMIT_URL)
		return sto_fail(err, STO_TOO_LARGE, "a URL of %zu bytes", text.len);
	if (!take_scheme(out, &rest))
		return sto_fail(err, STO_URL_MALFORMED, "a URL begins with neither https:// nor http://");
	size_t len = authority_len(rest);
	if (!read_authority(out, sto_span_slice(rest, 0, len)))
		return sto_fail(err, STO_URL_MALFORMED,
				"a URL whose host or port is not plain and canonical");
	rest = rest_of(rest, len);
	if (!is_path_and_query(rest))
		return sto_fail(err, STO_URL_MALFORMED,
				"a URL with a fragment, a broken escape or a character that must be escaped");
	size_t question = sto_span_find(rest, '?');
	out->path = sto_span_slice(rest, 0, question);
	if (question < rest.len)
		out->query = (struct sto_span){rest.ptr + question + 1, rest.len - question - 1};
	return STO_OK;
}

bool sto_url_is_loopback(const struct sto_url *url)
{
	struct in6_addr address;
	struct sto_span name = STO_SPAN("localhost"), below = STO_SPAN(".localhost");
	struct sto_span host = url->host;
	if (is_ipv4(host))
		return sto_span_starts_with(host, STO_SPAN("127."));
	if (read_ipv6(&address, host))
		return IN6_IS_ADDR_LOOPBACK(&address);
	return sto_span_equal_nocase(host, name) ||
	       (host.len > below.len && sto_span_equal_nocase(rest_of(host, host.len - below.len), below));
}

bool sto_url_same_origin(const struct sto_url *a, const struct sto_url *b)
{
	return a->https == b->https && a->port == b->port && sto_span_equal_nocase(a->host, b->host);
}

static int put_origin(struct sto_buf *out, const struct sto_url *url)
{
	int rc = sto_buf_put_str(out, url->https ? "https://" : "http://");
	for (size_t i = 0; i < url->host.len && rc == STO_OK; i++) {
		uint8_t c = url->host.ptr[i];
		rc = sto_buf_put_byte(out, c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c);
	}
	if (rc == STO_OK && url->port != (url->https ? 443 : 80))
		rc = sto_buf_printf(out, ":%u", (unsigned)url->port);
	return rc;
}

int sto_url_put_origin(struct sto_buf *out, const struct sto_url *url)
{
	size_t before = out->len;
	int rc = put_origin(out, url);
	if (rc != STO_OK)
		out->len = before;
	return rc;
}

int sto_url_put_escaped(struct sto_buf *out, struct sto_span text)
{
	return sto_escape_put(out, text, "-._~", false);
}
