/* LG-02: whatever goes wrong, no result of a sign-in holds a secret, a code, a state, a token or a cookie:
 * results are what the audit log and the pages are made of. */
#include <stdio.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "base/test.h"
#include "gate/test_provider.h"
#include "http/form.h"

static struct test_provider provider;

static const char config[] = "{\"client_secret\": \"canary-client-secret\", \"userinfo\": true}";

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

static bool holds(const char *text, struct sto_span secret)
{
	for (const char *at = text; secret.len > 0 && strlen(at) >= secret.len; at++)
		if (memcmp(at, secret.ptr, secret.len) == 0)
			return true;
	return false;
}

static bool is_harmless(const char *text, const struct test_link *link, const struct test_browser *browser)
{
	struct sto_buf verifier;
	sto_buf_init(&verifier, 100);
	(void)!sto_form_get(&verifier, sto_buf_span(&provider.last_form), STO_SPAN("code_verifier"), NULL);
	bool found = holds(text, STO_SPAN("canary")) || holds(text, STO_SPAN("opaque-access-token")) ||
		     holds(text, STO_SPAN("eyJ")) || holds(text, sto_buf_span(&link->state)) ||
		     holds(text, sto_span_str(browser->cookie)) || holds(text, sto_buf_span(&verifier)) ||
		     holds(text, sto_buf_span(&provider.nonce)) ||
		     holds(text, sto_buf_span(&provider.last_basic));
	sto_buf_finish(&verifier);
	return !found;
}

/* One sign-in with this answer; its reason. */
static const char *assert_quiet(const char *name, json_t *(*change)(json_t *params))
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_gate *gate = test_gate(&provider, config);
	test_begin(&link, &provider, gate, &browser);
	json_t *params = test_callback(&link);
	(void)json_object_set_new(params, "code", json_pack("[s]", "canary-code"));
	json_t *result = test_finish(NULL, gate, &browser, change == NULL ? params : change(params));
	char *text = json_dumps(result, 0);
	if (!is_harmless(text, &link, &browser))
		fail_msg("%s: %s", name, text);
	free(text);
	test_link_finish(&link);
	sto_gate_free(gate);
	return test_reason(result);
}

#define TOKENS(id_token)                                                                                     \
	"{\"access_token\":\"canary-access\",\"token_type\":\"Bearer\",\"id_token\":\"" id_token "\"}"

static void lg_02_no_answer_of_the_token_endpoint_is_repeated(void **state)
{
	static const struct test_answer rows[] = {
		{0, 200, "<html>canary</html>", NULL},
		{0, 200, "canary", NULL},
		{0, 200, "{\"access_token\":\"canary\"", NULL},
		{0, 200, "{\"access_token\":\"canary\",\"access_token\":\"canary\"}", NULL},
		{0, 200, "{\"access_token\":\"canary\",\"token_type\":\"canary\"}", NULL},
		{0, 200, "{\"access_token\":[\"canary\"],\"token_type\":\"Bearer\"}", NULL},
		{0, 200, TOKENS("canary"), NULL},
		{0, 200, TOKENS("canary.canary.canary"), NULL},
		{0, 200, TOKENS("eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ."), NULL},
		{0, 200, TOKENS("eyJhbGciOiJFUzI1NiIsImtpZCI6ImNhbmFyeSJ9.e30.AAAA"), NULL},
		{0, 400, "{\"error\":\"canary-client-secret\"}", NULL},
		{0, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"code canary-code\"}", NULL},
		{0, 401, "{\"error\":\"invalid_client\",\"error_description\":\"canary-client-secret\"}",
		 NULL},
		{0, 401, "canary", NULL},
		{0, 302, "canary", NULL},
		{0, 500, "canary", NULL},
		{STO_FETCH_TLS, 0, NULL, NULL},
		{STO_FETCH_TIMEOUT, 0, NULL, NULL},
		{STO_FETCH_TOO_LARGE, 0, NULL, NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[20];
		(void)snprintf(name, sizeof(name), "row %zu", i);
		provider.answers[TEST_TOKEN] = rows[i];
		assert_string_not_equal(assert_quiet(name, NULL), "");
	}
}

static void lg_02_no_key_set_or_userinfo_is_repeated(void **state)
{
	static const struct test_answer rows[] = {
		{0, 200, "canary", NULL},
		{0, 200, "{\"canary\":\"canary\"}", NULL},
		{0, 200, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"canary\",\"kid\":\"canary\"}]}", NULL},
		{0, 500, "canary", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		provider.answers[TEST_JWKS] = rows[i];
		assert_string_not_equal(assert_quiet("keys", NULL), "");
		provider.answers[TEST_JWKS] = (struct test_answer){0};
		provider.answers[TEST_USERINFO] = rows[i];
		assert_string_not_equal(assert_quiet("userinfo", NULL), "");
		provider.answers[TEST_USERINFO] = (struct test_answer){0};
	}
}

static void lg_02_no_claim_that_is_refused_is_repeated(void **state)
{
	static const char *const names[] = {"iss", "sub", "aud", "azp", "exp", "iat", "nonce", "at_hash"};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)json_object_set_new(provider.id_claims, names[i], json_string("canary"));
		assert_string_not_equal(assert_quiet(names[i], NULL), "");
		(void)json_object_del(provider.id_claims, names[i]);
	}
}

static json_t *double_code(json_t *params)
{
	(void)json_array_append_new(json_object_get(params, "code"), json_string("canary"));
	return params;
}

static json_t *bad_code(json_t *params)
{
	(void)json_object_set_new(params, "code", json_pack("[s]", "canary\r\ncanary"));
	return params;
}

static json_t *bad_state(json_t *params)
{
	(void)json_object_set_new(params, "state", json_pack("[s]", "canary"));
	return params;
}

static json_t *other_iss(json_t *params)
{
	(void)json_object_set_new(params, "iss", json_pack("[s]", "https://canary.example"));
	return params;
}

static json_t *with_token(json_t *params)
{
	(void)json_object_set_new(params, "access_token", json_pack("[s]", "canary"));
	return params;
}

static void lg_02_no_callback_is_repeated(void **state)
{
	(void)state;
	assert_string_equal(assert_quiet("doubled", double_code), "callback_duplicate");
	assert_string_equal(assert_quiet("code", bad_code), "callback_bad");
	assert_string_equal(assert_quiet("state", bad_state), "seal_malformed");
	assert_string_equal(assert_quiet("iss", other_iss), "callback_iss");
	assert_string_equal(assert_quiet("mixed", with_token), "callback_mixed");
}

static void lg_01_a_sign_in_tells_nothing_secret(void **state)
{
	(void)state;
	assert_string_equal(assert_quiet("good", NULL), "");
}

static void what_looks_for_secrets_finds_them(void **state)
{
	(void)state;
	assert_true(holds("a canary", STO_SPAN("canary")));
	assert_false(holds("a cana", STO_SPAN("canary")));
	assert_false(holds("anything", STO_SPAN("")));
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(lg_02_no_answer_of_the_token_endpoint_is_repeated),
		FACT(lg_02_no_key_set_or_userinfo_is_repeated),
		FACT(lg_02_no_claim_that_is_refused_is_repeated),
		FACT(lg_02_no_callback_is_repeated),
		FACT(lg_01_a_sign_in_tells_nothing_secret),
		FACT(what_looks_for_secrets_finds_them),
	};
	return cmocka_run_group_tests_name("gate/secrets", tests, NULL, NULL);
}
