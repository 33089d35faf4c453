#include "jose/jwks.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "jose/key.h"

void sto_jwks_free(sto_jwks *set)
{
	if (set == NULL)
		return;
	sto_header_cache_free(set->cache);
	for (size_t i = 0; i < set->n_keys; i++)
		sto_jwk_free(set->keys[i]);
	free(set->keys);
	free(set);
}

static sto_jwks *set_new(size_t max_keys)
{
	sto_jwks *set = calloc(1, sizeof(*set));
	if (set == NULL)
		return NULL;
	set->cache = sto_header_cache_new();
	set->keys = calloc(max_keys + 1, sizeof(sto_jwk *));
	if (set->cache != NULL && set->keys != NULL)
		return set;
	sto_jwks_free(set);
	return NULL;
}

size_t sto_jwks_count(const sto_jwks *set)
{
	return set->n_keys;
}

/* A private or symmetric key that is published is nobody's: it is not used even for its public part. */
static int parse_published(sto_jwk **out, const json_t *object, struct sto_error *err)
{
	if (json_is_object(object) && sto_jwk_json_is_secret(object))
		return sto_fail(err, STO_KEY_NOT_SUPPORTED, "a secret key in a published set");
	return sto_jwk_parse(out, object, err);
}

static bool is_ours(int rc)
{
	return rc == STO_NO_MEMORY || rc == STO_INTERNAL;
}

static int add_keys(sto_jwks *set, size_t *skipped, const json_t *keys, struct sto_error *err)
{
	size_t i;
	json_t *object;
	json_array_foreach(keys, i, object)
	{
		sto_jwk *key = NULL;
		struct sto_error why;
		int rc = parse_published(&key, object, &why);
		if (is_ours(rc))
			return sto_fail(err, rc, "key %zu: %s", i, why.detail);
		/* RFC 7517 section 5: ignore keys that are not understood. */
		if (rc == STO_OK)
			set->keys[set->n_keys++] = key;
		else
			++*skipped;
	}
	return STO_OK;
}

static int parse_set(sto_jwks **out, size_t *skipped, const json_t *object, struct sto_error *err)
{
	const json_t *keys = json_object_get(object, "keys");
	if (!json_is_array(keys))
		return sto_fail(err, STO_JWKS_MALFORMED, "no object with a list of \"keys\"");
	size_t n = json_array_size(keys);
	if (n > STO_LIMIT_JWKS_KEYS)
		return sto_fail(err, STO_JWKS_MALFORMED, "%zu keys, more than %d", n, STO_LIMIT_JWKS_KEYS);
	sto_jwks *set = set_new(n);
	if (set == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a key set");
	int rc = add_keys(set, skipped, keys, err);
	if (rc == STO_OK)
		*out = set;
	else
		sto_jwks_free(set);
	return rc;
}

int sto_jwks_parse(sto_jwks **out, size_t *skipped, struct sto_span json, struct sto_error *err)
{
	size_t uncounted = 0;
	json_t *object = NULL;
	*out = NULL;
	if (skipped == NULL)
		skipped = &uncounted;
	*skipped = 0;
	if (json.len > STO_LIMIT_JWKS)
		return sto_fail(err, STO_TOO_LARGE, "a key set of %zu bytes", json.len);
	int rc = sto_json_parse(&object, json, err);
	if (rc == STO_OK)
		rc = parse_set(out, skipped, object, err);
	json_decref(object);
	return rc;
}

int sto_jwks_of_key(sto_jwks **out, const sto_jwk *key, struct sto_error *err)
{
	*out = NULL;
	json_t *object = sto_jwk_public_json(key);
	sto_jwks *set = set_new(1);
	int rc = object == NULL || set == NULL ? sto_fail(err, STO_NO_MEMORY, "no memory for a key set")
					       : STO_OK;
	if (rc == STO_OK)
		rc = sto_jwk_parse(&set->keys[0], object, err);
	if (rc == STO_OK) {
		set->n_keys = 1;
		*out = set;
	} else {
		sto_jwks_free(set);
	}
	json_decref(object);
	return rc;
}
