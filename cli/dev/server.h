/* The network side: libmicrohttpd in the caller's own loop, one thread. */
#ifndef DEV_SERVER_H
#define DEV_SERVER_H

#include <stdio.h>

#include "dev/listen.h"
#include "dev/issuers.h"

struct MHD_Daemon;

struct dev_server {
	struct dev_issuers *issuers;
	FILE *log; /* NULL: none */
	struct MHD_Daemon *daemon[DEV_SOCKETS_MAX];
	int count;
};

/* Serves those sockets, which become the server's. False where it cannot. Stop it in either case. */
bool dev_server_start(struct dev_server *server, struct dev_issuers *issuers, struct dev_sockets *sockets,
		      FILE *log);
void dev_server_stop(struct dev_server *server);

/* The descriptor that becomes readable when daemon `i` has work to do. */
int dev_server_fd(const struct dev_server *server, int i);
/* Does the work there is. */
void dev_server_run(struct dev_server *server);
/* How long it may be left alone, in milliseconds, at most `most`. */
int dev_server_timeout_ms(const struct dev_server *server, int most);

#endif
