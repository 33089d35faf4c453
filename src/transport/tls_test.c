/* JD-08: name, chain, dates and version of a server's certificate are all checked. */
#include "transport/test_tls.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/test_folder.h"
#include "transport/transport.h"

extern const struct sto_transport_ops sto_transport_curl;

#define DAY 86400L
#define NAMES "IP:127.0.0.1,DNS:localhost"

static struct test_identity authority;
static struct test_server server;
static struct sto_error error;

static int set_up(void **state)
{
	int rc = make_folder(state);
	authority = test_identity_make(NULL, -DAY, DAY, NULL, true);
	test_identity_write(&authority, path_of("ca.pem"));
	return rc;
}

static int tear_down(void **state)
{
	test_identity_free(&authority);
	return remove_folder(state);
}

static bool answer(struct test_peer *peer, const char *request)
{
	(void)request;
	return test_send_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

static void *open_with(struct sto_span ca_file)
{
	const struct sto_transport_options options = {.ca_file = ca_file};
	void *transport = NULL;
	assert_ok(sto_transport_curl.open(&transport, &options, NULL));
	return transport;
}

static int fetch(void *transport, const char *host)
{
	struct sto_fetched out;
	char url[64];
	(void)snprintf(url, sizeof(url), "https://%s:%u/", host, (unsigned)server.port);
	const struct sto_fetch request = {.method = "GET",
					  .url = sto_span_str(url),
					  .max_body = 100,
					  .timeout_ms = 5000,
					  .allow_private = true};
	sto_fetched_init(&out, 100);
	error = (struct sto_error){0};
	int rc = sto_transport_curl.fetch(transport, &out, &request, &error);
	assert_int_equal(ERR_peek_error(), 0);
	sto_fetched_finish(&out);
	return rc;
}

static void serve_as(const struct test_identity *identity, int max_version)
{
	server = (struct test_server){.answer = answer};
	test_tls_use(&server, identity, max_version);
	test_server_start(&server);
}

static void stop(void)
{
	test_server_stop(&server);
	test_tls_free(&server);
}

/* What one fetch from a server with this certificate gives; nothing may reach it unless all is well. */
static int try_identity(struct test_identity identity, struct sto_span ca_file, const char *host,
			int max_version)
{
	void *transport = open_with(ca_file);
	serve_as(&identity, max_version);
	int rc = fetch(transport, host);
	sto_transport_curl.close(transport);
	stop();
	test_identity_free(&identity);
	assert_int_equal(atomic_load(&server.requests), rc == STO_OK ? 1 : 0);
	return rc;
}

static void jd_08_a_good_certificate_under_ca_file_is_taken(void **state)
{
	(void)state;
	struct test_identity good = test_identity_make(NAMES, -DAY, DAY, &authority, false);
	assert_ok(try_identity(good, in_folder("ca.pem"), "127.0.0.1", 0));
	good = test_identity_make(NAMES, -DAY, DAY, &authority, false);
	assert_ok(try_identity(good, in_folder("ca.pem"), "localhost", 0));
	good = test_identity_make(NAMES, -DAY, DAY, &authority, false);
	assert_ok(try_identity(good, in_folder("ca.pem"), "127.0.0.1", TLS1_2_VERSION));
}

static void jd_08_ca_file_stands_in_place_of_the_system(void **state)
{
	(void)state;
	struct test_identity good = test_identity_make(NAMES, -DAY, DAY, &authority, false);
	assert_int_equal(try_identity(good, STO_SPAN(""), "127.0.0.1", 0), STO_FETCH_TLS);
}

static void jd_08_a_self_signed_certificate_is_refused(void **state)
{
	(void)state;
	struct test_identity own = test_identity_make(NAMES, -DAY, DAY, NULL, false);
	assert_int_equal(try_identity(own, in_folder("ca.pem"), "127.0.0.1", 0), STO_FETCH_TLS);
	assert_non_null(strstr(error.detail, "certificate"));
	own = test_identity_make(NAMES, -DAY, DAY, NULL, false);
	assert_int_equal(try_identity(own, STO_SPAN(""), "127.0.0.1", 0), STO_FETCH_TLS);
}

static void jd_08_another_authority_of_the_same_name_is_refused(void **state)
{
	(void)state;
	struct test_identity other = test_identity_make(NULL, -DAY, DAY, NULL, true);
	struct test_identity leaf = test_identity_make(NAMES, -DAY, DAY, &other, false);
	assert_int_equal(try_identity(leaf, in_folder("ca.pem"), "127.0.0.1", 0), STO_FETCH_TLS);
	test_identity_free(&other);
}

static void jd_08_a_wrong_name_is_refused(void **state)
{
	(void)state;
	struct test_identity named =
		test_identity_make("DNS:idp.example,IP:127.0.0.2", -DAY, DAY, &authority, false);
	assert_int_equal(try_identity(named, in_folder("ca.pem"), "127.0.0.1", 0), STO_FETCH_TLS);
	named = test_identity_make("DNS:localhost.example", -DAY, DAY, &authority, false);
	assert_int_equal(try_identity(named, in_folder("ca.pem"), "localhost", 0), STO_FETCH_TLS);
	named = test_identity_make(NULL, -DAY, DAY, &authority, false);
	assert_int_equal(try_identity(named, in_folder("ca.pem"), "localhost", 0), STO_FETCH_TLS);
}

static void jd_08_wrong_dates_are_refused(void **state)
{
	(void)state;
	struct test_identity past = test_identity_make(NAMES, -2 * DAY, -DAY, &authority, false);
	assert_int_equal(try_identity(past, in_folder("ca.pem"), "127.0.0.1", 0), STO_FETCH_TLS);
	struct test_identity future = test_identity_make(NAMES, DAY, 2 * DAY, &authority, false);
	assert_int_equal(try_identity(future, in_folder("ca.pem"), "127.0.0.1", 0), STO_FETCH_TLS);
}

static void jd_08_an_old_version_is_refused(void **state)
{
	(void)state;
	struct test_identity good = test_identity_make(NAMES, -DAY, DAY, &authority, false);
	assert_int_equal(try_identity(good, in_folder("ca.pem"), "127.0.0.1", TLS1_1_VERSION), STO_FETCH_TLS);
}

static void a_tls_connection_is_used_again(void **state)
{
	(void)state;
	struct test_identity good = test_identity_make(NAMES, -DAY, DAY, &authority, false);
	void *transport = open_with(in_folder("ca.pem"));
	serve_as(&good, 0);
	for (int i = 0; i < 5; i++)
		assert_ok(fetch(transport, "127.0.0.1"));
	sto_transport_curl.close(transport);
	stop();
	test_identity_free(&good);
	assert_int_equal(atomic_load(&server.accepted), 1);
}

static size_t count_fds(void)
{
	size_t count = 0;
	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void ds_19_failed_handshakes_leave_nothing(void **state)
{
	size_t before = 0;
	(void)state;
	struct test_identity own = test_identity_make(NAMES, -DAY, DAY, NULL, false);
	void *transport = open_with(in_folder("ca.pem"));
	serve_as(&own, 0);
	for (int i = 0; i < 300; i++) {
		assert_int_equal(fetch(transport, "127.0.0.1"), STO_FETCH_TLS);
		if (i == 20)
			before = count_fds();
	}
	assert_in_range(count_fds(), 3, before + 3); /* the server may be about to close some */
	sto_transport_curl.close(transport);
	stop();
	test_identity_free(&own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jd_08_a_good_certificate_under_ca_file_is_taken),
		cmocka_unit_test(jd_08_ca_file_stands_in_place_of_the_system),
		cmocka_unit_test(jd_08_a_self_signed_certificate_is_refused),
		cmocka_unit_test(jd_08_another_authority_of_the_same_name_is_refused),
		cmocka_unit_test(jd_08_a_wrong_name_is_refused),
		cmocka_unit_test(jd_08_wrong_dates_are_refused),
		cmocka_unit_test(jd_08_an_old_version_is_refused),
		cmocka_unit_test(a_tls_connection_is_used_again),
		cmocka_unit_test(ds_19_failed_handshakes_leave_nothing),
	};
	/* The server's side of a connection that the client closed. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return 2;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
