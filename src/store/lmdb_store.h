/* The LMDB store with other sizes than the usual ones, for tests of what happens when it is full. */
#ifndef STO_STORE_LMDB_STORE_H
#define STO_STORE_LMDB_STORE_H

#include "stoauth/sys/store.h"
#include "stoauth/sys/world.h"

/* Like sto_store_lmdb_open(), with the bytes the map starts with and grows to. */
STO_CHECKED int sto_store_lmdb_open_sized(struct sto_store *out, struct sto_span dir, size_t map_start,
					  size_t map_limit, struct sto_error *err);
STO_CHECKED int sto_session_store_lmdb_open_sized(struct sto_session_store *out, struct sto_span dir,
						  size_t map_start, size_t map_limit,
						  const struct sto_world *world, struct sto_error *err);

#endif
