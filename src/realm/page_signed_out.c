#include "realm/html.h"

static const struct {
	const char *title, *sentence;
} texts[] = {
	[STO_PAGE_SIGNED_OUT] = {"Signed out",
				 "You are signed out of this app, in every tab of this browser."},
	[STO_PAGE_REVOKED] = {"You were signed out",
			      "Your session was ended from another place, by you or by who runs this app."},
	[STO_PAGE_EXPIRED] = {"Your session has ended",
			      "Some time has passed. Please sign in again to go on."},
};

int sto_page_signed_out(struct sto_buf *out, const struct sto_page *page, enum sto_page_signed_out_why why,
			struct sto_span login, struct sto_span home)
{
	struct sto_html html;
	sto_html_begin(&html, out, page, sto_span_str(texts[why].title),
		       why == STO_PAGE_SIGNED_OUT ? STO_ICON_DONE : STO_ICON_CLOSED);
	sto_html_put(&html, "<p class=\"lead\" role=\"status\">%</p><div class=\"row\">",
		     sto_span_str(texts[why].sentence));
	sto_html_button(&html, "primary", login, STO_SPAN("Sign in again"));
	sto_html_button(&html, "quiet", home, STO_SPAN("Go to the start page"));
	sto_html_raw(&html, "</div>");
	return sto_html_end(&html, page, NULL);
}
