/* A record is
 *
 *     version (1) | flags (1) | number of times (1) | number of texts (1)
 *     times (8 each) | lengths of the texts (4 each) | texts
 *
 * all little-endian. A new time or text goes to the end of its table and raises the version; an old reader
 * refuses it, a new reader fills in what an old record lacks. */
#include "session/record.h"

#include <endian.h>
#include <string.h>

#include "base/bounds.h"

#define VERSION 1
#define HEADER_LEN 4
#define TIME_LEN 8
#define LENGTH_LEN 4

enum { FLAG_BROWSER = 1, FLAG_SENT = 2, FLAG_RETRIED = 4, FLAGS = 7 };

/* The tables' order is the format's. */
static const size_t times[] = {
	offsetof(struct sto_session_record, created_sec),
	offsetof(struct sto_session_record, last_seen_sec),
	offsetof(struct sto_session_record, idle_sec),
	offsetof(struct sto_session_record, absolute_end_sec),
	offsetof(struct sto_session_record, auth_time_sec),
	offsetof(struct sto_session_record, access_expires_sec),
	offsetof(struct sto_session_record, refresh.lease_until_sec),
	offsetof(struct sto_session_record, refresh.fence),
};

static const size_t texts[] = {
	offsetof(struct sto_session_record, issuer),        offsetof(struct sto_session_record, subject),
	offsetof(struct sto_session_record, provider),      offsetof(struct sto_session_record, sid),
	offsetof(struct sto_session_record, acr),           offsetof(struct sto_session_record, device),
	offsetof(struct sto_session_record, claims),        offsetof(struct sto_session_record, access_token),
	offsetof(struct sto_session_record, refresh_token), offsetof(struct sto_session_record, id_token),
};

#define N_TIMES (sizeof(times) / sizeof(times[0]))
#define N_TEXTS (sizeof(texts) / sizeof(texts[0]))

void sto_session_record_init(struct sto_session_record *record)
{
	*record = (struct sto_session_record){
		.auth_time_sec = STO_TIME_NONE,
		.access_expires_sec = STO_TIME_NONE,
	};
}

static int64_t time_at(const struct sto_session_record *record, size_t i)
{
	int64_t value = 0;
	memcpy(&value, (const uint8_t *)record + times[i], sizeof(value));
	return value;
}

static struct sto_span text_at(const struct sto_session_record *record, size_t i)
{
	struct sto_span value;
	memcpy(&value, (const uint8_t *)record + texts[i], sizeof(value));
	return value;
}

static uint8_t *put_number(uint8_t *to, uint64_t number, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)(number >> (8 * i));
	return to + len;
}

static int64_t get_time(const uint8_t *from)
{
	uint64_t number = 0;
	memcpy(&number, from, sizeof(number));
	return (int64_t)le64toh(number);
}

static size_t get_length(const uint8_t *from)
{
	uint32_t number = 0;
	memcpy(&number, from, sizeof(number));
	return le32toh(number);
}

static uint8_t flags_of(const struct sto_session_record *record)
{
	return (uint8_t)((record->browser ? FLAG_BROWSER : 0) | (record->refresh.sent ? FLAG_SENT : 0) |
			 (record->refresh.retried ? FLAG_RETRIED : 0));
}

static int measure(size_t *len, const struct sto_session_record *record)
{
	*len = HEADER_LEN + N_TIMES * TIME_LEN + N_TEXTS * LENGTH_LEN;
	for (size_t i = 0; i < N_TEXTS; i++) {
		size_t text_len = text_at(record, i).len;
		if (text_len > STO_LIMIT_SESSION_TEXT)
			return STO_TOO_LARGE;
		*len += text_len;
	}
	return STO_OK;
}

int sto_session_record_write(struct sto_buf *out, const struct sto_session_record *record)
{
	size_t len = 0;
	int rc = measure(&len, record);
	if (rc != STO_OK || len > out->max - out->len)
		return STO_TOO_LARGE;
	uint8_t *to = sto_buf_reserve(out, len);
	if (to == NULL)
		return STO_NO_MEMORY;
	*to++ = VERSION;
	*to++ = flags_of(record);
	*to++ = N_TIMES;
	*to++ = N_TEXTS;
	for (size_t i = 0; i < N_TIMES; i++)
		to = put_number(to, (uint64_t)time_at(record, i), TIME_LEN);
	for (size_t i = 0; i < N_TEXTS; i++)
		to = put_number(to, text_at(record, i).len, LENGTH_LEN);
	for (size_t i = 0; i < N_TEXTS; i++) {
		struct sto_span text = text_at(record, i);
		if (text.len > 0)
			memcpy(to, text.ptr, text.len);
		to += text.len;
	}
	sto_buf_grow(out, len);
	return STO_OK;
}

static void read_times(struct sto_session_record *record, const uint8_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t value = get_time(from + i * TIME_LEN);
		memcpy((uint8_t *)record + times[i], &value, sizeof(value));
	}
}

/* The texts must fill the rest to its last byte. */
static int read_texts(struct sto_session_record *record, const uint8_t *lengths, size_t n,
		      struct sto_span rest)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = get_length(lengths + i * LENGTH_LEN);
		if (len > rest.len)
			return STO_SESSION_DAMAGED;
		struct sto_span value = {len == 0 ? NULL : rest.ptr, len};
		memcpy((uint8_t *)record + texts[i], &value, sizeof(value));
		rest = (struct sto_span){rest.ptr + len, rest.len - len};
	}
	return rest.len == 0 ? STO_OK : STO_SESSION_DAMAGED;
}

int sto_session_record_read(struct sto_session_record *record, struct sto_span bytes)
{
	sto_session_record_init(record);
	if (bytes.len < HEADER_LEN || bytes.ptr[0] == 0)
		return STO_SESSION_DAMAGED;
	if (bytes.ptr[0] > VERSION)
		return STO_SESSION_VERSION;
	uint8_t flags = bytes.ptr[1];
	size_t n_times = bytes.ptr[2], n_texts = bytes.ptr[3];
	size_t tables = n_times * TIME_LEN + n_texts * LENGTH_LEN;
	if ((flags & ~FLAGS) != 0 || n_times > N_TIMES || n_texts > N_TEXTS ||
	    tables > bytes.len - HEADER_LEN)
		return STO_SESSION_DAMAGED;
	const uint8_t *lengths = bytes.ptr + HEADER_LEN + n_times * TIME_LEN;
	const uint8_t *first = lengths + n_texts * LENGTH_LEN;
	read_times(record, bytes.ptr + HEADER_LEN, n_times);
	record->browser = (flags & FLAG_BROWSER) != 0;
	record->refresh.sent = (flags & FLAG_SENT) != 0;
	record->refresh.retried = (flags & FLAG_RETRIED) != 0;
	return read_texts(record, lengths, n_texts, sto_span_of(first, bytes.len - HEADER_LEN - tables));
}
