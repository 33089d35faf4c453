/* Configurations that are wrong: each names file, block, key, line and the mend. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "gate/config_table.h"
#include "gate/test_provider.h"

static struct test_provider provider;

static int setup(void **state)
{
	(void)state;
	test_provider_init(&provider);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_provider_finish(&provider);
	return 0;
}

static bool has(const json_t *findings, const char *code, const char *key, const char *message)
{
	size_t i;
	json_t *finding;
	json_array_foreach(findings, i, finding)
	{
		const char *found_key = json_string_value(json_object_get(finding, "key"));
		if (strcmp(json_string_value(json_object_get(finding, "code")), code) == 0 &&
		    (key == NULL) == (found_key == NULL) && (key == NULL || strcmp(found_key, key) == 0) &&
		    strstr(json_string_value(json_object_get(finding, "message")), message) != NULL)
			return true;
	}
	return false;
}

static void expect(const char *changes, const char *code, const char *key, const char *message)
{
	json_t *findings = test_findings(&provider, changes);
	if (!has(findings, code, key, message)) {
		char *text = json_dumps(findings, 0);
		print_message("%s\n  gives %s\n", changes, text);
		free(text);
		fail();
	}
	json_decref(findings);
}

static void a_good_configuration_has_no_findings(void **state)
{
	(void)state;
	json_t *findings = test_findings(&provider, NULL);
	assert_int_equal(json_array_size(findings), 0);
	json_decref(findings);
}

/* CF-02 */
static void cf_02_unknown_key_names_the_one_that_was_meant(void **state)
{
	(void)state;
	expect("{\"clent_id\": \"x\"}", "unknown_key", "clent_id", "Did you mean client_id?");
	expect("{\"Client-Secret\": \"x\"}", "unknown_key", "Client-Secret", "Did you mean client_secret?");
	expect("{\"zzz\": 1}", "unknown_key", "zzz", "Take it out");
}

static void every_finding_names_its_place(void **state)
{
	(void)state;
	expect("{\"clent_id\": \"x\"}", "unknown_key", "clent_id",
	       ".streamlit/secrets.toml, [oauth], line 7: clent_id ");
}

/* CF-01, JD-12 */
static void cf_01_sloppy_numbers_are_refused(void **state)
{
	static const char *const bad[] = {"\"300x\"",       "\"1:\"", "\"1.\"",  "\" 1\"",
					  "\"-1\"",         "-1",     "301",     "18446744073709551615.0",
					  "\"9999999999\"", "\"\"",   "\"1.5\"", "\"0x10\""};
	char changes[100];
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(changes, sizeof(changes), "{\"leeway\": %s}", bad[i]);
		json_t *findings = test_findings(&provider, changes);
		if (!has(findings, "out_of_range", "leeway", "must be within 0 and 300") &&
		    !has(findings, "wrong_type", "leeway", "must be a number of seconds"))
			fail_msg("%s was taken", bad[i]);
		json_decref(findings);
	}
}

static void wrong_types_name_both_types(void **state)
{
	(void)state;
	expect("{\"client_id\": 7}", "wrong_type", "client_id", "must be a string and is a number");
	expect("{\"client_secret\": [\"x\"]}", "wrong_type", "client_secret",
	       "must be a string and is a list");
	expect("{\"authorize_params\": \"x\"}", "wrong_type", "authorize_params",
	       "must be a table and is a string");
	expect("{\"leeway\": true}", "wrong_type", "leeway", "must be a number of seconds and is a boolean");
}

static void missing_keys_are_named(void **state)
{
	(void)state;
	expect("{\"client_id\": null}", "missing_key", "client_id", "is missing");
	expect("{\"issuer\": null}", "missing_key", "issuer", "is missing");
	expect("{\"issuer\": null, \"token_endpoint\": \"https://op.example/t\", \"jwks_uri\": "
	       "\"https://op.example/k\"}",
	       "missing_key", "authorization_endpoint", "is missing");
	expect("{\"token\": \"access\"}", "missing_key", "audience", "is missing");
	expect("{\"token_endpoint_auth_method\": \"client_secret_post\", \"client_secret\": null}",
	       "missing_key", "client_secret", "is missing");
}

static void urls_must_be_https_or_loopback(void **state)
{
	(void)state;
	expect("{\"issuer\": \"http://op.example\"}", "not_https", "issuer", "is http on another machine");
	expect("{\"redirect_uri\": \"http://192.168.1.5:8501/\"}", "not_https", "redirect_uri", "Use https");
	expect("{\"issuer\": \"op.example\"}", "bad_url", "issuer", "is not a URL");
	expect("{\"issuer\": \"https://u:p@op.example\"}", "bad_url", "issuer", "is not a URL");
}

static void redirect_uri_must_be_of_the_app(void **state)
{
	(void)state;
	static const char *const others[] = {"https://app.example", "https://localhost:8501",
					     "http://localhost:8502", "http://127.0.0.1:8501"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		char changes[80];
		(void)snprintf(changes, sizeof(changes), "{\"public_url\": \"%s\"}", others[i]);
		expect(changes, "other_origin", "redirect_uri", "another origin");
	}
}

static void redirect_uri_must_be_under_the_path_of_the_app(void **state)
{
	(void)state;
	expect("{\"public_url\": \"http://localhost:8501/foo\"}", "other_path", "redirect_uri",
	       "Write redirect_uri = \"http://localhost:8501/foo/\"");
	expect("{\"public_url\": \"http://localhost:8501/foo\", \"redirect_uri\": "
	       "\"http://localhost:8501/foobar\"}",
	       "other_path", "redirect_uri", "is not under the app's own path");
}

static void redirect_uri_may_be_a_page_under_the_path_of_the_app(void **state)
{
	static const char *const paths[] = {"/foo", "/foo/", "/foo/page2"};
	char changes[200];
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		(void)snprintf(changes, sizeof(changes),
			       "{\"public_url\": \"http://localhost:8501/foo/\", \"redirect_uri\": "
			       "\"http://localhost:8501%s\"}",
			       paths[i]);
		json_t *findings = test_findings(&provider, changes);
		assert_int_equal(json_array_size(findings), 0);
		json_decref(findings);
	}
}

/* LF-16 */
static void lf_16_protocol_parameters_are_refused(void **state)
{
	static const char *const names[] = {"state",          "redirect_uri",  "nonce",
					    "code_challenge", "response_type", "request"};
	char changes[100];
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(changes, sizeof(changes), "{\"authorize_params\": {\"%s\": \"x\"}}", names[i]);
		expect(changes, "reserved_param", "authorize_params", names[i]);
	}
}

static void choices_are_listed(void **state)
{
	(void)state;
	expect("{\"token\": \"both\"}", "bad_choice", "token", "must be one of \"id\", \"access\"");
	expect("{\"algorithms\": [\"HS256\"]}", "bad_algorithm", "algorithms", "HS256");
	expect("{\"algorithms\": \"none\"}", "bad_algorithm", "algorithms", "none");
}

static void id_token_needs_openid(void **state)
{
	(void)state;
	expect("{\"scope\": \"email\"}", "no_openid", "scope", "lacks openid");
}

static void a_table_where_a_text_belongs_is_told_with_its_line(void **state)
{
	(void)state;
	expect("{\"client_secret\": {\"a\": {\"b\": 1}}}", "wrong_type", "client_secret",
	       "line 7: client_secret must be a string and is a table");
	expect("{\"authorize_params\": {\"a\": {\"b\": 1}}}", "bad_param", "authorize_params",
	       "holds a with");
	expect("{\"no_such_key\": {\"a\": 1}}", "unknown_key", "no_such_key", "is no key of st_oauth");
}

static void blanks_and_line_breaks_are_refused(void **state)
{
	(void)state;
	expect("{\"client_id\": \"app \"}", "blanks", "client_id", "begins or ends with a blank");
	expect("{\"client_id\": \"a\\nb\"}", "bad_text", "client_id", "control characters");
	expect("{\"client_id\": \"\"}", "empty", "client_id", "is empty");
}

/* LG-08: no finding repeats a secret. */
static void lg_08_no_finding_holds_a_secret(void **state)
{
	(void)state;
	json_t *findings =
		test_findings(&provider, "{\"secret\": \"c4nary-that-is-no-key\", \"client_secret\": "
					 "\"c4nary\\u0007\", \"x\": \"c4nary\"}");
	char *text = json_dumps(findings, 0);
	assert_true(has(findings, "bad_text", "client_secret", "control characters"));
	assert_null(strstr(text, "c4nary"));
	free(text);
	json_decref(findings);
	expect("{\"secret\": \"c4nary-that-is-no-key\"}", "bad_secret", "secret", "openssl rand -base64 32");
}

/* LG-04 */
static void lg_04_no_password_in_an_address_is_repeated(void **state)
{
	(void)state;
	json_t *findings = test_findings(&provider, "{\"proxy\": \"http://u:c4nary@bad\\u0007\", \"issuer\": "
						    "\"https://u:c4nary@op.example\", \"jwks_uri\": "
						    "\"http://u:c4nary@op.example/keys\"}");
	char *text = json_dumps(findings, 0);
	assert_true(has(findings, "bad_text", "proxy", "control characters"));
	assert_true(has(findings, "bad_url", "issuer", "is not a URL"));
	assert_true(has(findings, "bad_url", "jwks_uri", "is not a URL"));
	assert_null(strstr(text, "c4nary"));
	free(text);
	json_decref(findings);
}

/* JD-12: no timeout becomes "for ever". */
static void jd_12_a_timeout_is_a_number_of_seconds_within_bounds(void **state)
{
	static const char *const bad[] = {"0",
					  "-1",
					  "121",
					  "1e9",
					  "\"300x\"",
					  "\" 1\"",
					  "\"-1\"",
					  "\"0s\"",
					  "\"1.5\"",
					  "\"\"",
					  "\"99999999999999999999\"",
					  "1.5",
					  "true",
					  "9223372036854775807"};
	char changes[80];
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(changes, sizeof(changes), "{\"timeout\": %s}", bad[i]);
		json_t *findings = test_findings(&provider, changes);
		if (!has(findings, "out_of_range", "timeout", "must be within 1 and 120") &&
		    !has(findings, "wrong_type", "timeout", "must be a number of seconds"))
			fail_msg("%s", bad[i]);
		json_decref(findings);
	}
}

static void a_wrong_key_is_not_missing_as_well(void **state)
{
	(void)state;
	json_t *findings = test_findings(&provider, "{\"issuer\": 7, \"client_id\": 8}");
	assert_int_equal(json_array_size(findings), 2);
	json_decref(findings);
}

static void all_findings_come_at_once(void **state)
{
	(void)state;
	json_t *findings = test_findings(
		&provider, "{\"clent_id\": 1, \"leeway\": \"x\", \"token\": \"y\", \"issuer\": 7}");
	assert_true(json_array_size(findings) >= 4);
	json_decref(findings);
}

static void endpoints_without_issuer_warn(void **state)
{
	(void)state;
	expect("{\"issuer\": null, \"authorization_endpoint\": \"https://op.example/a\", \"token_endpoint\": "
	       "\"https://op.example/t\", \"jwks_uri\": \"https://op.example/k\"}",
	       "issuer_unknown", "issuer", "jwks_uri alone");
}

/* The nine keys of the first component of this name. */
static void the_nine_keys_are_enough(void **state)
{
	(void)state;
	sto_gate *gate = test_gate(
		&provider, "{\"issuer\": null, \"authorization_endpoint\": \"https://op.example/authorize\", "
			   "\"token_endpoint\": \"https://op.example/token\", \"jwks_uri\": "
			   "\"https://op.example/jwks\", "
			   "\"scope\": \"openid read\", \"audience\": \"https://api.example\", "
			   "\"identity_field_in_token\": \"sub\"}");
	provider.access_claims = json_object();
	assert_string_equal(test_sign_in(&provider, gate), "");
	assert_int_equal(provider.requests[TEST_DISCOVERY], 0);
	sto_gate_free(gate);
}

static json_t *source_findings(const char *source)
{
	char request[600];
	struct sto_buf findings;
	sto_gate *gate = NULL;
	sto_buf_init(&findings, 100000);
	(void)snprintf(
		request, sizeof(request),
		"{\"block\": \"myoauth\", \"source\": %s, \"settings\": [], \"facts\": {\"port\": 8501}}",
		source);
	assert_int_equal(sto_gate_open(&gate, &findings, sto_span_str(request), NULL, NULL),
			 STO_CONFIG_WRONG);
	json_t *list = json_loadb((const char *)findings.data, findings.len, 0, NULL);
	sto_buf_finish(&findings);
	return list;
}

static void missing_file_block_and_broken_file_are_three_messages(void **state)
{
	(void)state;
	json_t *f = source_findings(
		"{\"kind\": \"file\", \"file\": null, \"state\": \"missing_file\", \"searched\": "
		"[\"/a/secrets.toml\", \"/b/secrets.toml\"]}");
	assert_true(has(f, "missing_file", NULL, "/a/secrets.toml and /b/secrets.toml"));
	json_decref(f);
	f = source_findings(
		"{\"kind\": \"file\", \"file\": \"s.toml\", \"state\": \"missing_block\", \"blocks\": "
		"[\"db\", \"myoath\"]}");
	assert_true(has(f, "missing_block", NULL,
			"the blocks that exist are [db] and [myoath]. Did you mean st_oauth(\"myoath\")?"));
	json_decref(f);
	f = source_findings(
		"{\"kind\": \"file\", \"file\": \"s.toml\", \"state\": \"broken_file\", \"line\": 3, "
		"\"detail\": \"Invalid value (at line 3, column 5)\"}");
	assert_true(has(f, "broken_file", NULL,
			"s.toml, [myoauth], line 3: the file cannot be read: Invalid value"));
	json_decref(f);
}

/* Hosts hand tables over leaf by leaf. */
static void settings_of_a_table_come_together_again(void **state)
{
	static const char request[] =
		"{\"block\": \"x\", \"source\": {\"kind\": \"file\", \"state\": \"ok\"}, \"facts\": "
		"{\"port\": 8501}, "
		"\"settings\": [{\"path\": [\"authorize_params\", \"prompt\"], \"value\": \"login\", "
		"\"line\": 4}, "
		"{\"path\": [\"authorize_params\", \"state\"], \"value\": \"mine\", \"line\": 5}, "
		"{\"path\": [\"client_id\", \"a\"], \"value\": \"x\", \"line\": 6}]}";
	struct sto_buf findings;
	sto_gate *gate = NULL;
	(void)state;
	sto_buf_init(&findings, 100000);
	assert_int_equal(sto_gate_open(&gate, &findings, sto_span_str(request), NULL, NULL),
			 STO_CONFIG_WRONG);
	json_t *list = json_loadb((const char *)findings.data, findings.len, 0, NULL);
	assert_true(has(list, "reserved_param", "authorize_params", "line 4: authorize_params holds state"));
	assert_true(has(list, "wrong_type", "client_id", "must be a string and is a table"));
	json_decref(list);
	sto_buf_finish(&findings);
}

static void keys_of_an_app_do_not_belong_into_a_gates_block(void **state)
{
	static const char *const keys[] = {"default_ttl", "store",       "roles",        "cookie_secret",
					   "label",       "trust_email", "client_kwargs"};
	char changes[100];
	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		(void)snprintf(changes, sizeof(changes), "{\"%s\": \"x\"}", keys[i]);
		expect(changes, "misplaced_key", keys[i],
		       "is a key of the sign-in of a whole app, and this is a gate's block. Move it to "
		       "[auth]");
	}
}

static void a_client_secret_may_stand_in_a_file(void **state)
{
	(void)state;
	expect("{\"client_secret\": null, \"client_secret_file\": \"/no/such\", "
	       "\"token_endpoint_auth_method\": "
	       "\"client_secret_post\"}",
	       "bad_file", "client_secret_file", "cannot open /no/such: No such file or directory");
	expect("{\"client_secret_file\": \"/x\"}", "two_secrets", "client_secret_file",
	       "stands beside client_secret");
}

static void findings_over_several_keys_name_the_line(void **state)
{
	(void)state;
	expect("{\"algorithms\": [\"HS256\"]}", "bad_algorithm", "algorithms", "line 7: algorithms holds");
}

static void every_key_of_the_table_has_help(void **state)
{
	const struct sto_config_key *key;
	(void)state;
	for (size_t i = 0; (key = sto_config_key_at(i)) != NULL; i++) {
		assert_true(strlen(key->help) > 10);
		assert_true((key->scope & ~(unsigned)STO_SCOPE_SHARED) != 0);
		assert_true((key->scope & STO_SCOPE_SHARED) == 0 || (key->scope & STO_SCOPE_PROVIDER) != 0);
		assert_ptr_equal(sto_config_key_find(sto_span_str(key->name)), key);
	}
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_good_configuration_has_no_findings),
		FACT(cf_02_unknown_key_names_the_one_that_was_meant),
		FACT(every_finding_names_its_place),
		FACT(cf_01_sloppy_numbers_are_refused),
		FACT(wrong_types_name_both_types),
		FACT(missing_keys_are_named),
		FACT(urls_must_be_https_or_loopback),
		FACT(redirect_uri_must_be_of_the_app),
		FACT(redirect_uri_must_be_under_the_path_of_the_app),
		FACT(redirect_uri_may_be_a_page_under_the_path_of_the_app),
		FACT(lf_16_protocol_parameters_are_refused),
		FACT(choices_are_listed),
		FACT(id_token_needs_openid),
		FACT(a_table_where_a_text_belongs_is_told_with_its_line),
		FACT(blanks_and_line_breaks_are_refused),
		FACT(lg_08_no_finding_holds_a_secret),
		FACT(lg_04_no_password_in_an_address_is_repeated),
		FACT(jd_12_a_timeout_is_a_number_of_seconds_within_bounds),
		FACT(a_wrong_key_is_not_missing_as_well),
		FACT(all_findings_come_at_once),
		FACT(endpoints_without_issuer_warn),
		FACT(the_nine_keys_are_enough),
		FACT(missing_file_block_and_broken_file_are_three_messages),
		FACT(settings_of_a_table_come_together_again),
		FACT(keys_of_an_app_do_not_belong_into_a_gates_block),
		FACT(a_client_secret_may_stand_in_a_file),
		FACT(findings_over_several_keys_name_the_line),
		FACT(every_key_of_the_table_has_help),
	};
	return cmocka_run_group_tests_name("gate/config", tests, NULL, NULL);
}
