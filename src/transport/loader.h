/* Loading a transport module; for the files of this folder only. */
#ifndef STO_TRANSPORT_LOADER_H
#define STO_TRANSPORT_LOADER_H

#include "stoauth/sys/transport.h"

/* The module's operations out of the file at `path` (absolute), which stays loaded. STO_FETCH_SETUP. */
STO_CHECKED int sto_transport_load(const struct sto_transport_ops **out, const char *path,
				   struct sto_error *err);

#endif
