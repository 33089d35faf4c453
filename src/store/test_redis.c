#include "store/test_redis.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/test.h"

#define PATIENCE_MS 15000

extern char **environ;

static char answer[512];

/* ---- talking to it ---- */

static int connect_to(const struct test_redis *server)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", server->dir);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static bool say(const struct test_redis *server, const char *line)
{
	size_t len = 0;
	int fd = connect_to(server);
	answer[0] = '\0';
	if (fd < 0)
		return false;
	bool sent = send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line) &&
		    send(fd, "\r\n", 2, MSG_NOSIGNAL) == 2;
	while (sent && len + 1 < sizeof(answer)) {
		ssize_t n = recv(fd, answer + len, sizeof(answer) - 1 - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
		answer[len] = '\0';
		char *end = strstr(answer, "\r\n");
		if (end != NULL) {
			*end = '\0';
			break;
		}
	}
	(void)close(fd);
	return sent && len > 0;
}

const char *test_redis_say(const struct test_redis *server, const char *line)
{
	assert_true(say(server, line));
	assert_int_not_equal(answer[0], '-');
	return answer;
}

long test_redis_number(const struct test_redis *server, const char *line)
{
	long number = 0;
	const char *digits = test_redis_say(server, line);
	assert_int_equal(digits[0], ':');
	for (digits++; *digits >= '0' && *digits <= '9'; digits++)
		number = number * 10 + (*digits - '0');
	return number;
}

/* ---- its life ---- */

static void wait_until_it_answers(const struct test_redis *server)
{
	struct timespec pause = {0, 10000000};
	for (int waited_ms = 0; waited_ms < PATIENCE_MS; waited_ms += 10) {
		if (say(server, "PING") && strcmp(answer, "+PONG") == 0)
			return;
		assert_int_equal(waitpid(server->pid, NULL, WNOHANG), 0);
		(void)nanosleep(&pause, NULL);
	}
	fail_msg("redis-server did not answer");
}

static const char *in_dir(char *room, size_t len, const struct test_redis *server, const char *name)
{
	(void)snprintf(room, len, "%s/%s", server->dir, name);
	return room;
}

void test_redis_again(struct test_redis *server)
{
	char socket_path[128], log[128];
	const char *args[TEST_REDIS_ARGS_MAX + 32] = {
		"setpriv",      "--pdeathsig",
		"KILL",         "redis-server",
		"--unixsocket", in_dir(socket_path, sizeof(socket_path), server, "s"),
		"--dir",        server->dir,
		"--logfile",    in_dir(log, sizeof(log), server, "log"),
		"--bind",       "127.0.0.1",
		"--save",       "",
		"--port",       "0",
	};
	size_t n = 16;
	for (size_t i = 0; server->more[i] != NULL; i++)
		args[n++] = server->more[i];
	posix_spawn_file_actions_t actions;
	assert_ok(posix_spawn_file_actions_init(&actions));
	assert_ok(posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0));
	assert_ok(posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0));
	assert_ok(
		posix_spawnp(&server->pid, args[0], &actions, NULL, (char *const *)(uintptr_t)args, environ));
	assert_ok(posix_spawn_file_actions_destroy(&actions));
	wait_until_it_answers(server);
}

void test_redis_start(struct test_redis *server, const char *const *more)
{
	*server = (struct test_redis){0};
	for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
		assert_true(i + 1 < TEST_REDIS_ARGS_MAX);
		server->more[i] = more[i];
	}
	(void)snprintf(server->dir, sizeof(server->dir), "%s/sto_redis_XXXXXX", P_tmpdir);
	assert_non_null(mkdtemp(server->dir));
	(void)snprintf(server->url, sizeof(server->url), "unix://%s/s", server->dir);
	test_redis_again(server);
}

void test_redis_kill(struct test_redis *server)
{
	char path[128];
	if (server->pid <= 0)
		return;
	assert_ok(kill(server->pid, SIGKILL));
	assert_int_equal(waitpid(server->pid, NULL, 0), server->pid);
	server->pid = 0;
	(void)unlink(in_dir(path, sizeof(path), server, "s"));
}

static int remove_one(const char *name, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(name);
}

void test_redis_stop(struct test_redis *server)
{
	test_redis_kill(server);
	(void)nftw(server->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

uint16_t test_redis_free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_ok(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
	assert_ok(getsockname(fd, (struct sockaddr *)&address, &len));
	assert_ok(close(fd));
	return ntohs(address.sin_port);
}
