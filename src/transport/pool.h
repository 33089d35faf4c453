/* Easy handles that keep their connections, for one process. */
#ifndef STO_TRANSPORT_POOL_H
#define STO_TRANSPORT_POOL_H

#include <stdbool.h>

#include <curl/curl.h>

typedef struct sto_pool sto_pool;

/* NULL where there is no memory. */
sto_pool *sto_pool_new(void);
/* With all its idle handles. A pool that a forked child inherited from its parent is left alone instead: its
 * connections are the parent's. NULL is fine. */
void sto_pool_free(sto_pool *pool);

/* Whether this process made it. */
bool sto_pool_is_ours(const sto_pool *pool);

/* Keeps the parent's pool reachable behind the child's own. */
void sto_pool_keep_inherited(sto_pool *pool, sto_pool *inherited);

/* A handle without options, for one transfer. Those that may reach private addresses are apart from the
 * others, because a connection that is used again is not judged again. NULL where there is no memory. Any
 * thread. */
CURL *sto_pool_take(sto_pool *pool, bool allow_private);
void sto_pool_give(sto_pool *pool, CURL *handle, bool allow_private);

#endif
