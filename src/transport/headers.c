#include "transport/headers.h"

#include <string.h>

#include <curl/curl.h>

#define SECONDS_MAX 2147483648 /* a larger delta-seconds counts as this, RFC 9111 section 1.2.2 */

void sto_headers_init(struct sto_headers *headers)
{
	*headers = (struct sto_headers){.date_sec = -1};
}

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static struct sto_span trim(struct sto_span text)
{
	while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
		text.len--;
	while (text.len > 0 && is_blank(text.ptr[0]))
		text = sto_span_slice(text, 1, text.len);
	return text;
}

/* delta-seconds; false where it is none. */
static bool parse_seconds(int64_t *out, struct sto_span text)
{
	int64_t value = 0;
	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		value = value * 10 + (text.ptr[i] - '0');
		if (value > SECONDS_MAX)
			value = SECONDS_MAX;
	}
	*out = value;
	return true;
}

/* HTTP-date, RFC 9110 section 5.6.7. */
static bool parse_date(int64_t *out, struct sto_span text)
{
	char copy[64];
	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	time_t when = curl_getdate(copy, NULL);
	if (when < 0)
		return false;
	*out = (int64_t)when;
	return true;
}

static struct sto_span unquoted(struct sto_span text)
{
	if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
		return sto_span_slice(text, 1, text.len - 2);
	return text;
}

/* Of two, the smaller; a value that is none means stale (RFC 9111 section 4.2.1). */
static void add_max_age(struct sto_headers *headers, struct sto_span value)
{
	int64_t seconds = 0;
	if (!parse_seconds(&seconds, unquoted(value)))
		seconds = 0;
	if (!headers->has_max_age || seconds < headers->max_age_sec)
		headers->max_age_sec = seconds;
	headers->has_max_age = true;
}

/* s-maxage is for shared caches; must-revalidate does not shorten freshness (RFC 9111 section 5.2.2). */
static void add_directive(struct sto_headers *headers, struct sto_span directive)
{
	struct sto_span rest = directive;
	struct sto_span name;
	if (!sto_span_split(&name, &rest, '='))
		return;
	name = trim(name);
	if (sto_span_equal_nocase(name, STO_SPAN("no-store")) ||
	    sto_span_equal_nocase(name, STO_SPAN("no-cache")))
		headers->no_reuse = true;
	else if (sto_span_equal_nocase(name, STO_SPAN("max-age")))
		add_max_age(headers, trim(rest));
}

static void add_cache_control(struct sto_headers *headers, struct sto_span value)
{
	struct sto_span directive;
	while (sto_span_split(&directive, &value, ','))
		add_directive(headers, directive);
}

static void add_vary(struct sto_headers *headers, struct sto_span value)
{
	if (sto_span_find(value, '*') < value.len)
		headers->no_reuse = true;
}

/* An Age that is none is ignored (RFC 9111 section 5.1). */
static void add_age(struct sto_headers *headers, struct sto_span value)
{
	int64_t age = 0;
	if (parse_seconds(&age, value) && age > headers->age_sec)
		headers->age_sec = age;
}

/* "0" and other dates that are none mean: already expired (RFC 9111 section 5.3). */
static void add_expires(struct sto_headers *headers, struct sto_span value)
{
	headers->has_expires = true;
	if (!parse_date(&headers->expires_sec, value))
		headers->expires_sec = 0;
}

static void add_date(struct sto_headers *headers, struct sto_span value)
{
	if (!parse_date(&headers->date_sec, value))
		headers->date_sec = -1;
}

/* RFC 9110 section 10.2.3: seconds or a date. */
static void add_retry_after(struct sto_headers *headers, struct sto_span value)
{
	headers->retry_after_is_date = false;
	headers->has_retry_after = parse_seconds(&headers->retry_after, value);
	if (!headers->has_retry_after)
		headers->has_retry_after = headers->retry_after_is_date =
			parse_date(&headers->retry_after, value);
}

static void add_content_coding(struct sto_headers *headers, struct sto_span value)
{
	if (value.len > 0 && !sto_span_equal_nocase(value, STO_SPAN("identity")))
		headers->encoded = true;
}

static void add_transfer_coding(struct sto_headers *headers, struct sto_span value)
{
	if (!sto_span_equal_nocase(value, STO_SPAN("chunked")))
		headers->encoded = true;
}

static void add_content_type(struct sto_buf *out, struct sto_span value)
{
	struct sto_span type = trim(sto_span_slice(value, 0, sto_span_find(value, ';')));
	sto_buf_clear(out);
	if (sto_buf_put(out, type) != STO_OK) /* too long for a media type: as if not there */
		return;
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] >= 'A' && out->data[i] <= 'Z')
			out->data[i] = (uint8_t)(out->data[i] | 0x20);
}

static const struct {
	const char *name;
	void (*add)(struct sto_headers *headers, struct sto_span value);
} known[] = {
	{"Cache-Control", add_cache_control},
	{"Vary", add_vary},
	{"Age", add_age},
	{"Expires", add_expires},
	{"Date", add_date},
	{"Retry-After", add_retry_after},
	{"Content-Encoding", add_content_coding},
	{"Transfer-Encoding", add_transfer_coding},
};

void sto_headers_add(struct sto_headers *headers, struct sto_buf *content_type, struct sto_span line)
{
	size_t colon = sto_span_find(line, ':');
	if (colon == line.len)
		return;
	struct sto_span name = sto_span_slice(line, 0, colon);
	struct sto_span value = trim(sto_span_slice(line, colon + 1, line.len));
	if (sto_span_equal_nocase(name, STO_SPAN("Content-Type")))
		add_content_type(content_type, value);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (sto_span_equal_nocase(name, sto_span_str(known[i].name)))
			known[i].add(headers, value);
}

static int64_t not_below_zero(int64_t value)
{
	return value < 0 ? 0 : value;
}

/* RFC 9111 section 4.2.1: what remains of the freshness lifetime. */
static int64_t remaining(const struct sto_headers *headers, int64_t date_sec)
{
	if (headers->no_reuse)
		return 0;
	if (headers->has_max_age)
		return not_below_zero(headers->max_age_sec - headers->age_sec);
	if (headers->has_expires)
		return not_below_zero(headers->expires_sec - date_sec - headers->age_sec);
	return -1;
}

void sto_headers_conclude(struct sto_fetched *out, const struct sto_headers *headers, int64_t now_sec)
{
	int64_t date_sec = headers->date_sec < 0 ? now_sec : headers->date_sec;
	out->date_sec = headers->date_sec;
	out->age_sec = headers->age_sec;
	out->max_age_sec = remaining(headers, date_sec);
	out->retry_after_sec = -1;
	if (headers->has_retry_after)
		out->retry_after_sec =
			not_below_zero(headers->retry_after - (headers->retry_after_is_date ? date_sec : 0));
}
