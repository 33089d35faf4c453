/* Where sessions are kept, how long they last, and what of the provider's tokens a script may read. */
#include <string.h>

#include "realm/config_parts.h"

#define DAY_SEC 86400
#define IN_COOKIE_SEC 43200 /* a session that cannot be taken back lasts less long */

static bool is_address(struct sto_span store)
{
	static const char *const schemes[] = {"redis://", "rediss://", "unix:///"};
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (sto_span_starts_with(store, sto_span_str(schemes[i])) && store.len > strlen(schemes[i]))
			return true;
	return false;
}

/* A store may hold a password and is never repeated. */
static void check_store(struct sto_realm_config *config, struct sto_findings *findings)
{
	static const struct {
		const char *name;
		enum sto_realm_store store;
	} names[] = {{"lmdb", STO_REALM_STORE_LMDB},
		     {"memory", STO_REALM_STORE_MEMORY},
		     {"cookie", STO_REALM_STORE_COOKIE}};
	struct sto_span store = sto_config_text(config->values, "store");
	const char *key =
		sto_config_text(config->values, "store_url_file").len > 0 ? "store_url_file" : "store";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!sto_span_equal(store, sto_span_str(names[i].name)))
			continue;
		config->store = names[i].store;
		return;
	}
	config->store = STO_REALM_STORE_REDIS;
	config->store_url = store;
	if (store.len > 0 && !is_address(store))
		sto_finding_error(
			findings, "bad_store", key, 0,
			"Redis and Valkey are written as redis://host:6379/0, rediss://host:6379/0 or "
			"unix:///path",
			"is none of \"lmdb\", \"memory\", \"cookie\" and the address of a store");
}

static void unused(const struct sto_realm_config *config, struct sto_findings *findings, const char *key,
		   bool used, const char *by)
{
	if (!used && json_object_get(config->values, key) != NULL)
		sto_finding_warning(findings, "unused_key", key, 0, "Take it out", "is used by %s only", by);
}

static void check_store_parts(struct sto_realm_config *config, struct sto_findings *findings)
{
	bool redis = config->store == STO_REALM_STORE_REDIS;
	bool tls = redis && sto_span_starts_with(config->store_url, STO_SPAN("rediss://"));
	unused(config, findings, "store_user", redis, "a Redis or Valkey");
	unused(config, findings, "store_password", redis, "a Redis or Valkey");
	unused(config, findings, "store_ca_file", tls, "rediss://");
	unused(config, findings, "store_dir", config->store == STO_REALM_STORE_LMDB, "store = \"lmdb\"");
	config->store_user = sto_config_text(config->values, "store_user");
	config->store_password = sto_config_text(config->values, "store_password");
	config->store_ca_file = sto_config_text(config->values, "store_ca_file");
	config->store_dir = sto_config_text(config->values, "store_dir");
}

static void check_limits(struct sto_realm_config *config, struct sto_findings *findings)
{
	struct sto_span session = sto_config_text(config->values, "session");
	int64_t absolute_sec = json_integer_value(json_object_get(config->values, "default_ttl"));
	if (absolute_sec == 0)
		absolute_sec = config->store == STO_REALM_STORE_COOKIE ? IN_COOKIE_SEC : 7 * DAY_SEC;
	config->policy.absolute_sec = absolute_sec;
	config->policy.idle_sec = json_integer_value(json_object_get(config->values, "idle_ttl"));
	config->policy.browser = sto_span_equal(session, STO_SPAN("browser"));
	config->follow_provider = sto_span_equal(session, STO_SPAN("provider"));
	if (config->policy.idle_sec > config->policy.absolute_sec)
		sto_finding_error(findings, "out_of_range", "idle_ttl", 0,
				  "Make it shorter than default_ttl, or leave it out",
				  "is longer than default_ttl, which is %lld seconds here",
				  (long long)absolute_sec);
}

static void check_tokens(struct sto_realm_config *config, struct sto_findings *findings)
{
	size_t i;
	json_t *name;
	json_array_foreach(json_object_get(config->values, "expose_tokens"), i, name)
	{
		config->expose_tokens |=
			strcmp(json_string_value(name), "id") == 0 ? STO_EXPOSE_ID : STO_EXPOSE_ACCESS;
	}
	if (config->expose_tokens != 0 && config->store == STO_REALM_STORE_COOKIE)
		sto_finding_error(findings, "store_lacks", "expose_tokens", 0,
				  "Take it out, or set store to another one",
				  "cannot be with store = \"cookie\", which keeps no token");
}

void sto_realm_config_sessions(struct sto_realm_config *config, struct sto_findings *findings)
{
	check_store(config, findings);
	if (!findings->failed)
		check_store_parts(config, findings);
	check_limits(config, findings);
	check_tokens(config, findings);
}
