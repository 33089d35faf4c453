#include "stoauth/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "stoauth/error.h"

void sto_buf_init(struct sto_buf *buf, size_t max)
{
	*buf = (struct sto_buf){.max = max};
}

void sto_buf_clear(struct sto_buf *buf)
{
	if (buf->data != NULL)
		OPENSSL_cleanse(buf->data, buf->cap);
	buf->len = 0;
}

void sto_buf_finish(struct sto_buf *buf)
{
	if (buf == NULL)
		return;
	sto_buf_clear(buf);
	free(buf->data);
	sto_buf_init(buf, buf->max);
}

/* Doubles until `need` bytes fit. Never realloc(): the old place must be wiped. */
static int grow_to(struct sto_buf *buf, size_t need)
{
	size_t cap = buf->cap < 64 ? 64 : buf->cap;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	uint8_t *data = malloc(cap);
	if (data == NULL)
		return STO_NO_MEMORY;
	if (buf->len > 0)
		memcpy(data, buf->data, buf->len);
	if (buf->data != NULL)
		OPENSSL_cleanse(buf->data, buf->cap);
	free(buf->data);
	buf->data = data;
	buf->cap = cap;
	return STO_OK;
}

static int make_room(struct sto_buf *buf, size_t len)
{
	if (len > buf->max - buf->len)
		return STO_TOO_LARGE;
	/* One byte more than asked for, so that sto_buf_cstr() always finds room for its NUL. */
	if (len >= SIZE_MAX - buf->len)
		return STO_TOO_LARGE;
	size_t need = buf->len + len + 1;
	return need <= buf->cap ? STO_OK : grow_to(buf, need);
}

uint8_t *sto_buf_reserve(struct sto_buf *buf, size_t len)
{
	return make_room(buf, len) == STO_OK ? buf->data + buf->len : NULL;
}

void sto_buf_grow(struct sto_buf *buf, size_t len)
{
	if (len < buf->cap - buf->len)
		buf->len += len;
}

int sto_buf_put(struct sto_buf *buf, struct sto_span bytes)
{
	int rc = make_room(buf, bytes.len);
	if (rc != STO_OK)
		return rc;
	if (bytes.len > 0)
		memcpy(buf->data + buf->len, bytes.ptr, bytes.len);
	buf->len += bytes.len;
	return STO_OK;
}

int sto_buf_put_byte(struct sto_buf *buf, uint8_t byte)
{
	return sto_buf_put(buf, sto_span_of(&byte, 1));
}

int sto_buf_put_str(struct sto_buf *buf, const char *text)
{
	return sto_buf_put(buf, sto_span_str(text));
}

int sto_buf_put_u64(struct sto_buf *buf, uint64_t decimal)
{
	char digits[20];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + decimal % 10);
		decimal /= 10;
	} while (decimal > 0);
	return sto_buf_put(buf, sto_span_of(digits + at, sizeof(digits) - at));
}

int sto_buf_printf(struct sto_buf *buf, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return STO_INTERNAL;
	int rc = make_room(buf, (size_t)len);
	if (rc != STO_OK)
		return rc;
	va_start(args, format);
	len = vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
	return STO_OK;
}

struct sto_span sto_buf_span(const struct sto_buf *buf)
{
	return sto_span_of(buf->data, buf->len);
}

const char *sto_buf_cstr(struct sto_buf *buf)
{
	if (sto_span_find(sto_buf_span(buf), 0) != buf->len || make_room(buf, 0) != STO_OK)
		return NULL;
	buf->data[buf->len] = 0;
	return (const char *)buf->data;
}

void sto_buf_move(struct sto_buf *to, struct sto_buf *from)
{
	sto_buf_finish(to);
	*to = *from;
	sto_buf_init(from, from->max);
}
