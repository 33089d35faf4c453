#include "transport/test_client.h"

#include <stdio.h>

#include <openssl/err.h>

void *transport;
struct test_server server;
struct sto_fetched fetched;
struct sto_error error;

int test_client_start(void **state)
{
	const struct sto_transport_options options = {.ca_file = {NULL, 0}};
	(void)state;
	server = (struct test_server){.answer = NULL};
	sto_fetched_init(&fetched, 1 << 20);
	return sto_transport_curl.open(&transport, &options, NULL);
}

int test_client_stop(void **state)
{
	(void)state;
	sto_transport_curl.close(transport);
	sto_fetched_finish(&fetched);
	return 0;
}

void serve(bool (*answer)(struct test_peer *peer, const char *request))
{
	server.answer = answer;
	test_server_start(&server);
}

/* http://127.0.0.1:PORT/ and the path. */
struct sto_span url_of(const char *path)
{
	static char url[256];
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", (unsigned)server.port, path);
	return sto_span_str(url);
}

struct sto_fetch get_of(struct sto_span url)
{
	return (struct sto_fetch){
		.method = "GET", .url = url, .max_body = 1000, .timeout_ms = 5000, .allow_private = true};
}

int fetch(const struct sto_fetch *request)
{
	error = (struct sto_error){0};
	int rc = sto_transport_curl.fetch(transport, &fetched, request, &error);
	assert_int_equal(error.code, rc);
	if (rc != STO_OK) {
		assert_int_equal(fetched.status, 0);
		assert_int_equal(fetched.body.len, 0);
		assert_int_equal(fetched.max_age_sec, -1);
	}
	assert_int_equal(ERR_peek_error(), 0);
	return rc;
}

int fetch_url(struct sto_span url)
{
	struct sto_fetch request = get_of(url);
	return fetch(&request);
}

bool answer_plain(struct test_peer *peer, const char *request)
{
	(void)request;
	return test_send_text(peer, OK_HEAD "Content-Type: Application/JSON; charset=utf-8\r\n"
					    "Cache-Control: max-age=600\r\nRetry-After: 5\r\n"
					    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
					    "Content-Length: 7\r\n\r\n{\"a\":1}");
}
