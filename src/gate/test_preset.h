/* Imitations of the providers that have a preset: what each one's documentation shows of its answers, played
 * without sockets. */
#ifndef STO_GATE_TEST_PRESET_H
#define STO_GATE_TEST_PRESET_H

#include "gate/test_provider.h"

#define TEST_PRESET_PAGES 4

/* What a provider answers, JSON each. */
struct test_preset {
	const char *config; /* changes of the usual configuration, for test_gate() */
	struct {
		const char *url, *body;
	} pages[TEST_PRESET_PAGES]; /* fetched by GET: discovery, userinfo, ... */
	const char *jwks_url;       /* NULL: it publishes no keys */
	const char *token_url, *token;
	const char *id_claims; /* of the ID token; its times, nonce and at_hash are filled in where they
				  stand; NULL: it sends none */
	const char *iss;       /* of the callback; NULL: it sends none */
};

extern const struct test_preset test_preset_google;
extern const struct test_preset test_preset_microsoft;
extern const struct test_preset test_preset_microsoft_many;
extern const struct test_preset test_preset_github;
extern const struct test_preset test_preset_keycloak;
extern const struct test_preset test_preset_auth0;

/* One of them under way. */
struct test_imitation {
	struct test_provider *provider;
	const struct test_preset *preset;
	json_t *id_changes; /* of the ID token's claims: null takes one out; the test's */
	const char *other_url;
	struct test_answer other; /* what `other_url` answers in place of what the preset says */
	int n_fetches;
	struct sto_buf last_url, last_form;
};

/* Puts the imitation in the place of the provider's transport. */
void test_imitation_init(struct test_imitation *imitation, struct test_provider *provider,
			 const struct test_preset *preset);
void test_imitation_finish(struct test_imitation *imitation);

/* Signs in from the link to the way back. The reason of a refusal, or "" and *login. */
const char *test_preset_sign_in(sto_login **login, struct test_imitation *imitation, sto_gate *gate);

#endif
