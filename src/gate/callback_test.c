/* Callbacks that must sign nobody in: each asserts its reason, and that no code left this machine. */
#include <stdio.h>

#include "base/test.h"
#include "base/bounds.h"
#include "base/json.h"
#include "gate/test_provider.h"

static struct test_provider provider;
static struct test_browser browser;
static struct test_link link;
static sto_gate *gate;

static int setup(void **state)
{
	(void)state;
	test_provider_init(&provider);
	gate = test_gate(&provider, NULL);
	browser = (struct test_browser){""};
	test_begin(&link, &provider, gate, &browser);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_link_finish(&link);
	sto_gate_free(gate);
	test_provider_finish(&provider);
	return 0;
}

static void refuse(json_t *params, const char *reason)
{
	sto_login *login = NULL;
	assert_string_equal(test_reason(test_finish(&login, gate, &browser, params)), reason);
	assert_null(login);
	assert_int_equal(provider.requests[TEST_TOKEN], 0);
}

static json_t *with(const char *name, const char *value)
{
	json_t *params = test_callback(&link);
	(void)json_object_set_new(params, name, json_pack("[s]", value));
	return params;
}

static json_t *twice(const char *name)
{
	json_t *params = test_callback(&link);
	(void)json_array_append_new(json_object_get(params, name), json_string("again"));
	return params;
}

static json_t *without(const char *name)
{
	json_t *params = test_callback(&link);
	(void)json_object_del(params, name);
	return params;
}

/* LF-03 */
static void lf_03_another_browser_is_refused(void **state)
{
	struct test_browser none = {""}, other = {"AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBQ"};
	(void)state;
	assert_string_equal(test_reason(test_finish(NULL, gate, &none, test_callback(&link))),
			    "state_other_browser");
	assert_string_equal(test_reason(test_finish(NULL, gate, &other, test_callback(&link))),
			    "state_other_browser");
	assert_int_equal(provider.requests[TEST_TOKEN], 0);
}

/* LF-04 */
static void lf_04_no_state_is_refused(void **state)
{
	(void)state;
	refuse(without("state"), "state_missing");
	refuse(with("state", ""), "state_missing");
}

/* LF-06, CB-06: one of two identical callbacks reaches the provider. */
static void lf_06_state_works_once(void **state)
{
	(void)state;
	assert_string_equal(test_reason(test_finish(NULL, gate, &browser, test_callback(&link))), "");
	assert_string_equal(test_reason(test_finish(NULL, gate, &browser, test_callback(&link))),
			    "state_used");
	assert_int_equal(provider.requests[TEST_TOKEN], 1);
}

/* LF-13: spent on failure as well. */
static void lf_13_state_is_spent_by_a_failed_exchange(void **state)
{
	(void)state;
	provider.answers[TEST_TOKEN] = (struct test_answer){0, 400, "{\"error\":\"invalid_grant\"}", NULL};
	assert_string_equal(test_reason(test_finish(NULL, gate, &browser, test_callback(&link))),
			    "token_refused");
	provider.answers[TEST_TOKEN] = (struct test_answer){0};
	assert_string_equal(test_reason(test_finish(NULL, gate, &browser, test_callback(&link))),
			    "state_used");
}

/* LF-07 */
static void lf_07_state_expires_after_a_day(void **state)
{
	(void)state;
	provider.now_sec += STO_STATE_LIFETIME_SEC + 1;
	refuse(test_callback(&link), "state_expired");
}

/* CB-31 */
static void cb_31_state_from_the_future_is_refused(void **state)
{
	(void)state;
	provider.now_sec -= STO_CLOCK_JUMP_SEC + 1;
	refuse(test_callback(&link), "state_expired");
}

/* CB-01: every single changed character. */
static void cb_01_changed_state_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < link.state.len; i++) {
		link.state.data[i] ^= 1;
		json_t *result = test_finish(NULL, gate, &browser, test_callback(&link));
		assert_false(json_is_true(json_object_get(result, "ok")));
		assert_memory_equal(json_string_value(json_object_get(result, "reason")), "seal_", 5);
		json_decref(result);
		link.state.data[i] ^= 1;
	}
	assert_int_equal(provider.requests[TEST_TOKEN], 0);
}

static void state_of_another_app_is_refused(void **state)
{
	sto_gate *other =
		test_gate(&provider, "{\"secret\": \"Zm9yIGFub3RoZXIgYXBwIG9mIHRoZSBzYW1lIGhvc3Q9PT0\"}");
	(void)state;
	assert_string_equal(test_reason(test_finish(NULL, other, &browser, test_callback(&link))),
			    "seal_key");
	assert_int_equal(provider.requests[TEST_TOKEN], 0);
	sto_gate_free(other);
}

/* LF-14: the answer of one provider on a login at another. */
static void lf_14_state_of_another_gate_does_nothing(void **state)
{
	sto_gate *other = test_gate(&provider, "{\"client_id\": \"second\"}");
	(void)state;
	json_t *result = test_finish(NULL, other, &browser, test_callback(&link));
	assert_string_equal(json_string_value(json_object_get(result, "reason")), "other_gate");
	struct sto_span id = sto_gate_id(gate);
	assert_int_equal(json_string_length(json_object_get(result, "gate")), id.len);
	assert_memory_equal(json_string_value(json_object_get(result, "gate")), id.ptr, id.len);
	json_decref(result);
	assert_int_equal(provider.requests[TEST_TOKEN], 0);
	/* and the login is not spent by it */
	assert_string_equal(test_reason(test_finish(NULL, gate, &browser, test_callback(&link))), "");
	sto_gate_free(other);
}

/* CB-02, CB-11 */
static void cb_02_iss_of_another_provider_is_refused(void **state)
{
	(void)state;
	refuse(with("iss", "https://evil.example"), "callback_iss");
	refuse(with("iss", "https://op.example/"), "callback_iss");
	refuse(with("iss", ""), "callback_iss");
	refuse(with("iss", "/"), "callback_iss");
}

/* CB-03 */
static void cb_03_missing_iss_is_refused_where_announced(void **state)
{
	(void)state;
	refuse(without("iss"), "callback_iss");
}

/* CB-04 */
static void cb_04_wrong_iss_is_refused_where_not_announced(void **state)
{
	(void)state;
	(void)json_object_del(provider.metadata, "authorization_response_iss_parameter_supported");
	sto_gate *quiet = test_gate(&provider, "{\"client_id\": \"q\"}");
	struct test_link own;
	test_begin(&own, &provider, quiet, &browser);
	json_t *params = test_callback(&own);
	(void)json_object_set_new(params, "iss", json_pack("[s]", "https://evil.example"));
	assert_string_equal(test_reason(test_finish(NULL, quiet, &browser, params)), "callback_iss");
	params = test_callback(&own);
	(void)json_object_del(params, "iss");
	(void)json_object_set_new(provider.id_claims, "aud", json_string("q"));
	assert_string_equal(test_reason(test_finish(NULL, quiet, &browser, params)), "");
	test_link_finish(&own);
	sto_gate_free(quiet);
}

/* CB-07 */
static void cb_07_doubled_parameters_are_refused(void **state)
{
	(void)state;
	refuse(twice("state"), "callback_duplicate");
	refuse(twice("code"), "callback_duplicate");
	refuse(twice("iss"), "callback_duplicate");
}

/* LF-24, CB-08 */
static void lf_24_tokens_in_the_address_are_refused(void **state)
{
	(void)state;
	refuse(with("access_token", "x"), "callback_mixed");
	refuse(with("id_token", "x"), "callback_mixed");
}

/* CB-12 */
static void cb_12_oversized_parameters_are_refused(void **state)
{
	static char large[65537];
	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	refuse(with("code", large), "callback_bad");
	refuse(with("state", large), "callback_bad");
}

/* CB-29 */
static void cb_29_control_characters_are_refused(void **state)
{
	(void)state;
	refuse(with("code", "a\r\nX: y"), "callback_bad");
}

/* TV-46, CB-12: a NUL in the address, a broken request, more than a request may hold. */
static void tv_46_unreadable_requests_are_refusals(void **state)
{
	static const char *const bad[] = {"", "[]", "{", "{\"params\": {\"a\\u0000b\": []}}",
					  "{\"params\": {\"state\": [\"\\ud800\"]}}"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sto_op *op = NULL;
		assert_ok(sto_gate_finish(&op, gate, sto_span_str(bad[i]), NULL));
		assert_int_equal(sto_op_step(op), STO_STEP_DONE);
		struct sto_span text = sto_op_result(op);
		json_t *result = json_loadb((const char *)text.ptr, text.len, 0, NULL);
		assert_string_equal(test_reason(result), "callback_bad");
		sto_op_free(op);
	}
	json_t *params = test_callback(&link);
	(void)json_object_set_new(params, "code", json_pack("[o]", json_stringn("a\0b", 3)));
	refuse(params, "callback_bad");
}

static void neither_code_nor_error_is_refused(void **state)
{
	(void)state;
	refuse(without("code"), "code_missing");
	refuse(with("code", ""), "code_missing");
}

static void cancelling_is_told_apart(void **state)
{
	json_t *params = without("code");
	(void)state;
	(void)json_object_set_new(params, "error", json_pack("[s]", "access_denied"));
	refuse(params, "provider_denied");
}

/* CB-17: what the provider says is for the log, on one line, and not for the page. */
static void cb_17_error_description_is_made_printable(void **state)
{
	json_t *params = without("code");
	(void)state;
	(void)json_object_set_new(params, "error", json_pack("[s]", "server_error"));
	(void)json_object_set_new(params, "error_description", json_pack("[s]", "<script>\"\xc3\xa9"));
	json_t *result = test_finish(NULL, gate, &browser, params);
	assert_string_equal(json_string_value(json_object_get(result, "reason")), "provider_error");
	assert_null(strstr(json_string_value(json_object_get(result, "sentence")), "script"));
	assert_non_null(
		strstr(json_string_value(json_object_get(result, "detail")), "server_error: <script>"));
	assert_int_equal(strlen(json_string_value(json_object_get(result, "reference"))), 8);
	json_decref(result);
}

/* CB-18: an error without a login of ours changes nothing. */
static void cb_18_error_without_state_is_refused(void **state)
{
	json_t *params = json_pack("{s:[s]}", "error", "access_denied");
	(void)state;
	refuse(params, "state_missing");
	assert_string_equal(test_reason(test_finish(NULL, gate, &browser, test_callback(&link))), "");
}

/* CB-19: a planted cookie beside the true one does not stop the login. */
static void cb_19_foreign_marks_beside_ours_are_fine(void **state)
{
	struct test_browser tossed;
	(void)state;
	(void)snprintf(tossed.cookie, sizeof(tossed.cookie), "AAAAAAAAAAAAAAAAAAAAAA..garbage.%.100s",
		       browser.cookie);
	assert_string_equal(test_reason(test_finish(NULL, gate, &tossed, test_callback(&link))), "");
}

/* A refusal gives the way back where the state was ours. */
static void refusal_says_where_the_visitor_was(void **state)
{
	(void)state;
	provider.answers[TEST_TOKEN] = (struct test_answer){STO_FETCH_TIMEOUT, 0, NULL, NULL};
	json_t *result = test_finish(NULL, gate, &browser, test_callback(&link));
	assert_string_equal(json_string_value(json_object_get(result, "reason")), "fetch_timeout");
	assert_string_equal(json_string_value(json_object_get(result, "path")), "/page2");
	json_decref(result);
}

static void store_that_fails_refuses_before_the_code_leaves(void **state)
{
	(void)state;
	/* A store that is full. */
	for (int i = 0; i < 1000; i++)
		(void)!provider.store.ops->put_if_absent(provider.store.ctx, sto_span_of(&i, sizeof(i)),
							 STO_SPAN(""), provider.now_sec + 9, provider.now_sec,
							 NULL);
	refuse(test_callback(&link), "store_full");
}

/* LF-22: a provider that would have to ask somebody is one refusal, spent and with nothing sent. */
static void lf_22_login_required_ends_in_one_refusal(void **state)
{
	static const char *const errors[] = {"login_required", "interaction_required", "consent_required",
					     "account_selection_required"};
	(void)state;
	json_t *params = without("code");
	(void)json_object_set_new(params, "error", json_pack("[s]", errors[0]));
	refuse(params, "provider_error");
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		params = without("code");
		(void)json_object_set_new(params, "error", json_pack("[s]", errors[i]));
		refuse(params, "state_used");
	}
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(lf_03_another_browser_is_refused),
		FACT(lf_04_no_state_is_refused),
		FACT(lf_06_state_works_once),
		FACT(lf_13_state_is_spent_by_a_failed_exchange),
		FACT(lf_07_state_expires_after_a_day),
		FACT(cb_31_state_from_the_future_is_refused),
		FACT(cb_01_changed_state_is_refused),
		FACT(state_of_another_app_is_refused),
		FACT(lf_14_state_of_another_gate_does_nothing),
		FACT(cb_02_iss_of_another_provider_is_refused),
		FACT(cb_03_missing_iss_is_refused_where_announced),
		FACT(cb_04_wrong_iss_is_refused_where_not_announced),
		FACT(cb_07_doubled_parameters_are_refused),
		FACT(lf_24_tokens_in_the_address_are_refused),
		FACT(cb_12_oversized_parameters_are_refused),
		FACT(cb_29_control_characters_are_refused),
		FACT(tv_46_unreadable_requests_are_refusals),
		FACT(neither_code_nor_error_is_refused),
		FACT(cancelling_is_told_apart),
		FACT(cb_17_error_description_is_made_printable),
		FACT(cb_18_error_without_state_is_refused),
		FACT(cb_19_foreign_marks_beside_ours_are_fine),
		FACT(lf_22_login_required_ends_in_one_refusal),
		FACT(refusal_says_where_the_visitor_was),
		FACT(store_that_fails_refuses_before_the_code_leaves),
	};
	return cmocka_run_group_tests_name("gate/callback", tests, NULL, NULL);
}
