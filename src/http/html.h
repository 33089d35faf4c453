/* Text of others inside HTML. */
#ifndef STO_HTTP_HTML_H
#define STO_HTTP_HTML_H

#include "stoauth/buf.h"

/* Appends `text` so that it means itself in HTML text and in attributes in quotes. Control characters, C1
 * ones too, become blanks, and bytes that are no UTF-8 the replacement character. On failure the buffer is as
 * it was. STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_html_escape(struct sto_buf *out, struct sto_span text);

#endif
