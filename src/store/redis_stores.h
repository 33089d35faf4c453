/* The two stores of the module. */
#ifndef STO_STORE_REDIS_STORES_H
#define STO_STORE_REDIS_STORES_H

#include "store/redis_module.h"

STO_CHECKED int sto_redis_open_marks(struct sto_store *out, const struct sto_redis_place *place,
				     struct sto_error *err);
STO_CHECKED int sto_redis_open_sessions(struct sto_session_store *out, const struct sto_redis_place *place,
					const struct sto_world *world, struct sto_error *err);

#endif
