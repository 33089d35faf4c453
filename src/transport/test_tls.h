/* Certificates made while a test runs, and a TLS side for test_server.h. */
#ifndef STO_TRANSPORT_TEST_TLS_H
#define STO_TRANSPORT_TEST_TLS_H

#include <openssl/ssl.h>

#include "transport/test_server.h"

struct test_identity {
	EVP_PKEY *key;
	X509 *cert;
};

/* A certificate for `names` ("IP:127.0.0.1,DNS:localhost"), valid between now and the two offsets in seconds,
 * signed by `issuer` or, where that is NULL, by itself. Asserts on failure. */
struct test_identity test_identity_make(const char *names, long from_sec, long to_sec,
					const struct test_identity *issuer, bool is_ca);
void test_identity_free(struct test_identity *identity);
void test_identity_write(const struct test_identity *identity, const char *path);

/* Lets the server speak TLS as `identity`, up to `max_version` (0: any). Freed with test_tls_free(). */
void test_tls_use(struct test_server *server, const struct test_identity *identity, int max_version);
void test_tls_free(struct test_server *server);

#endif
