/* The way to the provider: where it leads, what it carries, and what it never does. */
#include "http/url.h"
#include "realm/test_config.h"
#include "realm/test_site.h"

#include <stdio.h>
#include <string.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "http/escape.h"

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

/* --- what is sent */

static void lf_01_a_state_cannot_be_guessed(void **state)
{
	char first[STO_LIMIT_STATE + 1], nonce[100];
	(void)state;
	test_begin_login(&site, "/auth/login?provider=one");
	(void)snprintf(first, sizeof(first), "%s", test_authorize_param(&site, "state"));
	(void)snprintf(nonce, sizeof(nonce), "%s", test_authorize_param(&site, "nonce"));
	/* The sealed text holds 128 random bits and is sealed under a nonce of its own. */
	assert_true(strlen(first) >= 100 && strlen(nonce) == 43);
	test_begin_login(&site, "/auth/login?provider=one");
	assert_string_not_equal(test_authorize_param(&site, "state"), first);
	assert_string_not_equal(test_authorize_param(&site, "nonce"), nonce);
	assert_string_equal(test_authorize_param(&site, "code_challenge_method"), "S256");
	assert_string_equal(test_authorize_param(&site, "response_type"), "code");
}

static void lf_07_a_login_that_took_too_long_can_be_begun_again(void **state)
{
	(void)state;
	test_begin_login(&site, "/auth/login?provider=one&next=%2Fpage%3Fa%3D1");
	test_wait(&site, STO_STATE_LIFETIME_SEC + 1);
	test_come_back(&site);
	test_expect_refused(&site, 400, "login_refused", "state_expired");
	assert_true(test_body_has(&site, "href=\"/auth/login?next=%2Fpage%3Fa%3D1\""));
	assert_int_equal(site.one.requests[TEST_TOKEN], 0);
	test_sign_in_by(&site, "one");
}

static void lf_08_many_logins_make_one_small_cookie(void **state)
{
	size_t len = 0;
	(void)state;
	for (int i = 0; i < 300; i++)
		test_begin_login(&site, i % 2 == 0 ? "/auth/login?provider=one" : "/auth/login?provider=two");
	for (size_t i = 0; i < site.jar.n; i++)
		len += strlen(site.jar.cookies[i].name) + strlen(site.jar.cookies[i].value) + 3;
	assert_int_equal(site.jar.n, 1);
	assert_true(len < 8000);
	test_come_back(&site);
	test_expect_redirect(&site, "/");
}

/* CB-19: a neighbour's cookie of the same name in front of ours. */
static void cb_19_a_planted_login_cookie_does_not_stop_a_login(void **state)
{
	struct sto_buf headers;
	(void)state;
	test_begin_login(&site, "/auth/login?provider=one");
	sto_buf_init(&headers, 4000);
	assert_ok(sto_buf_printf(&headers, "Cookie: %s=planted; %s=%s; %s=", site.jar.cookies[0].name,
				 site.jar.cookies[0].name, site.jar.cookies[0].value,
				 site.jar.cookies[0].name));
	test_get_with(&site, test_answer_target(&site), sto_buf_cstr(&headers));
	test_expect_redirect(&site, "/");
	sto_buf_finish(&headers);
}

/* --- which provider */

static void several_providers_are_a_page_to_choose(void **state)
{
	(void)state;
	test_get(&site, "/auth/login?next=%2Fpage");
	assert_int_equal(site.response->status, 200);
	assert_true(test_body_has(&site, "href=\"/auth/login?provider=one&amp;next=%2Fpage\""));
	assert_true(test_body_has(&site, "href=\"/auth/login?provider=two&amp;next=%2Fpage\""));
	assert_int_equal(site.jar.n, 1); /* the random of its logins */
}

static int setup_one(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_ONE "}");
	return 0;
}

static void one_provider_is_a_page_that_leads_on(void **state)
{
	(void)state;
	test_get(&site, "/auth/login?next=%2Fpage");
	assert_int_equal(site.response->status, 200);
	assert_true(test_body_has(&site, "href=\"/auth/login?provider=one&amp;next=%2Fpage\""));
	assert_true(test_body_has(&site, "location.replace"));
	assert_int_equal(site.jar.n, 1); /* the random of its logins */
}

static void expect_no_such(const char *target)
{
	test_get(&site, target);
	test_expect_refused(&site, 400, "login_not_begun", "no_such_provider");
	assert_int_equal(site.one.requests[TEST_DISCOVERY] + site.two.requests[TEST_DISCOVERY], 0);
}

static void a_provider_that_is_not_configured_is_refused(void **state)
{
	(void)state;
	expect_no_such("/auth/login?provider=three");
	expect_no_such("/auth/login?provider=ONE");
	expect_no_such("/auth/login?provider=on");
	expect_no_such("/auth/login?provider=one.");
	expect_no_such("/auth/login?provider=one%20");
	expect_no_such("/auth/login?provider=https%3A%2F%2Fop.example");
	expect_no_such("/auth/login?provider=a.b.c");
	expect_no_such("/auth/login?provider=..");
}

/* Streamlit's st.login(): {"provider": "two"} in a JWT that our key did not sign. */
static void st_login_names_a_provider_in_a_jwt(void **state)
{
	(void)state;
	test_begin_login(&site, "/auth/login?provider=eyJhbGciOiJIUzI1NiJ9.eyJwcm92aWRlciI6InR3byJ9.c2ln");
	assert_ptr_equal(site.provider, &site.two);
}

static void a_jwt_that_names_nobody_is_refused(void **state)
{
	(void)state;
	/* {}, a text, no base64url, and {"provider": 7} */
	expect_no_such("/auth/login?provider=e30.e30.x");
	expect_no_such("/auth/login?provider=e30.IngI.x");
	expect_no_such("/auth/login?provider=e30.%21%21.x");
	expect_no_such("/auth/login?provider=e30.eyJwcm92aWRlciI6N30.x");
	/* {"provider": "evil"} */
	expect_no_such("/auth/login?provider=e30.eyJwcm92aWRlciI6ImV2aWwifQ.x");
}

/* {"provider":"default"}: the word of st.login() without a name. */
static void st_login_without_a_name_chooses(void **state)
{
	(void)state;
	test_get(&site, "/auth/login?provider=e30.eyJwcm92aWRlciI6ImRlZmF1bHQifQ.x");
	assert_int_equal(site.response->status, 200);
	assert_true(test_body_has(&site, "Choose the account"));
}

static void st_login_without_a_name_goes_to_the_only_one(void **state)
{
	(void)state;
	test_begin_login(&site, "/auth/login?provider=e30.eyJwcm92aWRlciI6ImRlZmF1bHQifQ.x");
	assert_ptr_equal(site.provider, &site.one);
}

/* --- tickets of user.login() */

static void ticket_target(struct sto_buf *out, const char *request, const char *more)
{
	sto_buf_init(out, STO_LIMIT_URL);
	assert_ok(sto_buf_put_str(out, "/auth/login?t="));
	assert_ok(sto_realm_login_ticket(out, site.realm, sto_span_str(request), NULL));
	assert_ok(sto_buf_put_str(out, more));
}

static void a_ticket_says_provider_and_parameters(void **state)
{
	struct sto_buf target;
	(void)state;
	ticket_target(&target, "{\"provider\": \"two\", \"params\": {\"login_hint\": \"a@b.example\"}}",
		      "&next=%2Fpage");
	test_begin_login(&site, sto_buf_cstr(&target));
	assert_ptr_equal(site.provider, &site.two);
	assert_string_equal(test_authorize_param(&site, "login_hint"), "a@b.example");
	test_come_back(&site);
	test_expect_redirect(&site, "/page");
	sto_buf_finish(&target);
}

static void a_ticket_without_a_provider_keeps_its_parameters_through_the_choice(void **state)
{
	struct sto_buf target;
	(void)state;
	ticket_target(&target, "{\"provider\": null, \"params\": {\"prompt\": \"login\"}}", "");
	test_get(&site, sto_buf_cstr(&target));
	assert_int_equal(site.response->status, 200);
	assert_true(test_body_has(&site, "provider=one&amp;t="));
	assert_ok(sto_buf_put_str(&target, "&provider=one"));
	test_begin_login(&site, sto_buf_cstr(&target));
	assert_string_equal(test_authorize_param(&site, "prompt"), "login");
	sto_buf_finish(&target);
}

static void a_ticket_goes_straight_to_the_only_provider(void **state)
{
	struct sto_buf target;
	(void)state;
	ticket_target(&target, "{\"provider\": null}", "");
	test_begin_login(&site, sto_buf_cstr(&target));
	sto_buf_finish(&target);
}

static void an_old_ticket_is_refused(void **state)
{
	struct sto_buf target;
	(void)state;
	ticket_target(&target, "{\"provider\": \"one\"}", "");
	test_wait(&site, STO_TICKET_SEC);
	test_get(&site, sto_buf_cstr(&target));
	test_expect_refused(&site, 400, "login_not_begun", "ticket_expired");
	sto_buf_finish(&target);
}

static void a_ticket_that_nobody_made_is_refused(void **state)
{
	(void)state;
	test_get(&site, "/auth/login?t=garbage");
	test_expect_refused(&site, 400, "login_not_begun", "ticket_bad");
}

static void a_script_gets_a_ticket_for_what_there_is(void **state)
{
	static const struct {
		const char *request;
		int rc;
	} rows[] = {
		{"{\"provider\": \"three\"}", STO_USAGE},
		{"{\"provider\": 7}", STO_USAGE},
		{"{\"provider\": \"one\", \"params\": {\"redirect_uri\": \"https://evil.example\"}}",
		 STO_USAGE},
		{"{\"provider\": \"one\", \"params\": {\"state\": \"x\"}}", STO_USAGE},
		{"{\"provider\": \"one\", \"params\": {\"\": \"x\"}}", STO_USAGE},
		{"{\"provider\": \"one\", \"params\": {\"a\": [1]}}", STO_USAGE},
		{"{\"provider\": \"one\", \"params\": [1]}", STO_BAD_JSON},
		{"[]", STO_BAD_JSON},
		{"", STO_BAD_JSON},
	};
	struct sto_buf ticket;
	(void)state;
	sto_buf_init(&ticket, STO_LIMIT_URL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = sto_realm_login_ticket(&ticket, site.realm, sto_span_str(rows[i].request), NULL);
		if (rc != rows[i].rc)
			fail_msg("%s gives %d", rows[i].request, rc);
		assert_int_equal(ticket.len, 0);
	}
	sto_buf_finish(&ticket);
}

/* --- methods, hosts, answers */

static void a_login_takes_get_alone(void **state)
{
	(void)state;
	test_send(&site, &(struct test_request){.method = "HEAD", .target = "/auth/login?provider=one"});
	test_expect_refused(&site, 405, "login_not_begun", "method_not_allowed");
	assert_int_equal(site.response->body.len, 0);
	test_post(&site, "/auth/login?provider=one", NULL, "provider=one");
	test_expect_refused(&site, 405, "login_not_begun", "method_not_allowed");
	assert_int_equal(site.one.requests[TEST_DISCOVERY], 0);
}

static void a_parameter_that_stands_twice_is_refused(void **state)
{
	(void)state;
	test_get(&site, "/auth/login?provider=one&provider=two");
	test_expect_refused(&site, 400, "login_not_begun", "form_duplicate");
	test_get(&site, "/auth/login?provider=one&next=%2Fa&next=%2Fb");
	test_expect_refused(&site, 400, "login_not_begun", "form_duplicate");
	test_get(&site, "/auth/login?t=a&t=b");
	test_expect_refused(&site, 400, "login_not_begun", "form_duplicate");
}

static void cb_26_another_host_begins_no_login(void **state)
{
	static const char *const hosts[] = {"Host: evil.example",
					    "Host: app.example.evil.example",
					    "Host: app.example:8443",
					    "Host: app.example:80",
					    "Host: ",
					    "Host: app.example@evil.example",
					    "Host: [::1",
					    "Host: a b",
					    "Host: app.example:99999"};
	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		test_get_with(&site, "/auth/login?provider=one", hosts[i]);
		test_expect_refused(&site, 400, "login_not_begun", "other_host");
		assert_true(test_body_has(&site, "https://app.example"));
	}
	assert_int_equal(site.one.requests[TEST_DISCOVERY], 0);
}

static void the_first_of_two_hosts_does_not_hide_the_second(void **state)
{
	(void)state;
	test_get_with(&site, "/auth/login?provider=one", "Host: evil.example\nHost: app.example");
	test_expect_refused(&site, 400, "login_not_begun", "other_host");
}

/* LF-21: over plain http a browser keeps no Secure cookie. What comes back without it ends on one page. */
static void lf_21_a_login_without_cookies_ends_on_a_page(void **state)
{
	(void)state;
	test_begin_login(&site, "/auth/login?provider=one");
	site.jar.n = 0;
	test_come_back(&site);
	test_expect_refused(&site, 403, "login_refused", "state_other_browser");
	assert_int_equal(site.one.requests[TEST_TOKEN], 0);
}

#define LOOPBACK                                                                                             \
	"{'secret': 'q4t8Vd1mR7xK2pZ9sWb5nYc3jLf6hGa0eUoTiXyBvNM', 'one': {'issuer': 'https://op.example', " \
	"'client_id': 'app', 'client_secret': 's3cret'}}"

static int setup_loopback(void **state)
{
	(void)state;
	test_site_open(&site, LOOPBACK);
	site.host = "localhost:8501";
	return 0;
}

/* Eight of before, under each spelling of the name: the newest stay, and there are never more than eight. */
static void lf_08_a_list_of_logins_does_not_grow(void **state)
{
	struct sto_buf list;
	char name[80];
	size_t n = 1;
	(void)state;
	sto_buf_init(&list, 4000);
	test_begin_login(&site, "/auth/login?provider=one");
	(void)snprintf(name, sizeof(name), "%s", site.jar.cookies[0].name);
	for (int i = 0; i < STO_LIMIT_BROWSER_MARKS; i++)
		assert_ok(sto_buf_printf(&list, "%sAAAAAAAAAAAAAAAAAAAA%cA", i == 0 ? "" : ".", 'A' + i));
	test_cookie_put(&site.jar, name, sto_buf_cstr(&list));
	for (size_t i = 0; i < list.len; i += 23)
		list.data[i] = 'B';
	test_cookie_put(&site.jar, name + strlen("__Host-"), sto_buf_cstr(&list));
	test_begin_login(&site, "/auth/login?provider=one");
	assert_int_equal(site.jar.n, 1);
	for (const char *at = site.jar.cookies[0].value; *at != '\0'; at++)
		n += *at == '.';
	assert_int_equal(n, STO_LIMIT_BROWSER_MARKS);
	test_come_back(&site);
	test_expect_redirect(&site, "/");
	sto_buf_finish(&list);
}

static void another_name_of_this_machine_moves_to_the_configured_one(void **state)
{
	(void)state;
	test_get_with(&site, "/auth/login?provider=one&next=%2Fa", "Host: 127.0.0.1:8501");
	test_expect_redirect(&site, "http://localhost:8501/auth/login?provider=one&next=%2Fa");
	test_get_with(&site, "/auth/login?provider=one", "Host: [::1]:8501");
	test_expect_redirect(&site, "http://localhost:8501/auth/login?provider=one");
	assert_int_equal(site.jar.n, 0);
	test_get_with(&site, "/auth/login?provider=one", "Host: 127.0.0.1:9999");
	test_expect_refused(&site, 400, "login_not_begun", "other_host");
}

static void on_loopback_everything_works_as_well(void **state)
{
	(void)state;
	test_sign_in_at(&site, "one", "/page");
	assert_true(test_is_signed_in(&site));
	assert_true(strncmp(site.jar.cookies[0].name, "__Host-", 7) == 0);
}

/* Safari drops Secure cookies on http. */
static void safari_on_loopback_gets_plain_cookies(void **state)
{
	static const char safari[] = "User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
				     "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15";
	(void)state;
	test_begin_login(&site, "/auth/login?provider=one");
	site.jar.n = 0;
	test_get_with(&site, "/auth/login?provider=one", safari);
	assert_int_equal(site.jar.n, 1);
	assert_true(strncmp(site.jar.cookies[0].name, "st_oauth_login-", 15) == 0);
}

static void safari_elsewhere_gets_no_plain_cookie(void **state)
{
	(void)state;
	test_get_with(&site, "/auth/login?provider=one", "User-Agent: Version/17.5 Safari/605.1.15");
	assert_int_equal(site.jar.n, 1);
	assert_true(strncmp(site.jar.cookies[0].name, "__Host-", 7) == 0);
}

static void a_provider_that_cannot_be_reached_is_a_page(void **state)
{
	(void)state;
	site.one.answers[TEST_DISCOVERY].rc = STO_FETCH_CONNECT;
	test_get(&site, "/auth/login?provider=one");
	test_expect_refused(&site, 502, "login_not_begun", "fetch_connect");
	site.one.answers[TEST_DISCOVERY].rc = 0;
	test_sign_in_by(&site, "one");
}

static void a_script_gets_its_refusal_as_json(void **state)
{
	(void)state;
	test_fetch(&site, "/auth/login?provider=three");
	assert_int_equal(site.response->status, 400);
	assert_string_equal(test_header(&site, "content-type"), "application/json");
	assert_true(test_body_has(&site, "\"error\":\"no_such_provider\""));
}

static void tabs_that_are_opened_together_share_one_random(void **state)
{
	(void)state;
	test_get(&site, "/auth/login?next=%2Fpage");
	assert_int_equal(site.response->status, 200);
	const struct test_cookie *mark = test_cookie_of(&site.jar, "st_oauth_login-");
	assert_non_null(mark);
	char value[sizeof(mark->value)];
	(void)snprintf(value, sizeof(value), "%s", mark->value);
	assert_int_equal(strlen(value), 22);
	for (int tab = 0; tab < 5; tab++) {
		test_begin_login(&site, "/auth/login?provider=one&next=%2Fpage");
		assert_string_equal(test_cookie_of(&site.jar, "st_oauth_login-")->value, value);
	}
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FACT_IN(name, prepare) cmocka_unit_test_setup_teardown(name, prepare, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(tabs_that_are_opened_together_share_one_random),
		FACT(lf_01_a_state_cannot_be_guessed),
		FACT(lf_07_a_login_that_took_too_long_can_be_begun_again),
		FACT(lf_08_many_logins_make_one_small_cookie),
		FACT_IN(lf_08_a_list_of_logins_does_not_grow, setup_loopback),
		FACT(cb_19_a_planted_login_cookie_does_not_stop_a_login),
		FACT(several_providers_are_a_page_to_choose),
		FACT_IN(one_provider_is_a_page_that_leads_on, setup_one),
		FACT(a_provider_that_is_not_configured_is_refused),
		FACT(st_login_names_a_provider_in_a_jwt),
		FACT(a_jwt_that_names_nobody_is_refused),
		FACT(st_login_without_a_name_chooses),
		FACT_IN(st_login_without_a_name_goes_to_the_only_one, setup_one),
		FACT(a_ticket_says_provider_and_parameters),
		FACT(a_ticket_without_a_provider_keeps_its_parameters_through_the_choice),
		FACT_IN(a_ticket_goes_straight_to_the_only_provider, setup_one),
		FACT(an_old_ticket_is_refused),
		FACT(a_ticket_that_nobody_made_is_refused),
		FACT(a_script_gets_a_ticket_for_what_there_is),
		FACT(a_login_takes_get_alone),
		FACT(a_parameter_that_stands_twice_is_refused),
		FACT(cb_26_another_host_begins_no_login),
		FACT(the_first_of_two_hosts_does_not_hide_the_second),
		FACT(lf_21_a_login_without_cookies_ends_on_a_page),
		FACT_IN(another_name_of_this_machine_moves_to_the_configured_one, setup_loopback),
		FACT_IN(on_loopback_everything_works_as_well, setup_loopback),
		FACT_IN(safari_on_loopback_gets_plain_cookies, setup_loopback),
		FACT(safari_elsewhere_gets_no_plain_cookie),
		FACT(a_provider_that_cannot_be_reached_is_a_page),
		FACT(a_script_gets_its_refusal_as_json),
	};
	return cmocka_run_group_tests_name("realm/login", tests, NULL, NULL);
}
