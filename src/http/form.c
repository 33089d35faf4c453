#include "http/form.h"

#include "base/bounds.h"
#include "http/escape.h"
#include "http/utf8.h"

int sto_form_put_escaped(struct sto_buf *out, struct sto_span text)
{
	return sto_escape_put(out, text, "*-._", true);
}

static bool needs_separator(struct sto_span text)
{
	return text.len > 0 && text.ptr[text.len - 1] != '?' && text.ptr[text.len - 1] != '&';
}

static int put_field(struct sto_buf *out, struct sto_span name, struct sto_span value)
{
	int rc = needs_separator(sto_buf_span(out)) ? sto_buf_put_byte(out, '&') : STO_OK;
	if (rc == STO_OK)
		rc = sto_form_put_escaped(out, name);
	if (rc == STO_OK)
		rc = sto_buf_put_byte(out, '=');
	if (rc == STO_OK)
		rc = sto_form_put_escaped(out, value);
	return rc;
}

int sto_form_put(struct sto_buf *out, struct sto_span name, struct sto_span value)
{
	size_t before = out->len;
	int rc = put_field(out, name, value);
	if (rc != STO_OK)
		out->len = before;
	return rc;
}

/* NUL, CR and LF have no business in any parameter of ours, and split headers and logs. */
static bool is_forbidden(uint8_t byte)
{
	return byte == 0 || byte == '\r' || byte == '\n';
}

/* WHATWG URL section 5.1, but a broken escape is an error. */
static int decode(struct sto_buf *out, struct sto_span text)
{
	size_t before = out->len;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = text.ptr[i] == '+' ? ' ' : text.ptr[i];
		if (byte == '%') {
			if (!sto_escape_read(&byte, text, i))
				return STO_FORM_MALFORMED;
			i += 2;
		}
		if (is_forbidden(byte))
			return STO_FORM_MALFORMED;
		int rc = sto_buf_put_byte(out, byte);
		if (rc != STO_OK)
			return rc;
	}
	struct sto_span decoded = sto_span_slice(sto_buf_span(out), before, out->len);
	return sto_utf8_valid(decoded) ? STO_OK : STO_FORM_MALFORMED;
}

int sto_form_put_decoded(struct sto_buf *out, struct sto_span text)
{
	size_t before = out->len;
	int rc = decode(out, text);
	if (rc != STO_OK)
		out->len = before;
	return rc;
}

/* At most STO_LIMIT_FORM bytes and, counted by their separators, STO_LIMIT_FORM_FIELDS fields. */
static bool within_limits(struct sto_span form)
{
	struct sto_span field, rest = form;
	size_t fields = 0;
	if (form.len > STO_LIMIT_FORM)
		return false;
	while (fields <= STO_LIMIT_FORM_FIELDS && sto_span_split(&field, &rest, '&'))
		fields++;
	return fields <= STO_LIMIT_FORM_FIELDS;
}

/* The next field that is not empty ("a=1&&b=2" has two). */
static bool take_field(struct sto_span *field, struct sto_span *rest)
{
	while (sto_span_split(field, rest, '&'))
		if (field->len > 0)
			return true;
	return false;
}

static int decode_field(struct sto_buf *name, struct sto_buf *value, struct sto_span field)
{
	size_t equals = sto_span_find(field, '=');
	sto_buf_clear(name);
	sto_buf_clear(value);
	int rc = decode(name, sto_span_slice(field, 0, equals));
	if (rc == STO_OK)
		rc = decode(value, sto_span_slice(field, equals + 1, field.len));
	return rc;
}

int sto_form_next(struct sto_buf *name, struct sto_buf *value, struct sto_span *rest)
{
	struct sto_span field;
	sto_buf_clear(name);
	sto_buf_clear(value);
	if (!within_limits(*rest))
		return STO_FORM_MALFORMED;
	return take_field(&field, rest) ? decode_field(name, value, field) : STO_FORM_ABSENT;
}

/* Reads the whole form, so that a damaged field anywhere refuses it. */
static int find_field(struct sto_buf *found, struct sto_span form, struct sto_span wanted)
{
	struct sto_buf name, value;
	struct sto_span field, rest = form;
	bool seen = false;
	int rc = STO_OK;
	sto_buf_init(&name, STO_LIMIT_FORM);
	sto_buf_init(&value, STO_LIMIT_FORM);
	while (rc == STO_OK && take_field(&field, &rest)) {
		rc = decode_field(&name, &value, field);
		if (rc != STO_OK || !sto_span_equal(sto_buf_span(&name), wanted))
			continue;
		if (seen) /* RFC 6749 section 3.1: parameters MUST NOT be included more than once */
			rc = STO_FORM_DUPLICATE;
		seen = true;
		sto_buf_move(found, &value);
	}
	sto_buf_finish(&name);
	sto_buf_finish(&value);
	return rc == STO_OK && !seen ? STO_FORM_ABSENT : rc;
}

static const char *trouble_with(int code)
{
	switch (code) {
	case STO_FORM_ABSENT:
		return "absent";
	case STO_FORM_DUPLICATE:
		return "given twice";
	case STO_TOO_LARGE:
		return "too long";
	default:
		return "in a form that cannot be read";
	}
}

int sto_form_get(struct sto_buf *value, struct sto_span form, struct sto_span name, struct sto_error *err)
{
	struct sto_buf found;
	sto_buf_init(&found, STO_LIMIT_FORM);
	int rc = within_limits(form) ? find_field(&found, form, name) : STO_FORM_MALFORMED;
	if (rc == STO_OK)
		rc = sto_buf_put(value, sto_buf_span(&found));
	sto_buf_finish(&found);
	if (rc != STO_OK)
		return sto_fail(err, rc, "%.*s: %s", (int)(name.len < 64 ? name.len : 64),
				name.ptr == NULL ? "" : (const char *)name.ptr, trouble_with(rc));
	return STO_OK;
}
