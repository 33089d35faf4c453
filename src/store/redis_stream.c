#include "store/redis_stream.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <openssl/err.h>

#include "stoauth/sys/world.h"

#define REASON_MAX 96

int64_t sto_redis_now_ms(void)
{
	const struct sto_world *world = sto_world_system();
	return world->monotonic_ms(world->ctx);
}

static int failed(struct sto_error *err, const char *what, int number)
{
	char reason[REASON_MAX];
	return sto_fail(err, STO_STORE_FAILED, "%s: %s", what, strerror_r(number, reason, sizeof(reason)));
}

/* Until the socket may be used for `events`. */
static int wait_for(int fd, short events, int64_t deadline_ms, struct sto_error *err)
{
	struct pollfd one = {.fd = fd, .events = events};
	for (;;) {
		int64_t left = deadline_ms - sto_redis_now_ms();
		int n = left <= 0 ? 0 : poll(&one, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (n > 0)
			return STO_OK;
		if (left <= 0)
			return sto_fail(err, STO_STORE_FAILED, "the Redis server did not answer in time");
		if (n < 0 && errno != EINTR)
			return failed(err, "poll", errno);
	}
}

/* ---- connecting ---- */

static int connect_to(int *out, const struct sockaddr *address, socklen_t len, int64_t deadline_ms,
		      struct sto_error *err)
{
	int on = 1, number = 0;
	socklen_t number_len = sizeof(number);
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc = fd < 0 ? failed(err, "no socket", errno) : STO_OK;
	if (rc == STO_OK && connect(fd, address, len) != 0) {
		number = errno;
		/* A Unix socket whose queue is full says EAGAIN: that is an outage, not a wait. */
		rc = number == EINPROGRESS || number == EINTR
			     ? wait_for(fd, POLLOUT, deadline_ms, err)
			     : failed(err, "the Redis server cannot be reached", number);
		if (rc == STO_OK &&
		    (getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &number_len) != 0 || number != 0))
			rc = failed(err, "the Redis server cannot be reached", number);
	}
	if (rc != STO_OK) {
		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	if (address->sa_family != AF_UNIX) {
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	}
	*out = fd;
	return STO_OK;
}

static int connect_unix(int *out, struct sto_span path, int64_t deadline_ms, struct sto_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (path.len >= sizeof(address.sun_path))
		return sto_fail(err, STO_STORE_SETUP, "the path of the Redis server's socket is too long");
	memcpy(address.sun_path, path.ptr, path.len);
	return connect_to(out, (const struct sockaddr *)&address, sizeof(address), deadline_ms, err);
}

/* Every address that the host has, in the system's order. */
static int connect_tcp(int *out, const struct sto_redis_url *url, int64_t deadline_ms, struct sto_error *err)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char host[256] = "", port[8];
	if (url->host.len >= sizeof(host))
		return sto_fail(err, STO_STORE_SETUP, "the name of the Redis server is too long");
	memcpy(host, url->host.data, url->host.len);
	(void)snprintf(port, sizeof(port), "%u", (unsigned)url->port);
	int why = getaddrinfo(host, port, &hints, &found);
	if (why != 0)
		return sto_fail(err, STO_STORE_FAILED, "the Redis server has no address: %s",
				gai_strerror(why));
	int rc = STO_STORE_FAILED;
	for (const struct addrinfo *one = found; one != NULL && rc == STO_STORE_FAILED; one = one->ai_next)
		rc = connect_to(out, one->ai_addr, one->ai_addrlen, deadline_ms, err);
	freeaddrinfo(found);
	return rc;
}

/* ---- TLS ---- */

static int tls_failed(const struct sto_redis_stream *stream, struct sto_error *err)
{
	long verified = SSL_get_verify_result(stream->tls);
	unsigned long number = ERR_peek_last_error();
	const char *reason = number == 0 ? NULL : ERR_reason_error_string(number);
	int rc = verified != X509_V_OK
			 ? sto_fail(err, STO_STORE_SETUP, "the Redis server's certificate does not hold: %s",
				    X509_verify_cert_error_string(verified))
			 : sto_fail(err, STO_STORE_FAILED, "the TLS connection to the Redis server broke: %s",
				    reason == NULL ? "it was closed" : reason);
	ERR_clear_error();
	return rc;
}

/* After a call that did not succeed: STO_OK where it may be tried again. */
static int tls_wait(const struct sto_redis_stream *stream, int result, int64_t deadline_ms,
		    struct sto_error *err)
{
	int why = SSL_get_error(stream->tls, result);
	if (why == SSL_ERROR_WANT_READ)
		return wait_for(stream->fd, POLLIN, deadline_ms, err);
	if (why == SSL_ERROR_WANT_WRITE)
		return wait_for(stream->fd, POLLOUT, deadline_ms, err);
	return tls_failed(stream, err);
}

static int handshake(struct sto_redis_stream *stream, const struct sto_redis_place *place, SSL_CTX *ctx,
		     int64_t deadline_ms, struct sto_error *err)
{
	int rc = STO_OK, done = 0;
	stream->tls = sto_redis_tls_start(ctx, stream->fd, sto_buf_span(&place->url.host));
	if (stream->tls == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for TLS");
	while (rc == STO_OK && done != 1) {
		ERR_clear_error();
		done = SSL_do_handshake(stream->tls);
		if (done != 1)
			rc = tls_wait(stream, done, deadline_ms, err);
	}
	return rc;
}

/* ---- the stream ---- */

int sto_redis_stream_open(struct sto_redis_stream *stream, const struct sto_redis_place *place, SSL_CTX *tls,
			  int64_t deadline_ms, struct sto_error *err)
{
	*stream = (struct sto_redis_stream){-1, NULL};
	int rc = place->url.scheme == STO_REDIS_UNIX
			 ? connect_unix(&stream->fd, sto_buf_span(&place->url.path), deadline_ms, err)
			 : connect_tcp(&stream->fd, &place->url, deadline_ms, err);
	if (rc == STO_OK && tls != NULL)
		rc = handshake(stream, place, tls, deadline_ms, err);
	if (rc != STO_OK)
		sto_redis_stream_close(stream);
	return rc;
}

void sto_redis_stream_close(struct sto_redis_stream *stream)
{
	SSL_free(stream->tls); /* says nothing to the server */
	if (stream->fd >= 0)
		(void)close(stream->fd);
	*stream = (struct sto_redis_stream){-1, NULL};
}

static int plain_wait(const struct sto_redis_stream *stream, short events, int64_t deadline_ms,
		      struct sto_error *err)
{
	if (errno == EINTR)
		return STO_OK;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return wait_for(stream->fd, events, deadline_ms, err);
	return failed(err, "the connection to the Redis server broke", errno);
}

int sto_redis_stream_write(struct sto_redis_stream *stream, struct sto_span bytes, int64_t deadline_ms,
			   struct sto_error *err)
{
	int rc = STO_OK;
	while (rc == STO_OK && bytes.len > 0) {
		size_t part = bytes.len > INT_MAX ? INT_MAX : bytes.len;
		ERR_clear_error();
		ssize_t n = stream->tls != NULL ? SSL_write(stream->tls, bytes.ptr, (int)part)
						: send(stream->fd, bytes.ptr, part, MSG_NOSIGNAL);
		if (n > 0)
			bytes = sto_span_slice(bytes, (size_t)n, bytes.len);
		else
			rc = stream->tls != NULL ? tls_wait(stream, (int)n, deadline_ms, err)
						 : plain_wait(stream, POLLOUT, deadline_ms, err);
	}
	return rc;
}

int sto_redis_stream_read(struct sto_redis_stream *stream, size_t *got, uint8_t *out, size_t max,
			  int64_t deadline_ms, struct sto_error *err)
{
	int rc = STO_OK;
	*got = 0;
	while (rc == STO_OK) {
		ERR_clear_error();
		ssize_t n = stream->tls != NULL ? SSL_read(stream->tls, out, (int)max)
						: recv(stream->fd, out, max, 0);
		if (n > 0) {
			*got = (size_t)n;
			return STO_OK;
		}
		if (n == 0 && stream->tls == NULL)
			return sto_fail(err, STO_STORE_FAILED, "the Redis server closed the connection");
		rc = stream->tls != NULL ? tls_wait(stream, (int)n, deadline_ms, err)
					 : plain_wait(stream, POLLIN, deadline_ms, err);
	}
	return rc;
}

bool sto_redis_stream_is_quiet(const struct sto_redis_stream *stream)
{
	char byte = 0;
	if (stream->tls == NULL)
		return recv(stream->fd, &byte, 1, MSG_PEEK) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
	ERR_clear_error();
	int n = SSL_peek(stream->tls, &byte, 1);
	bool quiet = n <= 0 && SSL_get_error(stream->tls, n) == SSL_ERROR_WANT_READ;
	ERR_clear_error();
	return quiet;
}
