#include "http/url.h"
#include "realm/html.h"

/* The one link that leads to another origin: the configured one. */
static void put_there(struct sto_html *html, struct sto_span here, struct sto_span there)
{
	struct sto_url url;
	if (html->rc == STO_OK && sto_url_parse(&url, there, NULL) != STO_OK)
		html->rc = STO_USAGE;
	sto_html_put(
		html,
		"<p role=\"alert\">You opened <code>%</code>, and sign-in is set up for <code>%</code>.</p>"
		"<div class=\"row\"><a class=\"button primary\" href=\"%\">Open that address</a></div>",
		here, there, there);
}

static void put_setting(struct sto_html *html, struct sto_span setting)
{
	sto_html_raw(html, "<h2>Is this address the right one?</h2><p>Then say so in the block "
			   "<code>[auth]</code> of <code>.streamlit/secrets.toml</code>:</p>");
	sto_html_block(html, "%", setting, "Copy the setting");
	sto_html_raw(html, "<p id=\"said\" class=\"unseen\" role=\"status\"></p>");
}

int sto_page_other_host(struct sto_buf *out, const struct sto_page *page, struct sto_span here,
			struct sto_span there, struct sto_span setting)
{
	struct sto_html html;
	sto_html_begin(&html, out, page, STO_SPAN("This app has another address"), STO_ICON_ALERT);
	if (there.len > 0)
		put_there(&html, here, there);
	else
		sto_html_raw(&html,
			     "<p role=\"alert\">Sign-in does not work at this address. Please open the "
			     "app at the address you were given for it.</p>");
	if (setting.len > 0)
		put_setting(&html, setting);
	return sto_html_end(&html, page, setting.len > 0 ? sto_script_copy : NULL);
}
