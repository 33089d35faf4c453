/* What the provider says behind the scenes: who somebody is, and answers that are none. */
#include <stdio.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "realm/test_site.h"

static struct test_site site;

static int setup(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_TWO "}");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_site_close(&site);
	return 0;
}

static void begin(void)
{
	test_begin_login(&site, "/auth/login?provider=one&next=%2Fpage%3Fa%3D1");
}

static void expect_refused(int status, const char *reason)
{
	test_expect_refused(&site, status, "login_refused", reason);
	assert_int_equal(test_count(&site), 0);
	assert_false(test_is_signed_in(&site));
}

/* --- hostile answers */

static void cb_28_no_step_that_fails_leaves_a_session(void **state)
{
	static const struct {
		enum test_endpoint endpoint;
		struct test_answer answer;
		int status;
		const char *reason;
	} rows[] = {
		{TEST_TOKEN, {.rc = STO_FETCH_TIMEOUT}, 502, "fetch_timeout"},
		{TEST_TOKEN, {.rc = STO_FETCH_TLS}, 502, "fetch_tls"},
		{TEST_TOKEN, {.status = 302}, 502, "provider_status"},
		{TEST_TOKEN, {.body = ""}, 400, "token_response"},
		{TEST_TOKEN, {.body = "<html>"}, 400, "token_response"},
		{TEST_TOKEN, {.body = "[]"}, 400, "token_response"},
		{TEST_TOKEN, {.body = "{}"}, 400, "access_token_missing"},
		{TEST_TOKEN, {.body = "{\"access_token\":\"a\",\"token_type\":\"mac\"}"}, 400, "token_type"},
		{TEST_TOKEN,
		 {.body = "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}"},
		 403,
		 "id_token_missing"},
		{TEST_JWKS, {.rc = STO_FETCH_CONNECT}, 502, "fetch_connect"},
		{TEST_JWKS, {.body = "{\"keys\":[]}"}, 403, "token_no_key"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin();
		site.one.answers[rows[i].endpoint] = rows[i].answer;
		test_come_back(&site);
		site.one.answers[rows[i].endpoint] = (struct test_answer){0};
		expect_refused(rows[i].status, rows[i].reason);
	}
}

static void cb_28_no_claim_that_fails_leaves_a_session(void **state)
{
	static const struct {
		const char *claims;
		int status;
		const char *reason;
	} rows[] = {
		{"{\"iss\": \"https://evil.example\"}", 403, "claim_iss"},
		{"{\"iss\": \"https://two.example\"}", 403, "claim_iss"},
		{"{\"aud\": \"other\"}", 403, "claim_aud"},
		{"{\"aud\": null}", 403, "claim_missing"},
		{"{\"nonce\": \"other\"}", 403, "claim_nonce"},
		{"{\"nonce\": null}", 403, "claim_nonce"},
		{"{\"exp\": 1000}", 400, "claim_expired"},
		{"{\"sub\": null}", 403, "claim_missing"},
		{"{\"sub\": \"\"}", 403, "claim_missing"},
		{"{\"at_hash\": \"AAAA\"}", 403, "claim_at_hash"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *claims = json_loads(rows[i].claims, 0, NULL);
		begin();
		(void)json_object_clear(site.one.id_claims);
		(void)json_object_update(site.one.id_claims, claims);
		json_decref(claims);
		test_come_back(&site);
		expect_refused(rows[i].status, rows[i].reason);
	}
}

static void cb_28_a_signature_that_fails_leaves_no_session(void **state)
{
	(void)state;
	begin();
	site.one.sign_with_other = true;
	test_come_back(&site);
	expect_refused(403, "token_no_key");
}

static void cb_28_a_session_that_cannot_be_kept_is_none(void **state)
{
	static const struct {
		int rc;
		const char *reason;
	} rows[] = {{STO_STORE_FAILED, "store_failed"},
		    {STO_STORE_FULL, "store_full"},
		    {STO_STORE_UNWRITABLE, "store_unwritable"}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin();
		site.failing_write = rows[i].rc;
		test_come_back(&site);
		site.failing_write = 0;
		expect_refused(503, rows[i].reason);
	}
	test_sign_in_by(&site, "one");
}

static void a_store_that_cannot_be_read_refuses_a_callback(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	begin();
	site.failing = STO_STORE_FAILED;
	test_come_back(&site);
	test_expect_refused(&site, 503, "login_refused", "store_failed");
	assert_int_equal(site.one.requests[TEST_TOKEN], 1);
}

/* --- who it is */

static void lf_36_one_address_at_two_providers_is_two_people(void **state)
{
	(void)state;
	(void)json_object_set_new(site.one.id_claims, "email", json_string("ada@example.org"));
	(void)json_object_set_new(site.one.id_claims, "email_verified", json_true());
	(void)json_object_update(site.two.id_claims, site.one.id_claims);
	test_sign_in_by(&site, "one");
	assert_string_equal(test_user(&site, "email"), "ada@example.org");
	assert_string_equal(test_user(&site, "id"), "one:ada-1");
	test_sign_in_by(&site, "two");
	assert_string_equal(test_user(&site, "email"), "ada@example.org");
	assert_string_equal(test_user(&site, "id"), "two:ada-1");
}

static void an_address_that_nobody_verified_is_not_told(void **state)
{
	static const char *const claims[] = {"{}", "{\"email_verified\": false}",
					     "{\"email_verified\": \"false\"}", "{\"email_verified\": 1}",
					     "{\"email_verified\": null}"};
	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		json_t *more = json_loads(claims[i], 0, NULL);
		(void)json_object_clear(site.one.id_claims);
		(void)json_object_set_new(site.one.id_claims, "email", json_string("ada@example.org"));
		(void)json_object_update(site.one.id_claims, more);
		json_decref(more);
		test_sign_in_by(&site, "one");
		assert_string_equal(test_user(&site, "email"), "");
	}
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(cb_28_no_step_that_fails_leaves_a_session),
		FACT(cb_28_no_claim_that_fails_leaves_a_session),
		FACT(cb_28_a_signature_that_fails_leaves_no_session),
		FACT(cb_28_a_session_that_cannot_be_kept_is_none),
		FACT(a_store_that_cannot_be_read_refuses_a_callback),
		FACT(lf_36_one_address_at_two_providers_is_two_people),
		FACT(an_address_that_nobody_verified_is_not_told),
	};
	return cmocka_run_group_tests_name("realm/exchange", tests, NULL, NULL);
}
