/* [auth] itself: where it comes from, where the app lives, how long its sessions last and where they are. */
#include <stdio.h>
#include <stdlib.h>

#include "gate/config_table.h"
#include "realm/test_config.h"

#define CLIENT "'client_id': 'app', 'issuer': 'https://op.example'"

/* --- what is there by default */

static void a_client_and_a_provider_are_enough(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(&t, "{" CLIENT "}");
	assert_span(sto_buf_span(&t.config.public_url), "http://localhost:8501");
	assert_span(t.config.base_path, "");
	assert_true(t.config.loopback);
	assert_int_equal(t.config.n_providers, 1);
	assert_int_equal(t.config.policy.absolute_sec, 7 * 86400);
	assert_int_equal(t.config.policy.idle_sec, 0);
	assert_false(t.config.policy.browser || t.config.follow_provider);
	assert_int_equal(t.config.store, STO_REALM_STORE_LMDB);
	assert_false(t.config.require_login);
	assert_int_equal(t.config.n_rules, 0);
	assert_int_equal(t.config.expose_tokens, 0);
	assert_span(t.config.post_logout_url, "http://localhost:8501/auth/callback");
	test_config_finish(&t);
}

static void a_native_block_is_taken_as_it_stands(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(
		&t, "{'redirect_uri': 'http://localhost:8501/oauth2callback', 'cookie_secret': "
		    "'q4t8Vd1mR7xK2pZ9sWb5nYc3jLf6hGa0eUo', 'client_id': 'app', 'client_secret': 's', "
		    "'server_metadata_url': 'https://op.example/.well-known/openid-configuration', "
		    "'expose_tokens': 'id', 'client_kwargs': {'prompt': 'login', 'scope': 'openid'}}");
	assert_span(sto_buf_span(&t.config.public_url), "http://localhost:8501");
	assert_span(t.config.post_logout_url, "http://localhost:8501/oauth2callback");
	assert_int_equal(t.config.expose_tokens, STO_EXPOSE_ID);
	test_config_finish(&t);
}

/* --- findings that are about the whole */

static void expect_from(const char *source, const char *code, const char *message)
{
	struct test_config t;
	test_config_load_from(&t, "{}", source, NULL);
	if (!test_config_found(&t, "error", code, NULL, message))
		fail_msg("%s gives %s", source, test_config_dump(&t));
	assert_int_equal(json_array_size(t.findings.list), 1);
	test_config_finish(&t);
}

static void nothing_configured_says_where_was_looked(void **state)
{
	(void)state;
	expect_from(
		"{'state': 'missing_file', 'file': null, 'searched': ['/a/secrets.toml', '/b/secrets.toml']}",
		"nothing_configured", "looked for /a/secrets.toml and /b/secrets.toml. Add [auth]");
	expect_from("{'state': 'missing_block', 'blocks': ['db']}", "nothing_configured",
		    "secrets.toml, [auth]: no sign-in is configured");
	expect_from(NULL, "nothing_configured", "no sign-in is configured");
}

static void a_broken_file_says_its_line(void **state)
{
	(void)state;
	expect_from("{'state': 'broken_file', 'line': 3, 'detail': 'Invalid value (at line 3, column 5)'}",
		    "broken_file", "secrets.toml, [auth], line 3: the file cannot be read: Invalid value");
}

static void settings_without_a_provider_are_told(void **state)
{
	(void)state;
	test_expect_error("{'default_ttl': '7d'}", "no_provider", NULL, "no provider is configured");
}

/* CF-02 */
static void cf_02_an_unknown_key_names_the_one_that_was_meant(void **state)
{
	(void)state;
	test_expect_error("{" CLIENT ", 'defualt_ttl': '7d'}", "unknown_key", "defualt_ttl",
			  "secrets.toml, [auth], line 3: defualt_ttl is no key of st_oauth. Did you mean "
			  "default_ttl?");
	test_expect_error("{" CLIENT ", 'clent_secret': 'x'}", "unknown_key", "clent_secret",
			  "Did you mean client_secret?");
	test_expect_error("{" CLIENT ", 'role': {'/admin': 'admin'}}", "unknown_key", "role",
			  "Did you mean [auth.roles]?");
}

static void a_key_of_a_gate_is_told_to_go(void **state)
{
	(void)state;
	test_expect_error("{" CLIENT ", 'identity_field_in_token': 'email'}", "misplaced_key",
			  "identity_field_in_token", "is a key of a gate's block, which st_oauth() reads");
}

static void all_findings_come_at_once(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load(&t, "{'default_ttl': 'x', 'store': 'x', 'public': ['x'], 'roles': {'/a': ''}, "
			     "'session': 'x', 'My_Idp': {'client_id': 'x'}}");
	assert_int_equal(json_array_size(t.findings.list), 6);
	test_config_finish(&t);
}

/* A variable that sets a key is where its finding is. */
static void a_finding_names_the_variable_that_set_the_key(void **state)
{
	static const char request[] =
		"{\"block\": \"auth\", \"source\": {\"kind\": \"file\", \"file\": \"secrets.toml\", "
		"\"state\": "
		"\"ok\"}, \"facts\": {\"port\": 8501}, \"settings\": [{\"path\": [\"client_id\"], \"value\": "
		"\"app\", \"line\": 2}, {\"path\": [\"idle_ttl\"], \"value\": \"x\", \"line\": null, "
		"\"variable\": "
		"\"ST_OAUTH_AUTH_IDLE_TTL\"}, {\"path\": [\"default_ttl\"], \"value\": \"y\", \"line\": 4}]}";
	struct test_config t = {.request = json_loads(request, 0, NULL)};
	(void)state;
	sto_config_source_of(&t.source, t.request);
	assert_ok(sto_findings_init(&t.findings, &t.source));
	sto_realm_config_init(&t.config);
	assert_int_equal(sto_realm_config_load(&t.config, &t.findings, t.request), STO_CONFIG_WRONG);
	assert_true(test_config_found(&t, "error", "out_of_range", "idle_ttl",
				      "the environment variable ST_OAUTH_AUTH_IDLE_TTL: idle_ttl must be"));
	assert_true(test_config_found(&t, "error", "out_of_range", "default_ttl",
				      "secrets.toml, [auth], line 4: default_ttl"));
	test_config_finish(&t);
}

static void a_mapping_is_named_as_one(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_from(&t, "{'google': {'label': 7}}", "{'kind': 'dict', 'file': null}", NULL);
	assert_true(test_config_found(&t, "error", "wrong_type", "label",
				      "the mapping given to st_oauth.app(), [auth.google]: label must be"));
	test_config_finish(&t);
}

/* LG-08 */
static void lg_08_no_finding_holds_a_secret(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load(&t,
			 "{" CLIENT ", 'store': 'http://u:c4nary@host', 'store_password': 'c4nary\\u0007', "
			 "'secret': ['c4nary'], 'cookie_secret': 'c4nary\\u0007', 'google': "
			 "{'client_secret': 'c4nary', 'label': 7}}");
	char *text = test_config_dump(&t);
	assert_true(test_config_found(&t, "error", "bad_store", "store", "is none of"));
	assert_true(test_config_found(&t, "error", "bad_text", "store_password", "control characters"));
	assert_null(strstr(text, "c4nary"));
	free(text);
	test_config_finish(&t);
}

/* --- limits */

/* CF-01 */
static void cf_01_sloppy_times_are_refused(void **state)
{
	static const char *const bad[] = {
		"'300x'", "' 1d'", "'1d '",  "-1",       "'-1'",   "0",
		"9",      "'0'",   "1e3",    "'1.5h'",   "'400w'", "34560001",
		"true",   "''",    "'401d'", "'0x1000'", "'12 h'", "'99999999999999999999'",
		"[7]",    "'7D'"};
	static const char *const keys[] = {"default_ttl", "idle_ttl"};
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			struct test_config t;
			char auth[200];
			(void)snprintf(auth, sizeof(auth), "{" CLIENT ", '%s': %s}", keys[k], bad[i]);
			test_config_load(&t, auth);
			if (!test_config_found(&t, "error", "out_of_range", keys[k],
					       "must be within 10 and") &&
			    !test_config_found(&t, "error", "wrong_type", keys[k], "a number of seconds"))
				fail_msg("%s was taken", auth);
			test_config_finish(&t);
		}
	}
}

static void times_are_taken_as_they_are_written(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(&t, "{" CLIENT ", 'default_ttl': '30m', 'idle_ttl': 90}");
	assert_int_equal(t.config.policy.absolute_sec, 1800);
	assert_int_equal(t.config.policy.idle_sec, 90);
	test_config_finish(&t);
}

static void idle_cannot_be_longer_than_the_whole(void **state)
{
	(void)state;
	test_expect_error("{" CLIENT ", 'default_ttl': '30m', 'idle_ttl': '31m'}", "out_of_range", "idle_ttl",
			  "is longer than default_ttl, which is 1800 seconds here");
	test_expect_error("{" CLIENT ", 'store': 'cookie', 'idle_ttl': '13h'}", "out_of_range", "idle_ttl",
			  "which is 43200 seconds");
}

static void the_kinds_of_session_are_three(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(&t, "{" CLIENT ", 'session': 'browser'}");
	assert_true(t.config.policy.browser && !t.config.follow_provider);
	test_config_finish(&t);
	test_config_load_fine(&t, "{" CLIENT ", 'session': 'provider'}");
	assert_true(!t.config.policy.browser && t.config.follow_provider);
	test_config_finish(&t);
	test_expect_error("{" CLIENT ", 'session': 'forever'}", "bad_choice", "session",
			  "must be one of \"timed\", \"browser\", \"provider\"");
}

/* --- stores */

static void stores_are_told_by_name_or_address(void **state)
{
	static const struct {
		const char *text;
		enum sto_realm_store store;
	} rows[] = {
		{"lmdb", STO_REALM_STORE_LMDB},           {"memory", STO_REALM_STORE_MEMORY},
		{"cookie", STO_REALM_STORE_COOKIE},       {"redis://host:6379/0", STO_REALM_STORE_REDIS},
		{"rediss://host", STO_REALM_STORE_REDIS}, {"unix:///run/redis.sock", STO_REALM_STORE_REDIS},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_config t;
		char auth[200];
		(void)snprintf(auth, sizeof(auth), "{" CLIENT ", 'store': '%s'}", rows[i].text);
		test_config_load_fine(&t, auth);
		assert_int_equal(t.config.store, rows[i].store);
		assert_int_equal(t.config.store_url.len,
				 rows[i].store == STO_REALM_STORE_REDIS ? strlen(rows[i].text) : 0);
		test_config_finish(&t);
	}
}

static void other_stores_are_refused(void **state)
{
	static const char *const bad[] = {"redis", "redis://", "rediss://", "unix://run/x", "unix:///",
					  "LMDB",  "http://x", "redis:/x",  "sqlite",       " redis://x"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct test_config t;
		char auth[200];
		(void)snprintf(auth, sizeof(auth), "{" CLIENT ", 'store': '%s'}", bad[i]);
		test_config_load(&t, auth);
		if (!test_config_found(&t, "error", "bad_store", "store", "redis://host:6379/0") &&
		    !test_config_found(&t, "error", "blanks", "store", "blank"))
			fail_msg("%s was taken", bad[i]);
		test_config_finish(&t);
	}
}

static void what_a_store_does_not_use_is_told(void **state)
{
	(void)state;
	test_expect_warning("{" CLIENT ", 'store_user': 'x'}", "unused_key", "store_user",
			    "Redis or Valkey only");
	test_expect_warning("{" CLIENT ", 'store_password': 'x'}", "unused_key", "store_password", "Redis");
	test_expect_warning("{" CLIENT ", 'store': 'redis://x', 'store_ca_file': '/ca'}", "unused_key",
			    "store_ca_file", "rediss:// only");
	test_expect_warning("{" CLIENT ", 'store': 'memory', 'store_dir': '/x'}", "unused_key", "store_dir",
			    "is used by store = \"lmdb\" only");
}

static void a_session_in_its_cookie_lasts_less_long(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(&t, "{" CLIENT ", 'store': 'cookie'}");
	assert_int_equal(t.config.policy.absolute_sec, 12 * 3600);
	test_config_finish(&t);
	test_config_load_fine(&t, "{" CLIENT ", 'store': 'cookie', 'default_ttl': '2d'}");
	assert_int_equal(t.config.policy.absolute_sec, 2 * 86400);
	test_config_finish(&t);
}

static void a_cookie_keeps_no_token_to_expose(void **state)
{
	(void)state;
	test_expect_error("{" CLIENT ", 'store': 'cookie', 'expose_tokens': 'access'}", "store_lacks",
			  "expose_tokens", "cannot be with store = \"cookie\", which keeps no token");
}

static void tokens_are_exposed_by_name(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(&t, "{" CLIENT ", 'expose_tokens': ['id', 'access']}");
	assert_int_equal(t.config.expose_tokens, STO_EXPOSE_ID | STO_EXPOSE_ACCESS);
	test_config_finish(&t);
	test_config_load_fine(&t, "{" CLIENT ", 'expose_tokens': 'access'}");
	assert_int_equal(t.config.expose_tokens, STO_EXPOSE_ACCESS);
	test_config_finish(&t);
	test_expect_error("{" CLIENT ", 'expose_tokens': ['id', 'refresh']}", "bad_choice", "expose_tokens",
			  "must be one of \"id\", \"access\"");
}

/* --- where the app lives */

struct place_row {
	const char *auth, *facts, *public_url, *base_path;
};

static void the_address_of_the_app_is_told_in_this_order(void **state)
{
	static const struct place_row rows[] = {
		{"{" CLIENT "}", "{'base_path': 'foo'}", "http://localhost:8501/foo", "/foo"},
		{"{" CLIENT ", 'public_url': 'https://a.example/x/'}", "{'base_path': 'foo'}",
		 "https://a.example/x", "/x"},
		{"{" CLIENT ", 'public_url': 'https://a.example/'}", NULL, "https://a.example", ""},
		{"{" CLIENT ", 'redirect_uri': 'https://a.example/foo/auth/callback'}",
		 "{'base_path': 'foo'}", "https://a.example/foo", "/foo"},
		{"{" CLIENT ", 'redirect_uri': 'http://localhost:{port}/auth/callback'}", NULL,
		 "http://localhost:8501", ""},
		{"{'google': {'client_id': 'x', 'redirect_uri': 'http://127.0.0.1:{port}/auth/callback'}}",
		 NULL, "http://127.0.0.1:8501", ""},
		{"{" CLIENT ", 'redirect_uri': 'https://a.example/x', 'public_url': 'https://a.example'}",
		 NULL, "https://a.example", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_config t;
		test_config_load_from(&t, rows[i].auth, NULL, rows[i].facts);
		assert_ok(t.rc);
		assert_string_equal(sto_buf_cstr(&t.config.public_url), rows[i].public_url);
		assert_true(sto_span_equal(t.config.base_path, sto_span_str(rows[i].base_path)));
		assert_true(t.config.loopback == (strstr(rows[i].public_url, "http://") != NULL));
		test_config_finish(&t);
	}
}

static void an_address_with_a_query_or_odd_path_is_refused(void **state)
{
	static const char *const bad[] = {"https://a.example/?x=1", "https://a.example/x?y=1",
					  "https://a.example/x//y", "https://a.example/x/../y",
					  "https://a.example/x//",  "https://a.example/%2e%2e/x"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char auth[200];
		(void)snprintf(auth, sizeof(auth), "{" CLIENT ", 'public_url': '%s'}", bad[i]);
		test_expect_error(auth, "bad_url", "public_url", "Write it as https://host");
	}
}

static void an_unknown_port_without_an_address_is_told(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_from(&t, "{" CLIENT "}", NULL, "{'port': 0}");
	assert_true(test_config_found(&t, "error", "bad_url", "public_url", "cannot be told"));
	test_config_finish(&t);
}

static void the_end_of_a_sign_out_may_be_elsewhere(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(&t, "{" CLIENT ", 'post_logout_redirect_uri': 'https://www.example/bye'}");
	assert_span(t.config.post_logout_url, "https://www.example/bye");
	test_config_finish(&t);
	test_expect_error("{" CLIENT ", 'post_logout_redirect_uri': 'http://www.example/bye'}", "not_https",
			  "post_logout_redirect_uri", "is http on another machine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_and_a_provider_are_enough),
		cmocka_unit_test(a_native_block_is_taken_as_it_stands),
		cmocka_unit_test(nothing_configured_says_where_was_looked),
		cmocka_unit_test(a_broken_file_says_its_line),
		cmocka_unit_test(settings_without_a_provider_are_told),
		cmocka_unit_test(cf_02_an_unknown_key_names_the_one_that_was_meant),
		cmocka_unit_test(a_key_of_a_gate_is_told_to_go),
		cmocka_unit_test(all_findings_come_at_once),
		cmocka_unit_test(a_finding_names_the_variable_that_set_the_key),
		cmocka_unit_test(a_mapping_is_named_as_one),
		cmocka_unit_test(lg_08_no_finding_holds_a_secret),
		cmocka_unit_test(cf_01_sloppy_times_are_refused),
		cmocka_unit_test(times_are_taken_as_they_are_written),
		cmocka_unit_test(idle_cannot_be_longer_than_the_whole),
		cmocka_unit_test(the_kinds_of_session_are_three),
		cmocka_unit_test(stores_are_told_by_name_or_address),
		cmocka_unit_test(other_stores_are_refused),
		cmocka_unit_test(what_a_store_does_not_use_is_told),
		cmocka_unit_test(a_session_in_its_cookie_lasts_less_long),
		cmocka_unit_test(a_cookie_keeps_no_token_to_expose),
		cmocka_unit_test(tokens_are_exposed_by_name),
		cmocka_unit_test(the_address_of_the_app_is_told_in_this_order),
		cmocka_unit_test(an_address_with_a_query_or_odd_path_is_refused),
		cmocka_unit_test(an_unknown_port_without_an_address_is_told),
		cmocka_unit_test(the_end_of_a_sign_out_may_be_elsewhere),
	};
	return cmocka_run_group_tests_name("realm/config", tests, NULL, NULL);
}
