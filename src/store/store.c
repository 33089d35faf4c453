#include "store/store.h"

void sto_store_close(struct sto_store *store)
{
	if (store == NULL || store->ops == NULL)
		return;
	store->ops->close(store->ctx);
	*store = (struct sto_store){NULL, NULL};
}

void sto_session_store_close(struct sto_session_store *store)
{
	if (store == NULL || store->ops == NULL)
		return;
	store->ops->close(store->ctx);
	*store = (struct sto_session_store){NULL, NULL};
}
