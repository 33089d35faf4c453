/* The record: what is written is read, whatever a newer or a broken one looks like. */
#include "session/record.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "base/test.h"

#define N_TIMES 8
#define N_TEXTS 10

static struct sto_session_record full_record(void)
{
	struct sto_session_record record;
	sto_session_record_init(&record);
	record.issuer = STO_SPAN("https://op.example");
	record.subject = STO_SPAN("jane");
	record.provider = STO_SPAN("example");
	record.sid = STO_SPAN("s");
	record.acr = STO_SPAN("a");
	record.device = STO_SPAN("d");
	record.claims = STO_SPAN("{}");
	record.access_token = STO_SPAN("at");
	record.refresh_token = STO_SPAN("rt");
	record.id_token = STO_SPAN("it");
	record.created_sec = 1;
	record.last_seen_sec = -2;
	record.idle_sec = 3;
	record.absolute_end_sec = INT64_MAX;
	record.auth_time_sec = INT64_MIN + 1;
	record.access_expires_sec = (int64_t)1 << 31;
	record.browser = true;
	record.refresh = (struct sto_session_refresh){7, 8, true, true};
	return record;
}

static void what_is_written_is_read(void **state)
{
	struct sto_session_record record = full_record(), back;
	struct sto_buf bytes;
	(void)state;
	sto_buf_init(&bytes, 4096);
	assert_ok(sto_session_record_write(&bytes, &record));
	assert_ok(sto_session_record_read(&back, sto_buf_span(&bytes)));
	assert_span(back.issuer, "https://op.example");
	assert_span(back.subject, "jane");
	assert_span(back.provider, "example");
	assert_span(back.sid, "s");
	assert_span(back.acr, "a");
	assert_span(back.device, "d");
	assert_span(back.claims, "{}");
	assert_span(back.access_token, "at");
	assert_span(back.refresh_token, "rt");
	assert_span(back.id_token, "it");
	assert_int_equal(back.created_sec, 1);
	assert_int_equal(back.last_seen_sec, -2);
	assert_int_equal(back.idle_sec, 3);
	assert_int_equal(back.absolute_end_sec, INT64_MAX);
	assert_int_equal(back.auth_time_sec, INT64_MIN + 1);
	assert_int_equal(back.access_expires_sec, (int64_t)1 << 31);
	assert_true(back.browser);
	assert_int_equal(back.refresh.lease_until_sec, 7);
	assert_int_equal(back.refresh.fence, 8);
	assert_true(back.refresh.sent);
	assert_true(back.refresh.retried);
	sto_buf_finish(&bytes);
}

static void tv_cs_33_a_newer_record_is_refused(void **state)
{
	struct sto_session_record record = full_record(), back;
	struct sto_buf bytes;
	(void)state;
	sto_buf_init(&bytes, 4096);
	assert_ok(sto_session_record_write(&bytes, &record));
	for (int version = 2; version < 256; version++) {
		bytes.data[0] = (uint8_t)version;
		assert_int_equal(sto_session_record_read(&back, sto_buf_span(&bytes)), STO_SESSION_VERSION);
		assert_int_equal(back.subject.len, 0);
	}
	bytes.data[0] = 0;
	assert_int_equal(sto_session_record_read(&back, sto_buf_span(&bytes)), STO_SESSION_DAMAGED);
	sto_buf_finish(&bytes);
}

/* As a version wrote it that knew two times and three texts. */
static void tv_cs_33_an_older_record_is_read(void **state)
{
	static const uint8_t old[] = {1, 1, 2, 3, 5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0,   0,   0,  0,
				      0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 'i', 's', 'u'};
	struct sto_session_record record;
	(void)state;
	assert_ok(sto_session_record_read(&record, sto_span_of(old, sizeof(old))));
	assert_span(record.issuer, "i");
	assert_span(record.subject, "su");
	assert_int_equal(record.created_sec, 5);
	assert_int_equal(record.last_seen_sec, 6);
	assert_true(record.browser);
	assert_int_equal(record.auth_time_sec, STO_TIME_NONE);
	assert_int_equal(record.access_expires_sec, STO_TIME_NONE);
	assert_int_equal(record.claims.len, 0);
}

static void a_record_cut_or_prolonged_is_damaged(void **state)
{
	struct sto_session_record record = full_record(), back;
	struct sto_buf bytes;
	(void)state;
	sto_buf_init(&bytes, 4096);
	assert_ok(sto_session_record_write(&bytes, &record));
	for (size_t len = 0; len < bytes.len; len++) {
		uint8_t *exact = malloc(len + 1); /* so that a sanitizer sees a read too far */
		assert_non_null(exact);
		memcpy(exact, bytes.data, len);
		assert_int_equal(sto_session_record_read(&back, sto_span_of(exact, len)),
				 STO_SESSION_DAMAGED);
		free(exact);
	}
	assert_ok(sto_buf_put_byte(&bytes, 0));
	assert_int_equal(sto_session_record_read(&back, sto_buf_span(&bytes)), STO_SESSION_DAMAGED);
	sto_buf_finish(&bytes);
}

static void tables_of_another_size_are_damaged(void **state)
{
	struct sto_session_record record = full_record(), back;
	struct sto_buf bytes;
	(void)state;
	sto_buf_init(&bytes, 4096);
	assert_ok(sto_session_record_write(&bytes, &record));
	assert_int_equal(bytes.data[2], N_TIMES);
	assert_int_equal(bytes.data[3], N_TEXTS);
	bytes.data[2] = N_TIMES + 1;
	assert_int_equal(sto_session_record_read(&back, sto_buf_span(&bytes)), STO_SESSION_DAMAGED);
	bytes.data[2] = N_TIMES;
	bytes.data[3] = N_TEXTS + 1;
	assert_int_equal(sto_session_record_read(&back, sto_buf_span(&bytes)), STO_SESSION_DAMAGED);
	bytes.data[3] = N_TEXTS;
	bytes.data[1] = 0x80; /* a flag that nobody knows */
	assert_int_equal(sto_session_record_read(&back, sto_buf_span(&bytes)), STO_SESSION_DAMAGED);
	sto_buf_finish(&bytes);
}

static void a_text_over_its_limit_is_too_large(void **state)
{
	struct sto_session_record record = full_record();
	struct sto_buf bytes;
	uint8_t *text = calloc(1, STO_LIMIT_SESSION_TEXT + 1);
	(void)state;
	assert_non_null(text);
	sto_buf_init(&bytes, 1 << 20);
	record.claims = sto_span_of(text, STO_LIMIT_SESSION_TEXT + 1);
	assert_int_equal(sto_session_record_write(&bytes, &record), STO_TOO_LARGE);
	assert_int_equal(bytes.len, 0);
	record.claims.len--;
	assert_ok(sto_session_record_write(&bytes, &record));
	free(text);
	sto_buf_finish(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(tv_cs_33_a_newer_record_is_refused),
		cmocka_unit_test(tv_cs_33_an_older_record_is_read),
		cmocka_unit_test(a_record_cut_or_prolonged_is_damaged),
		cmocka_unit_test(tables_of_another_size_are_damaged),
		cmocka_unit_test(a_text_over_its_limit_is_too_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
