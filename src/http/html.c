#include "http/html.h"

#include "http/escape.h"
#include "http/utf8.h"
#include "stoauth/error.h"

static const char *escape_of(uint8_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '`':
		return "&#96;";
	default:
		return sto_is_control(c) ? " " : NULL;
	}
}

/* How many bytes the character at the front should have by its first byte. */
static size_t length_by_lead(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}

/* U+0080 to U+009F: a terminal may obey them. */
static bool is_c1(struct sto_span character)
{
	return character.len == 2 && character.ptr[0] == 0xc2 && character.ptr[1] < 0xa0;
}

/* Appends the character at the front of `*rest` and drops it there. */
static int put_character(struct sto_buf *out, struct sto_span *rest)
{
	struct sto_span character = sto_span_slice(*rest, 0, length_by_lead(rest->ptr[0]));
	const char *escape = escape_of(rest->ptr[0]);
	if (!sto_utf8_valid(character)) {
		character.len = 1;
		escape = "\xef\xbf\xbd";
	} else if (is_c1(character)) {
		escape = " ";
	}
	*rest = sto_span_slice(*rest, character.len, rest->len);
	return escape == NULL ? sto_buf_put(out, character) : sto_buf_put_str(out, escape);
}

int sto_html_escape(struct sto_buf *out, struct sto_span text)
{
	size_t before = out->len;
	int rc = STO_OK;
	while (text.len > 0 && rc == STO_OK)
		rc = put_character(out, &text);
	if (rc != STO_OK)
		out->len = before;
	return rc;
}
