#include "dev/server.h"

#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include "base/bounds.h"
#include "base/json.h"

/* One request while it comes in. */
struct incoming {
	struct sto_buf uri, body;
	bool begun, too_large;
};

static void free_incoming(struct incoming *in)
{
	if (in == NULL)
		return;
	sto_buf_finish(&in->uri);
	sto_buf_finish(&in->body);
	free(in);
}

/* Called first, with the request target as it was sent. */
static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct incoming *in = calloc(1, sizeof(*in));
	(void)cls;
	(void)connection;
	if (in == NULL)
		return NULL;
	sto_buf_init(&in->uri, STO_LIMIT_FORM);
	sto_buf_init(&in->body, STO_LIMIT_FORM);
	in->too_large = sto_buf_put_str(&in->uri, uri) != STO_OK;
	return in;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode why)
{
	(void)cls;
	(void)connection;
	(void)why;
	free_incoming(*state);
	*state = NULL;
}

static struct sto_span header_of(struct MHD_Connection *connection, const char *name)
{
	return sto_span_str(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

static struct dev_request make_request(struct MHD_Connection *connection, const char *method,
				       const struct incoming *in)
{
	struct sto_span uri = sto_buf_span(&in->uri);
	size_t question = sto_span_find(uri, '?');
	return (struct dev_request){
		.method = sto_span_str(method),
		.path = sto_span_slice(uri, 0, question),
		.query = sto_span_slice(uri, question + 1, uri.len),
		.body = sto_buf_span(&in->body),
		.host = header_of(connection, MHD_HTTP_HEADER_HOST),
		.content_type = header_of(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
		.authorization = header_of(connection, MHD_HTTP_HEADER_AUTHORIZATION),
		.cookie = header_of(connection, MHD_HTTP_HEADER_COOKIE),
	};
}

/* ---- the answer ---- */

static void add_header(struct MHD_Response *out, const char *name, const char *value)
{
	if (value != NULL)
		(void)MHD_add_response_header(out, name, value);
}

static void add_header_buf(struct MHD_Response *out, const char *name, struct sto_buf *value)
{
	if (value->len > 0)
		add_header(out, name, sto_buf_cstr(value));
}

static void add_headers(struct MHD_Response *out, struct dev_response *res)
{
	add_header(out, "Cache-Control", res->may_be_kept ? "public, max-age=60" : "no-store");
	if (!res->may_be_kept)
		add_header(out, "Pragma", "no-cache"); /* RFC 6749 section 5.1 */
	add_header(out, "X-Content-Type-Options", "nosniff");
	add_header(out, "X-Frame-Options", "DENY");
	add_header(out, "Referrer-Policy", "no-referrer");
	add_header(out, "Content-Type", res->content_type);
	add_header(out, "Allow", res->allow);
	add_header_buf(out, "Location", &res->location);
	add_header_buf(out, "Set-Cookie", &res->set_cookie);
	add_header_buf(out, "WWW-Authenticate", &res->www_authenticate);
	if (res->csp.len == 0)
		add_header(out, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
	add_header_buf(out, "Content-Security-Policy", &res->csp);
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct dev_response *res)
{
	void *body = res->body.len == 0 ? (void *)(uintptr_t) "" : res->body.data;
	struct MHD_Response *out =
		MHD_create_response_from_buffer(res->body.len, body, MHD_RESPMEM_MUST_COPY);
	if (out == NULL)
		return MHD_NO;
	add_headers(out, res);
	enum MHD_Result queued = MHD_queue_response(connection, (unsigned)res->status, out);
	MHD_destroy_response(out);
	return queued;
}

/* One line: method, path and status; never a query, a body or a header. */
static void log_request(FILE *log, const struct dev_request *req, int status)
{
	json_t *path = sto_json_str(req->path), *method = sto_json_str(req->method);
	json_t *line = json_pack("{s:o*, s:o*, s:i}", "method", method, "path", path, "status", status);
	if (line != NULL && json_dumpf(line, log, JSON_COMPACT) == 0) {
		(void)fputc('\n', log);
		(void)fflush(log);
	}
	json_decref(line);
}

static enum MHD_Result answer(struct dev_server *server, struct MHD_Connection *connection,
			      const char *method, const struct incoming *in)
{
	struct dev_request req = make_request(connection, method, in);
	struct dev_response res;
	dev_response_init(&res);
	if (!in->too_large)
		dev_issuers_handle(server->issuers, &req, &res);
	else if (dev_answer_error(&res, 413, "invalid_request", "the request is larger than allowed") !=
		 STO_OK)
		res.status = 500;
	if (server->log != NULL)
		log_request(server->log, &req, res.status);
	enum MHD_Result queued = send_answer(connection, &res);
	dev_response_finish(&res);
	return queued;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data, size_t *data_len,
				  void **state)
{
	struct incoming *in = *state;
	(void)url;
	(void)version;
	if (in == NULL)
		return MHD_NO;
	if (!in->begun) {
		in->begun = true;
		return MHD_YES;
	}
	if (*data_len == 0)
		return answer(cls, connection, method, in);
	in->too_large = in->too_large || sto_buf_put(&in->body, sto_span_of(data, *data_len)) != STO_OK;
	*data_len = 0;
	return MHD_YES;
}

/* ---- */

static struct MHD_Daemon *start_one(struct dev_server *server, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET,
				fd, MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL, MHD_OPTION_NOTIFY_COMPLETED,
				on_completed, NULL, MHD_OPTION_CONNECTION_TIMEOUT, 30u,
				MHD_OPTION_CONNECTION_LIMIT, 256u, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				(size_t)4 * STO_LIMIT_FORM, MHD_OPTION_END);
}

bool dev_server_start(struct dev_server *server, struct dev_issuers *issuers, struct dev_sockets *sockets,
		      FILE *log)
{
	*server = (struct dev_server){.issuers = issuers, .log = log};
	while (sockets->count > 0) {
		struct MHD_Daemon *daemon = start_one(server, sockets->fd[sockets->count - 1]);
		if (daemon == NULL)
			return false;
		sockets->count--;
		server->daemon[server->count++] = daemon;
	}
	return true;
}

void dev_server_stop(struct dev_server *server)
{
	for (int i = 0; i < server->count; i++)
		MHD_stop_daemon(server->daemon[i]);
	server->count = 0;
}

int dev_server_fd(const struct dev_server *server, int i)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon[i], MHD_DAEMON_INFO_EPOLL_FD);
	return info == NULL ? -1 : info->epoll_fd;
}

void dev_server_run(struct dev_server *server)
{
	for (int i = 0; i < server->count; i++)
		(void)MHD_run(server->daemon[i]);
}

int dev_server_timeout_ms(const struct dev_server *server, int most)
{
	for (int i = 0; i < server->count; i++) {
		MHD_UNSIGNED_LONG_LONG wait = 0;
		if (MHD_get_timeout(server->daemon[i], &wait) == MHD_YES &&
		    wait < (MHD_UNSIGNED_LONG_LONG)most)
			most = (int)wait;
	}
	return most;
}
