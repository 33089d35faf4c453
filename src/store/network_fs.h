/* Which file systems are shared between machines; for the files of this folder only. */
#ifndef STO_STORE_NETWORK_FS_H
#define STO_STORE_NETWORK_FS_H

#include <stdint.h>

/* The name of the network file system with this statfs(2) f_type, NULL where it is none we know. On these a
 * shared memory map and its locks do not hold between machines, so LMDB must not run there. */
const char *sto_network_fs_name(uint64_t f_type);

#endif
