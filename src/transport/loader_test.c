#include "transport/loader.h"

#include "base/test.h"
#include "transport/transport.h"

static const char *old_module;
static const char *no_module;

static int try_load(const char *path)
{
	const struct sto_transport_ops *ops = NULL;
	struct sto_error err = {0};
	int rc = sto_transport_load(&ops, path, &err);
	assert_null(ops);
	assert_int_not_equal(strlen(err.detail), 0);
	return rc;
}

static void a_module_of_another_version_is_refused(void **state)
{
	(void)state;
	assert_int_equal(try_load(old_module), STO_FETCH_SETUP);
}

static void a_file_that_is_no_module_is_refused(void **state)
{
	(void)state;
	assert_int_equal(try_load(no_module), STO_FETCH_SETUP);
	assert_int_equal(try_load("/dev/null"), STO_FETCH_SETUP);
	assert_int_equal(try_load("/nowhere/at/all.so"), STO_FETCH_SETUP);
}

/* This program holds the loader itself and has no module beside it. */
static void a_missing_module_is_an_error_each_time(void **state)
{
	const struct sto_transport_options options = {.ca_file = {NULL, 0}};
	struct sto_transport transport;
	(void)state;
	assert_int_equal(sto_transport_curl_open(&transport, &options, NULL), STO_FETCH_SETUP);
	assert_int_equal(sto_transport_curl_open(&transport, &options, NULL), STO_FETCH_SETUP);
	assert_null(transport.ops);
	sto_transport_close(&transport);
	sto_transport_close(NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_module_of_another_version_is_refused),
		cmocka_unit_test(a_file_that_is_no_module_is_refused),
		cmocka_unit_test(a_missing_module_is_an_error_each_time),
	};
	if (argc != 3)
		return 2;
	old_module = argv[1];
	no_module = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
