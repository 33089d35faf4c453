#include "realm/pages.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/test.h"
#include "http/escape.h"
#include "http/utf8.h"

#define NONCE "bm9uY2U"
#define MARKUP "</title></style></script></pre><script>alert(1)</script><img src=x onerror=alert(1)>\"'`&<!--"
#define LONG_TEXT 8192

/* What a page says of others: any bytes, any JSON text, a path and a URL. */
struct values {
	struct sto_span text, json_text, path, url;
};

static const struct values plain = {
	{(const uint8_t *)"text", 4},
	{(const uint8_t *)"text", 4},
	{(const uint8_t *)"/path", 5},
	{(const uint8_t *)"https://app.example/path", 24},
};

static struct values hostile;
static char hostile_text[LONG_TEXT + 512], hostile_json[LONG_TEXT + 512], hostile_path[LONG_TEXT + 512];

static struct sto_span fill(char *place, struct sto_span front)
{
	memcpy(place, front.ptr, front.len);
	memset(place + front.len, '<', LONG_TEXT);
	return sto_span_of(place, front.len + LONG_TEXT);
}

static int make_hostile(void **state)
{
	(void)state;
	hostile.text = fill(hostile_text, STO_SPAN(MARKUP "\0\x1b[31m\r\nSet-Cookie: a=b\xff\xe2\xc2\x9b"));
	hostile.json_text = fill(hostile_json, STO_SPAN(MARKUP "\x1b[31m\r\nSet-Cookie: a=b\xc2\x9b"));
	hostile.path = fill(hostile_path, STO_SPAN("/" MARKUP));
	hostile.url = STO_SPAN("https://app.example/?a='&amp;&quot;=1");
	return 0;
}

/* ---- every page, in every form that has another structure */

static const struct sto_page page = {{(const uint8_t *)NONCE, 7}, {(const uint8_t *)"/", 1}};

static int choose(struct sto_buf *out, const struct values *v)
{
	struct sto_page_choice choices[] = {{v->text, v->path}, {STO_SPAN("GitHub"), v->path}};
	return sto_page_choose(out, &page, choices, 2, v->text);
}

static int onward(struct sto_buf *out, const struct values *v)
{
	return sto_page_onward(out, &page, v->text, v->path);
}

static int refused(struct sto_buf *out, const struct values *v)
{
	const struct sto_page other = {page.nonce, v->path};
	struct sto_page_refusal refusal = {v->text, v->text, v->text, v->text, v->text, v->path, v->text};
	return sto_page_refused(out, &other, &refusal);
}

static int signed_out(struct sto_buf *out, const struct values *v)
{
	return sto_page_signed_out(out, &page, STO_PAGE_SIGNED_OUT, v->path, v->path);
}

static int revoked(struct sto_buf *out, const struct values *v)
{
	return sto_page_signed_out(out, &page, STO_PAGE_REVOKED, v->path, v->path);
}

static int expired(struct sto_buf *out, const struct values *v)
{
	return sto_page_signed_out(out, &page, STO_PAGE_EXPIRED, v->path, STO_SPAN(""));
}

static int sign_out(struct sto_buf *out, const struct values *v)
{
	return sto_page_sign_out(out, &page, v->path, v->text, v->text);
}

static int forbidden(struct sto_buf *out, const struct values *v)
{
	return sto_page_forbidden(out, &page, v->text, v->path);
}

static int other_host(struct sto_buf *out, const struct values *v)
{
	return sto_page_other_host(out, &page, v->text, v->url, v->text);
}

static int other_host_to_a_visitor(struct sto_buf *out, const struct values *v)
{
	return sto_page_other_host(out, &page, v->text, STO_SPAN(""), STO_SPAN(""));
}

static int set_up(struct sto_buf *out, const char *code, const struct values *v)
{
	json_t *findings = json_pack("[{s:s,s:s,s:s%},{s:s,s:s,s:s%}]", "severity", "error", "code", code,
				     "message", v->json_text.ptr, v->json_text.len, "severity", "warning",
				     "code", "short_secret", "message", v->json_text.ptr, v->json_text.len);
	assert_non_null(findings);
	char *text = json_dumps(findings, 0);
	int rc = sto_page_set_up(out, &page, sto_span_str(text), v->text, true);
	free(text);
	json_decref(findings);
	return rc;
}

static int set_up_first(struct sto_buf *out, const struct values *v)
{
	return set_up(out, "nothing_configured", v);
}

static int set_up_wrong(struct sto_buf *out, const struct values *v)
{
	return set_up(out, "unknown_key", v);
}

static int set_up_to_a_visitor(struct sto_buf *out, const struct values *v)
{
	return sto_page_set_up(out, &page, v->text, v->text, false);
}

static int (*const pages[])(struct sto_buf *out, const struct values *v) = {
	choose,
	onward,
	refused,
	signed_out,
	revoked,
	expired,
	sign_out,
	forbidden,
	other_host,
	other_host_to_a_visitor,
	set_up_first,
	set_up_wrong,
	set_up_to_a_visitor,
};
#define N_PAGES (sizeof(pages) / sizeof(*pages))

/* ---- a reader of HTML, strict enough for ours */

static bool is_name(uint8_t c)
{
	return sto_is_alnum(c) || c == '-' || c == '!';
}

static struct sto_span take_name(struct sto_span *rest)
{
	size_t len = 0;
	while (len < rest->len && is_name(rest->ptr[len]))
		len++;
	struct sto_span name = sto_span_slice(*rest, 0, len);
	*rest = sto_span_slice(*rest, len, rest->len);
	return name;
}

static void take(struct sto_span *rest, const char *expected)
{
	assert_true(sto_span_starts_with(*rest, sto_span_str(expected)));
	*rest = sto_span_slice(*rest, strlen(expected), rest->len);
}

/* Reads the rest of a tag and appends the names of its attributes. */
static void read_tag(struct sto_buf *out, struct sto_span *rest)
{
	struct sto_span value;
	while (rest->ptr[0] != '>') {
		take(rest, " ");
		assert_ok(sto_buf_put_byte(out, ' '));
		assert_ok(sto_buf_put(out, take_name(rest)));
		if (rest->ptr[0] != '=')
			continue;
		take(rest, "=\"");
		assert_true(sto_span_split(&value, rest, '"'));
		assert_int_equal(sto_span_find(value, '<'), value.len);
	}
	take(rest, ">");
	assert_ok(sto_buf_put_byte(out, '\n'));
}

static bool is_void(struct sto_span name)
{
	return sto_span_equal(name, STO_SPAN("meta")) || sto_span_equal(name, STO_SPAN("input")) ||
	       sto_span_equal(name, STO_SPAN("!doctype"));
}

/* Behind <style> and <script> nothing ends but that very element. */
static void skip_raw_text(struct sto_span *rest, struct sto_span name)
{
	if (!sto_span_equal(name, STO_SPAN("style")) && !sto_span_equal(name, STO_SPAN("script")))
		return;
	size_t end = sto_span_find(*rest, '<');
	*rest = sto_span_slice(*rest, end, rest->len);
	assert_true(sto_span_starts_with(*rest, STO_SPAN("</")));
}

/* Appends the tags of a document, one a line; fails where they do not nest. */
static void outline(struct sto_buf *out, struct sto_span rest)
{
	struct sto_span open[32], text;
	size_t depth = 0;
	while (sto_span_split(&text, &rest, '<') && rest.ptr != NULL) {
		bool closes = rest.ptr[0] == '/';
		if (closes)
			take(&rest, "/");
		struct sto_span name = take_name(&rest);
		assert_true(name.len > 0);
		assert_ok(sto_buf_put_str(out, closes ? "/" : ""));
		assert_ok(sto_buf_put(out, name));
		read_tag(out, &rest);
		if (closes) {
			assert_true(depth > 0 && sto_span_equal(name, open[--depth]));
		} else if (!is_void(name)) {
			assert_true(depth < 32);
			open[depth++] = name;
			skip_raw_text(&rest, name);
		}
	}
	assert_int_equal(depth, 0);
}

static bool holds(struct sto_span text, const char *part)
{
	struct sto_span wanted = sto_span_str(part);
	for (size_t at = 0; at + wanted.len <= text.len; at++)
		if (sto_span_equal(sto_span_slice(text, at, wanted.len), wanted))
			return true;
	return false;
}

static size_t count(struct sto_span text, const char *part)
{
	size_t found = 0, len = strlen(part);
	for (size_t at = 0; at + len <= text.len; at++)
		found += sto_span_equal(sto_span_slice(text, at, len), sto_span_str(part));
	return found;
}

/* A page and its outline. */
struct shown {
	struct sto_buf html, tags;
};

static struct sto_span show(struct shown *shown, size_t which, const struct values *v)
{
	sto_buf_init(&shown->html, 1 << 20);
	sto_buf_init(&shown->tags, 1 << 16);
	assert_ok(pages[which](&shown->html, v));
	outline(&shown->tags, sto_buf_span(&shown->html));
	return sto_buf_span(&shown->html);
}

static void forget(struct shown *shown)
{
	sto_buf_finish(&shown->html);
	sto_buf_finish(&shown->tags);
}

/* ---- the facts of all pages */

static void every_page_has_one_title_one_heading_one_main_and_a_language(void **state)
{
	struct shown shown;
	(void)state;
	for (size_t i = 0; i < N_PAGES; i++) {
		struct sto_span html = show(&shown, i, &plain), tags = sto_buf_span(&shown.tags);
		assert_true(sto_span_starts_with(
			html, STO_SPAN("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")));
		assert_true(sto_span_ends_with(html, STO_SPAN("</main></body></html>\n")) ||
			    sto_span_ends_with(html, STO_SPAN("</script></body></html>\n")));
		assert_int_equal(count(tags, "\ntitle\n"), 1);
		assert_int_equal(count(tags, "\nh1\n"), 1);
		assert_int_equal(count(tags, "\nmain\n"), 1);
		forget(&shown);
	}
}

/* RD-18, CB-17, LG-11: the tags are the same, whatever the texts and addresses are. */
static void rd_18_cb_17_lg_11_what_others_say_never_becomes_markup(void **state)
{
	struct shown one, other;
	(void)state;
	for (size_t i = 0; i < N_PAGES; i++) {
		(void)show(&one, i, &plain);
		struct sto_span html = show(&other, i, &hostile);
		assert_int_equal(one.tags.len, other.tags.len);
		assert_memory_equal(one.tags.data, other.tags.data, one.tags.len);
		assert_false(holds(html, "<script>"));
		assert_false(holds(html, "alert(1)<"));
		forget(&one);
		forget(&other);
	}
}

static void rd_18_addresses_are_escaped_in_every_link_and_form(void **state)
{
	static int (*const with_path[])(struct sto_buf * out, const struct values *v) = {
		choose, onward, refused, signed_out, revoked, expired, sign_out, forbidden,
	};
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1 << 20);
	for (size_t i = 0; i < sizeof(with_path) / sizeof(*with_path); i++) {
		sto_buf_clear(&out);
		assert_ok(with_path[i](&out, &hostile));
		assert_true(holds(sto_buf_span(&out),
				  "=\"/&lt;/title&gt;&lt;/style&gt;&lt;/script&gt;&lt;/pre&gt;&lt;script&gt;"
				  "alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&#96;"
				  "&amp;&lt;!--"));
	}
	sto_buf_finish(&out);
}

static void cb_17_control_characters_and_broken_bytes_reach_no_page(void **state)
{
	struct shown shown;
	(void)state;
	for (size_t i = 0; i < N_PAGES; i++) {
		struct sto_span html = show(&shown, i, &hostile);
		for (size_t at = 0; at < html.len; at++)
			assert_true(html.ptr[at] == '\n' || !sto_is_control(html.ptr[at]));
		assert_true(sto_utf8_valid(html));
		assert_false(holds(html, "\nSet-Cookie"));
		assert_false(holds(html, "\xc2\x9b"));
		forget(&shown);
	}
}

static void no_page_loads_anything_or_runs_anything_but_its_one_script(void **state)
{
	struct shown shown;
	(void)state;
	for (size_t i = 0; i < N_PAGES; i++) {
		struct sto_span html = show(&shown, i, &plain), tags = sto_buf_span(&shown.tags);
		static const char *const never[] = {"\nlink", "\nimg", "\niframe", "\nbase",     "\nobject",
						    " src",   " on",   " style",   " http-equiv"};
		for (size_t k = 0; k < sizeof(never) / sizeof(*never); k++)
			assert_false(holds(tags, never[k]));
		assert_false(holds(html, "@import"));
		assert_false(holds(html, "url("));
		assert_true(count(html, "<script") <= 1);
		assert_int_equal(count(html, "<script"), count(html, "<script nonce=\"" NONCE "\">"));
		assert_int_equal(count(html, "<style"), count(html, "<style nonce=\"" NONCE "\">"));
		forget(&shown);
	}
}

static void a_page_that_does_not_fit_leaves_the_buffer_alone(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 3000);
	assert_ok(sto_buf_put_str(&out, "before"));
	for (size_t i = 0; i < N_PAGES; i++) {
		assert_int_equal(pages[i](&out, &hostile), STO_TOO_LARGE);
		assert_span(sto_buf_span(&out), "before");
	}
	sto_buf_finish(&out);
}

static void rd_18_a_link_that_leads_away_makes_no_page(void **state)
{
	static const char *const away[] = {
		"//evil.example",      "/\\evil.example",  "\\/evil.example",
		"/\t/evil.example",    "/\n/evil.example", "https://evil.example",
		"javascript:alert(1)", " /path",           "path",
	};
	static int (*const with_path[])(struct sto_buf * out, const struct values *v) = {
		choose, onward, refused, signed_out, sign_out, forbidden,
	};
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1 << 16);
	for (size_t i = 0; i < sizeof(away) / sizeof(*away); i++) {
		struct values v = plain;
		v.path = sto_span_str(away[i]);
		for (size_t k = 0; k < sizeof(with_path) / sizeof(*with_path); k++)
			assert_int_equal(with_path[k](&out, &v), STO_USAGE);
		assert_int_equal(out.len, 0);
	}
	sto_buf_finish(&out);
}

static void rd_18_the_configured_address_is_one_of_the_web(void **state)
{
	static const char *const wrong[] = {"javascript:alert(1)//https://a", "data:text/html,x",
					    "//a.example", "https://a.example\\@b.example"};
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1 << 16);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(sto_page_other_host(&out, &page, STO_SPAN("x"), sto_span_str(wrong[i]),
						     STO_SPAN("x")),
				 STO_USAGE);
	assert_int_equal(out.len, 0);
	sto_buf_finish(&out);
}

/* ---- the facts of one page */

static void each_provider_gets_one_link_that_waits_for_the_fragment(void **state)
{
	struct sto_page_choice choices[] = {
		{STO_SPAN("Google"), STO_SPAN("/auth/login?provider=g&next=%2F")},
		{STO_SPAN("GitHub"), STO_SPAN("/auth/login?provider=h&next=%2F")}};
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1 << 16);
	assert_ok(sto_page_choose(&out, &page, choices, 2, STO_SPAN("")));
	struct sto_span html = sto_buf_span(&out);
	assert_int_equal(count(html, "<a class=\"way\" data-next "), 2);
	assert_true(holds(html, "data-next href=\"/auth/login?provider=g&amp;next=%2F\">"));
	assert_true(holds(html, "Continue with <bdi>GitHub</bdi>"));
	assert_false(holds(html, "role=\"alert\""));
	sto_buf_finish(&out);
}

static void a_refusal_tells_a_visitor_nothing_for_the_operator(void **state)
{
	struct sto_page_refusal refusal = {.title = STO_SPAN("Sign-in was cancelled"),
					   .sentence = STO_SPAN("You said no."),
					   .reference = STO_SPAN("K7PQ2M4X"),
					   .retry = STO_SPAN("/auth/login")};
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1 << 16);
	assert_ok(sto_page_refused(&out, &page, &refusal));
	struct sto_span html = sto_buf_span(&out);
	assert_true(holds(html, "<h1>Sign-in was cancelled</h1><p role=\"alert\">You said no.</p>"));
	assert_true(holds(html, "href=\"/auth/login\">Try again</a>"));
	assert_true(holds(html, "Reference: <code>K7PQ2M4X</code>"));
	assert_false(holds(html, "<section"));
	sto_buf_finish(&out);
}

static void a_refusal_without_another_try_leads_to_the_start_page(void **state)
{
	struct sto_page_refusal refusal = {.title = STO_SPAN("No"), .sentence = STO_SPAN("No.")};
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1 << 16);
	assert_ok(sto_page_refused(&out, &page, &refusal));
	struct sto_span html = sto_buf_span(&out);
	assert_int_equal(count(html, "<a "), 1);
	assert_true(holds(html, "<a class=\"button primary\" href=\"/\">Go to the start page</a>"));
	assert_false(holds(html, "Reference"));
	sto_buf_finish(&out);
}

static void signing_out_is_a_form_that_posts(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1 << 16);
	assert_ok(
		sto_page_sign_out(&out, &page, STO_SPAN("/auth/logout"), STO_SPAN("c-s_rf"), STO_SPAN("/a")));
	struct sto_span html = sto_buf_span(&out);
	assert_true(holds(html, "<form method=\"post\" action=\"/auth/logout\">"
				"<input type=\"hidden\" name=\"csrf\" value=\"c-s_rf\">"
				"<input type=\"hidden\" name=\"next\" value=\"/a\">"));
	sto_buf_finish(&out);
}

static void a_visitor_reads_no_setting(void **state)
{
	struct shown shown;
	(void)state;
	static int (*const to_a_visitor[])(struct sto_buf * out, const struct values *v) = {
		other_host_to_a_visitor, set_up_to_a_visitor};
	for (size_t i = 0; i < 2; i++) {
		sto_buf_init(&shown.html, 1 << 16);
		assert_ok(to_a_visitor[i](&shown.html, &plain));
		assert_false(holds(sto_buf_span(&shown.html), "secrets.toml"));
		assert_false(holds(sto_buf_span(&shown.html), "<pre"));
		sto_buf_finish(&shown.html);
	}
}

static void an_empty_configuration_shows_the_block_and_the_command(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1 << 16);
	assert_ok(set_up_first(&out, &plain));
	struct sto_span html = sto_buf_span(&out);
	assert_true(
		holds(html, "<pre data-copy=\"Copy the command\"><code>st-oauth dev app.py</code></pre>"));
	assert_true(holds(html, "<code>[auth]\ntype = \"oidc\"\nprovider = \"google\"\n"));
	assert_true(holds(html, ".streamlit/secrets.toml"));
	sto_buf_clear(&out);
	assert_ok(sto_page_set_up(&out, &page, STO_SPAN(""), STO_SPAN(""), true));
	assert_true(holds(sto_buf_span(&out), "st-oauth dev app.py"));
	sto_buf_finish(&out);
}

static void a_wrong_configuration_shows_every_finding_errors_first(void **state)
{
	static const char findings[] = "[{\"severity\":\"warning\",\"code\":\"w\",\"message\":\"Third.\"},"
				       "{\"severity\":\"error\",\"code\":\"e\",\"message\":\"First.\"},"
				       "{\"severity\":\"error\",\"code\":\"e\",\"message\":\"Second.\"}]";
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1 << 16);
	assert_ok(sto_page_set_up(&out, &page, sto_span_str(findings), STO_SPAN("K7PQ2M4X"), true));
	struct sto_span html = sto_buf_span(&out);
	assert_true(holds(html, "<li><span class=\"chip error\">Error</span> First.</li>"
				"<li><span class=\"chip error\">Error</span> Second.</li>"
				"<li><span class=\"chip warning\">Warning</span> Third.</li>"));
	assert_false(holds(html, "st-oauth dev"));
	assert_true(holds(html, "K7PQ2M4X"));
	sto_buf_finish(&out);
}

static void findings_that_are_none_make_no_page(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1 << 16);
	assert_int_equal(sto_page_set_up(&out, &page, STO_SPAN("{}"), STO_SPAN(""), true), STO_BAD_JSON);
	assert_int_equal(sto_page_set_up(&out, &page, STO_SPAN("["), STO_SPAN(""), true), STO_BAD_JSON);
	assert_int_equal(out.len, 0);
	sto_buf_finish(&out);
}

/* ---- the policy */

#define POLICY                                                                                               \
	"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'nonce-" NONCE               \
	"'; script-src 'nonce-" NONCE "'; form-action 'self'"

static void cb_16_the_policy_lets_nothing_else_in_and_nobody_frame_it(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1024);
	assert_ok(sto_page_policy(&out, page.nonce, STO_SPAN("")));
	assert_span(sto_buf_span(&out), POLICY);
	sto_buf_finish(&out);
}

static void the_policy_lets_a_form_lead_on_to_one_origin(void **state)
{
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1024);
	assert_ok(sto_page_policy(&out, page.nonce, STO_SPAN("https://op.example:8443/end?a=b;c")));
	assert_span(sto_buf_span(&out), POLICY " https://op.example:8443");
	sto_buf_finish(&out);
}

static void cb_17_nothing_can_add_a_directive_to_the_policy(void **state)
{
	static const char *const nonces[] = {"", "a'; script-src *", "a b", "a;b", "a\r\nSet-Cookie: a=b"};
	static const char *const targets[] = {"https://a;script-src",
					      "https://a,b",
					      "https://a b",
					      "*",
					      "'unsafe-inline'",
					      "https://",
					      "javascript:",
					      "https://a\r\nX: y",
					      "data:"};
	struct sto_buf out;
	(void)state;
	sto_buf_init(&out, 1024);
	for (size_t i = 0; i < sizeof(nonces) / sizeof(*nonces); i++)
		assert_int_equal(sto_page_policy(&out, sto_span_str(nonces[i]), STO_SPAN("")), STO_USAGE);
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		assert_int_equal(sto_page_policy(&out, page.nonce, sto_span_str(targets[i])), STO_USAGE);
	assert_int_equal(out.len, 0);
	sto_buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page_has_one_title_one_heading_one_main_and_a_language),
		cmocka_unit_test(rd_18_cb_17_lg_11_what_others_say_never_becomes_markup),
		cmocka_unit_test(rd_18_addresses_are_escaped_in_every_link_and_form),
		cmocka_unit_test(cb_17_control_characters_and_broken_bytes_reach_no_page),
		cmocka_unit_test(no_page_loads_anything_or_runs_anything_but_its_one_script),
		cmocka_unit_test(a_page_that_does_not_fit_leaves_the_buffer_alone),
		cmocka_unit_test(rd_18_a_link_that_leads_away_makes_no_page),
		cmocka_unit_test(rd_18_the_configured_address_is_one_of_the_web),
		cmocka_unit_test(each_provider_gets_one_link_that_waits_for_the_fragment),
		cmocka_unit_test(a_refusal_tells_a_visitor_nothing_for_the_operator),
		cmocka_unit_test(a_refusal_without_another_try_leads_to_the_start_page),
		cmocka_unit_test(signing_out_is_a_form_that_posts),
		cmocka_unit_test(a_visitor_reads_no_setting),
		cmocka_unit_test(an_empty_configuration_shows_the_block_and_the_command),
		cmocka_unit_test(a_wrong_configuration_shows_every_finding_errors_first),
		cmocka_unit_test(findings_that_are_none_make_no_page),
		cmocka_unit_test(cb_16_the_policy_lets_nothing_else_in_and_nobody_frame_it),
		cmocka_unit_test(the_policy_lets_a_form_lead_on_to_one_origin),
		cmocka_unit_test(cb_17_nothing_can_add_a_directive_to_the_policy),
	};
	return cmocka_run_group_tests(tests, make_hostile, NULL);
}
