#include "stoauth/span.h"

#include <string.h>

#include <openssl/crypto.h>

struct sto_span sto_span_of(const void *ptr, size_t len)
{
	return (struct sto_span){ptr, ptr == NULL ? 0 : len};
}

struct sto_span sto_span_str(const char *text)
{
	return text == NULL ? (struct sto_span){NULL, 0} : sto_span_of(text, strlen(text));
}

bool sto_span_equal(struct sto_span a, struct sto_span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static uint8_t ascii_lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

bool sto_span_equal_nocase(struct sto_span a, struct sto_span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
			return false;
	return true;
}

bool sto_span_equal_secret(struct sto_span a, struct sto_span b)
{
	return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool sto_span_starts_with(struct sto_span text, struct sto_span prefix)
{
	return text.len >= prefix.len && sto_span_equal(sto_span_slice(text, 0, prefix.len), prefix);
}

bool sto_span_ends_with(struct sto_span text, struct sto_span suffix)
{
	return text.len >= suffix.len &&
	       sto_span_equal(sto_span_slice(text, text.len - suffix.len, suffix.len), suffix);
}

struct sto_span sto_span_slice(struct sto_span text, size_t from, size_t len)
{
	if (from >= text.len)
		return (struct sto_span){NULL, 0};
	size_t left = text.len - from;
	return (struct sto_span){text.ptr + from, len < left ? len : left};
}

size_t sto_span_find(struct sto_span text, uint8_t byte)
{
	const uint8_t *at = text.len == 0 ? NULL : memchr(text.ptr, byte, text.len);
	return at == NULL ? text.len : (size_t)(at - text.ptr);
}

bool sto_span_split(struct sto_span *head, struct sto_span *rest, uint8_t separator)
{
	if (rest->ptr == NULL)
		return false;
	size_t at = sto_span_find(*rest, separator);
	*head = (struct sto_span){rest->ptr, at};
	if (at == rest->len)
		*rest = (struct sto_span){NULL, 0};
	else
		*rest = (struct sto_span){rest->ptr + at + 1, rest->len - at - 1};
	return true;
}
