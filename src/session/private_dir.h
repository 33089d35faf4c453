/* A directory that is this user's alone: where keys and stores lie. */
#ifndef STO_SESSION_PRIVATE_DIR_H
#define STO_SESSION_PRIVATE_DIR_H

#include "stoauth/error.h"

/* Opens the directory at the absolute `path`; it and the parents it lacks are made with mode 0700. It must
 * belong to this user or root, and nobody else may write into it. *fd is the caller's to close, -1 on
 * failure; every failure gives `code`, with the reason in the detail. */
STO_CHECKED int sto_private_dir_open(int *fd, struct sto_span path, int code, struct sto_error *err);

#endif
