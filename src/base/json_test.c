#include "base/json.h"

#include "base/bounds.h"
#include "base/test.h"

static void refuse(struct sto_span text, int code)
{
	json_t *json = NULL;
	assert_int_equal(sto_json_parse(&json, text, NULL), code);
	assert_null(json);
}

/* TV-44, JD-23: what two parsers could read differently is refused. */
static void tv_44_duplicate_member_is_refused(void **state)
{
	(void)state;
	refuse(STO_SPAN("{\"a\":1,\"a\":1}"), STO_BAD_JSON);
	refuse(STO_SPAN("{\"a\":1,\"\\u0061\":1}"), STO_BAD_JSON);
}

/* TV-46 */
static void tv_46_nul_and_bad_utf8_are_refused(void **state)
{
	(void)state;
	refuse(STO_SPAN("[\"a\\u0000b\"]"), STO_BAD_JSON);
	refuse(STO_SPAN("[\"a\0b\"]"), STO_BAD_JSON);
	refuse(STO_SPAN("[\"\xc0\x80\"]"), STO_BAD_JSON);
	refuse(STO_SPAN("[\"\\ud800\"]"), STO_BAD_JSON);
	refuse(STO_SPAN("\xef\xbb\xbf{}"), STO_BAD_JSON);
}

/* DS-06 */
static void ds_06_depth_is_bounded(void **state)
{
	struct sto_buf buf;
	(void)state;
	sto_buf_init(&buf, 300000);
	for (int i = 0; i < 100000; i++)
		assert_ok(sto_buf_put_byte(&buf, '['));
	refuse(sto_buf_span(&buf), STO_BAD_JSON);
	sto_buf_finish(&buf);
}

/* Our own limit, far below what the parser's stack would take. */
static void ds_06_one_level_over_the_limit_is_refused(void **state)
{
	char text[2 * STO_LIMIT_JSON_DEPTH + 3] = "";
	json_t *json = NULL;
	(void)state;
	memset(text, '[', STO_LIMIT_JSON_DEPTH);
	memset(text + STO_LIMIT_JSON_DEPTH, ']', STO_LIMIT_JSON_DEPTH);
	assert_ok(sto_json_parse(&json, sto_span_str(text), NULL));
	json_decref(json);
	memset(text, '[', STO_LIMIT_JSON_DEPTH + 1);
	memset(text + STO_LIMIT_JSON_DEPTH + 1, ']', STO_LIMIT_JSON_DEPTH + 1);
	refuse(sto_span_str(text), STO_BAD_JSON);
}

static void brackets_in_strings_are_no_depth(void **state)
{
	json_t *json = NULL;
	(void)state;
	assert_ok(sto_json_parse(&json, STO_SPAN("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"]"), NULL));
	json_decref(json);
}

static void trailing_text_is_refused(void **state)
{
	(void)state;
	refuse(STO_SPAN("{} {}"), STO_BAD_JSON);
	refuse(STO_SPAN(""), STO_BAD_JSON);
	refuse(STO_SPAN("{\"a\":1e999}"), STO_BAD_JSON);
}

static void array_is_no_object(void **state)
{
	json_t *json = NULL;
	(void)state;
	assert_int_equal(sto_json_parse_object(&json, STO_SPAN("[]"), NULL), STO_BAD_JSON);
	assert_null(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tv_44_duplicate_member_is_refused),
		cmocka_unit_test(tv_46_nul_and_bad_utf8_are_refused),
		cmocka_unit_test(ds_06_depth_is_bounded),
		cmocka_unit_test(ds_06_one_level_over_the_limit_is_refused),
		cmocka_unit_test(brackets_in_strings_are_no_depth),
		cmocka_unit_test(trailing_text_is_refused),
		cmocka_unit_test(array_is_no_object),
	};
	return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
