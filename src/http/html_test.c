#include "http/html.h"

#include "base/test.h"
#include "stoauth/error.h"

static void assert_escape(struct sto_span text, struct sto_span expected)
{
	struct sto_buf out;
	sto_buf_init(&out, 256);
	assert_ok(sto_html_escape(&out, text));
	assert_int_equal(out.len, expected.len);
	if (expected.len > 0)
		assert_memory_equal(out.data, expected.ptr, expected.len);
	sto_buf_finish(&out);
}

static void what_means_something_in_html_means_itself(void **state)
{
	(void)state;
	assert_escape(STO_SPAN("<b a=\"1\" c='2' d=`3`>&amp;"),
		      STO_SPAN("&lt;b a=&quot;1&quot; c=&#39;2&#39; d=&#96;3&#96;&gt;&amp;amp;"));
}

static void plain_text_of_any_language_stays(void **state)
{
	(void)state;
	assert_escape(STO_SPAN(""), STO_SPAN(""));
	assert_escape(STO_SPAN("Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80"),
		      STO_SPAN("Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80"));
}

static void control_characters_become_blanks(void **state)
{
	(void)state;
	assert_escape(STO_SPAN("a\0b\x1b[31m\r\n\t\x7f."), STO_SPAN("a b [31m    ."));
	assert_escape(STO_SPAN("\xc2\x9b"
			       "31m\xc2\x80\xc2\xa0"),
		      STO_SPAN(" 31m \xc2\xa0"));
}

static void bytes_that_are_no_utf8_are_replaced_one_by_one(void **state)
{
	(void)state;
	assert_escape(STO_SPAN("\xff<"), STO_SPAN("\xef\xbf\xbd&lt;"));
	/* A lead byte never swallows the markup behind it. */
	assert_escape(STO_SPAN("\xe2<b>"), STO_SPAN("\xef\xbf\xbd&lt;b&gt;"));
	assert_escape(STO_SPAN("\xf0\""), STO_SPAN("\xef\xbf\xbd&quot;"));
	assert_escape(STO_SPAN("\xc0\xbc"), STO_SPAN("\xef\xbf\xbd\xef\xbf\xbd"));
	assert_escape(STO_SPAN("a\xc3"), STO_SPAN("a\xef\xbf\xbd"));
}

static void what_does_not_fit_leaves_the_buffer_alone(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 8);
	assert_ok(sto_buf_put_str(&out, "abc"));
	assert_int_equal(sto_html_escape(&out, STO_SPAN("<<")), STO_TOO_LARGE);
	assert_span(sto_buf_span(&out), "abc");
	sto_buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_means_something_in_html_means_itself),
		cmocka_unit_test(plain_text_of_any_language_stays),
		cmocka_unit_test(control_characters_become_blanks),
		cmocka_unit_test(bytes_that_are_no_utf8_are_replaced_one_by_one),
		cmocka_unit_test(what_does_not_fit_leaves_the_buffer_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
