/* What the tests of the configuration share. */
#ifndef STO_REALM_TEST_CONFIG_H
#define STO_REALM_TEST_CONFIG_H

#include "base/test.h"
#include "gate/config.h"
#include "realm/config.h"

struct test_config {
	struct sto_realm_config config;
	struct sto_config_source source;
	struct sto_findings findings;
	json_t *request;
	int rc;
};

/* The request of a host that tells [auth], given as JSON with ' for ", leaf by leaf. `source` and `facts`
 * (NULL: nothing) change members of those. */
json_t *test_config_request(const char *auth, const char *source, const char *facts);
/* Loads [auth], given as JSON with ' for ". A host tells it leaf by leaf; the line of a leaf is its number,
 * from 1. */
void test_config_load(struct test_config *test, const char *auth);
/* The same with members changed in the request's source and facts. */
void test_config_load_from(struct test_config *test, const char *auth, const char *source, const char *facts);
void test_config_finish(struct test_config *test);

/* Whether a finding has this severity and code, this key (NULL: none), and holds this in its message. */
bool test_config_found(const struct test_config *test, const char *severity, const char *code,
		       const char *key, const char *message);
/* The findings as text, to be freed. */
char *test_config_dump(const struct test_config *test);

/* Loads it, and fails the test unless the finding is there and the result is what it says. */
void test_expect_error(const char *auth, const char *code, const char *key, const char *message);
void test_expect_warning(const char *auth, const char *code, const char *key, const char *message);
/* Loads it and fails the test where there is any finding. */
void test_config_load_fine(struct test_config *test, const char *auth);

/* The value of a setting in a provider's request; NULL where there is none. */
const json_t *test_setting(const struct sto_realm_provider *provider, const char *key, const char *below);

#endif
