#include "gate/gate.h"

#include <string.h>

#include "base/base64url.h"

/* Takes the next well-formed mark off the list; false at its end. What is not well-formed is passed over. */
static bool next_mark(uint8_t out[STO_MARK_LEN], struct sto_span *rest, size_t *left)
{
	struct sto_span part;
	while (*left > 0 && sto_span_split(&part, rest, '.')) {
		(*left)--;
		if (part.len == sto_base64url_encoded_len(STO_MARK_LEN) &&
		    sto_base64url_decode_to(out, part) == STO_OK)
			return true;
	}
	return false;
}

/* A browser may send both spellings of our cookie, so twice the marks of one are read. */
#define MARKS_READ (2 * STO_LIMIT_BROWSER_MARKS)

bool sto_marks_last(uint8_t out[STO_MARK_LEN], struct sto_span cookie)
{
	uint8_t mark[STO_MARK_LEN];
	size_t left = MARKS_READ;
	bool found = false;
	while (next_mark(mark, &cookie, &left)) {
		memcpy(out, mark, STO_MARK_LEN);
		found = true;
	}
	return found;
}

bool sto_marks_has(struct sto_span cookie, const uint8_t wanted[STO_MARK_LEN])
{
	uint8_t mark[STO_MARK_LEN];
	size_t left = MARKS_READ;
	bool found = false;
	while (next_mark(mark, &cookie, &left))
		found |= sto_span_equal_secret(sto_span_of(mark, STO_MARK_LEN),
					       sto_span_of(wanted, STO_MARK_LEN));
	return found;
}
