#include "check/source.h"

#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "numbers.h"
#include "toml_shim.h"

#define FILE_MAX 1048576
#define DEFAULT_PORT 8501

/* --- one file */

static bool is_folder(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* All of an open file; NULL where it is too large, cannot be read, or there is no memory. */
static char *read_all(FILE *file, size_t *len)
{
	char *text = malloc(FILE_MAX + 1);
	*len = text == NULL ? 0 : fread(text, 1, FILE_MAX + 1, file);
	if (text != NULL && *len <= FILE_MAX && ferror(file) == 0)
		return text;
	free(text);
	return NULL;
}

/* The length of a quote that holds one character, plain or escaped; 0 for a longer one. */
static size_t short_quote(const char *quote)
{
	if (quote[1] != 0 && quote[2] == '\'')
		return 3;
	return quote[1] == '\\' && quote[2] != 0 && quote[3] == '\'' ? 4 : 0;
}

/* The parser quotes what it stumbled over, which may be a secret without its quotes. One character is kept,
 * as in "expected '=', saw 'x'"; from a longer quote on nothing is. */
static void put_without_quotes(char *out, size_t size, const char *message)
{
	const char *end = strchr(message, '\'');
	while (end != NULL && short_quote(end) > 0)
		end = strchr(end + short_quote(end), '\'');
	size_t len = end == NULL ? strlen(message) : (size_t)(end - message);
	(void)snprintf(out, size, "%.*s%s", (int)len, message, end == NULL ? "" : "...");
}

static void parse(struct check_file *file, const char *text, size_t len)
{
	struct cli_toml_error error;
	if (cli_toml_read(&file->values, &file->places, &error, text, len) == 0)
		return;
	file->line = error.line;
	put_without_quotes(file->broken, sizeof(file->broken), error.message);
	size_t used = strlen(file->broken);
	if (error.line > 0)
		(void)snprintf(file->broken + used, sizeof(file->broken) - used, " (line %u, column %u)",
			       error.line, error.column);
}

static void read_file(struct check_file *file)
{
	size_t len = 0;
	FILE *stream = fopen(file->path, "re");
	struct stat info;
	if (stream == NULL) {
		file->present = stat(file->path, &info) == 0;
		if (file->present)
			(void)snprintf(file->broken, sizeof(file->broken), "it may not be read");
		return;
	}
	file->present = true;
	char *text = is_folder(file->path) ? NULL : read_all(stream, &len);
	if (text != NULL)
		parse(file, text, len);
	else
		(void)snprintf(file->broken, sizeof(file->broken),
			       "it is a folder, or larger than %d bytes, or cannot be read", FILE_MAX);
	(void)fclose(stream);
	free(text);
}

static void finish_file(struct check_file *file)
{
	json_decref(file->values);
	json_decref(file->places);
	file->values = file->places = NULL;
}

/* --- which files there are: home first, then the folder of the app */

static bool put_place(char out[PATH_MAX], bool home, const char *name)
{
	const char *folder = getenv("HOME");
	if (home && (folder == NULL || *folder == 0))
		return false;
	int len = home ? snprintf(out, PATH_MAX, "%s/.streamlit/%s", folder, name)
		       : snprintf(out, PATH_MAX, ".streamlit/%s", name);
	return len > 0 && len < PATH_MAX;
}

static void add_path(struct check_source *out, const char *path)
{
	if (out->n_files < CHECK_FILES_MAX && strlen(path) < PATH_MAX)
		(void)snprintf(out->file[out->n_files++].path, PATH_MAX, "%s", path);
}

static void add_usual_paths(struct check_source *out)
{
	char path[PATH_MAX];
	if (put_place(path, true, "secrets.toml"))
		add_path(out, path);
	if (put_place(path, false, "secrets.toml"))
		add_path(out, path);
}

/* --- Streamlit's own configuration: config.toml in the same places, and the environment over it */

struct streamlit {
	struct check_file config[2];
};

static json_t *streamlit_option(const struct streamlit *streamlit, const char *section, const char *name)
{
	json_t *found = NULL;
	for (size_t i = 0; i < 2; i++) {
		json_t *here = json_object_get(json_object_get(streamlit->config[i].values, section), name);
		found = here == NULL ? found : here;
	}
	return found;
}

static void read_streamlit(struct streamlit *streamlit)
{
	for (size_t i = 0; i < 2; i++)
		if (put_place(streamlit->config[i].path, i == 0, "config.toml"))
			read_file(&streamlit->config[i]);
}

static int64_t choose_port(const struct streamlit *streamlit, const struct check_options *options)
{
	const char *env = getenv("STREAMLIT_SERVER_PORT");
	const json_t *configured = streamlit_option(streamlit, "server", "port");
	int64_t port = 0;
	if (options->port > 0)
		return options->port;
	if (env != NULL && cli_read_number(&port, env, 65535) && port > 0)
		return port;
	port = json_integer_value(configured);
	return port > 0 && port <= 65535 ? port : DEFAULT_PORT;
}

static void put_base_path(struct check_source *out, const struct streamlit *streamlit)
{
	const char *text = getenv("STREAMLIT_SERVER_BASE_URL_PATH");
	if (text == NULL)
		text = json_string_value(streamlit_option(streamlit, "server", "baseUrlPath"));
	if (text == NULL)
		return;
	text += strspn(text, "/");
	(void)snprintf(out->base_path, sizeof(out->base_path), "%s", text);
	for (size_t len = strlen(out->base_path); len > 0 && out->base_path[len - 1] == '/'; len--)
		out->base_path[len - 1] = 0;
}

static void add_paths(struct check_source *out, const struct streamlit *streamlit,
		      const struct check_options *options)
{
	const json_t *listed = streamlit_option(streamlit, "secrets", "files");
	size_t i;
	json_t *path;
	if (options->file != NULL) {
		add_path(out, options->file);
	} else if (json_array_size(listed) > 0) {
		json_array_foreach(listed, i, path) if (json_is_string(path))
			add_path(out, json_string_value(path));
	} else {
		add_usual_paths(out);
	}
}

/* --- all of it */

/* No text of the parser: it repeats what it stumbled over. */
static void read_environment(struct check_environment *out, const char *name)
{
	json_error_t error;
	const char *text = getenv(name);
	out->is_set = text != NULL;
	if (text == NULL)
		return;
	out->values = json_loads(text, 0, &error);
	if (json_is_object(out->values))
		return;
	if (out->values == NULL)
		(void)snprintf(out->broken, sizeof(out->broken), "%s is no JSON (line %d, column %d)", name,
			       error.line, error.column);
	else
		(void)snprintf(out->broken, sizeof(out->broken), "%s is no JSON object", name);
	json_decref(out->values);
	out->values = NULL;
}

static bool read_secrets(struct check_source *out)
{
	out->merged = json_object();
	for (size_t i = 0; i < out->n_files; i++) {
		read_file(&out->file[i]);
		if (out->file[i].values != NULL && json_object_update(out->merged, out->file[i].values) != 0)
			return false;
	}
	return out->merged != NULL;
}

bool check_source_read(struct check_source *out, const struct check_options *options)
{
	struct streamlit *streamlit = calloc(1, sizeof(*streamlit));
	*out = (struct check_source){0};
	if (streamlit == NULL)
		return false;
	read_streamlit(streamlit);
	out->port = choose_port(streamlit, options);
	put_base_path(out, streamlit);
	add_paths(out, streamlit, options);
	finish_file(&streamlit->config[0]);
	finish_file(&streamlit->config[1]);
	free(streamlit);
	/* A file that is asked for is meant. */
	out->is_told = options->file != NULL;
	if (!out->is_told) {
		read_environment(&out->gate, CHECK_ENVIRONMENT);
		read_environment(&out->auth, CHECK_AUTH_ENVIRONMENT);
	}
	return read_secrets(out);
}

void check_source_finish(struct check_source *source)
{
	for (size_t i = 0; i < source->n_files; i++)
		finish_file(&source->file[i]);
	json_decref(source->gate.values);
	json_decref(source->auth.values);
	json_decref(source->merged);
	source->gate.values = source->auth.values = source->merged = NULL;
}

/* --- blocks */

static bool has_auth(const struct check_source *source)
{
	return source->auth.is_set || (!source->is_told && check_has_variables()) ||
	       json_is_object(json_object_get(source->merged, CHECK_AUTH_BLOCK));
}

static bool has_gate(const struct check_source *source)
{
	return source->gate.is_set || json_is_object(json_object_get(source->merged, CHECK_DEFAULT_BLOCK));
}

/* Without a name: the blocks that an app has by default. */
static void put_default_names(json_t *names, const struct check_source *source)
{
	json_t *block;
	const char *name;
	if (has_auth(source))
		(void)json_array_append_new(names, json_string(CHECK_AUTH_BLOCK));
	if (has_gate(source))
		(void)json_array_append_new(names, json_string(CHECK_DEFAULT_BLOCK));
	if (json_array_size(names) > 0)
		return;
	json_object_foreach(source->merged, name, block) if (json_object_get(block, "client_id") != NULL)(
		void) json_array_append_new(names, json_string(name));
}

json_t *check_source_blocks(const struct check_source *source, const char *asked)
{
	json_t *names = json_array();
	if (asked == NULL)
		put_default_names(names, source);
	if (json_array_size(names) == 0)
		(void)json_array_append_new(names, json_string(asked == NULL ? CHECK_DEFAULT_BLOCK : asked));
	return names;
}

/* --- what the engine is asked */

/* `settings` of a block; `inside` are the places of its members, NULL: not known. */
static json_t *settings_of(const json_t *block, const json_t *inside)
{
	json_t *settings = json_array(), *value;
	const char *name;
	json_object_foreach((json_t *)(uintptr_t)block, name, value)
	{
		const json_t *line = json_array_get(json_object_get(inside, name), 0);
		(void)json_array_append_new(
			settings, json_pack("{s:[s], s:O, s:o}", "path", name, "value", value, "line",
					    json_is_integer(line) ? json_integer(json_integer_value(line))
								  : json_null()));
	}
	return settings;
}

/* The settings inside a block, each with its own line; those of [auth] and its providers. */
static void put_inside(json_t *settings, json_t *path, const json_t *block, const json_t *inside,
		       json_t *line)
{
	json_t *value;
	const char *name;
	json_object_foreach((json_t *)(uintptr_t)block, name, value)
	{
		const json_t *place = json_object_get(inside, name);
		json_t *here = json_is_integer(json_array_get(place, 0)) ? json_array_get(place, 0) : line;
		json_t *longer = json_copy(path);
		(void)json_array_append_new(longer, json_string(name));
		if (json_object_size(value) > 0)
			put_inside(settings, longer, value, json_array_get(place, 2), here);
		else
			(void)json_array_append_new(settings, json_pack("{s:O, s:O, s:O?}", "path", longer,
									"value", value, "line", here));
		json_decref(longer);
	}
}

static json_t *settings_inside(const json_t *block, const json_t *inside)
{
	json_t *settings = json_array(), *path = json_array();
	put_inside(settings, path, block, inside, NULL);
	json_decref(path);
	return settings;
}

struct found {
	const char *kind, *file, *state, *detail;
	int64_t line;
	json_t *settings; /* owned; NULL: none */
};

static json_t *names_of_blocks(const struct check_source *source)
{
	json_t *names = json_array(), *block;
	const char *name;
	json_object_foreach(source->merged, name, block) if (json_is_object(block))(void)
		json_array_append_new(names, json_string(name));
	return names;
}

static json_t *searched(const struct check_source *source)
{
	json_t *paths = json_array();
	for (size_t i = 0; i < source->n_files; i++)
		(void)json_array_append_new(paths, json_string(source->file[i].path));
	return paths;
}

static bool is_auth(const char *block)
{
	return strcmp(block, CHECK_AUTH_BLOCK) == 0;
}

static void find_in_environment(struct found *out, const struct check_environment *environment,
				const char *block)
{
	out->kind = "environment";
	out->file = is_auth(block) ? CHECK_AUTH_ENVIRONMENT : CHECK_ENVIRONMENT;
	if (environment->values != NULL) {
		out->settings = is_auth(block) ? settings_inside(environment->values, NULL)
					       : settings_of(environment->values, NULL);
		return;
	}
	out->state = "broken_file";
	out->detail = environment->broken;
}

static void find_unreadable(struct found *out, const struct check_source *source)
{
	out->state = "missing_file";
	for (size_t i = 0; i < source->n_files; i++) {
		const struct check_file *file = &source->file[i];
		if (file->present) {
			out->state = "missing_block";
			out->file = out->file == NULL ? file->path : out->file;
		}
		if (file->broken[0] != 0) {
			*out = (struct found){"file",       file->path, "broken_file",
					      file->broken, file->line, NULL};
			return;
		}
	}
}

static void find_block(struct found *out, const struct check_source *source, const char *block)
{
	find_unreadable(out, source);
	if (strcmp(out->state, "missing_block") != 0)
		return;
	for (size_t i = source->n_files; i-- > 0;) {
		const json_t *value = json_object_get(source->file[i].values, block);
		if (value == NULL)
			continue;
		if (!json_is_object(value))
			return; /* it hides a block of that name in an earlier file */
		const json_t *place = json_object_get(source->file[i].places, block);
		*out = (struct found){"file",
				      source->file[i].path,
				      "ok",
				      "",
				      json_integer_value(json_array_get(place, 0)),
				      is_auth(block) ? settings_inside(value, json_array_get(place, 2))
						     : settings_of(value, json_array_get(place, 2))};
		return;
	}
}

/* Variables for single keys win over the block, and do without one. */
static void add_variables(struct found *found)
{
	bool absent = strcmp(found->state, "missing_file") == 0 || strcmp(found->state, "missing_block") == 0;
	found->settings = check_with_variables(found->settings == NULL ? json_array() : found->settings);
	if (absent && json_array_size(found->settings) > 0) {
		found->kind = "environment";
		found->file = CHECK_AUTH_ENVIRONMENT "_*";
		found->state = "ok";
	}
}

json_t *check_source_request(const struct check_source *source, const char *block)
{
	const struct check_environment *environment = is_auth(block) ? &source->auth : &source->gate;
	struct found found = {"file", NULL, "ok", "", 0, NULL};
	if (environment->is_set)
		find_in_environment(&found, environment, block);
	else
		find_block(&found, source, block);
	if (is_auth(block) && !source->is_told)
		add_variables(&found);
	json_t *from =
		json_pack("{s:s, s:s?, s:s, s:o, s:o, s:s, s:I}", "kind", found.kind, "file", found.file,
			  "state", found.state, "searched", searched(source), "blocks",
			  names_of_blocks(source), "detail", found.detail, "line", (json_int_t)found.line);
	return json_pack("{s:s, s:o, s:o, s:{s:I, s:s}}", "block", block, "source", from, "settings",
			 found.settings == NULL ? json_array() : found.settings, "facts", "port",
			 (json_int_t)source->port, "base_path", source->base_path);
}
