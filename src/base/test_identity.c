#include "base/test_identity.h"

#include <stdatomic.h>
#include <stdio.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/test.h"

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(cert, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static void name_cert(X509 *cert, const X509 *issuer, bool is_ca)
{
	static atomic_long serial = 1;
	const char *name = is_ca ? "test authority" : "test server";
	X509_NAME *subject = X509_get_subject_name(cert);
	assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name,
						    -1, -1, 0),
			 1);
	assert_int_equal(X509_set_issuer_name(cert, issuer == NULL ? subject : X509_get_subject_name(issuer)),
			 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(cert), atomic_fetch_add(&serial, 1)), 1);
}

struct test_identity test_identity_make(const char *names, long from_sec, long to_sec,
					const struct test_identity *issuer, bool is_ca)
{
	struct test_identity made = {EVP_EC_gen("P-256"), X509_new()};
	assert_non_null(made.key);
	assert_non_null(made.cert);
	assert_int_equal(X509_set_version(made.cert, X509_VERSION_3), 1);
	name_cert(made.cert, issuer == NULL ? NULL : issuer->cert, is_ca);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(made.cert), from_sec));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(made.cert), to_sec));
	assert_int_equal(X509_set_pubkey(made.cert, made.key), 1);
	add_extension(made.cert, NID_basic_constraints, is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (names != NULL)
		add_extension(made.cert, NID_subject_alt_name, names);
	assert_true(X509_sign(made.cert, issuer == NULL ? made.key : issuer->key, EVP_sha256()) > 0);
	return made;
}

void test_identity_free(struct test_identity *identity)
{
	EVP_PKEY_free(identity->key);
	X509_free(identity->cert);
}

void test_identity_write(const struct test_identity *identity, const char *path)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, identity->cert), 1);
	assert_ok(fclose(file));
}
