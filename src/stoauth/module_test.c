/* The module as users have it: in the folder beside the shared library, loaded when it is first needed. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/test.h"
#include "transport/transport.h"

static const struct sto_transport_options no_options;

static void libcurl_is_loaded_when_it_is_needed(void **state)
{
	struct sto_transport transport;
	(void)state;
	assert_null(dlopen("libcurl.so.4", RTLD_NOW | RTLD_NOLOAD));
	assert_ok(sto_transport_curl_open(&transport, &no_options, NULL));
	assert_string_equal(transport.ops->name, "curl");
	assert_non_null(transport.ctx);
	void *libcurl = dlopen("libcurl.so.4", RTLD_NOW | RTLD_NOLOAD);
	assert_non_null(libcurl);
	assert_ok(dlclose(libcurl));
	sto_transport_close(&transport);
	assert_null(transport.ops);
}

static void neither_folder_nor_environment_matter(void **state)
{
	struct sto_transport transport;
	(void)state;
	assert_ok(chdir("/"));
	assert_ok(setenv("LD_LIBRARY_PATH", "/nowhere", 1));
	assert_ok(sto_transport_curl_open(&transport, &no_options, NULL));
	sto_transport_close(&transport);
}

static void it_refuses_and_answers_across_the_library(void **state)
{
	const struct sto_fetch request = {
		.method = "GET", .url = STO_SPAN("file:///etc/passwd"), .max_body = 100, .timeout_ms = 100};
	struct sto_transport transport;
	struct sto_fetched out;
	struct sto_error err = {0};
	(void)state;
	assert_ok(sto_transport_curl_open(&transport, &no_options, NULL));
	sto_fetched_init(&out, 100);
	assert_int_equal(transport.ops->fetch(transport.ctx, &out, &request, &err), STO_FETCH_BAD_URL);
	assert_int_equal(err.code, STO_FETCH_BAD_URL);
	sto_fetched_finish(&out);
	sto_transport_close(&transport);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libcurl_is_loaded_when_it_is_needed),
		cmocka_unit_test(neither_folder_nor_environment_matter),
		cmocka_unit_test(it_refuses_and_answers_across_the_library),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
