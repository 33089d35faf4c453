/* Where a realm keeps its sessions and its marks. */
#ifndef STO_REALM_STORES_H
#define STO_REALM_STORES_H

#include "realm/realm.h"

/* Opens both as the configuration says; what was lent through `world` (NULL is fine) wins. A store that
 * cannot be opened is a finding and STO_CONFIG_WRONG; on a machine where nothing can be written and nothing
 * is configured, memory and a warning. */
STO_CHECKED int sto_realm_stores_open(sto_realm *realm, struct sto_findings *findings,
				      const struct sto_realm_world *world);
void sto_realm_stores_close(sto_realm *realm); /* what it opened itself */

#endif
