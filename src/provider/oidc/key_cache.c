#include "provider/oidc/internal.h"

#include <stdlib.h>

#include "base/bounds.h"

int sto_key_cache_init(struct sto_key_cache *cache)
{
	*cache = (struct sto_key_cache){.last_fetch_sec = -1};
	return pthread_mutex_init(&cache->lock, NULL) == 0 && pthread_cond_init(&cache->fetched, NULL) == 0
		       ? STO_OK
		       : STO_NO_MEMORY;
}

static void drop(struct sto_keys *keys)
{
	if (keys == NULL || --keys->refs > 0)
		return;
	sto_jwks_free(keys->set);
	free(keys);
}

void sto_key_cache_finish(struct sto_key_cache *cache)
{
	drop(cache->keys);
	cache->keys = NULL;
	(void)pthread_cond_destroy(&cache->fetched);
	(void)pthread_mutex_destroy(&cache->lock);
}

void sto_key_cache_release(struct sto_key_cache *cache, struct sto_keys *keys)
{
	pthread_mutex_lock(&cache->lock);
	drop(keys);
	pthread_mutex_unlock(&cache->lock);
}

static int64_t clamp_freshness(int64_t max_age_sec)
{
	if (max_age_sec < 0)
		return STO_JWKS_DEFAULT_FRESH_SEC;
	if (max_age_sec < STO_JWKS_MIN_FRESH_SEC)
		return STO_JWKS_MIN_FRESH_SEC;
	return max_age_sec > STO_JWKS_MAX_FRESH_SEC ? STO_JWKS_MAX_FRESH_SEC : max_age_sec;
}

static int keys_of(struct sto_keys **out, const struct sto_fetched *answer, struct sto_error *err)
{
	if (answer->status != 200)
		return sto_fail(err, STO_PROVIDER_STATUS, "jwks_uri answered with HTTP %d", answer->status);
	struct sto_keys *keys = calloc(1, sizeof(*keys));
	if (keys == NULL)
		return STO_NO_MEMORY;
	keys->refs = 1;
	int rc = sto_jwks_parse(&keys->set, NULL, sto_buf_span(&answer->body), err);
	if (rc == STO_OK)
		*out = keys;
	else
		free(keys);
	return rc;
}

static int fetch_keys(struct sto_keys **out, int64_t *fresh_for_sec, sto_oidc *oidc, struct sto_span jwks_uri,
		      struct sto_error *err)
{
	struct sto_fetched answer;
	sto_fetched_init(&answer, STO_LIMIT_JWKS);
	struct sto_fetch request = {.method = "GET", .url = jwks_uri, .max_body = STO_LIMIT_JWKS};
	int rc = sto_oidc_fetch(&answer, oidc, &request, err);
	if (rc == STO_OK)
		rc = keys_of(out, &answer, err);
	*fresh_for_sec = clamp_freshness(answer.max_age_sec);
	sto_fetched_finish(&answer);
	return rc;
}

/* With the lock held; it is given back while the request runs. Old keys stay in force where none came. */
static int renew(struct sto_key_cache *cache, sto_oidc *oidc, struct sto_span jwks_uri, int64_t now_sec,
		 struct sto_error *err)
{
	struct sto_keys *fresh = NULL;
	int64_t fresh_for_sec = 0;
	cache->fetching = true;
	cache->last_fetch_sec = now_sec;
	pthread_mutex_unlock(&cache->lock);
	int rc = fetch_keys(&fresh, &fresh_for_sec, oidc, jwks_uri, err);
	pthread_mutex_lock(&cache->lock);
	cache->fetching = false;
	pthread_cond_broadcast(&cache->fetched);
	if (rc == STO_OK) {
		drop(cache->keys);
		cache->keys = fresh;
		cache->fresh_until_sec = now_sec + fresh_for_sec;
	} else if (cache->keys != NULL) {
		cache->fresh_until_sec = now_sec + STO_JWKS_REFETCH_FLOOR_SEC;
		rc = STO_OK;
	}
	return rc;
}

static bool floor_holds(const struct sto_key_cache *cache, int64_t now_sec)
{
	return cache->last_fetch_sec >= 0 && now_sec >= cache->last_fetch_sec &&
	       now_sec - cache->last_fetch_sec < STO_JWKS_REFETCH_FLOOR_SEC;
}

static bool must_fetch(const struct sto_key_cache *cache, enum sto_key_need need, int64_t now_sec)
{
	return need == STO_KEY_NEED_NEWER || cache->keys == NULL || cache->fresh_until_sec <= now_sec;
}

int sto_key_cache_get(struct sto_keys **keys, sto_oidc *oidc, struct sto_span jwks_uri,
		      enum sto_key_need need, struct sto_error *err)
{
	struct sto_key_cache *cache = &oidc->key_cache;
	int64_t now_sec = oidc->world.world->now_sec(oidc->world.world->ctx);
	int rc = STO_OK;
	*keys = NULL;
	pthread_mutex_lock(&cache->lock);
	/* Whoever waited for another's fetch takes what that one brought. */
	bool waited = false;
	for (; cache->fetching; waited = true)
		pthread_cond_wait(&cache->fetched, &cache->lock);
	if (!(waited && cache->keys != NULL) && must_fetch(cache, need, now_sec)) {
		/* The floor keeps forged kids from making us hammer the provider; the first unknown kid after
		 * a regular fetch is asked for at once. */
		if (need == STO_KEY_NEED_NEWER && floor_holds(cache, now_sec) && cache->refetched)
			rc = sto_fail(err, STO_TOKEN_NO_KEY, "keys were fetched %d s ago or less",
				      STO_JWKS_REFETCH_FLOOR_SEC);
		else
			rc = renew(cache, oidc, jwks_uri, now_sec, err);
		cache->refetched = need == STO_KEY_NEED_NEWER;
	}
	if (rc == STO_OK && cache->keys != NULL) {
		*keys = cache->keys;
		cache->keys->refs++;
	}
	pthread_mutex_unlock(&cache->lock);
	return rc == STO_OK && *keys == NULL ? STO_TOKEN_NO_KEY : rc;
}
