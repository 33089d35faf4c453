/* Answers that mean no good: too large, endless, folded, broken, slow. */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "transport/test_client.h"

static bool answer_of_length(struct test_peer *peer, const char *request)
{
	char head[100];
	char body[1001];
	size_t len = test_number(strchr(request, '/') + 1);
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
	       test_send(peer, body, test_number(strchr(request, '/') + 1)));
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

#define WITH(test) cmocka_unit_test_setup_teardown(test, test_client_start, test_client_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
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
