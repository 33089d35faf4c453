/* Numbers and spans of time as people write them. */
#ifndef CLI_NUMBERS_H
#define CLI_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/* A plain decimal number of at most `max`; false for anything else. */
bool cli_read_number(int64_t *out, const char *text, int64_t max);

/* "30s", "5m", "1h", "7d", or "90" for seconds, at least 1 s; false for anything else. */
bool cli_read_duration(int64_t *out_sec, const char *text, int64_t max_sec);

#endif
