/* Addresses of Redis servers out of anything. What is accepted is shown without its password and means the
 * same then. */
#include "fuzz.h"

#include "base/bounds.h"
#include "store/redis_url.h"

static void check_public(const struct sto_redis_url *url)
{
	struct sto_redis_url again;
	struct sto_buf shown;
	sto_buf_init(&shown, STO_LIMIT_URL);
	sto_redis_url_init(&again);
	fuzz_assert(sto_redis_url_put_public(&shown, url) == STO_OK);
	fuzz_assert(sto_redis_url_parse(&again, sto_buf_span(&shown), NULL) == STO_OK);
	fuzz_assert(again.scheme == url->scheme && again.port == url->port && again.db == url->db);
	fuzz_assert(sto_span_equal(sto_buf_span(&again.host), sto_buf_span(&url->host)));
	fuzz_assert(sto_span_equal(sto_buf_span(&again.path), sto_buf_span(&url->path)));
	fuzz_assert(again.user.len == 0 && again.password.len == 0);
	sto_redis_url_finish(&again);
	sto_buf_finish(&shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sto_redis_url url;
	struct sto_error err = {0};
	sto_redis_url_init(&url);
	if (sto_redis_url_parse(&url, sto_span_of(data, size), &err) == STO_OK)
		check_public(&url);
	else
		fuzz_assert(err.code != STO_OK);
	sto_redis_url_finish(&url);
	return 0;
}
