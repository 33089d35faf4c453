#include "transport/loader.h"

#include <dlfcn.h>

#define SYMBOL "sto_transport_curl"

static int check_ops(const struct sto_transport_ops *ops, const char *path, struct sto_error *err)
{
	if (ops->abi != STO_TRANSPORT_ABI || ops->size != sizeof(*ops))
		return sto_fail(err, STO_FETCH_SETUP, "%s belongs to another version of this library", path);
	return STO_OK;
}

int sto_transport_load(const struct sto_transport_ops **out, const char *path, struct sto_error *err)
{
	*out = NULL;
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (module == NULL)
		return sto_fail(err, STO_FETCH_SETUP, "cannot load the transport: %s", dlerror());
	const struct sto_transport_ops *ops = dlsym(module, SYMBOL);
	if (ops == NULL)
		return sto_fail(err, STO_FETCH_SETUP, "%s is no transport", path);
	int rc = check_ops(ops, path, err);
	if (rc == STO_OK)
		*out = ops;
	return rc;
}
