/* Times in tokens: RFC 7519 section 2. */
#ifndef STO_JOSE_NUMERIC_DATE_H
#define STO_JOSE_NUMERIC_DATE_H

#include <jansson.h>

#include "stoauth/error.h"

/* Every time that is taken, and every "now", lies within 0 and this: a double holds each second of it
 * exactly, and sums with a leeway cannot overflow. */
#define STO_NUMERIC_DATE_MAX ((int64_t)1 << 53)

/* The second a NumericDate falls into. False where `value` is no number, not finite or out of range. */
STO_CHECKED bool sto_numeric_date_floor(int64_t *out_sec, const json_t *value);

/* The same, a fraction rounded up: for what must not come too early. */
STO_CHECKED bool sto_numeric_date_ceil(int64_t *out_sec, const json_t *value);

#endif
