/* A TLS side for test_server.h. */
#ifndef STO_TRANSPORT_TEST_TLS_H
#define STO_TRANSPORT_TEST_TLS_H

#include <openssl/ssl.h>

#include "base/test_identity.h"
#include "transport/test_server.h"

/* Lets the server speak TLS as `identity`, up to `max_version` (0: any). Freed with test_tls_free(). */
void test_tls_use(struct test_server *server, const struct test_identity *identity, int max_version);
void test_tls_free(struct test_server *server);

#endif
