#include <stdio.h>
#include <string.h>

#include "dev/page.h"
#include "dev/provider.h"
#include "http/url.h"

/* What every form of the page belongs to. */
struct form {
	const struct dev_provider *provider;
	const json_t *pending;
	const char *id; /* of the pending request */
};

/* The hidden fields that every form of the page carries. */
static void put_form(struct dev_html *html, const struct form *form)
{
	dev_html_put(html,
		     "<form method=\"post\" action=\"%/authorize/choose\">"
		     "<input type=\"hidden\" name=\"request\" value=\"%\">"
		     "<input type=\"hidden\" name=\"csrf\" value=\"%\">",
		     form->provider->path, form->id, dev_text(form->pending, "csrf"), NULL);
}

static void put_face(struct dev_html *html, const json_t *persona)
{
	const char *picture = dev_text(persona, "picture");
	if (*picture != 0)
		dev_html_put(html,
			     "<img class=\"face\" src=\"%\" alt=\"\" width=\"44\" height=\"44\" "
			     "referrerpolicy=\"no-referrer\">",
			     picture, NULL);
	else
		dev_avatar_svg(html, dev_text(persona, "name"), "44");
}

static void put_chips_of(struct dev_html *html, const json_t *list, const char *kind)
{
	size_t i;
	json_t *word;
	json_array_foreach(list, i, word)
		dev_html_put(html, " <span class=\"%\">%</span>", kind, json_string_value(word), NULL);
}

static void put_chips(struct dev_html *html, const json_t *persona, bool hinted)
{
	char ttl[64];
	json_int_t sec = json_integer_value(json_object_get(persona, "ttl"));
	bool unverified = json_is_false(json_object_get(persona, "email_verified"));
	const json_t *roles = json_object_get(persona, "roles"), *groups = json_object_get(persona, "groups");
	if (sec == 0 && !unverified && !hinted && json_array_size(roles) + json_array_size(groups) == 0)
		return;
	dev_html_raw(html, "<span class=\"chips\">");
	if (hinted)
		dev_html_raw(html, " <span class=\"chip\">suggested by the app</span>");
	put_chips_of(html, roles, "chip role");
	put_chips_of(html, groups, "chip");
	if (unverified)
		dev_html_raw(html, " <span class=\"chip warn\">e-mail not verified</span>");
	(void)snprintf(ttl, sizeof(ttl), "tokens live %lld s", sec);
	if (sec != 0)
		dev_html_put(html, " <span class=\"chip warn\">%</span>", ttl, NULL);
	dev_html_raw(html, "</span>");
}

static bool is_hinted(const json_t *persona, const char *hint)
{
	return *hint != 0 &&
	       (strcmp(hint, dev_text(persona, "email")) == 0 || strcmp(hint, dev_text(persona, "id")) == 0 ||
		strcmp(hint, dev_text(persona, "sub")) == 0);
}

static void put_persona(struct dev_html *html, const struct form *form, const json_t *persona)
{
	bool hinted = is_hinted(persona, dev_text(form->pending, "login_hint"));
	dev_html_raw(html, "<li>");
	put_form(html, form);
	dev_html_put(html, "<button class=\"person%\" name=\"persona\" value=\"%\">", hinted ? " hint" : "",
		     dev_text(persona, "id"), NULL);
	put_face(html, persona);
	dev_html_put(html, "<span class=\"who\"><span class=\"name\">%</span> <span class=\"mail\">%</span>",
		     dev_text(persona, "name"), dev_text(persona, "email"), NULL);
	put_chips(html, persona, hinted);
	dev_html_raw(
		html,
		"</span><svg class=\"go\" width=\"20\" height=\"20\" viewBox=\"0 0 20 20\" fill=\"none\" "
		"stroke=\"currentColor\" stroke-width=\"2\" stroke-linecap=\"round\" "
		"stroke-linejoin=\"round\" aria-hidden=\"true\"><path d=\"M8 5l5 5-5 5\"/></svg>"
		"</button></form></li>");
}

/* The one that the app hinted at comes first. */
static void put_personas(struct dev_html *html, const struct form *form)
{
	size_t i;
	json_t *persona;
	const json_t *personas = form->provider->personas;
	const char *hint = dev_text(form->pending, "login_hint");
	dev_html_raw(html, "<ul class=\"people\">");
	json_array_foreach(personas, i, persona) if (is_hinted(persona, hint))
		put_persona(html, form, persona);
	json_array_foreach(personas, i, persona) if (!is_hinted(persona, hint))
		put_persona(html, form, persona);
	dev_html_raw(html, "</ul>");
}

static void put_someone_else(struct dev_html *html, const struct form *form)
{
	dev_html_raw(html, "<details><summary>Someone else</summary>");
	put_form(html, form);
	dev_html_raw(
		html,
		"<div class=\"other\">"
		"<label>Name<input name=\"name\" required maxlength=\"100\" autocomplete=\"off\"></label>"
		"<label><span>E-mail <small>(may be empty)</small></span>"
		"<input name=\"email\" type=\"email\" maxlength=\"200\" autocomplete=\"off\"></label>"
		"<button class=\"primary\">Sign in</button></div></form></details>");
}

static void put_cancel(struct dev_html *html, const struct form *form)
{
	put_form(html, form);
	dev_html_raw(html, "<button class=\"quiet\" name=\"cancel\" value=\"1\">Cancel</button></form>");
}

static bool has_pictures(const json_t *personas)
{
	size_t i;
	json_t *persona;
	json_array_foreach(personas, i, persona) if (*dev_text(persona, "picture") != 0) return true;
	return false;
}

static void put_heading(struct dev_html *html, const struct form *form)
{
	const json_t *pending = form->pending;
	struct sto_url url;
	struct sto_buf origin;
	const char *text = NULL;
	sto_buf_init(&origin, 300);
	if (sto_url_parse(&url, sto_span_str(dev_text(pending, "redirect_uri")), NULL) == STO_OK &&
	    sto_url_put_origin(&origin, &url) == STO_OK)
		text = sto_buf_cstr(&origin);
	dev_html_put(
		html,
		"<h1>Who do you want to be?</h1><p class=\"lead\">You sign in to <strong>%</strong> with "
		"<strong>%</strong> and return to <strong>%</strong></p>",
		dev_text(pending, "client_id"), form->provider->label, text == NULL ? "" : text, NULL);
	sto_buf_finish(&origin);
}

int dev_show_personas(const struct dev_provider *provider, const json_t *pending, const char *id,
		      struct dev_response *res)
{
	struct dev_html html;
	struct form form = {provider, pending, id};
	const char *scope = dev_text(pending, "scope");
	dev_page_begin(&html, res, "Sign in \xc2\xb7 st-oauth dev");
	dev_html_raw(&html, "<section class=\"card\">");
	put_heading(&html, &form);
	put_personas(&html, &form);
	put_someone_else(&html, &form);
	put_cancel(&html, &form);
	dev_html_raw(&html, "</section>");
	if (*scope != 0)
		dev_html_put(&html, "<p class=\"about\">The app asks for <code>%</code></p>", scope, NULL);
	return dev_page_end(&html, res, 200, has_pictures(provider->personas));
}
