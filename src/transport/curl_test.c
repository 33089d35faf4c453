/* The transport against a server that means no good. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/test_folder.h"
#include "transport/test_server.h"
#include "transport/transport.h"

extern const struct sto_transport_ops sto_transport_curl;

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static void *transport;
static struct test_server server;
static struct sto_fetched fetched;
static struct sto_error error;

static int set_up(void **state)
{
	const struct sto_transport_options options = {.ca_file = {NULL, 0}};
	(void)state;
	server = (struct test_server){.answer = NULL};
	sto_fetched_init(&fetched, 1 << 20);
	return sto_transport_curl.open(&transport, &options, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	sto_transport_curl.close(transport);
	sto_fetched_finish(&fetched);
	return 0;
}

static void serve(bool (*answer)(struct test_peer *peer, const char *request))
{
	server.answer = answer;
	test_server_start(&server);
}

/* http://127.0.0.1:PORT/ and the path. */
static struct sto_span url_of(const char *path)
{
	static char url[256];
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", (unsigned)server.port, path);
	return sto_span_str(url);
}

static struct sto_fetch get_of(struct sto_span url)
{
	return (struct sto_fetch){
		.method = "GET", .url = url, .max_body = 1000, .timeout_ms = 5000, .allow_private = true};
}

static int fetch(const struct sto_fetch *request)
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

static int fetch_url(struct sto_span url)
{
	struct sto_fetch request = get_of(url);
	return fetch(&request);
}

/* ---- what works ---- */

static bool answer_plain(struct test_peer *peer, const char *request)
{
	(void)request;
	return test_send_text(peer, OK_HEAD "Content-Type: Application/JSON; charset=utf-8\r\n"
					    "Cache-Control: max-age=600\r\nRetry-After: 5\r\n"
					    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
					    "Content-Length: 7\r\n\r\n{\"a\":1}");
}

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

/* ---- answers that mean no good ---- */

static bool answer_of_length(struct test_peer *peer, const char *request)
{
	char head[100];
	char body[1001];
	size_t len = (size_t)atoi(strchr(request, '/') + 1);
	memset(body, 'x', sizeof(body));
	(void)snprintf(head, sizeof(head), OK_HEAD "Content-Length: %zu\r\n\r\n", len);
	return test_send_text(peer, head) && test_send(peer, body, len);
}

static void jd_09_the_size_limit_is_exact(void **state)
{
	(void)state;
	serve(answer_of_length);
	assert_ok(fetch_url(url_of("/1000")));
	assert_int_equal(fetched.body.len, 1000);
	assert_int_equal(fetch_url(url_of("/1001")), STO_FETCH_TOO_LARGE);
	struct sto_fetch request = get_of(url_of("/0"));
	request.max_body = 0;
	assert_ok(fetch(&request));
	request.url = url_of("/1");
	assert_int_equal(fetch(&request), STO_FETCH_TOO_LARGE);
	test_server_stop(&server);
}

static bool answer_until_close(struct test_peer *peer, const char *request)
{
	char body[1001];
	memset(body, 'x', sizeof(body));
	(void)(test_send_text(peer, OK_HEAD "\r\n") &&
	       test_send(peer, body, (size_t)atoi(strchr(request, '/') + 1)));
	return false;
}

static void jd_09_an_answer_without_length_has_the_same_limit(void **state)
{
	(void)state;
	serve(answer_until_close);
	assert_ok(fetch_url(url_of("/1000")));
	assert_int_equal(fetched.body.len, 1000);
	assert_int_equal(fetch_url(url_of("/1001")), STO_FETCH_TOO_LARGE);
	test_server_stop(&server);
}

static bool answer_endless_chunks(struct test_peer *peer, const char *request)
{
	(void)request;
	if (!test_send_text(peer, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"))
		return false;
	while (test_send_text(peer, "5\r\nhello\r\n"))
		;
	return false;
}

static void jd_09_endless_chunks_end_at_the_limit(void **state)
{
	(void)state;
	serve(answer_endless_chunks);
	assert_int_equal(fetch_url(url_of("/")), STO_FETCH_TOO_LARGE);
	test_server_stop(&server);
}

static bool answer_endless_headers(struct test_peer *peer, const char *request)
{
	(void)request;
	if (!test_send_text(peer, OK_HEAD))
		return false;
	while (test_send_text(peer, "X-Header: and another one, and another one\r\n"))
		;
	return false;
}

static bool answer_endless_interim(struct test_peer *peer, const char *request)
{
	(void)request;
	while (test_send_text(peer, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"))
		;
	return false;
}

static void endless_headers_end_at_the_limit(void **state)
{
	(void)state;
	serve(answer_endless_headers);
	assert_int_equal(fetch_url(url_of("/")), STO_FETCH_TOO_LARGE);
	test_server_stop(&server);
	serve(answer_endless_interim);
	assert_int_equal(fetch_url(url_of("/")), STO_FETCH_TOO_LARGE);
	test_server_stop(&server);
}

/* What was never asked for is refused by its name, whatever is in it. */
static bool answer_compressed(struct test_peer *peer, const char *request)
{
	static const uint8_t empty_gzip[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3,
					     3,    0,    0, 0, 0, 0, 0, 0, 0, 0};
	(void)(test_send_text(peer, OK_HEAD) && test_send_text(peer, strchr(request, '/') + 1) &&
	       test_send(peer, empty_gzip, sizeof(empty_gzip)));
	return false;
}

static bool answer_gzip(struct test_peer *peer, const char *request)
{
	(void)request;
	return answer_compressed(peer, "/Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n");
}

static bool answer_brotli(struct test_peer *peer, const char *request)
{
	(void)request;
	return answer_compressed(peer, "/Content-Encoding: br\r\nContent-Length: 20\r\n\r\n");
}

static bool answer_gzip_transfer(struct test_peer *peer, const char *request)
{
	(void)request;
	return answer_compressed(peer, "/Transfer-Encoding: gzip\r\n\r\n");
}

static void jd_11_nothing_is_ever_unfolded(void **state)
{
	bool (*const answers[])(struct test_peer *, const char *) = {answer_gzip, answer_brotli,
								     answer_gzip_transfer};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		serve(answers[i]);
		assert_int_equal(fetch_url(url_of("/")), STO_FETCH_BROKEN);
		test_server_stop(&server);
	}
}

static bool answer_garbage(struct test_peer *peer, const char *request)
{
	(void)test_send_text(peer, strstr(request, "/ssh") != NULL ? "SSH-2.0-OpenSSH_9\r\n" : "");
	return false;
}

static bool answer_short(struct test_peer *peer, const char *request)
{
	(void)request;
	(void)test_send_text(peer, OK_HEAD "Content-Length: 100\r\n\r\nhalf");
	return false;
}

static void what_is_not_http_or_not_whole_is_broken(void **state)
{
	(void)state;
	serve(answer_garbage);
	assert_int_equal(fetch_url(url_of("/ssh")), STO_FETCH_BROKEN);
	assert_int_equal(fetch_url(url_of("/empty")), STO_FETCH_BROKEN);
	test_server_stop(&server);
	serve(answer_short);
	assert_int_equal(fetch_url(url_of("/")), STO_FETCH_BROKEN);
	test_server_stop(&server);
}

static bool answer_trailers(struct test_peer *peer, const char *request)
{
	(void)request;
	return test_send_text(peer, OK_HEAD "Cache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n"
					    "1\r\nx\r\n0\r\nContent-Type: evil/type\r\n\r\n");
}

static void trailers_say_nothing(void **state)
{
	(void)state;
	serve(answer_trailers);
	assert_ok(fetch_url(url_of("/")));
	assert_int_equal(fetched.max_age_sec, 0);
	assert_int_equal(fetched.content_type.len, 0);
	test_server_stop(&server);
}

static bool answer_interim_first(struct test_peer *peer, const char *request)
{
	(void)request;
	return test_send_text(peer, "HTTP/1.1 103 Early Hints\r\nCache-Control: max-age=9\r\n"
				    "Content-Type: a/b\r\n\r\n" OK_HEAD "Content-Length: 1\r\n\r\nx");
}

static void only_the_final_answer_counts(void **state)
{
	(void)state;
	serve(answer_interim_first);
	assert_ok(fetch_url(url_of("/")));
	assert_int_equal(fetched.status, 200);
	assert_int_equal(fetched.max_age_sec, -1);
	assert_int_equal(fetched.content_type.len, 0);
	test_server_stop(&server);
}

static int64_t now_ms(void)
{
	struct timespec now;
	assert_ok(clock_gettime(CLOCK_MONOTONIC, &now));
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool answer_slow_headers(struct test_peer *peer, const char *request)
{
	(void)request;
	test_drip(peer, OK_HEAD "Content-Length: 1\r\n\r\nx");
	return false;
}

static bool answer_slow_body(struct test_peer *peer, const char *request)
{
	(void)request;
	if (test_send_text(peer, OK_HEAD "Content-Length: 100\r\n\r\n"))
		test_drip(peer, "a byte and a byte and a byte and a byte");
	return false;
}

static bool answer_never(struct test_peer *peer, const char *request)
{
	(void)request;
	test_wait(peer);
	return false;
}

static void check_deadline(struct sto_span url)
{
	struct sto_fetch request = get_of(url);
	request.timeout_ms = 300;
	int64_t start = now_ms();
	assert_int_equal(fetch(&request), STO_FETCH_TIMEOUT);
	assert_in_range(now_ms() - start, 250, 2000);
}

static void jd_13_the_deadline_holds_for_all_of_it(void **state)
{
	bool (*const answers[])(struct test_peer *, const char *) = {answer_slow_headers, answer_slow_body,
								     answer_never};
	char url[64];
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		serve(answers[i]);
		check_deadline(url_of("/"));
		if (i == 2) { /* a TLS handshake that gets no reply */
			(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/", (unsigned)server.port);
			check_deadline(sto_span_str(url));
		}
		test_server_stop(&server);
	}
}

static size_t count_fds(void)
{
	size_t count = 0;
	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void ds_19_failures_leave_no_file_open(void **state)
{
	char plain[64];
	char nobody[64];
	(void)state;
	serve(answer_plain);
	(void)snprintf(nobody, sizeof(nobody), "http://127.0.0.1:%u/", (unsigned)server.port);
	test_server_stop(&server);
	serve(answer_garbage);
	(void)snprintf(plain, sizeof(plain), "http://127.0.0.1:%u/ssh", (unsigned)server.port);
	size_t before = 0;
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(fetch_url(sto_span_str(nobody)), STO_FETCH_CONNECT);
		assert_int_equal(fetch_url(sto_span_str(plain)), STO_FETCH_BROKEN);
		if (i % 10 == 0)
			assert_int_not_equal(fetch_url(STO_SPAN("https://[::1]:1/")), STO_OK);
		if (i == 20)
			before = count_fds();
	}
	assert_in_range(count_fds(), 3, before + 2); /* the server may be about to close one or two */
	test_server_stop(&server);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

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
		WITH(jd_09_the_size_limit_is_exact),
		WITH(jd_09_an_answer_without_length_has_the_same_limit),
		WITH(jd_09_endless_chunks_end_at_the_limit),
		WITH(endless_headers_end_at_the_limit),
		WITH(jd_11_nothing_is_ever_unfolded),
		WITH(what_is_not_http_or_not_whole_is_broken),
		WITH(trailers_say_nothing),
		WITH(only_the_final_answer_counts),
		WITH(jd_13_the_deadline_holds_for_all_of_it),
		WITH(ds_19_failures_leave_no_file_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
