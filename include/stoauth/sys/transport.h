/* Outbound HTTP, for those who write a transport. The library has one over libcurl, a module that
 * is loaded when it is first needed. */
#ifndef STOAUTH_SYS_TRANSPORT_H
#define STOAUTH_SYS_TRANSPORT_H

#include "stoauth/buf.h"
#include "stoauth/error.h"

#define STO_TRANSPORT_ABI 1

/* Fixed for the life of a transport. Spans are copied by open(). */
struct sto_transport_options {
	struct sto_span ca_file; /* PEM file in place of the system's trust store; empty: system */
	/* http://host:port of an HTTP proxy; empty: none (the environment is not read). The operator wrote it
	 * down, so it may have any address; the addresses behind it are the proxy's business, save those
	 * written in a URL. Loopback hosts are reached without it. */
	struct sto_span proxy;
	struct sto_span user_agent; /* empty: "st_oauth/VERSION" */
};

struct sto_header {
	struct sto_span name;
	struct sto_span value;
};

/* One request. No redirect is ever followed: a 3xx is an answer like any other. TLS is verified. */
struct sto_fetch {
	const char *method;  /* "GET" or "POST" */
	struct sto_span url; /* http or https, absolute; http only where the host is written as a loopback one
				(localhost, 127.0.0.0/8, ::1) and the connected address is one */
	const struct sto_header *headers;
	size_t n_headers;
	struct sto_span body; /* for POST */
	size_t max_body;      /* decoded bytes of the answer; more is STO_FETCH_TOO_LARGE */
	int64_t timeout_ms;   /* for all of it, connect to last byte; 1 to 120000 */
	bool allow_private;   /* whether a private, link-local or loopback address may be connected to,
				 judged by the address at the moment of connecting (no rebinding) */
};

/* An answer; made by sto_fetched_init(), given back by sto_fetched_finish(). */
struct sto_fetched {
	int status; /* 100 to 599 */
	struct sto_buf body;
	struct sto_buf content_type; /* without parameters, lower case; empty where there is none */
	int64_t max_age_sec; /* freshness by Cache-Control and Age or Expires (RFC 9111 4.2); -1: not said; 0:
				must not be kept */
	int64_t date_sec;    /* the Date header as seconds since 1970; -1: not said */
	int64_t retry_after_sec; /* Retry-After in seconds; -1: not said */
	int64_t age_sec;         /* how long caches have kept the answer, by Age; 0: not said */
};

struct sto_transport_ops {
	uint32_t abi;  /* STO_TRANSPORT_ABI */
	uint32_t size; /* sizeof(struct sto_transport_ops) */
	const char *name;
	/* Makes a transport: connections, TLS sessions and the trust store are kept inside it.
	 * STO_FETCH_SETUP where an option is wrong (a CA file that cannot be read). */
	int (*open)(void **ctx, const struct sto_transport_options *options, struct sto_error *err);
	/* Sends one request and waits. No cookie, no credential of the machine, no compression: an answer
	 * with a content coding is STO_FETCH_BROKEN. `out` was made by sto_fetched_init(), may be used again,
	 * and holds nothing after a failure. 0 with an answer of whatever status, or
	 * STO_FETCH_REFUSED_ADDRESS, STO_FETCH_BAD_URL, STO_FETCH_DNS, STO_FETCH_CONNECT, STO_FETCH_TLS,
	 * STO_FETCH_TIMEOUT, STO_FETCH_TOO_LARGE (headers over 64 KiB too), STO_FETCH_BROKEN, STO_NO_MEMORY;
	 * STO_FETCH_BAD_URL also for a header with CR, LF or NUL; STO_USAGE for another method or deadline.
	 * Many threads may fetch at once. */
	int (*fetch)(void *ctx, struct sto_fetched *out, const struct sto_fetch *request,
		     struct sto_error *err);
	void (*close)(void *ctx); /* NULL is fine; no fetch may be under way */
};

struct sto_transport {
	const struct sto_transport_ops *ops;
	void *ctx;
};

STO_API void sto_fetched_init(struct sto_fetched *fetched, size_t max_body);
STO_API void sto_fetched_finish(struct sto_fetched *fetched);

/* Opens the library's own transport, over libcurl: loads LIBDIR/stoauth/transport_curl.so once per process
 * (never unloaded), where LIBDIR is the folder libstoauth itself was loaded from. STO_FETCH_SETUP where the
 * module is missing, of another ABI, or an option is wrong. Any thread. */
STO_CHECKED STO_API int sto_transport_curl_open(struct sto_transport *out,
						const struct sto_transport_options *options,
						struct sto_error *err);

/* Closed ones and NULL are fine; no fetch may be under way. */
STO_API void sto_transport_close(struct sto_transport *transport);

#endif
