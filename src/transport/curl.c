/* The transport over libcurl, a module of its own so that who fetches nothing does not pay for it. */
#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "transport/exchange.h"
#include "transport/pool.h"
#include "transport/target.h"

#define TIMEOUT_MAX_MS 120000
#define DEFAULT_AGENT "st_oauth/" STO_VERSION

struct curl_transport {
	struct sto_curl_settings settings;
	_Atomic(sto_pool *) pool;
};

static CURLcode global_result = CURLE_FAILED_INIT;

static void init_global(void)
{
	global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int copy_text(char **out, struct sto_span text, const char *what, struct sto_error *err)
{
	*out = NULL;
	if (text.len == 0)
		return STO_OK;
	if (text.len > STO_LIMIT_URL || sto_span_find(text, 0) < text.len ||
	    sto_span_find(text, '\r') < text.len || sto_span_find(text, '\n') < text.len)
		return sto_fail(err, STO_FETCH_SETUP, "%s is too long or holds a line break", what);
	*out = strndup((const char *)text.ptr, text.len);
	return *out == NULL ? sto_fail(err, STO_NO_MEMORY, "no memory for a transport") : STO_OK;
}

/* Whether at least one certificate can be read. */
static int check_ca_file(const char *path, struct sto_error *err)
{
	if (path == NULL)
		return STO_OK;
	BIO *file = BIO_new_file(path, "r");
	X509 *first = file == NULL ? NULL : PEM_read_bio_X509(file, NULL, NULL, NULL);
	bool readable = first != NULL;
	X509_free(first);
	(void)BIO_free(file);
	ERR_clear_error();
	return readable ? STO_OK : sto_fail(err, STO_FETCH_SETUP, "no PEM certificate in ca_file %s", path);
}

static bool is_http_origin(CURLU *url, const char *text)
{
	char *scheme = NULL;
	char *path = NULL;
	char *query = NULL;
	bool good = curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
		    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		    strcmp(scheme, "http") == 0 && curl_url_get(url, CURLUPART_PATH, &path, 0) == CURLUE_OK &&
		    strcmp(path, "/") == 0 &&
		    curl_url_get(url, CURLUPART_QUERY, &query, 0) == CURLUE_NO_QUERY;
	curl_free(scheme);
	curl_free(path);
	curl_free(query);
	return good;
}

static int check_proxy(const char *proxy, struct sto_error *err)
{
	if (proxy == NULL)
		return STO_OK;
	CURLU *url = curl_url();
	bool good = url != NULL && is_http_origin(url, proxy);
	curl_url_cleanup(url);
	return good ? STO_OK : sto_fail(err, STO_FETCH_SETUP, "proxy is not of the form http://host:port");
}

static int copy_settings(struct sto_curl_settings *settings, const struct sto_transport_options *options,
			 struct sto_error *err)
{
	struct sto_span agent = options->user_agent;
	int rc = copy_text(&settings->ca_file, options->ca_file, "ca_file", err);
	if (rc == STO_OK)
		rc = copy_text(&settings->proxy, options->proxy, "proxy", err);
	if (rc == STO_OK)
		rc = copy_text(&settings->user_agent, agent.len == 0 ? STO_SPAN(DEFAULT_AGENT) : agent,
			       "user_agent", err);
	if (rc == STO_OK)
		rc = check_ca_file(settings->ca_file, err);
	return rc == STO_OK ? check_proxy(settings->proxy, err) : rc;
}

static void curl_close(void *ctx)
{
	struct curl_transport *transport = ctx;
	if (transport == NULL)
		return;
	sto_pool_free(atomic_load(&transport->pool));
	free(transport->settings.ca_file);
	if (transport->settings.proxy != NULL) /* may hold a password */
		explicit_bzero(transport->settings.proxy, strlen(transport->settings.proxy));
	free(transport->settings.proxy);
	free(transport->settings.user_agent);
	free(transport);
}

static int curl_open(void **ctx, const struct sto_transport_options *options, struct sto_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	*ctx = NULL;
	(void)pthread_once(&once, init_global);
	if (global_result != CURLE_OK)
		return sto_fail(err, STO_FETCH_SETUP, "libcurl: %s", curl_easy_strerror(global_result));
	struct curl_transport *transport = calloc(1, sizeof(*transport));
	if (transport == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a transport");
	int rc = copy_settings(&transport->settings, options, err);
	atomic_init(&transport->pool, rc == STO_OK ? sto_pool_new() : NULL);
	if (rc == STO_OK && atomic_load(&transport->pool) == NULL)
		rc = sto_fail(err, STO_NO_MEMORY, "no memory for a transport");
	if (rc == STO_OK)
		*ctx = transport;
	else
		curl_close(transport);
	return rc;
}

/* This process's pool: a forked child makes its own and leaves the parent's connections alone. */
static sto_pool *current_pool(struct curl_transport *transport)
{
	sto_pool *pool = atomic_load(&transport->pool);
	if (sto_pool_is_ours(pool))
		return pool;
	sto_pool *fresh = sto_pool_new();
	if (fresh == NULL)
		return NULL;
	sto_pool_keep_inherited(fresh, pool);
	if (atomic_compare_exchange_strong(&transport->pool, &pool, fresh))
		return fresh;
	sto_pool_free(fresh); /* another thread of the child was first */
	return pool;
}

static int check_request(const struct sto_fetch *request, struct sto_error *err)
{
	if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "POST") != 0)
		return sto_fail(err, STO_USAGE, "a fetch is a GET or a POST");
	if (request->timeout_ms < 1 || request->timeout_ms > TIMEOUT_MAX_MS)
		return sto_fail(err, STO_USAGE, "a fetch has a deadline of 1 to %d ms", TIMEOUT_MAX_MS);
	return STO_OK;
}

static int fetch_target(struct curl_transport *transport, struct sto_fetched *out,
			const struct sto_fetch *request, const struct sto_target *target,
			struct sto_error *err)
{
	sto_pool *pool = current_pool(transport);
	CURL *handle = pool == NULL ? NULL : sto_pool_take(pool, request->allow_private);
	if (handle == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a fetch");
	int rc = sto_exchange_run(out, handle, request, target, &transport->settings, err);
	sto_pool_give(pool, handle, request->allow_private);
	return rc;
}

static int curl_fetch(void *ctx, struct sto_fetched *out, const struct sto_fetch *request,
		      struct sto_error *err)
{
	struct sto_target target;
	int rc = check_request(request, err);
	if (rc != STO_OK)
		return rc;
	rc = sto_target_init(&target, request, err);
	if (rc == STO_OK)
		rc = fetch_target(ctx, out, request, &target, err);
	sto_target_finish(&target);
	return rc;
}

extern STO_API const struct sto_transport_ops sto_transport_curl;

const struct sto_transport_ops sto_transport_curl = {
	.abi = STO_TRANSPORT_ABI,
	.size = sizeof(struct sto_transport_ops),
	.name = "curl",
	.open = curl_open,
	.fetch = curl_fetch,
	.close = curl_close,
};
