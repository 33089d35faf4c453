/* A transport and a server to try it on; for curl_test.c and answers_test.c. */
#ifndef STO_TRANSPORT_TEST_CLIENT_H
#define STO_TRANSPORT_TEST_CLIENT_H

#include "base/test.h"
#include "transport/test_server.h"
#include "transport/transport.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

extern const struct sto_transport_ops sto_transport_curl;

extern void *transport;
extern struct test_server server;
extern struct sto_fetched fetched; /* the last answer */
extern struct sto_error error;     /* of the last fetch */

/* Before and after each test. */
int test_client_start(void **state);
int test_client_stop(void **state);

/* Starts `server`; the test stops it. */
void serve(bool (*answer)(struct test_peer *peer, const char *request));

/* http://127.0.0.1:PORT and the path, good until the next call. */
struct sto_span url_of(const char *path);

/* A request that may reach the server. */
struct sto_fetch get_of(struct sto_span url);

/* Fetches into `fetched` and `error`; asserts that a failure leaves nothing of an answer. */
int fetch(const struct sto_fetch *request);
int fetch_url(struct sto_span url);

/* A small JSON answer with a few headers. */
bool answer_plain(struct test_peer *peer, const char *request);

#endif
