/* For tests that hold the module itself. */
#include "store/test_redis.h"

extern const struct sto_redis_module sto_store_redis;

int test_redis_open(struct sto_store *out, const struct sto_redis_options *options, struct sto_error *err)
{
	struct sto_redis_place place;
	*out = (struct sto_store){NULL, NULL};
	int rc = sto_redis_place_make(&place, options, err);
	if (rc == STO_OK)
		rc = sto_store_redis.open(out, &place, err);
	sto_redis_place_finish(&place);
	return rc;
}

int test_redis_open_sessions(struct sto_session_store *out, const struct sto_redis_options *options,
			     const struct sto_world *world, struct sto_error *err)
{
	struct sto_redis_place place;
	*out = (struct sto_session_store){NULL, NULL};
	int rc = sto_redis_place_make(&place, options, err);
	if (rc == STO_OK)
		rc = sto_store_redis.open_sessions(out, &place, world, err);
	sto_redis_place_finish(&place);
	return rc;
}
