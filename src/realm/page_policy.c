#include "http/escape.h"
#include "http/url.h"
#include "realm/pages.h"

/* base64-value (CSP Level 3, section 2.3.1): nothing in it ends the source or the directive. */
static bool is_nonce(struct sto_span nonce)
{
	for (size_t i = 0; i < nonce.len; i++)
		if (!sto_is_alnum(nonce.ptr[i]) && sto_span_find(STO_SPAN("+/-_="), nonce.ptr[i]) == 5)
			return false;
	return nonce.len > 0;
}

/* Appends the origin of a URL as a source. A host is plain labels or an address: no ';' or ',' in it ends the
 * directive (CSP Level 3, section 2.2). */
static int put_source(struct sto_buf *out, struct sto_span text)
{
	struct sto_url url;
	if (sto_url_parse(&url, text, NULL) != STO_OK)
		return STO_USAGE;
	int rc = sto_buf_put_byte(out, ' ');
	return rc == STO_OK ? sto_url_put_origin(out, &url) : rc;
}

int sto_page_policy(struct sto_buf *out, struct sto_span nonce, struct sto_span form_to)
{
	size_t before = out->len;
	if (!is_nonce(nonce))
		return STO_USAGE;
	int rc = sto_buf_printf(out,
				"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
				"style-src 'nonce-%.*s'; script-src 'nonce-%.*s'; form-action 'self'",
				(int)nonce.len, (const char *)nonce.ptr, (int)nonce.len,
				(const char *)nonce.ptr);
	if (rc == STO_OK && form_to.len > 0)
		rc = put_source(out, form_to);
	if (rc != STO_OK)
		out->len = before;
	return rc;
}
