/* One request and its answer on an easy handle. */
#ifndef STO_TRANSPORT_EXCHANGE_H
#define STO_TRANSPORT_EXCHANGE_H

#include "transport/headers.h"
#include "transport/target.h"

/* A transport's own settings, NUL-terminated; NULL: none. */
struct sto_curl_settings {
	char *ca_file;
	char *proxy;
	char *user_agent; /* never NULL */
};

/* Sends `request` to `target` by `handle`, which has no options set, and fills `out`. The codes are those of
 * fetch in stoauth/sys/transport.h. On failure `out` holds nothing of the answer. */
STO_CHECKED int sto_exchange_run(struct sto_fetched *out, CURL *handle, const struct sto_fetch *request,
				 const struct sto_target *target, const struct sto_curl_settings *settings,
				 struct sto_error *err);

#endif
