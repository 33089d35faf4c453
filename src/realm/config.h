/* The configuration [auth]: what holds for the whole realm, and for each provider a configuration of its own.
 */
#ifndef STO_REALM_CONFIG_H
#define STO_REALM_CONFIG_H

#include <jansson.h>

#include "gate/findings.h"
#include "session/policy.h"
#include "stoauth/buf.h"
#include "stoauth/sys/world.h"

#define STO_REALM_PROVIDERS 16 /* at most */

enum sto_realm_store {
	STO_REALM_STORE_LMDB,
	STO_REALM_STORE_MEMORY,
	STO_REALM_STORE_COOKIE,
	STO_REALM_STORE_REDIS,
};

/* Tokens that a script may read. */
enum sto_exposed_token {
	STO_EXPOSE_ID = 1,
	STO_EXPOSE_ACCESS = 2,
};

struct sto_realm_provider {
	struct sto_span name;  /* "google": of the block, of the preset for the unnamed one, else "default" */
	bool unnamed;          /* it stands in [auth] itself */
	struct sto_span label; /* what a visitor reads */
	bool trust_email;      /* every address it sends counts as verified */
	json_t *request; /* owned: what sto_gate_open() is asked for it, with what it inherits of [auth] */
};

/* A rule by path. The longest that fits a page decides; "/admin" fits /admin and all below it, "/" the start
 * page alone. */
struct sto_realm_rule {
	struct sto_span path;
	const json_t *roles; /* of which one is needed; NULL: public */
};

struct sto_realm_config {
	json_t *values;            /* checked values by key; owned, everything below borrows from it */
	struct sto_buf public_url; /* origin and base path, without a slash at the end */
	struct sto_span base_path; /* its path: "" or "/foo" */
	bool loopback;             /* the public URL is a loopback one */

	size_t n_providers;
	struct sto_realm_provider providers[STO_REALM_PROVIDERS];

	struct sto_session_policy policy;
	bool follow_provider; /* a session ends with the provider's token */

	enum sto_realm_store store;
	struct sto_span store_url; /* of Redis: redis://, rediss://, unix:// */
	struct sto_span store_dir; /* of LMDB; empty: the state directory */
	struct sto_span store_ca_file, store_user, store_password;

	bool require_login; /* pages without a rule need somebody signed in */
	size_t n_rules;
	struct sto_realm_rule *rules; /* owned */

	unsigned expose_tokens;          /* enum sto_exposed_token, or-ed */
	struct sto_span post_logout_url; /* where the provider sends the visitor after a sign-out */
};

void sto_realm_config_init(struct sto_realm_config *config);
void sto_realm_config_finish(struct sto_realm_config *config);

/* Checks every setting that is the realm's and fills *config; what is a provider's goes into its request,
 * where sto_gate_open_in() checks it. STO_CONFIG_WRONG with all findings, STO_BAD_JSON, STO_NO_MEMORY. */
STO_CHECKED int sto_realm_config_load(struct sto_realm_config *config, struct sto_findings *findings,
				      const json_t *request);

/* Appends what the gates of the providers would find wrong, without opening one: for a configuration that is
 * wrong anyway, so that every mistake is told at once. STO_BAD_JSON, STO_NO_MEMORY. */
STO_CHECKED int sto_realm_config_check_providers(const struct sto_realm_config *config,
						 struct sto_findings *findings);

/* Appends the app's secrets, decoded, one buffer each, as sto_gate_config_secrets() does: `secret`,
 * `secret_file`, the native `cookie_secret` (stretched where it is short), or the key file of this machine. A
 * networked store without a configured one is a finding. */
STO_CHECKED int sto_realm_config_secrets(struct sto_buf *secrets, size_t *n, size_t max,
					 const struct sto_realm_config *config, struct sto_findings *findings,
					 const struct sto_world *world);

#endif
