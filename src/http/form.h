/* application/x-www-form-urlencoded (WHATWG URL section 5): query strings and form bodies. */
#ifndef STO_HTTP_FORM_H
#define STO_HTTP_FORM_H

#include "stoauth/buf.h"
#include "stoauth/error.h"

/* Appends "name=value", with '&' before it where the buffer is not empty and does not end in '?' or '&'.
 * Spaces become
 * '+', everything but A-Z a-z 0-9 * - . _ is escaped: what RFC 6749 section 2.3.1 wants for client id and
 * secret. */
STO_CHECKED int sto_form_put(struct sto_buf *out, struct sto_span name, struct sto_span value);
STO_CHECKED int sto_form_put_escaped(struct sto_buf *out, struct sto_span text); /* one part */

/* Appends the decoded value of the field `name`. STO_FORM_ABSENT; STO_FORM_DUPLICATE where it stands twice
 * (RFC 6749 section 3.1: parameters must not be repeated); STO_FORM_MALFORMED: a broken escape, NUL, CR or
 * LF, invalid UTF-8, more than STO_LIMIT_FORM bytes or STO_LIMIT_FORM_FIELDS fields, anywhere in the form;
 * STO_TOO_LARGE where the value does not fit. On failure *value is as it was. */
STO_CHECKED int sto_form_get(struct sto_buf *value, struct sto_span form, struct sto_span name,
			     struct sto_error *err);

/* Appends what sto_form_put_escaped() wrote, decoded: STO_FORM_MALFORMED and STO_TOO_LARGE as above. */
STO_CHECKED int sto_form_put_decoded(struct sto_buf *out, struct sto_span text);

/* Walks over the fields: takes the next one off *rest, decoded into *name and *value (cleared before).
 * STO_FORM_ABSENT at the end; STO_FORM_MALFORMED as above; STO_TOO_LARGE where a part does not fit its
 * buffer. Repeated names are the caller's to judge. */
STO_CHECKED int sto_form_next(struct sto_buf *name, struct sto_buf *value, struct sto_span *rest);

#endif
