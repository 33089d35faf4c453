#include "dev/page.h"
#include "dev/provider.h"

int dev_home(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
{
	struct dev_html html;
	const char *path = provider->path;
	(void)req;
	dev_page_begin(&html, res, "st-oauth dev");
	dev_html_put(
		&html,
		"<section class=\"card\"><h1>%</h1><p class=\"lead\">An OpenID provider to "
		"develop with. "
		"Apps send their visitors here to sign in.</p><dl><dt>issuer</dt><dd><code>%</code></dd>"
		"<dt>client_id</dt><dd><code>%</code></dd><dt>metadata</dt><dd>"
		"<a href=\"%/.well-known/openid-configuration\">%/.well-known/openid-configuration</a></dd>"
		"<dt>keys</dt><dd><a href=\"%/jwks\">%/jwks</a></dd></dl></section>",
		provider->label, provider->issuer, provider->options->client[0].id, path, path, path, path,
		NULL);
	dev_html_put(&html, "<p class=\"about\">A second provider is at <a href=\"/%\">%</a></p>",
		     *path == 0 ? "team/" : "", *path == 0 ? "/team/" : "/", NULL);
	return dev_page_end(&html, res, 200, false);
}
