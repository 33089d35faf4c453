/* A gate as part of a realm: what a session is made of, whom it names, and what one login may ask for. */
#include "base/bounds.h"
#include "base/json.h"
#include "base/test.h"
#include "gate/login.h"
#include "gate/test_provider.h"
#include "http/form.h"
#include "http/url.h"

static struct test_provider provider;
static sto_keyring *ring;

static int setup(void **state)
{
	(void)state;
	test_provider_init(&provider);
	ring = test_ring();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sto_keyring_free(ring);
	test_provider_finish(&provider);
	return 0;
}

static const char defaults[] = "{\"redirect_uri\": null}";

static sto_login *sign_in(sto_gate *gate)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_login *login = NULL;
	test_begin(&link, &provider, gate, &browser);
	assert_string_equal(test_reason(test_finish(&login, gate, &browser, test_callback(&link))), "");
	test_link_finish(&link);
	return login;
}

static json_t *param_of(const struct test_link *link, const char *name)
{
	struct sto_url url;
	struct sto_buf value;
	sto_buf_init(&value, STO_LIMIT_URL);
	assert_ok(sto_url_parse(&url, sto_buf_span(&link->url), NULL));
	assert_ok(sto_form_get(&value, url.query, sto_span_str(name), NULL));
	json_t *text = sto_json_str(sto_buf_span(&value));
	sto_buf_finish(&value);
	return text;
}

static void assert_param(const struct test_link *link, const char *name, const char *wanted)
{
	json_t *value = param_of(link, name);
	assert_string_equal(json_string_value(value), wanted);
	json_decref(value);
}

/* --- what a session is made of */

static void a_login_knows_what_a_session_needs(void **state)
{
	sto_gate *gate = test_gate_in(&provider, "auth.one", ring, NULL);
	(void)state;
	(void)json_object_update_new(provider.id_claims,
				     json_pack("{s:s, s:s, s:I}", "sid", "s-1", "acr", "urn:mfa", "auth_time",
					       (json_int_t)(provider.now_sec - 5)));
	provider.token_extra = json_pack("{s:s, s:s}", "refresh_token", "r-1", "scope", "openid email");
	sto_login *login = sign_in(gate);
	const struct sto_login_session *session = sto_login_session(login);
	assert_span(session->issuer, "https://op.example");
	assert_span(session->subject, "ada-1");
	assert_span(session->sid, "s-1");
	assert_span(session->acr, "urn:mfa");
	assert_span(session->access_token, "opaque-access-token");
	assert_span(session->refresh_token, "r-1");
	assert_true(session->id_token.len > 100);
	assert_span(session->scope, "openid email");
	assert_int_equal(session->auth_time_sec, provider.now_sec - 5);
	assert_int_equal(session->access_expires_sec, provider.now_sec + 300);
	assert_int_equal(session->token_end_sec, provider.now_sec + 300);
	sto_login_free(login);
	sto_gate_free(gate);
}

static void what_was_not_said_is_not_known(void **state)
{
	sto_gate *gate = test_gate_in(&provider, "auth.one", ring, NULL);
	(void)state;
	provider.token_extra = json_pack("{s:n, s:n, s:n}", "refresh_token", "scope", "expires_in");
	sto_login *login = sign_in(gate);
	const struct sto_login_session *session = sto_login_session(login);
	assert_int_equal(session->sid.len + session->acr.len + session->refresh_token.len, 0);
	assert_int_equal(session->auth_time_sec, INT64_MIN);
	assert_int_equal(session->access_expires_sec, INT64_MIN);
	/* RFC 6749 5.1: then it is what was asked for. */
	assert_span(session->scope, "openid profile email");
	sto_login_free(login);
	sto_gate_free(gate);
}

static void an_expiry_beyond_reason_is_ten_years(void **state)
{
	sto_gate *gate = test_gate_in(&provider, "auth.one", ring, NULL);
	(void)state;
	provider.token_extra = json_pack("{s:I}", "expires_in", (json_int_t)INT64_MAX);
	sto_login *login = sign_in(gate);
	assert_int_equal(sto_login_session(login)->access_expires_sec, provider.now_sec + 315360000);
	sto_login_free(login);
	sto_gate_free(gate);
}

static void a_plain_gate_keeps_no_token(void **state)
{
	sto_gate *gate = test_gate(&provider, NULL);
	(void)state;
	provider.token_extra = json_pack("{s:s}", "refresh_token", "r-1");
	sto_login *login = sign_in(gate);
	const struct sto_login_session *session = sto_login_session(login);
	assert_span(session->subject, "ada-1");
	assert_int_equal(session->access_token.len + session->refresh_token.len + session->id_token.len, 0);
	sto_login_free(login);
	sto_gate_free(gate);
}

static void the_id_tokens_sid_counts_where_an_access_token_tells_who(void **state)
{
	sto_gate *gate = test_gate_in(&provider, "auth.one", ring, "{\"audience\": \"https://api.example\"}");
	(void)state;
	(void)json_object_set_new(provider.id_claims, "sid", json_string("s-2"));
	provider.access_claims = json_pack("{s:s}", "sub", "api-user");
	sto_login *login = sign_in(gate);
	assert_span(sto_login_session(login)->sid, "s-2");
	assert_span(sto_login_session(login)->subject, "api-user");
	sto_login_free(login);
	sto_gate_free(gate);
}

/* --- whom userinfo alone names */

#define PLAIN_OAUTH                                                                                          \
	"\"issuer\": null, \"authorization_endpoint\": \"https://op.example/authorize\", "                   \
	"\"token_endpoint\": \"https://op.example/token\", \"userinfo_endpoint\": "                          \
	"\"https://op.example/userinfo\", \"scope\": \"read:user\""

static void userinfo_names_the_subject_by_the_configured_claim(void **state)
{
	static const struct {
		const char *userinfo, *claim, *subject;
	} rows[] = {
		{"{\"id\": 583231, \"sub\": \"x\"}", "id", "583231"},
		{"{\"id\": \"583231\"}", "id", "583231"},
		{"{\"id\": -7}", "id", "-7"},
		{"{\"data\": {\"id\": \"n1\"}}", "data.id", "n1"},
	};
	(void)state;
	provider.no_id_token = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sto_buf changes;
		sto_buf_init(&changes, 1000);
		assert_ok(sto_buf_printf(&changes, "{%s, \"subject_claim\": \"%s\"}", PLAIN_OAUTH,
					 rows[i].claim));
		sto_gate *gate = test_gate_in(&provider, "auth.one", ring, sto_buf_cstr(&changes));
		provider.answers[TEST_USERINFO].body = rows[i].userinfo;
		sto_login *login = sign_in(gate);
		assert_true(sto_span_equal(sto_login_session(login)->subject, sto_span_str(rows[i].subject)));
		assert_span(sto_login_session(login)->issuer, "https://op.example/authorize");
		sto_login_free(login);
		sto_gate_free(gate);
		sto_buf_finish(&changes);
	}
}

static void a_session_always_names_somebody(void **state)
{
	static const char *const nobody[] = {"{\"login\": \"ada\"}", "{\"sub\": \"\"}", "{\"sub\": 1.5}",
					     "{\"sub\": true}",      "{\"sub\": null}", "{\"sub\": {}}"};
	sto_gate *gate = test_gate_in(&provider, "auth.one", ring, "{" PLAIN_OAUTH "}");
	(void)state;
	provider.no_id_token = true;
	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		provider.answers[TEST_USERINFO].body = nobody[i];
		assert_string_equal(test_sign_in(&provider, gate), "claim_missing");
	}
	sto_gate_free(gate);
}

/* --- what one login may ask for */

static void a_login_has_parameters_of_its_own_that_win(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_gate *gate =
		test_gate_in(&provider, "auth.one", ring,
			     "{\"authorize_params\": {\"prompt\": \"consent\", \"hd\": \"a.example\"}}");
	(void)state;
	json_t *params = json_pack("{s:s, s:s, s:i, s:b}", "prompt", "login", "claims", "{\"id_token\":{}}",
				   "n", 3, "yes", 1);
	assert_null(test_begin_with(&link, &provider, gate, &browser, json_pack("{s:o}", "params", params)));
	/* Each stands once, or this fails. */
	assert_param(&link, "prompt", "login");
	assert_param(&link, "hd", "a.example");
	assert_param(&link, "claims", "{\"id_token\":{}}");
	assert_param(&link, "n", "3");
	assert_param(&link, "yes", "true");
	test_link_finish(&link);
	sto_gate_free(gate);
}

/* LF-16 for what a script asks for. */
static void lf_16_a_login_sets_no_parameter_of_the_protocol(void **state)
{
	static const char *const names[] = {"response_type",
					    "client_id",
					    "redirect_uri",
					    "scope",
					    "state",
					    "nonce",
					    "audience",
					    "code_challenge",
					    "code_challenge_method",
					    "request",
					    "request_uri",
					    "response_mode",
					    ""};
	sto_gate *gate = test_gate_in(&provider, "auth.one", ring, NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct test_browser browser = {""};
		struct test_link link;
		json_t *request = json_pack("{s:{s:s}}", "params", names[i], "x");
		assert_string_equal(test_reason(test_begin_with(&link, &provider, gate, &browser, request)),
				    "usage");
		test_link_finish(&link);
	}
	sto_gate_free(gate);
}

static void a_parameter_is_a_text_a_number_or_a_boolean(void **state)
{
	static const char *const requests[] = {"{\"params\": {\"a\": [1]}}", "{\"params\": {\"a\": null}}",
					       "{\"params\": {\"a\": 1.5}}", "{\"params\": [1]}",
					       "{\"params\": {\"max_age\": \"soon\"}}"};
	sto_gate *gate = test_gate_in(&provider, "auth.one", ring, NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct test_browser browser = {""};
		struct test_link link;
		json_t *request = json_loads(requests[i], 0, NULL);
		assert_string_equal(test_reason(test_begin_with(&link, &provider, gate, &browser, request)),
				    "usage");
		test_link_finish(&link);
	}
	sto_gate_free(gate);
}

/* OIDC Core 3.1.3.7-13: what this login asked for is checked when it comes back. */
static void a_max_age_of_one_login_is_checked(void **state)
{
	static const struct {
		int64_t age_sec;
		const char *reason;
	} rows[] = {{10, ""}, {1000, "claim_auth_time"}};
	sto_gate *gate = test_gate_in(&provider, "auth.one", ring, NULL);
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct test_browser browser = {""};
		struct test_link link;
		json_t *request = json_pack("{s:{s:i}}", "params", "max_age", 60);
		assert_null(test_begin_with(&link, &provider, gate, &browser, request));
		assert_param(&link, "max_age", "60");
		(void)json_object_set_new(provider.id_claims, "auth_time",
					  json_integer(provider.now_sec - rows[i].age_sec));
		assert_string_equal(test_reason(test_finish(NULL, gate, &browser, test_callback(&link))),
				    rows[i].reason);
		test_link_finish(&link);
	}
	sto_gate_free(gate);
}

/* --- the way back */

static json_t *there_and_back(sto_gate *gate, const char *path, const char *query)
{
	struct test_browser browser = {""};
	struct test_link link;
	json_t *request = json_pack("{s:s, s:s}", "path", path, "query", query);
	assert_null(test_begin_with(&link, &provider, gate, &browser, request));
	json_t *result = test_finish(NULL, gate, &browser, test_callback(&link));
	assert_true(json_is_true(json_object_get(result, "ok")));
	test_link_finish(&link);
	return result;
}

/* RD-21: byte for byte, the fragment included. */
static void rd_21_query_and_fragment_come_back_as_they_were(void **state)
{
	static const char *const queries[] = {
		"",    "a=1",    "a=1#frag", "#frag", "a=%2F%23%20+&b=?x/y#s?c=1&%C3%A4",
		"a=#", "a=1##x", "q=%zz%"};
	sto_gate *gate = test_gate_in(&provider, "auth.one", ring, NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		json_t *result = there_and_back(gate, "/p%20q/r", queries[i]);
		assert_string_equal(json_string_value(json_object_get(result, "path")), "/p%20q/r");
		assert_string_equal(json_string_value(json_object_get(result, "query")), queries[i]);
		json_decref(result);
	}
	sto_gate_free(gate);
}

/* RD-21: what could split a header comes back as nothing. */
static void a_query_with_line_breaks_is_forgotten(void **state)
{
	static const char *const queries[] = {"a=1\r\nX: y", "a\n", "\ta", "a\x7f"};
	sto_gate *gate = test_gate_in(&provider, "auth.one", ring, NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		json_t *result = there_and_back(gate, "/p", queries[i]);
		assert_string_equal(json_string_value(json_object_get(result, "path")), "/p");
		assert_string_equal(json_string_value(json_object_get(result, "query")), "");
		json_decref(result);
	}
	sto_gate_free(gate);
}

/* --- the gates of one realm */

static void the_default_redirect_uri_is_the_realms_callback(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_gate *gate = test_gate_in(&provider, "auth.one", ring, defaults);
	(void)state;
	test_begin(&link, &provider, gate, &browser);
	assert_param(&link, "redirect_uri", "http://localhost:8501/auth/callback");
	test_link_finish(&link);
	sto_gate_free(gate);
}

static void gates_of_one_realm_differ_by_their_block_alone(void **state)
{
	sto_gate *one = test_gate_in(&provider, "auth.one", ring, NULL),
		 *two = test_gate_in(&provider, "auth.two", ring, NULL),
		 *again = test_gate_in(&provider, "auth.one", ring, NULL),
		 *plain = test_gate(&provider, NULL),
		 *same_block = test_gate_in(&provider, "oauth", ring, NULL);
	(void)state;
	assert_false(sto_span_equal(sto_gate_id(one), sto_gate_id(two)));
	assert_true(sto_span_equal(sto_gate_id(one), sto_gate_id(again)));
	assert_false(sto_span_equal(sto_gate_id(plain), sto_gate_id(same_block)));
	sto_gate_free(one);
	sto_gate_free(two);
	sto_gate_free(again);
	sto_gate_free(plain);
	sto_gate_free(same_block);
}

/* LF-14: the answer to one gate's login, given to the other, is sent nowhere. */
static void lf_14_an_answer_for_one_gate_is_not_the_others(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_gate *one = test_gate_in(&provider, "auth.one", ring, NULL),
		 *two = test_gate_in(&provider, "auth.two", ring, NULL);
	(void)state;
	test_begin(&link, &provider, one, &browser);
	assert_string_equal(test_reason(test_finish(NULL, two, &browser, test_callback(&link))),
			    "other_gate");
	assert_int_equal(provider.requests[TEST_TOKEN], 0);
	/* Nothing was spent: its own gate still finishes it. */
	assert_string_equal(test_reason(test_finish(NULL, one, &browser, test_callback(&link))), "");
	test_link_finish(&link);
	sto_gate_free(one);
	sto_gate_free(two);
}

/* LF-14: a provider's answer on the transaction of the other provider, told by iss before the code leaves. */
static void lf_14_a_code_of_another_provider_is_not_sent(void **state)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_gate *gate = test_gate_in(&provider, "auth.one", ring, NULL);
	(void)state;
	test_begin(&link, &provider, gate, &browser);
	json_t *params = test_callback(&link);
	(void)json_object_set_new(params, "iss", json_pack("[s]", "https://evil.example"));
	assert_string_equal(test_reason(test_finish(NULL, gate, &browser, params)), "callback_iss");
	assert_int_equal(provider.requests[TEST_TOKEN], 0);
	test_link_finish(&link);
	sto_gate_free(gate);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_login_knows_what_a_session_needs),
		FACT(what_was_not_said_is_not_known),
		FACT(an_expiry_beyond_reason_is_ten_years),
		FACT(a_plain_gate_keeps_no_token),
		FACT(the_id_tokens_sid_counts_where_an_access_token_tells_who),
		FACT(userinfo_names_the_subject_by_the_configured_claim),
		FACT(a_session_always_names_somebody),
		FACT(a_login_has_parameters_of_its_own_that_win),
		FACT(lf_16_a_login_sets_no_parameter_of_the_protocol),
		FACT(a_parameter_is_a_text_a_number_or_a_boolean),
		FACT(a_max_age_of_one_login_is_checked),
		FACT(rd_21_query_and_fragment_come_back_as_they_were),
		FACT(a_query_with_line_breaks_is_forgotten),
		FACT(the_default_redirect_uri_is_the_realms_callback),
		FACT(gates_of_one_realm_differ_by_their_block_alone),
		FACT(lf_14_an_answer_for_one_gate_is_not_the_others),
		FACT(lf_14_a_code_of_another_provider_is_not_sent),
	};
	return cmocka_run_group_tests_name("gate/realm", tests, NULL, NULL);
}
