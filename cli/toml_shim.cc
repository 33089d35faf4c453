#include "toml_shim.h"

#include <cstdio>
#include <sstream>
#include <string_view>

#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace
{

struct Pair {
	json_t *value;
	json_t *inside; // places of what is inside, or JSON null
};

Pair convert(const toml::node &node);

json_t *place(const toml::source_region &source, json_t *inside)
{
	return json_pack("[IIo]", static_cast<json_int_t>(source.begin.line),
			 static_cast<json_int_t>(source.begin.column), inside);
}

Pair convert_table(const toml::table &table)
{
	Pair out{json_object(), json_object()};
	for (const auto &[key, node] : table) {
		Pair member = convert(node);
		std::string name(key.str());
		json_object_set_new(out.value, name.c_str(), member.value);
		json_object_set_new(out.inside, name.c_str(), place(key.source(), member.inside));
	}
	return out;
}

Pair convert_array(const toml::array &array)
{
	Pair out{json_array(), json_array()};
	for (const toml::node &node : array) {
		Pair element = convert(node);
		json_array_append_new(out.value, element.value);
		json_array_append_new(out.inside, place(node.source(), element.inside));
	}
	return out;
}

json_t *convert_scalar(const toml::node &node)
{
	if (const auto *text = node.as_string())
		return json_stringn(text->get().data(), text->get().size());
	if (const auto *number = node.as_integer())
		return json_integer(number->get());
	if (const auto *truth = node.as_boolean())
		return json_boolean(truth->get());
	if (const auto *real = node.as_floating_point())
		return json_real(real->get()); // NULL for nan and inf, which JSON has not
	std::ostringstream when;
	if (const auto *date = node.as_date())
		when << date->get();
	else if (const auto *time = node.as_time())
		when << time->get();
	else if (const auto *both = node.as_date_time())
		when << both->get();
	return json_string(when.str().c_str());
}

Pair convert(const toml::node &node)
{
	if (const auto *table = node.as_table())
		return convert_table(*table);
	if (const auto *array = node.as_array())
		return convert_array(*array);
	json_t *scalar = convert_scalar(node);
	return {scalar == nullptr ? json_null() : scalar, json_null()};
}

} // namespace

int cli_toml_read(json_t **values, json_t **places, struct cli_toml_error *error, const char *text,
		  size_t len)
{
	*values = *places = nullptr;
	*error = {};
	try {
		Pair out = convert_table(toml::parse(std::string_view(text, len)));
		*values = out.value;
		*places = out.inside;
		return 0;
	} catch (const toml::parse_error &why) {
		std::snprintf(error->message, sizeof(error->message), "%.*s",
			      static_cast<int>(why.description().size()), why.description().data());
		error->line = static_cast<unsigned>(why.source().begin.line);
		error->column = static_cast<unsigned>(why.source().begin.column);
	} catch (const std::exception &why) {
		std::snprintf(error->message, sizeof(error->message), "%s", why.what());
	}
	return -1;
}
