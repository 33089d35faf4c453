/* The pages: HTML that is escaped wherever it says something of others, one stylesheet, and the policy that
 * lets nothing else in. */
#ifndef DEV_PAGE_H
#define DEV_PAGE_H

#include "dev/exchange.h"

/* Writes into a buffer and remembers the first thing that went wrong. */
struct dev_html {
	struct sto_buf *out;
	int rc;
};

void dev_html_raw(struct dev_html *html, const char *markup);
/* Escaped for text and for attributes in double quotes; control characters become blanks. */
void dev_html_text(struct dev_html *html, const char *text);
/* `markup` with each '%' replaced by the next text, escaped; the texts end with NULL. */
void dev_html_put(struct dev_html *html, const char *markup, ...);

/* The frame of a page: begin, write the body, end. The title goes into <title>; `wide_images` lets pictures
 * from other sites in. */
void dev_page_begin(struct dev_html *html, struct dev_response *res, const char *title);
STO_CHECKED int dev_page_end(struct dev_html *html, struct dev_response *res, int status, bool wide_images);

/* A page of a heading and a sentence. */
STO_CHECKED int dev_answer_page(struct dev_response *res, int status, const char *heading,
				const char *sentence);
/* With a second sentence, the mend, of which `code` is shown as something to type (NULL: none). */
STO_CHECKED int dev_answer_mend(struct dev_response *res, const char *heading, const char *sentence,
				const char *mend, const char *code);

/* A round picture with the initials of a name. `size` in pixels. */
void dev_avatar_svg(struct dev_html *html, const char *name, const char *size);

/* The stylesheet in parts, ended by NULL. */
extern const char *const dev_style[];

#endif
