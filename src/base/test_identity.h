/* Certificates made while a test runs. */
#ifndef STO_BASE_TEST_IDENTITY_H
#define STO_BASE_TEST_IDENTITY_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

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

#endif
