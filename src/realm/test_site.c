#include "realm/test_site.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "http/form.h"
#include "http/url.h"
#include "realm/test_config.h"
#include "store/store.h"

/* --- the world */

/* Leads to either provider. */
static int route(void *ctx, struct sto_fetched *out, const struct sto_fetch *request, struct sto_error *err)
{
	struct test_site *site = ctx;
	bool two = sto_span_starts_with(request->url, STO_SPAN("https://two.example/"));
	struct test_provider *provider = two ? &site->two : &site->one;
	return provider->transport.ops->fetch(provider, out, request, err);
}

static const struct sto_transport_ops router = {
	STO_TRANSPORT_ABI, sizeof(struct sto_transport_ops), "router", NULL, route, NULL};

static struct test_site *the_site; /* whose session store may fail */
static struct sto_session_store inner;

static int may_write(struct sto_error *err)
{
	int rc = the_site->failing != 0 ? the_site->failing : the_site->failing_write;
	return rc == 0 ? STO_OK : sto_fail(err, rc, "as the test said");
}

static int put(void *ctx, const struct sto_session_row *row, int64_t now_sec, struct sto_error *err)
{
	int rc = may_write(err);
	return rc != STO_OK ? rc : inner.ops->put(ctx, row, now_sec, err);
}

static int get(void *ctx, struct sto_buf *sealed, uint64_t *revision, struct sto_span id, int64_t now_sec,
	       struct sto_error *err)
{
	if (the_site->failing != 0)
		return sto_fail(err, the_site->failing, "as the test said");
	return inner.ops->get(ctx, sealed, revision, id, now_sec, err);
}

static int replace(void *ctx, struct sto_span old_id, uint64_t revision, const struct sto_session_row *row,
		   uint8_t change, int64_t now_sec, struct sto_error *err)
{
	int rc = may_write(err);
	return rc != STO_OK ? rc : inner.ops->replace(ctx, old_id, revision, row, change, now_sec, err);
}

static int drop(void *ctx, struct sto_span id, uint8_t change, int64_t now_sec, struct sto_error *err)
{
	int rc = may_write(err);
	return rc != STO_OK ? rc : inner.ops->remove(ctx, id, change, now_sec, err);
}

static struct sto_session_store_ops faulty_ops;

static void open_stores(struct test_site *site, bool in_cookie)
{
	assert_ok(sto_store_memory_open(&site->store, 20000, NULL));
	assert_ok(sto_session_store_memory_open(&inner, 20000, &site->one.world, NULL));
	faulty_ops = *inner.ops;
	faulty_ops.put = put;
	faulty_ops.get = get;
	faulty_ops.replace = replace;
	faulty_ops.remove = drop;
	site->sessions = (struct sto_session_store){&faulty_ops, inner.ctx};
	the_site = site;
	if (in_cookie)
		site->sessions = sto_session_store_in_cookie();
}

static void open_realm(struct test_site *site, const char *auth, const char *facts, bool may_be_wrong)
{
	struct sto_realm_world world = {&site->one.world, &site->transport, &site->store, &site->sessions};
	struct sto_buf findings;
	json_t *request = test_config_request(auth, NULL, facts);
	char *text = json_dumps(request, 0);
	sto_buf_init(&findings, STO_LIMIT_JSON);
	int rc = sto_realm_open(&site->realm, &findings, sto_span_str(text), &world, NULL);
	if (rc != STO_OK && (rc != STO_CONFIG_WRONG || !may_be_wrong))
		fail_msg("%s: %d %s", auth, rc, sto_buf_cstr(&findings));
	sto_buf_finish(&findings);
	free(text);
	json_decref(request);
}

static void open_site(struct test_site *site, const char *auth, const char *facts, bool may_be_wrong)
{
	*site = (struct test_site){.host = "app.example", .max_steps = -1};
	test_provider_init(&site->one);
	test_provider_init_as(&site->two, "https://two.example");
	site->transport = (struct sto_transport){&router, site};
	open_stores(site, strstr(auth, "'store': 'cookie'") != NULL);
	sto_buf_init(&site->state, STO_LIMIT_STATE);
	sto_buf_init(&site->redirect_uri, STO_LIMIT_URL);
	sto_buf_init(&site->authorize_url, STO_LIMIT_URL);
	open_realm(site, auth, facts, may_be_wrong);
}

void test_site_open_with(struct test_site *site, const char *auth, const char *facts)
{
	open_site(site, auth, facts, false);
}

void test_site_open(struct test_site *site, const char *auth)
{
	open_site(site, auth, NULL, false);
}

void test_site_open_closed(struct test_site *site, const char *auth)
{
	open_site(site, auth, NULL, true);
	assert_true(site->realm->closed);
}

static void forget(struct test_site *site)
{
	sto_op_free(site->op);
	json_decref(site->events);
	json_decref(site->question);
	site->op = NULL;
	site->response = NULL;
	site->events = site->question = NULL;
}

void test_site_restart(struct test_site *site, const char *auth)
{
	forget(site);
	sto_realm_free(site->realm);
	open_realm(site, auth, NULL, false);
}

void test_site_close(struct test_site *site)
{
	forget(site);
	sto_realm_free(site->realm);
	sto_store_close(&site->store);
	sto_session_store_close(&inner);
	test_provider_finish(&site->one);
	test_provider_finish(&site->two);
	sto_buf_finish(&site->state);
	sto_buf_finish(&site->redirect_uri);
	sto_buf_finish(&site->authorize_url);
}

size_t test_count(const struct test_site *site)
{
	size_t n = 0;
	assert_ok(inner.ops->count(inner.ctx, &n, (struct sto_span){NULL, 0}, site->one.now_sec, NULL));
	return n;
}

void test_wait(struct test_site *site, int64_t sec)
{
	site->one.now_sec += sec;
	site->two.now_sec += sec;
}

/* --- the browser's cookies */

struct test_cookie *test_cookie_of(struct test_jar *jar, const char *part)
{
	for (size_t i = 0; i < jar->n; i++)
		if (strstr(jar->cookies[i].name, part) != NULL)
			return &jar->cookies[i];
	return NULL;
}

static void take_out(struct test_jar *jar, const char *name)
{
	for (size_t i = 0; i < jar->n; i++)
		if (strcmp(jar->cookies[i].name, name) == 0) {
			jar->cookies[i] = jar->cookies[--jar->n];
			return;
		}
}

void test_cookie_put(struct test_jar *jar, const char *name, const char *value)
{
	take_out(jar, name);
	assert_true(jar->n < TEST_COOKIES);
	struct test_cookie *cookie = &jar->cookies[jar->n++];
	assert_true((size_t)snprintf(cookie->name, sizeof(cookie->name), "%s", name) < sizeof(cookie->name));
	assert_true((size_t)snprintf(cookie->value, sizeof(cookie->value), "%s", value) <
		    sizeof(cookie->value));
}

/* CS-01: every cookie of ours keeps what its name promises. */
static void check_flags(const char *name, struct sto_span attributes)
{
	static const char *const wanted[] = {"Path=/", "HttpOnly", "SameSite=Lax"};
	struct sto_span one, rest;
	size_t n = 0;
	bool secure = false;
	rest = attributes;
	while (sto_span_split(&one, &rest, ';')) {
		one = sto_span_slice(one, 1, one.len);
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
			n += sto_span_equal(one, sto_span_str(wanted[i]));
		secure = secure || sto_span_equal(one, STO_SPAN("Secure"));
		assert_false(sto_span_starts_with(one, STO_SPAN("Domain")));
	}
	assert_int_equal(n, 3);
	assert_true(secure == (strncmp(name, "__Host-", 7) == 0));
}

static bool deletes(struct sto_span attributes)
{
	struct sto_span one, rest = attributes;
	while (sto_span_split(&one, &rest, ';'))
		if (sto_span_equal(one, STO_SPAN(" Max-Age=0")))
			return true;
	return false;
}

static void take_cookie(struct test_jar *jar, struct sto_span line)
{
	char name[80], value[4000];
	size_t equals = sto_span_find(line, '='), end = sto_span_find(line, ';');
	assert_true(equals < end && end < line.len && equals < sizeof(name) && end - equals < sizeof(value));
	(void)snprintf(name, sizeof(name), "%.*s", (int)equals, (const char *)line.ptr);
	(void)snprintf(value, sizeof(value), "%.*s", (int)(end - equals - 1),
		       (const char *)line.ptr + equals + 1);
	check_flags(name, sto_span_slice(line, end + 1, line.len));
	if (deletes(sto_span_slice(line, end + 1, line.len)))
		take_out(jar, name);
	else
		test_cookie_put(jar, name, value);
}

static void put_cookies(struct sto_buf *out, const struct test_jar *jar)
{
	for (size_t i = 0; i < jar->n; i++)
		assert_ok(sto_buf_printf(out, "%s%s=%s", i == 0 ? "" : "; ", jar->cookies[i].name,
					 jar->cookies[i].value));
}

/* --- a request */

#define HEADERS 40

struct header_list {
	struct sto_header items[HEADERS];
	size_t n;
};

static void add(struct header_list *list, struct sto_span name, struct sto_span value)
{
	assert_true(list->n < HEADERS);
	list->items[list->n++] = (struct sto_header){name, value};
}

static bool is_given(const struct header_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (sto_span_equal_nocase(list->items[i].name, sto_span_str(name)))
			return true;
	return false;
}

/* "Name: value" lines; one without a value takes the browser's own out. */
static void add_given(struct header_list *list, const char *text)
{
	struct sto_span line, rest = sto_span_str(text);
	while (sto_span_split(&line, &rest, '\n')) {
		size_t colon = sto_span_find(line, ':');
		if (line.len > 0)
			add(list, sto_span_slice(line, 0, colon), sto_span_slice(line, colon + 2, line.len));
	}
}

static void add_own(struct header_list *list, const char *name, const char *value)
{
	if (!is_given(list, name))
		add(list, sto_span_str(name), sto_span_str(value));
}

static void add_browser(struct header_list *list, const struct test_site *site, const char *cookies)
{
	add_own(list, "Host", site->host);
	if (cookies[0] != '\0')
		add_own(list, "Cookie", cookies);
	add_own(list, "User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0");
	add_own(list, "Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
	add_own(list, "Sec-Fetch-Mode", "navigate");
	add_own(list, "Sec-Fetch-Dest", "document");
	add_own(list, "Sec-Fetch-Site", "none");
}

/* Whether the operation came to its end. */
static bool run(struct test_site *site)
{
	int step;
	site->steps = 0;
	site->asked = false;
	while (site->max_steps < 0 || site->steps < site->max_steps) {
		site->steps++;
		step = sto_op_step(site->op);
		if (step == STO_STEP_DONE)
			return true;
		if (step != STO_STEP_ASK)
			continue;
		struct sto_span text = sto_op_question(site->op);
		json_decref(site->question);
		site->question = json_loadb((const char *)text.ptr, text.len, 0, NULL);
		site->asked = true;
		if (site->reply == NULL)
			return false;
		assert_ok(sto_op_reply(site->op, sto_span_str(site->reply), NULL));
	}
	return false;
}

/* Without memory there is no operation, and no answer. */
static bool handle(struct test_site *site, const struct sto_http_request *http)
{
	if (site->around != NULL)
		site->around(true);
	int rc = sto_realm_handle(&site->op, site->realm, http, NULL);
	bool done = rc == STO_OK && run(site);
	if (site->around != NULL)
		site->around(false);
	assert_true(rc == STO_OK || (rc == STO_NO_MEMORY && site->around != NULL && site->op == NULL));
	return done;
}

static bool span_has(struct sto_span body, struct sto_span part)
{
	for (size_t i = 0; i + part.len <= body.len; i++)
		if (sto_span_equal(sto_span_slice(body, i, part.len), part))
			return true;
	return false;
}

/* LG-01, LG-02: no response and no audit event repeats a secret, whatever became of the request. */
static void check_secrets(struct test_site *site)
{
	const char *const secrets[] = {"c0de", "opaque-access-token", "s3cret", test_session_cookie(site)};
	const struct sto_span texts[] = {site->response->body, site->response->events};
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			assert_true(strlen(secrets[i]) < 4 || !span_has(texts[k], sto_span_str(secrets[i])));
	assert_false(site->state.len > 0 && span_has(site->response->events, sto_buf_span(&site->state)));
}

static void take_response(struct test_site *site)
{
	site->response = sto_op_response(site->op);
	assert_non_null(site->response);
	check_secrets(site);
	for (size_t i = 0; i < site->response->n_headers; i++)
		if (sto_span_equal(site->response->headers[i].name, STO_SPAN("set-cookie")))
			take_cookie(&site->jar, site->response->headers[i].value);
	if (site->response->events.len > 0)
		site->events = json_loadb((const char *)site->response->events.ptr,
					  site->response->events.len, 0, NULL);
}

void test_send(struct test_site *site, const struct test_request *request)
{
	struct header_list list = {.n = 0};
	struct sto_buf cookies;
	struct sto_span target = sto_span_str(request->target);
	size_t question = sto_span_find(target, '?');
	forget(site);
	site->n_before = test_count(site);
	sto_buf_init(&cookies, 4 * STO_LIMIT_COOKIE_HEADER);
	put_cookies(&cookies, &site->jar);
	add_given(&list, request->headers == NULL ? "" : request->headers);
	add_browser(&list, site, cookies.len == 0 ? "" : sto_buf_cstr(&cookies));
	struct sto_http_request http = {
		.kind = request->is_socket ? STO_REQUEST_SOCKET : STO_REQUEST_HTTP,
		.method = sto_span_str(request->method),
		.path = sto_span_slice(target, 0, question),
		.query = sto_span_slice(target, question + 1, target.len),
		.headers = list.items,
		.n_headers = list.n,
		.body = request->body,
		.loopback_peer = site->loopback_peer,
	};
	bool done = handle(site, &http);
	sto_buf_finish(&cookies);
	if (done) {
		take_response(site);
	} else {
		sto_op_free(site->op);
		site->op = NULL;
	}
}

void test_get_with(struct test_site *site, const char *target, const char *headers)
{
	test_send(site, &(struct test_request){.method = "GET", .target = target, .headers = headers});
}

void test_get(struct test_site *site, const char *target)
{
	test_get_with(site, target, NULL);
}

void test_post(struct test_site *site, const char *target, const char *headers, const char *body)
{
	struct sto_buf all;
	sto_buf_init(&all, 2000);
	assert_ok(sto_buf_put_str(&all, headers == NULL ? "" : headers));
	if (headers == NULL || strstr(headers, "Content-Type:") == NULL)
		assert_ok(sto_buf_put_str(&all, "\nContent-Type: application/x-www-form-urlencoded"));
	if (headers == NULL || strstr(headers, "Sec-Fetch-Site:") == NULL)
		assert_ok(sto_buf_put_str(&all, "\nSec-Fetch-Site: same-origin"));
	if (headers == NULL || strstr(headers, "Origin:") == NULL)
		assert_ok(sto_buf_put_str(&all, "\nOrigin: https://app.example"));
	test_send(site, &(struct test_request){.method = "POST",
					       .target = target,
					       .headers = sto_buf_cstr(&all),
					       .body = sto_span_str(body)});
	sto_buf_finish(&all);
}

void test_fetch(struct test_site *site, const char *target)
{
	test_get_with(
		site, target,
		"Accept: */*\nSec-Fetch-Mode: cors\nSec-Fetch-Dest: empty\nSec-Fetch-Site: same-origin");
}

void test_socket(struct test_site *site, const char *target, const char *headers)
{
	test_send(site, &(struct test_request){
				.method = "", .target = target, .headers = headers, .is_socket = true});
}

/* --- the response */

const char *test_header(const struct test_site *site, const char *name)
{
	static char text[STO_LIMIT_URL + 1];
	text[0] = '\0';
	assert_non_null(site->response);
	for (size_t i = 0; i < site->response->n_headers; i++)
		if (sto_span_equal(site->response->headers[i].name, sto_span_str(name)))
			(void)snprintf(text, sizeof(text), "%.*s", (int)site->response->headers[i].value.len,
				       (const char *)site->response->headers[i].value.ptr);
	return text;
}

const char *test_location(const struct test_site *site)
{
	return test_header(site, "location");
}

bool test_body_has(const struct test_site *site, const char *text)
{
	return span_has(site->response->body, sto_span_str(text));
}

const char *test_event(const struct test_site *site, const char *member)
{
	static char text[1000];
	assert_true(json_array_size(site->events) <= 1);
	const char *value = json_string_value(json_object_get(json_array_get(site->events, 0), member));
	(void)snprintf(text, sizeof(text), "%s", value == NULL ? "" : value);
	return text;
}

bool test_sets_session(const struct test_site *site)
{
	for (size_t i = 0; i < site->response->n_headers; i++) {
		const struct sto_header *header = &site->response->headers[i];
		if (sto_span_equal(header->name, STO_SPAN("set-cookie")) &&
		    span_has(header->value, STO_SPAN("st_oauth_session-")) &&
		    !span_has(header->value, STO_SPAN("Max-Age=0")))
			return true;
	}
	return false;
}

void test_expect_pass(const struct test_site *site)
{
	assert_non_null(site->response);
	assert_int_equal(site->response->verdict, STO_VERDICT_PASS);
	assert_int_equal(site->response->n_headers, 0);
}

void test_expect_redirect(const struct test_site *site, const char *location)
{
	assert_non_null(site->response);
	if (site->response->status != 302)
		print_message("%s: %s\n", test_event(site, "reason"), test_event(site, "detail"));
	assert_int_equal(site->response->verdict, STO_VERDICT_RESPOND);
	assert_int_equal(site->response->status, 302);
	assert_string_equal(test_location(site), location);
}

void test_expect_refused(const struct test_site *site, int status, const char *event, const char *reason)
{
	assert_non_null(site->response);
	assert_string_equal(test_event(site, "reason"), reason);
	assert_string_equal(test_event(site, "event"), event);
	assert_int_equal(site->response->verdict, STO_VERDICT_RESPOND);
	assert_int_equal(site->response->status, status);
	assert_string_equal(test_location(site), "");
	assert_false(test_sets_session(site));
	assert_int_equal(test_count(site), site->n_before);
}

void test_expect_denied(const struct test_site *site, int status, const char *reason)
{
	struct sto_buf wanted;
	sto_buf_init(&wanted, 200);
	assert_non_null(site->response);
	assert_int_equal(site->response->verdict, STO_VERDICT_RESPOND);
	assert_int_equal(site->response->status, status);
	assert_string_equal(test_header(site, "content-type"), "application/json");
	assert_ok(sto_buf_printf(&wanted, "\"error\":\"%s\"", reason));
	assert_true(test_body_has(site, sto_buf_cstr(&wanted)));
	sto_buf_finish(&wanted);
	assert_int_equal(site->response->n_headers, 5);
	assert_false(test_sets_session(site));
}

/* --- who it is */

const char *test_session_cookie(struct test_site *site)
{
	const struct test_cookie *cookie = test_cookie_of(&site->jar, "st_oauth_session-");
	return cookie == NULL ? "" : cookie->value;
}

const char *test_user(struct test_site *site, const char *member)
{
	static char text[1000];
	test_fetch(site, "/auth/user");
	assert_int_equal(site->response->status, 200);
	struct sto_span body = site->response->body;
	json_t *user = json_loadb((const char *)body.ptr, body.len, 0, NULL);
	assert_non_null(user);
	const json_t *value = json_object_get(user, member);
	(void)snprintf(text, sizeof(text), "%s", json_is_string(value) ? json_string_value(value) : "");
	json_decref(user);
	return text;
}

bool test_is_signed_in(struct test_site *site)
{
	(void)test_user(site, "id");
	bool yes = test_body_has(site, "\"logged_in\":true");
	assert_true(yes || sto_span_equal(site->response->body, STO_SPAN("{\"logged_in\":false}")));
	return yes;
}

bool test_is_somebody(struct test_site *site, const char *format, ...)
{
	char cookies[8000], headers[8100];
	va_list args;
	va_start(args, format);
	assert_true(vsnprintf(cookies, sizeof(cookies), format, args) < (int)sizeof(cookies));
	va_end(args);
	(void)snprintf(headers, sizeof(headers), "Cookie: %s\nAccept: */*\nSec-Fetch-Mode: cors", cookies);
	test_get_with(site, "/auth/user", headers);
	assert_int_equal(site->response->status, 200);
	bool yes = test_body_has(site, "\"logged_in\":true");
	assert_true(yes || sto_span_equal(site->response->body, STO_SPAN("{\"logged_in\":false}")));
	return yes;
}

/* --- a login */

static struct test_provider *provider_of(struct test_site *site, struct sto_span url)
{
	if (sto_span_starts_with(url, STO_SPAN("https://op.example/authorize?")))
		return &site->one;
	return sto_span_starts_with(url, STO_SPAN("https://two.example/authorize?")) ? &site->two : NULL;
}

static void keep(struct sto_buf *out, const struct test_site *site, const char *name)
{
	struct sto_url url;
	sto_buf_clear(out);
	assert_ok(sto_url_parse(&url, sto_buf_span(&site->authorize_url), NULL));
	assert_ok(sto_form_get(out, url.query, sto_span_str(name), NULL));
}

void test_begin_login(struct test_site *site, const char *target)
{
	test_get(site, target);
	assert_non_null(site->response);
	if (site->response->status != 302)
		print_message("%s: %s %s\n", target, test_event(site, "reason"), test_event(site, "detail"));
	assert_int_equal(site->response->status, 302);
	sto_buf_clear(&site->authorize_url);
	assert_ok(sto_buf_put_str(&site->authorize_url, test_location(site)));
	site->provider = provider_of(site, sto_buf_span(&site->authorize_url));
	assert_non_null(site->provider);
	keep(&site->state, site, "state");
	keep(&site->redirect_uri, site, "redirect_uri");
	keep(&site->provider->nonce, site, "nonce");
}

const char *test_authorize_param(const struct test_site *site, const char *name)
{
	static char text[STO_LIMIT_URL + 1];
	struct sto_url url;
	struct sto_buf value;
	sto_buf_init(&value, STO_LIMIT_URL);
	assert_ok(sto_url_parse(&url, sto_buf_span(&site->authorize_url), NULL));
	(void)!sto_form_get(&value, url.query, sto_span_str(name), NULL);
	(void)snprintf(text, sizeof(text), "%s", value.len == 0 ? "" : sto_buf_cstr(&value));
	sto_buf_finish(&value);
	return text;
}

const char *test_answer_target(const struct test_site *site)
{
	static char text[STO_LIMIT_URL];
	struct sto_url url;
	assert_ok(sto_url_parse(&url, sto_buf_span(&site->redirect_uri), NULL));
	(void)snprintf(text, sizeof(text), "%.*s?code=c0de&state=%.*s&iss=https%%3A%%2F%%2F%s",
		       (int)url.path.len, (const char *)url.path.ptr, (int)site->state.len,
		       (const char *)site->state.data, site->provider->issuer + strlen("https://"));
	return text;
}

void test_come_back(struct test_site *site)
{
	test_get_with(site, test_answer_target(site), "Sec-Fetch-Site: cross-site");
}

void test_sign_in_at(struct test_site *site, const char *provider, const char *next)
{
	struct sto_buf target;
	sto_buf_init(&target, STO_LIMIT_URL);
	assert_ok(sto_buf_put(&target, site->realm->config.base_path));
	assert_ok(sto_buf_printf(&target, "/auth/login?provider=%s&next=", provider));
	assert_ok(sto_url_put_escaped(&target, sto_span_str(next)));
	test_begin_login(site, sto_buf_cstr(&target));
	sto_buf_finish(&target);
	test_come_back(site);
	test_expect_redirect(site, next);
	assert_true(test_sets_session(site));
}

void test_sign_in_by(struct test_site *site, const char *provider)
{
	test_sign_in_at(site, provider, "/");
}
