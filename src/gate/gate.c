#include "gate/gate.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "base/base64url.h"
#include "base/json.h"
#include "http/url.h"
#include "session/secret_source.h"
#include "store/store.h"
#include "transport/transport.h"

int sto_gate_id_text(struct sto_buf *out, const uint8_t id[STO_GATE_ID_LEN])
{
	return sto_base64url_encode(out, sto_span_of(id, STO_GATE_ID_LEN));
}

/* The id names what a login is good for: the app, the block, the provider, the client and which token and
 * claim tell who somebody is. A login of one gate means nothing to another. */
static int make_id(sto_gate *gate)
{
	static const char *const parts[] = {"",
					    "issuer",
					    "server_metadata_url",
					    "authorization_endpoint",
					    "token_endpoint",
					    "jwks_uri",
					    "userinfo_endpoint",
					    "subject_claim",
					    "tenants",
					    "client_id",
					    "audience",
					    "token",
					    "identity_field_in_token"};
	uint8_t hash[SHA256_DIGEST_LENGTH];
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_JSON);
	json_t *named = json_object();
	int rc = named == NULL ? STO_NO_MEMORY : STO_OK;
	for (size_t i = 0; rc == STO_OK && i < sizeof(parts) / sizeof(parts[0]); i++) {
		json_t *value = json_object_get(gate->config.values, parts[i]);
		if (value != NULL && json_object_set(named, parts[i], value) != 0)
			rc = STO_NO_MEMORY;
	}
	/* A gate of a realm has a callback of its own: a plain one of the same block is another. */
	if (rc == STO_OK && gate->in_realm && json_object_set_new(named, "realm", json_true()) != 0)
		rc = STO_NO_MEMORY;
	if (rc == STO_OK)
		rc = sto_buf_put(&text, sto_buf_span(&gate->config.public_url));
	if (rc == STO_OK)
		rc = sto_json_dump(&text, named);
	if (rc == STO_OK && SHA256(text.data, text.len, hash) == NULL)
		rc = STO_INTERNAL;
	if (rc == STO_OK) {
		memcpy(gate->id, hash, STO_GATE_ID_LEN);
		rc = sto_gate_id_text(&gate->id_text, gate->id);
	}
	json_decref(named);
	sto_buf_finish(&text);
	return rc;
}

/* One cookie an app and browser: the name holds the app's id, so that apps on one host do not collide. */
static int make_cookie_name(sto_gate *gate)
{
	int rc = sto_buf_put_str(&gate->cookie_name, "__Host-st_oauth-");
	return rc != STO_OK ? rc
			    : sto_base64url_encode(&gate->cookie_name,
						   sto_span_slice(sto_keyring_app_id(gate->ring, 0), 0, 9));
}

#define SECRETS_MAX 8

static int make_ring(sto_gate *gate, struct sto_findings *findings)
{
	struct sto_buf secrets[SECRETS_MAX];
	struct sto_span spans[SECRETS_MAX];
	struct sto_error why = {0};
	size_t n = 0;
	if (gate->ring != NULL)
		return STO_OK;
	gate->own_ring = true;
	for (size_t i = 0; i < SECRETS_MAX; i++)
		sto_buf_init(&secrets[i], STO_LIMIT_SECRET);
	int rc = sto_gate_config_secrets(secrets, &n, SECRETS_MAX, &gate->config, findings, gate->world);
	for (size_t i = 0; i < n; i++)
		spans[i] = sto_buf_span(&secrets[i]);
	if (rc == STO_OK)
		rc = sto_keyring_new(&gate->ring, spans, n, sto_buf_span(&gate->config.public_url), &why);
	for (size_t i = 0; i < SECRETS_MAX; i++)
		sto_buf_finish(&secrets[i]);
	return rc;
}

/* Memory of the process, shared by all gates in it, for machines on which nothing can be written. */
static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sto_store memory_store;
#define MEMORY_ENTRIES 100000

static int open_memory(struct sto_store *out)
{
	int rc = STO_OK;
	pthread_mutex_lock(&memory_lock);
	if (memory_store.ops == NULL)
		rc = sto_store_memory_open(&memory_store, MEMORY_ENTRIES, NULL);
	*out = memory_store;
	pthread_mutex_unlock(&memory_lock);
	return rc;
}

static int open_store(sto_gate *gate, const struct sto_gate_parts *parts, struct sto_findings *findings)
{
	struct sto_buf dir;
	struct sto_error why = {0};
	if (parts->store != NULL) {
		gate->store = *parts->store;
		return STO_OK;
	}
	sto_buf_init(&dir, 4096);
	int rc = sto_state_dir(&dir, &why);
	if (rc == STO_OK)
		rc = sto_buf_put_str(&dir, "/store");
	if (rc == STO_OK)
		rc = sto_store_lmdb_open(&gate->store, sto_buf_span(&dir), &why);
	sto_buf_finish(&dir);
	if (rc == STO_OK) {
		gate->own_store = true;
		return STO_OK;
	}
	sto_finding_warning(
		findings, "store_in_memory", NULL, 0,
		"Make the state directory writable; until then run one process only",
		"nothing can be stored on this machine (%s), so used sign-in links are remembered in memory",
		why.detail);
	return open_memory(&gate->store);
}

static int lend_transport(struct sto_transport **out, void *ctx, struct sto_error *err)
{
	sto_gate *gate = ctx;
	int rc = STO_OK;
	*out = gate->lent_transport;
	if (*out != NULL)
		return STO_OK;
	pthread_mutex_lock(&gate->lock);
	if (gate->transport.ops == NULL) {
		struct sto_transport_options options = {gate->config.ca_file, gate->config.proxy,
							STO_SPAN("st_oauth/" STO_VERSION)};
		rc = sto_transport_curl_open(&gate->transport, &options, err);
	}
	pthread_mutex_unlock(&gate->lock);
	*out = rc == STO_OK ? &gate->transport : NULL;
	return rc;
}

static int open_parts(sto_gate *gate, const struct sto_gate_parts *parts, struct sto_findings *findings,
		      const json_t *request)
{
	int rc = sto_gate_config_load(&gate->config, findings, request);
	if (rc == STO_OK)
		rc = make_ring(gate, findings);
	if (rc == STO_OK)
		rc = make_id(gate);
	if (rc == STO_OK)
		rc = make_cookie_name(gate);
	if (rc == STO_OK)
		rc = open_store(gate, parts, findings);
	struct sto_oidc_world world = {gate->world, gate, lend_transport};
	return rc != STO_OK ? rc : sto_oidc_new(&gate->oidc, &gate->config.oidc, &world, NULL);
}

static sto_gate *allocate(const struct sto_gate_parts *parts)
{
	sto_gate *gate = calloc(1, sizeof(*gate));
	if (gate == NULL || pthread_mutex_init(&gate->lock, NULL) != 0) {
		free(gate);
		return NULL;
	}
	gate->world = parts->world != NULL ? parts->world : sto_world_system();
	gate->lent_transport = parts->transport;
	gate->ring = parts->ring;
	gate->in_realm = parts->ring != NULL || parts->keep_tokens;
	gate->keep_tokens = parts->keep_tokens;
	sto_gate_config_init(&gate->config);
	sto_buf_init(&gate->id_text, STO_GATE_ID_TEXT);
	sto_buf_init(&gate->cookie_name, 100);
	return gate;
}

int sto_gate_open_in(sto_gate **out, struct sto_findings *findings, const json_t *request,
		     const struct sto_gate_parts *parts)
{
	sto_gate *gate = allocate(parts);
	*out = NULL;
	int rc = gate == NULL ? STO_NO_MEMORY : open_parts(gate, parts, findings, request);
	if (rc == STO_OK)
		*out = gate;
	else
		sto_gate_free(gate);
	return rc;
}

int sto_gate_open(sto_gate **out, struct sto_buf *findings_json, struct sto_span request,
		  const struct sto_gate_world *world, struct sto_error *err)
{
	struct sto_config_source source;
	struct sto_findings findings;
	struct sto_gate_parts parts = {0};
	json_t *json = NULL;
	*out = NULL;
	int rc = sto_json_parse_object(&json, request, err);
	if (rc != STO_OK)
		return rc;
	sto_config_source_of(&source, json);
	if (world != NULL)
		parts = (struct sto_gate_parts){
			.world = world->world, .transport = world->transport, .store = world->store};
	rc = sto_findings_init(&findings, &source);
	if (rc == STO_OK)
		rc = sto_gate_open_in(out, &findings, json, &parts);
	if (rc == STO_OK || rc == STO_CONFIG_WRONG) {
		int dumped = sto_json_dump(findings_json, findings.list);
		rc = dumped != STO_OK ? dumped : rc;
	}
	if (rc != STO_OK) {
		sto_gate_free(*out);
		*out = NULL;
	}
	sto_findings_finish(&findings);
	json_decref(json);
	return rc == STO_OK || rc == STO_CONFIG_WRONG ? rc : sto_fail(err, rc, "the gate cannot be opened");
}

void sto_gate_free(sto_gate *gate)
{
	if (gate == NULL)
		return;
	sto_oidc_free(gate->oidc);
	sto_transport_close(&gate->transport);
	if (gate->own_store)
		sto_store_close(&gate->store);
	if (gate->own_ring)
		sto_keyring_free(gate->ring);
	sto_gate_config_finish(&gate->config);
	sto_buf_finish(&gate->id_text);
	sto_buf_finish(&gate->cookie_name);
	(void)pthread_mutex_destroy(&gate->lock);
	free(gate);
}

struct sto_span sto_gate_id(const sto_gate *gate)
{
	return sto_buf_span(&gate->id_text);
}

/* Whom the visitor is sent to, for the page: the host of the provider. */
static json_t *provider_host(const struct sto_oidc_settings *s)
{
	struct sto_url url;
	return sto_url_parse(&url, sto_oidc_address(s), NULL) == STO_OK ? sto_json_str(url.host)
									: json_null();
}

int sto_gate_facts(struct sto_buf *out, const sto_gate *gate)
{
	struct sto_url url;
	struct sto_buf origin;
	sto_buf_init(&origin, STO_LIMIT_URL);
	int rc = sto_url_parse(&url, sto_buf_span(&gate->config.public_url), NULL);
	if (rc == STO_OK)
		rc = sto_url_put_origin(&origin, &url);
	json_t *facts = json_pack(
		"{s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "cookie",
		sto_json_str(sto_buf_span(&gate->cookie_name)), "origin", sto_json_str(sto_buf_span(&origin)),
		"public_url", sto_json_str(sto_buf_span(&gate->config.public_url)), "redirect_uri",
		sto_json_str(sto_buf_span(&gate->config.redirect_uri)), "loopback",
		gate->config.loopback ? 1 : 0, "identity_field", sto_json_str(gate->config.identity_field),
		"provider_host", provider_host(&gate->config.oidc), "provider_url",
		sto_json_str(sto_oidc_address(&gate->config.oidc)), "client_id",
		sto_json_str(gate->config.oidc.client_id));
	if (rc == STO_OK)
		rc = facts == NULL ? STO_NO_MEMORY : sto_json_dump(out, facts);
	json_decref(facts);
	sto_buf_finish(&origin);
	return rc;
}
