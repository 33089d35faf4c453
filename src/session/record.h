/* The session record: who is signed in, since when, and what was granted, as a flat, versioned run of bytes
 * that is read in place. */
#ifndef STO_SESSION_RECORD_H
#define STO_SESSION_RECORD_H

#include "stoauth/buf.h"
#include "stoauth/error.h"

#define STO_TIME_NONE INT64_MIN /* a time that is not known */

/* Where a refresh of the tokens stands. */
struct sto_session_refresh {
	int64_t lease_until_sec; /* 0: nobody refreshes */
	int64_t fence;           /* grows with each lease; who comes with an older one is too late */
	bool sent;               /* the request may have left the machine */
	bool retried;            /* the old token was already tried again after a crash */
};

/* The spans are borrowed: by the caller's hands when written, into the bytes when read. Empty means absent.
 */
struct sto_session_record {
	struct sto_span issuer;   /* iss */
	struct sto_span subject;  /* sub */
	struct sto_span provider; /* the provider's name in the configuration */
	struct sto_span sid;      /* the provider's session id */
	struct sto_span acr;
	struct sto_span device; /* what the browser said it is, for people */
	struct sto_span claims; /* JSON, as it came */
	struct sto_span access_token;
	struct sto_span refresh_token;
	struct sto_span id_token;
	int64_t created_sec;
	int64_t last_seen_sec;      /* written when touched: up to a touch's interval behind */
	int64_t idle_sec;           /* 0: no idle limit */
	int64_t absolute_end_sec;   /* nobody is signed in from this second on */
	int64_t auth_time_sec;      /* auth_time, or STO_TIME_NONE */
	int64_t access_expires_sec; /* the access token's, or STO_TIME_NONE */
	bool browser;               /* the cookie goes when the browser closes */
	struct sto_session_refresh refresh;
};

/* A record with nothing in it: no texts, no times. */
void sto_session_record_init(struct sto_session_record *record);

/* Appends the record's bytes. STO_TOO_LARGE, STO_NO_MEMORY; on failure `out` is as it was. */
STO_CHECKED int sto_session_record_write(struct sto_buf *out, const struct sto_session_record *record);

/* Reads a record in place: its spans point into `bytes`. What an older version did not write has the value
 * that sto_session_record_init() gives it. STO_SESSION_VERSION (of a newer version), STO_SESSION_DAMAGED. */
STO_CHECKED int sto_session_record_read(struct sto_session_record *record, struct sto_span bytes);

#endif
