/* An app whose configuration is wrong is closed to everyone. */
#include "http/url.h"
#include "realm/test_config.h"
#include "realm/test_site.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "http/escape.h"

static struct test_site site;

static int teardown(void **state)
{
	(void)state;
	test_site_close(&site);
	return 0;
}

/* --- a realm that is closed */

static int setup_closed(void **state)
{
	(void)state;
	test_site_open_closed(&site, "{" TEST_TWO ", 'colour': 'red', 'require_login': false}");
	return 0;
}

static void lf_19_a_closed_realm_lets_nobody_in(void **state)
{
	static const char *const targets[] = {"/",
					      "/page",
					      "/auth/login?provider=one",
					      "/auth/callback?code=1",
					      "/auth/logout",
					      "/auth/signed-out",
					      "/media/x.png",
					      "/app/static/x",
					      "/component/x/y.js",
					      "/_stcore/metrics",
					      "/_stcore/upload_file/x",
					      "/_stcore/stream",
					      "/_stcore/agent/run",
					      "/x/_stcore/health"};
	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		test_get(&site, targets[i]);
		assert_int_equal(site.response->verdict, STO_VERDICT_RESPOND);
		assert_int_equal(site.response->status, 503);
		assert_int_equal(site.jar.n, 0);
		test_fetch(&site, targets[i]);
		test_expect_denied(&site, 503, "config_wrong");
	}
	test_fetch(&site, "/auth/user");
	test_expect_denied(&site, 503, "config_wrong");
}

static void lf_19_a_closed_realm_sends_sockets_away(void **state)
{
	(void)state;
	test_socket(&site, "/_stcore/stream", NULL);
	assert_int_equal(site.response->verdict, STO_VERDICT_LEAVE);
	assert_span(site.response->location, "/");
}

static void lf_19_a_closed_realm_knows_nobody(void **state)
{
	sto_identity *identity = NULL;
	struct sto_buf text;
	(void)state;
	sto_buf_init(&text, STO_LIMIT_JSON);
	assert_int_equal(sto_realm_identify(&identity, site.realm, STO_SPAN("s1.x"), NULL), STO_CONFIG_WRONG);
	assert_null(identity);
	assert_int_equal(sto_realm_access(site.realm, STO_SPAN("/"), NULL), STO_ACCESS_LOGIN);
	assert_int_equal(sto_realm_login_ticket(&text, site.realm, STO_SPAN("{}"), NULL), STO_CONFIG_WRONG);
	assert_int_equal(sto_realm_logout_ticket(&text, site.realm, STO_SPAN("x"), false, NULL),
			 STO_CONFIG_WRONG);
	assert_int_equal(text.len, 0);
	sto_buf_finish(&text);
}

static void a_closed_realm_passes_the_front_ends_own_files(void **state)
{
	(void)state;
	test_get(&site, "/static/js/main.js");
	test_expect_pass(&site);
	test_get(&site, "/_stcore/health");
	test_expect_pass(&site);
}

static void a_closed_realm_tells_the_operator_and_nobody_else(void **state)
{
	(void)state;
	test_get(&site, "/");
	assert_false(test_body_has(&site, "colour"));
	assert_true(test_body_has(&site, site.realm->reference));
	test_get_with(&site, "/", "Host: localhost:8501");
	assert_false(test_body_has(&site, "colour"));
	site.loopback_peer = true;
	test_get_with(&site, "/", "Host: localhost:8501");
	assert_true(test_body_has(&site, "colour"));
	test_get_with(&site, "/", "Host: localhost:8501\nX-Forwarded-For: 10.0.0.1");
	assert_false(test_body_has(&site, "colour"));
}

#define FACT_IN(name, prepare) cmocka_unit_test_setup_teardown(name, prepare, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT_IN(lf_19_a_closed_realm_lets_nobody_in, setup_closed),
		FACT_IN(lf_19_a_closed_realm_sends_sockets_away, setup_closed),
		FACT_IN(lf_19_a_closed_realm_knows_nobody, setup_closed),
		FACT_IN(a_closed_realm_passes_the_front_ends_own_files, setup_closed),
		FACT_IN(a_closed_realm_tells_the_operator_and_nobody_else, setup_closed),
	};
	return cmocka_run_group_tests_name("realm/closed", tests, NULL, NULL);
}
