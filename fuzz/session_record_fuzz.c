/* Session records: any bytes are read to one of the documented codes, every span lies inside them, and what
 * was read is written and read to the same. */
#include "fuzz.h"
#include "session/record.h"

static void lies_inside(struct sto_span text, struct sto_span whole)
{
	fuzz_assert(text.len <= whole.len);
	fuzz_assert(text.len == 0 || (text.ptr >= whole.ptr && text.ptr + text.len <= whole.ptr + whole.len));
}

static void check_spans(const struct sto_session_record *record, struct sto_span whole)
{
	lies_inside(record->issuer, whole);
	lies_inside(record->subject, whole);
	lies_inside(record->provider, whole);
	lies_inside(record->sid, whole);
	lies_inside(record->acr, whole);
	lies_inside(record->device, whole);
	lies_inside(record->claims, whole);
	lies_inside(record->access_token, whole);
	lies_inside(record->refresh_token, whole);
	lies_inside(record->id_token, whole);
}

static void write_back(const struct sto_session_record *record)
{
	struct sto_session_record again;
	struct sto_buf bytes;
	sto_buf_init(&bytes, 1 << 20);
	fuzz_assert(sto_session_record_write(&bytes, record) == STO_OK);
	fuzz_assert(sto_session_record_read(&again, sto_buf_span(&bytes)) == STO_OK);
	fuzz_assert(sto_span_equal(again.subject, record->subject));
	fuzz_assert(sto_span_equal(again.claims, record->claims));
	fuzz_assert(sto_span_equal(again.id_token, record->id_token));
	fuzz_assert(again.created_sec == record->created_sec);
	fuzz_assert(again.absolute_end_sec == record->absolute_end_sec);
	fuzz_assert(again.refresh.fence == record->refresh.fence);
	fuzz_assert(again.refresh.sent == record->refresh.sent);
	sto_buf_finish(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sto_session_record record;
	if (size > 65536)
		return 0;
	struct sto_span whole = sto_span_of(data, size);
	int rc = sto_session_record_read(&record, whole);
	fuzz_assert(rc == STO_OK || rc == STO_SESSION_VERSION || rc == STO_SESSION_DAMAGED);
	if (rc != STO_OK)
		return 0;
	check_spans(&record, whole);
	write_back(&record);
	return 0;
}
