/* Any text as a key set, and as one key. What is taken must come back from its own JSON the same. */
#include "base/json.h"
#include "fuzz.h"
#include "jose/jwk.h"

static void as_set(struct sto_span text)
{
	sto_jwks *set = NULL;
	size_t skipped = 0;
	struct sto_error err;
	int rc = sto_jwks_parse(&set, &skipped, text, &err);
	fuzz_assert((rc == STO_OK) == (set != NULL));
	fuzz_assert(rc == STO_OK || err.code == rc);
	if (set != NULL)
		fuzz_assert(sto_jwks_count(set) + skipped <= 128);
	sto_jwks_free(set);
}

static void round_trip(const sto_jwk *key)
{
	sto_jwk *back = NULL;
	json_t *first = sto_jwk_public_json(key);
	fuzz_assert(first != NULL);
	fuzz_assert(json_object_get(first, "d") == NULL);
	fuzz_assert(sto_jwk_parse(&back, first, NULL) == STO_OK);
	json_t *second = sto_jwk_public_json(back);
	fuzz_assert(second != NULL && json_equal(first, second) == 1);
	json_decref(first);
	json_decref(second);
	sto_jwk_free(back);
}

static void as_key(struct sto_span text)
{
	sto_jwk *key = NULL;
	json_t *object = NULL;
	if (sto_json_parse(&object, text, NULL) != STO_OK)
		return;
	if (sto_jwk_parse(&key, object, NULL) == STO_OK)
		round_trip(key);
	sto_jwk_free(key);
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_set(sto_span_of(data, size));
	as_key(sto_span_of(data, size));
	return 0;
}
