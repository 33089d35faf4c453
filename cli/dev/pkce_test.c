#include "base/test.h"
#include "dev/provider.h"

/* RFC 7636 appendix B. */
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static void rfc_7636_appendix_b_matches(void **state)
{
	(void)state;
	assert_true(dev_pkce_matches(CHALLENGE, VERIFIER));
}

static void another_verifier_does_not_match(void **state)
{
	(void)state;
	assert_false(dev_pkce_matches(CHALLENGE, VERIFIER "x"));
	assert_false(dev_pkce_matches(VERIFIER, VERIFIER));
	assert_false(dev_pkce_matches("", VERIFIER));
	assert_false(dev_pkce_matches(CHALLENGE "=", VERIFIER));
}

static void a_verifier_has_43_to_128_unreserved_characters(void **state)
{
	char text[130];
	(void)state;
	assert_true(dev_pkce_is_verifier(VERIFIER));
	memset(text, 'a', sizeof(text));
	text[42] = 0;
	assert_false(dev_pkce_is_verifier(text));
	text[42] = '~';
	text[128] = 0;
	assert_true(dev_pkce_is_verifier(text));
	text[128] = 'a';
	text[129] = 0;
	assert_false(dev_pkce_is_verifier(text));
	assert_false(dev_pkce_is_verifier("dBjftJeZ4CVP+mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
	assert_false(dev_pkce_is_verifier(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_7636_appendix_b_matches),
		cmocka_unit_test(another_verifier_does_not_match),
		cmocka_unit_test(a_verifier_has_43_to_128_unreserved_characters),
	};
	return cmocka_run_group_tests_name("dev/pkce", tests, NULL, NULL);
}
