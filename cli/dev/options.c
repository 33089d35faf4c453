#include "dev/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/url.h"
#include "numbers.h"
#include "stoauth/buf.h"
#include "suggest.h"

const char dev_usage[] =
	"Usage: st-oauth dev [OPTIONS] [APP.py [-- STREAMLIT ARGUMENTS]]\n"
	"\n"
	"An OpenID provider for development, on this machine only. Sign in by clicking a persona.\n"
	"With APP.py it also runs that Streamlit app, configured to sign in here.\n"
	"\n"
	"  --port N              listen here (9400; 0 takes a free port)\n"
	"  --host ADDRESS        a loopback address (127.0.0.1 and ::1)\n"
	"  --personas FILE       who can sign in, a TOML file; --print-personas shows the built-in one\n"
	"  --alg ALG             sign with RS256 (the default), ES256 or EdDSA\n"
	"  --token-ttl TIME      how long tokens live: 30s, 5m, 1h (the default)\n"
	"  --access-token KIND   jwt (the default) or opaque\n"
	"  --client-id ID        the client's id (dev)\n"
	"  --client-secret S     its throw-away secret (dev-secret)\n"
	"  --client ID[:SECRET]  one more client, public without a secret; may be repeated\n"
	"  --client-alg ID=ALG   sign that client's tokens with another algorithm\n"
	"  --redirect-uri URL    one more place to return to; those on loopback are always fine\n"
	"  --state-dir DIR       keep the keys there, so that tokens outlive a restart\n"
	"  --log-requests FILE   one JSON line a request, without secrets\n"
	"  --ready-file FILE     write a JSON line with the issuer there once it listens\n"
	"  --print-json          print that line instead of the sentences\n"
	"  --app-port N          the app's port (8501; 0 takes a free port)\n"
	"  --open                open the app in the browser\n"
	"  --help, --version\n";

enum option_id {
	OPT_PORT = 1000,
	OPT_HOST,
	OPT_PERSONAS,
	OPT_PRINT_PERSONAS,
	OPT_ALG,
	OPT_TOKEN_TTL,
	OPT_ACCESS_TOKEN,
	OPT_CLIENT_ID,
	OPT_CLIENT_SECRET,
	OPT_CLIENT,
	OPT_CLIENT_ALG,
	OPT_REDIRECT_URI,
	OPT_STATE_DIR,
	OPT_LOG_REQUESTS,
	OPT_READY_FILE,
	OPT_PRINT_JSON,
	OPT_APP_PORT,
	OPT_OPEN,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option table[] = {
	{"port", required_argument, NULL, OPT_PORT},
	{"host", required_argument, NULL, OPT_HOST},
	{"personas", required_argument, NULL, OPT_PERSONAS},
	{"print-personas", no_argument, NULL, OPT_PRINT_PERSONAS},
	{"alg", required_argument, NULL, OPT_ALG},
	{"token-ttl", required_argument, NULL, OPT_TOKEN_TTL},
	{"access-token", required_argument, NULL, OPT_ACCESS_TOKEN},
	{"client-id", required_argument, NULL, OPT_CLIENT_ID},
	{"client-secret", required_argument, NULL, OPT_CLIENT_SECRET},
	{"client", required_argument, NULL, OPT_CLIENT},
	{"client-alg", required_argument, NULL, OPT_CLIENT_ALG},
	{"redirect-uri", required_argument, NULL, OPT_REDIRECT_URI},
	{"state-dir", required_argument, NULL, OPT_STATE_DIR},
	{"log-requests", required_argument, NULL, OPT_LOG_REQUESTS},
	{"ready-file", required_argument, NULL, OPT_READY_FILE},
	{"print-json", no_argument, NULL, OPT_PRINT_JSON},
	{"app-port", required_argument, NULL, OPT_APP_PORT},
	{"open", no_argument, NULL, OPT_OPEN},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

struct reader {
	struct dev_options *out;
	char *why;
	size_t why_size;
};

static bool refuse(const struct reader *reader, const char *format, ...) STO_PRINTF(2, 3);

static bool refuse(const struct reader *reader, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vsnprintf(reader->why, reader->why_size, format, args);
	va_end(args);
	return false;
}

static bool read_port(const struct reader *reader, uint16_t *out, bool *given, const char *text)
{
	int64_t port = 0;
	if (!cli_read_number(&port, text, 65535))
		return refuse(reader, "'%s' is no port; ports are 1 to 65535, and 0 takes a free one", text);
	*out = (uint16_t)port;
	*given = true;
	return true;
}

bool dev_is_loopback_host(const char *host)
{
	char text[300];
	struct sto_url url;
	(void)snprintf(text, sizeof(text), strchr(host, ':') == NULL ? "http://%s/" : "http://[%s]/", host);
	return sto_url_parse(&url, sto_span_str(text), NULL) == STO_OK && url.port == 80 &&
	       sto_span_equal(url.path, STO_SPAN("/")) && sto_url_is_loopback(&url);
}

static bool read_host(const struct reader *reader, const char *text)
{
	if (!dev_is_loopback_host(text))
		return refuse(
			reader,
			"this provider signs anybody in without a password, so it listens on this machine "
			"only: --host takes 127.0.0.1, ::1 or localhost, not '%s'",
			text);
	bool usual = strcmp(text, "127.0.0.1") == 0 || strcmp(text, "localhost") == 0;
	reader->out->host = usual ? NULL : text;
	return true;
}

static bool read_alg(const struct reader *reader, enum sto_alg *out, const char *text)
{
	static const char *const names[] = {"RS256", "ES256", "EdDSA", NULL};
	for (size_t i = 0; names[i] != NULL; i++)
		if (strcmp(text, names[i]) == 0)
			return sto_alg_parse(out, sto_span_str(text)) == STO_OK;
	return refuse(reader, "'%s' is none of RS256, ES256 and EdDSA", text);
}

static bool read_ttl(const struct reader *reader, const char *text)
{
	if (!cli_read_duration(&reader->out->ttl_sec, text, DEV_TTL_MAX_SEC))
		return refuse(reader, "'%s' is no lifetime; write 30s, 5m or 1h, at most 30d", text);
	return true;
}

static bool read_kind(const struct reader *reader, const char *text)
{
	reader->out->opaque = strcmp(text, "opaque") == 0;
	if (!reader->out->opaque && strcmp(text, "jwt") != 0)
		return refuse(reader, "'%s' is no kind of access token; there are jwt and opaque", text);
	return true;
}

static char *keep(struct dev_options *out, const char *text)
{
	if (out->owned_count == DEV_CLIENTS_MAX)
		return NULL;
	char *copy = strdup(text);
	if (copy != NULL)
		out->owned[out->owned_count++] = copy;
	return copy;
}

/* "id", "id:secret"; a secret may hold more colons. */
static bool add_client(const struct reader *reader, const char *text)
{
	struct dev_options *out = reader->out;
	char *copy = out->client_count < DEV_CLIENTS_MAX ? keep(out, text) : NULL;
	if (copy == NULL)
		return refuse(reader, "too many clients; at most %d", DEV_CLIENTS_MAX);
	char *colon = strchr(copy, ':');
	if (colon != NULL)
		*colon = 0;
	if (*copy == 0 || (colon != NULL && colon[1] == 0))
		return refuse(reader, "--client takes ID or ID:SECRET, neither of them empty");
	if (dev_options_client(out, copy) != NULL)
		return refuse(reader, "the client '%s' is given twice", copy);
	out->client[out->client_count++] =
		(struct dev_client){copy, colon == NULL ? NULL : colon + 1, STO_ALG_COUNT};
	return true;
}

static bool set_client_alg(const struct reader *reader, const char *text)
{
	const char *equals = strchr(text, '=');
	enum sto_alg alg = STO_ALG_COUNT;
	if (equals == NULL)
		return refuse(reader, "--client-alg takes ID=ALG, not '%s'", text);
	if (!read_alg(reader, &alg, equals + 1))
		return false;
	for (size_t i = 0; i < reader->out->client_count; i++) {
		struct dev_client *client = &reader->out->client[i];
		if (strlen(client->id) == (size_t)(equals - text) &&
		    strncmp(client->id, text, strlen(client->id)) == 0) {
			client->alg = alg;
			return true;
		}
	}
	return refuse(reader, "--client-alg names a client that is not given before it: '%s'", text);
}

static bool add_redirect(const struct reader *reader, const char *text)
{
	struct sto_url url;
	if (sto_url_parse(&url, sto_span_str(text), NULL) != STO_OK)
		return refuse(reader, "--redirect-uri takes an absolute http or https URL, not '%s'", text);
	if (reader->out->redirect_count == DEV_REDIRECTS_MAX)
		return refuse(reader, "too many redirect URIs; at most %d", DEV_REDIRECTS_MAX);
	reader->out->redirect_uri[reader->out->redirect_count++] = text;
	return true;
}

static bool set_text(const struct reader *reader, const char **out, const char *name, const char *text)
{
	if (*text == 0)
		return refuse(reader, "--%s is empty", name);
	*out = text;
	return true;
}

static bool set_flag(bool *flag)
{
	*flag = true;
	return true;
}

static bool take_option(const struct reader *reader, int id, const char *text)
{
	struct dev_options *out = reader->out;
	switch (id) {
	case OPT_PORT:
		return read_port(reader, &out->port, &out->port_given, text);
	case OPT_APP_PORT:
		return read_port(reader, &out->app_port, &out->app_port_given, text);
	case OPT_HOST:
		return read_host(reader, text);
	case OPT_ALG:
		return read_alg(reader, &out->alg, text);
	case OPT_TOKEN_TTL:
		return read_ttl(reader, text);
	case OPT_ACCESS_TOKEN:
		return read_kind(reader, text);
	case OPT_CLIENT:
		return add_client(reader, text);
	case OPT_CLIENT_ALG:
		return set_client_alg(reader, text);
	case OPT_REDIRECT_URI:
		return add_redirect(reader, text);
	case OPT_CLIENT_ID:
		return set_text(reader, &out->client[0].id, "client-id", text);
	case OPT_CLIENT_SECRET:
		return set_text(reader, &out->client[0].secret, "client-secret", text);
	case OPT_PERSONAS:
		return set_text(reader, &out->personas_file, "personas", text);
	case OPT_STATE_DIR:
		return set_text(reader, &out->state_dir, "state-dir", text);
	case OPT_LOG_REQUESTS:
		return set_text(reader, &out->log_file, "log-requests", text);
	case OPT_READY_FILE:
		return set_text(reader, &out->ready_file, "ready-file", text);
	case OPT_PRINT_JSON:
		return set_flag(&out->print_json);
	case OPT_PRINT_PERSONAS:
		return set_flag(&out->show_personas);
	case OPT_OPEN:
		return set_flag(&out->open_browser);
	case OPT_VERSION:
		return set_flag(&out->show_version);
	default:
		return set_flag(&out->show_help);
	}
}

static bool refuse_unknown(const struct reader *reader, const char *given)
{
	const char *names[sizeof(table) / sizeof(table[0])] = {NULL};
	char name[64];
	for (size_t i = 0; table[i].name != NULL; i++)
		names[i] = table[i].name;
	(void)snprintf(name, sizeof(name), "%s", given + strspn(given, "-"));
	name[strcspn(name, "=")] = 0;
	const char *near = cli_suggest(name, names);
	if (near == NULL)
		return refuse(reader, "there is no option '--%s'", name);
	return refuse(reader, "there is no option '--%s'; did you mean '--%s'?", name, near);
}

/* Our own arguments end at "--"; behind it are the app's. */
static int own_count(struct dev_options *out, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			out->app_args = argv + i + 1;
			return i;
		}
	}
	out->app_args = argv + argc;
	return argc;
}

static bool take_app(const struct reader *reader, int count, char **rest)
{
	if (count > 1)
		return refuse(reader,
			      "one app at a time: '%s' is one too many; arguments of Streamlit stand "
			      "behind '--'",
			      rest[1]);
	reader->out->app = count == 1 ? rest[0] : NULL;
	if (reader->out->app == NULL && (reader->out->open_browser || reader->out->app_port_given))
		return refuse(reader, "--open and --app-port are about an app, and none is given");
	return true;
}

static void set_default_algs(struct dev_options *out)
{
	for (size_t i = 0; i < out->client_count; i++)
		if (out->client[i].alg == STO_ALG_COUNT)
			out->client[i].alg = out->alg;
}

bool dev_options_read(struct dev_options *out, int argc, char **argv, char *why, size_t why_size)
{
	struct reader reader = {out, why, why_size};
	*out = (struct dev_options){
		.port = DEV_PORT,
		.app_port = DEV_APP_PORT,
		.alg = STO_ALG_RS256,
		.ttl_sec = 3600,
		.client = {{"dev", "dev-secret", STO_ALG_COUNT}},
		.client_count = 1,
	};
	int count = own_count(out, argc, argv), id = 0;
	opterr = 0;
	optind = 0;
	while ((id = getopt_long(count, argv, ":h", table, NULL)) != -1) {
		if (id == ':')
			return refuse(&reader, "the option '%s' wants a value", argv[optind - 1]);
		if (id == '?')
			return refuse_unknown(&reader, argv[optind - 1]);
		if (!take_option(&reader, id, optarg))
			return false;
	}
	if (!take_app(&reader, count - optind, argv + optind))
		return false;
	set_default_algs(out);
	return true;
}

void dev_options_finish(struct dev_options *options)
{
	for (size_t i = 0; i < options->owned_count; i++)
		free(options->owned[i]);
	options->owned_count = 0;
}

const struct dev_client *dev_options_client(const struct dev_options *options, const char *id)
{
	for (size_t i = 0; i < options->client_count; i++)
		if (strcmp(options->client[i].id, id) == 0)
			return &options->client[i];
	return NULL;
}
