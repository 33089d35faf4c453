/* Percent escapes (RFC 3986 section 2.1) and the classes of characters that URLs and forms are made of. */
#ifndef STO_HTTP_ESCAPE_H
#define STO_HTTP_ESCAPE_H

#include "stoauth/buf.h"

bool sto_is_digit(uint8_t c);
bool sto_is_alnum(uint8_t c); /* ASCII only, whatever the locale */
bool sto_is_control(uint8_t c);

/* 0 to 15, or -1. */
int sto_hex_value(uint8_t c);

/* The byte that the escape at text[at] stands for; false where there is no whole "%XX". */
bool sto_escape_read(uint8_t *byte, struct sto_span text, size_t at);

/* Appends `text` with each whole escape taken off, once; a broken one stays as it is. STO_TOO_LARGE,
 * STO_NO_MEMORY. */
STO_CHECKED int sto_escape_take_off(struct sto_buf *out, struct sto_span text);

/* Appends `text` with every byte but A-Z a-z 0-9 and those of `kept` as "%XX"; a space becomes '+' where
 * `space_is_plus`. On failure the buffer is as it was. STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_escape_put(struct sto_buf *out, struct sto_span text, const char *kept,
			       bool space_is_plus);

#endif
