/* Where a visitor may be sent after a login: paths of this very site. A browser, a proxy and a framework may
 * each decode once more than the other, so the path is judged with every level of escapes taken off. */
#include "http/url.h"

#include <string.h>

#include "base/bounds.h"
#include "http/escape.h"

/* What no browser puts into an address unescaped, and what WHATWG URL section 4.4 drops or turns into '/'. */
static bool is_clean(struct sto_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7f || strchr("\\\"<>", text.ptr[i]) != NULL)
			return false;
	return true;
}

/* Where the path ends: at '?' or '#'. */
static size_t path_len(struct sto_span text)
{
	size_t question = sto_span_find(text, '?'), hash = sto_span_find(text, '#');
	return question < hash ? question : hash;
}

/* Takes off all escapes, also those that appear by taking one off ("%252f"); each must be whole as written.
 * Gives the length, SIZE_MAX for a broken one. `out` has room for all of `path`. */
static size_t decode_fully(uint8_t *out, struct sto_span path)
{
	size_t len = 0;
	uint8_t byte = 0;
	for (size_t i = 0; i < path.len; i++) {
		if (path.ptr[i] == '%' && !sto_escape_read(&byte, path, i))
			return SIZE_MAX;
		out[len++] = path.ptr[i];
		while (len >= 3 && sto_escape_read(&byte, sto_span_of(out, len), len - 3)) {
			len -= 2;
			out[len - 1] = byte;
		}
	}
	return len;
}

/* One segment: no blank ends (they hide "//"), no backslash, no control character, neither "." nor "..". */
static bool is_segment(struct sto_span segment)
{
	for (size_t i = 0; i < segment.len; i++)
		if (sto_is_control(segment.ptr[i]) || segment.ptr[i] == '\\')
			return false;
	if (segment.len > 0 && (segment.ptr[0] == ' ' || segment.ptr[segment.len - 1] == ' '))
		return false;
	/* Some servers take parameters off before they look: "..;x" is ".." to them. */
	struct sto_span bare = sto_span_slice(segment, 0, sto_span_find(segment, ';'));
	return !sto_span_equal(bare, STO_SPAN(".")) && !sto_span_equal(bare, STO_SPAN(".."));
}

/* Segments after the first '/': only the last one may be empty. */
static bool are_segments(struct sto_span path)
{
	struct sto_span segment, rest = path;
	while (sto_span_split(&segment, &rest, '/'))
		if (!is_segment(segment) || (segment.len == 0 && rest.ptr != NULL))
			return false;
	return true;
}

bool sto_url_is_local_path(struct sto_span text)
{
	uint8_t decoded[STO_LIMIT_URL];
	if (text.len == 0 || text.len > STO_LIMIT_URL || text.ptr[0] != '/' || !is_clean(text))
		return false;
	size_t len = decode_fully(decoded, sto_span_slice(text, 0, path_len(text)));
	return len != SIZE_MAX && are_segments(sto_span_of(decoded + 1, len - 1));
}
