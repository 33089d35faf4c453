/* The pages that a visitor meets: HTML that is escaped wherever it says something of others, one stylesheet
 * for light and dark, and a policy that lets nothing else in. Each appends a whole document to `out`, or
 * leaves it as it was: STO_USAGE where a URL that should be a path on this origin is none, STO_TOO_LARGE,
 * STO_NO_MEMORY. */
#ifndef STO_REALM_PAGES_H
#define STO_REALM_PAGES_H

#include "stoauth/buf.h"
#include "stoauth/error.h"

/* What all pages share. URLs are paths on this origin, escaped for a URL already; the pages escape them for
 * HTML. */
struct sto_page {
	struct sto_span nonce; /* of the one script a page may have (Content-Security-Policy) */
	struct sto_span home;  /* the start page */
};

/* Appends the Content-Security-Policy of every page: nothing from elsewhere, no frame, the script of this
 * nonce, forms to this origin and to the origin of the URL `form_to` (where a form's answer leads on to;
 * empty: none). STO_USAGE where the nonce is no base64 or `form_to` no URL. */
STO_CHECKED int sto_page_policy(struct sto_buf *out, struct sto_span nonce, struct sto_span form_to);

struct sto_page_choice {
	struct sto_span label, url;
};
/* Several providers to choose from. The fragment of the page's own address is put into each link's `next` by
 * the script, because the server never sees it. `notice` (empty: none) says why the last sign-in did not
 * work. */
STO_CHECKED int sto_page_choose(struct sto_buf *out, const struct sto_page *page,
				const struct sto_page_choice *choices, size_t n_choices,
				struct sto_span notice);

/* One provider: goes there at once by script, with the fragment kept; a link for who has no script. */
STO_CHECKED int sto_page_onward(struct sto_buf *out, const struct sto_page *page, struct sto_span label,
				struct sto_span url);

/* A sign-in or request that was refused: the sentence, the reference, and the way on. `hint` and `detail` are
 * for who may see them (the operator on loopback), else empty. `retry` may be empty. */
struct sto_page_refusal {
	struct sto_span title, sentence, reference, hint, detail, retry, retry_label;
};
STO_CHECKED int sto_page_refused(struct sto_buf *out, const struct sto_page *page,
				 const struct sto_page_refusal *refusal);

/* Signed out: why, the way to sign in again, and (empty: none) the way to the public part of the app. */
enum sto_page_signed_out_why {
	STO_PAGE_SIGNED_OUT,
	STO_PAGE_REVOKED,
	STO_PAGE_EXPIRED,
};
STO_CHECKED int sto_page_signed_out(struct sto_buf *out, const struct sto_page *page,
				    enum sto_page_signed_out_why why, struct sto_span login,
				    struct sto_span home);

/* "Do you want to sign out?": a form that posts `csrf` and `next` to `action`. */
STO_CHECKED int sto_page_sign_out(struct sto_buf *out, const struct sto_page *page, struct sto_span action,
				  struct sto_span csrf, struct sto_span next);

/* Signed in, and not allowed here: who is signed in, and a way to be somebody else. */
STO_CHECKED int sto_page_forbidden(struct sto_buf *out, const struct sto_page *page, struct sto_span name,
				   struct sto_span sign_out);

/* The browser's address is not the configured one: which key to set to which value. `there` is the configured
 * URL of the same page, as sto_url_parse() takes it (else STO_USAGE); `setting` the line to write. For a
 * visitor who may not see that: both empty. */
STO_CHECKED int sto_page_other_host(struct sto_buf *out, const struct sto_page *page, struct sto_span here,
				    struct sto_span there, struct sto_span setting);

/* Nothing, or something wrong, is configured: every finding (a JSON array as sto_realm_open() gives it) and,
 * on an empty configuration, the block to paste and the command `st-oauth dev`. `in_full` is for who sits at
 * this machine; others read that the app is not set up, with the reference. STO_BAD_JSON. */
STO_CHECKED int sto_page_set_up(struct sto_buf *out, const struct sto_page *page, struct sto_span findings,
				struct sto_span reference, bool in_full);

#endif
