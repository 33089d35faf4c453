/* This program holds the loader itself and has no module beside it. */
#include "base/test.h"
#include "transport/transport.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_module_is_an_error_each_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
