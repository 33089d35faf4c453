#include "http/escape.h"

#include "stoauth/error.h"

bool sto_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

bool sto_is_alnum(uint8_t c)
{
	return sto_is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool sto_is_control(uint8_t c)
{
	return c < 0x20 || c == 0x7f;
}

int sto_hex_value(uint8_t c)
{
	if (sto_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool sto_escape_read(uint8_t *byte, struct sto_span text, size_t at)
{
	struct sto_span escape = sto_span_slice(text, at, 3);
	if (escape.len < 3 || escape.ptr[0] != '%')
		return false;
	int high = sto_hex_value(escape.ptr[1]), low = sto_hex_value(escape.ptr[2]);
	if (high < 0 || low < 0)
		return false;
	*byte = (uint8_t)(high * 16 + low);
	return true;
}

static int put_byte(struct sto_buf *out, uint8_t c, struct sto_span kept, bool space_is_plus)
{
	static const char digits[] = "0123456789ABCDEF";
	if (space_is_plus && c == ' ')
		return sto_buf_put_byte(out, '+');
	if (sto_is_alnum(c) || sto_span_find(kept, c) < kept.len)
		return sto_buf_put_byte(out, c);
	const char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
	return sto_buf_put(out, sto_span_of(escape, sizeof(escape)));
}

int sto_escape_put(struct sto_buf *out, struct sto_span text, const char *kept, bool space_is_plus)
{
	size_t before = out->len;
	int rc = STO_OK;
	for (size_t i = 0; i < text.len && rc == STO_OK; i++)
		rc = put_byte(out, text.ptr[i], sto_span_str(kept), space_is_plus);
	if (rc != STO_OK)
		out->len = before;
	return rc;
}

int sto_escape_take_off(struct sto_buf *out, struct sto_span text)
{
	int rc = STO_OK;
	for (size_t i = 0; i < text.len && rc == STO_OK; i++) {
		uint8_t byte = text.ptr[i];
		if (byte == '%' && sto_escape_read(&byte, text, i))
			i += 2;
		rc = sto_buf_put_byte(out, byte);
	}
	return rc;
}
