#include "realm/html.h"

static void put_choice(struct sto_html *html, const struct sto_page_choice *choice)
{
	sto_html_raw(html, "<li><a class=\"way\" data-next");
	sto_html_path(html, "href", choice->url);
	sto_html_put(html,
		     "><span>Continue with <bdi>%</bdi></span>"
		     "<span class=\"go\" aria-hidden=\"true\">\xe2\x86\x92</span></a></li>",
		     choice->label);
}

int sto_page_choose(struct sto_buf *out, const struct sto_page *page, const struct sto_page_choice *choices,
		    size_t n_choices, struct sto_span notice)
{
	struct sto_html html;
	sto_html_begin(&html, out, page, STO_SPAN("Sign in"), STO_ICON_PERSON);
	if (notice.len > 0)
		sto_html_put(&html, "<p class=\"notice\" role=\"alert\">%</p>", notice);
	sto_html_raw(&html, "<p class=\"lead\">Choose the account to use with this app.</p>"
			    "<ul class=\"ways\">");
	for (size_t i = 0; i < n_choices; i++)
		put_choice(&html, &choices[i]);
	sto_html_raw(&html, "</ul>");
	return sto_html_end(&html, page, sto_script_fragment);
}
