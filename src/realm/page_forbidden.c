#include "realm/html.h"

int sto_page_forbidden(struct sto_buf *out, const struct sto_page *page, struct sto_span name,
		       struct sto_span sign_out)
{
	struct sto_html html;
	sto_html_begin(&html, out, page, STO_SPAN("No access"), STO_ICON_CLOSED);
	sto_html_raw(&html, "<p role=\"alert\">");
	if (name.len > 0)
		sto_html_put(&html, "You are signed in as <strong><bdi>%</bdi></strong>. ", name);
	sto_html_raw(&html, "This page is not open to your account.</p>"
			    "<p class=\"lead\">If you think it should be, ask the people who run this app."
			    "</p><div class=\"row\">");
	sto_html_button(&html, "primary", sign_out, STO_SPAN("Switch account"));
	sto_html_button(&html, "quiet", page->home, STO_SPAN("Go to the start page"));
	sto_html_raw(&html, "</div>");
	return sto_html_end(&html, page, NULL);
}
