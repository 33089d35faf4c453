/* Rules by path: who may see which page. */
#include <stdio.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "realm/test_site.h"

static struct test_site site;

#define RULES                                                                                                \
	"{" TEST_TWO ", 'require_login': true, 'public': ['/', '/about'], 'roles': {'/admin': 'admin', "     \
	"'/audit': ['auditor', 'admin']}}"

static int setup(void **state)
{
	(void)state;
	test_site_open(&site, RULES);
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

static void expect_login(const char *target)
{
	test_get(&site, target);
	assert_int_equal(site.response->status, 302);
	assert_true(strncmp(test_location(&site), "/auth/login?next=", 17) == 0);
	assert_int_equal(site.jar.n, 0);
}

static void expect_forbidden(const char *target)
{
	test_get(&site, target);
	test_expect_refused(&site, 403, "access_denied", "forbidden");
	assert_true(test_body_has(&site, "not open to your account"));
	test_fetch(&site, target);
	assert_int_equal(site.response->status, 403);
	assert_true(test_body_has(&site, "\"error\":\"forbidden\""));
}

/* --- rules */

static void a_stranger_sees_public_pages_and_no_other(void **state)
{
	(void)state;
	assert_true(passes("/"));
	assert_true(passes("/about"));
	assert_true(passes("/about/us"));
	expect_login("/aboutus");
	expect_login("/page");
	expect_login("/admin");
	expect_login("/audit/log");
}

static void who_is_signed_in_sees_what_needs_no_role(void **state)
{
	(void)state;
	sign_in_with("{}");
	assert_true(passes("/"));
	assert_true(passes("/page"));
	assert_true(passes("/about"));
	expect_forbidden("/admin");
	expect_forbidden("/admin/users");
	expect_forbidden("/audit");
	assert_true(passes("/administrators"));
}

static void a_role_opens_its_pages(void **state)
{
	(void)state;
	sign_in_with("{\"roles\": [\"guest\", \"auditor\"]}");
	assert_true(passes("/audit"));
	assert_true(passes("/audit/log"));
	expect_forbidden("/admin");
	sign_in_with("{\"roles\": [\"admin\"]}");
	assert_true(passes("/audit"));
	assert_true(passes("/admin"));
}

static void a_role_may_be_a_text(void **state)
{
	(void)state;
	sign_in_with("{\"roles\": \"admin\"}");
	assert_true(passes("/admin"));
}

static void keycloaks_roles_count_where_there_are_no_others(void **state)
{
	(void)state;
	sign_in_with("{\"realm_access\": {\"roles\": [\"admin\"]}}");
	assert_true(passes("/admin"));
	sign_in_with("{\"roles\": [], \"realm_access\": {\"roles\": [\"admin\"]}}");
	expect_forbidden("/admin");
}

static void lf_37_lf_39_nothing_but_the_whole_name_is_a_role(void **state)
{
	static const char *const claims[] = {"{\"roles\": [\"\"]}",
					     "{\"roles\": \"\"}",
					     "{\"roles\": []}",
					     "{\"roles\": null}",
					     "{\"roles\": 1}",
					     "{\"roles\": true}",
					     "{\"roles\": {\"admin\": true}}",
					     "{\"roles\": [[\"admin\"]]}",
					     "{\"roles\": [\"admins\"]}",
					     "{\"roles\": [\"admins-ro\"]}",
					     "{\"roles\": [\"xadmin\"]}",
					     "{\"roles\": [\"Admin\"]}",
					     "{\"roles\": [\"admin \"]}",
					     "{\"roles\": \"auditor,admin\"}",
					     "{\"roles\": \"auditor admin\"}",
					     "{\"role\": \"admin\"}",
					     "{\"groups\": [\"admin\"]}",
					     "{\"roles\": [null, 7, {}]}",
					     "{\"realm_access\": [\"admin\"]}",
					     "{\"realm_access\": {\"roles\": null}}"};
	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		sign_in_with(claims[i]);
		expect_forbidden("/admin");
	}
}

/* LF-23: whoever lacks a role reads that, and is not sent round again. */
static void lf_23_a_missing_role_is_a_page_and_no_way_round(void **state)
{
	(void)state;
	expect_login("/admin?a=1");
	test_sign_in_at(&site, "one", "/admin?a=1");
	expect_forbidden("/admin?a=1");
	assert_true(test_body_has(&site, "forbidden"));
	test_get(&site, "/admin?a=1");
	assert_true(test_body_has(&site, "one:ada-1"));
	assert_true(test_body_has(&site, "href=\"/auth/logout\""));
	assert_int_equal(site.one.requests[TEST_TOKEN], 1);
}

static void the_second_door_says_the_same_of_pages(void **state)
{
	sto_identity *identity = NULL;
	(void)state;
	assert_int_equal(sto_realm_access(site.realm, STO_SPAN("/about"), NULL), STO_ACCESS_ALLOWED);
	assert_int_equal(sto_realm_access(site.realm, STO_SPAN("/page"), NULL), STO_ACCESS_LOGIN);
	assert_int_equal(sto_realm_access(site.realm, STO_SPAN("/admin"), NULL), STO_ACCESS_LOGIN);
	sign_in_with("{\"roles\": [\"auditor\"]}");
	assert_ok(sto_realm_identify(&identity, site.realm, sto_span_str(test_session_cookie(&site)), NULL));
	assert_int_equal(sto_realm_access(site.realm, STO_SPAN("/page"), identity), STO_ACCESS_ALLOWED);
	assert_int_equal(sto_realm_access(site.realm, STO_SPAN("/audit"), identity), STO_ACCESS_ALLOWED);
	assert_int_equal(sto_realm_access(site.realm, STO_SPAN("/admin"), identity), STO_ACCESS_FORBIDDEN);
	sto_identity_free(identity);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_stranger_sees_public_pages_and_no_other),
		FACT(who_is_signed_in_sees_what_needs_no_role),
		FACT(a_role_opens_its_pages),
		FACT(a_role_may_be_a_text),
		FACT(keycloaks_roles_count_where_there_are_no_others),
		FACT(lf_37_lf_39_nothing_but_the_whole_name_is_a_role),
		FACT(lf_23_a_missing_role_is_a_page_and_no_way_round),
		FACT(the_second_door_says_the_same_of_pages),
	};
	return cmocka_run_group_tests_name("realm/access", tests, NULL, NULL);
}
