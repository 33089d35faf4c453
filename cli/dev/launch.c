#include "dev/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "dev/listen.h"
#include "python.h"

#define STOP_MS 5000
#define ARGS_MAX 256

bool dev_app_choose_port(struct dev_app *app, const struct dev_options *options, char *why, size_t why_size)
{
	app->port = options->app_port;
	if (app->port != 0 && !dev_is_port_free(app->port)) {
		if (options->app_port_given) {
			(void)snprintf(why, why_size, "port %u is busy", (unsigned)app->port);
			return false;
		}
		app->port = 0;
	}
	if (app->port == 0)
		app->port = dev_free_port();
	if (app->port == 0)
		(void)snprintf(why, why_size, "no port is free for the app");
	else if (options->app_port != 0 && app->port != options->app_port)
		(void)fprintf(stderr, "st-oauth dev: port %u is busy, so the app takes %u\n",
			      (unsigned)options->app_port, (unsigned)app->port);
	return app->port != 0;
}

/* The configuration that takes the place of every configured block. Owned by the caller. */
static char *make_gate_config(const struct dev_app *app, const struct dev_options *options,
			      const char *issuer)
{
	const struct dev_client *client = &options->client[0];
	json_t *config = json_pack("{s:s, s:s, s:s, s:o, s:s}", "issuer", issuer, "client_id", client->id,
				   "client_secret", client->secret, "redirect_uri",
				   json_sprintf("http://localhost:%u", (unsigned)app->port), "scope",
				   "openid profile email");
	char *text = config == NULL ? NULL : json_dumps(config, JSON_COMPACT);
	json_decref(config);
	return text;
}

static json_t *make_block(const struct dev_provider *provider, const struct dev_client *client)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "issuer", provider->issuer, "client_id", client->id,
			 "client_secret", client->secret, "label", provider->label);
}

/* The whole table [auth], with both providers. Sessions end with the tokens, so that the short-lived people's
 * can be seen to. Owned by the caller. */
/* What an app says of its pages and sessions holds with these providers as with its own. */
static json_t *left_to_the_app(void)
{
	return json_pack("[s, s, s, s, s, s]", "require_login", "public", "roles", "default_ttl", "idle_ttl",
			 "expose_tokens");
}

static char *make_auth_config(const struct dev_app *app, const struct dev_options *options,
			      const struct dev_issuers *issuers)
{
	json_t *config = json_pack("{s:s, s:o, s:o}", "session", "provider", "redirect_uri",
				   json_sprintf("http://localhost:%u/auth/callback", (unsigned)app->port),
				   "from_file", left_to_the_app());
	for (size_t i = 0; i < DEV_ISSUERS; i++)
		(void)json_object_set_new(config, issuers->provider[i].name,
					  make_block(&issuers->provider[i], &options->client[0]));
	char *text = config == NULL ? NULL : json_dumps(config, JSON_COMPACT);
	json_decref(config);
	return text;
}

/* Puts both into the environment that the app inherits. */
static bool set_configs(const struct dev_app *app, const struct dev_options *options,
			const struct dev_issuers *issuers)
{
	char *gate = make_gate_config(app, options, issuers->provider[0].issuer);
	char *auth = make_auth_config(app, options, issuers);
	bool good = gate != NULL && auth != NULL && setenv("ST_OAUTH_CONFIG", gate, 1) == 0 &&
		    setenv("ST_OAUTH_AUTH", auth, 1) == 0;
	free(gate);
	free(auth);
	return good;
}

static void become_group(pid_t parent)
{
	sigset_t none;
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	int null = open("/dev/null", O_RDONLY);
	if (null >= 0)
		(void)dup2(null, STDIN_FILENO);
}

/* In the child; does not come back. */
static _Noreturn void run_program(pid_t parent, char *const *args)
{
	become_group(parent);
	(void)execvp(args[0], args);
	(void)fprintf(stderr, "st-oauth dev: %s cannot be run: %s\n", args[0], strerror(errno));
	_exit(127);
}

static pid_t start_program(char *const *args)
{
	pid_t parent = getpid(), pid = fork();
	if (pid == 0)
		run_program(parent, args);
	if (pid > 0)
		(void)setpgid(pid, pid);
	return pid;
}

static char *text_arg(const char *text)
{
	return (char *)(uintptr_t)text;
}

bool dev_app_start(struct dev_app *app, const struct dev_options *options, const struct dev_issuers *issuers)
{
	char python[PATH_MAX], port[32];
	char *args[ARGS_MAX] = {text_arg(cli_python(python)),
				text_arg("-m"),
				text_arg("streamlit"),
				text_arg("run"),
				text_arg(options->app),
				text_arg("--server.headless=true"),
				port};
	size_t count = 7;
	(void)snprintf(port, sizeof(port), "--server.port=%u", (unsigned)app->port);
	for (char **more = options->app_args; *more != NULL && count < ARGS_MAX - 1; more++)
		args[count++] = *more;
	if (!set_configs(app, options, issuers))
		return false;
	app->pid = start_program(args);
	if (app->pid < 0)
		app->pid = 0;
	return app->pid != 0;
}

static bool has_ended(struct dev_app *app, int patience_ms)
{
	const struct timespec pause = {0, 20 * 1000000L};
	for (int waited = 0; waited <= patience_ms; waited += 20) {
		pid_t ended = waitpid(app->pid, NULL, WNOHANG);
		if (ended == app->pid || (ended < 0 && errno == ECHILD))
			return true;
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

void dev_app_stop(struct dev_app *app)
{
	if (app->pid == 0)
		return;
	(void)kill(-app->pid, SIGTERM);
	if (!has_ended(app, STOP_MS)) {
		(void)kill(-app->pid, SIGKILL);
		(void)has_ended(app, STOP_MS);
	}
	(void)kill(-app->pid, SIGKILL); /* what the app left behind in its group */
	app->pid = 0;
}

void dev_app_open(const struct dev_app *app)
{
	char python[PATH_MAX], url[64];
	(void)snprintf(url, sizeof(url), "http://localhost:%u", (unsigned)app->port);
	char *args[] = {text_arg(cli_python(python)), text_arg("-m"), text_arg("webbrowser"), url, NULL};
	(void)start_program(args);
}
