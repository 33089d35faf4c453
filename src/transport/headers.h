/* What the header lines of an answer say. */
#ifndef STO_TRANSPORT_HEADERS_H
#define STO_TRANSPORT_HEADERS_H

#include "stoauth/sys/transport.h"

/* Collected line by line; times are seconds since 1970, -1: not said. */
struct sto_headers {
	bool encoded;  /* a content or transfer coding that we never asked for */
	bool no_reuse; /* no-store, no-cache or Vary: * */
	bool has_max_age;
	bool has_expires;
	int64_t max_age_sec;
	int64_t expires_sec;
	int64_t age_sec;
	int64_t date_sec;
	bool has_retry_after;
	bool retry_after_is_date;
	int64_t retry_after; /* seconds, or seconds since 1970 */
};

/* Nothing known yet: for the start of an answer, after each interim one. */
void sto_headers_init(struct sto_headers *headers);

/* Takes one header line ("Name: value", with or without CRLF; anything else is ignored). `content_type` gets
 * the media type, lower case and without parameters, where the line names one. */
void sto_headers_add(struct sto_headers *headers, struct sto_buf *content_type, struct sto_span line);

/* Fills the times of `out` from what was collected; `now_sec` stands in for an absent Date. */
void sto_headers_conclude(struct sto_fetched *out, const struct sto_headers *headers, int64_t now_sec);

#endif
