#include "dev/personas.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dev/options.h"
#include "http/escape.h"
#include "http/url.h"
#include "numbers.h"
#include "suggest.h"
#include "toml_shim.h"

/* Where reading stands: what every message begins with. */
struct reader {
	const char *file;
	char *why;
	size_t why_size;
};

/* A JSON [line, column, inside] of the TOML reader. */
static bool refuse(const struct reader *reader, const json_t *place, const char *format, ...)
	STO_PRINTF(3, 4);

static bool refuse(const struct reader *reader, const json_t *place, const char *format, ...)
{
	char what[300];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	(void)snprintf(reader->why, reader->why_size, "%s:%lld:%lld: %s", reader->file,
		       json_integer_value(json_array_get(place, 0)),
		       json_integer_value(json_array_get(place, 1)), what);
	return false;
}

/* ---- what each key may hold ---- */

typedef bool check_fn(const struct reader *reader, const json_t *place, const char *key, json_t *value);

static bool check_text(const struct reader *reader, const json_t *place, const char *key, json_t *value)
{
	if (json_is_string(value) && json_string_length(value) > 0)
		return true;
	return refuse(reader, place, "%s must be a text that is not empty", key);
}

/* Ids are a part of addresses. */
static bool check_id(const struct reader *reader, const json_t *place, const char *key, json_t *value)
{
	if (!check_text(reader, place, key, value))
		return false;
	for (const char *c = json_string_value(value); *c != 0; c++)
		if (!sto_is_alnum((uint8_t)*c) && strchr("-_.", *c) == NULL)
			return refuse(reader, place, "id may hold letters, digits, '-', '_' and '.' only");
	return true;
}

static bool check_email(const struct reader *reader, const json_t *place, const char *key, json_t *value)
{
	if (!check_text(reader, place, key, value))
		return false;
	const char *at = strchr(json_string_value(value), '@');
	if (at == NULL || at == json_string_value(value) || at[1] == 0)
		return refuse(reader, place, "email must be an e-mail address");
	return true;
}

static bool check_picture(const struct reader *reader, const json_t *place, const char *key, json_t *value)
{
	struct sto_url url;
	if (!check_text(reader, place, key, value))
		return false;
	if (sto_url_parse(&url, sto_span_str(json_string_value(value)), NULL) != STO_OK)
		return refuse(reader, place, "picture must be an absolute http or https URL");
	return true;
}

static bool check_flag(const struct reader *reader, const json_t *place, const char *key, json_t *value)
{
	return json_is_boolean(value) || refuse(reader, place, "%s must be true or false", key);
}

static bool check_list(const struct reader *reader, const json_t *place, const char *key, json_t *value)
{
	size_t i;
	json_t *element;
	if (!json_is_array(value))
		return refuse(reader, place, "%s must be a list of texts", key);
	json_array_foreach(value, i, element) if (!json_is_string(element)) return refuse(
		reader, json_array_get(json_array_get(place, 2), i), "%s must be a list of texts", key);
	return true;
}

static bool check_table(const struct reader *reader, const json_t *place, const char *key, json_t *value)
{
	return json_is_object(value) || refuse(reader, place, "%s must be a table", key);
}

/* "30s", or a number of seconds. */
static bool read_ttl(int64_t *out, const json_t *value)
{
	if (json_is_string(value))
		return cli_read_duration(out, json_string_value(value), DEV_TTL_MAX_SEC);
	*out = json_integer_value(value);
	return json_is_integer(value) && *out >= 1 && *out <= DEV_TTL_MAX_SEC;
}

static bool check_ttl(const struct reader *reader, const json_t *place, const char *key, json_t *value)
{
	int64_t ttl = 0;
	return read_ttl(&ttl, value) ||
	       refuse(reader, place, "%s must be a lifetime such as \"30s\" or \"1h\", at most 30 days", key);
}

static const struct {
	const char *name;
	check_fn *check;
} keys[] = {
	{"id", check_id},
	{"sub", check_text},
	{"name", check_text},
	{"given_name", check_text},
	{"family_name", check_text},
	{"preferred_username", check_text},
	{"email", check_email},
	{"email_verified", check_flag},
	{"picture", check_picture},
	{"locale", check_text},
	{"groups", check_list},
	{"roles", check_list},
	{"ttl", check_ttl},
	{"claims", check_table},
};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

static bool refuse_key(const struct reader *reader, const json_t *place, const char *key)
{
	const char *names[KEY_COUNT + 1] = {NULL};
	for (size_t i = 0; i < KEY_COUNT; i++)
		names[i] = keys[i].name;
	const char *near = cli_suggest(key, names);
	if (near != NULL)
		return refuse(reader, place, "unknown key '%s'; did you mean '%s'?", key, near);
	return refuse(reader, place, "unknown key '%s'; other claims go below [persona.claims]", key);
}

static bool check_key(const struct reader *reader, const json_t *place, const char *key, json_t *value)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (strcmp(keys[i].name, key) == 0)
			return keys[i].check(reader, place, key, value);
	return refuse_key(reader, place, key);
}

/* ---- what is not said ---- */

static void set_default(json_t *persona, const char *key, json_t *value)
{
	if (json_object_get(persona, key) == NULL)
		(void)json_object_set_new(persona, key, value);
	else
		json_decref(value);
}

/* The part of the e-mail before '@', else the name, in lower case with '-' for all but letters and digits. */
static json_t *make_id(const json_t *persona)
{
	const char *email = json_string_value(json_object_get(persona, "email"));
	const char *from = email != NULL ? email : json_string_value(json_object_get(persona, "name"));
	size_t len = email != NULL ? strcspn(email, "@") : strlen(from);
	char id[64] = {0};
	for (size_t i = 0; i < len && i < sizeof(id) - 1; i++) {
		uint8_t c = (uint8_t)from[i];
		id[i] = !sto_is_alnum(c) ? '-' : (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	return json_string(id);
}

static json_t *first_word(const json_t *persona)
{
	const char *name = json_string_value(json_object_get(persona, "name"));
	return json_stringn(name, strcspn(name, " "));
}

static void fill_in(json_t *persona)
{
	int64_t ttl = 0;
	set_default(persona, "id", make_id(persona));
	set_default(persona, "sub", json_incref(json_object_get(persona, "id")));
	set_default(persona, "preferred_username", json_incref(json_object_get(persona, "id")));
	set_default(persona, "given_name", first_word(persona));
	set_default(persona, "locale", json_string("en"));
	set_default(persona, "email_verified", json_true());
	set_default(persona, "groups", json_array());
	set_default(persona, "roles", json_array());
	set_default(persona, "claims", json_object());
	if (read_ttl(&ttl, json_object_get(persona, "ttl")))
		(void)json_object_set_new(persona, "ttl", json_integer(ttl));
}

/* ---- the file ---- */

static bool take_persona(const struct reader *reader, json_t *out, json_t *persona, const json_t *place)
{
	const char *key;
	json_t *value;
	if (!json_is_object(persona))
		return refuse(reader, place, "each persona is a table: [[persona]]");
	json_object_foreach(persona, key,
			    value) if (!check_key(reader, json_object_get(json_array_get(place, 2), key), key,
						  value)) return false;
	if (json_object_get(persona, "name") == NULL)
		return refuse(reader, place, "a persona without a name");
	fill_in(persona);
	const char *id = json_string_value(json_object_get(persona, "id"));
	if (dev_personas_find(out, id) != NULL)
		return refuse(reader, place, "two personas with the id '%s'; give one of them another id",
			      id);
	return json_array_append(out, persona) == 0;
}

/* The list of one provider: `values` is the table it stands in, `places` where. */
static bool take_list(const struct reader *reader, json_t *out, json_t *values, const json_t *places,
		      const char *heading)
{
	size_t i;
	json_t *persona;
	const json_t *place = json_object_get(places, "persona");
	if (values != NULL && !json_is_array(values))
		return refuse(reader, place, "personas are a list: write [[%s]], not [%s]", heading, heading);
	json_array_foreach(values, i, persona) if (!take_persona(reader, out, persona,
								 json_array_get(json_array_get(place, 2),
										i))) return false;
	return true;
}

/* The first key of a table that is neither of two; NULL where there is none. */
static const char *odd_key(json_t *table, const char *one, const char *other)
{
	for (void *at = json_object_iter(table); at != NULL; at = json_object_iter_next(table, at)) {
		const char *key = json_object_iter_key(at);
		if (strcmp(key, one) != 0 && strcmp(key, other) != 0)
			return key;
	}
	return NULL;
}

/* The table of the second provider. */
static bool take_team(const struct reader *reader, json_t *out, json_t *table, const json_t *place)
{
	const json_t *places = json_array_get(place, 2);
	const char *odd = odd_key(table, "persona", "persona");
	if (table != NULL && !json_is_object(table))
		return refuse(reader, place, "team is a table: its personas are [[team.persona]]");
	if (odd != NULL)
		return refuse(reader, json_object_get(places, odd),
			      "unknown key 'team.%s'; its personas are tables: [[team.persona]]", odd);
	return take_list(reader, out, json_object_get(table, "persona"), places, "team.persona");
}

static bool take_file(const struct reader *reader, struct dev_personas *out, json_t *values,
		      const json_t *places)
{
	const char *odd = odd_key(values, "persona", "team");
	if (odd != NULL)
		return refuse(reader, json_object_get(places, odd),
			      "unknown key '%s'; personas are tables: [[persona]]", odd);
	if (!take_list(reader, out->dev, json_object_get(values, "persona"), places, "persona") ||
	    !take_team(reader, out->team, json_object_get(values, "team"), json_object_get(places, "team")))
		return false;
	if (json_array_size(out->dev) == 0)
		return refuse(reader, NULL, "no [[persona]] in this file");
	return json_array_size(out->team) > 0 || json_array_extend(out->team, out->dev) == 0;
}

bool dev_personas_read(struct dev_personas *out, struct sto_span text, const char *file, char *why,
		       size_t why_size)
{
	struct reader reader = {file, why, why_size};
	struct cli_toml_error error;
	json_t *values = NULL, *places = NULL;
	bool good = false;
	*out = (struct dev_personas){json_array(), json_array()};
	if (cli_toml_read(&values, &places, &error, (const char *)text.ptr, text.len) == 0)
		good = take_file(&reader, out, values, places);
	else
		(void)snprintf(why, why_size, "%s:%u:%u: %s", file, error.line, error.column, error.message);
	json_decref(values);
	json_decref(places);
	if (!good)
		dev_personas_finish(out);
	return good;
}

void dev_personas_finish(struct dev_personas *personas)
{
	json_decref(personas->dev);
	json_decref(personas->team);
	*personas = (struct dev_personas){0};
}

json_t *dev_personas_find(const json_t *personas, const char *id)
{
	size_t i;
	json_t *persona;
	json_array_foreach(personas, i, persona) if (strcmp(json_string_value(json_object_get(persona, "id")),
							    id) == 0) return persona;
	return NULL;
}

json_t *dev_persona_of(const char *name, const char *email)
{
	json_t *persona = json_pack("{s:s}", "name", name);
	if (persona == NULL)
		return NULL;
	if (*email != 0)
		(void)json_object_set_new(persona, "email", json_string(email));
	fill_in(persona);
	/* Never the subject of a persona from the file, whatever was typed. */
	(void)json_object_set_new(persona, "sub", json_sprintf("typed|%s", *email != 0 ? email : name));
	return persona;
}
