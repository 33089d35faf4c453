#include "base/base64url.h"

#include "base/test.h"
#include "stoauth/error.h"

/* RFC 4648 section 10, in the URL alphabet without padding. */
static const struct {
	const char *bytes, *text;
} rfc4648[] = {
	{"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
	{"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
};

static void rfc4648_examples_go_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rfc4648) / sizeof(rfc4648[0]); i++) {
		struct sto_buf buf;
		sto_buf_init(&buf, 100);
		assert_ok(sto_base64url_encode(&buf, sto_span_str(rfc4648[i].bytes)));
		assert_true(sto_span_equal(sto_buf_span(&buf), sto_span_str(rfc4648[i].text)));
		sto_buf_clear(&buf);
		assert_ok(sto_base64url_decode(&buf, sto_span_str(rfc4648[i].text)));
		assert_true(sto_span_equal(sto_buf_span(&buf), sto_span_str(rfc4648[i].bytes)));
		sto_buf_finish(&buf);
	}
}

static void every_byte_survives(void **state)
{
	uint8_t all[256];
	struct sto_buf text, back;
	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	sto_buf_init(&text, 1000);
	sto_buf_init(&back, 1000);
	for (size_t len = 250; len <= 256; len++) {
		sto_buf_clear(&text);
		sto_buf_clear(&back);
		assert_ok(sto_base64url_encode(&text, sto_span_of(all, len)));
		assert_ok(sto_base64url_decode(&back, sto_buf_span(&text)));
		assert_true(sto_span_equal(sto_buf_span(&back), sto_span_of(all, len)));
	}
	sto_buf_finish(&text);
	sto_buf_finish(&back);
}

/* TV-43: one value, one spelling. */
static void tv_43_other_spellings_are_refused(void **state)
{
	static const char *const bad[] = {"Zg==",  "Zm8=", "Zm+v", "Zm/v", "Zm9 v", "Zm9v\n", "Z",
					  "Zm9vY", "Zh",   "Zm9",  "Zg=",  "=",     " Zg",    "Zm\xc3\xa9"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sto_buf buf;
		sto_buf_init(&buf, 100);
		assert_int_equal(sto_base64url_decode(&buf, sto_span_str(bad[i])), STO_BAD_BASE64URL);
		assert_int_equal(buf.len, 0);
		sto_buf_finish(&buf);
	}
}

static void decoding_over_the_maximum_is_refused(void **state)
{
	struct sto_buf buf;
	(void)state;
	sto_buf_init(&buf, 2);
	assert_int_equal(sto_base64url_decode(&buf, STO_SPAN("Zm9v")), STO_TOO_LARGE);
	sto_buf_finish(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4648_examples_go_both_ways),
		cmocka_unit_test(every_byte_survives),
		cmocka_unit_test(tv_43_other_spellings_are_refused),
		cmocka_unit_test(decoding_over_the_maximum_is_refused),
	};
	return cmocka_run_group_tests_name("base/base64url", tests, NULL, NULL);
}
