#include "realm/realm.h"

int sto_realm_check(sto_op **out, sto_realm *realm, size_t index, struct sto_error *err)
{
	*out = NULL;
	if (index >= realm->n_gates)
		return sto_fail(err, STO_USAGE, "there is no such provider");
	return sto_gate_check(out, realm->gates[index], err);
}
