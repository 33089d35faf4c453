/* What the module exports; the library finds it by this name. */
#include "store/redis_stores.h"

extern STO_API const struct sto_redis_module sto_store_redis;

const struct sto_redis_module sto_store_redis = {
	.abi = STO_REDIS_ABI,
	.size = sizeof(struct sto_redis_module),
	.open = sto_redis_open_marks,
	.open_sessions = sto_redis_open_sessions,
};
