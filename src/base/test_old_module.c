/* A module of another version of the library, for module_test.c. */
#include "stoauth/sys/transport.h"

extern STO_API const struct sto_transport_ops sto_transport_curl;

const struct sto_transport_ops sto_transport_curl = {
	.abi = STO_TRANSPORT_ABI + 1,
	.size = sizeof(struct sto_transport_ops),
	.name = "old",
};
