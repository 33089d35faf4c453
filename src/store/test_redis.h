/* A redis-server of this machine for tests: on a Unix socket, and on loopback where it is asked for; its data
 * in a folder of its own. It ends with the test, whatever happens. */
#ifndef STO_STORE_TEST_REDIS_H
#define STO_STORE_TEST_REDIS_H

#include <stdint.h>
#include <sys/types.h>

#include "store/redis_module.h"

#define TEST_REDIS_ARGS_MAX 32

struct test_redis {
	char dir[64];
	char url[128]; /* of the socket */
	pid_t pid;
	const char *more[TEST_REDIS_ARGS_MAX]; /* arguments beside the usual ones, up to a NULL */
};

/* Makes the folder and starts the server; it answers when this returns. Asserts on failure. */
void test_redis_start(struct test_redis *server, const char *const *more);
void test_redis_stop(struct test_redis *server);

/* SIGKILL, and the same server once more. */
void test_redis_kill(struct test_redis *server);
void test_redis_again(struct test_redis *server);

/* Sends one command as a line and gives the first line of the answer, good until the next call. */
const char *test_redis_say(const struct test_redis *server, const char *line);

/* The same for an answer that is a number. */
long test_redis_number(const struct test_redis *server, const char *line);

uint16_t test_redis_free_port(void);

/* Opens a store through the module that is linked into the test. */
int test_redis_open(struct sto_store *out, const struct sto_redis_options *options, struct sto_error *err);
int test_redis_open_sessions(struct sto_session_store *out, const struct sto_redis_options *options,
			     const struct sto_world *world, struct sto_error *err);

#endif
