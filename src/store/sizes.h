/* The sizes every store keeps to; for the files of this folder only. */
#ifndef STO_STORE_SIZES_H
#define STO_STORE_SIZES_H

#include "stoauth/error.h"

/* STO_USAGE where a key or a value has a size that no store takes. */
STO_CHECKED int sto_store_check_key(struct sto_span key, struct sto_error *err);
STO_CHECKED int sto_store_check_entry(struct sto_span key, struct sto_span value, struct sto_error *err);

#endif
