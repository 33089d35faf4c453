#include "realm/html.h"

int sto_page_onward(struct sto_buf *out, const struct sto_page *page, struct sto_span label,
		    struct sto_span url)
{
	struct sto_html html;
	sto_html_begin(&html, out, page, STO_SPAN("Sign in"), STO_ICON_PERSON);
	sto_html_put(&html,
		     "<p class=\"lead\">You sign in to this app with <bdi>%</bdi>.</p>"
		     "<div class=\"row\"><a class=\"button primary\" data-next",
		     label);
	sto_html_path(&html, "href", url);
	sto_html_put(&html, ">Continue with <bdi>%</bdi></a></div>", label);
	return sto_html_end(&html, page, sto_script_onward);
}
