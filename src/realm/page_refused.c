#include "realm/html.h"

static void put_for_operator(struct sto_html *html, const struct sto_page_refusal *refusal)
{
	if (refusal->hint.len == 0 && refusal->detail.len == 0)
		return;
	sto_html_raw(html, "<section class=\"operator\" aria-labelledby=\"operator\">"
			   "<h2 id=\"operator\">For who runs this app</h2>");
	if (refusal->hint.len > 0)
		sto_html_put(html, "<p>%</p>", refusal->hint);
	if (refusal->detail.len > 0)
		sto_html_put(html, "<pre><code>%</code></pre>", refusal->detail);
	sto_html_raw(html, "<p class=\"small\">Shown at this machine only.</p></section>");
}

int sto_page_refused(struct sto_buf *out, const struct sto_page *page, const struct sto_page_refusal *refusal)
{
	struct sto_html html;
	struct sto_span label = refusal->retry_label;
	sto_html_begin(&html, out, page, refusal->title, STO_ICON_ALERT);
	sto_html_put(&html, "<p role=\"alert\">%</p><div class=\"row\">", refusal->sentence);
	sto_html_button(&html, "primary", refusal->retry, label.len > 0 ? label : STO_SPAN("Try again"));
	sto_html_button(&html, refusal->retry.len > 0 ? "quiet" : "primary", page->home,
			STO_SPAN("Go to the start page"));
	sto_html_raw(&html, "</div>");
	sto_html_reference(&html, refusal->reference);
	put_for_operator(&html, refusal);
	return sto_html_end(&html, page, NULL);
}
