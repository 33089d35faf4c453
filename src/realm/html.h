/* The frame that every page stands in, and the writer of what is in it. */
#ifndef STO_REALM_HTML_H
#define STO_REALM_HTML_H

#include "realm/pages.h"

/* Writes a document into a buffer and remembers the first thing that went wrong. */
struct sto_html {
	struct sto_buf *out;
	size_t before; /* where the document begins */
	int rc;
};

/* The picture at the top of a page. */
enum sto_html_icon {
	STO_ICON_PERSON,
	STO_ICON_DONE,
	STO_ICON_ALERT,
	STO_ICON_CLOSED,
	STO_ICON_SETTINGS,
};

/* Begins a document whose title and heading are `title`. */
void sto_html_begin(struct sto_html *html, struct sto_buf *out, const struct sto_page *page,
		    struct sto_span title, enum sto_html_icon icon);
/* Ends it, with `script` as its one script (NULL: none). On failure the buffer is as it was before. */
STO_CHECKED int sto_html_end(struct sto_html *html, const struct sto_page *page, const char *script);

/* Markup of our own, as it is. */
void sto_html_raw(struct sto_html *html, const char *markup);
/* Markup of our own with each '%' replaced by the next of `n` texts, escaped. */
void sto_html_put_all(struct sto_html *html, const char *markup, const struct sto_span *texts, size_t n);
#define sto_html_put(html, markup, ...)                                                                      \
	sto_html_put_all((html), (markup), (const struct sto_span[]){__VA_ARGS__},                           \
			 sizeof((const struct sto_span[]){__VA_ARGS__}) / sizeof(struct sto_span))

/* `href="..."` or `action="..."`; fails with STO_USAGE where `url` is no path on this origin. */
void sto_html_path(struct sto_html *html, const char *attribute, struct sto_span url);
/* A link that looks like a button: `class` is "primary" or "quiet". Nothing where `url` is empty. */
void sto_html_button(struct sto_html *html, const char *class, struct sto_span url, struct sto_span text);
/* Something to type or paste: markup of our own in which '%' is `text`. A button copies it, whose name for a
 * screen reader is `copy`. */
void sto_html_block(struct sto_html *html, const char *markup, struct sto_span text, const char *copy);
/* "Reference: ABC", nothing where it is empty. */
void sto_html_reference(struct sto_html *html, struct sto_span reference);

/* The stylesheet in parts, ended by NULL. */
extern const char *const sto_page_style[];

/* Gives every link with data-next the fragment of the page's address; the second goes to the first of them.
 */
extern const char sto_script_fragment[], sto_script_onward[];
/* Puts a button to copy it beside every block. */
extern const char sto_script_copy[];

#endif
