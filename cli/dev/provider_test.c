/* The provider without a network: requests in, answers out, with a clock of the test's own. */
#include "dev/issuers.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "http/form.h"

#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define AUTHORIZE                                                                                            \
	"response_type=code&client_id=dev&redirect_uri=http%3A%2F%2Flocalhost%3A8501&scope=openid+offline_"  \
	"access"                                                                                             \
	"&state=st&nonce=no&code_challenge=" CHALLENGE "&code_challenge_method=S256"

static struct dev_options options;
static struct dev_issuers issuers;
static struct dev_response res;
static struct sto_world world;
static int64_t now;
static char cookie[200], code[100];

static int64_t fake_now(void *ctx)
{
	(void)ctx;
	return now;
}

static int begin(void **state)
{
	static char *argv[] = {NULL, NULL};
	static char name[] = "st-oauth-dev", why[200];
	(void)state;
	argv[0] = name;
	assert_true(dev_options_read(&options, 1, argv, why, sizeof(why)));
	world = *sto_world_system();
	world.now_sec = fake_now;
	now = 1000000;
	if (!dev_personas_read(&issuers.personas, sto_span_str(dev_default_personas), "p", why, sizeof(why)))
		return -1;
	dev_issuers_name(&issuers, &options, &world, "localhost", 9400);
	dev_response_init(&res);
	return dev_keys_init(&issuers.keys, NULL, NULL);
}

static int end(void **state)
{
	(void)state;
	dev_response_finish(&res);
	dev_issuers_finish(&issuers);
	return 0;
}

static void ask(const char *method, const char *path, const char *query, const char *body)
{
	struct dev_request req = {
		.method = sto_span_str(method),
		.path = sto_span_str(path),
		.query = sto_span_str(query),
		.body = sto_span_str(body),
		.host = STO_SPAN("localhost:9400"),
		.content_type = STO_SPAN("application/x-www-form-urlencoded"),
		.cookie = sto_span_str(cookie),
	};
	dev_response_finish(&res);
	dev_response_init(&res);
	dev_issuers_handle(&issuers, &req, &res);
}

/* The text between `before` and the next `stop`. */
static void cut(char *out, size_t size, struct sto_buf *from, const char *before, char stop)
{
	const char *text = sto_buf_cstr(from), *at = text == NULL ? NULL : strstr(text, before);
	assert_non_null(at);
	at += strlen(before);
	size_t len = strcspn(at, (char[]){stop, 0});
	assert_true(len < size);
	memcpy(out, at, len);
	out[len] = 0;
}

/* Signs Ada in; her code is in `code`. */
static void sign_in(const char *query)
{
	char request[100], csrf[100], body[400];
	cookie[0] = 0;
	ask("GET", "/authorize", query, "");
	assert_int_equal(res.status, 200);
	cut(request, sizeof(request), &res.body, "name=\"request\" value=\"", '"');
	cut(csrf, sizeof(csrf), &res.body, "name=\"csrf\" value=\"", '"');
	cut(cookie, sizeof(cookie), &res.set_cookie, "", ';');
	(void)snprintf(body, sizeof(body), "request=%s&csrf=%s&persona=ada", request, csrf);
	ask("POST", "/authorize/choose", "", body);
	assert_int_equal(res.status, 303);
	cut(code, sizeof(code), &res.location, "code=", '&');
}

static void exchange_at(const char *path, const char *verifier)
{
	char body[600];
	(void)snprintf(body, sizeof(body),
		       "grant_type=authorization_code&client_id=dev&client_secret=dev-secret"
		       "&redirect_uri=http%%3A%%2F%%2Flocalhost%%3A8501&code=%s&code_verifier=%s",
		       code, verifier);
	ask("POST", path, "", body);
}

static void exchange(const char *verifier)
{
	exchange_at("/token", verifier);
}

static void refresh(const char *token)
{
	char body[400];
	(void)snprintf(body, sizeof(body),
		       "grant_type=refresh_token&client_id=dev&client_secret=dev-secret&refresh_token=%s",
		       token);
	ask("POST", "/token", "", body);
}

static void assert_error(const char *error)
{
	char found[100];
	assert_int_equal(res.status, 400);
	cut(found, sizeof(found), &res.body, "\"error\":\"", '"');
	assert_string_equal(found, error);
}

static void a_code_is_good_once(void **state)
{
	char token[100];
	(void)state;
	sign_in(AUTHORIZE);
	exchange(VERIFIER);
	assert_int_equal(res.status, 200);
	cut(token, sizeof(token), &res.body, "\"refresh_token\":\"", '"');
	exchange(VERIFIER);
	assert_error("invalid_grant");
	refresh(token); /* and its second use took back what the first gave */
	assert_error("invalid_grant");
}

static void a_code_lives_for_a_minute(void **state)
{
	(void)state;
	sign_in(AUTHORIZE);
	now += DEV_CODE_SEC - 1;
	exchange(VERIFIER);
	assert_int_equal(res.status, 200);
	sign_in(AUTHORIZE);
	now += DEV_CODE_SEC;
	exchange(VERIFIER);
	assert_error("invalid_grant");
}

static void a_wrong_verifier_uses_the_code_up(void **state)
{
	(void)state;
	sign_in(AUTHORIZE);
	exchange(CHALLENGE);
	assert_error("invalid_grant");
	exchange(VERIFIER);
	assert_error("invalid_grant");
}

static void a_refresh_token_rotates_and_its_second_use_ends_all(void **state)
{
	char first[100], second[100];
	(void)state;
	sign_in(AUTHORIZE);
	exchange(VERIFIER);
	cut(first, sizeof(first), &res.body, "\"refresh_token\":\"", '"');
	refresh(first);
	assert_int_equal(res.status, 200);
	cut(second, sizeof(second), &res.body, "\"refresh_token\":\"", '"');
	refresh(first);
	assert_error("invalid_grant");
	refresh(second);
	assert_error("invalid_grant");
}

static void an_authorize_page_is_answered_once_and_not_forever(void **state)
{
	char request[100], csrf[100], body[400];
	(void)state;
	ask("GET", "/authorize", AUTHORIZE, "");
	cut(request, sizeof(request), &res.body, "name=\"request\" value=\"", '"');
	cut(csrf, sizeof(csrf), &res.body, "name=\"csrf\" value=\"", '"');
	(void)snprintf(body, sizeof(body), "request=%s&csrf=%s&cancel=1", request, csrf);
	now += DEV_PENDING_SEC;
	ask("POST", "/authorize/choose", "", body);
	assert_int_equal(res.status, 400);
	now -= 1;
	ask("POST", "/authorize/choose", "", body);
	assert_int_equal(res.status, 303);
	ask("POST", "/authorize/choose", "", body);
	assert_int_equal(res.status, 400);
}

static void another_browser_cannot_answer_the_page(void **state)
{
	char request[100], csrf[100], body[400];
	(void)state;
	ask("GET", "/authorize", AUTHORIZE, "");
	cut(request, sizeof(request), &res.body, "name=\"request\" value=\"", '"');
	cut(csrf, sizeof(csrf), &res.body, "name=\"csrf\" value=\"", '"');
	(void)snprintf(body, sizeof(body), "request=%s&csrf=%s&persona=ada", request, csrf);
	cookie[0] = 0;
	ask("POST", "/authorize/choose", "", body);
	assert_int_equal(res.status, 403);
}

static void names_of_other_machines_are_not_answered(void **state)
{
	struct dev_request req = {.method = STO_SPAN("GET"), .path = STO_SPAN("/health")};
	static const char *const hosts[] = {"evil.example", "", "localhost.evil.example:9400",
					    "192.168.0.7:9400", "localhost/@evil.example"};
	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		req.host = sto_span_str(hosts[i]);
		dev_response_finish(&res);
		dev_response_init(&res);
		dev_issuers_handle(&issuers, &req, &res);
		assert_int_equal(res.status, 421);
	}
}

static void lf_14_a_code_of_one_provider_is_unknown_to_the_other(void **state)
{
	(void)state;
	sign_in(AUTHORIZE);
	exchange_at("/team/token", VERIFIER);
	assert_error("invalid_grant");
	exchange(VERIFIER);
	assert_int_equal(res.status, 200);
}

static void a_hint_of_one_provider_signs_nobody_out_at_the_other(void **state)
{
	static char token[4000], query[4100];
	(void)state;
	sign_in(AUTHORIZE);
	exchange(VERIFIER);
	cut(token, sizeof(token), &res.body, "\"id_token\":\"", '"');
	(void)snprintf(query, sizeof(query), "id_token_hint=%s", token);
	ask("GET", "/team/logout", query, "");
	assert_int_equal(res.status, 400);
	ask("GET", "/logout", query, "");
	assert_int_equal(res.status, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_is_good_once),
		cmocka_unit_test(a_code_lives_for_a_minute),
		cmocka_unit_test(a_wrong_verifier_uses_the_code_up),
		cmocka_unit_test(a_refresh_token_rotates_and_its_second_use_ends_all),
		cmocka_unit_test(an_authorize_page_is_answered_once_and_not_forever),
		cmocka_unit_test(another_browser_cannot_answer_the_page),
		cmocka_unit_test(lf_14_a_code_of_one_provider_is_unknown_to_the_other),
		cmocka_unit_test(a_hint_of_one_provider_signs_nobody_out_at_the_other),
		cmocka_unit_test(names_of_other_machines_are_not_answered),
	};
	return cmocka_run_group_tests_name("dev/provider", tests, begin, end);
}
