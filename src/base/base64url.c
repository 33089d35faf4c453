#include "base/base64url.h"

#include "stoauth/error.h"

static const char alphabet[64] = {
	'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P',
	'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f',
	'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v',
	'w', 'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-', '_',
};

/* Value plus one of each character; 0 for all that are not in the alphabet. */
static const uint8_t values[256] = {
	['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
	['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
	['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
	['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
	['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
	['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
	['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};

size_t sto_base64url_encoded_len(size_t len)
{
	return len / 3 * 4 + (len % 3 == 0 ? 0 : len % 3 + 1);
}

size_t sto_base64url_decoded_len(size_t len)
{
	return len / 4 * 3 + (len % 4 < 2 ? 0 : len % 4 - 1);
}

static void encode_group(uint8_t *out, const uint8_t *in, size_t n_in)
{
	uint32_t bits = (uint32_t)in[0] << 16;
	if (n_in > 1)
		bits |= (uint32_t)in[1] << 8;
	if (n_in > 2)
		bits |= in[2];
	for (size_t i = 0; i <= n_in; i++)
		out[i] = (uint8_t)alphabet[bits >> (18 - 6 * i) & 63];
}

int sto_base64url_encode(struct sto_buf *out, struct sto_span bytes)
{
	if (bytes.len > SIZE_MAX / 2)
		return STO_TOO_LARGE;
	size_t len = sto_base64url_encoded_len(bytes.len);
	if (len > out->max - out->len)
		return STO_TOO_LARGE;
	uint8_t *to = sto_buf_reserve(out, len);
	if (to == NULL)
		return STO_NO_MEMORY;
	for (size_t i = 0; i < bytes.len; i += 3, to += 4)
		encode_group(to, bytes.ptr + i, bytes.len - i < 3 ? bytes.len - i : 3);
	sto_buf_grow(out, len);
	return STO_OK;
}

/* The last two or three characters; what they carry beyond whole bytes must be zero. */
static int decode_tail(uint8_t *out, const uint8_t *in, size_t n_in)
{
	uint32_t bits = 0;
	for (size_t i = 0; i < n_in; i++) {
		uint8_t value = values[in[i]];
		if (value == 0)
			return STO_BAD_BASE64URL;
		bits |= (uint32_t)(value - 1) << (18 - 6 * i);
	}
	if ((bits & (n_in == 2 ? 0xffffU : 0xffU)) != 0)
		return STO_BAD_BASE64URL;
	for (size_t i = 0; i + 1 < n_in; i++)
		out[i] = (uint8_t)(bits >> (16 - 8 * i) & 0xff);
	return STO_OK;
}

int sto_base64url_decode_to(uint8_t *out, struct sto_span text)
{
	if (text.len % 4 == 1)
		return STO_BAD_BASE64URL;
	uint32_t bad = 0;
	size_t whole = text.len - text.len % 4;
	for (size_t i = 0; i < whole; i += 4, out += 3) {
		uint32_t a = values[text.ptr[i]], b = values[text.ptr[i + 1]];
		uint32_t c = values[text.ptr[i + 2]], d = values[text.ptr[i + 3]];
		bad |= (a - 1) | (b - 1) | (c - 1) | (d - 1); /* 0 - 1 sets the top bit */
		uint32_t bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
		out[0] = (uint8_t)(bits >> 16 & 0xff);
		out[1] = (uint8_t)(bits >> 8 & 0xff);
		out[2] = (uint8_t)(bits & 0xff);
	}
	if (bad >> 31 != 0)
		return STO_BAD_BASE64URL;
	return text.len == whole ? STO_OK : decode_tail(out, text.ptr + whole, text.len - whole);
}

int sto_base64url_decode(struct sto_buf *out, struct sto_span text)
{
	size_t len = sto_base64url_decoded_len(text.len);
	if (len > out->max - out->len)
		return STO_TOO_LARGE;
	uint8_t *to = sto_buf_reserve(out, len);
	if (to == NULL)
		return STO_NO_MEMORY;
	int rc = sto_base64url_decode_to(to, text);
	if (rc == STO_OK)
		sto_buf_grow(out, len);
	return rc;
}
