#include "realm/html.h"

#include "http/escape.h"
#include "http/html.h"

/* Of a grid of 24, drawn with lines. */
static const char *const icons[] = {
	[STO_ICON_PERSON] = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0",
	[STO_ICON_DONE] = "M5 12.5l4.5 4.5L19 7.5",
	[STO_ICON_ALERT] = "M12 6v7M12 17.5v.01",
	[STO_ICON_CLOSED] = "M6 11h12v8.5H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
	[STO_ICON_SETTINGS] = "M4 8h8M16 8h4M4 16h4M12 16h8M14 6v4M10 14v4",
};

void sto_html_raw(struct sto_html *html, const char *markup)
{
	if (html->rc == STO_OK)
		html->rc = sto_buf_put_str(html->out, markup);
}

void sto_html_put_all(struct sto_html *html, const char *markup, const struct sto_span *texts, size_t n)
{
	struct sto_span part, rest = sto_span_str(markup);
	size_t used = 0;
	while (html->rc == STO_OK && sto_span_split(&part, &rest, '%')) {
		html->rc = sto_buf_put(html->out, part);
		if (html->rc == STO_OK && rest.ptr != NULL && used < n)
			html->rc = sto_html_escape(html->out, texts[used++]);
	}
}

/* A browser drops tabs and line ends out of a URL and takes '\\' for '/' (WHATWG URL), so that "/\t/host" and
 * "/\\host" lead away as "//host" does. */
static bool is_path_here(struct sto_span url)
{
	for (size_t i = 0; i < url.len; i++)
		if (sto_is_control(url.ptr[i]) || url.ptr[i] == '\\')
			return false;
	return sto_span_starts_with(url, STO_SPAN("/")) && !sto_span_starts_with(url, STO_SPAN("//"));
}

void sto_html_path(struct sto_html *html, const char *attribute, struct sto_span url)
{
	if (html->rc == STO_OK && !is_path_here(url))
		html->rc = STO_USAGE;
	sto_html_put(html, " %=\"%\"", sto_span_str(attribute), url);
}

void sto_html_button(struct sto_html *html, const char *class, struct sto_span url, struct sto_span text)
{
	if (url.len == 0)
		return;
	sto_html_put(html, "<a class=\"button %\"", sto_span_str(class));
	sto_html_path(html, "href", url);
	sto_html_put(html, ">%</a>", text);
}

void sto_html_block(struct sto_html *html, const char *markup, struct sto_span text, const char *copy)
{
	sto_html_put(html, "<div class=\"block\"><pre data-copy=\"%\"><code>", sto_span_str(copy));
	sto_html_put(html, markup, text);
	sto_html_raw(html, "</code></pre></div>");
}

void sto_html_reference(struct sto_html *html, struct sto_span reference)
{
	if (reference.len > 0)
		sto_html_put(html, "<p class=\"reference\">Reference: <code>%</code></p>", reference);
}

void sto_html_begin(struct sto_html *html, struct sto_buf *out, const struct sto_page *page,
		    struct sto_span title, enum sto_html_icon icon)
{
	*html = (struct sto_html){out, out->len, STO_OK};
	sto_html_put(html,
		     "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		     "<meta name=\"color-scheme\" content=\"light dark\">"
		     "<meta name=\"robots\" content=\"noindex\"><title>%</title><style nonce=\"%\">",
		     title, page->nonce);
	for (const char *const *part = sto_page_style; *part != NULL; part++)
		sto_html_raw(html, *part);
	sto_html_put(
		html,
		"</style></head><body><main><div class=\"card\">"
		"<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"%\"></path></svg>"
		"<h1>%</h1>",
		sto_span_str(icons[icon]), title);
}

int sto_html_end(struct sto_html *html, const struct sto_page *page, const char *script)
{
	sto_html_raw(html, "</div></main>");
	if (script != NULL) {
		sto_html_put(html, "<script nonce=\"%\">", page->nonce);
		sto_html_raw(html, script);
		sto_html_raw(html, "</script>");
	}
	sto_html_raw(html, "</body></html>\n");
	if (html->rc != STO_OK)
		html->out->len = html->before;
	return html->rc;
}
