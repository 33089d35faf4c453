/* An app with its realm, two providers that nobody needs a socket for, and a browser: what the tests of the
 * realm share. The clock is the first provider's. */
#ifndef STO_REALM_TEST_SITE_H
#define STO_REALM_TEST_SITE_H

#include "base/test.h"
#include "gate/test_provider.h"
#include "realm/realm.h"

#define TEST_COOKIES 24

/* Two providers, "one" and "two", of an app at https://app.example. */
#define TEST_TWO                                                                                             \
	"'secret': 'q4t8Vd1mR7xK2pZ9sWb5nYc3jLf6hGa0eUoTiXyBvNM', 'public_url': 'https://app.example', "     \
	"'one': {'issuer': 'https://op.example', 'client_id': 'app', 'client_secret': 's3cret'}, "           \
	"'two': {'issuer': 'https://two.example', 'client_id': 'app', 'client_secret': 's3cret'}"
/* One of them alone. */
#define TEST_ONE                                                                                             \
	"'secret': 'q4t8Vd1mR7xK2pZ9sWb5nYc3jLf6hGa0eUoTiXyBvNM', 'public_url': 'https://app.example', "     \
	"'one': {'issuer': 'https://op.example', 'client_id': 'app', 'client_secret': 's3cret'}"

struct test_cookie {
	char name[80], value[4000];
	bool secure;
};

/* A browser, as far as cookies go. */
struct test_jar {
	struct test_cookie cookies[TEST_COOKIES];
	size_t n;
};

struct test_site {
	struct test_provider one, two; /* https://op.example and https://two.example */
	struct sto_transport transport;
	struct sto_store store;
	struct sto_session_store sessions;
	int failing;       /* the code that every call of the session store fails with; 0: none */
	int failing_write; /* the same for those that write */
	sto_realm *realm;
	struct test_jar jar;
	const char *host;  /* the Host header */
	const char *reply; /* to what a hook is asked; NULL: none is given, and the operation is dropped */
	int max_steps;     /* then the operation is dropped; -1: never */
	bool loopback_peer;
	void (*around)(bool begins); /* called before and after the realm is at work; NULL: nothing */
	/* of the last request */
	sto_op *op;
	const struct sto_response *response; /* NULL where the operation was dropped */
	int steps;
	bool asked;
	json_t *question; /* what was asked last */
	json_t *events;
	size_t n_before; /* sessions before it */
	/* of the last login that was begun */
	struct test_provider *provider;
	struct sto_buf state, redirect_uri, authorize_url;
};

/* Opens it with [auth] in the words of test_config_request(): TEST_TWO in braces, say. */
void test_site_open(struct test_site *site, const char *auth);
void test_site_open_with(struct test_site *site, const char *auth, const char *facts);
/* One whose configuration is wrong. */
void test_site_open_closed(struct test_site *site, const char *auth);
/* Another configuration over the same stores, as after a restart. */
void test_site_restart(struct test_site *site, const char *auth);
void test_site_close(struct test_site *site);
/* So many sessions are in the store. */
size_t test_count(const struct test_site *site);
void test_wait(struct test_site *site, int64_t sec); /* the clock goes on */

struct test_request {
	const char *method, *target; /* target: path and query */
	const char *headers; /* "Name: value" lines: each takes the place of the browser's own; NULL: none */
	struct sto_span body;
	bool is_socket;
};
/* Sends a request with the browser's cookies and steps it to its end; the jar takes what the answer sets. */
void test_send(struct test_site *site, const struct test_request *request);
/* A navigation: what a browser sends for a click on this site. */
void test_get(struct test_site *site, const char *target);
void test_get_with(struct test_site *site, const char *target, const char *headers);
/* A form of this site. */
void test_post(struct test_site *site, const char *target, const char *headers, const char *body);
/* A script's fetch. */
void test_fetch(struct test_site *site, const char *target);
void test_socket(struct test_site *site, const char *target, const char *headers);

/* Of the last response: a header, "" where it is absent; static text. */
const char *test_header(const struct test_site *site, const char *name);
const char *test_location(const struct test_site *site);
bool test_body_has(const struct test_site *site, const char *text);
/* A member of the one audit event; "" where there is none. Fails where there are several. */
const char *test_event(const struct test_site *site, const char *member);
/* The name of the session cookie that the last response set; "" where none. */
bool test_sets_session(const struct test_site *site);

void test_expect_pass(const struct test_site *site);
void test_expect_redirect(const struct test_site *site, const char *location);
/* A refusal: status, the audit event's name and reason, no session cookie, and no session more than before.
 */
void test_expect_refused(const struct test_site *site, int status, const char *event, const char *reason);
/* JSON with this reason, and no audit event. */
void test_expect_denied(const struct test_site *site, int status, const char *reason);

/* --- cookies */
/* The cookie whose name holds `part`; NULL where there is none. */
struct test_cookie *test_cookie_of(struct test_jar *jar, const char *part);
/* Puts one in; one of the same name goes. */
void test_cookie_put(struct test_jar *jar, const char *name, const char *value);
/* The value of the session cookie; "" where there is none. */
const char *test_session_cookie(struct test_site *site);
/* Whether the browser is signed in: the whole way, by /auth/user. */
bool test_is_signed_in(struct test_site *site);
/* The same for a request with this Cookie header and no other. */
bool test_is_somebody(struct test_site *site, const char *format, ...) STO_PRINTF(2, 3);
/* What /auth/user says of a member; "" where nothing. Static text. */
const char *test_user(struct test_site *site, const char *member);

/* --- a login */
/* GET of the target, which must lead to a provider; keeps what was sent there. */
void test_begin_login(struct test_site *site, const char *target);
/* A parameter of the last authorization request; "" where there is none. Static text. */
const char *test_authorize_param(const struct test_site *site, const char *name);
/* The provider's good answer to the last login that was begun, as a target; static text. */
const char *test_answer_target(const struct test_site *site);
void test_come_back(struct test_site *site); /* GET of it */
/* The whole of it, which must end in the app at `next`. */
void test_sign_in_at(struct test_site *site, const char *provider, const char *next);
void test_sign_in_by(struct test_site *site, const char *provider);

#endif
