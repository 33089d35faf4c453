/* Tokens of a session that are about to end. */
#include <pthread.h>

#include "base/json.h"
#include "realm/test_site.h"

static struct test_site site;

#define EXPOSED "{" TEST_TWO ", 'expose_tokens': ['access']}"

static void sign_in(void)
{
	site.one.token_extra = json_pack("{s:s}", "refresh_token", "r-1");
	test_sign_in_by(&site, "one");
	json_decref(site.one.token_extra);
	site.one.token_extra = json_pack("{s:s}", "refresh_token", "r-2");
	/* A refreshed ID token has no nonce as a rule. */
	(void)json_object_set_new(site.one.id_claims, "nonce", json_null());
	site.one.requests[TEST_TOKEN] = 0;
}

static int setup(void **state)
{
	(void)state;
	test_site_open(&site, EXPOSED);
	sign_in();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_site_close(&site);
	return 0;
}

static int renew(void)
{
	return sto_realm_refresh(site.realm, sto_span_str(test_session_cookie(&site)), NULL);
}

static sto_identity *identify(void)
{
	sto_identity *who = NULL;
	assert_ok(sto_realm_identify(&who, site.realm, sto_span_str(test_session_cookie(&site)), NULL));
	return who;
}

static void expect_refresh_token(const char *wanted)
{
	sto_identity *who = identify();
	assert_non_null(who);
	assert_true(sto_span_equal(sto_identity_text(who, STO_IDENTITY_REFRESH_TOKEN), sto_span_str(wanted)));
	sto_identity_free(who);
}

static void tokens_that_last_are_left_alone(void **state)
{
	(void)state;
	assert_ok(renew());
	assert_int_equal(site.one.requests[TEST_TOKEN], 0);
}

static void tokens_that_are_about_to_end_are_renewed(void **state)
{
	(void)state;
	test_wait(&site, 280);
	assert_ok(renew());
	assert_int_equal(site.one.requests[TEST_TOKEN], 1);
	expect_refresh_token("r-2");
	sto_identity *who = identify();
	assert_int_equal(sto_identity_time_sec(who, STO_IDENTITY_ACCESS_END), site.one.now_sec + 300);
	sto_identity_free(who);
}

static void claims_are_those_of_the_newest_id_token(void **state)
{
	(void)state;
	(void)json_object_set_new(site.one.id_claims, "name", json_string("Ada King"));
	test_wait(&site, 280);
	assert_ok(renew());
	assert_string_equal(test_user(&site, "name"), "Ada King");
}

static void a_session_without_a_refresh_token_has_nothing_to_renew(void **state)
{
	(void)state;
	test_sign_in_by(&site, "two");
	test_wait(&site, 280);
	assert_ok(renew());
	assert_int_equal(site.two.requests[TEST_TOKEN], 1); /* of the sign-in */
}

static void tokens_that_nobody_may_read_are_not_kept(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_TWO "}");
	json_object_del(site.one.id_claims, "nonce");
	test_sign_in_by(&site, "one");
	sto_identity *who = identify();
	assert_int_equal(sto_identity_text(who, STO_IDENTITY_ACCESS_TOKEN).len, 0);
	assert_int_equal(sto_identity_text(who, STO_IDENTITY_REFRESH_TOKEN).len, 0);
	sto_identity_free(who);
}

static void cs_31_a_provider_that_is_out_for_a_moment_ends_nothing(void **state)
{
	(void)state;
	test_wait(&site, 280);
	site.one.answers[TEST_TOKEN].status = 503;
	assert_int_equal(renew(), STO_PROVIDER_STATUS);
	expect_refresh_token("r-1");
	site.one.answers[TEST_TOKEN].status = 0;
	assert_ok(renew());
	expect_refresh_token("r-2");
}

static void cs_31_a_token_that_is_refused_ends_the_session_once(void **state)
{
	(void)state;
	test_wait(&site, 280);
	site.one.answers[TEST_TOKEN] =
		(struct test_answer){.status = 400, .body = "{\"error\": \"invalid_grant\"}"};
	assert_int_equal(renew(), STO_GRANT_INVALID);
	assert_int_equal(renew(), STO_SESSION_ABSENT);
	assert_int_equal(site.one.requests[TEST_TOKEN], 1);
	assert_false(test_is_signed_in(&site));
}

static void tv_38_renewed_tokens_of_somebody_else_end_the_session(void **state)
{
	(void)state;
	(void)json_object_set_new(site.one.id_claims, "sub", json_string("eve"));
	test_wait(&site, 280);
	assert_int_equal(renew(), STO_REFRESH_SUBJECT);
	assert_false(test_is_signed_in(&site));
}

static void tv_39_a_renewed_token_that_is_forged_ends_the_session(void **state)
{
	(void)state;
	site.one.sign_with_other = true;
	test_wait(&site, 280);
	assert_int_equal(renew(), STO_TOKEN_NO_KEY);
	assert_null(identify());
}

#define VISITORS 20

static void *ask_for_a_token(void *arg)
{
	int *busy = arg;
	int rc;
	while ((rc = renew()) == STO_REFRESH_BUSY || rc == STO_SESSION_CHANGED)
		(void)__atomic_add_fetch(busy, 1, __ATOMIC_RELAXED);
	return rc == STO_OK ? NULL : arg;
}

static void cs_29_twenty_at_once_spend_one_token(void **state)
{
	pthread_t threads[VISITORS];
	int busy = 0;
	(void)state;
	test_wait(&site, 280);
	(void)test_session_cookie(&site);
	for (size_t i = 0; i < VISITORS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_for_a_token, &busy), 0);
	for (size_t i = 0; i < VISITORS; i++) {
		void *failed = NULL;
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(site.one.requests[TEST_TOKEN], 1);
	expect_refresh_token("r-2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tokens_that_last_are_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(tokens_that_are_about_to_end_are_renewed, setup, teardown),
		cmocka_unit_test_setup_teardown(claims_are_those_of_the_newest_id_token, setup, teardown),
		cmocka_unit_test_setup_teardown(a_session_without_a_refresh_token_has_nothing_to_renew, setup,
						teardown),
		cmocka_unit_test_setup_teardown(tokens_that_nobody_may_read_are_not_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(cs_31_a_provider_that_is_out_for_a_moment_ends_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(cs_31_a_token_that_is_refused_ends_the_session_once, setup,
						teardown),
		cmocka_unit_test_setup_teardown(tv_38_renewed_tokens_of_somebody_else_end_the_session, setup,
						teardown),
		cmocka_unit_test_setup_teardown(tv_39_a_renewed_token_that_is_forged_ends_the_session, setup,
						teardown),
		cmocka_unit_test_setup_teardown(cs_29_twenty_at_once_spend_one_token, setup, teardown),
	};
	return cmocka_run_group_tests_name("realm/renew", tests, NULL, NULL);
}
