/* The end of a session: who may end it, what goes, and where the visitor is led. */
#include "http/url.h"
#include "realm/test_site.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "http/form.h"

static struct test_site site;

/* Most tests are of a provider that ends no session of its own. */
static int setup(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_TWO "}");
	(void)json_object_del(site.one.metadata, "end_session_endpoint");
	test_sign_in_by(&site, "one");
	return 0;
}

static int setup_with_end(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_TWO "}");
	test_sign_in_by(&site, "one");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_site_close(&site);
	return 0;
}

static void expect_refused(int status, const char *reason)
{
	test_expect_refused(&site, status, "sign_out_refused", reason);
	assert_string_equal(test_header(&site, "set-cookie"), "");
	assert_true(test_is_signed_in(&site));
}

static void expect_signed_out(const char *location)
{
	test_expect_redirect(&site, location);
	assert_string_equal(test_event(&site, "event"), "signed_out");
	assert_string_equal(test_event(&site, "user"), "one:ada-1");
	assert_int_equal(test_count(&site), site.n_before - 1);
	assert_false(test_is_signed_in(&site));
}

static void expect_form(void)
{
	assert_int_equal(site.response->status, 200);
	assert_true(test_body_has(&site, "Sign out?"));
	assert_int_equal(test_count(&site), site.n_before);
	assert_string_equal(test_header(&site, "set-cookie"), "");
}

/* The token of the form that the page shows; static text. */
static const char *shown_token(void)
{
	static char token[44];
	test_get(&site, "/auth/logout");
	expect_form();
	const char *body = (const char *)site.response->body.ptr;
	const char *at = strstr(body, "name=\"csrf\" value=\"");
	assert_non_null(at);
	(void)snprintf(token, sizeof(token), "%s", at + strlen("name=\"csrf\" value=\""));
	assert_int_equal(strcspn(token, "\""), 43);
	return token;
}

static const char *form_with(const char *token, const char *more)
{
	static char form[400];
	(void)snprintf(form, sizeof(form), "csrf=%s%s", token, more);
	return form;
}

/* --- GET */

/* st.logout(): a navigation of this very origin. */
static void a_navigation_of_our_own_page_signs_out(void **state)
{
	(void)state;
	test_get_with(&site, "/auth/logout", "Sec-Fetch-Site: same-origin");
	expect_signed_out("/");
}

static void lo_03_no_part_of_it_alone_signs_out(void **state)
{
	static const char *const headers[] = {
		/* one of the three */
		"Sec-Fetch-Site: same-origin\nSec-Fetch-Mode:\nSec-Fetch-Dest:",
		"Sec-Fetch-Site:\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest:",
		"Sec-Fetch-Site:\nSec-Fetch-Mode:\nSec-Fetch-Dest: document",
		/* two of them */
		"Sec-Fetch-Site: same-origin\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest:",
		"Sec-Fetch-Site: same-origin\nSec-Fetch-Mode:\nSec-Fetch-Dest: document",
		"Sec-Fetch-Site:\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document",
		/* an image, a frame, a fetch, a worker of our own origin */
		"Sec-Fetch-Site: same-origin\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: image",
		"Sec-Fetch-Site: same-origin\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: iframe",
		"Sec-Fetch-Site: same-origin\nSec-Fetch-Mode: cors\nSec-Fetch-Dest: empty",
		"Sec-Fetch-Site: same-origin\nSec-Fetch-Mode: same-origin\nSec-Fetch-Dest: worker",
		/* a link of another site, of a neighbour, a bookmark, and other spellings */
		"Sec-Fetch-Site: cross-site",
		"Sec-Fetch-Site: same-site",
		"Sec-Fetch-Site: none",
		"Sec-Fetch-Site: Same-Origin",
		"Sec-Fetch-Site: same-origin, cross-site",
		"Sec-Fetch-Site: cross-site\nSec-Fetch-Site: same-origin",
		"Sec-Fetch-Site: same-origin\nSec-Fetch-Mode: NAVIGATE",
		/* a browser that says nothing */
		"Sec-Fetch-Site:\nSec-Fetch-Mode:\nSec-Fetch-Dest:",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		test_get_with(&site, "/auth/logout", headers[i]);
		expect_form();
		assert_true(test_is_signed_in(&site));
	}
}

static void only_get_and_post_sign_out(void **state)
{
	static const char *const methods[] = {"HEAD", "PUT", "DELETE", "OPTIONS", "post"};
	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		test_send(&site, &(struct test_request){.method = methods[i],
							.target = "/auth/logout",
							.headers = "Sec-Fetch-Site: same-origin"});
		expect_refused(405, "method_not_allowed");
	}
}

static void a_stranger_is_led_on(void **state)
{
	(void)state;
	site.jar.n = 0;
	test_get_with(&site, "/auth/logout?next=%2Fpage", "Sec-Fetch-Site: cross-site");
	test_expect_redirect(&site, "/page");
	assert_int_equal(json_array_size(site.events), 0);
}

/* --- the form */

static void the_form_signs_out(void **state)
{
	(void)state;
	test_post(&site, "/auth/logout", NULL, form_with(shown_token(), "&next=%2Fpage"));
	expect_signed_out("/page");
}

static void cs_36_a_form_without_our_token_is_refused(void **state)
{
	char token[44];
	(void)state;
	(void)snprintf(token, sizeof(token), "%s", shown_token());
	const char *forms[] = {
		"",
		"csrf=",
		"csrf=x",
		"next=%2F",
		"csrf=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		form_with(token, "A"),
		"csrf=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		test_post(&site, "/auth/logout", NULL, forms[i]);
		expect_refused(403, "cross_site");
	}
	token[42] = token[42] == 'A' ? 'E' : 'A';
	test_post(&site, "/auth/logout", NULL, form_with(token, ""));
	expect_refused(403, "cross_site");
	/* In the query it does not count. */
	char target[100];
	(void)snprintf(target, sizeof(target), "/auth/logout?csrf=%s", shown_token());
	test_post(&site, target, NULL, "");
	expect_refused(403, "cross_site");
}

static void cs_36_the_token_of_another_session_is_refused(void **state)
{
	char token[44];
	(void)state;
	struct test_jar first = site.jar;
	(void)snprintf(token, sizeof(token), "%s", shown_token());
	site.jar.n = 0;
	test_sign_in_by(&site, "two");
	test_post(&site, "/auth/logout", NULL, form_with(token, ""));
	expect_refused(403, "cross_site");
	site.jar = first;
	test_post(&site, "/auth/logout", NULL, form_with(token, ""));
	expect_signed_out("/");
}

static void cs_36_a_form_of_another_site_is_refused(void **state)
{
	static const char *const headers[] = {
		"Sec-Fetch-Site: cross-site",   "Sec-Fetch-Site: same-site",
		"Origin: https://evil.example", "Origin: null",
		"Origin: http://app.example",   "Origin: https://app.example:8443",
		"Origin: https://app.example/", "Origin: https://APP.example"};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		test_post(&site, "/auth/logout", headers[i], form_with(shown_token(), ""));
		expect_refused(403, "cross_site");
	}
}

/* Old browsers send neither; the token alone does. */
static void a_form_without_an_origin_signs_out(void **state)
{
	(void)state;
	test_post(&site, "/auth/logout", "Origin:\nSec-Fetch-Site:", form_with(shown_token(), ""));
	expect_signed_out("/");
}

static void a_form_with_a_field_twice_is_refused(void **state)
{
	(void)state;
	test_post(&site, "/auth/logout", NULL, form_with(shown_token(), "&csrf=x"));
	expect_refused(400, "form_duplicate");
}

static void cb_09_a_form_that_cannot_be_read_is_refused(void **state)
{
	static const char *const types[] = {"Content-Type:", "Content-Type: multipart/form-data; boundary=x",
					    "Content-Type: application/json"};
	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		test_post(&site, "/auth/logout", types[i], "--x\r\nContent-Disposition: form-data\r\n");
		assert_true(site.response->status == 400 || site.response->status == 403);
		assert_true(test_is_signed_in(&site));
	}
}

/* --- tickets */

static const char *ticket_target(bool everywhere)
{
	static char target[2000];
	struct sto_buf ticket;
	sto_buf_init(&ticket, STO_LIMIT_URL);
	assert_ok(sto_realm_logout_ticket(&ticket, site.realm, sto_span_str(test_session_cookie(&site)),
					  everywhere, NULL));
	(void)snprintf(target, sizeof(target), "/auth/logout?t=%s", sto_buf_cstr(&ticket));
	sto_buf_finish(&ticket);
	return target;
}

/* user.logout(): whatever the browser says of where it comes from. */
static void a_ticket_signs_out(void **state)
{
	(void)state;
	test_get_with(&site, ticket_target(false), "Sec-Fetch-Site: cross-site");
	expect_signed_out("/");
}

static void a_second_click_on_a_ticket_is_fine(void **state)
{
	(void)state;
	const char *target = ticket_target(false);
	test_get(&site, target);
	expect_signed_out("/");
	test_get(&site, target);
	test_expect_redirect(&site, "/");
}

static void a_ticket_is_good_for_its_own_session(void **state)
{
	(void)state;
	char target[2000];
	(void)snprintf(target, sizeof(target), "%s", ticket_target(false));
	site.jar.n = 0;
	test_sign_in_by(&site, "one");
	test_get(&site, target);
	expect_refused(403, "ticket_other_session");
	test_post(&site, target, NULL, "");
	expect_refused(403, "ticket_other_session");
}

static void a_ticket_made_for_nobody_signs_nobody_out(void **state)
{
	struct sto_buf target;
	(void)state;
	sto_buf_init(&target, STO_LIMIT_URL);
	assert_ok(sto_buf_put_str(&target, "/auth/logout?t="));
	assert_ok(sto_realm_logout_ticket(&target, site.realm, STO_SPAN("garbage"), true, NULL));
	test_get(&site, sto_buf_cstr(&target));
	expect_refused(403, "ticket_other_session");
	sto_buf_finish(&target);
}

static void an_old_ticket_is_refused(void **state)
{
	(void)state;
	const char *target = ticket_target(false);
	test_wait(&site, STO_TICKET_SEC);
	test_get(&site, target);
	expect_refused(400, "ticket_expired");
}

static void a_damaged_ticket_is_refused(void **state)
{
	(void)state;
	test_get_with(&site, "/auth/logout?t=garbage", "Sec-Fetch-Site: same-origin");
	expect_refused(400, "ticket_bad");
}

/* From a page in a frame: JSON, because no provider can be shown there. */
static void a_posted_ticket_answers_a_script(void **state)
{
	(void)state;
	test_post(&site, ticket_target(false), "Accept: */*\nSec-Fetch-Mode: cors", "");
	assert_int_equal(site.response->status, 200);
	assert_span(site.response->body, "{\"logged_in\":false}");
	assert_int_equal(test_count(&site), 0);
	assert_false(test_is_signed_in(&site));
}

static void cs_36_a_ticket_posted_by_another_site_is_refused(void **state)
{
	(void)state;
	test_post(&site, ticket_target(false), "Origin: https://evil.example", "");
	expect_refused(403, "cross_site");
	test_post(&site, ticket_target(false), "Sec-Fetch-Site: cross-site", "");
	expect_refused(403, "cross_site");
}

/* --- everywhere */

/* Three sessions: two of ada, one of somebody else. The browser holds ada's second. */
static void sign_in_everywhere(struct test_jar *first, struct test_jar *other)
{
	*first = site.jar;
	site.jar.n = 0;
	(void)json_object_set_new(site.one.id_claims, "sub", json_string("bob-2"));
	test_sign_in_by(&site, "one");
	*other = site.jar;
	site.jar.n = 0;
	(void)json_object_del(site.one.id_claims, "sub");
	test_sign_in_by(&site, "one");
	assert_int_equal(test_count(&site), 3);
}

static void expect_only_other(struct test_jar *first, struct test_jar *other)
{
	assert_int_equal(test_count(&site), 1);
	assert_false(test_is_signed_in(&site));
	site.jar = *first;
	assert_false(test_is_signed_in(&site));
	site.jar = *other;
	assert_string_equal(test_user(&site, "id"), "one:bob-2");
}

static void everywhere_ends_every_session_of_this_person(void **state)
{
	struct test_jar first, other;
	(void)state;
	sign_in_everywhere(&first, &other);
	test_get(&site, ticket_target(true));
	test_expect_redirect(&site, "/");
	assert_true(json_is_true(json_object_get(json_array_get(site.events, 0), "everywhere")));
	expect_only_other(&first, &other);
}

static void a_form_can_say_everywhere(void **state)
{
	struct test_jar first, other;
	(void)state;
	sign_in_everywhere(&first, &other);
	test_post(&site, "/auth/logout", NULL, form_with(shown_token(), "&everywhere=1"));
	test_expect_redirect(&site, "/");
	expect_only_other(&first, &other);
}

static void lo_17_the_same_subject_of_another_issuer_stays(void **state)
{
	(void)state;
	struct test_jar first = site.jar;
	site.jar.n = 0;
	test_sign_in_by(&site, "two");
	struct test_jar other = site.jar;
	site.jar = first;
	test_get(&site, ticket_target(true));
	test_expect_redirect(&site, "/");
	site.jar = other;
	assert_string_equal(test_user(&site, "id"), "two:ada-1");
}

static void without_it_the_other_sessions_stay(void **state)
{
	struct test_jar first, other;
	(void)state;
	sign_in_everywhere(&first, &other);
	/* A link cannot say it. */
	test_get_with(&site, "/auth/logout?everywhere=1", "Sec-Fetch-Site: same-origin");
	test_expect_redirect(&site, "/");
	assert_int_equal(test_count(&site), 2);
	site.jar = first;
	assert_true(test_is_signed_in(&site));
}

/* --- what goes */

static void lo_21_no_cookie_of_ours_stays(void **state)
{
	(void)state;
	assert_int_equal(site.jar.n, 2);
	test_get_with(&site, "/auth/logout", "Sec-Fetch-Site: same-origin");
	assert_int_equal(site.jar.n, 0);
}

static void cs_13_a_cookie_that_was_kept_is_nobodys(void **state)
{
	(void)state;
	struct test_jar kept = site.jar;
	test_get_with(&site, "/auth/logout", "Sec-Fetch-Site: same-origin");
	expect_signed_out("/");
	site.jar = kept;
	assert_false(test_is_signed_in(&site));
}

static void an_ended_session_is_in_the_log_of_changes(void **state)
{
	struct sto_session_changes changes;
	(void)state;
	assert_ok(sto_realm_changes(&changes, site.realm, STO_SESSION_CHANGES_NOW, NULL));
	uint64_t seq = changes.seq;
	test_get_with(&site, "/auth/logout", "Sec-Fetch-Site: same-origin");
	assert_ok(sto_realm_changes(&changes, site.realm, seq, NULL));
	assert_int_equal(changes.n_items, 1);
	assert_int_equal(changes.items[0].kind, STO_SESSION_SIGNED_OUT);
}

/* Nobody is told to be signed out who is not. */
static void a_store_that_fails_keeps_the_cookie(void **state)
{
	(void)state;
	site.failing_write = STO_STORE_FAILED;
	test_get_with(&site, "/auth/logout", "Sec-Fetch-Site: same-origin");
	site.failing_write = 0;
	expect_refused(503, "store_failed");
}

static int setup_in_cookie(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_TWO ", 'store': 'cookie'}");
	(void)json_object_del(site.one.metadata, "end_session_endpoint");
	test_sign_in_by(&site, "one");
	return 0;
}

static void a_session_in_its_cookie_goes_with_it(void **state)
{
	(void)state;
	test_get_with(&site, "/auth/logout", "Sec-Fetch-Site: same-origin");
	test_expect_redirect(&site, "/");
	assert_int_equal(site.jar.n, 0);
	assert_false(test_is_signed_in(&site));
}

static void a_ticket_is_good_once(void **state)
{
	(void)state;
	char target[2000];
	struct test_jar kept = site.jar;
	(void)snprintf(target, sizeof(target), "%s", ticket_target(false));
	test_get(&site, target);
	test_expect_redirect(&site, "/");
	site.jar = kept;
	test_get(&site, target);
	expect_refused(400, "ticket_used");
}

/* It cannot be taken back, and nobody is told that it was. */
static void everywhere_needs_a_store(void **state)
{
	(void)state;
	test_get(&site, ticket_target(true));
	expect_refused(500, "session_capability");
}

/* --- where it leads */

static void rd_12_a_sign_out_leads_nowhere_else(void **state)
{
	static const char *const payloads[] = {"https://evil.example/", "//evil.example",
					       "/\\evil.example",       "\\\\evil.example",
					       "/%09/evil.example",     "/%2fevil.example",
					       "/%5cevil.example",      "javascript:alert(1)",
					       "/x%0d%0aA:b",           "",
					       "/auth/login",           "http:evil.example",
					       "/..//evil.example"};
	(void)state;
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		struct sto_buf target;
		sto_buf_init(&target, STO_LIMIT_URL);
		assert_ok(sto_buf_put_str(&target, "/auth/logout?next="));
		assert_ok(sto_url_put_escaped(&target, sto_span_str(payloads[i])));
		test_get_with(&site, sto_buf_cstr(&target), "Sec-Fetch-Site: same-origin");
		test_expect_redirect(&site, "/");
		sto_buf_finish(&target);
		test_sign_in_by(&site, "one");
	}
}

static void where_all_is_guarded_a_sign_out_leads_to_its_own_page(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_TWO ", 'require_login': true}");
	test_get_with(&site, "/auth/logout", "Sec-Fetch-Site: same-origin");
	expect_signed_out("/auth/signed-out");
	test_get(&site, "/auth/signed-out");
	assert_int_equal(site.response->status, 200);
	assert_true(test_body_has(&site, "href=\"/auth/login?next="));
}

static void the_signed_out_page_says_why(void **state)
{
	char plain[60000];
	(void)state;
	test_get(&site, "/auth/signed-out");
	(void)snprintf(plain, sizeof(plain), "%.*s", (int)site.response->body.len,
		       (const char *)site.response->body.ptr);
	test_get(&site, "/auth/signed-out?why=expired");
	assert_int_equal(site.response->status, 200);
	assert_true(test_body_has(&site, "ended"));
	/* Anything else is the plain page. */
	test_get(&site, "/auth/signed-out?why=%3Cscript%3E&why=revoked");
	assert_int_equal(site.response->status, 200);
	assert_int_equal(site.response->body.len, strlen(plain));
	test_post(&site, "/auth/signed-out", NULL, "");
	test_expect_refused(&site, 405, "request_refused", "method_not_allowed");
}

/* --- at the provider */

static const char *param(const char *name)
{
	sto_buf_clear(&site.authorize_url);
	assert_ok(sto_buf_put_str(&site.authorize_url, test_location(&site)));
	return test_authorize_param(&site, name);
}

static void lo_01_a_sign_out_goes_on_at_the_provider(void **state)
{
	(void)state;
	test_get_with(&site, "/auth/logout?next=%2Fpage", "Sec-Fetch-Site: same-origin");
	assert_int_equal(site.response->status, 302);
	assert_true(strncmp(test_location(&site), "https://op.example/logout?", 26) == 0);
	assert_string_equal(param("client_id"), "app");
	assert_string_equal(param("post_logout_redirect_uri"), "https://app.example/auth/callback");
	assert_true(strncmp(param("id_token_hint"), "ey", 2) == 0);
	assert_int_equal(site.jar.n, 0);
	assert_int_equal(test_count(&site), 0);
	char *target = NULL;
	assert_true(asprintf(&target, "/auth/callback?state=%s", param("state")) > 0);
	test_get(&site, target);
	test_expect_redirect(&site, "/page");
	/* Somebody may think about it, but not for ever. */
	test_wait(&site, STO_TICKET_RETURN_SEC);
	test_get(&site, target);
	test_expect_redirect(&site, "/auth/signed-out");
	free(target);
}

static void lo_02_a_return_of_nobody_is_a_safe_page(void **state)
{
	(void)state;
	test_get(&site, "/auth/callback");
	test_expect_redirect(&site, "/auth/signed-out");
	test_get(&site, "/auth/callback?state=");
	test_expect_redirect(&site, "/auth/signed-out");
	test_get(&site, "/auth/callback?state=garbage");
	test_expect_redirect(&site, "/auth/signed-out");
	test_get(&site, "/auth/callback?state=a&state=b");
	test_expect_redirect(&site, "/auth/signed-out");
	assert_true(test_is_signed_in(&site));
}

static void the_form_may_lead_on_to_the_provider(void **state)
{
	(void)state;
	test_get(&site, "/auth/logout");
	assert_non_null(strstr(test_header(&site, "content-security-policy"),
			       "form-action 'self' https://op.example"));
}

static void lo_23_a_provider_that_cannot_be_reached_keeps_nobody_in(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_TWO "}");
	site.one.answers[TEST_DISCOVERY].rc = STO_FETCH_CONNECT;
	test_get_with(&site, "/auth/logout", "Sec-Fetch-Site: same-origin");
	expect_signed_out("/");
}

static void lo_26_a_refresh_token_is_taken_back(void **state)
{
	(void)state;
	test_site_restart(&site, "{" TEST_TWO ", 'expose_tokens': ['access']}");
	site.one.token_extra = json_pack("{s:s}", "refresh_token", "r-1");
	test_sign_in_by(&site, "one");
	site.one.answers[TEST_REVOCATION].status = 500;
	test_get_with(&site, "/auth/logout", "Sec-Fetch-Site: same-origin");
	assert_int_equal(site.response->status, 302);
	assert_int_equal(site.one.requests[TEST_REVOCATION], 1);
	assert_int_equal(test_count(&site), 0);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FACT_IN(name, prepare) cmocka_unit_test_setup_teardown(name, prepare, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_navigation_of_our_own_page_signs_out),
		FACT(lo_03_no_part_of_it_alone_signs_out),
		FACT(only_get_and_post_sign_out),
		FACT(a_stranger_is_led_on),
		FACT(the_form_signs_out),
		FACT(cs_36_a_form_without_our_token_is_refused),
		FACT(cs_36_the_token_of_another_session_is_refused),
		FACT(cs_36_a_form_of_another_site_is_refused),
		FACT(a_form_without_an_origin_signs_out),
		FACT(a_form_with_a_field_twice_is_refused),
		FACT(cb_09_a_form_that_cannot_be_read_is_refused),
		FACT(a_ticket_signs_out),
		FACT(a_second_click_on_a_ticket_is_fine),
		FACT(a_ticket_is_good_for_its_own_session),
		FACT(a_ticket_made_for_nobody_signs_nobody_out),
		FACT(an_old_ticket_is_refused),
		FACT(a_damaged_ticket_is_refused),
		FACT(a_posted_ticket_answers_a_script),
		FACT(cs_36_a_ticket_posted_by_another_site_is_refused),
		FACT(everywhere_ends_every_session_of_this_person),
		FACT(a_form_can_say_everywhere),
		FACT(lo_17_the_same_subject_of_another_issuer_stays),
		FACT(without_it_the_other_sessions_stay),
		FACT(lo_21_no_cookie_of_ours_stays),
		FACT(cs_13_a_cookie_that_was_kept_is_nobodys),
		FACT(an_ended_session_is_in_the_log_of_changes),
		FACT(a_store_that_fails_keeps_the_cookie),
		FACT_IN(a_session_in_its_cookie_goes_with_it, setup_in_cookie),
		FACT_IN(a_ticket_is_good_once, setup_in_cookie),
		FACT_IN(everywhere_needs_a_store, setup_in_cookie),
		FACT(rd_12_a_sign_out_leads_nowhere_else),
		FACT(where_all_is_guarded_a_sign_out_leads_to_its_own_page),
		FACT(the_signed_out_page_says_why),
		FACT_IN(lo_01_a_sign_out_goes_on_at_the_provider, setup_with_end),
		FACT_IN(lo_02_a_return_of_nobody_is_a_safe_page, setup_with_end),
		FACT_IN(the_form_may_lead_on_to_the_provider, setup_with_end),
		FACT_IN(lo_23_a_provider_that_cannot_be_reached_keeps_nobody_in, setup_with_end),
		FACT_IN(lo_26_a_refresh_token_is_taken_back, setup_with_end),
	};
	return cmocka_run_group_tests_name("realm/logout", tests, NULL, NULL);
}
