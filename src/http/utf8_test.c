#include "http/utf8.h"

#include "base/test.h"

static void takes_characters_of_every_length(void **state)
{
	(void)state;
	assert_true(sto_utf8_valid(STO_SPAN("")));
	assert_true(sto_utf8_valid(STO_SPAN("a\x7f")));
	assert_true(sto_utf8_valid(STO_SPAN("zo\xc3\xab")));
	assert_true(sto_utf8_valid(STO_SPAN("\xe2\x82\xac")));
	assert_true(sto_utf8_valid(STO_SPAN("\xf0\x9f\x98\x80!")));
	assert_true(sto_utf8_valid(STO_SPAN("\xf4\x8f\xbf\xbf")));
}

static void refuses_what_rfc_3629_excludes(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"\xc3",
		"\xc0\xaf",
		"\xc1\xbf",
		"\xe0\x80\xaf",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x80\x80\xaf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xe2\x82",
		"\xe2\x28\xa1",
		"\xf0\x9f\x98\x28",
		"ok \xfe",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sto_utf8_valid(sto_span_str(bad[i])))
			fail_msg("row %zu was taken for UTF-8", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_characters_of_every_length),
		cmocka_unit_test(refuses_what_rfc_3629_excludes),
	};
	return cmocka_run_group_tests_name("http/utf8", tests, NULL, NULL);
}
