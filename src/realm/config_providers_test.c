/* The providers of [auth]: which there are, what each is asked with, and that none has what is another's. */
#include <stdio.h>
#include <stdlib.h>

#include "gate/config_table.h"
#include "realm/test_config.h"
#include "stoauth/gate.h"

static const struct sto_realm_provider *provider(const struct test_config *t, const char *name)
{
	for (size_t i = 0; i < t->config.n_providers; i++)
		if (sto_span_equal(t->config.providers[i].name, sto_span_str(name)))
			return &t->config.providers[i];
	fail_msg("there is no provider %s", name);
	return NULL;
}

static const char *setting(const struct test_config *t, const char *name, const char *key)
{
	return json_string_value(test_setting(provider(t, name), key, NULL));
}

/* --- which there are */

static void a_provider_in_auth_itself_has_no_block(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(
		&t,
		"{'issuer': 'https://op.example', 'client_id': 'app', 'client_secret': 's', 'default_ttl': "
		"'7d'}");
	assert_int_equal(t.config.n_providers, 1);
	assert_true(t.config.providers[0].unnamed);
	assert_span(t.config.providers[0].name, "default");
	const json_t *request = t.config.providers[0].request;
	assert_string_equal(json_string_value(json_object_get(request, "block")), "auth");
	assert_int_equal(json_array_size(json_object_get(request, "settings")), 3);
	assert_string_equal(setting(&t, "default", "client_id"), "app");
	const json_t *facts = json_object_get(request, "facts");
	assert_string_equal(json_string_value(json_object_get(facts, "callback")), "/auth/callback");
	assert_string_equal(json_string_value(json_object_get(facts, "public_url")), "http://localhost:8501");
	test_config_finish(&t);
}

static void one_without_a_preset_is_the_default(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(&t, "{'issuer': 'https://id.example/x', 'client_id': 'app'}");
	assert_span(t.config.providers[0].name, "default");
	assert_span(t.config.providers[0].label, "id.example");
	test_config_finish(&t);
}

static void a_preset_names_the_provider_in_auth_itself(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(&t, "{'provider': 'github', 'client_id': 'a', 'client_secret': 'b'}");
	assert_span(t.config.providers[0].name, "github");
	assert_span(t.config.providers[0].label, "GitHub");
	assert_string_equal(setting(&t, "github", "provider"), "github");
	test_config_finish(&t);
	test_expect_error("{'provider': 'google', 'client_id': 'x', 'google': {'client_id': 'y'}}",
			  "same_name", "google", "is the name of the provider in [auth] itself as well");
}

static void blocks_are_providers_in_their_order(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(
		&t, "{'github': {'client_id': 'a'}, 'my-idp2': {'client_id': 'b', 'label': 'Staff', "
		    "'trust_email': true}}");
	assert_int_equal(t.config.n_providers, 2);
	assert_span(t.config.providers[0].name, "github");
	assert_span(t.config.providers[0].label, "GitHub");
	assert_false(t.config.providers[0].trust_email || t.config.providers[0].unnamed);
	assert_span(t.config.providers[1].name, "my-idp2");
	assert_span(t.config.providers[1].label, "Staff");
	assert_true(t.config.providers[1].trust_email);
	assert_string_equal(json_string_value(json_object_get(t.config.providers[1].request, "block")),
			    "auth.my-idp2");
	assert_string_equal(setting(&t, "my-idp2", "client_id"), "b");
	assert_int_equal(json_array_size(json_object_get(t.config.providers[1].request, "settings")), 1);
	test_config_finish(&t);
}

/* A provider was meant: it lacks its client_id. */
static void a_key_of_a_provider_without_blocks_makes_one(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(&t, "{'issuer': 'https://op.example'}");
	assert_int_equal(t.config.n_providers, 1);
	assert_true(t.config.providers[0].unnamed);
	test_config_finish(&t);
	test_expect_error("{'timeout': 5}", "no_provider", NULL, "no provider is configured");
}

static void both_kinds_go_together(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(
		&t, "{'client_id': 'a', 'issuer': 'https://op.example', 'google': {'client_id': 'b'}}");
	assert_int_equal(t.config.n_providers, 2);
	assert_string_equal(setting(&t, "default", "client_id"), "a");
	assert_string_equal(setting(&t, "google", "client_id"), "b");
	test_config_finish(&t);
}

/* A host may hand a block over in one piece. */
static void a_block_as_one_value_is_the_same(void **state)
{
	static const char request[] =
		"{\"block\": \"auth\", \"source\": {\"kind\": \"dict\", \"state\": \"ok\"}, \"facts\": "
		"{\"port\": "
		"8501}, \"settings\": [{\"path\": [\"google\"], \"value\": {\"client_id\": \"x\", "
		"\"authorize_params\": {\"prompt\": \"login\"}}, \"line\": 2}, {\"path\": [\"empty\"], "
		"\"value\": {}, "
		"\"line\": 9}]}";
	struct test_config t = {.request = json_loads(request, 0, NULL)};
	(void)state;
	sto_config_source_of(&t.source, t.request);
	assert_ok(sto_findings_init(&t.findings, &t.source));
	sto_realm_config_init(&t.config);
	assert_ok(sto_realm_config_load(&t.config, &t.findings, t.request));
	assert_int_equal(t.config.n_providers, 2);
	assert_string_equal(setting(&t, "google", "client_id"), "x");
	assert_true(json_is_object(test_setting(provider(&t, "google"), "authorize_params", NULL)));
	assert_int_equal(json_array_size(json_object_get(provider(&t, "empty")->request, "settings")), 0);
	test_config_finish(&t);
}

static void names_are_checked_with_the_mend(void **state)
{
	(void)state;
	test_expect_error("{'my_idp': {'client_id': 'x'}}", "bad_name", "my_idp",
			  "because Streamlit allows no '_' in one. Write [auth.my-idp].");
	test_expect_error("{'Google': {'client_id': 'x'}}", "bad_name", "Google", "Write [auth.google].");
	test_expect_error("{'a/b': {'client_id': 'x'}}", "bad_name", "a/b",
			  "Use small letters, digits and '-', at most 32.");
	test_expect_error("{'-a': {'client_id': 'x'}}", "bad_name", "-a", "is no name of a provider");
	test_expect_error("{'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa': {'client_id': 'x'}}", "bad_name",
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "at most 32");
}

static void one_name_is_one_provider(void **state)
{
	(void)state;
	test_expect_error("{'provider': 'google', 'client_id': 'x', 'google': {'client_id': 'y'}}",
			  "same_name", "google", "is the name of the provider in [auth] itself as well");
	test_expect_error("{'issuer': 'https://op.example', 'client_id': 'x', 'default': {'client_id': 'y'}}",
			  "same_name", "default", "as well");
}

static void sixteen_providers_are_the_most(void **state)
{
	char auth[2000] = "{";
	struct test_config t;
	(void)state;
	for (int i = 0; i < STO_REALM_PROVIDERS + 1; i++) {
		size_t len = strlen(auth);
		(void)snprintf(auth + len, sizeof(auth) - len, "%s'p%d': {'client_id': 'x'}",
			       i == 0 ? "" : ", ", i);
	}
	(void)snprintf(auth + strlen(auth), sizeof(auth) - strlen(auth), "}");
	test_config_load(&t, auth);
	assert_int_equal(t.config.n_providers, STO_REALM_PROVIDERS);
	assert_int_equal(json_array_size(t.findings.list), 1);
	assert_true(test_config_found(&t, "error", "too_many_providers", "p16", "16 are possible"));
	test_config_finish(&t);
}

static void a_wrong_value_names_block_and_line(void **state)
{
	(void)state;
	test_expect_error("{'google': {'client_id': 'x', 'trust_email': 'yes'}}", "wrong_type", "trust_email",
			  "secrets.toml, [auth.google], line 2: trust_email must be true or false");
	test_expect_error("{'google': {'client_id': 'x', 'label': {'a': 'b'}}}", "wrong_type", "label",
			  "label must be a string and is a table");
}

/* --- what is whose */

/* A good value of each key, another one, and how they are written. */
static void values_of(const struct sto_config_key *key, const char **one, const char **other)
{
	*one = "'one'";
	*other = "'other'";
	if (key->type == STO_CONFIG_URL) {
		*one = "'https://app.example/one'";
		*other = "'https://app.example/other'";
	} else if (key->type == STO_CONFIG_BOOL) {
		*one = "true";
		*other = "false";
	} else if (key->type == STO_CONFIG_SECONDS) {
		*one = "61";
		*other = "62";
	} else if (key->type == STO_CONFIG_PATH) {
		*one = "'/one'";
		*other = "'/other'";
	} else if (key->type == STO_CONFIG_CHOICE) {
		*one = "'none'";
		*other = "'client_secret_basic'";
	}
}

static size_t count_of(const struct sto_realm_provider *p, const char *key)
{
	size_t i, n = 0;
	json_t *one;
	json_array_foreach(json_object_get(p->request, "settings"), i, one)
	{
		n += strcmp(json_string_value(json_array_get(json_object_get(one, "path"), 0)), key) == 0;
	}
	return n;
}

static void check_row(const struct sto_config_key *key)
{
	const char *one, *other;
	char auth[400];
	struct test_config t;
	bool shared = (key->scope & STO_SCOPE_SHARED) != 0;
	values_of(key, &one, &other);
	(void)snprintf(auth, sizeof(auth),
		       "{'client_id': 'a', '%s': %s, 'g': {'client_id': 'b'}, 'h': {'%s': %s}}", key->name,
		       one, key->name, other);
	test_config_load(&t, auth);
	const json_t *inherited = test_setting(provider(&t, "g"), key->name, NULL);
	const json_t *own = test_setting(provider(&t, "h"), key->name, NULL);
	if (strcmp(key->name, "client_id") != 0 && (inherited != NULL) != shared)
		fail_msg("%s is %s", key->name, shared ? "not inherited" : "inherited");
	assert_int_equal(count_of(provider(&t, "h"), key->name), 1);
	char text[100];
	(void)snprintf(text, sizeof(text), "%s", other);
	for (char *at = text; *at != 0; at++)
		*at = *at == '\'' ? '"' : *at;
	json_t *right = json_loads(text, JSON_DECODE_ANY, NULL);
	if (!json_equal(own, right))
		fail_msg("%s of the block is not the block's own", key->name);
	json_decref(right);
	test_config_finish(&t);
}

/* CF-03: every key of a provider; a table is not merged but replaced. */
static void cf_03_a_block_overrides_whole_keys_and_inherits_shared_ones_only(void **state)
{
	const struct sto_config_key *key;
	size_t n = 0;
	(void)state;
	for (size_t i = 0; (key = sto_config_key_at(i)) != NULL; i++) {
		bool is_table = key->type == STO_CONFIG_TABLE || key->type == STO_CONFIG_PARAMS;
		bool of_realm = strcmp(key->name, "label") == 0 || strcmp(key->name, "trust_email") == 0;
		if ((key->scope & STO_SCOPE_PROVIDER) == 0 || of_realm || is_table)
			continue;
		check_row(key);
		n++;
	}
	assert_true(n > 15);
}

static void cf_03_no_table_is_shared_or_merged(void **state)
{
	const struct sto_config_key *key;
	struct test_config t;
	(void)state;
	for (size_t i = 0; (key = sto_config_key_at(i)) != NULL; i++)
		if (key->type == STO_CONFIG_TABLE || key->type == STO_CONFIG_PARAMS)
			assert_int_equal(key->scope & STO_SCOPE_SHARED, 0);
	test_config_load_fine(&t,
			      "{'client_id': 'a', 'issuer': 'https://op.example', 'authorize_params': "
			      "{'prompt': 'login'}, 'client_kwargs': {'hd': 'x'}, 'g': {'client_id': 'b', "
			      "'authorize_params': {'display': 'page'}}}");
	assert_null(test_setting(provider(&t, "g"), "authorize_params", "prompt"));
	assert_null(test_setting(provider(&t, "g"), "authorize_params", "hd"));
	assert_non_null(test_setting(provider(&t, "g"), "authorize_params", "display"));
	assert_null(test_setting(provider(&t, "default"), "authorize_params", "display"));
	test_config_finish(&t);
}

/* CF-09: in any order. */
static void cf_09_no_provider_has_the_secret_or_method_of_another(void **state)
{
	static const char *const orders[] = {
		"{'a': {'client_id': 'a', 'client_secret': 's', 'token_endpoint_auth_method': "
		"'client_secret_post'}, "
		"'b': {'client_id': 'b'}, 'c': {'client_id': 'c', 'token_endpoint_auth_method': 'none'}}",
		"{'c': {'client_id': 'c', 'token_endpoint_auth_method': 'none'}, 'b': {'client_id': 'b'}, "
		"'a': "
		"{'client_id': 'a', 'client_secret': 's', 'token_endpoint_auth_method': "
		"'client_secret_post'}}",
	};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct test_config t;
		test_config_load_fine(&t, orders[i]);
		assert_string_equal(setting(&t, "a", "token_endpoint_auth_method"), "client_secret_post");
		assert_null(setting(&t, "b", "token_endpoint_auth_method"));
		assert_null(setting(&t, "b", "client_secret"));
		assert_string_equal(setting(&t, "c", "token_endpoint_auth_method"), "none");
		assert_null(setting(&t, "c", "client_secret"));
		test_config_finish(&t);
	}
}

static void a_key_of_one_provider_cannot_stand_over_several(void **state)
{
	static const char *const keys[] = {"client_secret", "issuer", "trust_email",
					   "scope",         "label",  "token_endpoint_auth_method"};
	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char auth[200];
		(void)snprintf(auth, sizeof(auth), "{'%s': 'x', 'google': {'client_id': 'x'}}", keys[i]);
		test_expect_error(auth, "misplaced_key", keys[i],
				  "is one provider's, and [auth] itself has no client_id");
	}
}

/* One finding, not one a provider. */
static void a_wrong_shared_value_is_told_once(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load(&t, "{'timeout': 'x', 'a': {'client_id': 'a'}, 'b': {'client_id': 'b'}}");
	assert_int_equal(json_array_size(t.findings.list), 1);
	assert_null(test_setting(provider(&t, "a"), "timeout", NULL));
	test_config_finish(&t);
}

/* --- client_kwargs */

static void client_kwargs_become_keys_of_ours(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(
		&t, "{'client_id': 'x', 'client_kwargs': {'scope': 'openid email', 'prompt': 'login', "
		    "'code_challenge_method': 'S256', 'token_endpoint_auth_method': "
		    "'client_secret_post', 'domain_hint': 'x.example'}}");
	const struct sto_realm_provider *p = provider(&t, "default");
	assert_string_equal(setting(&t, "default", "scope"), "openid email");
	assert_string_equal(setting(&t, "default", "token_endpoint_auth_method"), "client_secret_post");
	assert_string_equal(json_string_value(test_setting(p, "authorize_params", "prompt")), "login");
	assert_string_equal(json_string_value(test_setting(p, "authorize_params", "domain_hint")),
			    "x.example");
	assert_null(test_setting(p, "client_kwargs", "scope"));
	assert_int_equal(json_array_size(json_object_get(p->request, "settings")), 5);
	test_config_finish(&t);
}

static void what_authlib_alone_needs_is_taken_with_a_warning(void **state)
{
	(void)state;
	test_expect_warning(
		"{'client_id': 'x', 'client_kwargs': {'verify': false}}", "unused_key", "client_kwargs",
		"secrets.toml, [auth], line 2: client_kwargs holds verify, which is not used. Set ca_file");
	test_expect_warning("{'g': {'client_id': 'x', 'client_kwargs': {'code_challenge_method': 'plain'}}}",
			    "unused_key", "client_kwargs", "it is always S256");
	test_expect_warning("{'client_id': 'x', 'client_kwargs': {'headers': {'a': 'b'}}}", "unused_key",
			    "client_kwargs", "holds headers, which is not used");
}

static void our_own_key_wins_over_client_kwargs(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load(&t, "{'client_id': 'x', 'scope': 'openid', 'authorize_params': {'prompt': 'none'}, "
			     "'client_kwargs': {'scope': 'email', 'prompt': 'login', 'hd': 'x'}}");
	assert_ok(t.rc);
	assert_string_equal(setting(&t, "default", "scope"), "openid");
	const struct sto_realm_provider *p = provider(&t, "default");
	assert_string_equal(json_string_value(test_setting(p, "authorize_params", "prompt")), "none");
	assert_string_equal(json_string_value(test_setting(p, "authorize_params", "hd")), "x");
	assert_true(test_config_found(&t, "warning", "unused_key", "client_kwargs", "holds scope"));
	assert_true(test_config_found(&t, "warning", "unused_key", "client_kwargs", "holds prompt"));
	test_config_finish(&t);
}

static void client_kwargs_must_be_a_table(void **state)
{
	(void)state;
	test_expect_error("{'client_id': 'x', 'client_kwargs': 'openid'}", "wrong_type", "client_kwargs",
			  "line 2: client_kwargs must be a table");
}

/* --- what the gate of a provider says to its request */

static void expect_of_gate(const char *auth, const char *code, const char *key, const char *message)
{
	struct test_config t;
	struct sto_buf findings;
	sto_gate *gate = NULL;
	test_config_load(&t, auth);
	assert_int_equal(json_array_size(t.findings.list), 0);
	char *text = json_dumps(t.config.providers[0].request, 0);
	sto_buf_init(&findings, 100000);
	assert_int_equal(sto_gate_open(&gate, &findings, sto_span_str(text), NULL, NULL), STO_CONFIG_WRONG);
	json_decref(t.findings.list);
	t.findings.list = json_loadb((const char *)findings.data, findings.len, 0, NULL);
	if (!test_config_found(&t, "error", code, key, message))
		fail_msg("%s gives %s", auth, sto_buf_cstr(&findings));
	free(text);
	sto_buf_finish(&findings);
	test_config_finish(&t);
}

static void a_key_of_the_app_in_a_block_is_told_where_it_belongs(void **state)
{
	static const char *const keys[] = {"default_ttl", "store",      "secret",
					   "roles",       "public_url", "cookie_secret"};
	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char auth[200];
		(void)snprintf(auth, sizeof(auth),
			       "{'google': {'client_id': 'x', 'issuer': 'https://op.example', '%s': 'x'}}",
			       keys[i]);
		expect_of_gate(auth, "misplaced_key", keys[i],
			       "holds for the whole app, not for one provider. Move it to [auth].");
	}
}

static void a_provider_is_checked_with_its_place(void **state)
{
	(void)state;
	expect_of_gate("{'google': {'client_id': 7, 'issuer': 'https://op.example'}}", "wrong_type",
		       "client_id", "secrets.toml, [auth.google], line 1: client_id must be");
	expect_of_gate("{'google': {'issuer': 'https://op.example'}}", "missing_key", "client_id",
		       "secrets.toml, [auth.google]: client_id is missing");
	expect_of_gate("{'google': {'client_id': 'x', 'issuer': 'https://op.example', 'redirect_uri': "
		       "'https://else.example/x'}, 'public_url': 'https://app.example'}",
		       "other_origin", "redirect_uri", "is on another origin than public_url");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_provider_in_auth_itself_has_no_block),
		cmocka_unit_test(one_without_a_preset_is_the_default),
		cmocka_unit_test(a_preset_names_the_provider_in_auth_itself),
		cmocka_unit_test(blocks_are_providers_in_their_order),
		cmocka_unit_test(a_key_of_a_provider_without_blocks_makes_one),
		cmocka_unit_test(both_kinds_go_together),
		cmocka_unit_test(a_block_as_one_value_is_the_same),
		cmocka_unit_test(names_are_checked_with_the_mend),
		cmocka_unit_test(one_name_is_one_provider),
		cmocka_unit_test(sixteen_providers_are_the_most),
		cmocka_unit_test(a_wrong_value_names_block_and_line),
		cmocka_unit_test(cf_03_a_block_overrides_whole_keys_and_inherits_shared_ones_only),
		cmocka_unit_test(cf_03_no_table_is_shared_or_merged),
		cmocka_unit_test(cf_09_no_provider_has_the_secret_or_method_of_another),
		cmocka_unit_test(a_key_of_one_provider_cannot_stand_over_several),
		cmocka_unit_test(a_wrong_shared_value_is_told_once),
		cmocka_unit_test(client_kwargs_become_keys_of_ours),
		cmocka_unit_test(what_authlib_alone_needs_is_taken_with_a_warning),
		cmocka_unit_test(our_own_key_wins_over_client_kwargs),
		cmocka_unit_test(client_kwargs_must_be_a_table),
		cmocka_unit_test(a_key_of_the_app_in_a_block_is_told_where_it_belongs),
		cmocka_unit_test(a_provider_is_checked_with_its_place),
	};
	return cmocka_run_group_tests_name("realm/config_providers", tests, NULL, NULL);
}
