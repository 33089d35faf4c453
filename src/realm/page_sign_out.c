#include "realm/html.h"

int sto_page_sign_out(struct sto_buf *out, const struct sto_page *page, struct sto_span action,
		      struct sto_span csrf, struct sto_span next)
{
	struct sto_html html;
	sto_html_begin(&html, out, page, STO_SPAN("Sign out?"), STO_ICON_PERSON);
	sto_html_raw(&html, "<p class=\"lead\">You will be signed out of this app, in every tab of this "
			    "browser.</p><form method=\"post\"");
	sto_html_path(&html, "action", action);
	sto_html_put(&html,
		     "><input type=\"hidden\" name=\"csrf\" value=\"%\">"
		     "<input type=\"hidden\" name=\"next\" value=\"%\">"
		     "<div class=\"row\"><button class=\"button primary\">Sign out</button>",
		     csrf, next);
	sto_html_button(&html, "quiet", page->home, STO_SPAN("Stay signed in"));
	sto_html_raw(&html, "</div></form>");
	return sto_html_end(&html, page, NULL);
}
