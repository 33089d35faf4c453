/* The stores in Redis as the library has them: options are checked here, the rest is a module's. */

#include "base/bounds.h"
#include "base/module.h"
#include "store/redis_module.h"

#define PREFIX STO_SPAN("st:")
#define PREFIX_MAX 32
#define TIMEOUT_MS 2000
#define TIMEOUT_MS_MAX 60000
#define SHOWN_MAX 1024

static int setup(struct sto_error *err, const char *what)
{
	return sto_fail(err, STO_STORE_SETUP, "%s", what);
}

/* A brace would move the keys to several places of a cluster. */
static bool is_prefix(struct sto_span prefix)
{
	for (size_t i = 0; i < prefix.len; i++)
		if (prefix.ptr[i] <= 0x20 || prefix.ptr[i] >= 0x7f || prefix.ptr[i] == '{' ||
		    prefix.ptr[i] == '}')
			return false;
	return prefix.len <= PREFIX_MAX;
}

/* From the URL or from the options, not from both. */
static int take_credential(struct sto_buf *to, struct sto_span from, const char *what, struct sto_error *err)
{
	if (from.len == 0)
		return STO_OK;
	if (to->len > 0)
		return sto_fail(err, STO_STORE_SETUP,
				"the %s of the Redis server stands in its URL and beside it", what);
	if (sto_buf_put(to, from) != STO_OK)
		return sto_fail(err, STO_STORE_SETUP, "the %s of the Redis server is too long", what);
	return STO_OK;
}

static int fill(struct sto_redis_place *place, const struct sto_redis_options *options, struct sto_error *err)
{
	int rc = sto_redis_url_parse(&place->url, options->url, err);
	if (rc == STO_OK)
		rc = take_credential(&place->url.user, options->user, "user", err);
	if (rc == STO_OK)
		rc = take_credential(&place->url.password, options->password, "password", err);
	if (rc != STO_OK)
		return rc;
	if (options->ca_file.len > 0 && place->url.scheme != STO_REDIS_TLS)
		return setup(err, "a file of authorities for the Redis server goes with rediss:// alone");
	if (!is_prefix(options->prefix))
		return setup(err, "the prefix of keys has at most 32 printable characters, none of { and }");
	if (options->timeout_ms < 0 || options->timeout_ms > TIMEOUT_MS_MAX)
		return setup(err, "the Redis server is waited for between 1 and 60000 ms");
	place->ca_file = options->ca_file;
	place->prefix = options->prefix.len > 0 ? options->prefix : PREFIX;
	place->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : TIMEOUT_MS;
	place->warning = options->warning;
	return sto_redis_url_put_public(&place->shown, &place->url);
}

int sto_redis_place_make(struct sto_redis_place *place, const struct sto_redis_options *options,
			 struct sto_error *err)
{
	*place = (struct sto_redis_place){0};
	sto_redis_url_init(&place->url);
	sto_buf_init(&place->shown, SHOWN_MAX);
	return fill(place, options, err);
}

void sto_redis_place_finish(struct sto_redis_place *place)
{
	sto_redis_url_finish(&place->url);
	sto_buf_finish(&place->shown);
}

static int load_once(const struct sto_redis_module **out, struct sto_error *err)
{
	static const struct sto_module module = {.file = "stoauth/store_redis.so",
						 .symbol = "sto_store_redis",
						 .abi = STO_REDIS_ABI,
						 .size = sizeof(struct sto_redis_module),
						 .failure = STO_STORE_SETUP};
	static const void *kept;
	const void *found = NULL;
	int rc = sto_module_once(&found, &kept, &module, err);
	*out = found;
	return rc;
}

int sto_store_redis_open(struct sto_store *out, const struct sto_redis_options *options,
			 struct sto_error *err)
{
	const struct sto_redis_module *module = NULL;
	struct sto_redis_place place;
	*out = (struct sto_store){NULL, NULL};
	int rc = sto_redis_place_make(&place, options, err);
	if (rc == STO_OK)
		rc = load_once(&module, err);
	if (rc == STO_OK)
		rc = module->open(out, &place, err);
	sto_redis_place_finish(&place);
	return rc;
}

int sto_session_store_redis_open(struct sto_session_store *out, const struct sto_redis_options *options,
				 const struct sto_world *world, struct sto_error *err)
{
	const struct sto_redis_module *module = NULL;
	struct sto_redis_place place;
	*out = (struct sto_session_store){NULL, NULL};
	int rc = sto_redis_place_make(&place, options, err);
	if (rc == STO_OK)
		rc = load_once(&module, err);
	if (rc == STO_OK)
		rc = module->open_sessions(out, &place, world, err);
	sto_redis_place_finish(&place);
	return rc;
}
