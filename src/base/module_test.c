#include "base/module.h"

#include "base/test.h"
#include "stoauth/sys/transport.h"

static const char *old_module;
static const char *no_module;

static const struct sto_module wanted = {.file = "stoauth/transport_curl.so",
					 .symbol = "sto_transport_curl",
					 .abi = STO_TRANSPORT_ABI,
					 .size = sizeof(struct sto_transport_ops),
					 .failure = STO_FETCH_SETUP};

static void assert_refused(const char *path, const char *why)
{
	const void *found = &wanted;
	struct sto_error err = {0};
	assert_int_equal(sto_module_load(&found, &wanted, path, &err), STO_FETCH_SETUP);
	assert_null(found);
	assert_non_null(strstr(err.detail, why));
}

static void a_module_of_another_version_is_refused(void **state)
{
	(void)state;
	assert_refused(old_module, "another version");
}

static void a_file_that_is_no_module_is_refused(void **state)
{
	(void)state;
	assert_refused(no_module, "no module with sto_transport_curl");
	assert_refused("/dev/null", "cannot load");
	assert_refused("/nowhere/at/all.so", "cannot load");
}

/* This program holds the loader itself and has no module beside it. */
static void a_missing_module_is_an_error_each_time(void **state)
{
	const void *found = &wanted;
	(void)state;
	assert_int_equal(sto_module_find(&found, &wanted, NULL), STO_FETCH_SETUP);
	assert_int_equal(sto_module_find(&found, &wanted, NULL), STO_FETCH_SETUP);
	assert_null(found);
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
