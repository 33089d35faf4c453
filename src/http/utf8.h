/* Whether bytes are UTF-8 (RFC 3629): what WHATWG's form encoding and JSON both want. */
#ifndef STO_HTTP_UTF8_H
#define STO_HTTP_UTF8_H

#include "stoauth/span.h"

/* Shortest forms only, no surrogates, nothing above U+10FFFF. The empty text is fine. Any thread. */
bool sto_utf8_valid(struct sto_span text);

#endif
