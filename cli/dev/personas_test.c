#include "dev/personas.h"

#include "base/test.h"

static char why[400];

/* Those of the first provider; those of the second are in `team`. */
static json_t *team;

static json_t *read_text(const char *text)
{
	struct dev_personas personas;
	why[0] = 0;
	json_decref(team);
	team = NULL;
	if (!dev_personas_read(&personas, sto_span_str(text), "p.toml", why, sizeof(why)))
		return NULL;
	team = personas.team;
	return personas.dev;
}

static const char *text_of(const json_t *personas, size_t i, const char *key)
{
	return json_string_value(json_object_get(json_array_get(personas, i), key));
}

static void the_built_in_file_is_right(void **state)
{
	json_t *personas = read_text(dev_default_personas);
	(void)state;
	assert_string_equal(why, "");
	assert_int_equal(json_array_size(personas), 5);
	assert_string_equal(text_of(personas, 0, "id"), "ada");
	assert_string_equal(text_of(personas, 2, "name"),
			    "Zo\xc3\xab \xc3\x85ngstr\xc3\xb6m-\xc5\xa0\xc5\xa5\x61stn\xc3\xa1");
	assert_true(json_is_false(json_object_get(json_array_get(personas, 3), "email_verified")));
	assert_int_equal(json_integer_value(json_object_get(json_array_get(personas, 4), "ttl")), 30);
	json_decref(personas);
}

static void the_second_provider_has_people_of_its_own(void **state)
{
	json_t *personas = read_text(dev_default_personas);
	(void)state;
	assert_int_equal(json_array_size(team), 3);
	assert_string_equal(text_of(team, 0, "sub"), text_of(personas, 0, "sub"));
	assert_string_equal(text_of(team, 0, "email"), "ada@team.example");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(team, 2), "ttl")), 60);
	json_decref(personas);
}

static void a_file_without_them_has_the_same_for_both(void **state)
{
	json_t *personas = read_text("[[persona]]\nname = \"A\"\n[[persona]]\nname = \"B\"\n");
	(void)state;
	assert_true(json_equal(personas, team));
	json_decref(personas);
}

static void a_name_alone_is_enough(void **state)
{
	json_t *personas = read_text("[[persona]]\nname = \"Alan M. Turing\"");
	(void)state;
	assert_string_equal(why, "");
	assert_string_equal(text_of(personas, 0, "id"), "alan-m--turing");
	assert_string_equal(text_of(personas, 0, "sub"), "alan-m--turing");
	assert_string_equal(text_of(personas, 0, "given_name"), "Alan");
	assert_int_equal(json_array_size(json_object_get(json_array_get(personas, 0), "groups")), 0);
	assert_null(json_object_get(json_array_get(personas, 0), "email"));
	json_decref(personas);
}

static void everything_can_be_said(void **state)
{
	json_t *personas =
		read_text("[[persona]]\nid = \"a\"\nsub = \"s\"\nname = \"A B\"\ngiven_name = \"G\"\n"
			  "email = \"x@y\"\nttl = 45\nroles = [\"r\"]\n"
			  "[persona.claims]\ndepartment = \"R&D\"\n");
	const json_t *claims = json_object_get(json_array_get(personas, 0), "claims");
	(void)state;
	assert_string_equal(why, "");
	assert_string_equal(text_of(personas, 0, "sub"), "s");
	assert_string_equal(text_of(personas, 0, "given_name"), "G");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(personas, 0), "ttl")), 45);
	assert_string_equal(json_string_value(json_object_get(claims, "department")), "R&D");
	assert_ptr_equal(dev_personas_find(personas, "a"), json_array_get(personas, 0));
	assert_null(dev_personas_find(personas, "b"));
	json_decref(personas);
}

static void refuses(const char *text, const char *message)
{
	assert_null(read_text(text));
	assert_string_equal(why, message);
}

static void what_is_wrong_is_named_with_its_place(void **state)
{
	(void)state;
	refuses("[[persona]]\nname = \"A\"\nemial = \"a@b\"",
		"p.toml:3:1: unknown key 'emial'; did you mean 'email'?");
	refuses("[[persona]]\nname = \"A\"\n  department = 1",
		"p.toml:3:3: unknown key 'department'; other claims go below [persona.claims]");
	refuses("[[persona]]\nname = 7", "p.toml:2:1: name must be a text that is not empty");
	refuses("[[persona]]\nname = \"\"", "p.toml:2:1: name must be a text that is not empty");
	refuses("[[persona]]\nname = \"A\"\nemail = \"a\"", "p.toml:3:1: email must be an e-mail address");
	refuses("[[persona]]\nname = \"A\"\nid = \"a/b\"",
		"p.toml:3:1: id may hold letters, digits, '-', '_' and '.' only");
	refuses("[[persona]]\nname = \"A\"\nemail_verified = \"yes\"",
		"p.toml:3:1: email_verified must be true or false");
	refuses("[[persona]]\nname = \"A\"\npicture = \"javascript:alert(1)\"",
		"p.toml:3:1: picture must be an absolute http or https URL");
	refuses("[[persona]]\nname = \"A\"\nttl = \"soon\"",
		"p.toml:3:1: ttl must be a lifetime such as \"30s\" or \"1h\", at most 30 days");
	refuses("[[persona]]\nname = \"A\"\ngroups = [\"a\", 1]",
		"p.toml:3:16: groups must be a list of texts");
	refuses("[[persona]]\nname = \"A\"\nroles = \"admin\"", "p.toml:3:1: roles must be a list of texts");
	refuses("[[persona]]\nname = \"A\"\nclaims = 1", "p.toml:3:1: claims must be a table");
	refuses("[[persona]]\nemail = \"a@b\"", "p.toml:1:1: a persona without a name");
	refuses("[persona]\nname = \"A\"",
		"p.toml:1:2: personas are a list: write [[persona]], not [persona]");
	refuses("[[people]]\nname = \"A\"",
		"p.toml:1:3: unknown key 'people'; personas are tables: [[persona]]");
	refuses("[[persona]]\nname = \"A\"\nid = \"x\"\n[[persona]]\nname = \"B\"\nid = \"x\"",
		"p.toml:4:1: two personas with the id 'x'; give one of them another id");
}

static void broken_toml_is_named_with_its_place(void **state)
{
	(void)state;
	assert_null(read_text("[[persona]]\nname = "));
	assert_memory_equal(why, "p.toml:2:", 9);
	assert_null(read_text(""));
	assert_string_equal(why, "p.toml:0:0: no [[persona]] in this file");
}

static void a_typed_persona_is_never_one_of_the_file(void **state)
{
	json_t *persona = dev_persona_of("Eve", "ada@example.com");
	(void)state;
	assert_string_equal(json_string_value(json_object_get(persona, "sub")), "typed|ada@example.com");
	json_decref(persona);
	persona = dev_persona_of("Eve", "");
	assert_null(json_object_get(persona, "email"));
	json_decref(persona);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_built_in_file_is_right),
		cmocka_unit_test(the_second_provider_has_people_of_its_own),
		cmocka_unit_test(a_file_without_them_has_the_same_for_both),
		cmocka_unit_test(a_name_alone_is_enough),
		cmocka_unit_test(everything_can_be_said),
		cmocka_unit_test(what_is_wrong_is_named_with_its_place),
		cmocka_unit_test(broken_toml_is_named_with_its_place),
		cmocka_unit_test(a_typed_persona_is_never_one_of_the_file),
	};
	return cmocka_run_group_tests_name("dev/personas", tests, NULL, NULL);
}
