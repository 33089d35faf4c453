#include "transport/headers.h"

#include "base/test.h"

#define NOW 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */
#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define HOUR_AFTER "Sun, 06 Nov 1994 09:49:37 GMT"
#define HOUR_BEFORE "Sun, 06 Nov 1994 07:49:37 GMT"

/* Reads a block of lines as if an answer had them. */
static struct sto_headers collect(struct sto_fetched *out, const char *lines)
{
	struct sto_headers headers;
	struct sto_span rest = sto_span_str(lines);
	struct sto_span line;
	sto_fetched_init(out, 0);
	sto_headers_init(&headers);
	while (sto_span_split(&line, &rest, '\n'))
		sto_headers_add(&headers, &out->content_type, line);
	sto_headers_conclude(out, &headers, NOW);
	return headers;
}

static void freshness_follows_rfc_9111(void **state)
{
	static const struct {
		const char *lines;
		int64_t max_age_sec;
	} rows[] = {
		{"", -1},
		{"Age: 5\r\n", -1},
		{"Cache-Control: max-age=600\r\n", 600},
		{"cache-control:MAX-AGE=600", 600},
		{"Cache-Control: public, max-age=600, must-revalidate\r\n", 600},
		{"Cache-Control: max-age=\"600\"\r\n", 600},
		{"Cache-Control: max-age = 600\r\n", 600},
		{"Cache-Control: max-age=0\r\n", 0},
		{"Cache-Control: max-age=600\r\nAge: 100\r\n", 500},
		{"Cache-Control: max-age=600\r\nAge: 700\r\n", 0},
		{"Cache-Control: max-age=600\r\nAge: old\r\n", 600},
		{"Cache-Control: max-age=600\r\nAge: -1\r\n", 600},
		{"Cache-Control: no-store\r\n", 0},
		{"Cache-Control: no-store, max-age=600\r\n", 0},
		{"Cache-Control: max-age=600\r\nCache-Control: no-cache\r\n", 0},
		{"Cache-Control: no-cache=\"Set-Cookie\", max-age=600\r\n", 0},
		{"Cache-Control: s-maxage=600\r\n", -1},
		{"Cache-Control: s-maxage=9, max-age=600\r\n", 600},
		{"Cache-Control: x-max-age=9, max-age=600\r\n", 600},
		{"Cache-Control: max-age=600, max-age=60\r\n", 60},
		{"Cache-Control: max-age=60, max-age=600\r\n", 60},
		{"Cache-Control: max-age=-1\r\n", 0},
		{"Cache-Control: max-age=1e9\r\n", 0},
		{"Cache-Control: max-age\r\n", 0},
		{"Cache-Control: max-age=\r\n", 0},
		{"Cache-Control: max-age=99999999999999999999999999\r\n", 2147483648},
		{"Cache-Control: ,,, ,max-age=7,\r\n", 7},
		{"Cache-Control: max-age=600\r\nVary: *\r\n", 0},
		{"Cache-Control: max-age=600\r\nVary: Accept\r\n", 600},
		{"Expires: " HOUR_AFTER "\r\n" DATE, 3600},
		{"Expires: " HOUR_AFTER "\r\n", 3600},
		{"Expires: " HOUR_AFTER "\r\nDate: " HOUR_BEFORE "\r\n", 7200},
		{"Expires: " HOUR_AFTER "\r\n" DATE "Age: 600\r\n", 3000},
		{"Expires: " HOUR_BEFORE "\r\n" DATE, 0},
		{"Expires: 0\r\n" DATE, 0},
		{"Expires: soon\r\n" DATE, 0},
		{"Expires: " HOUR_AFTER "\r\nCache-Control: max-age=60\r\n", 60},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sto_fetched out;
		(void)collect(&out, rows[i].lines);
		if (out.max_age_sec != rows[i].max_age_sec)
			fail_msg("%s: %lld", rows[i].lines, (long long)out.max_age_sec);
		sto_fetched_finish(&out);
	}
}

static void dates_are_read(void **state)
{
	struct sto_fetched out;
	(void)state;
	(void)collect(&out, DATE);
	assert_int_equal(out.date_sec, NOW);
	(void)collect(&out, "Date: Sunday, 06-Nov-94 08:49:37 GMT\r\n");
	assert_int_equal(out.date_sec, NOW);
	(void)collect(&out, "Date: yesterday\r\n");
	assert_int_equal(out.date_sec, -1);
	(void)collect(&out, "Date: \r\n");
	assert_int_equal(out.date_sec, -1);
	(void)collect(&out, "");
	assert_int_equal(out.date_sec, -1);
}

static void retry_after_is_seconds_or_a_date(void **state)
{
	static const struct {
		const char *lines;
		int64_t want;
	} rows[] = {
		{"", -1},
		{"Retry-After: 120\r\n", 120},
		{"Retry-After: 0\r\n", 0},
		{"Retry-After: -5\r\n", -1},
		{"Retry-After: later\r\n", -1},
		{"Retry-After: " HOUR_AFTER "\r\n" DATE, 3600},
		{"Retry-After: " HOUR_AFTER "\r\n", 3600},
		{"Retry-After: " HOUR_BEFORE "\r\n", 0},
		{"Retry-After: 99999999999999999999\r\n", 2147483648},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sto_fetched out;
		(void)collect(&out, rows[i].lines);
		assert_int_equal(out.retry_after_sec, rows[i].want);
		sto_fetched_finish(&out);
	}
}

static void the_age_of_an_answer_is_that_of_the_oldest_cache(void **state)
{
	struct sto_fetched out;
	(void)state;
	(void)collect(&out, "Age: 5\r\nAge: 90\r\nAge: 7\r\n");
	assert_int_equal(out.age_sec, 90);
	sto_fetched_finish(&out);
	(void)collect(&out, "Age: old\r\n");
	assert_int_equal(out.age_sec, 0);
	sto_fetched_finish(&out);
}

static void a_content_type_is_bare_and_lower_case(void **state)
{
	struct sto_fetched out;
	(void)state;
	(void)collect(&out, "Content-Type:  Application/JSON ; charset=utf-8\r\n");
	assert_span(sto_buf_span(&out.content_type), "application/json");
	sto_fetched_finish(&out);
	(void)collect(&out, "Content-Type: text/html\r\nContent-Type: application/json\r\n");
	assert_span(sto_buf_span(&out.content_type), "application/json");
	sto_fetched_finish(&out);
	(void)collect(&out, "Content-Type\r\nX-Content-Type: a/b\r\n");
	assert_int_equal(out.content_type.len, 0);
	sto_fetched_finish(&out);
}

static void a_content_type_too_long_is_none(void **state)
{
	char line[400] = "Content-Type: a/";
	struct sto_fetched out;
	(void)state;
	memset(line + 16, 'x', 300);
	(void)collect(&out, line);
	assert_int_equal(out.content_type.len, 0);
	sto_fetched_finish(&out);
}

static void codings_that_were_not_asked_for_are_seen(void **state)
{
	static const struct {
		const char *lines;
		bool encoded;
	} rows[] = {
		{"", false},
		{"Content-Encoding: identity\r\n", false},
		{"Content-Encoding: \r\n", false},
		{"Content-Encoding: gzip\r\n", true},
		{"content-encoding: br, gzip\r\n", true},
		{"Content-Encoding: x-unknown\r\n", true},
		{"Transfer-Encoding: chunked\r\n", false},
		{"Transfer-Encoding: Chunked\r\n", false},
		{"Transfer-Encoding: gzip, chunked\r\n", true},
		{"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sto_fetched out;
		assert_int_equal(collect(&out, rows[i].lines).encoded, rows[i].encoded);
		sto_fetched_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(freshness_follows_rfc_9111),
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
		cmocka_unit_test(the_age_of_an_answer_is_that_of_the_oldest_cache),
		cmocka_unit_test(a_content_type_is_bare_and_lower_case),
		cmocka_unit_test(a_content_type_too_long_is_none),
		cmocka_unit_test(codings_that_were_not_asked_for_are_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
