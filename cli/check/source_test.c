/* The files as Streamlit reads them, in a folder and a home of the test's own. */
#include "check/source.h"

#include "base/test_folder.h"

static struct check_source source;
static struct check_options options;

static int setup(void **state)
{
	static const char *const names[] = {CHECK_ENVIRONMENT,
					    "STREAMLIT_SERVER_PORT",
					    "STREAMLIT_SERVER_BASE_URL_PATH",
					    "ST_OAUTH_AUTH",
					    "ST_OAUTH_AUTH_CLIENT_ID",
					    "ST_OAUTH_AUTH_CLIENT_SECRET",
					    "ST_OAUTH_AUTH_MY_IDP__CLIENT_ID",
					    "ST_OAUTH_AUTH_ROLES",
					    "ST_OAUTH_AUTH_USERINFO"};
	if (make_folder(state) != 0 || chdir(folder) != 0 || setenv("HOME", path_of("home"), 1) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
	options = (struct check_options){0};
	return mkdir("home", 0700) != 0 || mkdir("home/.streamlit", 0700) != 0 ||
	       mkdir(".streamlit", 0700) != 0;
}

static int teardown(void **state)
{
	check_source_finish(&source);
	return chdir("/") != 0 ? -1 : remove_folder(state);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* The request for a block; the caller's. */
static json_t *request_of(const char *block)
{
	check_source_finish(&source);
	assert_true(check_source_read(&source, &options));
	json_t *request = check_source_request(&source, block);
	assert_non_null(request);
	return request;
}

static const char *source_text(const json_t *request, const char *name)
{
	const char *text = json_string_value(json_object_get(json_object_get(request, "source"), name));
	return text == NULL ? "" : text;
}

static json_int_t source_line(const json_t *request)
{
	return json_integer_value(json_object_get(json_object_get(request, "source"), "line"));
}

/* Compares a member of the request with JSON. */
static void assert_member(const json_t *request, const char *name, const char *json)
{
	json_t *want = json_loads(json, JSON_DECODE_ANY, NULL);
	assert_non_null(want);
	char *got = json_dumps(json_object_get(request, name), JSON_SORT_KEYS | JSON_ENCODE_ANY);
	char *text = json_dumps(want, JSON_SORT_KEYS | JSON_ENCODE_ANY);
	assert_string_equal(got, text);
	free(got);
	free(text);
	json_decref(want);
}

static void expect_blocks(const char *asked, const char *json)
{
	check_source_finish(&source);
	assert_true(check_source_read(&source, &options));
	json_t *names = check_source_blocks(&source, asked);
	json_t *wrapped = json_pack("{s:o}", "names", names);
	assert_member(wrapped, "names", json);
	json_decref(wrapped);
}

static void a_block_is_read_with_its_lines(void **state)
{
	(void)state;
	write_file(".streamlit/secrets.toml",
		   "# mine\n[oauth]\nissuer = \"https://op.example\"\n\nleeway = 10\n"
		   "[oauth.authorize_params]\nprompt = \"login\"\n");
	json_t *request = request_of("oauth");
	assert_string_equal(source_text(request, "state"), "ok");
	assert_string_equal(source_text(request, "kind"), "file");
	assert_string_equal(source_text(request, "file"), ".streamlit/secrets.toml");
	assert_int_equal(source_line(request), 2);
	assert_member(request, "settings",
		      "[{\"path\": [\"authorize_params\"], \"value\": {\"prompt\": \"login\"}, \"line\": 6}, "
		      "{\"path\": [\"issuer\"], \"value\": \"https://op.example\", \"line\": 3}, "
		      "{\"path\": [\"leeway\"], \"value\": 10, \"line\": 5}]");
	json_decref(request);
}

static void the_folder_of_the_app_wins_over_home_block_by_block(void **state)
{
	(void)state;
	write_file("home/.streamlit/secrets.toml", "[oauth]\nclient_id = \"home\"\nscope = \"openid\"\n"
						   "[other]\nclient_id = \"o\"\n");
	write_file(".streamlit/secrets.toml", "[oauth]\nclient_id = \"app\"\n");
	json_t *request = request_of("oauth");
	assert_member(request, "settings", "[{\"path\": [\"client_id\"], \"value\": \"app\", \"line\": 2}]");
	json_decref(request);
	request = request_of("other");
	assert_string_equal(source_text(request, "file"), path_of("home/.streamlit/secrets.toml"));
	json_decref(request);
}

static void nothing_there_is_a_missing_file(void **state)
{
	(void)state;
	json_t *request = request_of("oauth");
	assert_string_equal(source_text(request, "state"), "missing_file");
	const json_t *searched = json_object_get(json_object_get(request, "source"), "searched");
	assert_int_equal(json_array_size(searched), 2);
	assert_string_equal(json_string_value(json_array_get(searched, 1)), ".streamlit/secrets.toml");
	json_decref(request);
}

static void a_missing_block_comes_with_those_that_exist(void **state)
{
	(void)state;
	write_file(".streamlit/secrets.toml", "top = 1\n[a]\n[b]\n");
	json_t *request = request_of("oauth");
	assert_string_equal(source_text(request, "state"), "missing_block");
	assert_string_equal(source_text(request, "file"), ".streamlit/secrets.toml");
	assert_member(json_object_get(request, "source"), "blocks", "[\"a\", \"b\"]");
	json_decref(request);
	request = request_of("top");
	assert_string_equal(source_text(request, "state"), "missing_block");
	json_decref(request);
}

static void a_broken_file_is_told_without_what_stands_in_it(void **state)
{
	static const char *const texts[] = {
		"[oauth]\nclient_secret = canary7secret\n",
		"[oauth]\nclient_secret = tcanary7secret\n",
		"[oauth]\nclient_secret = 'canary7secret\n",
		"[oauth]\nclient_secret canary7secret\n",
		"[oauth]\nclient_secret = 99999999999999999999\n",
		"[oauth]\ncanary7secret\n",
		"[oauth]\ncanary7secret = 1\ncanary7secret = 2\n",
		"[oauth]\nx = 1 'canary7secret'\n",
		"[oauth]\nx = \"\\canary7secret\"\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file(".streamlit/secrets.toml", texts[i]);
		json_t *request = request_of("oauth");
		assert_string_equal(source_text(request, "state"), "broken_file");
		assert_true(source_line(request) == 2 || source_line(request) == 3);
		assert_non_null(strstr(source_text(request, "detail"), "(line "));
		assert_null(strstr(source_text(request, "detail"), "canary"));
		assert_null(strstr(source_text(request, "detail"), "9999"));
		json_decref(request);
	}
}

static void a_folder_in_place_of_the_file_is_broken(void **state)
{
	(void)state;
	assert_int_equal(mkdir(".streamlit/secrets.toml", 0700), 0);
	json_t *request = request_of("oauth");
	assert_string_equal(source_text(request, "state"), "broken_file");
	json_decref(request);
}

static void a_file_that_is_asked_for_is_the_only_one(void **state)
{
	(void)state;
	write_file(".streamlit/secrets.toml", "[oauth]\nclient_id = \"app\"\n");
	write_file("other.toml", "[x]\nclient_id = \"x\"\n");
	assert_int_equal(setenv(CHECK_ENVIRONMENT, "{}", 1), 0);
	options.file = "other.toml";
	json_t *request = request_of("oauth");
	assert_string_equal(source_text(request, "state"), "missing_block");
	assert_string_equal(source_text(request, "file"), "other.toml");
	json_decref(request);
}

static void the_environment_takes_the_place_of_every_block(void **state)
{
	(void)state;
	write_file(".streamlit/secrets.toml", "[mine]\nclient_id = \"app\"\n");
	assert_int_equal(setenv(CHECK_ENVIRONMENT, "{\"client_id\": \"env\"}", 1), 0);
	expect_blocks(NULL, "[\"oauth\"]");
	json_t *request = request_of("mine");
	assert_string_equal(source_text(request, "kind"), "environment");
	assert_member(request, "settings",
		      "[{\"path\": [\"client_id\"], \"value\": \"env\", \"line\": null}]");
	json_decref(request);
}

static void a_broken_environment_is_told_without_what_stands_in_it(void **state)
{
	(void)state;
	assert_int_equal(setenv(CHECK_ENVIRONMENT, "{\"client_secret\": canary7secret}", 1), 0);
	json_t *request = request_of("oauth");
	assert_string_equal(source_text(request, "state"), "broken_file");
	assert_null(strstr(source_text(request, "detail"), "canary"));
	assert_non_null(strstr(source_text(request, "detail"), "is no JSON (line 1, column"));
	json_decref(request);
	assert_int_equal(setenv(CHECK_ENVIRONMENT, "[\"canary7secret\"]", 1), 0);
	request = request_of("oauth");
	assert_string_equal(source_text(request, "detail"), CHECK_ENVIRONMENT " is no JSON object");
	json_decref(request);
}

static void the_blocks_to_check_are_chosen(void **state)
{
	(void)state;
	write_file(".streamlit/secrets.toml", "[b]\nclient_id = \"b\"\n[a]\nclient_id = \"a\"\n"
					      "[db]\nurl = \"x\"\n");
	expect_blocks(NULL, "[\"a\", \"b\"]");
	expect_blocks("nothing", "[\"nothing\"]");
	write_file("home/.streamlit/secrets.toml", "[oauth]\n");
	expect_blocks(NULL, "[\"oauth\"]");
	write_file("home/.streamlit/secrets.toml", "");
	write_file(".streamlit/secrets.toml", "");
	expect_blocks(NULL, "[\"oauth\"]");
}

static void auth_is_checked_before_the_gate(void **state)
{
	(void)state;
	write_file(".streamlit/secrets.toml", "[b]\nclient_id = \"b\"\n[auth.google]\nclient_id = \"x\"\n");
	expect_blocks(NULL, "[\"auth\"]");
	expect_blocks("b", "[\"b\"]");
	write_file("home/.streamlit/secrets.toml", "[oauth]\n");
	expect_blocks(NULL, "[\"auth\", \"oauth\"]");
	write_file(".streamlit/secrets.toml", "");
	expect_blocks(NULL, "[\"oauth\"]");
	assert_int_equal(setenv("ST_OAUTH_AUTH_CLIENT_ID", "x", 1), 0);
	expect_blocks(NULL, "[\"auth\", \"oauth\"]");
	options.file = "other.toml";
	expect_blocks(NULL, "[\"oauth\"]");
}

static void settings_of_auth_have_their_own_lines(void **state)
{
	(void)state;
	write_file(".streamlit/secrets.toml", "[auth]\nidle_ttl = 60\nclient_kwargs = {prompt = \"login\"}\n"
					      "[auth.google]\nclient_id = \"x\"\n[auth.roles]\n");
	json_t *request = request_of("auth");
	assert_member(request, "settings",
		      "[{\"path\": [\"client_kwargs\", \"prompt\"], \"value\": \"login\", \"line\": 3}, "
		      "{\"path\": [\"google\", \"client_id\"], \"value\": \"x\", \"line\": 5}, "
		      "{\"path\": [\"idle_ttl\"], \"value\": 60, \"line\": 2}, "
		      "{\"path\": [\"roles\"], \"value\": {}, \"line\": 6}]");
	json_decref(request);
}

static void auth_may_stand_in_the_environment(void **state)
{
	(void)state;
	write_file(".streamlit/secrets.toml", "[auth]\nclient_id = \"file\"\n");
	assert_int_equal(setenv("ST_OAUTH_AUTH", "{\"client_id\": \"env\"}", 1), 0);
	json_t *request = request_of("auth");
	assert_string_equal(source_text(request, "kind"), "environment");
	assert_string_equal(source_text(request, "file"), "ST_OAUTH_AUTH");
	assert_member(request, "settings",
		      "[{\"path\": [\"client_id\"], \"value\": \"env\", \"line\": null}]");
	json_decref(request);
	assert_int_equal(setenv("ST_OAUTH_AUTH", "[c4nary", 1), 0);
	request = request_of("auth");
	assert_string_equal(source_text(request, "state"), "broken_file");
	assert_string_equal(source_text(request, "detail"), "ST_OAUTH_AUTH is no JSON (line 1, column 2)");
	json_decref(request);
}

static void variables_win_over_keys_and_their_files(void **state)
{
	(void)state;
	write_file(".streamlit/secrets.toml",
		   "[auth]\nclient_id = \"file\"\nclient_secret_file = \"/x\"\nleeway = 1\n"
		   "[auth.roles]\n\"/a\" = \"b\"\n[auth.my-idp]\nclient_id = \"x\"\nscope = \"openid\"\n");
	assert_int_equal(setenv("ST_OAUTH_AUTH_CLIENT_SECRET", "true story", 1), 0);
	assert_int_equal(setenv("ST_OAUTH_AUTH_MY_IDP__CLIENT_ID", "", 1), 0);
	assert_int_equal(setenv("ST_OAUTH_AUTH_ROLES", "{\"/c\": [\"d\"]}", 1), 0);
	assert_int_equal(setenv("ST_OAUTH_AUTH_USERINFO", "true", 1), 0);
	json_t *request = request_of("auth");
	json_t *settings = json_object_get(request, "settings"), *by_path = json_object(), *setting;
	size_t i;
	json_array_foreach(settings, i, setting)
	{
		char *path = json_dumps(json_object_get(setting, "path"), JSON_COMPACT);
		(void)json_object_set(by_path, path, json_object_get(setting, "value"));
		free(path);
	}
	assert_int_equal(json_object_size(by_path), json_array_size(settings));
	json_t *wrapped = json_pack("{s:o}", "all", by_path);
	assert_member(wrapped, "all",
		      "{\"[\\\"client_id\\\"]\": \"file\", \"[\\\"client_secret\\\"]\": \"true story\", "
		      "\"[\\\"leeway\\\"]\": 1, \"[\\\"my-idp\\\",\\\"client_id\\\"]\": \"\", "
		      "\"[\\\"my-idp\\\",\\\"scope\\\"]\": \"openid\", "
		      "\"[\\\"roles\\\"]\": {\"/c\": [\"d\"]}, \"[\\\"userinfo\\\"]\": true}");
	json_decref(wrapped);
	json_decref(request);
}

static void variables_alone_are_a_source(void **state)
{
	(void)state;
	assert_int_equal(setenv("ST_OAUTH_AUTH_CLIENT_ID", "x", 1), 0);
	json_t *request = request_of("auth");
	assert_string_equal(source_text(request, "kind"), "environment");
	assert_string_equal(source_text(request, "file"), "ST_OAUTH_AUTH_*");
	assert_string_equal(source_text(request, "state"), "ok");
	json_decref(request);
}

static void port_and_path_are_streamlits(void **state)
{
	(void)state;
	json_t *request = request_of("oauth");
	assert_member(request, "facts", "{\"port\": 8501, \"base_path\": \"\"}");
	json_decref(request);
	write_file("home/.streamlit/config.toml", "[server]\nport = 8600\nbaseUrlPath = \"/home/\"\n");
	write_file(".streamlit/config.toml", "[server]\nport = 8700\n");
	request = request_of("oauth");
	assert_member(request, "facts", "{\"port\": 8700, \"base_path\": \"home\"}");
	json_decref(request);
	assert_int_equal(setenv("STREAMLIT_SERVER_PORT", "8800", 1), 0);
	assert_int_equal(setenv("STREAMLIT_SERVER_BASE_URL_PATH", "env/x", 1), 0);
	request = request_of("oauth");
	assert_member(request, "facts", "{\"port\": 8800, \"base_path\": \"env/x\"}");
	json_decref(request);
	options.port = 8900;
	request = request_of("oauth");
	assert_member(request, "facts", "{\"port\": 8900, \"base_path\": \"env/x\"}");
	json_decref(request);
}

static void the_files_of_streamlits_configuration_are_read(void **state)
{
	(void)state;
	write_file(".streamlit/config.toml", "[secrets]\nfiles = [\"one.toml\", \"two.toml\"]\n");
	write_file("one.toml", "[oauth]\nclient_id = \"one\"\n");
	write_file("two.toml", "[x]\n");
	json_t *request = request_of("oauth");
	assert_string_equal(source_text(request, "file"), "one.toml");
	json_decref(request);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_block_is_read_with_its_lines),
		FACT(the_folder_of_the_app_wins_over_home_block_by_block),
		FACT(nothing_there_is_a_missing_file),
		FACT(a_missing_block_comes_with_those_that_exist),
		FACT(a_broken_file_is_told_without_what_stands_in_it),
		FACT(a_folder_in_place_of_the_file_is_broken),
		FACT(a_file_that_is_asked_for_is_the_only_one),
		FACT(the_environment_takes_the_place_of_every_block),
		FACT(a_broken_environment_is_told_without_what_stands_in_it),
		FACT(the_blocks_to_check_are_chosen),
		FACT(auth_is_checked_before_the_gate),
		FACT(settings_of_auth_have_their_own_lines),
		FACT(auth_may_stand_in_the_environment),
		FACT(variables_win_over_keys_and_their_files),
		FACT(variables_alone_are_a_source),
		FACT(port_and_path_are_streamlits),
		FACT(the_files_of_streamlits_configuration_are_read),
	};
	return cmocka_run_group_tests_name("check/source", tests, NULL, NULL);
}
