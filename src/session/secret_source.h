/* Where the app key comes from: configured text, a configured file, or a file made at first use. */
#ifndef STO_SESSION_SECRET_SOURCE_H
#define STO_SESSION_SECRET_SOURCE_H

#include "stoauth/buf.h"
#include "stoauth/error.h"
#include "stoauth/sys/world.h"

/* Decodes a configured `secret`: 32 bytes or more as base64 or base64url, with or without padding.
 * STO_SECRET_MALFORMED, whose detail names the command that makes a good one; well-known samples ("secret",
 * "changeme", all bytes the same) likewise. */
STO_CHECKED int sto_secret_decode(struct sto_buf *out, struct sto_span text, struct sto_error *err);

/* Reads a `secret_file` (absolute path; a trailing newline is fine) and decodes it. STO_SECRET_FILE (absent,
 * unreadable, readable by others than its owner and group), STO_SECRET_MALFORMED. */
STO_CHECKED int sto_secret_read_file(struct sto_buf *out, struct sto_span path, struct sto_error *err);

/* Makes a key out of a text that a person chose, as Streamlit's own `cookie_secret` is one. 32 characters or
 * more are key material as they are; *stretched says that the text was shorter and the 32 bytes come from it
 * by argon2id (RFC 9106), always the same. Takes some tenths of a second then. STO_SECRET_MALFORMED: under 8
 * characters, few different ones, a well-known sample; STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_secret_from_text(struct sto_buf *out, bool *stretched, struct sto_span text,
				     struct sto_error *err);

/* Reads a file that holds a secret as text, such as a client_secret (absolute path; a trailing newline is not
 * part of it). Containers mount such files for everyone to read: *open_to_others tells. STO_SECRET_FILE
 * (absent, unreadable, writable by others than its owner and group), STO_SECRET_MALFORMED (too long). */
STO_CHECKED int sto_secret_read_text(struct sto_buf *out, bool *open_to_others, struct sto_span path,
				     struct sto_error *err);

/* The key of this machine's user: reads `dir`/key, or makes it (32 random bytes, base64url; directory 0700,
 * file 0600, O_EXCL under another name, then link or rename, so that of many processes that start at once all
 * end with the same key). STO_SECRET_FILE where that cannot be done. */
STO_CHECKED int sto_secret_load_or_create(struct sto_buf *out, struct sto_span dir,
					  const struct sto_world *world, struct sto_error *err);

/* Appends the state directory: $XDG_STATE_HOME/st_oauth, else $HOME/.local/state/st_oauth, else the home of
 * the password database. STO_SECRET_FILE where none can be told. */
STO_CHECKED int sto_state_dir(struct sto_buf *out, struct sto_error *err);

#endif
