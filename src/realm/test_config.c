#include "realm/test_config.h"

#include <stdlib.h>

static void flatten(json_t *settings, json_t *path, json_t *value)
{
	const char *name;
	json_t *inner;
	if (json_object_size(value) == 0)
		(void)json_array_append_new(settings,
					    json_pack("{s:O, s:O, s:i}", "path", path, "value", value, "line",
						      (int)json_array_size(settings) + 1));
	json_object_foreach(value, name, inner)
	{
		json_t *longer = json_copy(path);
		(void)json_array_append_new(longer, json_string(name));
		flatten(settings, longer, inner);
	}
	json_decref(path);
}

/* JSON with ' for ", which reads better in C. */
static json_t *parse(const char *text)
{
	json_error_t error;
	char *plain = strdup(text);
	assert_non_null(plain);
	for (char *at = plain; *at != 0; at++)
		*at = *at == '\'' ? '"' : *at;
	json_t *json = json_loads(plain, 0, &error);
	if (json == NULL)
		fail_msg("%s: %s", text, error.text);
	free(plain);
	return json;
}

static void update(json_t *object, const char *changes)
{
	json_t *changed = changes == NULL ? NULL : parse(changes);
	(void)json_object_update(object, changed);
	json_decref(changed);
}

json_t *test_config_request(const char *auth, const char *source, const char *facts)
{
	json_t *settings = json_array(), *given = parse(auth);
	const char *name;
	json_t *value;
	json_object_foreach(given, name, value) flatten(settings, json_pack("[s]", name), value);
	json_decref(given);
	json_t *request = json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:i, s:s}}", "block", "auth", "source",
				    "kind", "file", "file", "secrets.toml", "state", "ok", "settings",
				    settings, "facts", "port", 8501, "base_path", "");
	update(json_object_get(request, "source"), source);
	update(json_object_get(request, "facts"), facts);
	return request;
}

void test_config_load_from(struct test_config *test, const char *auth, const char *source, const char *facts)
{
	*test = (struct test_config){.request = test_config_request(auth, source, facts)};
	sto_config_source_of(&test->source, test->request);
	assert_ok(sto_findings_init(&test->findings, &test->source));
	sto_realm_config_init(&test->config);
	test->rc = sto_realm_config_load(&test->config, &test->findings, test->request);
	assert_true(test->rc == (test->findings.failed ? STO_CONFIG_WRONG : STO_OK));
}

void test_config_load(struct test_config *test, const char *auth)
{
	test_config_load_from(test, auth, NULL, NULL);
}

void test_config_finish(struct test_config *test)
{
	sto_realm_config_finish(&test->config);
	sto_findings_finish(&test->findings);
	json_decref(test->request);
}

bool test_config_found(const struct test_config *test, const char *severity, const char *code,
		       const char *key, const char *message)
{
	size_t i;
	json_t *finding;
	json_array_foreach(test->findings.list, i, finding)
	{
		const char *found_key = json_string_value(json_object_get(finding, "key"));
		if (strcmp(json_string_value(json_object_get(finding, "code")), code) == 0 &&
		    strcmp(json_string_value(json_object_get(finding, "severity")), severity) == 0 &&
		    (key == NULL) == (found_key == NULL) && (key == NULL || strcmp(found_key, key) == 0) &&
		    strstr(json_string_value(json_object_get(finding, "message")), message) != NULL)
			return true;
	}
	return false;
}

char *test_config_dump(const struct test_config *test)
{
	return json_dumps(test->findings.list, JSON_COMPACT);
}

static void expect(const char *auth, const char *severity, const char *code, const char *key,
		   const char *message, int rc)
{
	struct test_config test;
	test_config_load(&test, auth);
	if (!test_config_found(&test, severity, code, key, message) || test.rc != rc) {
		char *text = test_config_dump(&test);
		print_message("%s\n  gives %s\n", auth, text);
		free(text);
		fail();
	}
	test_config_finish(&test);
}

void test_expect_error(const char *auth, const char *code, const char *key, const char *message)
{
	expect(auth, "error", code, key, message, STO_CONFIG_WRONG);
}

void test_expect_warning(const char *auth, const char *code, const char *key, const char *message)
{
	expect(auth, "warning", code, key, message, STO_OK);
}

void test_config_load_fine(struct test_config *test, const char *auth)
{
	test_config_load(test, auth);
	if (json_array_size(test->findings.list) > 0) {
		char *text = test_config_dump(test);
		print_message("%s\n  gives %s\n", auth, text);
		free(text);
		fail();
	}
	assert_ok(test->rc);
}

const json_t *test_setting(const struct sto_realm_provider *provider, const char *key, const char *below)
{
	size_t i;
	json_t *setting;
	json_array_foreach(json_object_get(provider->request, "settings"), i, setting)
	{
		const json_t *path = json_object_get(setting, "path");
		const char *second = json_string_value(json_array_get(path, 1));
		if (strcmp(json_string_value(json_array_get(path, 0)), key) == 0 &&
		    (below == NULL) == (second == NULL) && (below == NULL || strcmp(second, below) == 0))
			return json_object_get(setting, "value");
	}
	return NULL;
}
