/* The URL of a request, judged before anything is sent. */
#ifndef STO_TRANSPORT_TARGET_H
#define STO_TRANSPORT_TARGET_H

#include <stdbool.h>

#include <curl/curl.h>

#include "stoauth/sys/transport.h"

struct sto_target {
	CURLU *url;
	char *host;    /* as libcurl normalised it; libcurl's memory */
	bool is_http;  /* without TLS: loopback only */
	bool loopback; /* the host is named or written as a loopback one */
};

/* Parses the request's URL. STO_FETCH_BAD_URL: not http(s), user info, a fragment, bytes that do not belong
 * into a URL, or http to a host that is not written as a loopback one. STO_FETCH_REFUSED_ADDRESS: the host is
 * an address that may not be connected to. Given back by sto_target_finish(), on failure too. */
STO_CHECKED int sto_target_init(struct sto_target *target, const struct sto_fetch *request,
				struct sto_error *err);
void sto_target_finish(struct sto_target *target);

#endif
