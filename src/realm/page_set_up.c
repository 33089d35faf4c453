#include <string.h>

#include "base/json.h"
#include "realm/html.h"

static const char command[] = "st-oauth dev app.py";
static const char example[] = "[auth]\n"
			      "type = \"oidc\"\n"
			      "provider = \"google\"\n"
			      "client_id = \"...\"\n"
			      "client_secret = \"...\"";

static bool is_code(const json_t *finding, const char *code)
{
	const char *given = json_string_value(json_object_get(finding, "code"));
	return given != NULL && strcmp(given, code) == 0;
}

/* Whether there is no configuration yet, other than a wrong one. */
static bool is_empty(const json_t *findings)
{
	size_t i;
	json_t *finding;
	json_array_foreach(findings, i, finding)
	{
		if (is_code(finding, "nothing_configured"))
			return true;
	}
	return json_array_size(findings) == 0;
}

static bool is_warning(const json_t *finding)
{
	const char *severity = json_string_value(json_object_get(finding, "severity"));
	return severity != NULL && strcmp(severity, "warning") == 0;
}

static void put_findings(struct sto_html *html, const json_t *findings, bool warnings)
{
	size_t i;
	json_t *finding;
	struct sto_span message;
	json_array_foreach(findings, i, finding)
	{
		if (is_warning(finding) != warnings || !sto_json_get_str(&message, finding, "message"))
			continue;
		sto_html_put(html, "<li><span class=\"chip %\">%</span> %</li>",
			     sto_span_str(warnings ? "warning" : "error"),
			     sto_span_str(warnings ? "Warning" : "Error"), message);
	}
}

static void put_list(struct sto_html *html, const json_t *findings)
{
	if (json_array_size(findings) == 0)
		return;
	sto_html_raw(html, "<h2>What was found</h2><ul class=\"findings\">");
	put_findings(html, findings, false);
	put_findings(html, findings, true);
	sto_html_raw(html, "</ul>");
}

static void put_first_steps(struct sto_html *html)
{
	sto_html_raw(html,
		     "<p class=\"lead\">The app stays closed until it knows a sign-in provider.</p>"
		     "<h2>Try it now</h2><p>With a provider on this machine, and people made up for it. "
		     "In a terminal:</p>");
	sto_html_block(html, command, STO_SPAN(""), "Copy the command");
	sto_html_raw(html, "<h2>Or use your provider</h2><p>Paste this into "
			   "<code>.streamlit/secrets.toml</code> and fill it in:</p>");
	sto_html_block(html, example, STO_SPAN(""), "Copy the settings");
	sto_html_raw(html,
		     "<p>At the provider, register the app's address with <code>/auth/callback</code> at "
		     "its end as redirect URI, such as "
		     "<code>http://localhost:8501/auth/callback</code>.</p>");
}

static void put_in_full(struct sto_html *html, const struct sto_page *page, const json_t *findings)
{
	if (is_empty(findings))
		put_first_steps(html);
	else
		sto_html_raw(html,
			     "<p role=\"alert\">The app stays closed until its settings are mended.</p>");
	put_list(html, findings);
	sto_html_raw(html, "<p>The app reads its settings again by itself.</p><div class=\"row\">");
	sto_html_button(html, "primary", page->home, STO_SPAN("Try again"));
	sto_html_raw(html, "</div><p id=\"said\" class=\"unseen\" role=\"status\"></p>");
}

static int put_for_operator(struct sto_buf *out, const struct sto_page *page, struct sto_span findings,
			    struct sto_span reference)
{
	json_t *list = NULL;
	struct sto_html html;
	int rc = findings.len > 0 ? sto_json_parse(&list, findings, NULL) : STO_OK;
	if (rc == STO_OK && list != NULL && !json_is_array(list))
		rc = STO_BAD_JSON;
	if (rc != STO_OK)
		goto out;
	sto_html_begin(&html, out, page, STO_SPAN("Set up sign-in"), STO_ICON_SETTINGS);
	put_in_full(&html, page, list);
	sto_html_reference(&html, reference);
	rc = sto_html_end(&html, page, sto_script_copy);
out:
	json_decref(list);
	return rc;
}

static int put_for_visitor(struct sto_buf *out, const struct sto_page *page, struct sto_span reference)
{
	struct sto_html html;
	sto_html_begin(&html, out, page, STO_SPAN("Not set up yet"), STO_ICON_SETTINGS);
	sto_html_raw(&html,
		     "<p role=\"alert\">This app is closed until its sign-in is set up. Please tell the "
		     "people who run it.</p><div class=\"row\">");
	sto_html_button(&html, "primary", page->home, STO_SPAN("Try again"));
	sto_html_raw(&html, "</div>");
	sto_html_reference(&html, reference);
	return sto_html_end(&html, page, NULL);
}

int sto_page_set_up(struct sto_buf *out, const struct sto_page *page, struct sto_span findings,
		    struct sto_span reference, bool in_full)
{
	return in_full ? put_for_operator(out, page, findings, reference)
		       : put_for_visitor(out, page, reference);
}
