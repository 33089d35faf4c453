/* DS-22: many threads at once, one request to the provider. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/test.h"
#include "jose/jwk.h"
#include "provider/oidc/internal.h"

#define THREADS 16

static atomic_int discovery_requests, jwks_requests, failures;

static const char document[] =
	"{\"issuer\":\"https://op.example\",\"authorization_endpoint\":\"https://op.example/a\","
	"\"token_endpoint\":\"https://op.example/t\",\"jwks_uri\":\"https://op.example/k\"}";

static int slow_fetch(void *ctx, struct sto_fetched *out, const struct sto_fetch *request,
		      struct sto_error *err)
{
	bool keys = sto_span_ends_with(request->url, STO_SPAN("/k"));
	const struct timespec pause = {0, 30000000};
	(void)ctx;
	(void)err;
	atomic_fetch_add(keys ? &jwks_requests : &discovery_requests, 1);
	(void)nanosleep(&pause, NULL);
	out->status = 200;
	out->max_age_sec = -1;
	return sto_buf_put_str(&out->body, keys ? "{\"keys\":[]}" : document);
}

static const struct sto_transport_ops slow_ops = {
	STO_TRANSPORT_ABI, sizeof(struct sto_transport_ops), "slow", NULL, slow_fetch, NULL};
static struct sto_transport slow_transport = {&slow_ops, NULL};

static int lend(struct sto_transport **out, void *ctx, struct sto_error *err)
{
	(void)ctx;
	(void)err;
	*out = &slow_transport;
	return STO_OK;
}

static void *prepare_and_get_keys(void *arg)
{
	sto_oidc *oidc = arg;
	struct sto_keys *keys = NULL;
	if (sto_oidc_prepare(oidc, NULL) != STO_OK ||
	    sto_key_cache_get(&keys, oidc, STO_SPAN("https://op.example/k"), STO_KEY_NEED_FRESH, NULL) !=
		    STO_OK)
		atomic_fetch_add(&failures, 1);
	else
		sto_key_cache_release(&oidc->key_cache, keys);
	return NULL;
}

static void ds_22_a_cold_start_of_many_asks_once(void **state)
{
	struct sto_oidc_settings settings = {.issuer = STO_SPAN("https://op.example"), .timeout_ms = 1000};
	struct sto_oidc_world world = {sto_world_system(), NULL, lend};
	pthread_t threads[THREADS];
	sto_oidc *oidc = NULL;
	(void)state;
	assert_ok(sto_oidc_new(&oidc, &settings, &world, NULL));
	for (size_t i = 0; i < THREADS; i++)
		assert_ok(pthread_create(&threads[i], NULL, prepare_and_get_keys, oidc));
	for (size_t i = 0; i < THREADS; i++)
		assert_ok(pthread_join(threads[i], NULL));
	assert_int_equal(atomic_load(&failures), 0);
	assert_int_equal(atomic_load(&discovery_requests), 1);
	assert_int_equal(atomic_load(&jwks_requests), 1);
	sto_oidc_free(oidc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(ds_22_a_cold_start_of_many_asks_once)};
	return cmocka_run_group_tests_name("provider/oidc_threads", tests, NULL, NULL);
}
