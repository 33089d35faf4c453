/* What the transport sends, and where it may go. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/test_client.h"

/* ---- what works ---- */

static void an_answer_is_given_as_it_came(void **state)
{
	(void)state;
	serve(answer_plain);
	assert_ok(fetch_url(url_of("/keys?a=b")));
	assert_int_equal(fetched.status, 200);
	assert_span(sto_buf_span(&fetched.body), "{\"a\":1}");
	assert_span(sto_buf_span(&fetched.content_type), "application/json");
	assert_int_equal(fetched.max_age_sec, 600);
	assert_int_equal(fetched.retry_after_sec, 5);
	assert_int_equal(fetched.date_sec, 784111777);
	test_server_stop(&server);
	assert_int_equal(strncmp(server.last_request, "GET /keys?a=b HTTP/1.1\r\n", 24), 0);
	assert_non_null(strstr(server.last_request, "\r\nUser-Agent: st_oauth/"));
	assert_non_null(strstr(server.last_request, "\r\nAccept-Encoding: identity\r\n"));
	assert_null(strstr(server.last_request, "Cookie"));
}

static void a_post_carries_body_and_headers(void **state)
{
	const struct sto_header headers[] = {{STO_SPAN("Authorization"), STO_SPAN("Basic abc")},
					     {STO_SPAN("X-Empty"), STO_SPAN("")}};
	(void)state;
	serve(answer_plain);
	struct sto_fetch request = get_of(url_of("/token"));
	request.method = "POST";
	request.body = STO_SPAN("code=a&b=\0c");
	request.headers = headers;
	request.n_headers = 2;
	assert_ok(fetch(&request));
	test_server_stop(&server);
	assert_int_equal(strncmp(server.last_request, "POST /token HTTP/1.1\r\n", 22), 0);
	assert_non_null(strstr(server.last_request, "\r\nAuthorization: Basic abc\r\n"));
	assert_non_null(strstr(server.last_request, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(server.last_request, "\r\nContent-Length: 11\r\n"));
	assert_non_null(
		strstr(server.last_request, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	assert_null(strstr(server.last_request, "Expect"));
}

static bool answer_status(struct test_peer *peer, const char *request)
{
	char text[100];
	(void)snprintf(text, sizeof(text), "HTTP/1.1 %.3s Whatever\r\nContent-Length: 1\r\n\r\nx",
		       strchr(request, '/') + 1);
	return test_send_text(peer, text);
}

static void every_status_is_an_answer(void **state)
{
	(void)state;
	serve(answer_status);
	assert_ok(fetch_url(url_of("/400")));
	assert_int_equal(fetched.status, 400);
	assert_ok(fetch_url(url_of("/503")));
	assert_int_equal(fetched.status, 503);
	assert_span(sto_buf_span(&fetched.body), "x");
	test_server_stop(&server);
}

static void a_connection_is_used_again(void **state)
{
	(void)state;
	serve(answer_plain);
	for (int i = 0; i < 10; i++)
		assert_ok(fetch_url(url_of("/")));
	test_server_stop(&server);
	assert_int_equal(atomic_load(&server.requests), 10);
	assert_int_equal(atomic_load(&server.accepted), 1);
}

struct worker {
	pthread_t thread;
	int failures;
};

static void *fetch_much(void *argument)
{
	struct worker *worker = argument;
	for (int i = 0; i < 30; i++) {
		char url[64];
		struct sto_fetched out;
		(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)server.port);
		struct sto_fetch request = get_of(sto_span_str(url));
		sto_fetched_init(&out, 1000);
		worker->failures += sto_transport_curl.fetch(transport, &out, &request, NULL) != STO_OK ||
				    out.body.len != 7;
		sto_fetched_finish(&out);
	}
	return NULL;
}

static void many_threads_fetch_and_keep_their_connections(void **state)
{
	struct worker workers[8];
	(void)state;
	serve(answer_plain);
	for (size_t i = 0; i < 8; i++) {
		workers[i] = (struct worker){.failures = 0};
		assert_ok(pthread_create(&workers[i].thread, NULL, fetch_much, &workers[i]));
	}
	for (size_t i = 0; i < 8; i++) {
		assert_ok(pthread_join(workers[i].thread, NULL));
		assert_int_equal(workers[i].failures, 0);
	}
	test_server_stop(&server);
	assert_int_equal(atomic_load(&server.requests), 240);
	assert_in_range(atomic_load(&server.accepted), 1, 8);
}

static void jd_27_a_forked_child_makes_connections_of_its_own(void **state)
{
	int status = -1;
	(void)state;
	serve(answer_plain);
	assert_ok(fetch_url(url_of("/parent")));
	pid_t child = fork();
	if (child == 0) {
		struct sto_fetch request = get_of(url_of("/child"));
		int rc = sto_transport_curl.fetch(transport, &fetched, &request, NULL);
		sto_transport_curl.close(transport);
		_exit(rc == STO_OK && fetched.body.len == 7 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_ok(fetch_url(url_of("/parent")));
	test_server_stop(&server);
	assert_int_equal(atomic_load(&server.accepted), 2);
	assert_int_equal(atomic_load(&server.requests), 3);
}

/* ---- where it may go ---- */

static void jd_02_http_is_for_loopback_only(void **state)
{
	static const char *const urls[] = {
		"http://idp.example/",       "http://192.0.2.1/",         "http://10.0.0.1/",
		"http://localhost.example/", "http://notlocalhost/",      "http://[fe80::1]/",
		"http://0.0.0.0/",           "http://127.0.0.1.example/", "http://8.8.8.8:443/",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		assert_int_equal(fetch_url(sto_span_str(urls[i])), STO_FETCH_BAD_URL);
}

static bool answer_redirect(struct test_peer *peer, const char *request)
{
	char text[200];
	(void)snprintf(text, sizeof(text), "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
		       strstr(request, "/file") != NULL ? "file:///etc/passwd" : "/elsewhere");
	return test_send_text(peer, text);
}

static void jd_03_a_redirect_is_not_followed(void **state)
{
	(void)state;
	serve(answer_redirect);
	assert_ok(fetch_url(url_of("/file")));
	assert_int_equal(fetched.status, 302);
	assert_ok(fetch_url(url_of("/http")));
	assert_int_equal(fetched.status, 302);
	test_server_stop(&server);
	assert_int_equal(atomic_load(&server.requests), 2);
}

static void jd_06_the_connected_address_is_judged(void **state)
{
	(void)state;
	serve(answer_plain);
	char url[64];
	(void)snprintf(url, sizeof(url), "https://localhost:%u/", (unsigned)server.port);
	struct sto_fetch request = get_of(sto_span_str(url));
	request.allow_private = false;
	assert_int_equal(fetch(&request), STO_FETCH_REFUSED_ADDRESS);
	request.url = url_of("/");
	assert_int_equal(fetch(&request), STO_FETCH_REFUSED_ADDRESS);
	test_server_stop(&server);
	assert_int_equal(atomic_load(&server.accepted), 0);
}

static void a_kept_connection_is_not_lent_to_who_may_not_connect(void **state)
{
	(void)state;
	serve(answer_plain);
	char url[64];
	(void)snprintf(url, sizeof(url), "http://localhost:%u/", (unsigned)server.port);
	struct sto_fetch request = get_of(sto_span_str(url));
	assert_ok(fetch(&request));
	request.allow_private = false;
	assert_int_equal(fetch(&request), STO_FETCH_REFUSED_ADDRESS);
	test_server_stop(&server);
	assert_int_equal(atomic_load(&server.requests), 1);
}

static void addresses_are_refused_in_every_spelling(void **state)
{
	static const char *const urls[] = {
		"https://127.0.0.1/",
		"https://2130706433/",
		"https://0x7f.1/",
		"https://0177.0.0.1/",
		"https://127.1/",
		"https://10.1.2.3/",
		"https://169.254.169.254/x",
		"https://192.168.1.1/",
		"https://100.64.0.1/",
		"https://0.0.0.0/",
		"https://224.0.0.1/",
		"https://[::1]/",
		"https://[::]/",
		"https://[fe80::1]/",
		"https://[fd00::1]/",
		"https://[ff02::1]/",
		"https://[::ffff:10.0.0.1]/",
		"https://[64:ff9b::a9fe:a9fe]/",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct sto_fetch request = get_of(sto_span_str(urls[i]));
		request.allow_private = false;
		if (fetch(&request) != STO_FETCH_REFUSED_ADDRESS)
			fail_msg("%s: %s", urls[i], error.detail);
	}
}

static void jd_07_only_http_and_https_are_spoken(void **state)
{
	static const char *const urls[] = {
		"file:///etc/passwd",
		"gopher://127.0.0.1/",
		"dict://127.0.0.1/",
		"ftp://127.0.0.1/",
		"ldap://127.0.0.1/",
		"smb://127.0.0.1/",
		"telnet://127.0.0.1/",
		"data:text/plain,x",
		"ws://127.0.0.1/",
		"//127.0.0.1/",
		"/etc/passwd",
		"127.0.0.1",
		"localhost",
		"",
		"https://",
		"https:///path",
		"http://",
		"javascript:alert(1)",
		"unix:///run/x",
		"tftp://127.0.0.1/",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		if (fetch_url(sto_span_str(urls[i])) != STO_FETCH_BAD_URL)
			fail_msg("%s: %s", urls[i], error.detail);
}

static void a_url_with_foreign_bytes_is_refused(void **state)
{
	const struct sto_span urls[] = {
		STO_SPAN("http://127.0.0.1/\r\nX: y"), STO_SPAN("http://127.0.0.1/\n"),
		STO_SPAN("http://127.0.0.1/\0x"),      STO_SPAN("http://127.0.0.1/a b"),
		STO_SPAN("http://127.0.0.1/\x7f"),     STO_SPAN("http://127.0.0.1/\xc3\xa9"),
		STO_SPAN("http://user@127.0.0.1/"),    STO_SPAN("http://user:pw@127.0.0.1/"),
		STO_SPAN("http://127.0.0.1/#part"),    STO_SPAN("http://127.0.0.1:99999/"),
	};
	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		assert_int_equal(fetch_url(urls[i]), STO_FETCH_BAD_URL);
}

static void a_header_with_foreign_bytes_is_refused(void **state)
{
	const struct sto_header headers[] = {
		{STO_SPAN("X"), STO_SPAN("a\r\nY: b")}, {STO_SPAN("X"), STO_SPAN("a\n")},
		{STO_SPAN("X"), STO_SPAN("a\0b")},      {STO_SPAN("X\r\n"), STO_SPAN("a")},
		{STO_SPAN("X:"), STO_SPAN("a")},        {STO_SPAN("X Y"), STO_SPAN("a")},
		{STO_SPAN(""), STO_SPAN("a")},          {STO_SPAN("X\0"), STO_SPAN("a")},
		{STO_SPAN("X;"), STO_SPAN("")},         {STO_SPAN("X"), STO_SPAN("\x7f")},
	};
	(void)state;
	serve(answer_plain);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct sto_fetch request = get_of(url_of("/"));
		request.headers = &headers[i];
		request.n_headers = 1;
		assert_int_equal(fetch(&request), STO_FETCH_BAD_URL);
	}
	test_server_stop(&server);
	assert_int_equal(atomic_load(&server.accepted), 0);
}

static void another_method_or_deadline_is_misuse(void **state)
{
	(void)state;
	struct sto_fetch request = get_of(STO_SPAN("http://127.0.0.1:1/"));
	request.method = "DELETE";
	assert_int_equal(fetch(&request), STO_USAGE);
	request.method = "GET";
	request.timeout_ms = 0;
	assert_int_equal(fetch(&request), STO_USAGE);
	request.timeout_ms = 120001;
	assert_int_equal(fetch(&request), STO_USAGE);
}

static void nobody_there_is_said_so(void **state)
{
	(void)state;
	serve(answer_plain);
	test_server_stop(&server); /* its port is free again */
	assert_int_equal(fetch_url(url_of("/")), STO_FETCH_CONNECT);
	assert_int_equal(fetch_url(STO_SPAN("https://no-such-host.invalid/?secret=x")), STO_FETCH_DNS);
	assert_null(strstr(error.detail, "secret"));
	assert_non_null(strstr(error.detail, "no-such-host.invalid"));
}

/* ---- the proxy ---- */

static bool answer_refusal(struct test_peer *peer, const char *request)
{
	(void)request;
	return test_send_text(peer, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
}

static void jd_28_the_proxy_is_used_and_loopback_is_not_its_business(void **state)
{
	char proxy[64];
	struct test_server other = {.answer = answer_plain};
	(void)state;
	serve(answer_refusal);
	test_server_start(&other);
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", (unsigned)server.port);
	const struct sto_transport_options options = {.proxy = sto_span_str(proxy)};
	sto_transport_curl.close(transport);
	assert_ok(sto_transport_curl.open(&transport, &options, NULL));

	struct sto_fetch request = get_of(STO_SPAN("https://idp.example/token"));
	request.allow_private = false;
	int rc = fetch(&request);
	assert_true(rc == STO_FETCH_CONNECT || rc == STO_FETCH_BROKEN);
	assert_int_equal(strncmp(server.last_request, "CONNECT idp.example:443 HTTP/1.1\r\n", 34), 0);
	request.url = STO_SPAN("https://10.0.0.1/"); /* not even through a proxy */
	assert_int_equal(fetch(&request), STO_FETCH_REFUSED_ADDRESS);

	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u/direct", (unsigned)other.port);
	assert_ok(fetch_url(sto_span_str(proxy)));
	test_server_stop(&other);
	test_server_stop(&server);
	assert_int_equal(atomic_load(&server.requests), 1);
	assert_int_equal(atomic_load(&other.requests), 1);
}

static void the_environment_names_no_proxy(void **state)
{
	char proxy[64];
	struct test_server other = {.answer = answer_refusal};
	(void)state;
	serve(answer_plain);
	test_server_start(&other);
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", (unsigned)other.port);
	assert_ok(setenv("http_proxy", proxy, 1));
	assert_ok(setenv("https_proxy", proxy, 1));
	assert_ok(setenv("ALL_PROXY", proxy, 1));
	assert_ok(fetch_url(url_of("/")));
	assert_int_equal(fetch_url(STO_SPAN("https://no-such-host.invalid/")), STO_FETCH_DNS);
	assert_ok(unsetenv("http_proxy"));
	assert_ok(unsetenv("https_proxy"));
	assert_ok(unsetenv("ALL_PROXY"));
	test_server_stop(&other);
	test_server_stop(&server);
	assert_int_equal(atomic_load(&other.accepted), 0);
}

static int try_options(const struct sto_transport_options *options)
{
	void *other = NULL;
	int rc = sto_transport_curl.open(&other, options, NULL);
	if (rc != STO_OK)
		assert_null(other);
	sto_transport_curl.close(other);
	return rc;
}

static void a_wrong_option_makes_no_transport(void **state)
{
	static const char *const proxies[] = {
		"https://127.0.0.1:1", "socks5://127.0.0.1:1", "http://", "http://127.0.0.1:1/path",
		"file:///x",           "http://h:1/?q"};
	struct sto_transport_options options = {.proxy = {NULL, 0}};
	(void)state;
	for (size_t i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++) {
		options.proxy = sto_span_str(proxies[i]);
		assert_int_equal(try_options(&options), STO_FETCH_SETUP);
	}
	options.proxy = STO_SPAN("http://user:pw@proxy.example:3128");
	assert_ok(try_options(&options));
	options.ca_file = STO_SPAN("/nowhere/ca.pem");
	assert_int_equal(try_options(&options), STO_FETCH_SETUP);
	options.ca_file = STO_SPAN("/dev/null");
	assert_int_equal(try_options(&options), STO_FETCH_SETUP);
	options.ca_file = STO_SPAN("");
	options.user_agent = STO_SPAN("a\r\nX: y");
	assert_int_equal(try_options(&options), STO_FETCH_SETUP);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, test_client_start, test_client_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(an_answer_is_given_as_it_came),
		WITH(a_post_carries_body_and_headers),
		WITH(every_status_is_an_answer),
		WITH(a_connection_is_used_again),
		WITH(many_threads_fetch_and_keep_their_connections),
		WITH(jd_27_a_forked_child_makes_connections_of_its_own),
		WITH(jd_02_http_is_for_loopback_only),
		WITH(jd_03_a_redirect_is_not_followed),
		WITH(jd_06_the_connected_address_is_judged),
		WITH(a_kept_connection_is_not_lent_to_who_may_not_connect),
		WITH(addresses_are_refused_in_every_spelling),
		WITH(jd_07_only_http_and_https_are_spoken),
		WITH(a_url_with_foreign_bytes_is_refused),
		WITH(a_header_with_foreign_bytes_is_refused),
		WITH(another_method_or_deadline_is_misuse),
		WITH(nobody_there_is_said_so),
		WITH(jd_28_the_proxy_is_used_and_loopback_is_not_its_business),
		WITH(the_environment_names_no_proxy),
		WITH(a_wrong_option_makes_no_transport),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
