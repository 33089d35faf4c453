/* Where the configuration of an app comes from, read as the app reads it. */
#ifndef CHECK_SOURCE_H
#define CHECK_SOURCE_H

#include <limits.h>

#include <jansson.h>

#include "check/options.h"

#define CHECK_FILES_MAX 16
#define CHECK_ENVIRONMENT "ST_OAUTH_CONFIG"
#define CHECK_DEFAULT_BLOCK "oauth"
#define CHECK_AUTH_BLOCK "auth"
#define CHECK_AUTH_ENVIRONMENT "ST_OAUTH_AUTH" /* and the beginning of those that set one key */

/* One TOML file. */
struct check_file {
	char path[PATH_MAX];
	bool present;
	json_t *values, *places; /* as cli_toml_read() gives them; NULL where it is not there, or broken */
	char broken[300];        /* what is wrong with it, without what stands in it; "" where nothing is */
	unsigned line;           /* where; 0: not known */
};

/* A configuration in an environment variable. */
struct check_environment {
	bool is_set;
	json_t *values;   /* NULL where it is no JSON object */
	char broken[300]; /* why */
};

struct check_source {
	struct check_file file[CHECK_FILES_MAX]; /* later ones win, as in Streamlit */
	size_t n_files;
	bool is_told;                  /* a file was asked for: the environment does not count */
	struct check_environment gate; /* takes the place of the blocks of all gates */
	struct check_environment auth; /* takes the place of [auth] */
	json_t *merged;                /* the files' top-level members */
	int64_t port;                  /* of the app */
	char base_path[1024];          /* of the app, without the '/' around it */
};

/* Reads everything there is. False without memory. Call check_source_finish() in either case. */
bool check_source_read(struct check_source *out, const struct check_options *options);
void check_source_finish(struct check_source *source);

/* The names of the blocks to check: the one asked for; [auth] and [oauth]; or each that holds a client_id.
 * Never empty. A new array. */
json_t *check_source_blocks(const struct check_source *source, const char *asked);

/* What sto_gate_open() is asked for that block, or sto_realm_open() for [auth]. A new object; NULL without
 * memory. */
json_t *check_source_request(const struct check_source *source, const char *block);

/* --- variables.c */

/* Whether a variable of the environment sets one key of [auth]. */
bool check_has_variables(void);
/* Puts what such variables say in the place of the settings they stand for. `settings` is taken over; a new
 * array, NULL without memory. */
json_t *check_with_variables(json_t *settings);

#endif
