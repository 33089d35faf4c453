/* What follows a sign-in at the provider: tokens are renewed, taken back, and the visitor signs out there. */
#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "base/test.h"
#include "gate/login.h"
#include "gate/test_provider.h"
#include "http/form.h"
#include "http/url.h"

static struct test_provider provider;
static sto_keyring *ring;
static sto_gate *gate;
static struct sto_oidc_result result;
static enum sto_refresh_failure failure;

static int setup(void **state)
{
	(void)state;
	test_provider_init(&provider);
	ring = test_ring();
	gate = test_gate_in(&provider, "auth.one", ring, NULL);
	sto_oidc_result_init(&result);
	/* A refreshed ID token has no nonce as a rule. */
	(void)json_object_set_new(provider.id_claims, "nonce", json_null());
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sto_oidc_result_finish(&result);
	sto_gate_free(gate);
	sto_keyring_free(ring);
	test_provider_finish(&provider);
	return 0;
}

static int renew(void)
{
	struct sto_oidc_renewal renewal = {
		.refresh_token = STO_SPAN("r-1"),
		.issuer = STO_SPAN("https://op.example"),
		.subject = STO_SPAN("ada-1"),
		.nonce = STO_SPAN("first"),
	};
	sto_oidc_result_finish(&result);
	return sto_oidc_refresh(&result, &failure, gate->oidc, &renewal, NULL);
}

/* Nothing of an answer that was refused is left. */
static void assert_nothing(void)
{
	assert_null(result.claims);
	assert_int_equal(result.access_token.len + result.refresh_token.len + result.id_token.len, 0);
}

static void use_gate(const char *changes)
{
	sto_gate_free(gate);
	gate = test_gate_in(&provider, "auth.one", ring, changes);
}

/* --- renewing */

static void a_refresh_token_gets_new_tokens(void **state)
{
	(void)state;
	provider.token_extra = json_pack("{s:s}", "refresh_token", "r-2");
	(void)json_object_set_new(provider.id_claims, "name", json_string("Ada"));
	assert_ok(renew());
	assert_span(sto_buf_span(&provider.last_form), "grant_type=refresh_token&refresh_token=r-1");
	assert_span(sto_buf_span(&provider.last_basic), "Basic YXBwOnMzY3JldA==");
	assert_span(sto_buf_span(&result.access_token), "opaque-access-token");
	assert_span(sto_buf_span(&result.refresh_token), "r-2");
	assert_true(result.id_token.len > 0);
	assert_string_equal(json_string_value(json_object_get(result.claims, "name")), "Ada");
	assert_int_equal(result.exp_sec, provider.now_sec + 300);
	assert_int_equal(result.access_expires_sec, provider.now_sec + 300);
}

static void a_refresh_need_not_bring_an_id_token(void **state)
{
	(void)state;
	provider.no_id_token = true;
	assert_ok(renew());
	assert_null(result.claims);
	assert_int_equal(result.exp_sec, INT64_MIN);
	assert_span(sto_buf_span(&result.access_token), "opaque-access-token");
	assert_int_equal(result.refresh_token.len + result.id_token.len, 0);
}

/* TV-38: iss, sub and aud are those of the session. */
static void tv_38_a_refreshed_token_of_somebody_else_is_refused(void **state)
{
	static const struct {
		const char *claim, *value;
		int code;
	} rows[] = {
		{"sub", "eve", STO_REFRESH_SUBJECT},   {"iss", "https://evil.example", STO_CLAIM_ISS},
		{"aud", "another", STO_CLAIM_AUD},     {"azp", "another", STO_CLAIM_AZP},
		{"nonce", "another", STO_CLAIM_NONCE},
	};
	(void)state;
	provider.token_extra = json_pack("{s:s}", "refresh_token", "r-2");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *before = json_incref(json_object_get(provider.id_claims, rows[i].claim));
		(void)json_object_set_new(provider.id_claims, rows[i].claim, json_string(rows[i].value));
		assert_int_equal(renew(), rows[i].code);
		assert_int_equal(failure, STO_REFRESH_INVALID_GRANT);
		assert_nothing();
		if (before == NULL)
			(void)json_object_del(provider.id_claims, rows[i].claim);
		else
			(void)json_object_set_new(provider.id_claims, rows[i].claim, before);
	}
	(void)json_object_set_new(provider.id_claims, "nonce", json_string("first"));
	assert_ok(renew());
}

/* TV-38, where the configured issuer stayed and the session is of another one. */
static void tv_38_a_session_of_another_issuer_is_not_renewed(void **state)
{
	struct sto_oidc_renewal renewal = {
		.refresh_token = STO_SPAN("r-1"),
		.issuer = STO_SPAN("https://former.example"),
		.subject = STO_SPAN("ada-1"),
	};
	(void)state;
	assert_int_equal(sto_oidc_refresh(&result, &failure, gate->oidc, &renewal, NULL), STO_CLAIM_ISS);
	assert_nothing();
}

/* TV-38 for those without ID tokens. */
static void tv_38_userinfo_and_access_tokens_are_compared_as_well(void **state)
{
	(void)state;
	use_gate("{\"audience\": \"https://api.example\"}");
	provider.access_claims = json_pack("{s:s}", "sub", "eve");
	provider.no_id_token = true;
	assert_int_equal(renew(), STO_REFRESH_SUBJECT);
	assert_int_equal(failure, STO_REFRESH_INVALID_GRANT);
	assert_nothing();
	use_gate("{\"token\": \"userinfo\", \"subject_claim\": \"login\"}");
	json_decref(provider.access_claims);
	provider.access_claims = NULL;
	assert_int_equal(renew(), STO_REFRESH_SUBJECT);
	assert_nothing();
	use_gate("{\"token\": \"userinfo\"}");
	assert_ok(renew());
	assert_string_equal(json_string_value(json_object_get(result.claims, "login")), "ada");
	/* Beside an ID token userinfo must be about the same one (OIDC Core 5.3.2). */
	use_gate("{\"userinfo\": true}");
	provider.no_id_token = false;
	(void)json_object_set_new(provider.userinfo, "sub", json_string("eve"));
	assert_int_equal(renew(), STO_USERINFO_SUB);
	assert_nothing();
}

/* TV-39 */
static void tv_39_a_refreshed_token_is_verified(void **state)
{
	(void)state;
	provider.sign_with_other = true;
	assert_int_equal(renew(), STO_TOKEN_NO_KEY);
	assert_int_equal(failure, STO_REFRESH_INVALID_GRANT);
	assert_nothing();
	provider.sign_with_other = false;
	(void)json_object_set_new(provider.id_claims, "exp", json_integer(provider.now_sec - 100));
	assert_int_equal(renew(), STO_CLAIM_EXPIRED);
	assert_nothing();
	(void)json_object_del(provider.id_claims, "exp");
	(void)json_object_set_new(provider.id_claims, "at_hash", json_string("AAAAAAAAAAAAAAAAAAAAAA"));
	assert_int_equal(renew(), STO_CLAIM_AT_HASH);
	assert_nothing();
}

/* TV-39: keys out of reach lose no tokens, and what nobody could verify is not passed on. */
static void tv_39_an_id_token_that_cannot_be_verified_now_counts_as_not_sent(void **state)
{
	(void)state;
	provider.token_extra = json_pack("{s:s}", "refresh_token", "r-2");
	provider.answers[TEST_JWKS].rc = STO_FETCH_CONNECT;
	assert_ok(renew());
	assert_span(sto_buf_span(&result.refresh_token), "r-2");
	assert_int_equal(result.id_token.len, 0);
	assert_null(result.claims);
}

static void userinfo_out_of_reach_leaves_what_was_known(void **state)
{
	(void)state;
	use_gate("{\"userinfo\": true}");
	provider.answers[TEST_USERINFO].status = 503;
	assert_ok(renew());
	assert_null(result.claims);
	assert_true(result.id_token.len > 0);
	/* and somebody else's ID token does not slip by on that way */
	(void)json_object_set_new(provider.id_claims, "sub", json_string("eve"));
	assert_int_equal(renew(), STO_REFRESH_SUBJECT);
	assert_nothing();
}

/* CS-31: what ends a session, and what only waits. */
static void cs_31_each_failure_says_what_became_of_the_token(void **state)
{
	static const struct {
		struct test_answer answer;
		int code;
		enum sto_refresh_failure failure;
	} rows[] = {
		{{0, 400, "{\"error\":\"invalid_grant\"}", NULL},
		 STO_GRANT_INVALID,
		 STO_REFRESH_INVALID_GRANT},
		{{0, 401, "{\"error\":\"invalid_grant\"}", NULL},
		 STO_GRANT_INVALID,
		 STO_REFRESH_INVALID_GRANT},
		{{0, 200, "{\"error\":\"bad_refresh_token\"}", NULL},
		 STO_GRANT_INVALID,
		 STO_REFRESH_INVALID_GRANT},
		{{0, 400, "{\"error\":\"interaction_required\"}", NULL},
		 STO_GRANT_INVALID,
		 STO_REFRESH_INVALID_GRANT},
		{{0, 401, "{\"error\":\"invalid_client\"}", NULL},
		 STO_CLIENT_REFUSED,
		 STO_REFRESH_TURNED_AWAY},
		{{0, 400, "{\"error\":\"unauthorized_client\"}", NULL},
		 STO_TOKEN_REFUSED,
		 STO_REFRESH_TURNED_AWAY},
		{{0, 503, "<html>", NULL}, STO_PROVIDER_STATUS, STO_REFRESH_TURNED_AWAY},
		{{0, 503, "{\"error\":\"temporarily_unavailable\"}", NULL},
		 STO_PROVIDER_STATUS,
		 STO_REFRESH_TURNED_AWAY},
		{{0, 429, "{\"error\":\"slow_down\"}", NULL}, STO_PROVIDER_STATUS, STO_REFRESH_TURNED_AWAY},
		{{0, 200, "<html>", NULL}, STO_TOKEN_RESPONSE, STO_REFRESH_NO_ANSWER},
		{{0, 200, "{\"token_type\":\"bearer\"}", NULL},
		 STO_ACCESS_TOKEN_MISSING,
		 STO_REFRESH_NO_ANSWER},
		{{STO_FETCH_DNS, 0, NULL, NULL}, STO_FETCH_DNS, STO_REFRESH_NOT_SENT},
		{{STO_FETCH_CONNECT, 0, NULL, NULL}, STO_FETCH_CONNECT, STO_REFRESH_NOT_SENT},
		{{STO_FETCH_TLS, 0, NULL, NULL}, STO_FETCH_TLS, STO_REFRESH_NOT_SENT},
		{{STO_FETCH_TIMEOUT, 0, NULL, NULL}, STO_FETCH_TIMEOUT, STO_REFRESH_NO_ANSWER},
		{{STO_FETCH_BROKEN, 0, NULL, NULL}, STO_FETCH_BROKEN, STO_REFRESH_NO_ANSWER},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		provider.answers[TEST_TOKEN] = rows[i].answer;
		int before = provider.requests[TEST_TOKEN];
		int rc = renew();
		if (rc != rows[i].code || failure != rows[i].failure)
			print_message("row %zu\n", i);
		assert_int_equal(rc, rows[i].code);
		assert_int_equal(failure, rows[i].failure);
		/* CS-29: nothing here tries a second time. */
		assert_int_equal(provider.requests[TEST_TOKEN], before + 1);
		assert_nothing();
	}
}

static void without_discovery_nothing_is_sent(void **state)
{
	(void)state;
	provider.answers[TEST_DISCOVERY].rc = STO_FETCH_TIMEOUT;
	assert_int_equal(renew(), STO_FETCH_TIMEOUT);
	assert_int_equal(failure, STO_REFRESH_NOT_SENT);
	assert_int_equal(provider.requests[TEST_TOKEN], 0);
}

/* A code that is dead is a refused sign-in, not a dead session. */
static void a_dead_code_is_token_refused(void **state)
{
	(void)state;
	provider.answers[TEST_TOKEN] = (struct test_answer){0, 400, "{\"error\":\"invalid_grant\"}", NULL};
	assert_string_equal(test_sign_in(&provider, gate), "token_refused");
	provider.answers[TEST_TOKEN] =
		(struct test_answer){0, 200, "{\"error\":\"incorrect_client_credentials\"}", NULL};
	assert_string_equal(test_sign_in(&provider, gate), "client_refused");
}

/* --- taking tokens back */

static void a_token_is_taken_back_by_a_client_that_proves_itself(void **state)
{
	(void)state;
	assert_ok(sto_oidc_revoke(gate->oidc, STO_SPAN("r-1"), NULL));
	assert_int_equal(provider.requests[TEST_REVOCATION], 1);
	assert_span(sto_buf_span(&provider.last_form), "token=r-1");
	assert_span(sto_buf_span(&provider.last_basic), "Basic YXBwOnMzY3JldA==");
}

static void a_revocation_that_failed_says_so(void **state)
{
	(void)state;
	provider.answers[TEST_REVOCATION].status = 503;
	assert_int_equal(sto_oidc_revoke(gate->oidc, STO_SPAN("r-1"), NULL), STO_PROVIDER_STATUS);
	provider.answers[TEST_REVOCATION].status = 401;
	assert_int_equal(sto_oidc_revoke(gate->oidc, STO_SPAN("r-1"), NULL), STO_CLIENT_REFUSED);
}

/* JD-31: no token goes where metadata alone says so. */
static void jd_31_tokens_go_to_no_host_that_metadata_made_up(void **state)
{
	(void)state;
	(void)json_object_set_new(provider.metadata, "revocation_endpoint",
				  json_string("https://evil.example/revoke"));
	assert_int_equal(sto_oidc_revoke(gate->oidc, STO_SPAN("r-1"), NULL), STO_ENDPOINT_ABSENT);
	(void)json_object_set_new(provider.metadata, "userinfo_endpoint",
				  json_string("https://evil.example/userinfo"));
	use_gate("{\"userinfo\": true}");
	assert_int_equal(renew(), STO_DISCOVERY_ENDPOINT);
	assert_int_equal(provider.requests[TEST_TOKEN], 0);
	/* One that is configured is used. */
	use_gate("{\"userinfo\": true, \"userinfo_endpoint\": \"https://op.example/userinfo\"}");
	assert_ok(renew());
	assert_int_equal(provider.requests[TEST_USERINFO], 1);
}

static void a_bad_or_missing_endpoint_hinders_no_sign_in(void **state)
{
	static const char *const bad[] = {"https://evil.example/x", "http://op.example/x", "nonsense", ""};
	(void)state;
	(void)json_object_del(provider.id_claims, "nonce");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)json_object_set_new(provider.metadata, "end_session_endpoint", json_string(bad[i]));
		(void)json_object_set_new(provider.metadata, "revocation_endpoint", json_integer(1));
		use_gate(NULL);
		assert_string_equal(test_sign_in(&provider, gate), "");
		assert_int_equal(sto_oidc_revoke(gate->oidc, STO_SPAN("r-1"), NULL), STO_ENDPOINT_ABSENT);
	}
	assert_int_equal(provider.requests[TEST_REVOCATION], 0);
}

/* --- signing out there */

static int end_session_url(struct sto_buf *url, struct sto_span hint)
{
	sto_buf_clear(url);
	return sto_oidc_end_session_url(url, gate->oidc, hint, STO_SPAN("https://app.example/a?b=1"),
					STO_SPAN("s t"), NULL);
}

/* RP-Initiated Logout 1.0 section 2 */
static void the_visitor_signs_out_there_with_all_that_it_takes(void **state)
{
	struct sto_buf url;
	(void)state;
	sto_buf_init(&url, STO_LIMIT_URL);
	assert_int_equal(end_session_url(&url, STO_SPAN("a.b.c")), STO_ENDPOINT_ABSENT);
	assert_ok(sto_oidc_prepare(gate->oidc, NULL));
	assert_ok(end_session_url(&url, STO_SPAN("a.b.c")));
	assert_span(sto_buf_span(&url),
		    "https://op.example/logout?client_id=app&post_logout_redirect_uri="
		    "https%3A%2F%2Fapp.example%2Fa%3Fb%3D1&state=s+t&id_token_hint=a.b.c");
	sto_buf_clear(&url);
	assert_ok(sto_oidc_end_session_url(&url, gate->oidc, (struct sto_span){NULL, 0},
					   (struct sto_span){NULL, 0}, (struct sto_span){NULL, 0}, NULL));
	assert_span(sto_buf_span(&url), "https://op.example/logout?client_id=app");
	sto_buf_finish(&url);
}

static void an_id_token_too_long_for_a_url_is_left_out(void **state)
{
	static uint8_t hint[STO_LIMIT_URL];
	struct sto_buf url;
	(void)state;
	memset(hint, 'a', sizeof(hint));
	sto_buf_init(&url, STO_LIMIT_URL);
	assert_ok(sto_oidc_prepare(gate->oidc, NULL));
	assert_ok(end_session_url(&url, sto_span_of(hint, sizeof(hint))));
	assert_true(sto_span_ends_with(sto_buf_span(&url), STO_SPAN("&state=s+t")));
	sto_buf_finish(&url);
}

static void the_configured_end_wins_and_keeps_its_query(void **state)
{
	struct sto_buf url;
	(void)state;
	sto_buf_init(&url, STO_LIMIT_URL);
	use_gate("{\"end_session_endpoint\": \"https://elsewhere.example/bye?x=1\"}");
	assert_ok(end_session_url(&url, (struct sto_span){NULL, 0}));
	assert_true(sto_span_starts_with(sto_buf_span(&url),
					 STO_SPAN("https://elsewhere.example/bye?x=1&client_id=app&")));
	sto_buf_finish(&url);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_refresh_token_gets_new_tokens),
		FACT(a_refresh_need_not_bring_an_id_token),
		FACT(tv_38_a_refreshed_token_of_somebody_else_is_refused),
		FACT(tv_38_a_session_of_another_issuer_is_not_renewed),
		FACT(tv_38_userinfo_and_access_tokens_are_compared_as_well),
		FACT(tv_39_a_refreshed_token_is_verified),
		FACT(tv_39_an_id_token_that_cannot_be_verified_now_counts_as_not_sent),
		FACT(userinfo_out_of_reach_leaves_what_was_known),
		FACT(cs_31_each_failure_says_what_became_of_the_token),
		FACT(without_discovery_nothing_is_sent),
		FACT(a_dead_code_is_token_refused),
		FACT(a_token_is_taken_back_by_a_client_that_proves_itself),
		FACT(a_revocation_that_failed_says_so),
		FACT(jd_31_tokens_go_to_no_host_that_metadata_made_up),
		FACT(a_bad_or_missing_endpoint_hinders_no_sign_in),
		FACT(the_visitor_signs_out_there_with_all_that_it_takes),
		FACT(an_id_token_too_long_for_a_url_is_left_out),
		FACT(the_configured_end_wins_and_keeps_its_query),
	};
	return cmocka_run_group_tests_name("gate/renewal", tests, NULL, NULL);
}
