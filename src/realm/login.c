/* /auth/login: from "I want to sign in" to the provider.
 *
 *   t         a ticket of user.login(): provider and further parameters
 *   provider  a provider's name; Streamlit's own st.login() sends a JWT that holds one
 *   next      where to go afterwards, with its query and fragment */
#include "base/base64url.h"
#include "base/json.h"
#include "http/cookie.h"
#include "http/url.h"
#include "realm/visit.h"

/* --- which provider */

static size_t provider_at(const sto_realm *realm, struct sto_span name)
{
	const struct sto_realm_config *config = &realm->config;
	for (size_t i = 0; i < realm->n_gates; i++)
		if (sto_span_equal(config->providers[i].name, name))
			return i;
	/* The word that st.login() has for the one that stands in [auth] itself. */
	for (size_t i = 0; i < realm->n_gates; i++)
		if (config->providers[i].unnamed && sto_span_equal(name, STO_SPAN("default")))
			return i;
	return STO_REALM_PROVIDERS;
}

/* The name inside st.login()'s JWT. It is only a choice among what is configured, so its signature does not
 * matter.
 */
static int name_in_jwt(struct sto_buf *out, struct sto_span jwt)
{
	struct sto_span header, payload, rest = jwt, name;
	struct sto_buf text;
	json_t *claims = NULL;
	if (!sto_span_split(&header, &rest, '.') || !sto_span_split(&payload, &rest, '.'))
		return STO_NO_SUCH_PROVIDER;
	sto_buf_init(&text, STO_LIMIT_JOSE_HEADER);
	int rc = sto_base64url_decode(&text, payload);
	if (rc == STO_OK)
		rc = sto_json_parse_object(&claims, sto_buf_span(&text), NULL);
	if (rc == STO_OK && sto_json_get_str(&name, claims, "provider"))
		rc = sto_buf_put(out, name);
	else
		rc = STO_NO_SUCH_PROVIDER;
	json_decref(claims);
	sto_buf_finish(&text);
	return rc;
}

static int use_only(struct sto_visit *visit)
{
	visit->gate = 0;
	return STO_OK;
}

static int choose_by_name(struct sto_visit *visit, struct sto_span given, struct sto_error *err)
{
	struct sto_buf name;
	sto_buf_init(&name, STO_LIMIT_JOSE_HEADER);
	int rc =
		sto_span_find(given, '.') < given.len ? name_in_jwt(&name, given) : sto_buf_put(&name, given);
	if (rc == STO_OK)
		visit->gate = provider_at(visit->realm, sto_buf_span(&name));
	/* st.login() without a name, where all have one: as if none had been given. */
	bool any = visit->gate == STO_REALM_PROVIDERS &&
		   sto_span_equal(sto_buf_span(&name), STO_SPAN("default"));
	sto_buf_finish(&name);
	if (rc == STO_NO_MEMORY || any)
		return any && visit->realm->n_gates == 1 ? use_only(visit) : rc;
	return visit->gate < visit->realm->n_gates
		       ? STO_OK
		       : sto_fail(err, STO_NO_SUCH_PROVIDER, "no provider of that name in [auth]");
}

static int read_provider(struct sto_visit *visit, struct sto_error *err)
{
	struct sto_buf given;
	struct sto_span named;
	sto_buf_init(&given, STO_LIMIT_JOSE_HEADER);
	int rc = sto_visit_param(&given, visit, "provider", err);
	if (rc == STO_OK && given.len > 0)
		rc = choose_by_name(visit, sto_buf_span(&given), err);
	else if (rc == STO_OK && sto_json_get_str(&named, visit->ticket, "provider"))
		rc = choose_by_name(visit, named, err);
	else if (rc == STO_OK && visit->ticket != NULL && visit->realm->n_gates == 1)
		visit->gate = 0;
	sto_buf_finish(&given);
	return rc;
}

static int read_ticket(struct sto_visit *visit, struct sto_error *err)
{
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_URL);
	int rc = sto_visit_param(&text, visit, "t", err);
	if (rc == STO_OK && text.len > 0)
		rc = sto_ticket_open(&visit->ticket, visit->realm, STO_TICKET_LOGIN, sto_buf_span(&text));
	sto_buf_finish(&text);
	return rc;
}

/* Anything but a page of this app is the start page: no open redirect (RFC 9700 4.11). */
static int read_next(struct sto_visit *visit, struct sto_error *err)
{
	int rc = sto_visit_param(&visit->next, visit, "next", err);
	if (rc == STO_TOO_LARGE)
		rc = STO_OK;
	if (rc != STO_OK || sto_place_is_next(visit->realm, sto_buf_span(&visit->next)))
		return rc;
	sto_buf_clear(&visit->next);
	return sto_visit_home(&visit->next, visit);
}

/* --- the browser's address */

enum host {
	HOST_OURS,
	HOST_LOOPBACK, /* another name of this machine */
	HOST_OTHER,
};

static enum host host_of(const struct sto_visit *visit)
{
	struct sto_buf text;
	struct sto_url ours, here;
	enum host host = HOST_OTHER;
	sto_buf_init(&text, STO_LIMIT_URL);
	if (sto_url_parse(&ours, sto_buf_span(&visit->realm->config.public_url), NULL) == STO_OK &&
	    sto_buf_put_str(&text, ours.https ? "https://" : "http://") == STO_OK &&
	    sto_buf_put(&text, sto_buf_span(&visit->host)) == STO_OK &&
	    sto_url_parse(&here, sto_buf_span(&text), NULL) == STO_OK) {
		if (sto_url_same_origin(&ours, &here))
			host = HOST_OURS;
		else if (sto_url_is_loopback(&ours) && sto_url_is_loopback(&here) && here.port == ours.port)
			host = HOST_LOOPBACK;
	}
	sto_buf_finish(&text);
	return host;
}

static int put_there(struct sto_buf *out, const struct sto_visit *visit)
{
	struct sto_url ours;
	int rc = sto_url_parse(&ours, sto_buf_span(&visit->realm->config.public_url), NULL);
	if (rc == STO_OK)
		rc = sto_url_put_origin(out, &ours);
	if (rc == STO_OK)
		rc = sto_buf_put(out, sto_buf_span(&visit->path));
	if (rc == STO_OK && visit->query.len > 0)
		rc = sto_buf_put_byte(out, '?');
	return rc != STO_OK ? rc : sto_buf_put(out, sto_buf_span(&visit->query));
}

static int show_other_host(struct sto_visit *visit)
{
	struct sto_page page;
	struct sto_span none = {NULL, 0};
	struct sto_buf there, setting, here;
	sto_buf_init(&there, STO_LIMIT_URL);
	sto_buf_init(&setting, STO_LIMIT_URL);
	sto_buf_init(&here, STO_LIMIT_URL);
	int rc = sto_visit_frame(&page, visit);
	if (rc == STO_OK)
		rc = sto_buf_put(&there, sto_buf_span(&visit->realm->config.public_url));
	if (rc == STO_OK)
		rc = sto_buf_put(&here, sto_buf_span(&visit->host));
	if (rc == STO_OK)
		rc = sto_buf_printf(&setting, "public_url = \"https://%.*s%.*s\"", (int)visit->host.len,
				    (const char *)visit->host.data, (int)visit->realm->config.base_path.len,
				    (const char *)visit->realm->config.base_path.ptr);
	if (rc == STO_OK)
		rc = sto_page_other_host(
			&visit->document, &page, sto_buf_span(&here),
			visit->in_full || !visit->realm->config.loopback ? sto_buf_span(&there) : none,
			sto_buf_span(&setting));
	if (rc == STO_OK)
		rc = sto_visit_event(visit, "login_not_begun",
				     json_pack("{s:s}", "reason", sto_reason_of(STO_OTHER_HOST)->name));
	if (rc == STO_OK)
		rc = sto_visit_page(visit, 400);
	sto_buf_finish(&there);
	sto_buf_finish(&setting);
	sto_buf_finish(&here);
	return rc;
}

/* A cookie set under one name of this machine is not sent under another, so the visitor is moved to the
 * configured one before anything begins. */
static int move_to_our_host(struct sto_visit *visit)
{
	struct sto_buf there;
	sto_buf_init(&there, STO_LIMIT_URL);
	int rc = put_there(&there, visit);
	if (rc == STO_OK)
		rc = sto_visit_redirect(visit, sto_buf_span(&there));
	sto_buf_finish(&there);
	return rc;
}

/* --- the browser's randoms */

/* The randoms of this browser's cookies, in all spellings, joined. */
static int put_marks(struct sto_buf *out, const struct sto_visit *visit)
{
	struct sto_span name, value, rest = sto_buf_span(&visit->cookies);
	int rc = STO_OK;
	while (rc == STO_OK && sto_cookie_next(&name, &value, &rest)) {
		if (!sto_cookie_is(visit->realm, STO_COOKIE_LOGIN, name) ||
		    value.len > STO_LIMIT_BROWSER_MARKS * 24)
			continue;
		if (out->len > 0)
			rc = sto_buf_put_byte(out, '.');
		if (rc == STO_OK)
			rc = sto_buf_put(out, value);
	}
	return rc == STO_TOO_LARGE ? STO_OK : rc;
}

/* A browser that has none gets one with the page before the sign-in, so that tabs which are opened together
 * do not overwrite each other's on the way out. */
static int give_mark(struct sto_visit *visit)
{
	const struct sto_world *world = visit->realm->world;
	uint8_t random[STO_MARK_LEN];
	struct sto_buf marks;
	sto_buf_init(&marks, STO_LIMIT_URL);
	int rc = put_marks(&marks, visit);
	if (rc == STO_OK && marks.len == 0) {
		rc = world->random(world->ctx, random, sizeof(random));
		if (rc == STO_OK)
			rc = sto_base64url_encode(&marks, sto_span_of(random, sizeof(random)));
		if (rc == STO_OK)
			rc = sto_visit_set_cookie(visit, STO_COOKIE_LOGIN, sto_buf_span(&marks),
						  STO_STATE_LIFETIME_SEC);
	}
	sto_buf_finish(&marks);
	return rc;
}

/* --- pages */

/* A link to this endpoint for one provider; `next` stands last, so that the page can add the fragment to it.
 */
static int put_link(struct sto_buf *out, const struct sto_visit *visit, size_t provider)
{
	struct sto_buf ticket;
	struct sto_error err = {0};
	sto_buf_init(&ticket, STO_LIMIT_URL);
	int rc = sto_visit_own(out, visit, "/auth/login?provider=");
	if (rc == STO_OK)
		rc = sto_url_put_escaped(out, visit->realm->config.providers[provider].name);
	if (rc == STO_OK)
		rc = sto_visit_param(&ticket, visit, "t", &err);
	if (rc == STO_OK && ticket.len > 0) {
		rc = sto_buf_put_str(out, "&t=");
		if (rc == STO_OK)
			rc = sto_url_put_escaped(out, sto_buf_span(&ticket));
	}
	if (rc == STO_OK)
		rc = sto_buf_put_str(out, "&next=");
	if (rc == STO_OK)
		rc = sto_url_put_escaped(out, sto_buf_span(&visit->next));
	sto_buf_finish(&ticket);
	return rc;
}

static int show_choice(struct sto_visit *visit)
{
	const struct sto_realm_config *config = &visit->realm->config;
	struct sto_page_choice choices[STO_REALM_PROVIDERS];
	struct sto_buf links[STO_REALM_PROVIDERS];
	struct sto_page page;
	int rc = sto_visit_frame(&page, visit);
	for (size_t i = 0; i < config->n_providers; i++) {
		sto_buf_init(&links[i], 2 * STO_LIMIT_URL);
		if (rc == STO_OK)
			rc = put_link(&links[i], visit, i);
		choices[i] = (struct sto_page_choice){config->providers[i].label, sto_buf_span(&links[i])};
	}
	if (rc == STO_OK)
		rc = sto_page_choose(&visit->document, &page, choices, config->n_providers,
				     (struct sto_span){NULL, 0});
	if (rc == STO_OK)
		rc = sto_visit_page(visit, 200);
	if (rc == STO_OK)
		rc = give_mark(visit);
	for (size_t i = 0; i < config->n_providers; i++)
		sto_buf_finish(&links[i]);
	return rc;
}

/* The fragment of the page that was wanted is in this page's address, where only a script sees it. */
static int show_onward(struct sto_visit *visit)
{
	struct sto_page page;
	struct sto_buf link;
	sto_buf_init(&link, 2 * STO_LIMIT_URL);
	int rc = sto_visit_frame(&page, visit);
	if (rc == STO_OK)
		rc = put_link(&link, visit, 0);
	if (rc == STO_OK)
		rc = sto_page_onward(&visit->document, &page, visit->realm->config.providers[0].label,
				     sto_buf_span(&link));
	if (rc == STO_OK)
		rc = sto_visit_page(visit, 200);
	if (rc == STO_OK)
		rc = give_mark(visit);
	sto_buf_finish(&link);
	return rc;
}

/* --- to the provider */

json_t *sto_visit_marks(const struct sto_visit *visit)
{
	struct sto_buf marks;
	json_t *json = NULL;
	sto_buf_init(&marks, STO_LIMIT_URL);
	if (put_marks(&marks, visit) == STO_OK)
		json = sto_json_str(sto_buf_span(&marks));
	sto_buf_finish(&marks);
	return json != NULL ? json : json_string("");
}

/* The list with the new random at its end, and no more than the newest `keep`. */
static int remember(struct sto_visit *visit, const json_t *cookie)
{
	struct sto_buf marks, list;
	struct sto_span add, part, rest;
	size_t keep = (size_t)json_integer_value(json_object_get(cookie, "keep")), count = 0;
	(void)sto_json_get_str(&add, cookie, "add");
	sto_buf_init(&marks, STO_LIMIT_URL);
	sto_buf_init(&list, STO_LIMIT_URL);
	int rc = put_marks(&marks, visit);
	rest = sto_buf_span(&marks);
	while (sto_span_split(&part, &rest, '.'))
		count += !sto_span_equal(part, add);
	rest = sto_buf_span(&marks);
	while (rc == STO_OK && sto_span_split(&part, &rest, '.')) {
		if (sto_span_equal(part, add) || count-- >= keep)
			continue;
		rc = sto_buf_put(&list, part);
		if (rc == STO_OK)
			rc = sto_buf_put_byte(&list, '.');
	}
	if (rc == STO_OK)
		rc = sto_buf_put(&list, add);
	if (rc == STO_OK)
		rc = sto_visit_set_cookie(visit, STO_COOKIE_LOGIN, sto_buf_span(&list),
					  json_integer_value(json_object_get(cookie, "max_age")));
	sto_buf_finish(&marks);
	sto_buf_finish(&list);
	return rc;
}

static int answer(struct sto_visit *visit)
{
	json_t *result = NULL;
	struct sto_span url;
	int rc = sto_json_parse_object(&result, sto_op_result(visit->inner), NULL);
	if (rc == STO_OK && !json_is_true(json_object_get(result, "ok")))
		rc = sto_visit_refuse_as(visit, result);
	else if (rc == STO_OK && sto_json_get_str(&url, result, "url")) {
		rc = sto_visit_redirect(visit, url);
		if (rc == STO_OK)
			rc = remember(visit, json_object_get(result, "cookie"));
	}
	json_decref(result);
	return rc;
}

static int go_on(struct sto_visit *visit, struct sto_error *err);

static int worker(sto_op *op)
{
	return sto_visit_step(op->host, go_on);
}

static int go_on(struct sto_visit *visit, struct sto_error *err)
{
	(void)err;
	if (sto_op_step(visit->inner) == STO_STEP_DONE)
		return answer(visit);
	sto_visit_go_on(visit, worker);
	return STO_OK;
}

/* The part behind the path: the query, and the fragment where there is one. */
static json_t *query_of(struct sto_span next, size_t end)
{
	bool question = end < next.len && next.ptr[end] == '?';
	return sto_json_str(sto_span_slice(next, end + question, next.len));
}

static int begin(struct sto_visit *visit, struct sto_error *err)
{
	struct sto_span next = sto_buf_span(&visit->next);
	struct sto_buf text;
	size_t end = 0;
	while (end < next.len && next.ptr[end] != '?' && next.ptr[end] != '#')
		end++;
	json_t *request = json_pack("{s:o, s:o, s:o, s:O?}", "cookie", sto_visit_marks(visit), "path",
				    sto_json_str(sto_span_slice(next, 0, end)), "query", query_of(next, end),
				    "params", json_object_get(visit->ticket, "params"));
	sto_buf_init(&text, STO_LIMIT_JSON);
	int rc = request == NULL ? STO_NO_MEMORY : sto_json_dump(&text, request);
	if (rc == STO_OK)
		rc = sto_gate_begin(&visit->inner, visit->realm->gates[visit->gate], sto_buf_span(&text),
				    err);
	json_decref(request);
	sto_buf_finish(&text);
	return rc != STO_OK ? rc : go_on(visit, err);
}

int sto_visit_login(struct sto_visit *visit, struct sto_error *err)
{
	enum host host = host_of(visit);
	if (!visit->get)
		return sto_fail(err, STO_METHOD_NOT_ALLOWED, "/auth/login takes GET");
	int rc = read_next(visit, err);
	if (rc == STO_OK && host != HOST_OURS)
		return host == HOST_LOOPBACK ? move_to_our_host(visit) : show_other_host(visit);
	if (rc == STO_OK)
		rc = read_ticket(visit, err);
	if (rc == STO_OK)
		rc = read_provider(visit, err);
	if (rc != STO_OK)
		return rc;
	if (visit->gate < visit->realm->n_gates)
		return begin(visit, err);
	return visit->realm->n_gates == 1 ? show_onward(visit) : show_choice(visit);
}
