/* What the command line of `st-oauth dev` says. */
#ifndef DEV_OPTIONS_H
#define DEV_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "jose/alg.h"
#include "stoauth/span.h"

#define DEV_PORT 9400
#define DEV_APP_PORT 8501
#define DEV_CLIENTS_MAX 32
#define DEV_REDIRECTS_MAX 32
#define DEV_TTL_MAX_SEC (30 * 86400)

struct dev_client {
	const char *id;
	const char *secret; /* NULL: a public client */
	enum sto_alg alg;   /* what its tokens are signed with */
};

struct dev_options {
	const char *host; /* as given; NULL: 127.0.0.1 and ::1 */
	uint16_t port;
	bool port_given;
	const char *personas_file; /* NULL: the built-in ones */
	enum sto_alg alg;
	int64_t ttl_sec;
	bool opaque; /* access tokens */
	struct dev_client client[DEV_CLIENTS_MAX];
	size_t client_count;
	const char *redirect_uri[DEV_REDIRECTS_MAX]; /* allowed besides those on loopback */
	size_t redirect_count;
	const char *log_file, *state_dir, *ready_file;
	bool print_json;
	/* the app that is run as well */
	const char *app; /* NULL: none */
	uint16_t app_port;
	bool app_port_given;
	bool open_browser;
	char **app_args; /* ended by NULL */
	/* instead of serving */
	bool show_help, show_version, show_personas;
	/* owned: texts that were cut apart */
	char *owned[DEV_CLIENTS_MAX];
	size_t owned_count;
};

/* Reads the arguments; they must outlive *out. False with one sentence in `why` where they make no sense.
 * Call dev_options_finish() in either case. */
bool dev_options_read(struct dev_options *out, int argc, char **argv, char *why, size_t why_size);
void dev_options_finish(struct dev_options *options);

/* Whether that host is one of this machine alone. */
bool dev_is_loopback_host(const char *host);

const struct dev_client *dev_options_client(const struct dev_options *options, const char *id);

extern const char dev_usage[];

#endif
