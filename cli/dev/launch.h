/* The user's app beside the provider: a process group of its own that never outlives us. */
#ifndef DEV_LAUNCH_H
#define DEV_LAUNCH_H

#include <sys/types.h>

#include "dev/issuers.h"

struct dev_app {
	pid_t pid; /* 0: not running */
	uint16_t port;
};

/* Finds the port: the one that was asked for, else 8501, else a free one (and says so). False with a sentence
 * in `why` where there is none. */
bool dev_app_choose_port(struct dev_app *app, const struct dev_options *options, char *why, size_t why_size);

/* Runs `python -m streamlit run APP` with the configuration in its environment: ST_OAUTH_CONFIG for the gate,
 * ST_OAUTH_AUTH for native sign-in. False with errno. */
bool dev_app_start(struct dev_app *app, const struct dev_options *options, const struct dev_issuers *issuers);

/* Ends its whole group: asks, waits five seconds, kills. Nothing of it runs afterwards. */
void dev_app_stop(struct dev_app *app);

/* Opens the app in the visitor's browser. */
void dev_app_open(const struct dev_app *app);

#endif
