#include "dev/page.h"

#include <stdarg.h>
#include <string.h>

#include <openssl/evp.h>

#include "http/html.h"

void dev_html_raw(struct dev_html *html, const char *markup)
{
	if (html->rc == STO_OK)
		html->rc = sto_buf_put_str(html->out, markup);
}

void dev_html_text(struct dev_html *html, const char *text)
{
	if (html->rc == STO_OK)
		html->rc = sto_html_escape(html->out, sto_span_str(text));
}

void dev_html_put(struct dev_html *html, const char *markup, ...)
{
	va_list args;
	struct sto_span part, rest = sto_span_str(markup);
	va_start(args, markup);
	while (html->rc == STO_OK && sto_span_split(&part, &rest, '%')) {
		html->rc = sto_buf_put(html->out, part);
		const char *text = rest.ptr == NULL ? NULL : va_arg(args, const char *);
		if (text != NULL)
			dev_html_text(html, text);
	}
	va_end(args);
}

void dev_page_begin(struct dev_html *html, struct dev_response *res, const char *title)
{
	*html = (struct dev_html){&res->body, STO_OK};
	sto_buf_clear(&res->body);
	dev_html_put(html,
		     "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		     "<meta name=\"color-scheme\" content=\"light dark\">"
		     "<meta name=\"robots\" content=\"noindex\"><link rel=\"icon\" "
		     "href=\"/icon.svg\"><title>%</title><style>",
		     title, NULL);
	for (const char *const *part = dev_style; *part != NULL; part++)
		dev_html_raw(html, *part);
	dev_html_raw(
		html,
		"</style></head><body>"
		"<aside class=\"banner\" aria-label=\"About this provider\"><strong>Development "
		"provider.</strong> "
		"Anybody at this machine can be anybody here. It answers this machine only.</aside><main>");
}

/* The style's SHA-256 as base64, 44 characters. */
static bool hash_style(char out[64])
{
	uint8_t digest[32];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
	for (const char *const *part = dev_style; good && *part != NULL; part++)
		good = EVP_DigestUpdate(ctx, *part, strlen(*part)) == 1;
	good = good && EVP_DigestFinal_ex(ctx, digest, NULL) == 1 &&
	       EVP_EncodeBlock((unsigned char *)out, digest, sizeof(digest)) > 0;
	EVP_MD_CTX_free(ctx);
	return good;
}

/* Content-Security-Policy: the one style by its hash, pictures, nothing else. There is no form-action:
 * Chromium would hold it against the redirect back to the app. */
static int put_policy(struct sto_buf *out, bool wide_images)
{
	char hash[64];
	if (!hash_style(hash))
		return STO_INTERNAL;
	return sto_buf_printf(out,
			      "default-src 'none'; style-src 'sha256-%s'; img-src %s; base-uri 'none'; "
			      "frame-ancestors 'none'",
			      hash, wide_images ? "'self' https: http:" : "'self'");
}

int dev_page_end(struct dev_html *html, struct dev_response *res, int status, bool wide_images)
{
	dev_html_raw(html, "</main></body></html>\n");
	res->status = status;
	res->content_type = "text/html; charset=utf-8";
	sto_buf_clear(&res->csp);
	return html->rc == STO_OK ? put_policy(&res->csp, wide_images) : html->rc;
}

int dev_answer_mend(struct dev_response *res, const char *heading, const char *sentence, const char *mend,
		    const char *code)
{
	struct dev_html html;
	dev_page_begin(&html, res, heading);
	dev_html_put(&html, "<section class=\"card message\"><h1>%</h1><p>%</p>", heading, sentence, NULL);
	if (mend != NULL)
		dev_html_put(&html, "<p class=\"mend\">%</p>", mend, NULL);
	if (code != NULL)
		dev_html_put(&html, "<pre><code>%</code></pre>", code, NULL);
	dev_html_raw(&html, "</section>");
	return dev_page_end(&html, res, 400, false);
}

int dev_answer_page(struct dev_response *res, int status, const char *heading, const char *sentence)
{
	int rc = dev_answer_mend(res, heading, sentence, NULL, NULL);
	res->status = status;
	return rc;
}
