/* Reading a secret from an open file; for the files of this folder only. */
#ifndef STO_SESSION_SECRET_FILE_H
#define STO_SESSION_SECRET_FILE_H

#include <sys/types.h>

#include "stoauth/buf.h"
#include "stoauth/error.h"

/* Appends the secret in the file `fd`, which must be a regular one without any of the `forbidden` mode bits.
 * `path` is for the detail. STO_SECRET_FILE, STO_SECRET_MALFORMED. The file stays open. */
STO_CHECKED int sto_secret_read_fd(struct sto_buf *out, int fd, mode_t forbidden, const char *path,
				   struct sto_error *err);

#endif
