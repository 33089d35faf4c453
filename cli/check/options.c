#include "check/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "numbers.h"
#include "suggest.h"

const char check_usage[] =
	"Usage: st-oauth check [OPTIONS] [BLOCK]\n"
	"\n"
	"Reads a configuration as the app would, asks its provider, and says what does not fit.\n"
	"Run it in the folder the app is started from. Without BLOCK it takes [auth] and [oauth], or\n"
	"where there is neither every block of secrets.toml that holds a client_id.\n"
	"\n"
	"  --file FILE  read this file in place of those that Streamlit reads\n"
	"  --port N     the port of the app (as Streamlit's configuration says, else 8501)\n"
	"  --offline    do not ask the provider\n"
	"  --json       print one JSON object\n"
	"  --help, --version\n"
	"\n"
	"Exit code: 0 where no finding is an error, 1 where one is, 2 where the arguments are wrong.\n";

enum option_id { OPT_FILE = 1000, OPT_PORT, OPT_OFFLINE, OPT_JSON, OPT_HELP, OPT_VERSION };

static const struct option table[] = {
	{"file", required_argument, NULL, OPT_FILE},
	{"port", required_argument, NULL, OPT_PORT},
	{"offline", no_argument, NULL, OPT_OFFLINE},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

struct reader {
	struct check_options *out;
	char *why;
	size_t why_size;
};

static bool read_port(const struct reader *reader, const char *text)
{
	if (cli_read_number(&reader->out->port, text, 65535) && reader->out->port > 0)
		return true;
	(void)snprintf(reader->why, reader->why_size, "'%.100s' is no port; ports are 1 to 65535", text);
	return false;
}

static bool read_file(const struct reader *reader, const char *text)
{
	reader->out->file = text;
	if (*text != 0)
		return true;
	(void)snprintf(reader->why, reader->why_size, "--file is empty");
	return false;
}

static bool take_option(const struct reader *reader, int id, const char *text)
{
	switch (id) {
	case OPT_FILE:
		return read_file(reader, text);
	case OPT_PORT:
		return read_port(reader, text);
	case OPT_OFFLINE:
		return reader->out->offline = true;
	case OPT_JSON:
		return reader->out->print_json = true;
	case OPT_VERSION:
		return reader->out->show_version = true;
	default:
		return reader->out->show_help = true;
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
	(void)snprintf(reader->why, reader->why_size, "there is no option '--%s'%s%s%s", name,
		       near == NULL ? "" : "; did you mean '--", near == NULL ? "" : near,
		       near == NULL ? "" : "'?");
	return false;
}

static bool take_block(const struct reader *reader, int count, char **rest)
{
	if (count > 1) {
		(void)snprintf(reader->why, reader->why_size, "one block at a time: '%.100s' is one too many",
			       rest[1]);
		return false;
	}
	if (count == 1 && rest[0][0] == 0) {
		(void)snprintf(reader->why, reader->why_size, "the name of the block is empty");
		return false;
	}
	reader->out->block = count == 1 ? rest[0] : NULL;
	return true;
}

bool check_options_read(struct check_options *out, int argc, char **argv, char *why, size_t why_size)
{
	struct reader reader = {out, why, why_size};
	int id = 0;
	*out = (struct check_options){0};
	opterr = 0;
	optind = 0;
	while ((id = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		if (id == ':') {
			(void)snprintf(why, why_size, "the option '%.100s' wants a value", argv[optind - 1]);
			return false;
		}
		if (id == '?')
			return refuse_unknown(&reader, argv[optind - 1]);
		if (!take_option(&reader, id, optarg))
			return false;
	}
	return take_block(&reader, argc - optind, argv + optind);
}
