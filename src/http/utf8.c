#include "http/utf8.h"

/* What may follow a first byte: how many bytes, and the range of the second (RFC 3629 section 4). */
struct lead {
	uint8_t first, last; /* of the first byte */
	uint8_t more;
	uint8_t low, high; /* of the second byte */
};

static const struct lead leads[] = {
	{0x00, 0x7f, 0, 0x00, 0x00}, {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
	{0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
	{0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

static const struct lead *lead_of(uint8_t byte)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (byte >= leads[i].first && byte <= leads[i].last)
			return &leads[i];
	return NULL;
}

/* The length of the character at the front, 0 where it is none. */
static size_t character_len(struct sto_span text)
{
	const struct lead *lead = lead_of(text.ptr[0]);
	if (lead == NULL || text.len <= lead->more)
		return 0;
	if (lead->more > 0 && (text.ptr[1] < lead->low || text.ptr[1] > lead->high))
		return 0;
	for (size_t i = 2; i <= lead->more; i++)
		if ((text.ptr[i] & 0xc0) != 0x80)
			return 0;
	return (size_t)lead->more + 1;
}

bool sto_utf8_valid(struct sto_span text)
{
	while (text.len > 0) {
		size_t len = character_len(text);
		if (len == 0)
			return false;
		text = sto_span_slice(text, len, text.len);
	}
	return true;
}
