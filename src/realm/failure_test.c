/* CF-11: whatever is out of memory lets nobody in. This program is linked with --wrap, so that each
 * allocation of ours, of jansson's and of OpenSSL's can be made to fail while the realm is at work. */
#include <stdlib.h>

#include <openssl/crypto.h>
#include <sodium.h>

#include "realm/test_site.h"

static struct {
	long left; /* allocations until one fails; below 0: no limit */
	long n;
} allocations = {-1, 0};
static long fails_at;
static bool alone; /* and all after it succeed; else all after it fail */

static bool may_allocate(void)
{
	allocations.n++;
	if (allocations.left < 0)
		return true;
	if (allocations.left == 0) {
		allocations.left = alone ? -1 : 0;
		return false;
	}
	allocations.left--;
	return true;
}

void *__real_malloc(size_t len);
void *__wrap_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__wrap_calloc(size_t n, size_t len);

void *__wrap_malloc(size_t len)
{
	return may_allocate() ? __real_malloc(len) : NULL;
}

void *__wrap_calloc(size_t n, size_t len)
{
	return may_allocate() ? __real_calloc(n, len) : NULL;
}

static void *crypto_malloc(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return may_allocate() ? __real_malloc(len) : NULL;
}

static void *crypto_realloc(void *old, size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return may_allocate() ? realloc(old, len) : NULL;
}

static void crypto_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	free(old);
}

/* --- the realm alone is short of memory */

static struct test_site site;
static const struct sto_transport_ops *real_transport;

static int fetch_with_memory(void *ctx, struct sto_fetched *out, const struct sto_fetch *request,
			     struct sto_error *err)
{
	long left = allocations.left, n = allocations.n;
	allocations.left = -1;
	int rc = real_transport->fetch(ctx, out, request, err);
	allocations.left = left;
	allocations.n = n;
	return rc;
}

static struct sto_transport_ops with_memory;

static void around(bool begins)
{
	if (begins)
		allocations.n = 0;
	allocations.left = begins ? fails_at : -1;
}

static int setup(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_TWO ", 'require_login': true, 'roles': {'/admin': 'admin'}}");
	real_transport = site.transport.ops;
	with_memory = *real_transport;
	with_memory.fetch = fetch_with_memory;
	site.transport.ops = &with_memory;
	fails_at = -1;
	return 0;
}

static int setup_alone(void **state)
{
	alone = true;
	return setup(state);
}

static int setup_all(void **state)
{
	alone = false;
	return setup(state);
}

static int teardown(void **state)
{
	(void)state;
	site.around = NULL;
	test_site_close(&site);
	return 0;
}

/* The request with its `at`th allocation failing; whether there was one. */
static bool get_failing(const char *target, long at)
{
	fails_at = at;
	site.around = around;
	test_get(&site, target);
	site.around = NULL;
	return allocations.n > at;
}

static void cf_11_no_stranger_gets_in_for_want_of_memory(void **state)
{
	static const char *const targets[] = {"/page",
					      "/admin",
					      "/media/x.png",
					      "/_stcore/metrics",
					      "/_stcore/agent/run",
					      "/x/_stcore/health",
					      "/auth/user",
					      "/auth/login",
					      "/auth/logout"};
	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		long at = 0;
		while (get_failing(targets[i], at++))
			if (site.response != NULL)
				assert_int_equal(site.response->verdict, STO_VERDICT_RESPOND);
		assert_true(at > 3);
	}
}

static void cf_11_nobody_gets_a_role_for_want_of_memory(void **state)
{
	(void)state;
	test_sign_in_by(&site, "one");
	for (long at = 0; get_failing("/admin", at); at++)
		if (site.response != NULL)
			assert_int_equal(site.response->verdict, STO_VERDICT_RESPOND);
	assert_true(test_is_signed_in(&site));
}

static void cf_11_a_login_that_lacks_memory_is_refused_or_led_on(void **state)
{
	long n_refused = 0;
	(void)state;
	test_begin_login(&site, "/auth/login?provider=one");
	for (long at = 0; get_failing("/auth/login?provider=one&next=%2Fpage", at); at++) {
		n_refused += site.response == NULL || site.response->status != 302;
		if (site.response != NULL && site.response->status == 302)
			assert_true(strncmp(test_location(&site), "https://op.example/authorize?", 29) == 0);
	}
	assert_true(n_refused > 10);
}

/* Whoever has no cookie has no session; whoever has one is signed in by it. */
static void cf_11_a_way_back_that_lacks_memory_signs_nobody_in_by_half(void **state)
{
	long n_refused = 0, at = 0;
	bool goes_on = true;
	(void)state;
	while (goes_on) {
		site.jar.n = 0;
		test_begin_login(&site, "/auth/login?provider=one&next=%2Fpage");
		char *target = strdup(test_answer_target(&site));
		goes_on = get_failing(target, at++);
		free(target);
		bool welcome = site.response != NULL && site.response->status == 302;
		n_refused += !welcome;
		if (site.response != NULL)
			assert_true(test_sets_session(&site) == welcome);
		assert_true(test_is_signed_in(&site) == welcome);
	}
	assert_true(n_refused > 50);
}

static void cf_11_a_sign_out_that_lacks_memory_ends_or_says_that_it_did_not(void **state)
{
	long at = 0;
	bool goes_on = true;
	(void)state;
	while (goes_on) {
		site.jar.n = 0;
		test_sign_in_by(&site, "one");
		struct test_jar kept = site.jar;
		fails_at = at++;
		site.around = around;
		test_get_with(&site, "/auth/logout", "Sec-Fetch-Site: same-origin");
		goes_on = allocations.n > fails_at;
		site.around = NULL;
		bool ended = site.response != NULL && site.response->status == 302;
		site.jar = kept;
		if (ended)
			assert_false(test_is_signed_in(&site));
	}
	assert_true(at > 20);
}

/* Each holds where one allocation fails, and where all fail from one on. */
#define FACT(name)                                                                                           \
	{#name "_once", name, setup_alone, teardown, NULL},                                                  \
	{                                                                                                    \
#name, name, setup_all, teardown, NULL                                                       \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(cf_11_no_stranger_gets_in_for_want_of_memory),
		FACT(cf_11_nobody_gets_a_role_for_want_of_memory),
		FACT(cf_11_a_login_that_lacks_memory_is_refused_or_led_on),
		FACT(cf_11_a_way_back_that_lacks_memory_signs_nobody_in_by_half),
		FACT(cf_11_a_sign_out_that_lacks_memory_ends_or_says_that_it_did_not),
	};
	if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1 || sodium_init() < 0)
		return 1;
	json_set_alloc_funcs(__wrap_malloc, free);
	return cmocka_run_group_tests_name("realm/failure", tests, NULL, NULL);
}
