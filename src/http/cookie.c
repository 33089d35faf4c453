#include "http/cookie.h"

#include <string.h>

#include "base/bounds.h"
#include "http/escape.h"

/* A name and a value together may take what browsers keep: RFC 6265bis section 5.6. */
#define NAME_AND_VALUE_MAX 4096

/* ---- reading ---- */

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct sto_span trim(struct sto_span text)
{
	while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
		text.len--;
	while (text.len > 0 && is_blank(text.ptr[0]))
		text = sto_span_slice(text, 1, text.len);
	return text;
}

static struct sto_span unquote(struct sto_span text)
{
	bool quoted = text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"';
	return quoted ? sto_span_slice(text, 1, text.len - 2) : text;
}

static bool within_limits(struct sto_span header)
{
	struct sto_span pair, rest = header;
	size_t pairs = 0;
	if (header.len > STO_LIMIT_COOKIE_HEADER)
		return false;
	while (pairs <= STO_LIMIT_COOKIES && sto_span_split(&pair, &rest, ';'))
		pairs++;
	return pairs <= STO_LIMIT_COOKIES;
}

static bool read_pair(struct sto_span *name, struct sto_span *value, struct sto_span pair)
{
	size_t equals = sto_span_find(pair, '=');
	if (equals == pair.len)
		return false;
	*name = trim(sto_span_slice(pair, 0, equals));
	*value = unquote(trim(sto_span_slice(pair, equals + 1, pair.len)));
	return name->len > 0;
}

bool sto_cookie_next(struct sto_span *name, struct sto_span *value, struct sto_span *rest)
{
	struct sto_span pair;
	if (!within_limits(*rest))
		return false;
	while (sto_span_split(&pair, rest, ';'))
		if (read_pair(name, value, pair))
			return true;
	return false;
}

bool sto_cookie_find(struct sto_span *value, struct sto_span header, struct sto_span name)
{
	struct sto_span found, content, rest = header;
	while (sto_cookie_next(&found, &content, &rest)) {
		if (sto_span_equal(found, name)) {
			*value = content;
			return true;
		}
	}
	return false;
}

/* ---- writing ---- */

static bool all_of(struct sto_span text, bool (*good)(uint8_t))
{
	for (size_t i = 0; i < text.len; i++)
		if (!good(text.ptr[i]))
			return false;
	return true;
}

/* tchar: RFC 9110 section 5.6.2. */
static bool is_token_char(uint8_t c)
{
	return sto_is_alnum(c) || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* cookie-octet: RFC 6265 section 4.1.1. */
static bool is_value_char(uint8_t c)
{
	return c > 0x20 && c < 0x7f && strchr("\",;\\", c) == NULL;
}

static bool is_path_char(uint8_t c)
{
	return c > 0x20 && c < 0x7f && c != ';';
}

static bool has_prefix(struct sto_span name, const char *prefix)
{
	struct sto_span wanted = sto_span_str(prefix);
	return sto_span_equal_nocase(sto_span_slice(name, 0, wanted.len), wanted);
}

/* RFC 6265bis section 4.1.3: what the name promises. */
static bool keeps_promise(const struct sto_set_cookie *cookie, struct sto_span path)
{
	if (has_prefix(cookie->name, "__Secure-"))
		return cookie->secure;
	if (has_prefix(cookie->name, "__Host-"))
		return cookie->secure && sto_span_equal(path, STO_SPAN("/"));
	return true;
}

/* "None" is dropped by browsers unless the cookie is Secure (RFC 6265bis section 5.6). */
static bool is_same_site(const struct sto_set_cookie *cookie)
{
	const char *rule = cookie->same_site == NULL ? "" : cookie->same_site;
	if (strcmp(rule, "None") == 0)
		return cookie->secure;
	return strcmp(rule, "Lax") == 0 || strcmp(rule, "Strict") == 0;
}

static bool is_settable(const struct sto_set_cookie *cookie, struct sto_span path)
{
	return cookie->name.len > 0 && all_of(cookie->name, is_token_char) &&
	       all_of(cookie->value, is_value_char) && path.ptr[0] == '/' && all_of(path, is_path_char) &&
	       cookie->max_age_sec >= -1 && is_same_site(cookie) && keeps_promise(cookie, path);
}

static int put_cookie(struct sto_buf *out, const struct sto_set_cookie *cookie, struct sto_span path)
{
	int rc = sto_buf_put(out, cookie->name);
	if (rc == STO_OK)
		rc = sto_buf_put_byte(out, '=');
	if (rc == STO_OK)
		rc = sto_buf_put(out, cookie->value);
	if (rc == STO_OK)
		rc = sto_buf_put_str(out, "; Path=");
	if (rc == STO_OK)
		rc = sto_buf_put(out, path);
	if (rc == STO_OK && cookie->max_age_sec >= 0)
		rc = sto_buf_printf(out, "; Max-Age=%lld", (long long)cookie->max_age_sec);
	if (rc == STO_OK && cookie->secure)
		rc = sto_buf_put_str(out, "; Secure");
	if (rc == STO_OK && cookie->http_only)
		rc = sto_buf_put_str(out, "; HttpOnly");
	if (rc == STO_OK)
		rc = sto_buf_printf(out, "; SameSite=%s", cookie->same_site);
	return rc;
}

int sto_set_cookie_put(struct sto_buf *out, const struct sto_set_cookie *cookie)
{
	struct sto_span path = cookie->path.len == 0 ? STO_SPAN("/") : cookie->path;
	size_t before = out->len;
	if (!is_settable(cookie, path))
		return STO_USAGE;
	if (cookie->name.len > NAME_AND_VALUE_MAX ||
	    cookie->value.len > NAME_AND_VALUE_MAX - cookie->name.len)
		return STO_TOO_LARGE;
	int rc = put_cookie(out, cookie, path);
	if (rc != STO_OK)
		out->len = before;
	return rc;
}
