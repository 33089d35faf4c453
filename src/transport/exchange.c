#include "transport/exchange.h"

#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>

#include "base/bounds.h"
#include "stoauth/sys/world.h"
#include "transport/address.h"

#define HEADER_LINE_MAX 16384 /* one header of a request */

struct exchange {
	const struct sto_fetch *request;
	const struct sto_target *target;
	struct sto_fetched *out;
	struct sto_headers headers;
	struct curl_slist *lines; /* the request's headers */
	size_t header_bytes;
	size_t body_max;
	bool via_proxy;
	bool headers_done;
	bool body_begun;
	bool refused;   /* an address was not tried because of what it is */
	bool attempted; /* an address was tried */
	int failure;    /* a callback's reason to stop */
	char detail[CURL_ERROR_SIZE];
};

/* ---- what libcurl asks while it works ---- */

/* The operator wrote the proxy down, so it may have any address; what lies behind it only the proxy knows. */
static bool may_connect(const struct exchange *x, const struct sockaddr *address)
{
	if (x->via_proxy)
		return true;
	if (x->target->is_http && !sto_address_is_loopback(address))
		return false;
	return x->request->allow_private || sto_address_is_public(address);
}

/* The address is judged at the moment of connecting, so a second answer of the name service changes nothing.
 */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct exchange *x = arg;
	if (purpose != CURLSOCKTYPE_IPCXN || !may_connect(x, &address->addr)) {
		x->refused = true;
		return CURL_SOCKET_BAD;
	}
	x->attempted = true;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool is_end_of_headers(struct sto_span line)
{
	return line.len == 0 || line.ptr[0] == '\r' || line.ptr[0] == '\n';
}

/* The header lines of each answer, interim ones too; trailers are not looked at. */
static int take_header(struct exchange *x, struct sto_span line)
{
	if (line.len > STO_LIMIT_FETCH_HEADERS - x->header_bytes)
		return STO_FETCH_TOO_LARGE;
	x->header_bytes += line.len;
	if (x->body_begun)
		return STO_OK;
	if (sto_span_starts_with(line, STO_SPAN("HTTP/"))) {
		sto_headers_init(&x->headers);
		sto_buf_clear(&x->out->content_type);
		x->headers_done = false;
	} else if (is_end_of_headers(line)) {
		x->headers_done = true;
		/* Only identity was asked for: what would unfold here is somebody's bomb. */
		return x->headers.encoded ? STO_FETCH_BROKEN : STO_OK;
	} else if (!x->headers_done) {
		sto_headers_add(&x->headers, &x->out->content_type, line);
	}
	return STO_OK;
}

static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
	struct exchange *x = arg;
	x->failure = take_header(x, sto_span_of(data, size * count));
	return x->failure == STO_OK ? size * count : 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct exchange *x = arg;
	size_t len = size * count;
	x->body_begun = true;
	if (len > x->body_max - x->out->body.len)
		x->failure = STO_FETCH_TOO_LARGE;
	else
		x->failure = sto_buf_put(&x->out->body, sto_span_of(data, len));
	return x->failure == STO_OK ? len : 0;
}

/* ---- the request's headers ---- */

/* RFC 9110 section 5.6.2. */
static bool is_token(struct sto_span name)
{
	static const char others[] = "!#$%&'*+-.^_`|~";
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!plain && (c == 0 || strchr(others, c) == NULL))
			return false;
	}
	return name.len > 0;
}

/* RFC 9110 section 5.5: a CR, LF or NUL in a value is dangerous. */
static bool is_header_value(struct sto_span value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((value.ptr[i] < 0x20 && value.ptr[i] != '\t') || value.ptr[i] == 0x7f)
			return false;
	return true;
}

static int append_line(struct exchange *x, const char *line)
{
	struct curl_slist *lines = line == NULL ? NULL : curl_slist_append(x->lines, line);
	if (lines == NULL)
		return STO_NO_MEMORY;
	x->lines = lines;
	return STO_OK;
}

/* libcurl spells a header without a value "Name;". */
static int put_line(struct sto_buf *line, const struct sto_header *header)
{
	int rc = sto_buf_put(line, header->name);
	if (rc == STO_OK)
		rc = sto_buf_put_str(line, header->value.len == 0 ? ";" : ": ");
	return rc == STO_OK ? sto_buf_put(line, header->value) : rc;
}

static int add_header(struct exchange *x, const struct sto_header *header, struct sto_error *err)
{
	struct sto_buf line;
	if (!is_token(header->name) || !is_header_value(header->value))
		return sto_fail(err, STO_FETCH_BAD_URL,
				"a request header with bytes that do not belong there");
	sto_buf_init(&line, HEADER_LINE_MAX);
	int rc = put_line(&line, header);
	if (rc == STO_OK)
		rc = append_line(x, sto_buf_cstr(&line));
	sto_buf_finish(&line);
	return rc == STO_OK ? rc : sto_fail(err, rc, "a request header does not fit");
}

static int add_headers(struct exchange *x, struct sto_error *err)
{
	int rc = STO_OK;
	for (size_t i = 0; rc == STO_OK && i < x->request->n_headers; i++)
		rc = add_header(x, &x->request->headers[i], err);
	if (rc == STO_OK)
		rc = append_line(x, "Accept-Encoding: identity");
	if (rc == STO_OK) /* no waiting for "100 Continue" */
		rc = append_line(x, "Expect:");
	return rc;
}

/* A header may hold the client's secret. */
static void free_lines(struct exchange *x)
{
	for (struct curl_slist *line = x->lines; line != NULL; line = line->next)
		explicit_bzero(line->data, strlen(line->data));
	curl_slist_free_all(x->lines);
	x->lines = NULL;
}

/* ---- options ---- */

static int set_rules(CURL *h)
{
	int bad = 0;
	bad |= (int)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= (int)curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= (int)curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= (int)curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
	bad |= (int)curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	bad |= (int)curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	bad |= (int)curl_easy_setopt(h, CURLOPT_HTTP09_ALLOWED, 0L);
	bad |= (int)curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	bad |= (int)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	bad |= (int)curl_easy_setopt(h, CURLOPT_NOPROGRESS, 1L);
	bad |= (int)curl_easy_setopt(h, CURLOPT_MAXCONNECTS, 4L);
	/* A name service that does not answer must not hold us beyond the deadline. */
	bad |= (int)curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
	return bad;
}

static int set_callbacks(CURL *h, struct exchange *x)
{
	int bad = 0;
	bad |= (int)curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	bad |= (int)curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, x);
	bad |= (int)curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
	bad |= (int)curl_easy_setopt(h, CURLOPT_HEADERDATA, x);
	bad |= (int)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	bad |= (int)curl_easy_setopt(h, CURLOPT_WRITEDATA, x);
	bad |= (int)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, x->detail);
	return bad;
}

/* "" and not NULL for what is not used: NULL would let libcurl read the environment. */
static int set_settings(CURL *h, const struct exchange *x, const struct sto_curl_settings *settings)
{
	int bad = 0;
	bad |= (int)curl_easy_setopt(h, CURLOPT_PROXY, x->via_proxy ? settings->proxy : "");
	bad |= (int)curl_easy_setopt(h, CURLOPT_NOPROXY, "");
	bad |= (int)curl_easy_setopt(h, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	bad |= (int)curl_easy_setopt(h, CURLOPT_USERAGENT, settings->user_agent);
	if (settings->ca_file != NULL) {
		bad |= (int)curl_easy_setopt(h, CURLOPT_CAINFO, settings->ca_file);
		bad |= (int)curl_easy_setopt(h, CURLOPT_CAPATH, NULL);
	}
	return bad;
}

static int set_request(CURL *h, const struct exchange *x)
{
	const struct sto_fetch *request = x->request;
	int bad = 0;
	bad |= (int)curl_easy_setopt(h, CURLOPT_CURLU, x->target->url);
	bad |= (int)curl_easy_setopt(h, CURLOPT_HTTPHEADER, x->lines);
	bad |= (int)curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
	bad |= (int)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)request->timeout_ms);
	if (x->body_max > 0) /* 0 would mean: no limit */
		bad |= (int)curl_easy_setopt(h, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)x->body_max);
	if (strcmp(request->method, "POST") != 0)
		return bad | (int)curl_easy_setopt(h, CURLOPT_HTTPGET, 1L);
	bad |= (int)curl_easy_setopt(h, CURLOPT_POST, 1L);
	bad |= (int)curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
	bad |= (int)curl_easy_setopt(h, CURLOPT_POSTFIELDS,
				     request->body.len == 0 ? "" : (const char *)request->body.ptr);
	return bad;
}

/* ---- the result ---- */

static const struct {
	CURLcode curl;
	int code;
} results[] = {
	{CURLE_COULDNT_RESOLVE_HOST, STO_FETCH_DNS},
	{CURLE_COULDNT_RESOLVE_PROXY, STO_FETCH_DNS},
	{CURLE_COULDNT_CONNECT, STO_FETCH_CONNECT},
	{CURLE_PROXY, STO_FETCH_CONNECT},
	{CURLE_OPERATION_TIMEDOUT, STO_FETCH_TIMEOUT},
	{CURLE_SSL_CONNECT_ERROR, STO_FETCH_TLS},
	{CURLE_PEER_FAILED_VERIFICATION, STO_FETCH_TLS},
	{CURLE_SSL_CERTPROBLEM, STO_FETCH_TLS},
	{CURLE_SSL_CIPHER, STO_FETCH_TLS},
	{CURLE_SSL_CACERT_BADFILE, STO_FETCH_TLS},
	{CURLE_SSL_CRL_BADFILE, STO_FETCH_TLS},
	{CURLE_SSL_ISSUER_ERROR, STO_FETCH_TLS},
	{CURLE_SSL_INVALIDCERTSTATUS, STO_FETCH_TLS},
	{CURLE_FILESIZE_EXCEEDED, STO_FETCH_TOO_LARGE},
	{CURLE_URL_MALFORMAT, STO_FETCH_BAD_URL},
	{CURLE_OUT_OF_MEMORY, STO_NO_MEMORY},
};

static int code_of(const struct exchange *x, CURLcode curl)
{
	if (x->failure != STO_OK)
		return x->failure;
	if (x->refused && !x->attempted)
		return STO_FETCH_REFUSED_ADDRESS;
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (results[i].curl == curl)
			return results[i].code;
	return STO_FETCH_BROKEN;
}

/* The host and libcurl's words, never the URL: a query may hold a secret. */
static int fail(const struct exchange *x, CURLcode curl, struct sto_error *err)
{
	int code = code_of(x, curl);
	const char *text = curl_easy_strerror(curl);
	if (code == STO_FETCH_TLS && x->detail[0] != '\0')
		text = x->detail;
	else if (x->failure != STO_OK || code == STO_FETCH_REFUSED_ADDRESS)
		text = sto_reason_of(code)->hint;
	return sto_fail(err, code, "%s: %s", x->target->host, text);
}

static int conclude(struct exchange *x, CURL *h, struct sto_error *err)
{
	const struct sto_world *world = sto_world_system();
	long status = 0;
	(void)curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	if (status < 100 || status > 599)
		return sto_fail(err, STO_FETCH_BROKEN, "%s: an answer with no HTTP status", x->target->host);
	x->out->status = (int)status;
	sto_headers_conclude(x->out, &x->headers, world->now_sec(world->ctx));
	return STO_OK;
}

static int perform(struct exchange *x, CURL *h, const struct sto_curl_settings *settings,
		   struct sto_error *err)
{
	if ((set_rules(h) | set_callbacks(h, x) | set_settings(h, x, settings) | set_request(h, x)) != 0)
		return sto_fail(err, STO_NO_MEMORY, "libcurl did not take an option");
	CURLcode curl = curl_easy_perform(h);
	ERR_clear_error(); /* what a failed handshake left must not surprise this thread's next user of
			      OpenSSL */
	return curl == CURLE_OK ? conclude(x, h, err) : fail(x, curl, err);
}

static void forget_answer(struct sto_fetched *out)
{
	sto_buf_clear(&out->body);
	sto_buf_clear(&out->content_type);
	out->status = 0;
	out->age_sec = 0;
	out->max_age_sec = out->date_sec = out->retry_after_sec = -1;
}

int sto_exchange_run(struct sto_fetched *out, CURL *handle, const struct sto_fetch *request,
		     const struct sto_target *target, const struct sto_curl_settings *settings,
		     struct sto_error *err)
{
	struct exchange x = {.request = request, .target = target, .out = out};
	/* A loopback name means this machine and not the proxy's. */
	x.via_proxy = settings->proxy != NULL && !target->loopback;
	x.body_max = request->max_body < out->body.max ? request->max_body : out->body.max;
	forget_answer(out);
	sto_headers_init(&x.headers);
	int rc = add_headers(&x, err);
	if (rc == STO_OK)
		rc = perform(&x, handle, settings, err);
	if (rc != STO_OK)
		forget_answer(out);
	free_lines(&x);
	return rc;
}
