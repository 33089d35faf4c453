/* CS-34: one realm and many threads. Whoever asks is told of himself, whatever the others do meanwhile. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "realm/test_site.h"

#define USERS 1000
#define THREADS 16
#define ROUNDS 500

static struct test_site site;
static char cookies[USERS][160]; /* the Cookie header of each */
static char names[USERS][32];
static atomic_int wrong;

static void sign_in_all(void)
{
	for (int i = 0; i < USERS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "one:user-%d.", i);
		(void)json_object_set_new(site.one.id_claims, "sub", json_string(names[i] + 4));
		site.jar.n = 0;
		test_sign_in_by(&site, "one");
		const struct test_cookie *cookie = test_cookie_of(&site.jar, "session-");
		assert_true(snprintf(cookies[i], sizeof(cookies[i]), "%s=%s", cookie->name, cookie->value) <
			    (int)sizeof(cookies[i]));
	}
}

static bool has(struct sto_span text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static sto_op *send(const char *path, const char *query, const char *cookie)
{
	const struct sto_header headers[] = {{STO_SPAN("Host"), STO_SPAN("app.example")},
					     {STO_SPAN("Cookie"), sto_span_str(cookie)},
					     {STO_SPAN("Accept"), STO_SPAN("*/*")}};
	struct sto_http_request request = {.method = STO_SPAN("GET"),
					   .path = sto_span_str(path),
					   .query = sto_span_str(query),
					   .headers = headers,
					   .n_headers = 3};
	sto_op *op = NULL;
	if (sto_realm_handle(&op, site.realm, &request, NULL) != STO_OK)
		return NULL;
	while (sto_op_step(op) != STO_STEP_DONE)
		continue;
	return op;
}

static bool first_door_knows(int user)
{
	sto_op *op = send("/auth/user", "", cookies[user]);
	bool right = op != NULL && has(sto_op_response(op)->body, names[user]);
	sto_op_free(op);
	return right;
}

static bool second_door_knows(int user)
{
	sto_identity *identity = NULL;
	const char *value = strchr(cookies[user], '=') + 1;
	if (sto_realm_identify(&identity, site.realm, sto_span_str(value), NULL) != STO_OK ||
	    identity == NULL)
		return false;
	bool right = sto_span_equal(sto_identity_text(identity, STO_IDENTITY_SUBJECT),
				    sto_span_str(names[user] + 4));
	sto_identity_free(identity);
	return right;
}

static bool begins_a_login(int user)
{
	sto_op *op = send("/auth/login", "provider=one&next=%2Fpage", cookies[user]);
	bool right = op != NULL && sto_op_response(op)->status == 302;
	sto_op_free(op);
	return right;
}

static bool gets_a_ticket(int user)
{
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_URL);
	bool right = sto_realm_logout_ticket(&text, site.realm, sto_span_str(strchr(cookies[user], '=') + 1),
					     false, NULL) == STO_OK;
	sto_buf_finish(&text);
	return right;
}

/* A write. */
static bool touches(int user)
{
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_URL);
	bool right = sto_realm_touch(&text, site.realm, sto_span_str(strchr(cookies[user], '=') + 1), NULL) ==
		     STO_OK;
	sto_buf_finish(&text);
	return right;
}

static void *work(void *arg)
{
	static bool (*const jobs[])(int) = {first_door_knows, second_door_knows, begins_a_login,
					    gets_a_ticket, touches};
	int user = *(const int *)arg;
	for (int i = 0; i < ROUNDS; i++) {
		user = (user + 7) % USERS;
		if (!jobs[i % 5](user))
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void cs_34_everybody_is_told_of_himself(void **state)
{
	pthread_t threads[THREADS];
	int starts[THREADS];
	(void)state;
	test_site_open(&site, "{" TEST_ONE ", 'default_ttl': '1h', 'idle_ttl': '30m'}");
	sign_in_all();
	test_wait(&site, 1000);
	for (int i = 0; i < THREADS; i++) {
		starts[i] = i * USERS / THREADS;
		assert_int_equal(pthread_create(&threads[i], NULL, work, &starts[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&wrong), 0);
	assert_int_equal(test_count(&site), USERS);
	test_site_close(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cs_34_everybody_is_told_of_himself)};
	return cmocka_run_group_tests_name("realm/threads", tests, NULL, NULL);
}
