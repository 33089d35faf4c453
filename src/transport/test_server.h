/* A small HTTP server on loopback for tests; each connection has a thread of its own. */
#ifndef STO_TRANSPORT_TEST_SERVER_H
#define STO_TRANSPORT_TEST_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEST_CONNECTIONS 64

struct test_server;

/* One accepted connection. Plain, or under TLS where the server has a way to start it. */
struct test_peer {
	struct test_server *server;
	int fd;
	void *tls;
};

struct test_server {
	/* Answers one request (its head, NUL-terminated); false ends the connection. */
	bool (*answer)(struct test_peer *peer, const char *request);
	/* Called before the first request where it is set; false ends the connection. */
	bool (*start_tls)(struct test_peer *peer);
	void *tls; /* for start_tls */

	int fd;
	uint16_t port;
	pthread_t thread;
	atomic_int accepted;
	atomic_int requests;
	atomic_bool stopping;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	int open_fds[TEST_CONNECTIONS];
	int n_open;
	char last_request[16384];
};

/* Listens on 127.0.0.1 at a free port. Members before `fd` are the caller's. */
void test_server_start(struct test_server *server);
void test_server_stop(struct test_server *server);

/* The decimal digits a text begins with, as a number. */
size_t test_number(const char *text);

/* False when the peer is gone. */
bool test_send(struct test_peer *peer, const void *bytes, size_t len);
bool test_send_text(struct test_peer *peer, const char *text);
/* A byte, then a pause; until the peer is gone or the server stops. */
void test_drip(struct test_peer *peer, const char *text);
/* Waits until the server stops. */
void test_wait(struct test_peer *peer);

#endif
