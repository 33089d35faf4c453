/* One set, eight threads: contexts go round, headers are remembered, nothing is shared at the same time.
 * Meant for the thread sanitizer, and true without. */
#include <pthread.h>

#include "jose/fixture.h"
#include "jose/key.h"

#define N_THREADS 8
#define N_ROUNDS 60

struct job {
	const sto_jwks *set;
	struct sto_span good, forged;
	int n_wrong;
};

static const struct sto_jws_policy policy = {STO_ALG_ALL, NULL};

static void *run(void *arg)
{
	struct job *job = arg;
	for (int i = 0; i < N_ROUNDS; i++) {
		struct sto_buf payload;
		sto_buf_init(&payload, STO_LIMIT_TOKEN);
		if (sto_jws_verify(&payload, job->set, &policy, job->good, NULL) != STO_OK ||
		    !sto_span_equal(sto_buf_span(&payload), STO_SPAN("{}")))
			job->n_wrong++;
		if (sto_jws_verify(&payload, job->set, &policy, job->forged, NULL) != STO_TOKEN_SIGNATURE)
			job->n_wrong++;
		sto_buf_finish(&payload);
	}
	return NULL;
}

/* Each thread has a header of its own for the cache and a forgery for the pool. */
static void verify_on_all_threads(const sto_jwks *set, const enum sto_alg *algs, size_t n_algs)
{
	struct job jobs[N_THREADS] = {0};
	pthread_t threads[N_THREADS];
	struct sto_buf good[N_THREADS], forged[N_THREADS];
	for (size_t i = 0; i < N_THREADS; i++) {
		char header[60];
		enum sto_alg alg = algs[i % n_algs];
		sto_jwk *key = fixture_key(alg, NULL);
		(void)snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"n\":%zu}", sto_alg_name(alg),
			       i / 2);
		sto_buf_init(&good[i], STO_LIMIT_TOKEN);
		sto_buf_init(&forged[i], STO_LIMIT_TOKEN);
		fixture_token(&good[i], key, alg, header, STO_SPAN("{}"));
		assert_ok(sto_buf_put(&forged[i], sto_buf_span(&good[i])));
		uint8_t *letter = forged[i].data + forged[i].len - 10;
		*letter = *letter == 'A' ? 'B' : 'A';
		jobs[i] = (struct job){set, sto_buf_span(&good[i]), sto_buf_span(&forged[i]), 0};
		sto_jwk_free(key);
	}
	for (size_t i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, &jobs[i]), 0);
	for (size_t i = 0; i < N_THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(jobs[i].n_wrong, 0);
		sto_buf_finish(&good[i]);
		sto_buf_finish(&forged[i]);
	}
}

static void eight_threads_share_one_rsa_key(void **state)
{
	static const enum sto_alg algs[] = {STO_ALG_RS256};
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_RS256, NULL);
	verify_on_all_threads(set, algs, 1);
	sto_jwks_free(set);
}

static void eight_threads_use_one_key_with_several_algorithms(void **state)
{
	static const enum sto_alg algs[] = {STO_ALG_RS256, STO_ALG_PS256, STO_ALG_RS512, STO_ALG_PS384};
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_RS256, NULL);
	verify_on_all_threads(set, algs, 4);
	sto_jwks_free(set);
}

static void eight_threads_share_one_ec_key(void **state)
{
	static const enum sto_alg algs[] = {STO_ALG_ES256};
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_ES256, NULL);
	verify_on_all_threads(set, algs, 1);
	sto_jwks_free(set);
}

static void eight_threads_share_one_ed25519_key(void **state)
{
	static const enum sto_alg algs[] = {STO_ALG_EDDSA};
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	verify_on_all_threads(set, algs, 1);
	sto_jwks_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eight_threads_share_one_rsa_key),
		cmocka_unit_test(eight_threads_use_one_key_with_several_algorithms),
		cmocka_unit_test(eight_threads_share_one_ec_key),
		cmocka_unit_test(eight_threads_share_one_ed25519_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
