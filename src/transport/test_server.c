#include "transport/test_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/test.h"

static void sleep_ms(long ms)
{
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
	(void)nanosleep(&pause, NULL);
}

size_t test_number(const char *text)
{
	size_t number = 0;
	for (; *text >= '0' && *text <= '9'; text++)
		number = number * 10 + (size_t)(*text - '0');
	return number;
}

bool test_send(struct test_peer *peer, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	while (len > 0) {
		ssize_t sent = peer->tls != NULL ? SSL_write(peer->tls, at, (int)len)
						 : send(peer->fd, at, len, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		at += sent;
		len -= (size_t)sent;
	}
	return true;
}

bool test_send_text(struct test_peer *peer, const char *text)
{
	return test_send(peer, text, strlen(text));
}

void test_drip(struct test_peer *peer, const char *text)
{
	for (; *text != '\0' && !atomic_load(&peer->server->stopping); text++) {
		if (!test_send(peer, text, 1))
			return;
		sleep_ms(100);
	}
	test_wait(peer);
}

void test_wait(struct test_peer *peer)
{
	while (!atomic_load(&peer->server->stopping))
		sleep_ms(10);
}

/* A request's head and its body of Content-Length bytes. */
static bool read_request(struct test_peer *peer, char *out, size_t size)
{
	size_t len = 0;
	for (;;) {
		out[len] = '\0';
		const char *end = strstr(out, "\r\n\r\n");
		const char *field = strcasestr(out, "\r\nContent-Length:");
		size_t body = field == NULL ? 0 : test_number(field + 17 + strspn(field + 17, " "));
		if (end != NULL && len >= (size_t)(end - out) + 4 + body)
			return true;
		if (len + 1 >= size)
			return false;
		ssize_t got = peer->tls != NULL ? SSL_read(peer->tls, out + len, (int)(size - len - 1))
						: recv(peer->fd, out + len, size - len - 1, 0);
		if (got <= 0)
			return false;
		len += (size_t)got;
	}
}

static void note_request(struct test_server *server, const char *request)
{
	(void)pthread_mutex_lock(&server->lock);
	memcpy(server->last_request, request, strlen(request) + 1);
	(void)pthread_mutex_unlock(&server->lock);
	atomic_fetch_add(&server->requests, 1);
}

static void serve(struct test_peer *peer)
{
	char request[16384];
	if (peer->server->start_tls != NULL && !peer->server->start_tls(peer))
		return;
	while (read_request(peer, request, sizeof(request))) {
		note_request(peer->server, request);
		if (!peer->server->answer(peer, request))
			return;
	}
}

static void forget_fd(struct test_server *server, int fd)
{
	(void)pthread_mutex_lock(&server->lock);
	for (int i = 0; i < server->n_open; i++)
		if (server->open_fds[i] == fd)
			server->open_fds[i] = server->open_fds[server->n_open - 1];
	server->n_open--;
	(void)close(fd);
	(void)pthread_cond_signal(&server->ended);
	(void)pthread_mutex_unlock(&server->lock);
}

static void *serve_one(void *argument)
{
	struct test_peer *peer = argument;
	serve(peer);
	SSL_free(peer->tls);
	forget_fd(peer->server, peer->fd);
	free(peer);
	return NULL;
}

static bool note_fd(struct test_server *server, int fd)
{
	(void)pthread_mutex_lock(&server->lock);
	bool room = server->n_open < TEST_CONNECTIONS && !atomic_load(&server->stopping);
	if (room)
		server->open_fds[server->n_open++] = fd;
	(void)pthread_mutex_unlock(&server->lock);
	return room;
}

static void begin_serving(struct test_server *server, int fd)
{
	pthread_t thread;
	struct test_peer *peer = malloc(sizeof(*peer));
	if (peer == NULL || !note_fd(server, fd)) {
		free(peer);
		(void)close(fd);
		return;
	}
	*peer = (struct test_peer){server, fd, NULL};
	if (pthread_create(&thread, NULL, serve_one, peer) == 0)
		(void)pthread_detach(thread);
	else
		abort();
}

static void *accept_all(void *argument)
{
	struct test_server *server = argument;
	for (;;) {
		int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			return NULL;
		atomic_fetch_add(&server->accepted, 1);
		begin_serving(server, fd);
	}
}

void test_server_start(struct test_server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server->fd >= 0);
	assert_ok(bind(server->fd, (struct sockaddr *)&address, sizeof(address)));
	assert_ok(listen(server->fd, 64));
	assert_ok(getsockname(server->fd, (struct sockaddr *)&address, &len));
	server->port = ntohs(address.sin_port);
	atomic_init(&server->accepted, 0);
	atomic_init(&server->requests, 0);
	atomic_init(&server->stopping, false);
	assert_ok(pthread_mutex_init(&server->lock, NULL));
	assert_ok(pthread_cond_init(&server->ended, NULL));
	server->n_open = 0;
	assert_ok(pthread_create(&server->thread, NULL, accept_all, server));
}

void test_server_stop(struct test_server *server)
{
	(void)pthread_mutex_lock(&server->lock);
	atomic_store(&server->stopping, true);
	for (int i = 0; i < server->n_open; i++)
		(void)shutdown(server->open_fds[i], SHUT_RDWR);
	(void)pthread_mutex_unlock(&server->lock);
	(void)shutdown(server->fd, SHUT_RDWR);
	assert_ok(pthread_join(server->thread, NULL));
	(void)close(server->fd);
	(void)pthread_mutex_lock(&server->lock);
	while (server->n_open > 0)
		(void)pthread_cond_wait(&server->ended, &server->lock);
	(void)pthread_mutex_unlock(&server->lock);
	assert_ok(pthread_cond_destroy(&server->ended));
	assert_ok(pthread_mutex_destroy(&server->lock));
}
