/* JSON by jansson, narrowed: no duplicate member, no NUL, bounded length and depth (RFC 8259 leaves
 * these open, and two parsers that differ about them are an attack). */
#ifndef STO_BASE_JSON_H
#define STO_BASE_JSON_H

#include <jansson.h>

#include "stoauth/buf.h"
#include "stoauth/error.h"

/* Parses one JSON text of at most STO_LIMIT_JSON bytes and STO_LIMIT_JSON_DEPTH levels. *out is owned by the
 * caller (json_decref) and NULL on failure: STO_BAD_JSON, STO_TOO_LARGE. The detail names the place, never
 * the content. */
STO_CHECKED int sto_json_parse(json_t **out, struct sto_span text, struct sto_error *err);

/* The same, and it must be an object. */
STO_CHECKED int sto_json_parse_object(json_t **out, struct sto_span text, struct sto_error *err);

/* The same for what a host hands over: strings may hold NUL, because a visitor can put one into an address;
 * whoever reads such a string looks at its length. */
STO_CHECKED int sto_json_parse_request(json_t **out, struct sto_span text, struct sto_error *err);

/* Appends the compact form, members sorted by name. STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_json_dump(struct sto_buf *out, const json_t *json);

/* A string member as a span that lives as long as `object`; false, and the empty span, where there is none or
 * it is no string. */
bool sto_json_get_str(struct sto_span *out, const json_t *object, const char *name);

/* A JSON string from a span; NULL where it is not UTF-8 or there is no memory. */
json_t *sto_json_str(struct sto_span text);

#endif
