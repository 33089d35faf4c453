/* Opening a realm: configuration, keys, stores and a gate for each provider. */
#include "realm/realm.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/json.h"
#include "realm/stores.h"

#define SECRETS_MAX STO_KEYS_MAX
#define COOKIE_ID_BYTES 9 /* of the app's id: 12 characters */

static int make_ring(sto_realm *realm, struct sto_findings *findings)
{
	struct sto_buf secrets[SECRETS_MAX];
	struct sto_span spans[SECRETS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < SECRETS_MAX; i++)
		sto_buf_init(&secrets[i], STO_LIMIT_SECRET);
	int rc = sto_realm_config_secrets(secrets, &n, SECRETS_MAX, &realm->config, findings, realm->world);
	for (size_t i = 0; i < n; i++)
		spans[i] = sto_buf_span(&secrets[i]);
	if (rc == STO_OK)
		rc = sto_keyring_new(&realm->ring, spans, n, sto_buf_span(&realm->config.public_url), NULL);
	for (size_t i = 0; i < SECRETS_MAX; i++)
		sto_buf_finish(&secrets[i]);
	return rc;
}

static int name_cookies(sto_realm *realm)
{
	struct sto_buf text;
	int rc = STO_OK;
	sto_buf_init(&text, STO_COOKIE_ID);
	for (size_t i = 0; i < sto_keyring_count(realm->ring) && rc == STO_OK; i++) {
		sto_buf_clear(&text);
		rc = sto_base64url_encode(
			&text, sto_span_slice(sto_keyring_app_id(realm->ring, i), 0, COOKIE_ID_BYTES));
		if (rc == STO_OK)
			memcpy(realm->cookie_ids[i], text.data, text.len);
	}
	sto_buf_finish(&text);
	return rc;
}

static int open_sessions(sto_realm *realm)
{
	struct sto_sessions_options options = {.store = realm->session_store,
					       .ring = realm->ring,
					       .world = realm->world,
					       .policy = realm->config.policy};
	return sto_sessions_new(&realm->sessions, &options, NULL);
}

/* A gate's findings name its own block. */
static int open_gate(sto_realm *realm, size_t index, struct sto_findings *all,
		     const struct sto_realm_world *world)
{
	struct sto_config_source source;
	struct sto_findings findings;
	const json_t *request = realm->config.providers[index].request;
	struct sto_gate_parts parts = {.world = realm->world,
				       .transport = world == NULL ? NULL : world->transport,
				       .store = &realm->marks,
				       .ring = realm->ring,
				       .keep_tokens = true};
	sto_config_source_of(&source, request);
	int rc = sto_findings_init(&findings, &source);
	if (rc == STO_OK)
		rc = sto_gate_open_in(&realm->gates[index], &findings, request, &parts);
	if ((rc == STO_OK || rc == STO_CONFIG_WRONG) && json_array_extend(all->list, findings.list) != 0)
		rc = STO_NO_MEMORY;
	all->failed = all->failed || findings.failed;
	sto_findings_finish(&findings);
	return rc;
}

/* All of them are tried, so that every mistake is told at once. */
static int open_gates(sto_realm *realm, struct sto_findings *findings, const struct sto_realm_world *world)
{
	int worst = STO_OK;
	for (size_t i = 0; i < realm->config.n_providers; i++) {
		int rc = open_gate(realm, i, findings, world);
		if (rc != STO_OK && worst != STO_NO_MEMORY)
			worst = rc;
	}
	if (worst == STO_OK)
		realm->n_gates = realm->config.n_providers;
	return worst;
}

static int open_parts(sto_realm *realm, struct sto_findings *findings, const json_t *request,
		      const struct sto_realm_world *world)
{
	int rc = sto_realm_config_load(&realm->config, findings, request);
	if (rc == STO_CONFIG_WRONG) {
		int checked = sto_realm_config_check_providers(&realm->config, findings);
		return checked != STO_OK ? checked : rc;
	}
	if (rc == STO_OK)
		rc = make_ring(realm, findings);
	if (rc == STO_OK)
		rc = name_cookies(realm);
	if (rc == STO_OK)
		rc = sto_realm_stores_open(realm, findings, world);
	if (rc == STO_OK)
		rc = open_sessions(realm);
	if (rc == STO_OK)
		rc = open_gates(realm, findings, world);
	realm->asks_login = json_is_true(json_object_get(json_object_get(request, "facts"), "asks_login"));
	return rc == STO_OK && findings->failed ? STO_CONFIG_WRONG : rc;
}

static sto_realm *allocate(const struct sto_realm_world *world)
{
	sto_realm *realm = calloc(1, sizeof(*realm));
	if (realm == NULL)
		return NULL;
	realm->world = world != NULL && world->world != NULL ? world->world : sto_world_system();
	sto_buf_init(&realm->findings, STO_LIMIT_JSON);
	sto_buf_init(&realm->closed_base, STO_LIMIT_URL);
	sto_realm_config_init(&realm->config);
	return realm;
}

static void finish_parts(sto_realm *realm)
{
	for (size_t i = 0; i < STO_REALM_PROVIDERS; i++) {
		sto_gate_free(realm->gates[i]);
		realm->gates[i] = NULL;
	}
	realm->n_gates = 0;
	sto_sessions_free(realm->sessions);
	realm->sessions = NULL;
	sto_realm_stores_close(realm);
	sto_keyring_free(realm->ring);
	realm->ring = NULL;
	sto_realm_config_finish(&realm->config);
}

/* What is left of a realm whose configuration is wrong: where it lies, and what is wrong. */
static int close_realm(sto_realm *realm, const json_t *request, struct sto_span findings)
{
	struct sto_span base;
	(void)sto_json_get_str(&base, json_object_get(request, "facts"), "base_path");
	finish_parts(realm);
	sto_realm_config_init(&realm->config);
	realm->closed = true;
	int rc = sto_buf_put(&realm->findings, findings);
	if (rc == STO_OK && base.len > 0 && base.ptr[0] != '/')
		rc = sto_buf_put_byte(&realm->closed_base, '/');
	if (rc == STO_OK)
		rc = sto_buf_put(&realm->closed_base, base);
	realm->config.base_path = sto_buf_span(&realm->closed_base);
	return rc != STO_OK ? rc : sto_reference_make(realm->reference, realm->world);
}

static int open_realm(sto_realm *realm, struct sto_buf *findings_json, const json_t *request,
		      const struct sto_realm_world *world)
{
	struct sto_config_source source;
	struct sto_findings findings;
	sto_config_source_of(&source, request);
	int rc = sto_findings_init(&findings, &source);
	if (rc == STO_OK)
		rc = open_parts(realm, &findings, request, world);
	if (rc == STO_OK || rc == STO_CONFIG_WRONG) {
		int dumped = sto_json_dump(findings_json, findings.list);
		rc = dumped != STO_OK ? dumped : rc;
	}
	if (rc == STO_CONFIG_WRONG) {
		int closed = close_realm(realm, request, sto_buf_span(findings_json));
		rc = closed != STO_OK ? closed : rc;
	}
	sto_findings_finish(&findings);
	return rc;
}

int sto_realm_open(sto_realm **out, struct sto_buf *findings, struct sto_span request,
		   const struct sto_realm_world *world, struct sto_error *err)
{
	json_t *json = NULL;
	*out = NULL;
	int rc = sto_json_parse_object(&json, request, err);
	if (rc != STO_OK)
		return rc;
	sto_realm *realm = allocate(world);
	rc = realm == NULL ? STO_NO_MEMORY : open_realm(realm, findings, json, world);
	json_decref(json);
	if (rc == STO_OK || rc == STO_CONFIG_WRONG) {
		*out = realm;
		return rc;
	}
	sto_realm_free(realm);
	return sto_fail(err, rc, "the realm cannot be opened");
}

void sto_realm_free(sto_realm *realm)
{
	if (realm == NULL)
		return;
	finish_parts(realm);
	sto_buf_finish(&realm->findings);
	sto_buf_finish(&realm->closed_base);
	free(realm);
}
