#include "gate/config.h"

#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "gate/config_table.h"
#include "http/url.h"

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "a table";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	default:
		return "nothing";
	}
}

static json_t *wrong_type(const struct sto_value_check *c, const json_t *value, const char *wanted)
{
	sto_finding_error(c->findings, "wrong_type", c->key->name, c->line, c->key->help,
			  "must be %s and is %s", wanted, type_name(value));
	return NULL;
}

/* No control characters: a value must not be able to split a header or a log line. */
static bool is_printable(struct sto_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
			return false;
	return true;
}

static bool get_text(struct sto_span *text, const struct sto_value_check *c, const json_t *value)
{
	if (!json_is_string(value)) {
		(void)wrong_type(c, value, "a string");
		return false;
	}
	*text = sto_span_of(json_string_value(value), json_string_length(value));
	if (text->len == 0) {
		sto_finding_error(c->findings, "empty", c->key->name, c->line,
				  "Give it a value, or leave the key out", "is empty");
		return false;
	}
	if (text->len > STO_LIMIT_SECRET || !is_printable(*text)) {
		sto_finding_error(c->findings, "bad_text", c->key->name, c->line,
				  "Look for a line break or a pasted blank",
				  "holds control characters or is over %d bytes", STO_LIMIT_SECRET);
		return false;
	}
	return true;
}

static json_t *check_text(const struct sto_value_check *c, const json_t *value)
{
	struct sto_span text;
	if (!get_text(&text, c, value))
		return NULL;
	if (text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ') {
		sto_finding_error(c->findings, "blanks", c->key->name, c->line, "Take them off",
				  "begins or ends with a blank");
		return NULL;
	}
	return sto_json_str(text);
}

static int put_with_port(struct sto_buf *out, struct sto_span text, int64_t port)
{
	static const char mark[] = "{port}";
	size_t len = sizeof(mark) - 1;
	int rc = STO_OK;
	for (size_t i = 0; rc == STO_OK && i < text.len;) {
		if (text.len - i >= len && memcmp(text.ptr + i, mark, len) == 0) {
			rc = sto_buf_put_u64(out, (uint64_t)port);
			i += len;
		} else {
			rc = sto_buf_put_byte(out, text.ptr[i++]);
		}
	}
	return rc;
}

static json_t *check_url(const struct sto_value_check *c, const json_t *value)
{
	struct sto_span text;
	struct sto_buf url;
	struct sto_url parts;
	struct sto_error why = {0};
	json_t *out = NULL;
	if (!get_text(&text, c, value))
		return NULL;
	sto_buf_init(&url, STO_LIMIT_URL);
	if (put_with_port(&url, text, c->port) != STO_OK ||
	    sto_url_parse(&parts, sto_buf_span(&url), &why) != STO_OK)
		sto_finding_error(c->findings, "bad_url", c->key->name, c->line,
				  "Write it as https://host/path, without user info and fragment",
				  "is not a URL (%s)", why.detail);
	else if (!parts.https && !sto_url_is_loopback(&parts))
		sto_finding_error(c->findings, "not_https", c->key->name, c->line,
				  "Use https; http is for localhost and 127.0.0.1 only",
				  "is http on another machine");
	else
		out = sto_json_str(sto_buf_span(&url));
	sto_buf_finish(&url);
	return out;
}

static bool is_chosen(const struct sto_value_check *c, struct sto_span text)
{
	struct sto_buf choices;
	if (c->key->choices == NULL)
		return true;
	for (const char *const *choice = c->key->choices; *choice != NULL; choice++)
		if (sto_span_equal(text, sto_span_str(*choice)))
			return true;
	sto_buf_init(&choices, 200);
	for (const char *const *choice = c->key->choices; *choice != NULL; choice++)
		if (sto_buf_printf(&choices, "%s\"%s\"", choices.len == 0 ? "" : ", ", *choice) != STO_OK)
			break;
	const char *list = sto_buf_cstr(&choices);
	sto_finding_error(c->findings, "bad_choice", c->key->name, c->line, c->key->help, "must be one of %s",
			  list == NULL ? "its choices" : list);
	sto_buf_finish(&choices);
	return false;
}

static json_t *check_choice(const struct sto_value_check *c, const json_t *value)
{
	struct sto_span text;
	return get_text(&text, c, value) && is_chosen(c, text) ? sto_json_str(text) : NULL;
}

static json_t *check_list(const struct sto_value_check *c, const json_t *value)
{
	json_t *list = json_array(), *entry;
	size_t i;
	struct sto_span text;
	if (json_is_string(value)) {
		if (get_text(&text, c, value) && is_chosen(c, text) &&
		    json_array_append_new(list, sto_json_str(text)) == 0)
			return list;
	} else if (!json_is_array(value)) {
		(void)wrong_type(c, value, "a list of strings");
	} else if (json_array_size(value) == 0) {
		sto_finding_error(c->findings, "empty", c->key->name, c->line,
				  "Give it a value, or leave the key out", "is empty");
	} else {
		json_array_foreach(value, i, entry) if (!get_text(&text, c, entry) || !is_chosen(c, text) ||
							json_array_append(list, entry) != 0) goto failed;
		return list;
	}
failed:
	json_decref(list);
	return NULL;
}

/* "openid email" and ["openid", "email"] both become "openid email" (RFC 6749 3.3). */
static json_t *check_words(const struct sto_value_check *c, const json_t *value)
{
	struct sto_buf words;
	json_t *list = check_list(c, value), *entry, *out = NULL;
	size_t i;
	if (list == NULL)
		return NULL;
	sto_buf_init(&words, STO_LIMIT_SECRET);
	json_array_foreach(list, i, entry)
	{
		struct sto_span rest = sto_span_of(json_string_value(entry), json_string_length(entry)), word;
		while (sto_span_split(&word, &rest, ' ')) {
			if (word.len == 0)
				continue;
			if ((words.len > 0 && sto_buf_put_byte(&words, ' ') != STO_OK) ||
			    sto_buf_put(&words, word) != STO_OK)
				goto out;
		}
	}
	out = sto_json_str(sto_buf_span(&words));
out:
	sto_buf_finish(&words);
	json_decref(list);
	return out;
}

static int64_t unit_of(uint8_t letter)
{
	switch (letter) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	default:
		return 0;
	}
}

/* Digits and one unit, nothing else: no sign, no blank, no fraction; -1 where it is not that (CF-01, JD-12).
 */
static int64_t seconds_of(struct sto_span text)
{
	int64_t unit = text.len == 0 ? 0 : unit_of(text.ptr[text.len - 1]);
	size_t digits = unit == 0 ? text.len : text.len - 1;
	int64_t value = 0;
	if (digits == 0 || digits > 9)
		return -1;
	for (size_t i = 0; i < digits; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return -1;
		value = value * 10 + (text.ptr[i] - '0');
	}
	return value * (unit == 0 ? 1 : unit);
}

static json_t *check_seconds(const struct sto_value_check *c, const json_t *value)
{
	int64_t seconds = -1;
	if (json_is_integer(value))
		seconds = json_integer_value(value);
	else if (json_is_string(value))
		seconds = seconds_of(sto_span_of(json_string_value(value), json_string_length(value)));
	else
		return wrong_type(c, value, "a number of seconds");
	if (seconds >= c->key->min && seconds <= c->key->max)
		return json_integer(seconds);
	sto_finding_error(c->findings, "out_of_range", c->key->name, c->line,
			  "Write seconds as a number, or as \"30s\", \"5m\", \"12h\", \"7d\"",
			  "must be within %lld and %lld seconds", (long long)c->key->min,
			  (long long)c->key->max);
	return NULL;
}

json_t *sto_config_param_text(const json_t *value)
{
	if (json_is_string(value))
		return sto_json_str(sto_span_of(json_string_value(value), json_string_length(value)));
	if (json_is_integer(value))
		return json_sprintf("%lld", (long long)json_integer_value(value));
	return json_is_boolean(value) ? json_string(json_is_true(value) ? "true" : "false") : NULL;
}

static json_t *check_params(const struct sto_value_check *c, const json_t *value)
{
	json_t *params = json_object();
	if (!json_is_object(value)) {
		json_decref(params);
		return wrong_type(c, value, "a table");
	}
	for (void *it = json_object_iter((json_t *)(uintptr_t)value); it != NULL;
	     it = json_object_iter_next((json_t *)(uintptr_t)value, it)) {
		const char *name = json_object_iter_key(it);
		json_t *text = sto_config_param_text(json_object_iter_value(it));
		if (sto_oidc_is_reserved_param(sto_span_str(name)))
			sto_finding_error(c->findings, "reserved_param", c->key->name, c->line,
					  "Use the key of that name, or leave it out",
					  "holds %s, which is the protocol's own", name);
		else if (text == NULL || name[0] == '\0')
			sto_finding_error(c->findings, "bad_param", c->key->name, c->line,
					  "Values are strings, numbers or booleans",
					  "holds %s with another kind of value", name);
		else if (json_object_set(params, name, text) == 0) {
			json_decref(text);
			continue;
		}
		json_decref(text);
		json_decref(params);
		return NULL;
	}
	return params;
}

static json_t *check_path(const struct sto_value_check *c, const json_t *value)
{
	struct sto_span text;
	if (!get_text(&text, c, value))
		return NULL;
	if (text.ptr[0] == '/')
		return sto_json_str(text);
	sto_finding_error(c->findings, "bad_path", c->key->name, c->line, "Write the whole path, from / on",
			  "is not an absolute path");
	return NULL;
}

static json_t *check_table(const struct sto_value_check *c, const json_t *value)
{
	if (!json_is_object(value))
		return wrong_type(c, value, "a table");
	if (json_object_size(value) > 0)
		return json_deep_copy(value);
	sto_finding_error(c->findings, "empty", c->key->name, c->line,
			  "Give it a value, or leave the key out", "is empty");
	return NULL;
}

static json_t *check_bool(const struct sto_value_check *c, const json_t *value)
{
	if (!json_is_boolean(value))
		return wrong_type(c, value, "true or false");
	return json_boolean(json_is_true(value));
}

json_t *sto_config_value(const struct sto_value_check *c, const json_t *value)
{
	switch (c->key->type) {
	case STO_CONFIG_TEXT:
		return check_text(c, value);
	case STO_CONFIG_URL:
		return check_url(c, value);
	case STO_CONFIG_WORDS:
		return check_words(c, value);
	case STO_CONFIG_LIST:
		return check_list(c, value);
	case STO_CONFIG_CHOICE:
		return check_choice(c, value);
	case STO_CONFIG_BOOL:
		return check_bool(c, value);
	case STO_CONFIG_SECONDS:
		return check_seconds(c, value);
	case STO_CONFIG_PARAMS:
		return check_params(c, value);
	case STO_CONFIG_PATH:
		return check_path(c, value);
	case STO_CONFIG_TABLE:
		return check_table(c, value);
	}
	return NULL;
}
