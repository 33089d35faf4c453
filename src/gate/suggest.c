#include "gate/suggest.h"

#define LONGEST 64

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;
	return ab < c ? ab : c;
}

static uint8_t fold(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint8_t)(c | 0x20);
	return c == '-' ? '_' : c;
}

/* The number of letters to add, drop or change; case and '-' for '_' do not count. */
static size_t distance_of(struct sto_span a, struct sto_span b)
{
	size_t row[LONGEST + 1];
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t change = diagonal + (fold(a.ptr[i - 1]) == fold(b.ptr[j - 1]) ? 0 : 1);
			diagonal = row[j];
			row[j] = least(row[j] + 1, row[j - 1] + 1, change);
		}
	}
	return row[b.len];
}

void sto_suggest_init(struct sto_suggest *suggest, struct sto_span given)
{
	/* At most a third of the letters may differ. */
	*suggest = (struct sto_suggest){given, NULL, given.len / 3 + 1};
}

void sto_suggest_offer(struct sto_suggest *suggest, const char *word)
{
	struct sto_span offered = sto_span_str(word);
	if (suggest->given.len > LONGEST || offered.len > LONGEST)
		return;
	size_t distance = distance_of(suggest->given, offered);
	if (distance < suggest->distance) {
		suggest->distance = distance;
		suggest->word = word;
	}
}
