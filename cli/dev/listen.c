#include "dev/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRIES 20 /* for a free port that both address families have */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool make_address(union address *out, socklen_t *len, const char *host, uint16_t port)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, host, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(port);
		*len = sizeof(out->v4);
		return true;
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons(port);
	*len = sizeof(out->v6);
	return inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1;
}

static int open_bound(const char *host, uint16_t port)
{
	union address address;
	socklen_t len = 0;
	int on = 1;
	if (!make_address(&address, &len, host, port)) {
		errno = EINVAL;
		return -1;
	}
	int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address.any.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &address.any, len) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	int why = errno;
	(void)close(fd);
	errno = why;
	return -1;
}

static uint16_t port_of(int fd)
{
	union address address;
	socklen_t len = sizeof(address);
	if (getsockname(fd, &address.any, &len) != 0)
		return 0;
	return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

static bool add_socket(struct dev_sockets *out, const char *host, uint16_t port)
{
	int fd = open_bound(host, port);
	if (fd < 0)
		return false;
	out->port = port_of(fd);
	out->fd[out->count++] = fd;
	return true;
}

/* Without IPv6 the one socket is enough. */
static bool listen_on_both(struct dev_sockets *out, uint16_t port)
{
	if (!add_socket(out, "127.0.0.1", port))
		return false;
	return add_socket(out, "::1", out->port) || errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT;
}

bool dev_listen(struct dev_sockets *out, const char *host, uint16_t port)
{
	for (int i = 0; i < TRIES; i++) {
		*out = (struct dev_sockets){0};
		if (host == NULL ? listen_on_both(out, port) : add_socket(out, host, port))
			return true;
		int why = errno;
		dev_sockets_close(out);
		errno = why;
		if (port != 0 || why != EADDRINUSE)
			return false;
	}
	return false;
}

void dev_sockets_close(struct dev_sockets *sockets)
{
	for (int i = 0; i < sockets->count; i++)
		(void)close(sockets->fd[i]);
	sockets->count = 0;
}

static bool may_bind(const char *host, uint16_t port)
{
	int fd = open_bound(host, port);
	bool free = fd >= 0 || errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL;
	if (fd >= 0)
		(void)close(fd);
	return free;
}

bool dev_is_port_free(uint16_t port)
{
	return may_bind("0.0.0.0", port) && may_bind("::", port);
}

uint16_t dev_free_port(void)
{
	for (int i = 0; i < TRIES; i++) {
		int fd = open_bound("0.0.0.0", 0);
		uint16_t port = fd < 0 ? 0 : port_of(fd);
		if (fd >= 0)
			(void)close(fd);
		if (port != 0 && dev_is_port_free(port))
			return port;
	}
	return 0;
}

bool dev_is_port_open(uint16_t port)
{
	union address address;
	socklen_t len = 0;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool open = fd >= 0 && make_address(&address, &len, "127.0.0.1", port) &&
		    connect(fd, &address.any, len) == 0;
	if (fd >= 0)
		(void)close(fd);
	return open;
}
