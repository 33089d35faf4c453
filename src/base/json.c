#include "base/json.h"

#include <stdlib.h>

#include "base/bounds.h"

/* jansson recurses while it parses, so the depth is judged before: brackets outside of strings. */
static bool too_deep(struct sto_span text)
{
	size_t depth = 0;
	bool in_string = false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > STO_LIMIT_JSON_DEPTH)
				return true;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

static int parse(json_t **out, struct sto_span text, size_t flags, struct sto_error *err)
{
	json_error_t why;
	*out = NULL;
	if (text.len > STO_LIMIT_JSON)
		return sto_fail(err, STO_TOO_LARGE, "JSON of %zu bytes", text.len);
	if (text.len == 0)
		return sto_fail(err, STO_BAD_JSON, "empty where JSON was expected");
	if (too_deep(text))
		return sto_fail(err, STO_BAD_JSON, "JSON deeper than %d levels", STO_LIMIT_JSON_DEPTH);
	*out = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES | flags, &why);
	if (*out == NULL)
		return sto_fail(err, STO_BAD_JSON, "not JSON, at line %d column %d", why.line, why.column);
	return STO_OK;
}

static int parse_object(json_t **out, struct sto_span text, size_t flags, struct sto_error *err)
{
	int rc = parse(out, text, flags, err);
	if (rc != STO_OK)
		return rc;
	if (json_is_object(*out))
		return STO_OK;
	json_decref(*out);
	*out = NULL;
	return sto_fail(err, STO_BAD_JSON, "JSON that is not an object");
}

int sto_json_parse(json_t **out, struct sto_span text, struct sto_error *err)
{
	return parse(out, text, 0, err);
}

int sto_json_parse_object(json_t **out, struct sto_span text, struct sto_error *err)
{
	return parse_object(out, text, 0, err);
}

int sto_json_parse_request(json_t **out, struct sto_span text, struct sto_error *err)
{
	return parse_object(out, text, JSON_ALLOW_NUL, err);
}

static int put_chunk(const char *chunk, size_t len, void *buf)
{
	return sto_buf_put(buf, sto_span_of(chunk, len)) == STO_OK ? 0 : -1;
}

int sto_json_dump(struct sto_buf *out, const json_t *json)
{
	size_t before = out->len;
	if (json_dump_callback(json, put_chunk, out, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) == 0)
		return STO_OK;
	out->len = before;
	return STO_TOO_LARGE;
}

bool sto_json_get_str(struct sto_span *out, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	*out = (struct sto_span){NULL, 0};
	if (!json_is_string(value))
		return false;
	*out = sto_span_of(json_string_value(value), json_string_length(value));
	return true;
}

json_t *sto_json_str(struct sto_span text)
{
	return text.len == 0 ? json_string("") : json_stringn((const char *)text.ptr, text.len);
}
