/* Rules by path: which there can be, and in which order they are asked. */
#include <stdio.h>
#include <stdlib.h>

#include "realm/test_config.h"

#define CLIENT "'client_id': 'app', 'issuer': 'https://op.example'"

static void require_login_stands_alone(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(&t, "{" CLIENT ", 'require_login': true}");
	assert_true(t.config.require_login);
	assert_int_equal(t.config.n_rules, 0);
	test_config_finish(&t);
	test_config_load_fine(&t, "{" CLIENT ", 'require_login': false}");
	assert_false(t.config.require_login);
	test_config_finish(&t);
}

static void public_pages_close_all_others(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(&t, "{" CLIENT ", 'public': ['/', '/about']}");
	assert_true(t.config.require_login);
	assert_int_equal(t.config.n_rules, 2);
	assert_null(t.config.rules[0].roles);
	test_config_finish(&t);
	test_config_load_fine(&t, "{" CLIENT ", 'public': '/about'}");
	assert_int_equal(t.config.n_rules, 1);
	test_config_finish(&t);
}

static void roles_alone_close_their_pages_only(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(&t,
			      "{" CLIENT ", 'roles': {'/admin': 'admin', '/reports': ['auditor', 'admin']}}");
	assert_false(t.config.require_login);
	assert_int_equal(t.config.n_rules, 2);
	assert_span(t.config.rules[0].path, "/reports");
	assert_int_equal(json_array_size(t.config.rules[0].roles), 2);
	assert_span(t.config.rules[1].path, "/admin");
	assert_int_equal(json_array_size(t.config.rules[1].roles), 1);
	assert_string_equal(json_string_value(json_array_get(t.config.rules[1].roles, 0)), "admin");
	test_config_finish(&t);
}

static void the_longest_rule_comes_first(void **state)
{
	static const char *const order[] = {"/admin/help/faq", "/admin/help", "/admin", "/"};
	struct test_config t;
	(void)state;
	test_config_load_fine(&t, "{" CLIENT ", 'public': ['/', '/admin/help'], 'roles': {'/admin': 'admin', "
				  "'/admin/help/faq': 'editor'}}");
	assert_int_equal(t.config.n_rules, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(sto_span_equal(t.config.rules[i].path, sto_span_str(order[i])));
	assert_null(t.config.rules[1].roles);
	assert_non_null(t.config.rules[2].roles);
	test_config_finish(&t);
}

static void a_page_cannot_be_public_and_have_roles(void **state)
{
	(void)state;
	test_expect_error(
		"{" CLIENT ", 'public': ['/admin'], 'roles': {'/admin': 'admin'}}", "two_rules", "public",
		"secrets.toml, [auth], line 3: public holds \"/admin\", for which roles asks a role");
}

static void open_pages_where_none_is_closed_are_a_mistake(void **state)
{
	(void)state;
	test_expect_error("{" CLIENT ", 'public': ['/'], 'require_login': false}", "two_rules", "public",
			  "with require_login = false none is closed");
}

/* A path that fits no page would leave the page open that was meant. */
static void paths_that_fit_no_page_are_refused_with_the_mend(void **state)
{
	static const char *const rows[][3] = {
		{"admin", "which does not begin with /", "Put / in front of it"},
		{"", "", ""},
		{"/admin/", "which ends with /", "Leave that off"},
		{"/admin/*", "which has a *", "it fits everything below it"},
		{"/a?b=1", "which has a query or a fragment", "Write the path"},
		{"/a#b", "which has a query or a fragment", "Write the path"},
		{"/%61dmin", "which is percent-encoded", "Write it as it is read"},
		{"/a\\\\b", "which has a backslash", "Write / between"},
		{"//", "which ends with /", ""},
		{"//a", "which has //, /./ or /../ in it", "shortest path"},
		{"/a//b", "which has //, /./ or /../ in it", "shortest path"},
		{"/a/../b", "which has //, /./ or /../ in it", "shortest path"},
		{"/..", "which has //, /./ or /../ in it", "shortest path"},
		{"/./a", "which has //, /./ or /../ in it", "shortest path"},
		{"/a\\u0001", "holds a path that holds a control character", "line break"},
		{"/_stcore/stream", "which is no page of the app", "Take it out"},
		{"/media", "which is no page of the app", "Take it out"},
		{"/auth/login", "which is no page of the app", "Take it out"},
		{"https://app.example/admin", "which does not begin with /", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char auth[300];
		if (rows[i][0][0] == 0) {
			test_expect_error("{" CLIENT ", 'public': ['']}", "empty", "public", "is empty");
			test_expect_error("{" CLIENT ", 'roles': {'': 'x'}}", "bad_page", "roles",
					  "does not begin with /");
			continue;
		}
		(void)snprintf(auth, sizeof(auth), "{" CLIENT ", 'roles': {'%s': 'admin'}}", rows[i][0]);
		test_expect_error(auth, "bad_page", "roles", rows[i][1]);
		test_expect_error(auth, "bad_page", "roles", rows[i][2]);
		if (strstr(rows[i][0], "\\u") != NULL)
			continue;
		(void)snprintf(auth, sizeof(auth), "{" CLIENT ", 'public': ['%s']}", rows[i][0]);
		test_expect_error(auth, "bad_page", "public", rows[i][1]);
	}
}

static void pages_may_have_any_other_name(void **state)
{
	static const char *const good[] = {"/",    "/a",       "/a b",       "/Seite/Über_uns", "/a.b/c-d",
					   "/...", "/authors", "/mediathek", "/auth",           "/_stcore2"};
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct test_config t;
		char auth[300];
		(void)snprintf(auth, sizeof(auth), "{" CLIENT ", 'roles': {'%s': 'admin'}}", good[i]);
		test_config_load_fine(&t, auth);
		assert_int_equal(t.config.n_rules, 1);
		test_config_finish(&t);
	}
}

/* LF-37: an empty role is nobody's, so that a missing claim can never fit it. */
static void lf_37_an_empty_role_is_refused(void **state)
{
	static const char *const bad[] = {"''",  "['']", "['admin', '']", "[' ']",       "['admin ']",  "7",
					  "[7]", "true", "{'a': 'b'}",    "[['admin']]", "['a\\u0007']"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char auth[300];
		(void)snprintf(auth, sizeof(auth), "{" CLIENT ", 'roles': {'/admin': %s}}", bad[i]);
		test_expect_error(auth, "bad_role", "roles", "has for \"/admin\" what is no role");
	}
	test_expect_error("{" CLIENT ", 'roles': {'/admin': []}}", "bad_role", "roles",
			  "has no role for \"/admin\"");
}

static void an_empty_list_or_table_is_refused(void **state)
{
	(void)state;
	test_expect_error("{" CLIENT ", 'public': []}", "empty", "public", "is empty");
	test_expect_error("{" CLIENT ", 'roles': {}}", "empty", "roles", "is empty");
	test_expect_error("{" CLIENT ", 'roles': 'admin'}", "wrong_type", "roles",
			  "must be a table and is a string");
	test_expect_error("{" CLIENT ", 'require_login': 'yes'}", "wrong_type", "require_login",
			  "must be true or false");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(require_login_stands_alone),
		cmocka_unit_test(public_pages_close_all_others),
		cmocka_unit_test(roles_alone_close_their_pages_only),
		cmocka_unit_test(the_longest_rule_comes_first),
		cmocka_unit_test(a_page_cannot_be_public_and_have_roles),
		cmocka_unit_test(open_pages_where_none_is_closed_are_a_mistake),
		cmocka_unit_test(paths_that_fit_no_page_are_refused_with_the_mend),
		cmocka_unit_test(pages_may_have_any_other_name),
		cmocka_unit_test(lf_37_an_empty_role_is_refused),
		cmocka_unit_test(an_empty_list_or_table_is_refused),
	};
	return cmocka_run_group_tests_name("realm/config_access", tests, NULL, NULL);
}
