/* OAuth 2.0 without ID tokens, and userinfo beside them. */
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

/* What GitHub and its kin need: three endpoints, no issuer, no keys. */
static const char plain_oauth[] =
	"{\"issuer\": null, \"authorization_endpoint\": \"https://op.example/authorize\", "
	"\"token_endpoint\": \"https://op.example/token\", \"userinfo_endpoint\": "
	"\"https://op.example/userinfo\", \"scope\": \"read:user\", "
	"\"identity_field_in_token\": \"login\"}";

static sto_login *sign_in(const char *changes)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_login *login = NULL;
	sto_gate *gate = test_gate(&provider, changes);
	test_begin(&link, &provider, gate, &browser);
	json_t *params = test_callback(&link);
	assert_string_equal(test_reason(test_finish(&login, gate, &browser, params)), "");
	test_link_finish(&link);
	sto_gate_free(gate);
	return login;
}

static const char *reason_with(const char *changes)
{
	sto_gate *gate = test_gate(&provider, changes);
	const char *reason = test_sign_in(&provider, gate);
	sto_gate_free(gate);
	return reason;
}

static void an_opaque_token_and_userinfo_tell_who(void **state)
{
	(void)state;
	provider.no_id_token = true;
	sto_login *login = sign_in(plain_oauth);
	assert_span(sto_login_identity(login), "\"ada\"");
	assert_int_equal(provider.requests[TEST_JWKS] + provider.requests[TEST_DISCOVERY], 0);
	assert_span(sto_buf_span(&provider.last_basic), "Bearer opaque-access-token");
	sto_login_free(login);
}

static void expires_in_limits_such_a_login(void **state)
{
	(void)state;
	provider.no_id_token = true;
	sto_login *login = sign_in(plain_oauth);
	assert_int_equal(sto_login_expires_sec(login), provider.now_sec + 300 + 30);
	sto_login_free(login);
}

static void a_path_leads_into_tables_and_lists(void **state)
{
	(void)state;
	provider.no_id_token = true;
	(void)json_object_set_new(provider.userinfo, "login",
				  json_pack("{s:[{s:s}]}", "emails", "value", "deep@example.org"));
	sto_login *login =
		sign_in("{\"token\": \"userinfo\", \"identity_field_in_token\": \"login.emails.0.value\"}");
	assert_span(sto_login_identity(login), "\"deep@example.org\"");
	sto_login_free(login);
}

static void a_claim_whose_name_has_dots_wins_over_a_path(void **state)
{
	(void)state;
	(void)json_object_set_new(provider.id_claims, "https://app.example/name", json_string("named"));
	sto_login *login = sign_in("{\"identity_field_in_token\": \"https://app.example/name\"}");
	assert_span(sto_login_identity(login), "\"named\"");
	sto_login_free(login);
}

static void the_switch_adds_userinfo_to_an_id_token(void **state)
{
	(void)state;
	(void)json_object_set_new(provider.id_claims, "login", json_string("signed"));
	sto_login *login = sign_in("{\"userinfo\": true, \"identity_field_in_token\": \"emails.0.value\"}");
	assert_span(sto_login_identity(login), "\"ada@example.org\"");
	sto_login_free(login);
	/* and never replaces what the signature covers */
	login = sign_in("{\"userinfo\": true, \"identity_field_in_token\": \"login\"}");
	assert_span(sto_login_identity(login), "\"signed\"");
	sto_login_free(login);
}

static void without_the_switch_nobody_is_asked(void **state)
{
	(void)state;
	sto_login_free(sign_in(NULL));
	assert_int_equal(provider.requests[TEST_USERINFO], 0);
}

/* TV-34 */
static void tv_34_userinfo_of_another_subject_is_refused(void **state)
{
	(void)state;
	(void)json_object_set_new(provider.userinfo, "sub", json_string("eve"));
	assert_string_equal(reason_with("{\"userinfo\": true}"), "userinfo_sub");
	(void)json_object_del(provider.userinfo, "sub");
	assert_string_equal(reason_with("{\"userinfo\": true}"), "userinfo_sub");
}

/* TV-36 and other answers that are no userinfo */
static void tv_36_hostile_userinfo_is_refused(void **state)
{
	static const struct {
		struct test_answer answer;
		const char *reason;
	} rows[] = {
		{{0, 200, "[]", NULL}, "userinfo_bad"},
		{{0, 200, "\"x\"", NULL}, "userinfo_bad"},
		{{0, 200, "1", NULL}, "userinfo_bad"},
		{{0, 200, "null", NULL}, "userinfo_bad"},
		{{0, 200, "<html>", "text/html"}, "userinfo_bad"},
		{{0, 200, "{\"sub\":\"a\",\"sub\":\"b\"}", NULL}, "userinfo_bad"},
		{{0, 200, "{\"sub\":\"a\\u0000b\"}", NULL}, "userinfo_bad"},
		{{0, 200, "not.a.token", "application/jwt"}, "token_malformed"},
		{{0, 401, "{}", NULL}, "provider_status"},
		{{0, 302, "{}", NULL}, "provider_status"},
		{{STO_FETCH_TIMEOUT, 0, NULL, NULL}, "fetch_timeout"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		provider.answers[TEST_USERINFO] = rows[i].answer;
		const char *reason = reason_with("{\"userinfo\": true}");
		if (strcmp(reason, rows[i].reason) != 0)
			print_message("row %zu\n", i);
		assert_string_equal(reason, rows[i].reason);
	}
}

static const char *signed_reason(json_t *claims, const char *typ)
{
	char *token = test_jwt(&provider, claims, typ);
	provider.answers[TEST_USERINFO] = (struct test_answer){0, 200, token, "application/jwt"};
	const char *reason = reason_with("{\"userinfo\": true}");
	free(token);
	json_decref(claims);
	return reason;
}

/* TV-37 */
static void tv_37_signed_userinfo_must_hold(void **state)
{
	(void)state;
	assert_string_equal(signed_reason(json_pack("{s:s, s:s, s:s}", "sub", "ada-1", "iss",
						    "https://op.example", "aud", "app"),
					  NULL),
			    "");
	assert_string_equal(signed_reason(json_pack("{s:s, s:s, s:s}", "sub", "ada-1", "iss",
						    "https://evil.example", "aud", "app"),
					  NULL),
			    "claim_iss");
	assert_string_equal(signed_reason(json_pack("{s:s, s:s, s:[s]}", "sub", "ada-1", "iss",
						    "https://op.example", "aud", "other"),
					  NULL),
			    "claim_aud");
	assert_string_equal(signed_reason(json_pack("{s:s}", "sub", "ada-1"), NULL), "claim_iss");
	assert_string_equal(signed_reason(json_pack("{s:s}", "sub", "ada-1"), "at+jwt"), "token_typ");
	provider.sign_with_other = true;
	json_t *claims =
		json_pack("{s:s, s:s, s:s}", "sub", "ada-1", "iss", "https://op.example", "aud", "app");
	char *forged = test_jwt(&provider, claims, NULL);
	provider.sign_with_other = false;
	provider.answers[TEST_USERINFO] = (struct test_answer){0, 200, forged, "application/jwt"};
	assert_string_equal(reason_with("{\"userinfo\": true}"), "token_no_key");
	free(forged);
	json_decref(claims);
}

/* GitHub answers a bad code with 200. */
static void an_error_with_status_200_is_an_error(void **state)
{
	(void)state;
	provider.answers[TEST_TOKEN] =
		(struct test_answer){0, 200, "{\"error\":\"bad_verification_code\"}", NULL};
	assert_string_equal(reason_with(plain_oauth), "token_refused");
}

/* Nothing is taken on trust because there are no keys to check it with. */
static void an_id_token_without_keys_to_check_it_is_refused(void **state)
{
	(void)state;
	assert_string_equal(reason_with(plain_oauth), "token_no_key");
}

static void a_token_of_another_kind_is_no_login(void **state)
{
	(void)state;
	(void)json_object_set_new(provider.id_claims, "nonce", json_string("another"));
	/* An ID token that came along must hold, even where userinfo tells who. */
	assert_string_equal(reason_with("{\"token\": \"userinfo\"}"), "claim_nonce");
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(an_opaque_token_and_userinfo_tell_who),
		FACT(expires_in_limits_such_a_login),
		FACT(a_path_leads_into_tables_and_lists),
		FACT(a_claim_whose_name_has_dots_wins_over_a_path),
		FACT(the_switch_adds_userinfo_to_an_id_token),
		FACT(without_the_switch_nobody_is_asked),
		FACT(tv_34_userinfo_of_another_subject_is_refused),
		FACT(tv_36_hostile_userinfo_is_refused),
		FACT(tv_37_signed_userinfo_must_hold),
		FACT(an_error_with_status_200_is_an_error),
		FACT(an_id_token_without_keys_to_check_it_is_refused),
		FACT(a_token_of_another_kind_is_no_login),
	};
	return cmocka_run_group_tests_name("gate/userinfo", tests, NULL, NULL);
}
