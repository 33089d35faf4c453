/* Requests out of anything, at three apps: one that is guarded, one that is open, and one whose configuration
 * is wrong. Nobody of them is signed in, so nothing may sign anybody in, show a guarded page, or lead
 * elsewhere than to this app and to its provider.
 *
 * The first byte names the app and whether it is a socket; then lines: method, path, query, headers as "name:
 * value" up to an empty line, and the body. */
#include <string.h>

#include "base/bounds.h"
#include "fuzz.h"
#include "http/cookie.h"
#include "http/escape.h"
#include "realm/realm.h"
#include "store/store.h"

#define HEADERS 32
#define STEPS 20
#define PROVIDER                                                                                             \
	"{\"path\": [\"public_url\"], \"value\": \"https://app.example/base\"}, "                            \
	"{\"path\": [\"secret\"], \"value\": \"q4t8Vd1mR7xK2pZ9sWb5nYc3jLf6hGa0eUoTiXyBvNM\"}, "             \
	"{\"path\": [\"client_id\"], \"value\": \"app\"}, {\"path\": [\"client_secret\"], \"value\": "       \
	"\"s\"}, "                                                                                           \
	"{\"path\": [\"authorization_endpoint\"], \"value\": \"https://op.example/authorize\"}, "            \
	"{\"path\": [\"issuer\"], \"value\": \"https://op.example\"}, "                                      \
	"{\"path\": [\"jwks_uri\"], \"value\": \"https://op.example/jwks\"}, "                               \
	"{\"path\": [\"token_endpoint\"], \"value\": \"https://op.example/token\"}"
#define REQUEST(more)                                                                                        \
	"{\"block\": \"auth\", \"source\": {\"kind\": \"file\", \"file\": \"f\", \"state\": \"ok\"}, "       \
	"\"settings\": [" PROVIDER more "], \"facts\": {\"port\": 8501, \"base_path\": \"base\"}}"

enum app { GUARDED, OPEN, CLOSED, APPS };

static sto_realm *realms[APPS];

static int64_t now(void *ctx)
{
	(void)ctx;
	return 1800000000;
}

/* The same for the same input, as a fuzzer needs it. */
static int random_bytes(void *ctx, uint8_t *out, size_t len)
{
	static uint64_t seed = 88172645463325252U;
	(void)ctx;
	for (size_t i = 0; i < len; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		out[i] = (uint8_t)seed;
	}
	return STO_OK;
}

static const struct sto_world world = {NULL, now, now, random_bytes};

static int nobody_answers(void *ctx, struct sto_fetched *out, const struct sto_fetch *request,
			  struct sto_error *err)
{
	(void)ctx;
	(void)out;
	fuzz_assert(sto_span_starts_with(request->url, STO_SPAN("https://op.example/")));
	return sto_fail(err, STO_FETCH_CONNECT, "nobody is there");
}

static const struct sto_transport_ops deaf = {STO_TRANSPORT_ABI, sizeof(deaf), "deaf", NULL,
					      nobody_answers,    NULL};

static void open_realm(enum app app, const char *request, int wanted)
{
	static struct sto_transport transport = {&deaf, NULL};
	static struct sto_store store;
	static struct sto_session_store sessions;
	struct sto_realm_world around = {&world, &transport, &store, &sessions};
	struct sto_buf findings;
	if (store.ops == NULL)
		fuzz_assert(sto_store_memory_open(&store, 1000, NULL) == STO_OK &&
			    sto_session_store_memory_open(&sessions, 1000, &world, NULL) == STO_OK);
	sto_buf_init(&findings, STO_LIMIT_JSON);
	fuzz_assert(sto_realm_open(&realms[app], &findings, sto_span_str(request), &around, NULL) == wanted);
	sto_buf_finish(&findings);
}

static void open_realms(void)
{
	if (realms[GUARDED] != NULL)
		return;
	open_realm(GUARDED,
		   REQUEST(", {\"path\": [\"public\"], \"value\": [\"/\", \"/public\"]}, "
			   "{\"path\": [\"roles\", \"/public/admin\"], \"value\": [\"admin\"]}"),
		   STO_OK);
	open_realm(OPEN, REQUEST(""), STO_OK);
	open_realm(CLOSED, REQUEST(", {\"path\": [\"colour\"], \"value\": 1}"), STO_CONFIG_WRONG);
}

struct input {
	enum app app;
	struct sto_http_request request;
	struct sto_header headers[HEADERS];
};

static struct sto_span line(struct sto_span *rest)
{
	struct sto_span head = {NULL, 0};
	(void)sto_span_split(&head, rest, '\n');
	return head;
}

static void read_input(struct input *in, struct sto_span data)
{
	uint8_t first = data.len > 0 ? data.ptr[0] : 0;
	struct sto_span rest = sto_span_slice(data, 1, data.len), header;
	*in = (struct input){.app = (enum app)(first % APPS)};
	in->request.kind = (first & 0x80) != 0 ? STO_REQUEST_SOCKET : STO_REQUEST_HTTP;
	in->request.loopback_peer = (first & 0x40) != 0;
	in->request.method = line(&rest);
	in->request.path = line(&rest);
	in->request.query = line(&rest);
	in->request.headers = in->headers;
	while (in->request.n_headers < HEADERS && (header = line(&rest)).len > 0) {
		size_t colon = sto_span_find(header, ':');
		in->headers[in->request.n_headers++] = (struct sto_header){
			sto_span_slice(header, 0, colon), sto_span_slice(header, colon + 2, header.len)};
	}
	in->request.body = sto_span_slice(rest, 0, STO_LIMIT_FORM);
}

/* A path of this origin, as a browser reads it; the app's own address; or the provider's page. */
static bool is_allowed(struct sto_span location)
{
	if (sto_span_starts_with(location, STO_SPAN("https://op.example/authorize?")) ||
	    sto_span_starts_with(location, STO_SPAN("https://app.example/base/")))
		return true;
	return location.len > 0 && location.ptr[0] == '/' &&
	       (location.len == 1 || (location.ptr[1] != '/' && location.ptr[1] != '\\'));
}

static bool holds(struct sto_span text, struct sto_span part)
{
	return memmem(text.ptr == NULL ? (const uint8_t *)"" : text.ptr, text.len, part.ptr, part.len) !=
	       NULL;
}

static void check_header(const struct sto_header *header)
{
	for (size_t i = 0; i < header->value.len; i++)
		fuzz_assert(header->value.ptr[i] >= 0x20 && header->value.ptr[i] != 0x7f);
	if (sto_span_equal(header->name, STO_SPAN("location")))
		fuzz_assert(is_allowed(header->value));
	if (sto_span_equal(header->name, STO_SPAN("set-cookie")) &&
	    holds(header->value, STO_SPAN("st_oauth_session-")))
		fuzz_assert(holds(header->value, STO_SPAN("; Max-Age=0;")));
}

/* A stranger sees the start page and what lies below /public, but for /public/admin. */
static void check_passed(const struct input *in, const struct sto_response *response)
{
	struct sto_span path = in->request.path;
	enum sto_place place = sto_place_of(realms[in->app], path);
	fuzz_assert(response->cookie.len == 0 && response->session_id.len == 0 && response->n_headers == 0);
	fuzz_assert(in->app != CLOSED || place == STO_PLACE_OPEN || place == STO_PLACE_OUTSIDE);
	if (in->app != GUARDED || (place != STO_PLACE_PAGE && place != STO_PLACE_GUARDED))
		return;
	struct sto_buf page;
	sto_buf_init(&page, STO_LIMIT_URL);
	path = sto_place_below(realms[in->app], path);
	for (size_t i = 0; i < path.len; i++) {
		uint8_t byte = path.ptr[i];
		if (byte == '%' && sto_escape_read(&byte, path, i))
			i += 2;
		fuzz_assert(sto_buf_put_byte(&page, byte) == STO_OK);
	}
	struct sto_span seen = sto_buf_span(&page);
	fuzz_assert(sto_span_equal(seen, STO_SPAN("/")) || sto_span_equal(seen, STO_SPAN("/public")) ||
		    sto_span_starts_with(seen, STO_SPAN("/public/")));
	fuzz_assert(!holds(seen, STO_SPAN("/../")) && !sto_span_ends_with(seen, STO_SPAN("/..")) &&
		    !holds(seen, STO_SPAN("//")));
	fuzz_assert(!sto_span_equal(seen, STO_SPAN("/public/admin")) &&
		    !sto_span_starts_with(seen, STO_SPAN("/public/admin/")));
	sto_buf_finish(&page);
}

static void check(const struct input *in, const struct sto_response *response)
{
	fuzz_assert(response != NULL);
	for (size_t i = 0; i < response->n_headers; i++)
		check_header(&response->headers[i]);
	switch (response->verdict) {
	case STO_VERDICT_PASS:
		check_passed(in, response);
		break;
	case STO_VERDICT_RESPOND:
		fuzz_assert(response->status >= 200 && response->status <= 503);
		fuzz_assert(!sto_span_equal(in->request.method, STO_SPAN("HEAD")) || response->body.len == 0);
		break;
	case STO_VERDICT_LEAVE:
		fuzz_assert(in->request.kind == STO_REQUEST_SOCKET && is_allowed(response->location));
		break;
	}
}

static void handle(const struct input *in)
{
	sto_op *op = NULL;
	int steps = 0;
	fuzz_assert(sto_realm_handle(&op, realms[in->app], &in->request, NULL) == STO_OK);
	while (sto_op_step(op) != STO_STEP_DONE)
		fuzz_assert(++steps < STEPS);
	check(in, sto_op_response(op));
	sto_op_free(op);
}

/* What reaches a script holds no cookie of ours, and what is left is nobody's. */
static void check_cookies(const struct input *in)
{
	struct sto_span name, value, rest;
	struct sto_buf out;
	sto_identity *identity = NULL;
	sto_buf_init(&out, 2 * STO_LIMIT_COOKIE_HEADER);
	fuzz_assert(sto_realm_strip_cookies(&out, realms[in->app], in->request.body) == STO_OK);
	fuzz_assert(out.len <= in->request.body.len);
	rest = sto_buf_span(&out);
	while (sto_cookie_next(&name, &value, &rest))
		fuzz_assert(!sto_span_starts_with(name, STO_SPAN("__Host-st_oauth_")) &&
			    !sto_span_starts_with(name, STO_SPAN("_streamlit_user")));
	int rc = sto_realm_identify(&identity, realms[in->app], in->request.body, NULL);
	fuzz_assert(rc == (in->app == CLOSED ? STO_CONFIG_WRONG : STO_OK) && identity == NULL);
	sto_buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;
	open_realms();
	read_input(&in, sto_span_of(data, size));
	handle(&in);
	check_cookies(&in);
	return 0;
}
