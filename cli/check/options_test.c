#include "check/options.h"

#include "base/test.h"

static char why[400];
static struct check_options options;

#define READ(...) read_options((char *[]){(char[]){"st-oauth-check"}, __VA_ARGS__, NULL})
#define ARG(text) ((char[]){text})

static bool read_options(char **argv)
{
	int argc = 0;
	while (argv[argc] != NULL)
		argc++;
	why[0] = 0;
	return check_options_read(&options, argc, argv, why, sizeof(why));
}

static void nothing_said_gives_the_defaults(void **state)
{
	char *argv[] = {ARG("st-oauth-check"), NULL};
	(void)state;
	assert_true(read_options(argv));
	assert_null(options.block);
	assert_null(options.file);
	assert_int_equal(options.port, 0);
	assert_false(options.offline || options.print_json || options.show_help || options.show_version);
}

static void options_and_block_stand_in_any_order(void **state)
{
	(void)state;
	assert_true(READ(ARG("--offline"), ARG("myoauth"), ARG("--file"), ARG("x.toml"), ARG("--json"),
			 ARG("--port=8502")));
	assert_string_equal(options.block, "myoauth");
	assert_string_equal(options.file, "x.toml");
	assert_int_equal(options.port, 8502);
	assert_true(options.offline && options.print_json);
}

static void help_and_version_are_asked_for(void **state)
{
	(void)state;
	assert_true(READ(ARG("-h")));
	assert_true(options.show_help);
	assert_true(READ(ARG("--version")));
	assert_true(options.show_version);
}

static void expect_refusal(bool was_read, const char *sentence)
{
	assert_false(was_read);
	assert_string_equal(why, sentence);
}

static void refusals_say_what_is_wrong(void **state)
{
	(void)state;
	expect_refusal(READ(ARG("--ofline")), "there is no option '--ofline'; did you mean '--offline'?");
	expect_refusal(READ(ARG("--colour")), "there is no option '--colour'");
	expect_refusal(READ(ARG("--file")), "the option '--file' wants a value");
	expect_refusal(READ(ARG("--file=")), "--file is empty");
	expect_refusal(READ(ARG("--port"), ARG("0")), "'0' is no port; ports are 1 to 65535");
	expect_refusal(READ(ARG("--port"), ARG("65536")), "'65536' is no port; ports are 1 to 65535");
	expect_refusal(READ(ARG("--port"), ARG("80a")), "'80a' is no port; ports are 1 to 65535");
	expect_refusal(READ(ARG("a"), ARG("b")), "one block at a time: 'b' is one too many");
	expect_refusal(READ(ARG("")), "the name of the block is empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_gives_the_defaults),
		cmocka_unit_test(options_and_block_stand_in_any_order),
		cmocka_unit_test(help_and_version_are_asked_for),
		cmocka_unit_test(refusals_say_what_is_wrong),
	};
	return cmocka_run_group_tests_name("check/options", tests, NULL, NULL);
}
