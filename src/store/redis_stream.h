/* A stream of bytes to a server: a TCP or Unix socket, plain or under TLS, that never waits beyond a
 * deadline. */
#ifndef STO_STORE_REDIS_STREAM_H
#define STO_STORE_REDIS_STREAM_H

#include <openssl/ssl.h>

#include "store/redis_module.h"

/* Both NULL where nothing is open. */
struct sto_redis_stream {
	int fd;   /* non-blocking; -1: none */
	SSL *tls; /* NULL: plain */
};

/* Deadlines are times of this clock. */
int64_t sto_redis_now_ms(void);

/* Connects, and does the handshake where `tls` is given. STO_STORE_FAILED; STO_STORE_SETUP where the server's
 * certificate does not hold. The stream is closed on failure. */
STO_CHECKED int sto_redis_stream_open(struct sto_redis_stream *stream, const struct sto_redis_place *place,
				      SSL_CTX *tls, int64_t deadline_ms, struct sto_error *err);

/* Closes. In a forked child it may be the parent's: nothing is sent. Closed ones are fine. */
void sto_redis_stream_close(struct sto_redis_stream *stream);

/* Writes all of it. STO_STORE_FAILED. */
STO_CHECKED int sto_redis_stream_write(struct sto_redis_stream *stream, struct sto_span bytes,
				       int64_t deadline_ms, struct sto_error *err);

/* Reads what there is, at least one byte. STO_STORE_FAILED, also at the end of the stream. */
STO_CHECKED int sto_redis_stream_read(struct sto_redis_stream *stream, size_t *got, uint8_t *out, size_t max,
				      int64_t deadline_ms, struct sto_error *err);

/* Whether the server still holds its end, and has sent nothing that nobody asked for. */
bool sto_redis_stream_is_quiet(const struct sto_redis_stream *stream);

/* What is trusted: the authorities of the file, or the system's. STO_STORE_SETUP, STO_NO_MEMORY. */
STO_CHECKED int sto_redis_tls_new(SSL_CTX **out, struct sto_span ca_file, struct sto_error *err);

/* For redis_stream.c: the client's side over a connected socket, for this very host. NULL where that cannot
 * be made. */
SSL *sto_redis_tls_start(SSL_CTX *ctx, int fd, struct sto_span host);

#endif
