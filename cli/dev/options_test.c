#include "dev/options.h"

#include "base/test.h"

static char why[400];
static struct dev_options options;

#define READ(...) read_options((char *[]){(char[]){"st-oauth-dev"}, __VA_ARGS__, NULL})
#define ARG(text) ((char[]){text})

static bool read_options(char **argv)
{
	int argc = 0;
	while (argv[argc] != NULL)
		argc++;
	why[0] = 0;
	dev_options_finish(&options);
	return dev_options_read(&options, argc, argv, why, sizeof(why));
}

static int forget(void **state)
{
	(void)state;
	dev_options_finish(&options);
	return 0;
}

static void nothing_said_gives_the_defaults(void **state)
{
	char *argv[] = {ARG("st-oauth-dev"), NULL};
	(void)state;
	assert_true(read_options(argv));
	assert_int_equal(options.port, 9400);
	assert_false(options.port_given);
	assert_int_equal(options.ttl_sec, 3600);
	assert_false(options.opaque);
	assert_null(options.app);
	const struct dev_client *client = dev_options_client(&options, "dev");
	assert_non_null(client);
	assert_string_equal(client->secret, "dev-secret");
	assert_int_equal(client->alg, STO_ALG_RS256);
	assert_null(dev_options_client(&options, "other"));
}

static void clients_have_secrets_and_algorithms_of_their_own(void **state)
{
	(void)state;
	assert_true(READ(ARG("--alg=ES256"), ARG("--client"), ARG("spa"), ARG("--client"), ARG("web:a:b"),
			 ARG("--client-alg"), ARG("web=EdDSA")));
	assert_null(dev_options_client(&options, "spa")->secret);
	assert_int_equal(dev_options_client(&options, "spa")->alg, STO_ALG_ES256);
	assert_string_equal(dev_options_client(&options, "web")->secret, "a:b");
	assert_int_equal(dev_options_client(&options, "web")->alg, STO_ALG_EDDSA);
	assert_int_equal(dev_options_client(&options, "dev")->alg, STO_ALG_ES256);
}

static void what_stands_behind_two_dashes_is_the_apps(void **state)
{
	(void)state;
	assert_true(READ(ARG("app.py"), ARG("--app-port"), ARG("0"), ARG("--"), ARG("--theme.base"),
			 ARG("dark")));
	assert_string_equal(options.app, "app.py");
	assert_int_equal(options.app_port, 0);
	assert_string_equal(options.app_args[0], "--theme.base");
	assert_string_equal(options.app_args[1], "dark");
	assert_null(options.app_args[2]);
}

static void only_loopback_is_listened_on(void **state)
{
	static const char *const near[] = {"127.0.0.1", "::1", "localhost", "127.8.8.8"};
	static const char *const far[] = {"0.0.0.0",      "::",          "192.168.0.7", "example.com", "",
					  "127.0.0.1:80", "localhost/x", "127.1",       "a]b:"};
	(void)state;
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		assert_true(dev_is_loopback_host(near[i]));
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		assert_false(dev_is_loopback_host(far[i]));
	assert_false(READ(ARG("--host"), ARG("0.0.0.0")));
	assert_string_equal(
		why, "this provider signs anybody in without a password, so it listens on this machine "
		     "only: --host takes 127.0.0.1, ::1 or localhost, not '0.0.0.0'");
}

static void refusals_say_what_is_wrong(void **state)
{
	(void)state;
	assert_false(READ(ARG("--prot"), ARG("1")));
	assert_string_equal(why, "there is no option '--prot'; did you mean '--port'?");
	assert_false(READ(ARG("--colour")));
	assert_string_equal(why, "there is no option '--colour'");
	assert_false(READ(ARG("--port")));
	assert_string_equal(why, "the option '--port' wants a value");
	assert_false(READ(ARG("--port"), ARG("70000")));
	assert_string_equal(why, "'70000' is no port; ports are 1 to 65535, and 0 takes a free one");
	assert_false(READ(ARG("--alg"), ARG("HS256")));
	assert_string_equal(why, "'HS256' is none of RS256, ES256 and EdDSA");
	assert_false(READ(ARG("--alg"), ARG("RS512")));
	assert_string_equal(why, "'RS512' is none of RS256, ES256 and EdDSA");
	assert_false(READ(ARG("--token-ttl"), ARG("soon")));
	assert_string_equal(why, "'soon' is no lifetime; write 30s, 5m or 1h, at most 30d");
	assert_false(READ(ARG("--access-token"), ARG("paseto")));
	assert_string_equal(why, "'paseto' is no kind of access token; there are jwt and opaque");
	assert_false(READ(ARG("--client"), ARG("dev")));
	assert_string_equal(why, "the client 'dev' is given twice");
	assert_false(READ(ARG("--client"), ARG("x:")));
	assert_string_equal(why, "--client takes ID or ID:SECRET, neither of them empty");
	assert_false(READ(ARG("--client-alg"), ARG("x=RS256")));
	assert_string_equal(why, "--client-alg names a client that is not given before it: 'x=RS256'");
	assert_false(READ(ARG("--redirect-uri"), ARG("/x")));
	assert_string_equal(why, "--redirect-uri takes an absolute http or https URL, not '/x'");
	assert_false(READ(ARG("a.py"), ARG("b.py")));
	assert_string_equal(
		why, "one app at a time: 'b.py' is one too many; arguments of Streamlit stand behind '--'");
	assert_false(READ(ARG("--open")));
	assert_string_equal(why, "--open and --app-port are about an app, and none is given");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(nothing_said_gives_the_defaults, forget),
		cmocka_unit_test_teardown(clients_have_secrets_and_algorithms_of_their_own, forget),
		cmocka_unit_test_teardown(what_stands_behind_two_dashes_is_the_apps, forget),
		cmocka_unit_test_teardown(only_loopback_is_listened_on, forget),
		cmocka_unit_test_teardown(refusals_say_what_is_wrong, forget),
	};
	return cmocka_run_group_tests_name("dev/options", tests, NULL, NULL);
}
