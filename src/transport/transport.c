#include "transport/transport.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "transport/loader.h"

#define MODULE "stoauth/transport_curl.so"
#define CONTENT_TYPE_MAX 128

void sto_fetched_init(struct sto_fetched *fetched, size_t max_body)
{
	*fetched = (struct sto_fetched){.max_age_sec = -1, .date_sec = -1, .retry_after_sec = -1};
	sto_buf_init(&fetched->body, max_body);
	sto_buf_init(&fetched->content_type, CONTENT_TYPE_MAX);
}

void sto_fetched_finish(struct sto_fetched *fetched)
{
	if (fetched == NULL)
		return;
	sto_buf_finish(&fetched->body);
	sto_buf_finish(&fetched->content_type);
}

/* The module beside the file this very code was loaded from: no environment, no working folder. */
static int module_path(char *out, size_t len, struct sto_error *err)
{
	/* Any object of ours tells; a function's address is no object's in ISO C. */
	static const char here = 0;
	Dl_info info = {0};
	if (dladdr(&here, &info) == 0 || info.dli_fname == NULL || info.dli_fname[0] != '/')
		return sto_fail(err, STO_FETCH_SETUP, "the library's own folder is not known");
	size_t folder = (size_t)(strrchr(info.dli_fname, '/') - info.dli_fname) + 1;
	if (folder + sizeof(MODULE) > len)
		return sto_fail(err, STO_FETCH_SETUP, "the library's own folder has too long a name");
	memcpy(out, info.dli_fname, folder);
	memcpy(out + folder, MODULE, sizeof(MODULE));
	return STO_OK;
}

static int load_once(const struct sto_transport_ops **out, struct sto_error *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static const struct sto_transport_ops *loaded;
	char path[PATH_MAX];
	int rc = STO_OK;
	(void)pthread_mutex_lock(&lock);
	if (loaded == NULL)
		rc = module_path(path, sizeof(path), err);
	if (loaded == NULL && rc == STO_OK)
		rc = sto_transport_load(&loaded, path, err);
	*out = loaded;
	(void)pthread_mutex_unlock(&lock);
	return rc;
}

int sto_transport_curl_open(struct sto_transport *out, const struct sto_transport_options *options,
			    struct sto_error *err)
{
	const struct sto_transport_ops *ops = NULL;
	void *ctx = NULL;
	*out = (struct sto_transport){NULL, NULL};
	int rc = load_once(&ops, err);
	if (rc == STO_OK)
		rc = ops->open(&ctx, options, err);
	if (rc == STO_OK)
		*out = (struct sto_transport){ops, ctx};
	return rc;
}

void sto_transport_close(struct sto_transport *transport)
{
	if (transport == NULL || transport->ops == NULL)
		return;
	transport->ops->close(transport->ctx);
	*transport = (struct sto_transport){NULL, NULL};
}
