#include "store/sizes.h"

#include "base/bounds.h"

int sto_store_check_key(struct sto_span key, struct sto_error *err)
{
	if (key.len == 0 || key.len > STO_LIMIT_STORE_KEY)
		return sto_fail(err, STO_USAGE, "a store's key has 1 to %d bytes, not %zu",
				STO_LIMIT_STORE_KEY, key.len);
	return STO_OK;
}

int sto_store_check_entry(struct sto_span key, struct sto_span value, struct sto_error *err)
{
	if (value.len > STO_LIMIT_STORE_VALUE)
		return sto_fail(err, STO_USAGE, "a store's value has at most %d bytes, not %zu",
				STO_LIMIT_STORE_VALUE, value.len);
	return sto_store_check_key(key, err);
}
