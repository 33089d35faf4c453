#include "check/report.h"

#include <stdlib.h>

#include "base/test.h"

static json_t *json(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);
	assert_non_null(value);
	return value;
}

static const char request[] =
	"{\"block\": \"oauth\", \"source\": {\"file\": \"s.toml\"}, \"settings\": [{\"path\": [\"issuer\"], "
	"\"value\": \"x\", \"line\": 3}]}";

/* The report of these findings. */
static json_t *report_of(const char *opened, const char *checked)
{
	json_t *r = json(request), *o = json(opened), *c = checked == NULL ? NULL : json(checked);
	json_t *report = check_report_block(r, o, c);
	assert_non_null(report);
	json_decref(r);
	json_decref(o);
	json_decref(c);
	return report;
}

static void expect_print(json_t *report, bool colour, const char *want)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	json_t *blocks = json_pack("[o]", report);
	check_report_print(to, report, colour);
	check_report_sum(to, blocks, colour);
	assert_int_equal(fclose(to), 0);
	assert_string_equal(text, want);
	free(text);
	json_decref(blocks);
}

static void findings_are_lines_with_their_place_and_mend(void **state)
{
	(void)state;
	expect_print(
		report_of(
			"[{\"severity\": \"warning\", \"code\": \"x\", \"line\": 2, \"file\": \"s.toml\", "
			"\"message\": \"s.toml, [oauth], line 2: a is b. Mend it\", \"mend\": \"Mend it\"}]",
			"[{\"severity\": \"error\", \"code\": \"y\", \"key\": \"issuer\", \"message\": "
			"\"issuer is wrong\", \"mend\": \"Set it\"}, {\"severity\": \"ok\", \"code\": "
			"\"z\", \"key\": \"issuer\", \"message\": \"all is well\", \"mend\": \"\"}]"),
		false,
		"[oauth] of s.toml\n\n"
		"  warning  s.toml, [oauth], line 2: a is b\n"
		"           Mend it\n"
		"  error    s.toml, line 3: issuer is wrong\n"
		"           Set it\n"
		"  ok       all is well\n\n"
		"1 error, 1 warning\n");
}

static void settings_without_a_finding_are_fine(void **state)
{
	(void)state;
	expect_print(report_of("[]", NULL), false,
		     "[oauth] of s.toml\n\n  ok       1 key was read, and every one is fine\n\n"
		     "0 errors, 0 warnings\n");
}

static void colour_is_put_around_the_severity_alone(void **state)
{
	(void)state;
	expect_print(report_of("[]", NULL), true,
		     "\033[1m[oauth]\033[0m of s.toml\n\n"
		     "  \033[32mok     \033[0m  1 key was read, and every one is fine\n\n"
		     "\033[32m0 errors, 0 warnings\033[0m\n");
}

static void nothing_that_is_printed_moves_the_cursor(void **state)
{
	(void)state;
	expect_print(
		report_of("[{\"severity\": \"error\", \"code\": \"x\", \"message\": "
			  "\"a\\u001b[2J\\u009b\\u00e9\\n\", \"mend\": \"b\\r\\u007f\"}]",
			  NULL),
		false,
		"[oauth] of s.toml\n\n  error    a?[2J?\xc3\xa9?\n           b??\n\n1 error, 0 warnings\n");
}

static void a_finding_of_the_check_gets_file_block_and_line(void **state)
{
	(void)state;
	json_t *report = report_of("[]", "[{\"severity\": \"error\", \"code\": \"y\", \"key\": \"issuer\", "
					 "\"message\": \"m\", \"mend\": \"n\"}]");
	json_t *finding = json_array_get(json_object_get(report, "findings"), 1);
	assert_string_equal(json_string_value(json_object_get(finding, "file")), "s.toml");
	assert_string_equal(json_string_value(json_object_get(finding, "block")), "oauth");
	assert_int_equal(json_integer_value(json_object_get(finding, "line")), 3);
	assert_true(json_is_false(json_object_get(report, "ok")));
	json_decref(report);
}

static void one_error_makes_all_of_it_wrong(void **state)
{
	(void)state;
	json_t *good = json("[{\"ok\": true}, {\"ok\": true}]"),
	       *bad = json("[{\"ok\": true}, {\"ok\": false}]");
	assert_true(check_report_is_ok(good));
	assert_false(check_report_is_ok(bad));
	json_decref(good);
	json_decref(bad);
}

static void a_file_is_not_coloured(void **state)
{
	FILE *file = tmpfile();
	(void)state;
	assert_non_null(file);
	assert_int_equal(setenv("TERM", "xterm", 1), 0);
	assert_int_equal(unsetenv("NO_COLOR"), 0);
	assert_false(check_report_may_colour(file));
	assert_int_equal(fclose(file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_are_lines_with_their_place_and_mend),
		cmocka_unit_test(settings_without_a_finding_are_fine),
		cmocka_unit_test(colour_is_put_around_the_severity_alone),
		cmocka_unit_test(nothing_that_is_printed_moves_the_cursor),
		cmocka_unit_test(a_finding_of_the_check_gets_file_block_and_line),
		cmocka_unit_test(one_error_makes_all_of_it_wrong),
		cmocka_unit_test(a_file_is_not_coloured),
	};
	return cmocka_run_group_tests_name("check/report", tests, NULL, NULL);
}
