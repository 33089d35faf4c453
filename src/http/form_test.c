#include "http/form.h"

#include <stdio.h>

#include "base/bounds.h"
#include "base/test.h"

static int get(struct sto_buf *value, const char *form, const char *name)
{
	sto_buf_clear(value);
	return sto_form_get(value, sto_span_str(form), sto_span_str(name), NULL);
}

static void rfc_6749_appendix_b_example(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 64);
	/* U+0020 U+0025 U+0026 U+002B U+00A3 U+20AC */
	assert_ok(sto_form_put_escaped(&out, STO_SPAN(" %&+\xc2\xa3\xe2\x82\xac")));
	assert_span(sto_buf_span(&out), "+%25%26%2B%C2%A3%E2%82%AC");
	assert_ok(get(&out, "v=+%25%26%2B%C2%A3%E2%82%AC", "v"));
	assert_span(sto_buf_span(&out), " %&+\xc2\xa3\xe2\x82\xac");
	sto_buf_finish(&out);
}

static void only_the_plain_characters_stay_plain(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 64);
	assert_ok(sto_form_put_escaped(&out, STO_SPAN("aZ09*-._~:/=\0")));
	assert_span(sto_buf_span(&out), "aZ09*-._%7E%3A%2F%3D%00");
	sto_buf_finish(&out);
}

static void fields_are_joined_where_they_must_be(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 64);
	assert_ok(sto_form_put(&out, STO_SPAN("a"), STO_SPAN("1 2")));
	assert_ok(sto_form_put(&out, STO_SPAN("b&"), STO_SPAN("")));
	assert_span(sto_buf_span(&out), "a=1+2&b%26=");
	sto_buf_clear(&out);
	assert_ok(sto_buf_put_str(&out, "/p?"));
	assert_ok(sto_form_put(&out, STO_SPAN("a"), STO_SPAN("?")));
	assert_ok(sto_buf_put_str(&out, "&"));
	assert_ok(sto_form_put(&out, STO_SPAN("b"), STO_SPAN("1")));
	assert_span(sto_buf_span(&out), "/p?a=%3F&b=1");
	sto_buf_finish(&out);
}

static void a_field_that_does_not_fit_leaves_the_buffer_alone(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 6);
	assert_ok(sto_form_put(&out, STO_SPAN("a"), STO_SPAN("1")));
	assert_int_equal(sto_form_put(&out, STO_SPAN("b"), STO_SPAN("1")), STO_TOO_LARGE);
	assert_int_equal(sto_form_put_escaped(&out, STO_SPAN("12%")), STO_TOO_LARGE);
	assert_span(sto_buf_span(&out), "a=1");
	sto_buf_finish(&out);
}

static void values_are_found_and_decoded(void **state)
{
	struct sto_buf value;
	(void)state;
	sto_buf_init(&value, 64);
	assert_ok(get(&value, "a=1&b=x%20y+z&c", "b"));
	assert_span(sto_buf_span(&value), "x y z");
	assert_ok(get(&value, "&&a=1&&%62=2=3&", "b"));
	assert_span(sto_buf_span(&value), "2=3");
	assert_ok(get(&value, "a=1&c", "c"));
	assert_span(sto_buf_span(&value), "");
	assert_ok(get(&value, "=nameless", ""));
	assert_span(sto_buf_span(&value), "nameless");
	sto_buf_finish(&value);
}

static void an_absent_field_is_absent(void **state)
{
	struct sto_buf value;
	struct sto_error err = {0};
	(void)state;
	sto_buf_init(&value, 64);
	assert_int_equal(get(&value, "", "code"), STO_FORM_ABSENT);
	assert_int_equal(get(&value, "Code=1&code2=2&xcode=3", "code"), STO_FORM_ABSENT);
	assert_int_equal(sto_form_get(&value, STO_SPAN("a=1"), STO_SPAN("code"), &err), STO_FORM_ABSENT);
	assert_string_equal(err.detail, "code: absent");
	sto_buf_finish(&value);
}

static void cb_07_each_security_parameter_given_twice_is_refused(void **state)
{
	static const char *const names[] = {"code", "state", "iss", "access_token", "error"};
	struct sto_buf value;
	char form[64];
	(void)state;
	sto_buf_init(&value, 64);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(form, sizeof(form), "%s=1&x=2&%s=1", names[i], names[i]);
		assert_int_equal(get(&value, form, names[i]), STO_FORM_DUPLICATE);
		assert_int_equal(value.len, 0);
	}
	assert_int_equal(get(&value, "code=1&c%6fde=2", "code"), STO_FORM_DUPLICATE);
	assert_int_equal(get(&value, "code&code", "code"), STO_FORM_DUPLICATE);
	sto_buf_finish(&value);
}

static void cb_29_damage_anywhere_in_the_form_refuses_it(void **state)
{
	static const char *const bad[] = {
		"code=%",      "code=%4",       "code=%zz",       "code=1&x=%",    "%=1&code=1",
		"code=%00",    "code=%0d%0a",   "code=a%0Db",     "code=a\nb",     "code=%ff",
		"code=%c0%af", "x%00=1&code=1", "code=%ed%a0%80", "code=1&\xff=2", "code=%2",
	};
	struct sto_buf value;
	(void)state;
	sto_buf_init(&value, 64);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (get(&value, bad[i], "code") != STO_FORM_MALFORMED)
			fail_msg("not refused: %s", bad[i]);
	assert_int_equal(value.len, 0);
	sto_buf_finish(&value);
}

static void cb_12_forms_over_the_limits_are_refused(void **state)
{
	struct sto_buf form, value;
	(void)state;
	sto_buf_init(&form, (size_t)STO_LIMIT_FORM * 2);
	sto_buf_init(&value, STO_LIMIT_FORM);
	for (int i = 0; i < STO_LIMIT_FORM_FIELDS; i++)
		assert_ok(sto_form_put(&form, STO_SPAN("a"), STO_SPAN("1")));
	assert_int_equal(sto_form_get(&value, sto_buf_span(&form), STO_SPAN("b"), NULL), STO_FORM_ABSENT);
	assert_ok(sto_form_put(&form, STO_SPAN("b"), STO_SPAN("1")));
	assert_int_equal(sto_form_get(&value, sto_buf_span(&form), STO_SPAN("b"), NULL), STO_FORM_MALFORMED);
	sto_buf_clear(&form);
	assert_ok(sto_buf_put_str(&form, "code="));
	while (form.len < STO_LIMIT_FORM)
		assert_ok(sto_buf_put_byte(&form, 'x'));
	assert_ok(sto_form_get(&value, sto_buf_span(&form), STO_SPAN("code"), NULL));
	assert_int_equal(value.len, STO_LIMIT_FORM - 5);
	assert_ok(sto_buf_put_byte(&form, 'x'));
	assert_int_equal(sto_form_get(&value, sto_buf_span(&form), STO_SPAN("code"), NULL),
			 STO_FORM_MALFORMED);
	sto_buf_finish(&form);
	sto_buf_finish(&value);
}

static void a_value_over_the_callers_maximum_is_too_large(void **state)
{
	struct sto_buf value;
	(void)state;
	sto_buf_init(&value, 3);
	assert_int_equal(get(&value, "code=1234", "code"), STO_TOO_LARGE);
	assert_int_equal(value.len, 0);
	assert_ok(get(&value, "code=123", "code"));
	sto_buf_finish(&value);
}

static void a_walk_meets_every_field_once(void **state)
{
	struct sto_span rest = STO_SPAN("a=1&&b=%32&c");
	struct sto_buf name, value;
	(void)state;
	sto_buf_init(&name, 8);
	sto_buf_init(&value, 8);
	assert_ok(sto_form_next(&name, &value, &rest));
	assert_span(sto_buf_span(&name), "a");
	assert_span(sto_buf_span(&value), "1");
	assert_ok(sto_form_next(&name, &value, &rest));
	assert_span(sto_buf_span(&name), "b");
	assert_span(sto_buf_span(&value), "2");
	assert_ok(sto_form_next(&name, &value, &rest));
	assert_span(sto_buf_span(&name), "c");
	assert_span(sto_buf_span(&value), "");
	assert_int_equal(sto_form_next(&name, &value, &rest), STO_FORM_ABSENT);
	assert_int_equal(name.len, 0);
	sto_buf_finish(&name);
	sto_buf_finish(&value);
}

static void one_part_is_decoded_behind_what_is_there(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 8);
	assert_ok(sto_form_put_decoded(&out, STO_SPAN("a%3A+")));
	assert_ok(sto_form_put_decoded(&out, STO_SPAN("b")));
	assert_int_equal(sto_form_put_decoded(&out, STO_SPAN("c%ff")), STO_FORM_MALFORMED);
	assert_int_equal(sto_form_put_decoded(&out, STO_SPAN("123456")), STO_TOO_LARGE);
	assert_span(sto_buf_span(&out), "a: b");
	sto_buf_finish(&out);
}

static void a_walk_refuses_what_get_refuses(void **state)
{
	struct sto_span broken = STO_SPAN("a=%"), large = STO_SPAN("a=123456789");
	struct sto_buf name, value;
	(void)state;
	sto_buf_init(&name, 8);
	sto_buf_init(&value, 8);
	assert_int_equal(sto_form_next(&name, &value, &broken), STO_FORM_MALFORMED);
	assert_int_equal(sto_form_next(&name, &value, &large), STO_TOO_LARGE);
	sto_buf_finish(&name);
	sto_buf_finish(&value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_6749_appendix_b_example),
		cmocka_unit_test(only_the_plain_characters_stay_plain),
		cmocka_unit_test(fields_are_joined_where_they_must_be),
		cmocka_unit_test(a_field_that_does_not_fit_leaves_the_buffer_alone),
		cmocka_unit_test(values_are_found_and_decoded),
		cmocka_unit_test(an_absent_field_is_absent),
		cmocka_unit_test(cb_07_each_security_parameter_given_twice_is_refused),
		cmocka_unit_test(cb_12_forms_over_the_limits_are_refused),
		cmocka_unit_test(cb_29_damage_anywhere_in_the_form_refuses_it),
		cmocka_unit_test(a_value_over_the_callers_maximum_is_too_large),
		cmocka_unit_test(a_walk_meets_every_field_once),
		cmocka_unit_test(a_walk_refuses_what_get_refuses),
		cmocka_unit_test(one_part_is_decoded_behind_what_is_there),
	};
	return cmocka_run_group_tests_name("http/form", tests, NULL, NULL);
}
