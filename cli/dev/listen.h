/* Sockets on this machine only. */
#ifndef DEV_LISTEN_H
#define DEV_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#define DEV_SOCKETS_MAX 2

struct dev_sockets {
	int fd[DEV_SOCKETS_MAX];
	int count;
	uint16_t port; /* the one that all of them have */
};

/* Listens on `host`, a loopback address, or on 127.0.0.1 and (where there is IPv6) ::1 for NULL. Port 0: a
 * free one, the same for both. False, with errno set (EADDRINUSE: busy), where that cannot be. */
bool dev_listen(struct dev_sockets *out, const char *host, uint16_t port);
void dev_sockets_close(struct dev_sockets *sockets);

/* Whether a server that listens on all addresses could have that port now. */
bool dev_is_port_free(uint16_t port);
/* A port that is free now; 0 where there is none. */
uint16_t dev_free_port(void);
/* Whether somebody answers on that port of this machine. */
bool dev_is_port_open(uint16_t port);

#endif
