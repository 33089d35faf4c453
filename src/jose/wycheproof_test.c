/* TV-51: the JSON web signature and key vectors of C2SP/wycheproof (testvectors_v1), read from the folder
 * that the environment variable STO_VECTORS names. They are not part of this project; without the variable
 * the test says that it was skipped. */
#include <stdio.h>
#include <stdlib.h>

#include "jose/fixture.h"

/* Vectors of json_web_signature_test.json that contradict others; no verifier satisfies all of them. We give
 * the answer that the rest of the vectors, and the RFCs, demand. */
static const struct {
	int tc_id;
	const char *reason;
} contradictions[] = {
	{346, "valid, though the token says PS384 and the key's alg PS256: RFC 8725 3.1"},
	{347, "valid, though the key's alg is \"ES521\", which does not exist: WrongPrimitive vectors"},
	{350, "as 346, with key_ops"},
	{351, "as 347, with key_ops"},
	{367, "invalid, but equal byte for byte to the valid 357"},
	{370, "invalid, but equal byte for byte to the valid 357"},
	{372, "valid, with '?' inside base64url: RFC 7515 section 2"},
	{373, "valid, with '?' inside base64url: RFC 7515 section 2"},
};

#define N_CONTRADICTIONS (sizeof(contradictions) / sizeof(contradictions[0]))

struct counts {
	size_t accepted, refused, contradictory;
	size_t hmac_valid; /* valid by an HMAC key, and refused by us */
};

static json_t *load(const char *name)
{
	char path[4096];
	int len = snprintf(path, sizeof(path), "%s/wycheproof/%s", getenv("STO_VECTORS"), name);
	assert_true(len > 0 && (size_t)len < sizeof(path));
	json_t *file = json_load_file(path, 0, NULL);
	if (file == NULL)
		fail_msg("no vectors in %s", path);
	return file;
}

static bool contradicts(int tc_id)
{
	for (size_t i = 0; i < N_CONTRADICTIONS; i++)
		if (contradictions[i].tc_id == tc_id)
			return true;
	return false;
}

/* The group's keys as a JWK Set; a group has one key or a set, and a public part unless it is symmetric. */
static sto_jwks *set_of_group(const json_t *group)
{
	sto_jwks *set = NULL;
	json_t *key = json_object_get(group, "public");
	if (key == NULL)
		key = json_object_get(group, "private");
	json_t *json =
		json_object_get(key, "keys") != NULL ? json_incref(key) : json_pack("{s:[O]}", "keys", key);
	char *text = json_dumps(json, JSON_COMPACT);
	assert_non_null(text);
	assert_ok(sto_jwks_parse(&set, NULL, sto_span_str(text), NULL));
	free(text);
	json_decref(json);
	return set;
}

static bool has_hmac_key(const json_t *group)
{
	const json_t *key = json_object_get(group, "private"), *one = json_object_get(key, "keys");
	const char *kty =
		json_string_value(json_object_get(one == NULL ? key : json_array_get(one, 0), "kty"));
	return json_object_get(group, "public") == NULL && kty != NULL && strcmp(kty, "oct") == 0;
}

static void run_vector(struct counts *counts, const sto_jwks *set, const json_t *group, const json_t *test,
		       bool with_contradictions)
{
	int tc_id = (int)json_integer_value(json_object_get(test, "tcId"));
	const json_t *jws = json_object_get(test, "jws");
	bool valid = strcmp(json_string_value(json_object_get(test, "result")), "valid") == 0;
	/* Some vectors are the JSON serialization as an object, which is no compact token. */
	char *text = json_is_string(jws) ? strdup(json_string_value(jws)) : json_dumps(jws, JSON_COMPACT);
	int rc = fixture_verify(set, STO_ALG_ALL, sto_span_str(text));
	free(text);
	if (has_hmac_key(group)) {
		assert_int_not_equal(rc, STO_OK);
		counts->hmac_valid += valid ? 1 : 0;
	}
	counts->accepted += rc == STO_OK ? 1 : 0;
	counts->refused += rc == STO_OK ? 0 : 1;
	if (with_contradictions && contradicts(tc_id)) {
		counts->contradictory++;
		assert_int_not_equal(rc, STO_OK);
		return;
	}
	if ((rc == STO_OK) != (valid && !has_hmac_key(group)))
		fail_msg("tcId %d gives %d", tc_id, rc);
}

static struct counts run_file(const char *name, bool with_contradictions)
{
	struct counts counts = {0};
	json_t *file = load(name), *group, *test;
	size_t i, j;
	json_array_foreach(json_object_get(file, "testGroups"), i, group)
	{
		sto_jwks *set = NULL;
		json_array_foreach(json_object_get(group, "tests"), j, test)
		{
			if (json_object_get(test, "jws") == NULL)
				continue; /* encryption */
			if (set == NULL)
				set = set_of_group(group);
			run_vector(&counts, set, group, test, with_contradictions);
		}
		sto_jwks_free(set);
	}
	json_decref(file);
	return counts;
}

static void tv_51_signature_vectors_give_the_stated_result(void **state)
{
	(void)state;
	struct counts counts = run_file("json_web_signature_test.json", true);
	assert_int_equal(counts.accepted + counts.refused, 401);
	assert_int_equal(counts.contradictory, N_CONTRADICTIONS);
	assert_int_equal(counts.accepted, 32);
	assert_int_equal(counts.hmac_valid, 10);
}

static void tv_51_key_vectors_give_the_stated_result(void **state)
{
	(void)state;
	struct counts counts = run_file("json_web_key_test.json", false);
	assert_int_equal(counts.accepted + counts.refused, 26);
	assert_int_equal(counts.accepted, 1);
	assert_int_equal(counts.hmac_valid, 4);
}

static void tv_51_mixed_vectors_that_are_signatures_give_the_stated_result(void **state)
{
	(void)state;
	struct counts counts = run_file("json_web_crypto_test.json", false);
	assert_int_equal(counts.accepted + counts.refused, 49);
	assert_int_equal(counts.accepted, 2);
	assert_int_equal(counts.hmac_valid, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tv_51_signature_vectors_give_the_stated_result),
		cmocka_unit_test(tv_51_key_vectors_give_the_stated_result),
		cmocka_unit_test(tv_51_mixed_vectors_that_are_signatures_give_the_stated_result),
	};
	if (getenv("STO_VECTORS") == NULL) {
		/* TAP of our own: cmocka writes a skipped test as "not ok". */
		(void)puts("1..0 # SKIP STO_VECTORS names no folder with wycheproof/ in it");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
