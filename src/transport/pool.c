#include "transport/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define IDLE_MAX 16 /* handles of each kind that are kept */

struct idle {
	CURL *handles[IDLE_MAX];
	size_t count;
};

struct sto_pool {
	pid_t pid;
	sto_pool *inherited;
	pthread_mutex_t lock;
	struct idle idle[2]; /* [allow_private] */
	CURLSH *share;       /* names and TLS sessions; connections cannot be shared by threads */
	pthread_mutex_t share_locks[CURL_LOCK_DATA_LAST];
};

static void lock_share(CURL *handle, curl_lock_data data, curl_lock_access access, void *arg)
{
	sto_pool *pool = arg;
	(void)handle;
	(void)access;
	(void)pthread_mutex_lock(&pool->share_locks[data]);
}

static void unlock_share(CURL *handle, curl_lock_data data, void *arg)
{
	sto_pool *pool = arg;
	(void)handle;
	(void)pthread_mutex_unlock(&pool->share_locks[data]);
}

static bool make_share(sto_pool *pool)
{
	pool->share = curl_share_init();
	return pool->share != NULL &&
	       curl_share_setopt(pool->share, CURLSHOPT_LOCKFUNC, lock_share) == CURLSHE_OK &&
	       curl_share_setopt(pool->share, CURLSHOPT_UNLOCKFUNC, unlock_share) == CURLSHE_OK &&
	       curl_share_setopt(pool->share, CURLSHOPT_USERDATA, pool) == CURLSHE_OK &&
	       curl_share_setopt(pool->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) == CURLSHE_OK &&
	       curl_share_setopt(pool->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK;
}

sto_pool *sto_pool_new(void)
{
	sto_pool *pool = calloc(1, sizeof(*pool));
	if (pool == NULL)
		return NULL;
	pool->pid = getpid();
	(void)pthread_mutex_init(&pool->lock, NULL);
	for (size_t i = 0; i < CURL_LOCK_DATA_LAST; i++)
		(void)pthread_mutex_init(&pool->share_locks[i], NULL);
	if (!make_share(pool)) {
		sto_pool_free(pool);
		return NULL;
	}
	return pool;
}

void sto_pool_free(sto_pool *pool)
{
	if (pool == NULL || !sto_pool_is_ours(pool))
		return;
	for (size_t kind = 0; kind < 2; kind++)
		for (size_t i = 0; i < pool->idle[kind].count; i++)
			curl_easy_cleanup(pool->idle[kind].handles[i]);
	(void)curl_share_cleanup(pool->share);
	for (size_t i = 0; i < CURL_LOCK_DATA_LAST; i++)
		(void)pthread_mutex_destroy(&pool->share_locks[i]);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
}

bool sto_pool_is_ours(const sto_pool *pool)
{
	return pool->pid == getpid();
}

void sto_pool_keep_inherited(sto_pool *pool, sto_pool *inherited)
{
	pool->inherited = inherited;
}

static CURL *take_idle(sto_pool *pool, bool allow_private)
{
	struct idle *idle = &pool->idle[allow_private];
	(void)pthread_mutex_lock(&pool->lock);
	/* The last one given: its connection is the freshest. */
	CURL *handle = idle->count > 0 ? idle->handles[--idle->count] : NULL;
	(void)pthread_mutex_unlock(&pool->lock);
	return handle;
}

CURL *sto_pool_take(sto_pool *pool, bool allow_private)
{
	CURL *handle = take_idle(pool, allow_private);
	if (handle != NULL)
		return handle;
	handle = curl_easy_init();
	if (handle != NULL && curl_easy_setopt(handle, CURLOPT_SHARE, pool->share) != CURLE_OK) {
		curl_easy_cleanup(handle);
		handle = NULL;
	}
	return handle;
}

void sto_pool_give(sto_pool *pool, CURL *handle, bool allow_private)
{
	struct idle *idle = &pool->idle[allow_private];
	curl_easy_reset(handle); /* keeps connections and the share */
	(void)pthread_mutex_lock(&pool->lock);
	if (idle->count < IDLE_MAX) {
		idle->handles[idle->count++] = handle;
		handle = NULL;
	}
	(void)pthread_mutex_unlock(&pool->lock);
	if (handle != NULL)
		curl_easy_cleanup(handle);
}
