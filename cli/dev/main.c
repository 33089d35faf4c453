/* st-oauth-dev: puts the provider, its server and perhaps an app together, and ends them together. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "dev/launch.h"
#include "dev/server.h"

#define PERSONAS_FILE_MAX 1048576
#define LOOK_MS 200 /* how often to see whether the app answers */

enum exit_code { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct program {
	struct dev_options options;
	struct dev_issuers issuers;
	struct dev_sockets sockets;
	struct dev_server server;
	struct dev_app app;
	bool app_ready;
	FILE *log;
	int signals; /* a signalfd */
};

static int complain(int code, const char *what)
{
	(void)fprintf(stderr, "st-oauth dev: %s\n", what);
	return code;
}

/* ---- setting up ---- */

static bool read_file(struct sto_buf *out, const char *path)
{
	char chunk[4096];
	size_t len = 0;
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	while ((len = fread(chunk, 1, sizeof(chunk), file)) > 0)
		if (sto_buf_put(out, sto_span_of(chunk, len)) != STO_OK)
			break;
	bool good = len == 0 && ferror(file) == 0;
	(void)fclose(file);
	return good;
}

static int load_personas(struct program *program)
{
	char why[500];
	struct sto_buf text;
	const char *path = program->options.personas_file;
	sto_buf_init(&text, PERSONAS_FILE_MAX);
	bool good = false;
	if (path != NULL && !read_file(&text, path)) {
		(void)snprintf(why, sizeof(why), "%.300s cannot be read", path);
	} else {
		struct sto_span content =
			path == NULL ? sto_span_str(dev_default_personas) : sto_buf_span(&text);
		good = dev_personas_read(&program->issuers.personas, content,
					 path == NULL ? "built-in" : path, why, sizeof(why));
	}
	sto_buf_finish(&text);
	return good ? EXIT_FINE : complain(EXIT_USAGE, why);
}

static int open_log(struct program *program)
{
	const char *path = program->options.log_file;
	program->log = path == NULL ? NULL : fopen(path, "ae");
	if (path == NULL || program->log != NULL)
		return EXIT_FINE;
	(void)fprintf(stderr, "st-oauth dev: %s cannot be written: %s\n", path, strerror(errno));
	return EXIT_USAGE;
}

static int make_keys(struct program *program)
{
	struct sto_error err = {0};
	if (dev_keys_init(&program->issuers.keys, program->options.state_dir, &err) == STO_OK)
		return EXIT_FINE;
	return complain(EXIT_FAILED, err.detail[0] != 0 ? err.detail : "cannot make keys");
}

/* The default port may be busy, one that was asked for may not. */
static int open_sockets(struct program *program)
{
	const struct dev_options *options = &program->options;
	if (dev_listen(&program->sockets, options->host, options->port))
		return EXIT_FINE;
	if (errno == EADDRINUSE && !options->port_given && dev_listen(&program->sockets, options->host, 0)) {
		(void)fprintf(stderr, "st-oauth dev: port %u is busy, so the provider takes %u\n",
			      (unsigned)options->port, (unsigned)program->sockets.port);
		return EXIT_FINE;
	}
	(void)fprintf(stderr, "st-oauth dev: cannot listen on port %u: %s\n", (unsigned)options->port,
		      strerror(errno));
	return EXIT_FAILED;
}

static void name_providers(struct program *program)
{
	char host[48];
	const char *given = program->options.host == NULL ? "localhost" : program->options.host;
	(void)snprintf(host, sizeof(host), strchr(given, ':') == NULL ? "%.40s" : "[%.40s]", given);
	dev_issuers_name(&program->issuers, &program->options, sto_world_system(), host,
			 program->sockets.port);
}

static int take_signals(struct program *program)
{
	sigset_t set;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	program->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return program->signals >= 0 ? EXIT_FINE : complain(EXIT_FAILED, "cannot wait for signals");
}

static int start_server(struct program *program)
{
	if (dev_server_start(&program->server, &program->issuers, &program->sockets, program->log))
		return EXIT_FINE;
	return complain(EXIT_FAILED, "the HTTP server cannot be started");
}

static int start_app(struct program *program)
{
	char why[200] = "";
	const struct dev_options *options = &program->options;
	if (options->app == NULL)
		return EXIT_FINE;
	if (access(options->app, R_OK) != 0) {
		(void)fprintf(stderr, "st-oauth dev: there is no app %s to run\n", options->app);
		return EXIT_USAGE;
	}
	if (!dev_app_choose_port(&program->app, options, why, sizeof(why)))
		return complain(EXIT_FAILED, why);
	return dev_app_start(&program->app, options, &program->issuers)
		       ? EXIT_FINE
		       : complain(EXIT_FAILED, "the app cannot be started");
}

/* ---- saying so ---- */

static json_t *ready_line(const struct program *program)
{
	json_t *line =
		json_pack("{s:s, s:i}", "issuer", program->issuers.provider[0].issuer, "pid", (int)getpid());
	if (program->app.pid != 0)
		(void)json_object_set_new(line, "app",
					  json_sprintf("http://localhost:%u", (unsigned)program->app.port));
	return line;
}

/* A reader never sees half of the file. */
static int write_ready_file(const json_t *line, const char *path)
{
	char fresh[4200];
	int len = snprintf(fresh, sizeof(fresh), "%s.new", path);
	FILE *file = len > 0 && (size_t)len < sizeof(fresh) ? fopen(fresh, "we") : NULL;
	bool good = file != NULL && json_dumpf(line, file, JSON_COMPACT) == 0 && fputc('\n', file) != EOF;
	if (file != NULL)
		good = fclose(file) == 0 && good;
	if (good && rename(fresh, path) == 0)
		return EXIT_FINE;
	return complain(EXIT_FAILED, "the ready file cannot be written");
}

static int say_ready(const struct program *program)
{
	const struct dev_options *options = &program->options;
	json_t *line = ready_line(program);
	int code = options->ready_file == NULL ? EXIT_FINE : write_ready_file(line, options->ready_file);
	if (options->print_json) {
		(void)json_dumpf(line, stdout, JSON_COMPACT);
		(void)fputc('\n', stdout);
	} else {
		(void)printf("st-oauth dev: sign-in for development at %s (client_id %s); Ctrl-C ends it\n",
			     program->issuers.provider[0].issuer, options->client[0].id);
		(void)printf("st-oauth dev: a second provider with people of its own is at %s\n",
			     program->issuers.provider[1].issuer);
	}
	(void)fflush(stdout);
	json_decref(line);
	return code;
}

static void say_app_ready(struct program *program)
{
	program->app_ready = true;
	if (!program->options.print_json)
		(void)printf("st-oauth dev: %s is ready at http://localhost:%u\n", program->options.app,
			     (unsigned)program->app.port);
	(void)fflush(stdout);
	if (program->options.open_browser)
		dev_app_open(&program->app);
}

/* ---- running ---- */

/* What became of the app; -1 while it runs. */
static int reap(struct program *program)
{
	int status = 0;
	pid_t pid = 0;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != program->app.pid)
			continue;
		(void)kill(-pid, SIGKILL);
		program->app.pid = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			return complain(EXIT_FINE, "the app has ended");
		return complain(EXIT_FAILED, "the app has failed");
	}
	return -1;
}

/* The code to end with; -1: go on. */
static int take_signal(struct program *program)
{
	struct signalfd_siginfo info;
	while (read(program->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		int code = info.ssi_signo == SIGCHLD ? reap(program) : EXIT_FINE;
		if (code >= 0)
			return code;
	}
	return -1;
}

static int serve(struct program *program)
{
	struct pollfd fds[DEV_SOCKETS_MAX + 1] = {{.fd = program->signals, .events = POLLIN}};
	bool waits = program->app.pid != 0;
	int code = -1;
	for (int i = 0; i < program->server.count; i++)
		fds[i + 1] = (struct pollfd){.fd = dev_server_fd(&program->server, i), .events = POLLIN};
	while (code < 0) {
		int timeout = dev_server_timeout_ms(&program->server, waits ? LOOK_MS : 60000);
		if (poll(fds, (nfds_t)program->server.count + 1, timeout) < 0 && errno != EINTR)
			return complain(EXIT_FAILED, "cannot wait for requests");
		dev_server_run(&program->server);
		if (waits && dev_is_port_open(program->app.port)) {
			waits = false;
			say_app_ready(program);
		}
		code = take_signal(program);
	}
	return code;
}

static int run(struct program *program)
{
	static int (*const steps[])(struct program *) = {load_personas, open_log,     make_keys,
							 open_sockets,  take_signals, start_server};
	int code = EXIT_FINE;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && code == EXIT_FINE; i++) {
		code = steps[i](program);
		if (steps[i] == open_sockets && code == EXIT_FINE)
			name_providers(program);
	}
	if (code == EXIT_FINE)
		code = start_app(program);
	if (code == EXIT_FINE)
		code = say_ready(program);
	return code == EXIT_FINE ? serve(program) : code;
}

static void finish(struct program *program)
{
	dev_app_stop(&program->app);
	dev_server_stop(&program->server);
	dev_sockets_close(&program->sockets);
	dev_issuers_finish(&program->issuers);
	if (program->log != NULL)
		(void)fclose(program->log);
	if (program->signals > 0)
		(void)close(program->signals);
	dev_options_finish(&program->options);
}

static bool show(const struct dev_options *options)
{
	if (options->show_help)
		(void)fputs(dev_usage, stdout);
	else if (options->show_version)
		(void)printf("st-oauth dev %s\n", STO_VERSION);
	else if (options->show_personas)
		(void)fputs(dev_default_personas, stdout);
	return options->show_help || options->show_version || options->show_personas;
}

int main(int argc, char **argv)
{
	static struct program program;
	char why[500] = "";
	int code = EXIT_FINE;
	if (!dev_options_read(&program.options, argc, argv, why, sizeof(why))) {
		code = complain(EXIT_USAGE, why);
		(void)fprintf(stderr, "`st-oauth dev --help` lists the options.\n");
	} else if (!show(&program.options)) {
		code = run(&program);
	}
	finish(&program);
	return code;
}
