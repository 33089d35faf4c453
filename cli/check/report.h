/* How findings are shown: to a person or to a program. */
#ifndef CHECK_REPORT_H
#define CHECK_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

/* One block: {"block": name, "file": text or null, "ok": bool, "findings": [{"severity", "code", "file",
 * "block", "key", "line", "message", "mend"}, ...]}. */

/* Joins the findings of opening a gate and of checking it; both are arrays, `checked` may be NULL. `request`
 * is what the gate was opened with. A new object; NULL without memory. */
json_t *check_report_block(const json_t *request, const json_t *opened, const json_t *checked);

/* What a provider of [auth] was opened with: the request of [auth], narrowed to the block inside it. A new
 * object; NULL where there is no such block. */
json_t *check_report_inside(const json_t *request, const char *name);

/* Prints a block for a person; with `colour` by escape sequences. */
void check_report_print(FILE *to, const json_t *block, bool colour);

/* Prints the last line: how many errors and warnings there are. `blocks` is an array. */
void check_report_sum(FILE *to, const json_t *blocks, bool colour);

/* Whether no block has an error. */
bool check_report_is_ok(const json_t *blocks);

/* Whether a stream is one to colour: a terminal, and the environment has nothing against it. */
bool check_report_may_colour(FILE *to);

#endif
