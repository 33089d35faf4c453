#include "gate/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "gate/suggest.h"

int sto_findings_init(struct sto_findings *findings, const struct sto_config_source *source)
{
	*findings = (struct sto_findings){json_array(), false, source};
	return findings->list == NULL ? STO_NO_MEMORY : STO_OK;
}

void sto_findings_finish(struct sto_findings *findings)
{
	json_decref(findings->list);
	findings->list = NULL;
}

static int put_line(struct sto_buf *out, int64_t line)
{
	return line > 0 ? sto_buf_printf(out, ", line %lld", (long long)line) : STO_OK;
}

/* The first setting of that key; NULL where the request has none. */
static const json_t *setting_of(const struct sto_config_source *s, const char *key)
{
	size_t i;
	json_t *setting;
	if (key == NULL)
		return NULL;
	json_array_foreach(s->settings, i, setting)
	{
		const char *name = json_string_value(json_array_get(json_object_get(setting, "path"), 0));
		if (name != NULL && strcmp(name, key) == 0)
			return setting;
	}
	return NULL;
}

/* Where a finding is. */
struct place {
	struct sto_span file;     /* or the variable */
	struct sto_span variable; /* that set the key in place of the file; empty: none */
	int64_t line;             /* 0: not known */
};

static struct place place_of(const struct sto_config_source *s, const char *key, int64_t line)
{
	const json_t *setting = setting_of(s, key);
	struct place place = {s->file, {NULL, 0}, line};
	if (sto_json_get_str(&place.variable, setting, "variable")) {
		place.file = place.variable;
		place.line = 0;
	} else if (line == 0) {
		place.line = json_integer_value(json_object_get(setting, "line"));
	}
	return place;
}

static int put_block(struct sto_buf *out, const struct sto_config_source *s)
{
	return s->block.len > 0
		       ? sto_buf_printf(out, ", [%.*s]", (int)s->block.len, (const char *)s->block.ptr)
		       : STO_OK;
}

static int put_variable(struct sto_buf *out, struct sto_span name)
{
	return sto_buf_printf(out, "the environment variable %.*s", (int)name.len, (const char *)name.ptr);
}

/* Blocks of an app are [auth] and those in it; a gate is given to st_oauth(). */
static bool is_of_app(const struct sto_config_source *s)
{
	return sto_span_equal(s->block, STO_SPAN("auth")) ||
	       sto_span_starts_with(s->block, STO_SPAN("auth."));
}

/* ".streamlit/secrets.toml, [oauth], line 3" or "the dict given to st_oauth()" */
static int put_place(struct sto_buf *out, const struct sto_config_source *s, const struct place *place)
{
	int rc;
	if (place->variable.len > 0)
		return put_variable(out, place->variable);
	if (sto_span_equal(s->kind, STO_SPAN("dict"))) {
		if (!is_of_app(s))
			return sto_buf_put_str(out, "the dict given to st_oauth()");
		rc = sto_buf_put_str(out, "the mapping given to st_oauth.app()");
		return rc != STO_OK ? rc : put_block(out, s);
	}
	if (sto_span_equal(s->kind, STO_SPAN("environment"))) {
		rc = put_variable(out, s->file);
		return rc != STO_OK || !is_of_app(s) ? rc : put_block(out, s);
	}
	rc = s->file.len > 0 ? sto_buf_put(out, s->file) : sto_buf_put_str(out, "secrets.toml");
	if (rc == STO_OK)
		rc = put_block(out, s);
	return rc != STO_OK ? rc : put_line(out, place->line);
}

static json_t *text_or_null(struct sto_span text)
{
	json_t *json = text.len == 0 ? NULL : sto_json_str(text);
	return json == NULL ? json_null() : json;
}

/* A mend is a sentence: it gets its full stop where it has none. */
static const char *full_stop(const char *mend)
{
	size_t len = strlen(mend);
	return len > 0 && strchr(".?!", mend[len - 1]) != NULL ? "" : ".";
}

static void add(struct sto_findings *f, const char *severity, const char *code, const char *key, int64_t line,
		const char *mend, const char *what)
{
	struct place place = place_of(f->source, key, line);
	struct sto_buf message;
	sto_buf_init(&message, 4096);
	if (json_array_size(f->list) >= STO_LIMIT_FINDINGS ||
	    put_place(&message, f->source, &place) != STO_OK ||
	    sto_buf_printf(&message, ": %s%s%s. %s%s", key == NULL ? "" : key, key == NULL ? "" : " ", what,
			   mend, full_stop(mend)) != STO_OK)
		goto out;
	json_t *finding =
		json_pack("{s:s, s:s, s:o, s:o, s:s?, s:o, s:o, s:s}", "severity", severity, "code", code,
			  "file", text_or_null(place.file), "block", text_or_null(f->source->block), "key",
			  key, "line", place.line > 0 ? json_integer(place.line) : json_null(), "message",
			  text_or_null(sto_buf_span(&message)), "mend", mend);
	(void)json_array_append_new(f->list, finding);
out:
	sto_buf_finish(&message);
}

void sto_finding_error(struct sto_findings *findings, const char *code, const char *key, int64_t line,
		       const char *mend, const char *what, ...)
{
	char text[1024];
	va_list args;
	va_start(args, what);
	(void)vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	findings->failed = true;
	add(findings, "error", code, key, line, mend, text);
}

void sto_finding_warning(struct sto_findings *findings, const char *code, const char *key, int64_t line,
			 const char *mend, const char *what, ...)
{
	char text[1024];
	va_list args;
	va_start(args, what);
	(void)vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	add(findings, "warning", code, key, line, mend, text);
}

/* "a, b and c" out of an array of strings, with `open` and `close` around each. */
static int put_names(struct sto_buf *out, const json_t *names, const char *open, const char *close)
{
	size_t i, n = json_array_size(names);
	json_t *name;
	int rc = STO_OK;
	json_array_foreach(names, i, name)
	{
		const char *before = i == 0 ? "" : i + 1 == n ? " and " : ", ";
		rc = sto_buf_printf(out, "%s%s%s%s", before, open,
				    json_is_string(name) ? json_string_value(name) : "", close);
		if (rc != STO_OK)
			break;
	}
	return rc;
}

static void add_missing_file(struct sto_findings *f, const char *code, const char *mend)
{
	struct sto_buf what;
	sto_buf_init(&what, 1000);
	int rc = sto_buf_put_str(&what, "no secrets file was found, looked for ");
	if (rc == STO_OK)
		rc = put_names(&what, f->source->searched, "", "");
	sto_finding_error(f, code, NULL, 0, mend, "%s",
			  rc == STO_OK ? sto_buf_cstr(&what) : "no secrets file was found");
	sto_buf_finish(&what);
}

static void add_missing_block(struct sto_findings *f)
{
	struct sto_buf what;
	struct sto_suggest near;
	char mend[200];
	size_t i;
	json_t *name;
	sto_buf_init(&what, 1000);
	sto_suggest_init(&near, f->source->block);
	json_array_foreach(f->source->blocks, i, name) if (json_is_string(name))
		sto_suggest_offer(&near, json_string_value(name));
	int rc = sto_buf_put_str(&what, "there is no such block");
	if (rc == STO_OK && json_array_size(f->source->blocks) > 0)
		rc = sto_buf_put_str(&what, "; the blocks that exist are ");
	if (rc == STO_OK)
		rc = put_names(&what, f->source->blocks, "[", "]");
	if (near.word != NULL)
		(void)snprintf(mend, sizeof(mend), "Did you mean st_oauth(\"%s\")?", near.word);
	else
		(void)snprintf(mend, sizeof(mend), "Add the block, with issuer and client_id in it");
	sto_finding_error(f, "missing_block", NULL, 0, mend, "%s",
			  rc == STO_OK ? sto_buf_cstr(&what) : "there is no such block");
	sto_buf_finish(&what);
}

void sto_findings_add_nothing(struct sto_findings *f)
{
	static const char mend[] =
		"Add [auth] with provider, client_id and client_secret in it, or try the app "
		"with `st-oauth dev app.py`";
	if (sto_span_equal(f->source->state, STO_SPAN("missing_file")))
		add_missing_file(f, "nothing_configured", mend);
	else
		sto_finding_error(f, "nothing_configured", NULL, 0, mend, "no sign-in is configured");
}

void sto_findings_add_source(struct sto_findings *f)
{
	const struct sto_config_source *s = f->source;
	if (sto_span_equal(s->state, STO_SPAN("missing_file")))
		add_missing_file(f, "missing_file",
				 "Make one with a block that says issuer and client_id, or try the app with "
				 "`st-oauth dev app.py`");
	else if (sto_span_equal(s->state, STO_SPAN("missing_block")))
		add_missing_block(f);
	else if (sto_span_equal(s->state, STO_SPAN("broken_file")))
		sto_finding_error(
			f, "broken_file", NULL, s->line, "Mend the file; the app reads it again by itself",
			"the file cannot be read: %.*s", (int)(s->detail.len < 300 ? s->detail.len : 300),
			(const char *)s->detail.ptr);
	else if (!sto_span_equal(s->state, STO_SPAN("ok")))
		sto_finding_error(f, "source", NULL, 0, "This is a bug of the host",
				  "unknown state of the source");
}
