/* The sizes every store keeps to; for the files of this folder only. */
#ifndef STO_STORE_SIZES_H
#define STO_STORE_SIZES_H

#include "stoauth/sys/store.h"

/* STO_USAGE where a key or a value has a size that no store takes. */
STO_CHECKED int sto_store_check_key(struct sto_span key, struct sto_error *err);
STO_CHECKED int sto_store_check_entry(struct sto_span key, struct sto_span value, struct sto_error *err);

/* The same for a session's id or the key of an index, and for a row. */
STO_CHECKED int sto_store_check_id(struct sto_span id, struct sto_error *err);
STO_CHECKED int sto_store_check_row(const struct sto_session_row *row, struct sto_error *err);

/* The number that the log of changes of a new store begins behind: above all that an earlier store on the
 * same place can have given, unless it logged a million changes each second. */
uint64_t sto_store_first_seq(int64_t now_sec);

/* Puts the place in the log: gap, or where to read on. `oldest` and `newest` are the numbers of the log's
 * first and last entry. True where there are entries to read. */
bool sto_store_place_changes(struct sto_session_changes *out, uint64_t since, uint64_t oldest,
			     uint64_t newest);

/* One entry of what list() gives. STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_store_put_listed(struct sto_buf *out, struct sto_span id, struct sto_span meta);

#endif
