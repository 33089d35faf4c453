#include "check/report.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

static bool is_severity(const json_t *finding, const char *severity)
{
	return strcmp(text_of(finding, "severity"), severity) == 0;
}

static size_t count(const json_t *findings, const char *severity)
{
	size_t n = 0, i;
	json_t *finding;
	json_array_foreach(findings, i, finding) n += is_severity(finding, severity) ? 1 : 0;
	return n;
}

/* --- one block */

static json_t *copy_or_null(json_t *value)
{
	return value == NULL ? json_null() : json_incref(value);
}

/* The line of the setting with that key; JSON null where it is not there. */
static json_t *line_of(const json_t *request, const char *key)
{
	size_t i;
	json_t *setting;
	json_array_foreach(json_object_get(request, "settings"), i, setting)
	{
		const char *name = json_string_value(json_array_get(json_object_get(setting, "path"), 0));
		if (name != NULL && strcmp(name, key) == 0)
			return copy_or_null(json_object_get(setting, "line"));
	}
	return json_null();
}

/* A finding of the check says nothing of places; the file and the line are known here. */
static json_t *placed(const json_t *finding, const json_t *request)
{
	json_t *out = json_copy((json_t *)(uintptr_t)finding);
	json_t *file = json_object_get(json_object_get(request, "source"), "file");
	if (out == NULL || json_object_set_new(out, "file", copy_or_null(file)) != 0 ||
	    json_object_set_new(out, "block", copy_or_null(json_object_get(request, "block"))) != 0 ||
	    json_object_set_new(out, "line", line_of(request, text_of(finding, "key"))) != 0) {
		json_decref(out);
		return NULL;
	}
	return out;
}

static json_t *settings_are_fine(const json_t *request)
{
	size_t n = json_array_size(json_object_get(request, "settings"));
	return json_pack("{s:s, s:s, s:n, s:o, s:s}", "severity", "ok", "code", "settings", "key", "message",
			 json_sprintf("%zu key%s %s read, and every one is fine", n, n == 1 ? "" : "s",
				      n == 1 ? "was" : "were"),
			 "mend", "");
}

json_t *check_report_block(const json_t *request, const json_t *opened, const json_t *checked)
{
	json_t *findings = json_array(), *finding;
	json_t *source = json_object_get(request, "source");
	size_t i;
	if (count(opened, "error") + count(opened, "warning") == 0) {
		json_t *fine = settings_are_fine(request);
		(void)json_array_append_new(findings, placed(fine, request));
		json_decref(fine);
	}
	(void)json_array_extend(findings, (json_t *)(uintptr_t)opened);
	json_array_foreach(checked, i, finding)(void)
		json_array_append_new(findings, placed(finding, request));
	return json_pack("{s:O, s:o, s:b, s:o}", "block", json_object_get(request, "block"), "file",
			 copy_or_null(json_object_get(source, "file")), "ok",
			 count(findings, "error") == 0 ? 1 : 0, "findings", findings);
}

/* The settings whose path begins with the name, without it. */
static json_t *settings_inside(const json_t *request, const char *name)
{
	json_t *settings = json_array(), *setting;
	size_t i;
	json_array_foreach(json_object_get(request, "settings"), i, setting)
	{
		json_t *path = json_object_get(setting, "path");
		if (json_array_size(path) < 2 ||
		    strcmp(json_string_value(json_array_get(path, 0)), name) != 0)
			continue;
		json_t *inner = json_copy(setting), *shorter = json_copy(path);
		(void)json_array_remove(shorter, 0);
		(void)json_object_set_new(inner, "path", shorter);
		(void)json_array_append_new(settings, inner);
	}
	return settings;
}

json_t *check_report_inside(const json_t *request, const char *name)
{
	json_t *settings = settings_inside(request, name);
	if (json_array_size(settings) == 0) {
		json_decref(settings);
		return NULL;
	}
	json_t *out = json_copy((json_t *)(uintptr_t)request);
	(void)json_object_set_new(out, "block", json_sprintf("%s.%s", text_of(request, "block"), name));
	(void)json_object_set_new(out, "settings", settings);
	return out;
}

bool check_report_is_ok(const json_t *blocks)
{
	size_t i;
	json_t *block;
	json_array_foreach(blocks, i, block) if (!json_is_true(json_object_get(block, "ok"))) return false;
	return true;
}

/* --- for a person */

bool check_report_may_colour(FILE *to)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	return (no == NULL || *no == 0) && term != NULL && strcmp(term, "dumb") != 0 &&
	       isatty(fileno(to)) == 1;
}

/* Names of files and keys come from anywhere; what could move the cursor becomes '?'. */
static void print_plain(FILE *to, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		bool c1 = c == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] < 0xa0;
		(void)fputc(c < 0x20 || c == 0x7f || c1 ? '?' : c, to);
		i += c1 ? 1 : 0;
	}
}

static void print_severity(FILE *to, const char *severity, bool colour)
{
	const char *code = strcmp(severity, "error") == 0     ? "31"
			   : strcmp(severity, "warning") == 0 ? "33"
							      : "32";
	if (colour)
		(void)fprintf(to, "  \033[%sm%-7s\033[0m  ", code, severity);
	else
		(void)fprintf(to, "  %-7s  ", severity);
}

/* The message without the mend that some end with, which gets a line of its own. A mend without a full stop
 * has got one there. */
static size_t length_without_mend(const char *message, const char *mend)
{
	size_t all = strlen(message), tail = strlen(mend);
	size_t len = all > 0 && tail > 0 && message[all - 1] == '.' && mend[tail - 1] != '.' ? all - 1 : all;
	if (tail == 0 || len < tail + 2 || strncmp(message + len - tail, mend, tail) != 0)
		return all;
	return strncmp(message + len - tail - 2, ". ", 2) == 0 ? len - tail - 2 : all;
}

static void print_finding(FILE *to, const json_t *finding, bool colour)
{
	const char *message = text_of(finding, "message"), *mend = text_of(finding, "mend");
	const char *file = text_of(finding, "file");
	json_int_t line = json_integer_value(json_object_get(finding, "line"));
	size_t len = length_without_mend(message, mend);
	print_severity(to, text_of(finding, "severity"), colour);
	/* Those of the configuration begin with their place. */
	if (len == strlen(message) && line > 0 && !is_severity(finding, "ok")) {
		print_plain(to, file, strlen(file));
		(void)fprintf(to, ", line %lld: ", (long long)line);
	}
	print_plain(to, message, len);
	(void)fputc('\n', to);
	if (*mend != 0) {
		(void)fputs("           ", to);
		print_plain(to, mend, strlen(mend));
		(void)fputc('\n', to);
	}
}

void check_report_print(FILE *to, const json_t *block, bool colour)
{
	const char *name = text_of(block, "block"), *file = text_of(block, "file");
	size_t i;
	json_t *finding;
	(void)fputs(colour ? "\033[1m[" : "[", to);
	print_plain(to, name, strlen(name));
	(void)fputs(colour ? "]\033[0m" : "]", to);
	if (*file != 0) {
		(void)fputs(" of ", to);
		print_plain(to, file, strlen(file));
	}
	(void)fputs("\n\n", to);
	json_array_foreach(json_object_get(block, "findings"), i, finding) print_finding(to, finding, colour);
	(void)fputc('\n', to);
}

static void print_count(FILE *to, size_t n, const char *what)
{
	(void)fprintf(to, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

void check_report_sum(FILE *to, const json_t *blocks, bool colour)
{
	size_t errors = 0, warnings = 0, i;
	json_t *block;
	json_array_foreach(blocks, i, block)
	{
		errors += count(json_object_get(block, "findings"), "error");
		warnings += count(json_object_get(block, "findings"), "warning");
	}
	(void)fputs(!colour ? "" : errors > 0 ? "\033[31m" : warnings > 0 ? "\033[33m" : "\033[32m", to);
	print_count(to, errors, "error");
	(void)fputs(", ", to);
	print_count(to, warnings, "warning");
	(void)fputs(colour ? "\033[0m\n" : "\n", to);
}
