/* Places to return to: OAuth 2.0 redirect URIs and post-logout redirect URIs. */
#include <stdarg.h>
#include <string.h>

#include "base/bounds.h"
#include "dev/provider.h"
#include "http/form.h"
#include "http/url.h"

bool dev_may_return_to(const struct dev_options *options, const char *uri)
{
	struct sto_url url;
	if (sto_url_parse(&url, sto_span_str(uri), NULL) != STO_OK)
		return false;
	for (size_t i = 0; i < options->redirect_count; i++)
		if (strcmp(options->redirect_uri[i], uri) == 0)
			return true;
	return sto_url_is_loopback(&url);
}

static int put_pair(struct sto_buf *out, const char *name, const char *value)
{
	return value == NULL ? STO_OK : sto_form_put(out, sto_span_str(name), sto_span_str(value));
}

int dev_answer_return(struct dev_response *res, const char *uri, ...)
{
	struct sto_buf out;
	const char *name;
	va_list args;
	sto_buf_init(&out, (size_t)STO_LIMIT_URL * 2);
	int rc = sto_buf_put_str(&out, uri);
	if (rc == STO_OK && strchr(uri, '?') == NULL)
		rc = sto_buf_put_byte(&out, '?');
	va_start(args, uri);
	while (rc == STO_OK && (name = va_arg(args, const char *)) != NULL)
		rc = put_pair(&out, name, va_arg(args, const char *));
	va_end(args);
	if (out.len > 0 && out.data[out.len - 1] == '?')
		out.len--;
	if (rc == STO_OK)
		rc = dev_answer_redirect(res, sto_buf_span(&out));
	sto_buf_finish(&out);
	return rc;
}
