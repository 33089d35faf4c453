/* The command `st-oauth`: `st-oauth X ...` runs the program `st-oauth-X` that lies beside this one. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suggest.h"

#define PREFIX "st-oauth-"
#define COMMANDS_MAX 32
#define NAME_SIZE 64

struct commands {
	char name[COMMANDS_MAX][NAME_SIZE];
	const char *list[COMMANDS_MAX + 1]; /* ended by NULL */
	size_t count;
};

static const struct {
	const char *name, *does;
} known[] = {
	{"check", "reads a configuration, asks its provider, and says what does not fit"},
	{"dev", "a provider for development, with personas to click; runs your app with it"},
	{"run", "starts an app on a listener of its own, with the options of `streamlit run`"},
};

static const char *what_it_does(const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].does;
	return "";
}

/* The folder this program lies in; false where the system does not say. */
static bool own_folder(char out[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", out, PATH_MAX - 1);
	if (len <= 0)
		return false;
	out[len] = 0;
	char *slash = strrchr(out, '/');
	if (slash == NULL)
		return false;
	*slash = 0;
	return true;
}

static bool is_command(const char *folder, const char *file)
{
	char path[PATH_MAX + 300];
	struct stat info;
	if (strncmp(file, PREFIX, strlen(PREFIX)) != 0 || strlen(file) - strlen(PREFIX) >= NAME_SIZE)
		return false;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void find_commands(struct commands *out, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	*out = (struct commands){0};
	while (dir != NULL && out->count < COMMANDS_MAX && (entry = readdir(dir)) != NULL)
		if (is_command(folder, entry->d_name))
			(void)snprintf(out->name[out->count++], NAME_SIZE, "%s",
				       entry->d_name + strlen(PREFIX));
	if (dir != NULL)
		(void)closedir(dir);
	qsort(out->name, out->count, NAME_SIZE, by_name);
	for (size_t i = 0; i < out->count; i++)
		out->list[i] = out->name[i];
}

static void print_help(FILE *to, const char *folder)
{
	struct commands commands;
	find_commands(&commands, folder);
	(void)fprintf(to,
		      "Usage: st-oauth COMMAND [ARGUMENTS]\n\nSign-in for Streamlit apps.\n\nCommands:\n");
	for (size_t i = 0; i < commands.count; i++)
		(void)fprintf(to, "  %-10s %s\n", commands.list[i], what_it_does(commands.list[i]));
	(void)fprintf(to,
		      "\n`st-oauth COMMAND --help` tells more; `st-oauth --version` tells the version.\n");
}

static int refuse(const char *folder, const char *name)
{
	struct commands commands;
	find_commands(&commands, folder);
	const char *near = cli_suggest(name, commands.list);
	(void)fprintf(stderr, "st-oauth: there is no command '%s'", name);
	if (near != NULL)
		(void)fprintf(stderr, "; did you mean '%s'?", near);
	(void)fprintf(stderr, "\n`st-oauth --help` lists the commands.\n");
	return 2;
}

static int run(const char *folder, char **argv)
{
	char path[PATH_MAX + 300], file[PATH_MAX];
	(void)snprintf(file, sizeof(file), PREFIX "%s", argv[1]);
	if (strchr(argv[1], '/') != NULL || !is_command(folder, file))
		return refuse(folder, argv[1]);
	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	argv[1] = file;
	(void)execv(path, argv + 1);
	(void)fprintf(stderr, "st-oauth: %s cannot be run: %s\n", path, strerror(errno));
	return 126;
}

int main(int argc, char **argv)
{
	char folder[PATH_MAX];
	if (!own_folder(folder)) {
		(void)fprintf(stderr, "st-oauth: cannot find its own folder through /proc/self/exe\n");
		return 1;
	}
	if (argc < 2) {
		print_help(stderr, folder);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help(stdout, folder);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("st-oauth %s\n", STO_VERSION);
		return 0;
	}
	return run(folder, argv);
}
