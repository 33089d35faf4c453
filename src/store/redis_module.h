/* The module behind the stores in Redis: what it exports, and what the library hands it. */
#ifndef STO_STORE_REDIS_MODULE_H
#define STO_STORE_REDIS_MODULE_H

#include "store/redis_url.h"
#include "store/store.h"

#define STO_REDIS_ABI 1

/* Where the server is and how it is spoken to. Copied by the module. */
struct sto_redis_place {
	struct sto_redis_url url; /* with user and password, wherever they were configured */
	struct sto_buf shown;     /* the URL as messages may show it */
	struct sto_span ca_file;  /* empty: the system's authorities */
	struct sto_span prefix;
	int64_t timeout_ms;
	struct sto_error *warning; /* NULL: not wanted */
};

struct sto_redis_module {
	uint32_t abi;  /* STO_REDIS_ABI */
	uint32_t size; /* sizeof(struct sto_redis_module) */
	int (*open)(struct sto_store *out, const struct sto_redis_place *place, struct sto_error *err);
	int (*open_sessions)(struct sto_session_store *out, const struct sto_redis_place *place,
			     const struct sto_world *world, struct sto_error *err);
};

/* Checks the options and makes a place of them. STO_STORE_SETUP, STO_URL_MALFORMED, STO_TOO_LARGE,
 * STO_NO_MEMORY. finish() in any case. */
STO_CHECKED int sto_redis_place_make(struct sto_redis_place *place, const struct sto_redis_options *options,
				     struct sto_error *err);
void sto_redis_place_finish(struct sto_redis_place *place);

#endif
