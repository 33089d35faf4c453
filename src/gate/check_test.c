/* sto_gate_check(): what a look at the provider says about a configuration. */
#include <stdlib.h>

#include "base/test.h"
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

static json_t *result_of(sto_op *op)
{
	assert_int_equal(sto_op_step(op), STO_STEP_WORKER);
	assert_int_equal(sto_op_step(op), STO_STEP_DONE);
	struct sto_span text = sto_op_result(op);
	json_t *result = json_loadb((const char *)text.ptr, text.len, 0, NULL);
	assert_non_null(result);
	assert_null(sto_op_take_login(op));
	sto_op_free(op);
	return result;
}

/* The check of the usual configuration with `changes`; the caller's. */
static json_t *check(const char *changes)
{
	sto_op *op = NULL;
	sto_gate *gate = test_gate(&provider, changes);
	assert_ok(sto_gate_check(&op, gate, NULL));
	json_t *result = result_of(op);
	sto_gate_free(gate);
	return result;
}

static const char *text_of(const json_t *finding, const char *name)
{
	const char *text = json_string_value(json_object_get(finding, name));
	return text == NULL ? "" : text;
}

/* The only finding of that code; NULL where there is none. */
static const json_t *finding_of(const json_t *result, const char *code)
{
	const json_t *found = NULL;
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(result, "findings"), i, one)
	{
		if (strcmp(text_of(one, "code"), code) != 0)
			continue;
		assert_null(found);
		found = one;
	}
	return found;
}

struct expected {
	const char *severity, *code, *key, *message, *mend; /* the last two are parts of the texts */
};

static void expect_in(const json_t *result, const struct expected *e)
{
	const json_t *finding = finding_of(result, e->code);
	if (finding == NULL)
		fail_msg("no finding %s", e->code);
	assert_string_equal(text_of(finding, "severity"), e->severity);
	assert_string_equal(text_of(finding, "key"), e->key);
	if (strstr(text_of(finding, "message"), e->message) == NULL)
		fail_msg("%s: the message is %s", e->code, text_of(finding, "message"));
	if (strstr(text_of(finding, "mend"), e->mend) == NULL)
		fail_msg("%s: the mend is %s", e->code, text_of(finding, "mend"));
	if (strcmp(e->severity, "error") == 0)
		assert_true(json_is_false(json_object_get(result, "ok")));
}

static void expect(const char *changes, const struct expected *e)
{
	json_t *result = check(changes);
	expect_in(result, e);
	json_decref(result);
}

#define EXPECT(changes, ...) expect(changes, &(const struct expected){__VA_ARGS__})

static void say(const char *name, const char *json)
{
	assert_ok(json_object_set_new(provider.metadata, name, json_loads(json, JSON_DECODE_ANY, NULL)));
}

/* Nobody signs in at a provider on a host of its own with this configuration but by https. */
static const char public_app[] = "{\"redirect_uri\": \"https://app.example/\"}";

static void a_good_configuration_has_good_findings_only(void **state)
{
	(void)state;
	provider.date_sec[TEST_DISCOVERY] = provider.now_sec;
	say("scopes_supported", "[\"openid\", \"profile\", \"email\"]");
	say("code_challenge_methods_supported", "[\"S256\"]");
	json_t *result = check(public_app), *one;
	static const char *const codes[] = {"discovery", "keys", "algorithms",  "clock",
					    "scope",     "pkce", "redirect_uri"};
	size_t i;
	assert_true(json_is_true(json_object_get(result, "ok")));
	assert_int_equal(json_array_size(json_object_get(result, "findings")), 7);
	json_array_foreach(json_object_get(result, "findings"), i, one)
	{
		assert_string_equal(text_of(one, "code"), codes[i]);
		assert_string_equal(text_of(one, "severity"), "ok");
		assert_string_equal(text_of(one, "mend"), "");
	}
	expect_in(result, &(const struct expected){"ok", "keys", "jwks_uri", "/jwks has 1 key that", ""});
	expect_in(result, &(const struct expected){"ok", "redirect_uri", "redirect_uri",
						   "comes back to https://app.example/", ""});
	json_decref(result);
}

static void nothing_is_taken_from_what_is_kept_and_nothing_put_there(void **state)
{
	(void)state;
	sto_gate *gate = test_gate(&provider, NULL);
	assert_string_equal(test_sign_in(&provider, gate), "");
	int discoveries = provider.requests[TEST_DISCOVERY], keys = provider.requests[TEST_JWKS];
	provider.answers[TEST_DISCOVERY].rc = STO_FETCH_CONNECT;
	sto_op *op = NULL;
	assert_ok(sto_gate_check(&op, gate, NULL));
	json_t *result = result_of(op);
	assert_non_null(finding_of(result, "fetch_connect"));
	assert_int_equal(provider.requests[TEST_DISCOVERY], discoveries + 1);
	assert_string_equal(test_sign_in(&provider, gate), "");
	assert_int_equal(provider.requests[TEST_DISCOVERY], discoveries + 1);
	assert_int_equal(provider.requests[TEST_JWKS], keys);
	json_decref(result);
	sto_gate_free(gate);
}

static void another_issuer_is_said_letter_by_letter(void **state)
{
	(void)state;
	say("issuer", "\"https://op.example/\"");
	EXPECT(NULL, "error", "discovery_issuer", "issuer",
	       "issuer is https://op.example, and the provider says it is https://op.example/",
	       "Set issuer = \"https://op.example/\"");
	say("issuer", "\"https://op.example/{tenantid}/v2.0\"");
	EXPECT(NULL, "error", "discovery_issuer", "issuer", "{tenantid}", "your own tenant's id");
}

static void an_issuer_that_was_only_learnt_is_offered(void **state)
{
	(void)state;
	EXPECT("{\"issuer\": null, \"server_metadata_url\": "
	       "\"https://op.example/.well-known/openid-configuration\"}",
	       "ok", "discovery", "server_metadata_url", "names the issuer https://op.example",
	       "Set issuer = \"https://op.example\" beside it");
}

static void each_failure_of_discovery_has_its_mend(void **state)
{
	static const struct {
		int rc;
		const char *code, *mend;
	} rows[] = {
		{STO_FETCH_DNS, "fetch_dns", "slip in the host name"},
		{STO_FETCH_CONNECT, "fetch_connect", "Is the provider running there?"},
		{STO_FETCH_TLS, "fetch_tls", "set ca_file"},
		{STO_FETCH_TIMEOUT, "fetch_timeout", "raise timeout"},
		{STO_FETCH_BROKEN, "fetch_broken", "Open the address"},
		{STO_FETCH_TOO_LARGE, "fetch_too_large", "Open the address"},
		{STO_FETCH_REFUSED_ADDRESS, "fetch_refused_address", "endpoint_hosts"},
		{STO_FETCH_SETUP, "fetch_setup", "ca_file or proxy"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		provider.answers[TEST_DISCOVERY].rc = rows[i].rc;
		EXPECT(NULL, "error", rows[i].code, "issuer",
		       "https://op.example/.well-known/openid-configuration cannot be used: as the test said",
		       rows[i].mend);
	}
	assert_int_equal(provider.requests[TEST_JWKS], 0);
}

static void a_wrong_address_is_told_by_its_status(void **state)
{
	(void)state;
	provider.answers[TEST_DISCOVERY].status = 404;
	EXPECT(NULL, "error", "provider_status", "issuer", "discovery answered with HTTP 404", "realm");
}

static void what_is_no_document_is_discovery_bad(void **state)
{
	(void)state;
	provider.answers[TEST_DISCOVERY].body = "<html>Sign in</html>";
	EXPECT(NULL, "error", "discovery_bad", "issuer", "no JSON object", "a discovery document is wanted");
}

static void an_endpoint_on_another_host_is_named(void **state)
{
	(void)state;
	say("token_endpoint", "\"https://evil.example/token\"");
	EXPECT(NULL, "error", "discovery_endpoint", "issuer", "token_endpoint is https://evil.example/token",
	       "endpoint_hosts");
}

static void keys_are_counted(void **state)
{
	(void)state;
	json_t *good = sto_jwk_public_json(provider.key), *other = sto_jwk_public_json(provider.other_key);
	json_t *set = json_pack("{s:[o, o, {s:s, s:s}]}", "keys", good, other, "kty", "oct", "k", "AAAA");
	char *text = json_dumps(set, 0);
	provider.answers[TEST_JWKS].body = text;
	EXPECT(NULL, "ok", "keys", "jwks_uri", "has 2 keys that can be used, and 1 that cannot", "");
	free(text);
	json_decref(set);
}

static void keys_that_do_not_come_are_an_error(void **state)
{
	(void)state;
	provider.answers[TEST_JWKS].body = "{\"keys\": []}";
	EXPECT(NULL, "error", "no_keys", "jwks_uri", "has no key that can be used, and 0", "publish a key");
	provider.answers[TEST_JWKS].body = "{}";
	EXPECT(NULL, "error", "jwks_malformed", "jwks_uri", "cannot be used", "a JWK Set is wanted");
	provider.answers[TEST_JWKS].body = "keys";
	EXPECT(NULL, "error", "bad_json", "jwks_uri", "cannot be used", "a JWK Set is wanted");
	provider.answers[TEST_JWKS].status = 500;
	EXPECT(NULL, "error", "provider_status", "jwks_uri", "jwks_uri answered with HTTP 500", "slip");
	provider.answers[TEST_JWKS].rc = STO_FETCH_TIMEOUT;
	EXPECT(NULL, "error", "fetch_timeout", "jwks_uri", "as the test said", "timeout");
}

static void algorithms_that_cannot_meet_are_named(void **state)
{
	(void)state;
	EXPECT("{\"algorithms\": [\"RS256\", \"EdDSA\"]}", "warning", "algorithms", "algorithms",
	       "signs ID tokens with ES256, and accepted are RS256, EdDSA", "Set algorithms");
	say("id_token_signing_alg_values_supported", "[\"HS256\", \"none\"]");
	EXPECT(NULL, "warning", "algorithms", "algorithms", "signs ID tokens with HS256, none",
	       "Have the provider sign");
	say("id_token_signing_alg_values_supported", "[\"RS256\"]");
	EXPECT(NULL, "error", "algorithms", "algorithms", "the keys are for ES256, and accepted are RS256",
	       "what the keys are for");
	assert_ok(json_object_del(provider.metadata, "id_token_signing_alg_values_supported"));
	EXPECT(NULL, "ok", "algorithms", "algorithms", "tokens signed with ES256 can be verified", "");
}

static void what_id_tokens_are_signed_with_says_nothing_about_access_tokens(void **state)
{
	(void)state;
	say("id_token_signing_alg_values_supported", "[\"RS256\"]");
	EXPECT("{\"audience\": \"https://api.example\"}", "ok", "algorithms", "algorithms",
	       "tokens signed with ES256 can be verified", "");
}

static void expect_clock(int64_t date_sec, const char *severity, const char *message)
{
	provider.date_sec[TEST_DISCOVERY] = date_sec;
	EXPECT(NULL, severity, "clock", strcmp(severity, "error") == 0 ? "leeway" : "", message,
	       strcmp(severity, "ok") == 0 ? "" : "Set this machine's clock");
}

static void a_wrong_clock_is_named_with_the_difference(void **state)
{
	(void)state;
	/* A Date is up to a second old when it is written. */
	expect_clock(provider.now_sec - 1, "ok", "agrees");
	expect_clock(provider.now_sec - 6, "ok", "agrees");
	expect_clock(provider.now_sec + 5, "ok", "agrees");
	expect_clock(provider.now_sec - 7, "warning", "6 s ahead of the provider's; 30 s are allowed");
	expect_clock(provider.now_sec + 6, "warning", "6 s behind the provider's");
	expect_clock(provider.now_sec + 30, "warning", "30 s behind");
	expect_clock(provider.now_sec - 32, "error", "31 s ahead of");
	expect_clock(provider.now_sec + 31, "error", "31 s behind");
}

static void the_leeway_of_the_configuration_is_the_measure(void **state)
{
	(void)state;
	provider.date_sec[TEST_DISCOVERY] = provider.now_sec + 4;
	EXPECT("{\"leeway\": 3}", "error", "clock", "leeway", "4 s behind the provider's; 3 s", "clock");
}

static void a_cached_answer_does_not_make_the_clock_wrong(void **state)
{
	(void)state;
	provider.date_sec[TEST_DISCOVERY] = provider.now_sec - 3600;
	provider.age_sec[TEST_DISCOVERY] = 3600;
	EXPECT(NULL, "ok", "clock", "", "agrees", "");
	provider.age_sec[TEST_DISCOVERY] = 0;
	provider.date_sec[TEST_JWKS] = provider.now_sec;
	EXPECT(NULL, "ok", "clock", "", "agrees", "");
}

static void without_a_date_nothing_is_said_about_the_clock(void **state)
{
	(void)state;
	json_t *result = check(NULL);
	assert_null(finding_of(result, "clock"));
	json_decref(result);
}

static void words_of_scope_that_are_not_listed_are_named(void **state)
{
	(void)state;
	say("scopes_supported", "[\"openid\", \"email\"]");
	EXPECT("{\"scope\": \"openid emial profile email\"}", "warning", "scope", "scope",
	       "asks for emial, profile, which", "slip");
	assert_ok(json_object_del(provider.metadata, "scopes_supported"));
	json_t *result = check(NULL);
	assert_null(finding_of(result, "scope"));
	json_decref(result);
}

static void what_the_provider_says_about_pkce_is_repeated(void **state)
{
	(void)state;
	EXPECT(NULL, "ok", "pkce", "", "does not say that it checks PKCE", "");
	say("code_challenge_methods_supported", "[\"plain\"]");
	EXPECT(NULL, "warning", "pkce", "", "lists plain for PKCE", "S256");
}

static void a_client_authentication_that_is_not_listed_is_named(void **state)
{
	(void)state;
	say("token_endpoint_auth_methods_supported", "[\"client_secret_post\"]");
	EXPECT("{\"token_endpoint_auth_method\": \"client_secret_basic\"}", "warning", "client_auth",
	       "token_endpoint_auth_method",
	       "is client_secret_basic, and the provider lists "
	       "client_secret_post",
	       "take it out");
	json_t *result = check("{\"token_endpoint_auth_method\": \"client_secret_post\"}");
	assert_null(finding_of(result, "client_auth"));
	json_decref(result);
}

static void the_traps_of_the_redirect_uri_are_named(void **state)
{
	(void)state;
	EXPECT(NULL, "warning", "redirect_loopback", "redirect_uri", "only browsers on this machine",
	       "Fine while you develop");
	EXPECT("{\"redirect_uri\": \"http://localhost:9000/\"}", "warning", "redirect_port", "redirect_uri",
	       "goes to port 9000, and the app listens on 8501", "{port}");
	json_t *result = check("{\"redirect_uri\": \"https://app.example/foo/x\", \"public_url\": "
			       "\"https://app.example/foo\"}");
	assert_non_null(finding_of(result, "redirect_uri"));
	json_decref(result);
}

static void a_provider_on_this_machine_is_not_for_a_public_app(void **state)
{
	(void)state;
	say("issuer", "\"http://localhost:9400\"");
	provider.answers[TEST_DISCOVERY].rc = STO_FETCH_CONNECT;
	EXPECT("{\"issuer\": \"http://localhost:9400\", \"redirect_uri\": \"https://app.example/\"}",
	       "warning", "provider_loopback", "issuer", "where browsers elsewhere do not find it",
	       "public address");
}

static void an_ending_elsewhere_is_told_and_not_used(void **state)
{
	(void)state;
	say("end_session_endpoint", "\"https://evil.example/bye\"");
	EXPECT(NULL, "warning", "endpoint_refused", "end_session_endpoint", "https://evil.example/bye",
	       "endpoint_hosts");
	say("end_session_endpoint", "\"https://op.example/bye\"");
	say("revocation_endpoint", "3");
	EXPECT(NULL, "warning", "endpoint_refused", "revocation_endpoint", "revocation_endpoint",
	       "endpoint_hosts");
	say("revocation_endpoint", "null");
	json_t *result = check(NULL);
	assert_null(finding_of(result, "endpoint_refused"));
	json_decref(result);
}

static void configured_endpoints_need_no_discovery(void **state)
{
	(void)state;
	EXPECT("{\"issuer\": null, \"authorization_endpoint\": \"https://op.example/authorize\", "
	       "\"token_endpoint\": \"https://op.example/token\", \"jwks_uri\": \"https://op.example/jwks\"}",
	       "ok", "keys", "jwks_uri", "has 1 key", "");
	assert_int_equal(provider.requests[TEST_DISCOVERY], 0);
	EXPECT("{\"issuer\": null, \"authorization_endpoint\": \"https://op.example/authorize\", "
	       "\"token_endpoint\": \"https://op.example/token\", \"userinfo_endpoint\": "
	       "\"https://op.example/userinfo\", \"scope\": \"read\"}",
	       "ok", "endpoints", "token_endpoint", "there is nothing to read there", "");
	assert_int_equal(provider.requests[TEST_JWKS], 1);
}

static void what_a_provider_says_cannot_move_the_cursor(void **state)
{
	(void)state;
	say("scopes_supported", "[\"openid\"]");
	say("issuer", "\"https://op.example/\\u001b[2J\\r\\n\\u00e9\"");
	json_t *result = check(NULL);
	const json_t *finding = finding_of(result, "discovery_issuer");
	assert_non_null(finding);
	assert_non_null(strstr(text_of(finding, "message"), "https://op.example/?[2J??"));
	for (const char *at = text_of(finding, "mend"); *at != '\0'; at++)
		assert_false((unsigned char)*at < 0x20);
	json_decref(result);
}

static void no_finding_holds_a_secret(void **state)
{
	(void)state;
	for (int rc = 0; rc < 2; rc++) {
		provider.answers[TEST_DISCOVERY].rc = rc == 0 ? STO_OK : STO_FETCH_TLS;
		json_t *result = check(NULL);
		char *text = json_dumps(result, 0);
		assert_null(strstr(text, "s3cret"));
		assert_null(strstr(text, "q4t8Vd1mR7"));
		free(text);
		json_decref(result);
	}
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_good_configuration_has_good_findings_only),
		FACT(nothing_is_taken_from_what_is_kept_and_nothing_put_there),
		FACT(another_issuer_is_said_letter_by_letter),
		FACT(an_issuer_that_was_only_learnt_is_offered),
		FACT(each_failure_of_discovery_has_its_mend),
		FACT(a_wrong_address_is_told_by_its_status),
		FACT(what_is_no_document_is_discovery_bad),
		FACT(an_endpoint_on_another_host_is_named),
		FACT(keys_are_counted),
		FACT(keys_that_do_not_come_are_an_error),
		FACT(algorithms_that_cannot_meet_are_named),
		FACT(what_id_tokens_are_signed_with_says_nothing_about_access_tokens),
		FACT(a_wrong_clock_is_named_with_the_difference),
		FACT(the_leeway_of_the_configuration_is_the_measure),
		FACT(a_cached_answer_does_not_make_the_clock_wrong),
		FACT(without_a_date_nothing_is_said_about_the_clock),
		FACT(words_of_scope_that_are_not_listed_are_named),
		FACT(what_the_provider_says_about_pkce_is_repeated),
		FACT(a_client_authentication_that_is_not_listed_is_named),
		FACT(the_traps_of_the_redirect_uri_are_named),
		FACT(a_provider_on_this_machine_is_not_for_a_public_app),
		FACT(an_ending_elsewhere_is_told_and_not_used),
		FACT(configured_endpoints_need_no_discovery),
		FACT(what_a_provider_says_cannot_move_the_cursor),
		FACT(no_finding_holds_a_secret),
	};
	return cmocka_run_group_tests_name("gate/check", tests, NULL, NULL);
}
