/* st-oauth-check: reads a configuration as the app would, asks its provider, and says what does not fit. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/report.h"
#include "check/source.h"
#include "stoauth/stoauth.h"

#define FINDINGS_MAX 1048576

enum exit_code { EXIT_FINE = 0, EXIT_WRONG = 1, EXIT_USAGE = 2 };

static int complain(int code, const char *what)
{
	(void)fprintf(stderr, "st-oauth check: %s\n", what);
	return code;
}

static json_t *load(struct sto_span text)
{
	return json_loadb((const char *)text.ptr, text.len, 0, NULL);
}

/* Runs a look at a provider, which ends. Its findings are a new array; NULL without memory. */
static json_t *findings_of(sto_op *op)
{
	while (sto_op_step(op) == STO_STEP_WORKER)
		continue;
	json_t *result = load(sto_op_result(op));
	json_t *findings = json_incref(json_object_get(result, "findings"));
	if (findings == NULL && result != NULL)
		findings = json_pack("[{s:s, s:O, s:n, s:O, s:O}]", "severity", "error", "code",
				     json_object_get(result, "reason"), "key", "message",
				     json_object_get(result, "sentence"), "mend",
				     json_object_get(result, "hint"));
	json_decref(result);
	sto_op_free(op);
	return findings;
}

static json_t *check_gate(sto_gate *gate)
{
	sto_op *op = NULL;
	return sto_gate_check(&op, gate, NULL) == STO_OK ? findings_of(op) : NULL;
}

static int open_gate(sto_gate **gate, json_t **findings, const json_t *request, struct sto_error *err)
{
	struct sto_buf text;
	char *asked = json_dumps(request, JSON_COMPACT);
	sto_buf_init(&text, FINDINGS_MAX);
	int rc = asked == NULL ? STO_NO_MEMORY : sto_gate_open(gate, &text, sto_span_str(asked), NULL, err);
	if (rc == STO_OK || rc == STO_CONFIG_WRONG) {
		*findings = load(sto_buf_span(&text));
		rc = *findings == NULL ? STO_NO_MEMORY : STO_OK;
	}
	free(asked);
	sto_buf_finish(&text);
	return rc;
}

/* --- [auth] */

static int open_realm(sto_realm **realm, json_t **findings, const json_t *request, struct sto_error *err)
{
	struct sto_buf text;
	char *asked = json_dumps(request, JSON_COMPACT);
	sto_buf_init(&text, FINDINGS_MAX);
	int rc = asked == NULL ? STO_NO_MEMORY : sto_realm_open(realm, &text, sto_span_str(asked), NULL, err);
	bool is_wrong = rc == STO_CONFIG_WRONG;
	if (rc == STO_OK || is_wrong) {
		*findings = load(sto_buf_span(&text));
		rc = *findings == NULL ? STO_NO_MEMORY : STO_OK;
	}
	if (is_wrong) { /* a closed one, which has no provider to ask */
		sto_realm_free(*realm);
		*realm = NULL;
	}
	free(asked);
	sto_buf_finish(&text);
	return rc;
}

/* The providers of a realm, by their names; a new array, NULL without memory. */
static json_t *providers_of(const sto_realm *realm)
{
	struct sto_buf text;
	json_t *facts = NULL;
	sto_buf_init(&text, FINDINGS_MAX);
	if (sto_realm_facts(&text, realm) == STO_OK)
		facts = load(sto_buf_span(&text));
	json_t *providers = json_incref(json_object_get(facts, "providers"));
	json_decref(facts);
	sto_buf_finish(&text);
	return providers;
}

static json_t *check_provider(sto_realm *realm, size_t index)
{
	sto_op *op = NULL;
	return sto_realm_check(&op, realm, index, NULL) == STO_OK ? findings_of(op) : NULL;
}

/* Each provider has a block of its own, but the one in [auth] itself, which is told there. */
static bool check_providers(json_t *reports, sto_realm *realm, const json_t *request, const json_t *opened)
{
	json_t *providers = providers_of(realm), *here = NULL, *provider;
	bool done = providers != NULL;
	size_t i;
	json_array_foreach(providers, i, provider)
	{
		const char *name = json_string_value(json_object_get(provider, "name"));
		json_t *own = check_report_inside(request, name), *checked = check_provider(realm, i);
		json_t *report = own == NULL ? NULL : check_report_block(own, NULL, checked);
		done = done && checked != NULL && (own == NULL || report != NULL);
		if (own == NULL)
			here = json_incref(checked);
		else if (report != NULL)
			(void)json_array_append_new(reports, report);
		json_decref(checked);
		json_decref(own);
	}
	json_t *report = done ? check_report_block(request, opened, here) : NULL;
	done = report != NULL && json_array_insert_new(reports, 0, report) == 0;
	json_decref(here);
	json_decref(providers);
	return done;
}

/* The reports of [auth] and its providers; false where they could not be made. */
static bool check_auth(json_t *blocks, const struct check_source *source, const struct check_options *options)
{
	json_t *request = check_source_request(source, CHECK_AUTH_BLOCK), *opened = NULL;
	json_t *reports = json_array();
	struct sto_error err = {0};
	sto_realm *realm = NULL;
	int rc = request == NULL ? STO_NO_MEMORY : open_realm(&realm, &opened, request, &err);
	bool done = rc == STO_OK;
	if (done && realm != NULL && !options->offline)
		done = check_providers(reports, realm, request, opened);
	else if (done)
		done = json_array_append_new(reports, check_report_block(request, opened, NULL)) == 0;
	if (done)
		done = json_array_extend(blocks, reports) == 0;
	if (!done)
		(void)complain(EXIT_WRONG, err.detail[0] != 0
						   ? err.detail
						   : sto_reason_of(rc != STO_OK ? rc : STO_NO_MEMORY)->hint);
	sto_realm_free(realm);
	json_decref(reports);
	json_decref(request);
	json_decref(opened);
	return done;
}

/* --- a gate */

/* The report of one block; NULL where it could not be made. */
static json_t *check_block(const struct check_source *source, const struct check_options *options,
			   const char *name)
{
	json_t *request = check_source_request(source, name), *opened = NULL, *checked = NULL, *report = NULL;
	struct sto_error err = {0};
	sto_gate *gate = NULL;
	int rc = request == NULL ? STO_NO_MEMORY : open_gate(&gate, &opened, request, &err);
	if (rc == STO_OK && gate != NULL && !options->offline) {
		checked = check_gate(gate);
		rc = checked == NULL ? STO_NO_MEMORY : STO_OK;
	}
	if (rc == STO_OK)
		report = check_report_block(request, opened, checked);
	if (report == NULL)
		(void)complain(EXIT_WRONG, err.detail[0] != 0 ? err.detail : sto_reason_of(rc)->hint);
	sto_gate_free(gate);
	json_decref(request);
	json_decref(opened);
	json_decref(checked);
	return report;
}

static bool check_gate_block(json_t *blocks, const struct check_source *source,
			     const struct check_options *options, const char *name)
{
	json_t *report = check_block(source, options, name);
	return report != NULL && json_array_append_new(blocks, report) == 0;
}

static void show(const json_t *blocks, const struct check_options *options)
{
	bool colour = check_report_may_colour(stdout);
	size_t i;
	json_t *block;
	if (options->print_json) {
		json_t *all =
			json_pack("{s:b, s:O}", "ok", check_report_is_ok(blocks) ? 1 : 0, "blocks", blocks);
		(void)json_dumpf(all, stdout, JSON_INDENT(2));
		(void)fputc('\n', stdout);
		json_decref(all);
		return;
	}
	json_array_foreach(blocks, i, block) check_report_print(stdout, block, colour);
	check_report_sum(stdout, blocks, colour);
}

static int check(const struct check_options *options)
{
	struct check_source *source = calloc(1, sizeof(*source));
	json_t *blocks = json_array(), *names = NULL, *name;
	int code = EXIT_WRONG;
	size_t i;
	if (source == NULL || !check_source_read(source, options)) {
		(void)complain(code, "no memory");
		goto out;
	}
	names = check_source_blocks(source, options->block);
	json_array_foreach(names, i, name)
	{
		bool is_auth = strcmp(json_string_value(name), CHECK_AUTH_BLOCK) == 0;
		if (!(is_auth ? check_auth(blocks, source, options)
			      : check_gate_block(blocks, source, options, json_string_value(name))))
			goto out;
	}
	show(blocks, options);
	code = check_report_is_ok(blocks) ? EXIT_FINE : EXIT_WRONG;
out:
	if (source != NULL)
		check_source_finish(source);
	free(source);
	json_decref(names);
	json_decref(blocks);
	return code;
}

int main(int argc, char **argv)
{
	struct check_options options;
	char why[400];
	if (!check_options_read(&options, argc, argv, why, sizeof(why))) {
		(void)complain(EXIT_USAGE, why);
		(void)fputs("`st-oauth check --help` tells how it is used.\n", stderr);
		return EXIT_USAGE;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	if (options.show_help) {
		(void)fputs(check_usage, stdout);
		return EXIT_FINE;
	}
	if (options.show_version) {
		(void)printf("st-oauth check %s\n", sto_version());
		return EXIT_FINE;
	}
	int code = check(&options);
	if (fflush(stdout) != 0)
		return complain(EXIT_WRONG, "the output cannot be written");
	return code;
}
