/* The whole of a login against an imitated provider: what goes out, what comes back, what is kept. */
#include <stdio.h>

#include "base/bounds.h"
#include "base/json.h"
#include "base/test.h"
#include "gate/test_provider.h"
#include "http/form.h"
#include "http/url.h"

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

static void assert_param(const struct test_link *link, const char *name, const char *wanted)
{
	struct sto_url url;
	struct sto_buf value;
	sto_buf_init(&value, STO_LIMIT_URL);
	assert_ok(sto_url_parse(&url, sto_buf_span(&link->url), NULL));
	int rc = sto_form_get(&value, url.query, sto_span_str(name), NULL);
	if (wanted == NULL)
		assert_int_equal(rc, STO_FORM_ABSENT);
	else {
		assert_ok(rc);
		assert_string_equal(sto_buf_cstr(&value), wanted);
	}
	sto_buf_finish(&value);
}

static void a_login_gives_the_identity(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_login *login = NULL;
	sto_gate *gate = test_gate(&provider, NULL);
	(void)state;
	test_begin(&link, &provider, gate, &browser);
	json_t *result = test_finish(&login, gate, &browser, test_callback(&link));
	assert_true(json_is_true(json_object_get(result, "ok")));
	assert_string_equal(json_string_value(json_object_get(result, "path")), "/page2");
	assert_string_equal(json_string_value(json_object_get(result, "query")), "a=1&a=2");
	assert_int_equal(json_array_size(json_object_get(result, "warnings")), 0);
	assert_span(sto_login_identity(login), "\"ada-1\"");
	json_decref(result);
	sto_login_free(login);
	test_link_finish(&link);
	sto_gate_free(gate);
}

static void the_login_holds_until_exp_and_leeway(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_login *login = NULL;
	sto_gate *gate = test_gate(&provider, "{\"leeway\": 20}");
	(void)state;
	test_begin(&link, &provider, gate, &browser);
	assert_string_equal(test_reason(test_finish(&login, gate, &browser, test_callback(&link))), "");
	assert_int_equal(sto_login_expires_sec(login), provider.now_sec + 300 + 20);
	assert_true(sto_login_holds(login, gate, provider.now_sec + 319));
	assert_false(sto_login_holds(login, gate, provider.now_sec + 320));
	sto_login_free(login);
	test_link_finish(&link);
	sto_gate_free(gate);
}

static void a_login_of_one_gate_is_nothing_to_another(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_login *login = NULL;
	sto_gate *gate = test_gate(&provider, NULL),
		 *other = test_gate(&provider, "{\"client_id\": \"app2\"}");
	(void)state;
	test_begin(&link, &provider, gate, &browser);
	assert_string_equal(test_reason(test_finish(&login, gate, &browser, test_callback(&link))), "");
	assert_true(sto_login_holds(login, gate, provider.now_sec));
	assert_false(sto_login_holds(login, other, provider.now_sec));
	sto_login_free(login);
	test_link_finish(&link);
	sto_gate_free(gate);
	sto_gate_free(other);
}

static void the_request_has_what_the_flow_needs(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_gate *gate = test_gate(&provider, "{\"authorize_params\": {\"prompt\": \"login\", \"max\": 3}}");
	(void)state;
	test_begin(&link, &provider, gate, &browser);
	assert_param(&link, "response_type", "code");
	assert_param(&link, "client_id", "app");
	assert_param(&link, "redirect_uri", "http://localhost:8501/");
	assert_param(&link, "scope", "openid profile email");
	assert_param(&link, "code_challenge_method", "S256");
	assert_param(&link, "prompt", "login");
	assert_param(&link, "max", "3");
	assert_param(&link, "audience", NULL);
	test_link_finish(&link);
	sto_gate_free(gate);
}

/* LF-01, LF-02: 128 random bits, sealed, within 1 KB; two of the same moment differ. */
static void lf_01_states_differ_and_stay_small(void **state)
{
	struct test_browser browser = {""};
	struct test_link one, two;
	sto_gate *gate = test_gate(&provider, NULL);
	(void)state;
	test_begin(&one, &provider, gate, &browser);
	test_begin(&two, &provider, gate, &browser);
	assert_false(sto_span_equal(sto_buf_span(&one.state), sto_buf_span(&two.state)));
	assert_true(one.state.len <= STO_LIMIT_STATE);
	test_link_finish(&one);
	test_link_finish(&two);
	sto_gate_free(gate);
}

/* LF-09, LF-11: metadata without code_challenge_methods_supported changes nothing; the verifier has 43
 * characters and hashes to the challenge. */
static void lf_09_pkce_is_s256_always(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	struct sto_buf verifier;
	sto_gate *gate = test_gate(&provider, NULL);
	(void)state;
	sto_buf_init(&verifier, 200);
	test_begin(&link, &provider, gate, &browser);
	assert_string_equal(test_reason(test_finish(NULL, gate, &browser, test_callback(&link))), "");
	assert_ok(
		sto_form_get(&verifier, sto_buf_span(&provider.last_form), STO_SPAN("code_verifier"), NULL));
	assert_int_equal(verifier.len, 43);
	assert_param(&link, "code_challenge", test_challenge(sto_buf_cstr(&verifier)));
	sto_buf_finish(&verifier);
	test_link_finish(&link);
	sto_gate_free(gate);
}

/* LF-12 */
static void lf_12_nonce_goes_out_with_openid(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_gate *gate = test_gate(&provider, NULL);
	(void)state;
	test_begin(&link, &provider, gate, &browser);
	assert_int_equal(provider.nonce.len, 43);
	test_link_finish(&link);
	sto_gate_free(gate);
}

static void nonce_stays_home_without_openid(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_gate *gate = test_gate(
		&provider,
		"{\"scope\": \"read\", \"token\": \"access\", \"audience\": \"https://api.example\"}");
	(void)state;
	test_begin(&link, &provider, gate, &browser);
	assert_param(&link, "nonce", NULL);
	assert_param(&link, "audience", "https://api.example");
	test_link_finish(&link);
	sto_gate_free(gate);
}

/* LF-26: RFC 6749 2.3.1 form-encodes id and secret before Basic. */
static void lf_26_basic_is_form_encoded_first(void **state)
{
	sto_gate *gate = test_gate(&provider, "{\"client_id\": \"a:b\", \"client_secret\": \"p:%+ /-\"}");
	(void)state;
	(void)json_object_set_new(provider.id_claims, "aud", json_string("a:b"));
	assert_string_equal(test_sign_in(&provider, gate), "");
	/* base64 of "a%3Ab:p%3A%25%2B+%2F-" */
	assert_span(sto_buf_span(&provider.last_basic), "Basic YSUzQWI6cCUzQSUyNSUyQislMkYt");
	sto_gate_free(gate);
}

static void post_and_public_clients_say_who_they_are_in_the_form(void **state)
{
	struct sto_buf value;
	sto_gate *post = test_gate(&provider, "{\"token_endpoint_auth_method\": \"client_secret_post\"}");
	sto_gate *none = test_gate(&provider, "{\"client_secret\": null}");
	(void)state;
	sto_buf_init(&value, 200);
	assert_string_equal(test_sign_in(&provider, post), "");
	assert_int_equal(provider.last_basic.len, 0);
	assert_ok(sto_form_get(&value, sto_buf_span(&provider.last_form), STO_SPAN("client_secret"), NULL));
	assert_span(sto_buf_span(&value), "s3cret");
	assert_string_equal(test_sign_in(&provider, none), "");
	assert_int_equal(provider.last_basic.len, 0);
	sto_buf_clear(&value);
	assert_int_equal(
		sto_form_get(&value, sto_buf_span(&provider.last_form), STO_SPAN("client_secret"), NULL),
		STO_FORM_ABSENT);
	sto_buf_finish(&value);
	sto_gate_free(post);
	sto_gate_free(none);
}

static void metadata_without_basic_means_post(void **state)
{
	sto_gate *gate = test_gate(&provider, NULL);
	(void)state;
	(void)json_object_set_new(provider.metadata, "token_endpoint_auth_methods_supported",
				  json_pack("[s]", "client_secret_post"));
	assert_string_equal(test_sign_in(&provider, gate), "");
	assert_int_equal(provider.last_basic.len, 0);
	sto_gate_free(gate);
}

static void two_links_of_one_browser_both_finish(void **state)
{
	struct test_browser browser = {""};
	struct test_link one, two;
	sto_gate *gate = test_gate(&provider, NULL);
	(void)state;
	test_begin(&one, &provider, gate, &browser);
	struct sto_buf first_nonce;
	sto_buf_init(&first_nonce, 100);
	assert_ok(sto_buf_put(&first_nonce, sto_buf_span(&provider.nonce)));
	test_begin(&two, &provider, gate, &browser);
	assert_string_equal(test_reason(test_finish(NULL, gate, &browser, test_callback(&two))), "");
	sto_buf_move(&provider.nonce, &first_nonce);
	assert_string_equal(test_reason(test_finish(NULL, gate, &browser, test_callback(&one))), "");
	test_link_finish(&one);
	test_link_finish(&two);
	sto_gate_free(gate);
}

static void a_link_of_eight_hours_ago_still_works(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_gate *gate = test_gate(&provider, NULL);
	(void)state;
	test_begin(&link, &provider, gate, &browser);
	provider.now_sec += 8 * 3600;
	assert_string_equal(test_reason(test_finish(NULL, gate, &browser, test_callback(&link))), "");
	test_link_finish(&link);
	sto_gate_free(gate);
}

static void another_process_finishes_what_one_began(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_gate *one = test_gate(&provider, NULL), *two = test_gate(&provider, NULL);
	(void)state;
	test_begin(&link, &provider, one, &browser);
	sto_gate_free(one);
	assert_string_equal(test_reason(test_finish(NULL, two, &browser, test_callback(&link))), "");
	test_link_finish(&link);
	sto_gate_free(two);
}

static void missing_identity_field_is_ok_with_a_warning(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_login *login = NULL;
	sto_gate *gate = test_gate(&provider, "{\"identity_field_in_token\": \"upn\"}");
	(void)state;
	test_begin(&link, &provider, gate, &browser);
	json_t *result = test_finish(&login, gate, &browser, test_callback(&link));
	assert_int_equal(json_array_size(json_object_get(result, "warnings")), 1);
	assert_span(sto_login_identity(login), "\"OK\"");
	json_decref(result);
	sto_login_free(login);
	test_link_finish(&link);
	sto_gate_free(gate);
}

static void access_token_tells_who_where_configured(void **state)
{
	sto_gate *gate = test_gate(&provider, "{\"audience\": \"https://api.example\"}");
	(void)state;
	provider.access_claims = json_pack("{s:s}", "sub", "api-user");
	assert_string_equal(test_sign_in(&provider, gate), "");
	sto_gate_free(gate);
}

static void what_does_not_fit_into_the_state_is_left_out(void **state)
{
	sto_op *op = NULL;
	char request[4000], query[3000];
	sto_gate *gate = test_gate(&provider, NULL);
	(void)state;
	memset(query, 'q', sizeof(query) - 1);
	query[sizeof(query) - 1] = '\0';
	(void)snprintf(request, sizeof(request), "{\"cookie\": \"\", \"path\": \"/p\", \"query\": \"%s\"}",
		       query);
	assert_ok(sto_gate_begin(&op, gate, sto_span_str(request), NULL));
	while (sto_op_step(op) == STO_STEP_WORKER)
		continue;
	assert_true(sto_op_result(op).len < 2500);
	sto_op_free(op);
	sto_gate_free(gate);
}

/* A rerun, a second login: the provider is asked once for discovery and keys. */
static void discovery_and_keys_are_asked_for_once(void **state)
{
	sto_gate *gate = test_gate(&provider, NULL);
	(void)state;
	assert_string_equal(test_sign_in(&provider, gate), "");
	assert_string_equal(test_sign_in(&provider, gate), "");
	assert_int_equal(provider.requests[TEST_DISCOVERY], 1);
	assert_int_equal(provider.requests[TEST_JWKS], 1);
	assert_int_equal(provider.requests[TEST_TOKEN], 2);
	sto_gate_free(gate);
}

/* LF-11: a provider that lists "plain", or nothing at all, gets S256 all the same. */
static void lf_11_the_challenge_goes_out_whatever_the_metadata_says(void **state)
{
	json_t *methods[] = {json_null(), json_array(), json_pack("[s]", "plain")};
	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct test_browser browser = {""};
		struct test_link link;
		(void)json_object_set_new(provider.metadata, "code_challenge_methods_supported", methods[i]);
		sto_gate *gate = test_gate(&provider, NULL);
		test_begin(&link, &provider, gate, &browser);
		assert_param(&link, "code_challenge_method", "S256");
		test_link_finish(&link);
		sto_gate_free(gate);
	}
}

/* LF-08: as many links as one likes, and the browser keeps one short cookie. */
static void lf_08_three_hundred_links_keep_one_short_cookie(void **state)
{
	struct test_browser browser = {""};
	sto_gate *gate = test_gate(&provider, NULL);
	(void)state;
	for (int i = 0; i < 300; i++) {
		struct test_link link;
		test_begin(&link, &provider, gate, &browser);
		test_link_finish(&link);
	}
	assert_int_equal(strlen(browser.cookie), 22);
	sto_gate_free(gate);
}

/* RD-13, RD-14, RD-16: where the visitor was is believed only where it is a path of this very site. */
static void rd_13_a_place_elsewhere_is_forgotten(void **state)
{
	static const char *const places[] = {
		"//evil.example/",     "https://evil.example/", "/\\evil.example",
		"/%2f/evil.example",   "/%5cevil.example",      "/..//evil.example",
		"javascript:alert(1)", "evil.example",          "/%09/evil.example"};
	sto_gate *gate = test_gate(&provider, NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct test_browser browser = {""};
		struct test_link link;
		test_begin_at(&link, &provider, gate, &browser, places[i]);
		json_t *result = test_finish(NULL, gate, &browser, test_callback(&link));
		assert_true(json_is_true(json_object_get(result, "ok")));
		assert_string_equal(json_string_value(json_object_get(result, "path")), "");
		json_decref(result);
		test_link_finish(&link);
	}
	sto_gate_free(gate);
}

/* RD-22, CB-26: one redirect URI, the configured one, in the link and in the token request. */
static void rd_22_one_redirect_uri_is_sent_everywhere(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	struct sto_buf sent;
	sto_gate *gate = test_gate(&provider, "{\"redirect_uri\": \"https://app.example/back?x=1\"}");
	(void)state;
	sto_buf_init(&sent, 200);
	test_begin(&link, &provider, gate, &browser);
	assert_param(&link, "redirect_uri", "https://app.example/back?x=1");
	assert_string_equal(test_reason(test_finish(NULL, gate, &browser, test_callback(&link))), "");
	assert_ok(sto_form_get(&sent, sto_buf_span(&provider.last_form), STO_SPAN("redirect_uri"), NULL));
	assert_string_equal(sto_buf_cstr(&sent), "https://app.example/back?x=1");
	sto_buf_finish(&sent);
	test_link_finish(&link);
	sto_gate_free(gate);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_login_gives_the_identity),
		FACT(the_login_holds_until_exp_and_leeway),
		FACT(a_login_of_one_gate_is_nothing_to_another),
		FACT(the_request_has_what_the_flow_needs),
		FACT(lf_01_states_differ_and_stay_small),
		FACT(lf_09_pkce_is_s256_always),
		FACT(lf_12_nonce_goes_out_with_openid),
		FACT(nonce_stays_home_without_openid),
		FACT(lf_26_basic_is_form_encoded_first),
		FACT(post_and_public_clients_say_who_they_are_in_the_form),
		FACT(metadata_without_basic_means_post),
		FACT(two_links_of_one_browser_both_finish),
		FACT(a_link_of_eight_hours_ago_still_works),
		FACT(another_process_finishes_what_one_began),
		FACT(missing_identity_field_is_ok_with_a_warning),
		FACT(access_token_tells_who_where_configured),
		FACT(what_does_not_fit_into_the_state_is_left_out),
		FACT(discovery_and_keys_are_asked_for_once),
		FACT(lf_11_the_challenge_goes_out_whatever_the_metadata_says),
		FACT(lf_08_three_hundred_links_keep_one_short_cookie),
		FACT(rd_13_a_place_elsewhere_is_forgotten),
		FACT(rd_22_one_redirect_uri_is_sent_everywhere),
	};
	return cmocka_run_group_tests_name("gate/login", tests, NULL, NULL);
}
