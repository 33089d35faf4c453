/* TOML for C: toml++ behind two functions' worth of C. */
#ifndef CLI_TOML_SHIM_H
#define CLI_TOML_SHIM_H

#include <stddef.h>

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cli_toml_error {
	char message[200];     /* one line */
	unsigned line, column; /* from 1 */
};

/* Reads a TOML document. *values is its JSON (dates and times as strings). *places has the same shape and
 * says where each thing stands: for a table an object, for an array an array, of [line, column, places of
 * what is inside or null]; a table's member is where its key is. Both are the caller's (json_decref) and NULL
 * on failure. 0, or -1 with *error filled. */
int cli_toml_read(json_t **values, json_t **places, struct cli_toml_error *error, const char *text,
		  size_t len);

#ifdef __cplusplus
}
#endif
#endif
