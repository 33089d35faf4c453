/* What becomes of requests for the app itself: who may have what, and what a stranger gets instead. */
#include <stdio.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "realm/test_site.h"

static struct test_site site;

#define RULES                                                                                                \
	"{" TEST_TWO ", 'require_login': true, 'public': ['/', '/about'], 'roles': {'/admin': 'admin', "     \
	"'/audit': ['auditor', 'admin']}}"
#define CLOSED "{" TEST_TWO ", 'require_login': true}"
#define OPEN "{" TEST_TWO "}"
/* Everything is open but one page. */
#define ONE_RULE "{" TEST_TWO ", 'roles': {'/private': 'admin'}}"

static int setup(void **state)
{
	(void)state;
	test_site_open(&site, RULES);
	return 0;
}

static int setup_closed(void **state)
{
	(void)state;
	test_site_open(&site, CLOSED);
	return 0;
}

static int setup_open(void **state)
{
	(void)state;
	test_site_open(&site, OPEN);
	return 0;
}

static int setup_one_rule(void **state)
{
	(void)state;
	test_site_open(&site, ONE_RULE);
	return 0;
}

static int setup_base(void **state)
{
	(void)state;
	test_site_open_with(&site,
			    "{" TEST_ONE ", 'public_url': 'https://app.example/foo', 'require_login': true}",
			    "{'base_path': 'foo'}");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_site_close(&site);
	return 0;
}

/* Signs in with these claims (JSON). */
static void sign_in_with(const char *claims)
{
	json_t *json = json_loads(claims, 0, NULL);
	assert_non_null(json);
	(void)json_object_clear(site.one.id_claims);
	(void)json_object_update(site.one.id_claims, json);
	json_decref(json);
	test_sign_in_by(&site, "one");
}

static bool passes(const char *target)
{
	test_get(&site, target);
	return site.response->verdict == STO_VERDICT_PASS;
}

/* --- pages and what is no page load */

static void px_32_a_script_gets_401_and_no_cookie(void **state)
{
	static const char *const headers[] = {
		"Accept: */*\nSec-Fetch-Mode: cors", "Accept: application/json\nSec-Fetch-Mode:",
		"Accept:\nSec-Fetch-Mode:", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Mode: websocket"};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		test_get_with(&site, "/page", headers[i]);
		test_expect_denied(&site, 401, "login_required");
		assert_int_equal(site.jar.n, 0);
	}
}

static void a_post_to_a_page_gets_401(void **state)
{
	(void)state;
	test_post(&site, "/page", NULL, "a=b");
	test_expect_denied(&site, 401, "login_required");
}

static void head_is_answered_as_get_without_a_body(void **state)
{
	(void)state;
	test_send(&site, &(struct test_request){.method = "HEAD", .target = "/page"});
	test_expect_redirect(&site, "/auth/login?next=%2Fpage");
	assert_int_equal(site.response->body.len, 0);
	test_send(&site, &(struct test_request){
				 .method = "HEAD", .target = "/page", .headers = "Sec-Fetch-Mode: cors"});
	assert_int_equal(site.response->status, 401);
	assert_int_equal(site.response->body.len, 0);
	assert_string_not_equal(test_header(&site, "content-length"), "0");
}

static void px_09_no_header_makes_another_method(void **state)
{
	static const char *const headers[] = {"X-HTTP-Method-Override: OPTIONS", "X-Original-Method: OPTIONS",
					      "X-Forwarded-Method: HEAD", "X-Method-Override: GET"};
	static const char *const methods[] = {"OPTIONS", "PUT", "DELETE", "PROPFIND", "CONNECT", ""};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		test_post(&site, "/page", headers[i], "");
		test_expect_denied(&site, 401, "login_required");
	}
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		test_send(&site, &(struct test_request){.method = methods[i], .target = "/page"});
		test_expect_denied(&site, 401, "login_required");
	}
}

/* --- spellings of a path */

static void px_08_no_spelling_of_a_path_opens_it(void **state)
{
	static const char *const targets[] = {"/about/../admin",
					      "/about/%2e%2e/admin",
					      "/about/..;/admin",
					      "/about/..%2fadmin",
					      "/about%2f..%2fadmin",
					      "/about/%252e%252e/admin",
					      "//admin",
					      "/about//../admin",
					      "/./admin",
					      "/%2e/admin",
					      "/%61dmin",
					      "/%2561dmin",
					      "/admin;x",
					      "/admin;/../about",
					      "/about;/../admin",
					      "/about\\..\\admin",
					      "/about%5c..%5cadmin",
					      "/admin%00",
					      "/admin%00/../about",
					      "/admin%20",
					      "/admin/",
					      "/admin/.",
					      "/admin//",
					      "/admin%2f",
					      "/admin%3fx",
					      "/admin%23x",
					      "/admin#/about",
					      "/about%2f%2e%2e%2fadmin",
					      "/about/.%2e/admin",
					      "/about/%2E./admin",
					      "/static/../admin",
					      "/static/%2e%2e/admin",
					      "/static/..%2fadmin",
					      "/static/..;/admin",
					      "/media/../admin",
					      "/media/%2e%2e/admin",
					      "/component/x/../../admin",
					      "/component/..%5c..%5cadmin",
					      "/_stcore/health/../../admin",
					      "/_stcore/upload_file/../../admin",
					      "/auth/login/../../admin",
					      "/about%252f..%252fadmin",
					      "/a%ff/../admin",
					      "/%zz",
					      "/admin%",
					      "admin",
					      "",
					      "*",
					      "http://app.example/admin"};
	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (passes(targets[i]) &&
		    sto_place_of(site.realm, sto_span_str(targets[i])) != STO_PLACE_OUTSIDE)
			fail_msg("%s is passed to the app", targets[i]);
	sign_in_with("{}");
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (passes(targets[i]) &&
		    sto_place_of(site.realm, sto_span_str(targets[i])) != STO_PLACE_OUTSIDE)
			fail_msg("%s is passed to the app for whom it is not", targets[i]);
	sign_in_with("{\"roles\": [\"admin\", \"auditor\"]}");
	assert_true(passes("/%61dmin"));
	assert_true(passes("/admin/"));
}

/* Where the rest is open, the one page is not. */
static void px_06_px_08_the_one_guarded_page_has_no_back_door(void **state)
{
	static const char *const targets[] = {
		"/private",           "/private/",   "/private/x",         "/%70rivate",
		"/%2570rivate",       "/private;x",  "/private%3bx",       "/private%23",
		"/private#/public",   "/private%3f", "/private%20",        "/private%00",
		"//private",          "/./private",  "/x/../private",      "/x/%2e%2e/private",
		"/x/..;/private",     "/private%2f", "/private\\",         "/private/..",
		"/%2fprivate",        "/%5cprivate", "/private?a=/public", "/static/../private",
		"/media/..%2fprivate"};
	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (passes(targets[i]))
			fail_msg("%s is passed to the app", targets[i]);
	assert_true(passes("/public"));
	assert_true(passes("/privateer"));
	assert_true(passes("/caf%C3%A9"));
}

/* --- what is no page */

static void px_21_side_endpoints_follow_the_stated_policy(void **state)
{
	static const struct {
		const char *target;
		bool open;
	} rows[] = {
		{"/_stcore/health", true},
		{"/_stcore/host-config", true},
		{"/static/js/main.js", true},
		{"/favicon.png", true},
		{"/robots.txt", true},
		{"/manifest.json", true},
		{"/_stcore/health/", false},
		{"/_stcore/healthz", false},
		{"/_stcore/HEALTH", false},
		{"/_stcore/metrics", false},
		{"/_stcore/script-health-check", false},
		{"/_stcore/allowed-message-origins", false},
		{"/media/abc.png", false},
		{"/component/x/index.html", false},
		{"/_stcore/bidi-components/x.js", false},
		{"/_stcore/upload_file/a/b", false},
		{"/app/static/logo.png", false},
		{"/_stcore/agent/run", false},
		{"/staticx/x", false},
		{"/static", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_fetch(&site, rows[i].target);
		if (rows[i].open)
			test_expect_pass(&site);
		else
			test_expect_denied(&site, 401, "login_required");
	}
	test_sign_in_by(&site, "one");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_fetch(&site, rows[i].target);
		test_expect_pass(&site);
	}
}

/* Public pages have media and components as well; what is no part of a page stays shut. */
static void what_public_pages_show_is_public(void **state)
{
	(void)state;
	test_fetch(&site, "/media/abc.png");
	test_expect_pass(&site);
	test_fetch(&site, "/_stcore/upload_file/a/b");
	test_expect_pass(&site);
	test_fetch(&site, "/media/..%2fx");
	test_expect_denied(&site, 401, "login_required");
	test_fetch(&site, "/_stcore/metrics");
	test_expect_denied(&site, 401, "login_required");
	test_fetch(&site, "/app/static/x.pdf");
	test_expect_denied(&site, 401, "login_required");
}

static void the_agent_api_needs_what_every_page_needs(void **state)
{
	(void)state;
	test_fetch(&site, "/_stcore/agent/run");
	test_expect_denied(&site, 401, "login_required");
	sign_in_with("{\"roles\": [\"auditor\"]}");
	test_fetch(&site, "/_stcore/agent/run");
	assert_int_equal(site.response->status, 403);
	sign_in_with("{\"roles\": [\"admin\"]}");
	test_fetch(&site, "/_stcore/agent/run");
	test_expect_pass(&site);
}

static void px_07_no_user_agent_opens_anything(void **state)
{
	static const char *const agents[] = {"User-Agent: kube-probe/1.27", "User-Agent: GoogleHC/1.0",
					     "User-Agent: ELB-HealthChecker/2.0",
					     "User-Agent:", "User-Agent: Googlebot/2.1"};
	(void)state;
	for (size_t i = 0; i < sizeof(agents) / sizeof(agents[0]); i++) {
		test_get_with(&site, "/page", agents[i]);
		assert_int_equal(site.response->status, 302);
		test_get_with(&site, "/_stcore/health/x", agents[i]);
		test_expect_denied(&site, 401, "login_required");
	}
}

static void px_24_no_header_opens_anything(void **state)
{
	static const char *const names[] = {"X-Middleware-Subrequest",
					    "X-Forwarded-User",
					    "X-Forwarded-Email",
					    "X-Forwarded-For",
					    "X-Forwarded-Host",
					    "X-Forwarded-Proto",
					    "X-Forwarded-Uri",
					    "X-Forwarded-Prefix",
					    "X-Original-URL",
					    "X-Original-URI",
					    "X-Rewrite-URL",
					    "X-Auth-Request-User",
					    "X-Auth-Request-Redirect",
					    "Remote-User",
					    "Authorization",
					    "Proxy-Authorization",
					    "X-Api-Key",
					    "X-Real-IP",
					    "Forwarded",
					    "Via",
					    "True-Client-IP",
					    "CF-Access-Jwt-Assertion",
					    "X-Goog-IAP-JWT-Assertion",
					    "X-Amzn-Oidc-Data",
					    "X-MS-Client-Principal",
					    "X-Webauth-User",
					    "X-St-Oauth-User",
					    "X-Health-Check",
					    "X-Debug",
					    "X-Internal",
					    "X-Skip-Auth",
					    "Purpose",
					    "Sec-Purpose",
					    "Upgrade",
					    "Connection",
					    "X-Requested-With",
					    "Origin",
					    "Referer",
					    "Sec-Fetch-User",
					    "Service-Worker"};
	static const char *const values[] = {"1",
					     "true",
					     "admin",
					     "127.0.0.1",
					     "/about",
					     "localhost",
					     "middleware:middleware:middleware:middleware:middleware"};
	(void)state;
	site.loopback_peer = true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
			char header[200];
			(void)snprintf(header, sizeof(header), "%s: %s", names[i], values[k]);
			test_get_with(&site, "/page", header);
			test_expect_redirect(&site, "/auth/login?next=%2Fpage");
		}
}

static void px_01_px_02_headers_that_say_who_it_is_are_known_in_every_spelling(void **state)
{
	static const char *const names[] = {"X-Forwarded-User",
					    "x-forwarded-user",
					    "X_Forwarded_User",
					    "x-forwarded_user",
					    "X-FORWARDED-USER",
					    "X-Forwarded-Email",
					    "X-Forwarded-Groups",
					    "X-Forwarded-Preferred-Username",
					    "X-Forwarded-Access-Token",
					    "X-Auth-Request-User",
					    "X-Auth-Request-Email",
					    "Remote-User",
					    "REMOTE_USER",
					    "Remote-Groups",
					    "X-Remote-User",
					    "X-MS-Client-Principal",
					    "X-MS-Client-Principal-Name",
					    "X-MS-Token-AAD-Id-Token",
					    "X-Amzn-Oidc-Data",
					    "X-Amzn-Oidc-Identity",
					    "X-Goog-IAP-JWT-Assertion",
					    "X-Goog-Authenticated-User-Email",
					    "Cf-Access-Jwt-Assertion",
					    "Cf-Access-Authenticated-User-Email",
					    "Tailscale-User-Login",
					    "X-WebAuth-User",
					    "X-authentik-username",
					    "X-Pomerium-Claim-Email",
					    "X-Vouch-User",
					    "X-St-Oauth-User"};
	static const char *const others[] = {"X-Forwarded-For",
					     "X-Forwarded-Host",
					     "Cookie",
					     "Authorization",
					     "User-Agent",
					     "X-Forwarded-Users",
					     "Remote",
					     "X-Auth-Request",
					     "",
					     "X-",
					     "X-Request-Id",
					     "My-X-Forwarded-User"};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!sto_is_identity_header(sto_span_str(names[i])))
			fail_msg("%s is not known", names[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (sto_is_identity_header(sto_span_str(others[i])))
			fail_msg("%s is taken out", others[i]);
}

/* --- the WebSocket */

static void a_strangers_socket_leaves_for_the_signed_out_page(void **state)
{
	(void)state;
	test_socket(&site, "/_stcore/stream", NULL);
	assert_int_equal(site.response->verdict, STO_VERDICT_LEAVE);
	assert_span(site.response->location, "/auth/signed-out?why=expired");
	assert_int_equal(site.response->cookie.len, 0);
}

static void a_socket_of_somebody_passes_with_who_it_is(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	test_socket(&site, "/_stcore/stream", NULL);
	test_expect_pass(&site);
	assert_true(sto_span_equal(site.response->cookie, sto_span_str(test_session_cookie(&site))));
	assert_int_equal(site.response->session_id.len, STO_SESSION_ID_LEN);
	assert_int_equal(site.response->end_sec, site.one.now_sec + 604800);
	test_wait(&site, 604800);
	test_socket(&site, "/_stcore/stream", NULL);
	assert_int_equal(site.response->verdict, STO_VERDICT_LEAVE);
}

static void a_strangers_socket_passes_where_a_page_is_public(void **state)
{
	(void)state;
	test_socket(&site, "/_stcore/stream", NULL);
	test_expect_pass(&site);
	assert_int_equal(site.response->cookie.len + site.response->session_id.len, 0);
	assert_int_equal(site.response->end_sec, 0);
}

static void in_an_open_app_a_socket_says_who_it_is(void **state)
{
	(void)state;
	test_socket(&site, "/_stcore/stream", NULL);
	test_expect_pass(&site);
	test_sign_in_by(&site, "one");
	test_socket(&site, "/_stcore/stream", NULL);
	test_expect_pass(&site);
	assert_int_equal(site.response->session_id.len, STO_SESSION_ID_LEN);
	assert_true(passes("/page"));
}

static void the_stream_over_http_is_guarded(void **state)
{
	(void)state;
	test_get(&site, "/_stcore/stream");
	test_expect_denied(&site, 401, "login_required");
	/* Nor does another path take sockets. */
	test_socket(&site, "/_stcore/stream/", NULL);
	test_expect_denied(&site, 401, "login_required");
	test_socket(&site, "/_stcore/Stream", NULL);
	test_expect_denied(&site, 401, "login_required");
}

/* --- nested paths: what the front end asks for before it knows the base path */

static void nested_paths_are_no_way_in(void **state)
{
	static const char *const targets[] = {"/page/_stcore/health", "/page/_stcore/host-config",
					      "/page/_stcore/metrics", "/x/_stcore/stream", "/a/b/_stcore/x"};
	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		test_fetch(&site, targets[i]);
		test_expect_denied(&site, 404, "not_found");
	}
	test_sign_in_by(&site, "one");
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		assert_true(passes(targets[i]));
}

/* --- below /foo */

static void a_base_path_is_where_everything_lies(void **state)
{
	(void)state;
	test_get(&site, "/foo/page?a=1");
	test_expect_redirect(&site, "/foo/auth/login?next=%2Ffoo%2Fpage%3Fa%3D1");
	test_get(&site, "/foo/");
	test_expect_redirect(&site, "/foo/auth/login?next=%2Ffoo%2F");
	test_get(&site, "/foo");
	test_expect_redirect(&site, "/foo/auth/login?next=%2Ffoo");
	assert_true(passes("/foo/_stcore/health"));
	test_fetch(&site, "/foo/media/x.png");
	test_expect_denied(&site, 401, "login_required");
	test_socket(&site, "/foo/_stcore/stream", NULL);
	assert_span(site.response->location, "/foo/auth/signed-out?why=expired");
	test_sign_in_at(&site, "one", "/foo/page?a=1");
	assert_string_equal(test_authorize_param(&site, "redirect_uri"),
			    "https://app.example/foo/auth/callback");
	assert_true(passes("/foo/page"));
	test_get_with(&site, "/foo/auth/logout", "Sec-Fetch-Site: same-origin");
	assert_int_equal(test_count(&site), 0);
}

/* Not ours, and no app of ours is there. */
static void what_lies_outside_the_base_path_is_passed(void **state)
{
	(void)state;
	assert_true(passes("/"));
	assert_true(passes("/foobar"));
	assert_true(passes("/auth/login?provider=one"));
	assert_true(passes("/FOO/page"));
	assert_int_equal(site.one.requests[TEST_DISCOVERY], 0);
}

static void a_login_leads_below_the_base_path_only(void **state)
{
	(void)state;
	static const char *const nexts[] = {"%2F", "%2Fbar", "%2Ffoobar", "%2Ffoo%2F..%2Fbar", "%2FFOO%2F"};
	for (size_t i = 0; i < sizeof(nexts) / sizeof(nexts[0]); i++) {
		char target[100];
		(void)snprintf(target, sizeof(target), "/foo/auth/login?provider=one&next=%s", nexts[i]);
		test_begin_login(&site, target);
		test_come_back(&site);
		test_expect_redirect(&site, "/foo/");
	}
}

/* --- an open app */

static void an_open_app_is_passed_without_a_look(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	site.failing = STO_STORE_FAILED;
	assert_true(passes("/"));
	assert_true(passes("/page"));
	test_fetch(&site, "/media/x.png");
	test_expect_pass(&site);
	site.failing = 0;
}

static void a_path_that_is_too_long_to_come_back_to_still_leads_to_a_login(void **state)
{
	char target[6000];
	(void)state;
	memset(target, '%', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	target[0] = '/';
	for (size_t i = 1; i + 3 < sizeof(target); i += 3) {
		target[i + 1] = '4';
		target[i + 2] = '1';
	}
	target[5998] = '\0';
	test_get(&site, target);
	test_expect_redirect(&site, "/auth/login");
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FACT_IN(name, prepare) cmocka_unit_test_setup_teardown(name, prepare, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT_IN(px_32_a_script_gets_401_and_no_cookie, setup_closed),
		FACT_IN(a_post_to_a_page_gets_401, setup_closed),
		FACT_IN(head_is_answered_as_get_without_a_body, setup_closed),
		FACT_IN(px_09_no_header_makes_another_method, setup_closed),
		FACT(px_08_no_spelling_of_a_path_opens_it),
		FACT_IN(px_06_px_08_the_one_guarded_page_has_no_back_door, setup_one_rule),
		FACT_IN(px_21_side_endpoints_follow_the_stated_policy, setup_closed),
		FACT(what_public_pages_show_is_public),
		FACT(the_agent_api_needs_what_every_page_needs),
		FACT_IN(px_07_no_user_agent_opens_anything, setup_closed),
		FACT_IN(px_24_no_header_opens_anything, setup_closed),
		FACT(px_01_px_02_headers_that_say_who_it_is_are_known_in_every_spelling),
		FACT_IN(a_strangers_socket_leaves_for_the_signed_out_page, setup_closed),
		FACT_IN(a_socket_of_somebody_passes_with_who_it_is, setup_closed),
		FACT(a_strangers_socket_passes_where_a_page_is_public),
		FACT_IN(in_an_open_app_a_socket_says_who_it_is, setup_open),
		FACT_IN(the_stream_over_http_is_guarded, setup_closed),
		FACT_IN(nested_paths_are_no_way_in, setup_closed),
		FACT_IN(a_base_path_is_where_everything_lies, setup_base),
		FACT_IN(what_lies_outside_the_base_path_is_passed, setup_base),
		FACT_IN(a_login_leads_below_the_base_path_only, setup_base),
		FACT_IN(an_open_app_is_passed_without_a_look, setup_open),
		FACT_IN(a_path_that_is_too_long_to_come_back_to_still_leads_to_a_login, setup_closed),
	};
	return cmocka_run_group_tests_name("realm/guard", tests, NULL, NULL);
}
