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

static atomic_llong hasty_clock = 1000000;

/* Two days pass between any two looks: whatever is kept is stale at once. */
static int64_t hasty_now_sec(void *ctx)
{
	(void)ctx;
	return atomic_fetch_add(&hasty_clock, 2 * 86400);
}

static int quick_fetch(void *ctx, struct sto_fetched *out, const struct sto_fetch *request,
		       struct sto_error *err)
{
	bool keys = sto_span_ends_with(request->url, STO_SPAN("/k"));
	(void)ctx;
	(void)err;
	atomic_fetch_add(&discovery_requests, keys ? 0 : 1);
	out->status = 200;
	out->max_age_sec = -1;
	return sto_buf_put_str(&out->body, keys ? "{\"keys\":[]}" : document);
}

static const struct sto_transport_ops quick_ops = {
	STO_TRANSPORT_ABI, sizeof(struct sto_transport_ops), "quick", NULL, quick_fetch, NULL};
static struct sto_transport quick_transport = {&quick_ops, NULL};

static int lend_quick(struct sto_transport **out, void *ctx, struct sto_error *err)
{
	(void)ctx;
	(void)err;
	*out = &quick_transport;
	return STO_OK;
}

static void *renew_and_use(void *arg)
{
	sto_oidc *oidc = arg;
	struct sto_oidc_request request = {
		STO_SPAN("https://app.example/"), STO_SPAN("s"), STO_SPAN("n"), STO_SPAN("v"), NULL, -1};
	for (int i = 0; i < 50; i++) {
		struct sto_buf url;
		sto_buf_init(&url, 4000);
		(void)prepare_and_get_keys(oidc);
		if (sto_oidc_authorize_url(&url, oidc, &request, NULL) != STO_OK ||
		    !sto_span_starts_with(sto_buf_span(&url), STO_SPAN("https://op.example/a?")) ||
		    sto_oidc_check_iss(oidc, STO_SPAN("https://op.example"), NULL) != STO_OK)
			atomic_fetch_add(&failures, 1);
		sto_buf_finish(&url);
	}
	return NULL;
}

/* JD-26: what one thread reads, another may replace meanwhile; the sanitizers watch. */
static void jd_26_what_is_in_use_outlives_its_renewal(void **state)
{
	struct sto_oidc_settings settings = {.issuer = STO_SPAN("https://op.example"), .timeout_ms = 1000};
	struct sto_world hasty = *sto_world_system();
	hasty.now_sec = hasty_now_sec;
	struct sto_oidc_world world = {&hasty, NULL, lend_quick};
	pthread_t threads[THREADS];
	sto_oidc *oidc = NULL;
	(void)state;
	atomic_store(&failures, 0);
	atomic_store(&discovery_requests, 0);
	assert_ok(sto_oidc_new(&oidc, &settings, &world, NULL));
	for (size_t i = 0; i < THREADS; i++)
		assert_ok(pthread_create(&threads[i], NULL, renew_and_use, oidc));
	for (size_t i = 0; i < THREADS; i++)
		assert_ok(pthread_join(threads[i], NULL));
	assert_int_equal(atomic_load(&failures), 0);
	assert_true(atomic_load(&discovery_requests) > THREADS);
	sto_oidc_free(oidc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ds_22_a_cold_start_of_many_asks_once),
		cmocka_unit_test(jd_26_what_is_in_use_outlives_its_renewal),
	};
	return cmocka_run_group_tests_name("provider/oidc_threads", tests, NULL, NULL);
}
