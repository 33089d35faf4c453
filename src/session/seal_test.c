#include "session/keys.h"

#include <stdlib.h>
#include <string.h>
#include <pthread.h>

#include "base/base64url.h"
#include "base/test.h"
#include "session/keyring.h"

#define URL STO_SPAN("https://app.example/")
#define ISSUER STO_SPAN("https://idp.example")

static struct sto_span secret_of(uint8_t *room, uint8_t seed)
{
	for (size_t i = 0; i < STO_KEY_LEN; i++)
		room[i] = (uint8_t)(seed + i * 7);
	return sto_span_of(room, STO_KEY_LEN);
}

/* A ring whose secrets are named by single letters: the first seals. */
static sto_keyring *ring_of(const char *seeds, struct sto_span url)
{
	uint8_t room[STO_KEYS_MAX][STO_KEY_LEN];
	struct sto_span secrets[STO_KEYS_MAX];
	sto_keyring *ring = NULL;
	size_t count = strlen(seeds);
	for (size_t i = 0; i < count; i++)
		secrets[i] = secret_of(room[i], (uint8_t)seeds[i]);
	assert_ok(sto_keyring_new(&ring, secrets, count, url, NULL));
	return ring;
}

static void seal_to(struct sto_buf *out, const sto_keyring *ring, struct sto_span plain)
{
	sto_buf_init(out, 65536);
	assert_ok(sto_seal(out, ring, STO_PURPOSE_STATE, ISSUER, plain, sto_world_system()));
}

static int try_open(const sto_keyring *ring, enum sto_purpose purpose, struct sto_span context,
		    struct sto_span sealed)
{
	struct sto_buf plain;
	sto_buf_init(&plain, 65536);
	int rc = sto_open(&plain, NULL, ring, purpose, context, sealed);
	if (rc != STO_OK)
		assert_int_equal(plain.len, 0);
	sto_buf_finish(&plain);
	return rc;
}

static int open_state(const sto_keyring *ring, struct sto_span sealed)
{
	return try_open(ring, STO_PURPOSE_STATE, ISSUER, sealed);
}

static void put_framed(struct sto_buf *out, struct sto_span part)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		assert_ok(sto_buf_put_byte(out, (uint8_t)((uint64_t)part.len >> shift & 0xff)));
	assert_ok(sto_buf_put(out, part));
}

/* Opened by other code than ours, from what is written about the format: each part of the associated data is
 * in its place, for a change of any would read as a forgery. */
static void the_format_is_the_one_that_is_written_down(void **state)
{
	struct sto_buf sealed, raw, aad;
	uint8_t plain[5] = {0};
	int len = 0;
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	seal_to(&sealed, ring, STO_SPAN("hello"));
	sto_buf_init(&raw, 1000);
	sto_buf_init(&aad, 1000);
	assert_ok(sto_base64url_decode(&raw, sto_buf_span(&sealed)));
	assert_int_equal(raw.len, 1 + 4 + 12 + 5 + 16);
	assert_ok(sto_buf_put(&aad, sto_span_of(raw.data, 5)));
	put_framed(&aad, sto_purpose_label(STO_PURPOSE_STATE));
	put_framed(&aad, sto_keyring_app_id(ring, 0));
	put_framed(&aad, ISSUER);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	const uint8_t *key = sto_keyring_key(ring, 0, STO_PURPOSE_STATE);
	assert_int_equal(EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, raw.data + 5), 1);
	assert_int_equal(EVP_DecryptUpdate(ctx, NULL, &len, aad.data, (int)aad.len), 1);
	assert_int_equal(EVP_DecryptUpdate(ctx, plain, &len, raw.data + 17, 5), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, raw.data + 22), 1);
	assert_int_equal(EVP_DecryptFinal_ex(ctx, plain + 5, &len), 1);
	assert_memory_equal(plain, "hello", 5);
	EVP_CIPHER_CTX_free(ctx);
	sto_buf_finish(&aad);
	sto_buf_finish(&raw);
	sto_buf_finish(&sealed);
	sto_keyring_free(ring);
}

static void opens_what_it_sealed(void **state)
{
	static const size_t lengths[] = {0, 1, 15, 16, 17, 4000};
	uint8_t plain[4000];
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	memset(plain, 0xa5, sizeof(plain));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct sto_buf sealed;
		struct sto_buf opened;
		size_t index = 99;
		sto_buf_init(&opened, 4100);
		assert_ok(sto_buf_put_str(&opened, "before"));
		seal_to(&sealed, ring, sto_span_of(plain, lengths[i]));
		assert_ok(sto_open(&opened, &index, ring, STO_PURPOSE_STATE, ISSUER, sto_buf_span(&sealed)));
		assert_int_equal(index, 0);
		assert_int_equal(opened.len, 6 + lengths[i]);
		if (lengths[i] > 0)
			assert_memory_equal(opened.data + 6, plain, lengths[i]);
		sto_buf_finish(&opened);
		sto_buf_finish(&sealed);
	}
	sto_keyring_free(ring);
}

static void the_plain_text_does_not_show(void **state)
{
	struct sto_buf sealed;
	struct sto_buf raw;
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	seal_to(&sealed, ring, STO_SPAN("hello hello hello"));
	sto_buf_init(&raw, 1000);
	assert_ok(sto_base64url_decode(&raw, sto_buf_span(&sealed)));
	assert_int_equal(raw.len, 17 + 33);
	assert_null(memmem(raw.data, raw.len, "hello", 5));
	sto_buf_finish(&raw);
	sto_buf_finish(&sealed);
	sto_keyring_free(ring);
}

static int code_for_byte(size_t at)
{
	if (at == 0)
		return STO_SEAL_MALFORMED;
	return at < 5 ? STO_SEAL_KEY : STO_SEAL_FORGED;
}

static void each_changed_bit_is_refused(void **state)
{
	struct sto_buf sealed;
	struct sto_buf raw;
	(void)state;
	sto_keyring *ring = ring_of("ab", URL);
	seal_to(&sealed, ring, STO_SPAN("state"));
	sto_buf_init(&raw, 1000);
	assert_ok(sto_base64url_decode(&raw, sto_buf_span(&sealed)));
	for (size_t bit = 0; bit < raw.len * 8; bit++) {
		raw.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		sto_buf_clear(&sealed);
		assert_ok(sto_base64url_encode(&sealed, sto_buf_span(&raw)));
		assert_int_equal(open_state(ring, sto_buf_span(&sealed)), code_for_byte(bit / 8));
		raw.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	sto_buf_finish(&raw);
	sto_buf_finish(&sealed);
	sto_keyring_free(ring);
}

static void each_truncation_is_refused(void **state)
{
	struct sto_buf sealed;
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	seal_to(&sealed, ring, STO_SPAN("state"));
	for (size_t len = 0; len < sealed.len; len++) {
		int rc = open_state(ring, sto_span_of(sealed.data, len));
		assert_true(rc == STO_SEAL_MALFORMED || (rc == STO_SEAL_FORGED && len * 3 / 4 >= 33));
	}
	sto_buf_finish(&sealed);
	sto_keyring_free(ring);
}

static void each_extension_is_refused(void **state)
{
	static const char tails[][5] = {"A", "AA", "AAA", "AAAA", "=", "==", "\n", " ", "+", "/"};
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		struct sto_buf sealed;
		seal_to(&sealed, ring, STO_SPAN("state!"));
		assert_int_equal(sealed.len % 4, 0);
		assert_ok(sto_buf_put_str(&sealed, tails[i]));
		bool alphabet = tails[i][0] == 'A' && tails[i][1] == 'A';
		assert_int_equal(open_state(ring, sto_buf_span(&sealed)),
				 alphabet ? STO_SEAL_FORGED : STO_SEAL_MALFORMED);
		sto_buf_finish(&sealed);
	}
	sto_keyring_free(ring);
}

static void what_is_no_sealed_value_is_malformed(void **state)
{
	static const char *const texts[] = {"", "A", "AQ", "state", "AQAAAAAA", "a.b.c", "%00", "null"};
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(open_state(ring, sto_span_str(texts[i])), STO_SEAL_MALFORMED);
	sto_keyring_free(ring);
}

static void cs_12_another_purpose_is_refused(void **state)
{
	struct sto_buf sealed;
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	seal_to(&sealed, ring, STO_SPAN("state"));
	for (int purpose = 0; purpose < STO_PURPOSE_COUNT; purpose++)
		assert_int_equal(try_open(ring, (enum sto_purpose)purpose, ISSUER, sto_buf_span(&sealed)),
				 purpose == STO_PURPOSE_STATE ? STO_OK : STO_SEAL_FORGED);
	sto_buf_finish(&sealed);
	sto_keyring_free(ring);
}

static void cs_12_each_purpose_has_its_own_key(void **state)
{
	uint8_t macs[STO_PURPOSE_COUNT][STO_KEY_LEN];
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	for (int i = 0; i < STO_PURPOSE_COUNT; i++) {
		assert_ok(sto_keyring_mac(macs[i], ring, 0, (enum sto_purpose)i, STO_SPAN("same")));
		for (int j = 0; j < i; j++)
			assert_memory_not_equal(macs[i], macs[j], STO_KEY_LEN);
	}
	sto_keyring_free(ring);
}

static void another_app_is_refused(void **state)
{
	struct sto_buf sealed;
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	sto_keyring *other = ring_of("a", STO_SPAN("https://app.example/other"));
	seal_to(&sealed, ring, STO_SPAN("state"));
	assert_int_equal(open_state(other, sto_buf_span(&sealed)), STO_SEAL_FORGED);
	sto_buf_finish(&sealed);
	sto_keyring_free(other);
	sto_keyring_free(ring);
}

static void another_context_is_refused(void **state)
{
	struct sto_buf sealed;
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	seal_to(&sealed, ring, STO_SPAN("state"));
	struct sto_span value = sto_buf_span(&sealed);
	assert_int_equal(try_open(ring, STO_PURPOSE_STATE, STO_SPAN(""), value), STO_SEAL_FORGED);
	assert_int_equal(try_open(ring, STO_PURPOSE_STATE, STO_SPAN("https://idp.exampl"), value),
			 STO_SEAL_FORGED);
	assert_int_equal(try_open(ring, STO_PURPOSE_STATE, STO_SPAN("https://idp.example\0"), value),
			 STO_SEAL_FORGED);
	sto_buf_finish(&sealed);
	sto_keyring_free(ring);
}

static void a_purpose_out_of_range_is_misuse(void **state)
{
	struct sto_buf out;
	uint8_t mac[STO_KEY_LEN];
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	sto_buf_init(&out, 100);
	assert_int_equal(sto_seal(&out, ring, STO_PURPOSE_COUNT, ISSUER, STO_SPAN(""), sto_world_system()),
			 STO_USAGE);
	assert_int_equal(sto_open(&out, NULL, ring, STO_PURPOSE_COUNT, ISSUER, STO_SPAN("")), STO_USAGE);
	assert_int_equal(sto_keyring_mac(mac, ring, 0, STO_PURPOSE_COUNT, STO_SPAN("")), STO_USAGE);
	assert_int_equal(sto_keyring_mac(mac, ring, 1, STO_PURPOSE_STATE, STO_SPAN("")), STO_USAGE);
	sto_keyring_free(ring);
}

static void cs_11_the_first_key_seals_and_all_open(void **state)
{
	struct sto_buf old_value;
	struct sto_buf new_value;
	struct sto_buf plain;
	size_t index = 99;
	(void)state;
	sto_keyring *before = ring_of("a", URL);
	sto_keyring *during = ring_of("ba", URL);
	sto_keyring *after = ring_of("b", URL);
	sto_buf_init(&plain, 100);
	seal_to(&old_value, before, STO_SPAN("old"));
	seal_to(&new_value, during, STO_SPAN("new"));

	assert_ok(sto_open(&plain, &index, during, STO_PURPOSE_STATE, ISSUER, sto_buf_span(&old_value)));
	assert_int_equal(index, 1);
	assert_ok(sto_open(&plain, &index, during, STO_PURPOSE_STATE, ISSUER, sto_buf_span(&new_value)));
	assert_int_equal(index, 0);
	assert_span(sto_buf_span(&plain), "oldnew");
	assert_ok(open_state(after, sto_buf_span(&new_value)));

	assert_int_equal(open_state(after, sto_buf_span(&old_value)), STO_SEAL_KEY);
	assert_int_equal(open_state(before, sto_buf_span(&new_value)), STO_SEAL_KEY);
	sto_buf_finish(&plain);
	sto_buf_finish(&old_value);
	sto_buf_finish(&new_value);
	sto_keyring_free(after);
	sto_keyring_free(during);
	sto_keyring_free(before);
}

static int compare_nonces(const void *a, const void *b)
{
	return memcmp(a, b, 12);
}

static void cs_09_all_nonces_are_distinct(void **state)
{
	enum { COUNT = 10000 };
	uint8_t(*nonces)[12] = calloc(COUNT, sizeof(*nonces));
	(void)state;
	assert_non_null(nonces);
	sto_keyring *ring = ring_of("a", URL);
	for (size_t i = 0; i < COUNT; i++) {
		struct sto_buf sealed;
		uint8_t raw[60];
		seal_to(&sealed, ring, STO_SPAN("same"));
		assert_int_equal(sto_base64url_decoded_len(sealed.len), 37);
		assert_ok(sto_base64url_decode_to(raw, sto_buf_span(&sealed)));
		memcpy(nonces[i], raw + 5, 12);
		sto_buf_finish(&sealed);
	}
	qsort(nonces, COUNT, sizeof(*nonces), compare_nonces);
	for (size_t i = 1; i < COUNT; i++)
		assert_memory_not_equal(nonces[i - 1], nonces[i], 12);
	sto_keyring_free(ring);
	free(nonces);
}

static int no_random(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 0, len);
	return STO_NO_RANDOM;
}

static void nothing_is_sealed_without_randomness(void **state)
{
	struct sto_buf out;
	struct sto_world world = *sto_world_system();
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	world.random = no_random;
	sto_buf_init(&out, 100);
	assert_int_equal(sto_seal(&out, ring, STO_PURPOSE_STATE, ISSUER, STO_SPAN("x"), &world),
			 STO_NO_RANDOM);
	assert_int_equal(out.len, 0);
	sto_keyring_free(ring);
}

static void a_full_buffer_is_left_alone(void **state)
{
	struct sto_buf sealed;
	struct sto_buf small;
	(void)state;
	sto_keyring *ring = ring_of("a", URL);
	seal_to(&sealed, ring, STO_SPAN("12345"));
	sto_buf_init(&small, 4);
	assert_int_equal(sto_open(&small, NULL, ring, STO_PURPOSE_STATE, ISSUER, sto_buf_span(&sealed)),
			 STO_TOO_LARGE);
	assert_int_equal(sto_seal(&small, ring, STO_PURPOSE_STATE, ISSUER, STO_SPAN(""), sto_world_system()),
			 STO_TOO_LARGE);
	assert_int_equal(small.len, 0);
	sto_buf_finish(&small);
	sto_buf_finish(&sealed);
	sto_keyring_free(ring);
}

static void the_app_id_is_the_same_in_every_process(void **state)
{
	(void)state;
	sto_keyring *ring = ring_of("ab", URL);
	sto_keyring *again = ring_of("ba", URL);
	sto_keyring *other = ring_of("ab", STO_SPAN("https://app.example/other"));
	assert_int_equal(sto_keyring_count(ring), 2);
	assert_int_equal(sto_keyring_app_id(ring, 0).len, STO_APP_ID_LEN);
	assert_true(sto_span_equal(sto_keyring_app_id(ring, 0), sto_keyring_app_id(again, 1)));
	assert_true(sto_span_equal(sto_keyring_app_id(ring, 1), sto_keyring_app_id(again, 0)));
	assert_false(sto_span_equal(sto_keyring_app_id(ring, 0), sto_keyring_app_id(ring, 1)));
	assert_false(sto_span_equal(sto_keyring_app_id(ring, 0), sto_keyring_app_id(other, 0)));
	assert_int_equal(sto_keyring_app_id(ring, 2).len, 0);
	sto_keyring_free(other);
	sto_keyring_free(again);
	sto_keyring_free(ring);
}

static void wrong_secrets_make_no_ring(void **state)
{
	uint8_t room[STO_KEY_LEN];
	struct sto_span secrets[STO_KEYS_MAX + 1];
	sto_keyring *ring = NULL;
	(void)state;
	for (size_t i = 0; i <= STO_KEYS_MAX; i++)
		secrets[i] = secret_of(room, 1);
	assert_int_equal(sto_keyring_new(&ring, secrets, 0, URL, NULL), STO_USAGE);
	assert_int_equal(sto_keyring_new(&ring, secrets, STO_KEYS_MAX + 1, URL, NULL), STO_USAGE);
	assert_int_equal(sto_keyring_new(&ring, secrets, 1, STO_SPAN(""), NULL), STO_USAGE);
	secrets[1].len = STO_KEY_LEN - 1;
	assert_int_equal(sto_keyring_new(&ring, secrets, 2, URL, NULL), STO_KEY_SHORT);
	assert_null(ring);
	sto_keyring_free(NULL);
}

struct worker {
	pthread_t thread;
	const sto_keyring *ring;
	uint8_t mac[STO_KEY_LEN];
	int failures;
};

static void *work(void *argument)
{
	struct worker *worker = argument;
	for (int i = 0; i < 500; i++) {
		uint8_t mac[STO_KEY_LEN];
		struct sto_buf sealed;
		struct sto_buf plain;
		sto_buf_init(&sealed, 200);
		sto_buf_init(&plain, 200);
		struct sto_span data = sto_span_of(&worker, sizeof(worker));
		int rc = sto_seal(&sealed, worker->ring, STO_PURPOSE_SESSION, ISSUER, data,
				  sto_world_system());
		if (rc == STO_OK)
			rc = sto_open(&plain, NULL, worker->ring, STO_PURPOSE_SESSION, ISSUER,
				      sto_buf_span(&sealed));
		if (rc == STO_OK)
			rc = sto_keyring_mac(mac, worker->ring, 0, STO_PURPOSE_STORE, ISSUER);
		worker->failures += rc != STO_OK || !sto_span_equal(sto_buf_span(&plain), data) ||
				    memcmp(mac, worker->mac, sizeof(mac)) != 0;
		sto_buf_finish(&plain);
		sto_buf_finish(&sealed);
	}
	return NULL;
}

static void many_threads_share_a_ring(void **state)
{
	struct worker workers[8];
	(void)state;
	sto_keyring *ring = ring_of("ab", URL);
	for (size_t i = 0; i < 8; i++) {
		workers[i] = (struct worker){.ring = ring};
		assert_ok(sto_keyring_mac(workers[i].mac, ring, 0, STO_PURPOSE_STORE, ISSUER));
		assert_ok(pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (size_t i = 0; i < 8; i++) {
		assert_ok(pthread_join(workers[i].thread, NULL));
		assert_int_equal(workers[i].failures, 0);
	}
	sto_keyring_free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_it_sealed),
		cmocka_unit_test(the_format_is_the_one_that_is_written_down),
		cmocka_unit_test(the_plain_text_does_not_show),
		cmocka_unit_test(each_changed_bit_is_refused),
		cmocka_unit_test(each_truncation_is_refused),
		cmocka_unit_test(each_extension_is_refused),
		cmocka_unit_test(what_is_no_sealed_value_is_malformed),
		cmocka_unit_test(cs_12_another_purpose_is_refused),
		cmocka_unit_test(cs_12_each_purpose_has_its_own_key),
		cmocka_unit_test(another_app_is_refused),
		cmocka_unit_test(another_context_is_refused),
		cmocka_unit_test(a_purpose_out_of_range_is_misuse),
		cmocka_unit_test(cs_11_the_first_key_seals_and_all_open),
		cmocka_unit_test(cs_09_all_nonces_are_distinct),
		cmocka_unit_test(nothing_is_sealed_without_randomness),
		cmocka_unit_test(a_full_buffer_is_left_alone),
		cmocka_unit_test(the_app_id_is_the_same_in_every_process),
		cmocka_unit_test(wrong_secrets_make_no_ring),
		cmocka_unit_test(many_threads_share_a_ring),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
