/* One request and its answer, without a network: what the routes work on. */
#ifndef DEV_EXCHANGE_H
#define DEV_EXCHANGE_H

#include <jansson.h>

#include "stoauth/buf.h"
#include "stoauth/error.h"

/* Borrowed from the server; absent headers are empty. */
struct dev_request {
	struct sto_span method, path, query, body, host, content_type, authorization, cookie;
};

struct dev_response {
	int status;
	const char *content_type; /* static; NULL: no body */
	const char *allow;        /* for 405; static */
	bool may_be_kept;         /* by caches, for a minute */
	struct sto_buf body, location, set_cookie, www_authenticate, csp;
};

void dev_response_init(struct dev_response *res);
void dev_response_finish(struct dev_response *res);

/* Sets the status and a JSON body; takes the reference. STO_NO_MEMORY where `json` is NULL. */
STO_CHECKED int dev_answer_json(struct dev_response *res, int status, json_t *json);

/* An error of RFC 6749 section 5.2: {"error", "error_description"}. */
STO_CHECKED int dev_answer_error(struct dev_response *res, int status, const char *error,
				 const char *description);

/* 303 to `location`. */
STO_CHECKED int dev_answer_redirect(struct dev_response *res, struct sto_span location);

/* The fields of a form or query. */
struct dev_form {
	json_t *field;     /* name to text, the first of each name; NULL: not a form */
	char repeated[64]; /* the name of one that stands twice, or empty */
};

/* False, with field NULL, where it is no form. Finish it in either case. */
bool dev_form_read(struct dev_form *out, struct sto_span text);
void dev_form_finish(struct dev_form *form);

/* A field's text; NULL where it is absent or empty (RFC 6749 section 3.1: both mean the same). */
const char *dev_form_get(const struct dev_form *form, const char *name);

/* Whether the body of that request calls itself a form. */
bool dev_is_form(const struct dev_request *req);

/* A member of an object as text, "" where it is none. */
const char *dev_text(const json_t *object, const char *name);

/* Whether `word` is one of the words in a list separated by blanks, such as a scope. */
bool dev_has_word(const char *list, const char *word);

#endif
