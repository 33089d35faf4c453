#include "gate/test_provider.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/sha.h>

#include "base/base64url.h"
#include "base/bounds.h"
#include "base/json.h"
#include "base/test.h"
#include "http/form.h"
#include "http/url.h"
#include "jose/claims.h"
#include "jose/jws.h"
#include "store/store.h"

static int64_t fake_now(void *ctx)
{
	return ((struct test_provider *)ctx)->now_sec;
}

static int64_t fake_monotonic(void *ctx)
{
	return ((struct test_provider *)ctx)->now_sec * 1000;
}

static int fake_random(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	return sto_world_system()->random(NULL, out, len);
}

/* --- what the provider answers */

static json_t *base_claims(const struct test_provider *p)
{
	return json_pack("{s:s, s:s, s:I, s:I}", "iss", p->issuer, "sub", "ada-1", "exp",
			 (json_int_t)(p->now_sec + 300), "iat", (json_int_t)p->now_sec);
}

static void change(json_t *claims, const json_t *changes)
{
	void *it = json_object_iter((json_t *)(uintptr_t)changes);
	for (; it != NULL; it = json_object_iter_next((json_t *)(uintptr_t)changes, it)) {
		if (json_is_null(json_object_iter_value(it)))
			(void)json_object_del(claims, json_object_iter_key(it));
		else
			(void)json_object_set(claims, json_object_iter_key(it), json_object_iter_value(it));
	}
}

static json_t *sign(const struct test_provider *p, const json_t *claims, const char *typ)
{
	struct sto_buf payload, token;
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	assert_ok(sto_json_dump(&payload, claims));
	assert_ok(sto_jws_sign(&token, p->sign_with_other ? p->other_key : p->key, p->alg, typ,
			       sto_buf_span(&payload), NULL));
	json_t *text = sto_json_str(sto_buf_span(&token));
	sto_buf_finish(&payload);
	sto_buf_finish(&token);
	return text;
}

static json_t *access_token(const struct test_provider *p)
{
	if (p->access_claims == NULL)
		return json_string("opaque-access-token");
	json_t *claims = base_claims(p);
	(void)json_object_set_new(claims, "aud", json_string("https://api.example"));
	(void)json_object_set_new(claims, "client_id", json_string("app"));
	change(claims, p->access_claims);
	json_t *token = sign(p, claims, p->access_typ);
	json_decref(claims);
	return token;
}

static json_t *id_token(const struct test_provider *p, const json_t *access)
{
	struct sto_buf at_hash;
	json_t *claims = base_claims(p);
	sto_buf_init(&at_hash, 100);
	assert_ok(sto_at_hash(&at_hash, p->alg, sto_span_str(json_string_value(access))));
	(void)json_object_set_new(claims, "at_hash", sto_json_str(sto_buf_span(&at_hash)));
	(void)json_object_set_new(claims, "aud", json_string("app"));
	(void)json_object_set_new(claims, "nonce", sto_json_str(sto_buf_span(&p->nonce)));
	change(claims, p->id_claims);
	json_t *token = sign(p, claims, p->id_typ);
	json_decref(claims);
	sto_buf_finish(&at_hash);
	return token;
}

static json_t *good_answer(const struct test_provider *p, enum test_endpoint endpoint)
{
	if (endpoint == TEST_DISCOVERY)
		return json_incref(p->metadata);
	if (endpoint == TEST_JWKS)
		return json_pack("{s:[o]}", "keys",
				 sto_jwk_public_json(p->publish_other ? p->other_key : p->key));
	if (endpoint == TEST_USERINFO)
		return json_incref(p->userinfo);
	if (endpoint == TEST_REVOCATION)
		return json_object();
	json_t *access = access_token(p);
	json_t *answer = json_pack("{s:O, s:s, s:i}", "access_token", access, "token_type", "bEARER",
				   "expires_in", 300);
	if (p->token_extra != NULL)
		(void)json_object_update(answer, p->token_extra);
	if (!p->no_id_token)
		(void)json_object_set_new(answer, "id_token", id_token(p, access));
	json_decref(access);
	return answer;
}

static enum test_endpoint endpoint_of(const struct test_provider *p, struct sto_span url)
{
	static const char *const paths[] = {"/.well-known/openid-configuration", "/jwks", "/token",
					    "/userinfo", "/revoke"};
	struct sto_span issuer = sto_span_str(p->issuer);
	if (sto_span_ends_with(url, sto_span_str(paths[TEST_DISCOVERY])))
		return TEST_DISCOVERY;
	if (!sto_span_starts_with(url, issuer))
		return TEST_OTHER;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (sto_span_equal(sto_span_slice(url, issuer.len, url.len), sto_span_str(paths[i])))
			return (enum test_endpoint)i;
	return TEST_OTHER;
}

static void keep_request(struct test_provider *p, const struct sto_fetch *request)
{
	sto_buf_clear(&p->last_form);
	sto_buf_clear(&p->last_basic);
	assert_ok(sto_buf_put(&p->last_form, request->body));
	for (size_t i = 0; i < request->n_headers; i++)
		if (sto_span_equal_nocase(request->headers[i].name, STO_SPAN("Authorization")))
			assert_ok(sto_buf_put(&p->last_basic, request->headers[i].value));
}

static int fake_fetch(void *ctx, struct sto_fetched *out, const struct sto_fetch *request,
		      struct sto_error *err)
{
	struct test_provider *p = ctx;
	enum test_endpoint endpoint = endpoint_of(p, request->url);
	const struct test_answer *answer = &p->answers[endpoint];
	p->requests[endpoint]++;
	assert_true(endpoint != TEST_OTHER);
	bool posts = endpoint == TEST_TOKEN || endpoint == TEST_REVOCATION;
	assert_string_equal(request->method, posts ? "POST" : "GET");
	if (posts || endpoint == TEST_USERINFO)
		keep_request(p, request);
	if (answer->rc != STO_OK)
		return sto_fail(err, answer->rc, "as the test said");
	out->status = answer->status == 0 ? 200 : answer->status;
	out->max_age_sec = endpoint == TEST_JWKS ? p->jwks_max_age_sec : -1;
	out->date_sec = p->date_sec[endpoint] == 0 ? -1 : p->date_sec[endpoint];
	out->age_sec = p->age_sec[endpoint];
	if (answer->content_type != NULL)
		assert_ok(sto_buf_put_str(&out->content_type, answer->content_type));
	if (answer->body != NULL)
		return sto_buf_put_str(&out->body, answer->body);
	json_t *good = good_answer(p, endpoint);
	int rc = sto_json_dump(&out->body, good);
	json_decref(good);
	return rc;
}

static const struct sto_transport_ops fake_transport = {
	STO_TRANSPORT_ABI, sizeof(struct sto_transport_ops), "fake", NULL, fake_fetch, NULL};

/* An endpoint of the provider's own host. */
static json_t *endpoint(const struct test_provider *p, const char *path)
{
	return json_sprintf("%s%s", p->issuer, path);
}

static json_t *metadata_of(const struct test_provider *p)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:[s]}", "issuer", p->issuer,
			 "authorization_endpoint", endpoint(p, "/authorize"), "token_endpoint",
			 endpoint(p, "/token"), "jwks_uri", endpoint(p, "/jwks"), "userinfo_endpoint",
			 endpoint(p, "/userinfo"), "end_session_endpoint", endpoint(p, "/logout"),
			 "revocation_endpoint", endpoint(p, "/revoke"),
			 "authorization_response_iss_parameter_supported", 1,
			 "id_token_signing_alg_values_supported", "ES256");
}

void test_provider_init_as(struct test_provider *p, const char *issuer)
{
	*p = (struct test_provider){.now_sec = 1800000000,
				    .issuer = issuer,
				    .alg = STO_ALG_ES256,
				    .id_typ = "JWT",
				    .access_typ = "at+jwt",
				    .jwks_max_age_sec = -1};
	p->world = (struct sto_world){p, fake_now, fake_monotonic, fake_random};
	p->transport = (struct sto_transport){&fake_transport, p};
	assert_ok(sto_store_memory_open(&p->store, 1000, NULL));
	assert_ok(sto_jwk_generate(&p->key, STO_ALG_ES256, STO_SPAN("k1"), NULL));
	assert_ok(sto_jwk_generate(&p->other_key, STO_ALG_ES256, STO_SPAN("k2"), NULL));
	p->metadata = metadata_of(p);
	p->id_claims = json_object();
	p->userinfo = json_pack("{s:s, s:s, s:[{s:s}]}", "sub", "ada-1", "login", "ada", "emails", "value",
				"ada@example.org");
	sto_buf_init(&p->last_form, 65536);
	sto_buf_init(&p->last_basic, 65536);
	sto_buf_init(&p->nonce, 1000);
}

void test_provider_init(struct test_provider *p)
{
	test_provider_init_as(p, "https://op.example");
}

void test_provider_finish(struct test_provider *p)
{
	sto_store_close(&p->store);
	sto_jwk_free(p->key);
	sto_jwk_free(p->other_key);
	json_decref(p->metadata);
	json_decref(p->id_claims);
	json_decref(p->userinfo);
	json_decref(p->access_claims);
	json_decref(p->token_extra);
	sto_buf_finish(&p->last_form);
	sto_buf_finish(&p->last_basic);
	sto_buf_finish(&p->nonce);
}

char *test_jwt(const struct test_provider *p, const json_t *claims, const char *typ)
{
	json_t *token = sign(p, claims, typ);
	char *text = strdup(json_string_value(token));
	json_decref(token);
	return text;
}

/* --- gates */

/* As a host tells them: a setting each, and those of a table by their path. */
static void put_settings(json_t *settings, json_t *path, json_t *value)
{
	const char *name;
	json_t *inner;
	if (json_object_size(value) == 0)
		(void)json_array_append_new(
			settings, json_pack("{s:O, s:O, s:i}", "path", path, "value", value, "line", 7));
	json_object_foreach(value, name, inner)
	{
		json_t *longer = json_copy(path);
		(void)json_array_append_new(longer, json_string(name));
		put_settings(settings, longer, inner);
	}
	json_decref(path);
}

static json_t *request_of(const char *changes)
{
	json_t *config =
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "issuer", "https://op.example", "client_id", "app",
			  "client_secret", "s3cret", "redirect_uri", "http://localhost:{port}/", "secret",
			  "q4t8Vd1mR7xK2pZ9sWb5nYc3jLf6hGa0eUoTiXyBvNM");
	json_t *changed = changes == NULL ? NULL : json_loads(changes, 0, NULL), *settings = json_array(),
	       *value;
	const char *name;
	assert_true(changes == NULL || changed != NULL);
	change(config, changed);
	json_object_foreach(config, name, value) put_settings(settings, json_pack("[s]", name), value);
	json_decref(config);
	json_decref(changed);
	return json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:i, s:s}}", "block", "oauth", "source", "kind",
			 "file", "file", ".streamlit/secrets.toml", "state", "ok", "settings", settings,
			 "facts", "port", 8501, "base_path", "");
}

static int open_gate(sto_gate **gate, struct sto_buf *findings, struct test_provider *p, const char *changes)
{
	struct sto_gate_world world = {&p->world, &p->transport, &p->store};
	json_t *request = request_of(changes);
	char *text = json_dumps(request, 0);
	int rc = sto_gate_open(gate, findings, sto_span_str(text), &world, NULL);
	free(text);
	json_decref(request);
	return rc;
}

sto_gate *test_gate(struct test_provider *p, const char *changes)
{
	struct sto_buf findings;
	sto_gate *gate = NULL;
	sto_buf_init(&findings, STO_LIMIT_JSON);
	int rc = open_gate(&gate, &findings, p, changes);
	if (rc != STO_OK)
		print_message("findings: %s\n", sto_buf_cstr(&findings));
	assert_ok(rc);
	sto_buf_finish(&findings);
	return gate;
}

sto_keyring *test_ring(void)
{
	static const uint8_t secret[32] = {7};
	struct sto_span spans[] = {sto_span_of(secret, sizeof(secret))};
	sto_keyring *ring = NULL;
	assert_ok(sto_keyring_new(&ring, spans, 1, STO_SPAN("http://localhost:8501"), NULL));
	return ring;
}

sto_gate *test_gate_in(struct test_provider *p, const char *block, sto_keyring *ring, const char *changes)
{
	struct sto_gate_parts parts = {&p->world, &p->transport, &p->store, ring, true};
	struct sto_config_source source;
	struct sto_findings findings;
	sto_gate *gate = NULL;
	json_t *request = request_of(changes);
	/* The app key is the realm's. */
	json_t *settings = json_object_get(request, "settings"), *setting;
	size_t i;
	json_array_foreach(settings, i, setting)
	{
		const json_t *key = json_array_get(json_object_get(setting, "path"), 0);
		if (strcmp(json_string_value(key), "secret") == 0) {
			(void)json_array_remove(settings, i);
			break;
		}
	}
	(void)json_object_set_new(request, "block", json_string(block));
	(void)json_object_set_new(json_object_get(request, "facts"), "callback",
				  json_string("/auth/callback"));
	sto_config_source_of(&source, request);
	assert_ok(sto_findings_init(&findings, &source));
	int rc = sto_gate_open_in(&gate, &findings, request, &parts);
	if (rc != STO_OK) {
		char *text = json_dumps(findings.list, JSON_INDENT(1));
		print_message("findings: %s\n", text);
		free(text);
	}
	assert_ok(rc);
	sto_findings_finish(&findings);
	json_decref(request);
	return gate;
}

json_t *test_findings(struct test_provider *p, const char *changes)
{
	struct sto_buf findings;
	sto_gate *gate = NULL;
	sto_buf_init(&findings, STO_LIMIT_JSON);
	int rc = open_gate(&gate, &findings, p, changes);
	assert_true(rc == STO_OK || rc == STO_CONFIG_WRONG);
	assert_true((gate == NULL) == (rc == STO_CONFIG_WRONG));
	json_t *list = json_loadb((const char *)findings.data, findings.len, 0, NULL);
	assert_non_null(list);
	/* An error among the findings, and nothing else, keeps the gate shut. */
	bool wrong = false;
	json_t *finding;
	size_t i;
	json_array_foreach(list, i, finding)
	{
		const char *severity = json_string_value(json_object_get(finding, "severity"));
		wrong = wrong || strcmp(severity, "error") == 0;
	}
	assert_true(wrong == (rc == STO_CONFIG_WRONG));
	sto_gate_free(gate);
	sto_buf_finish(&findings);
	return list;
}

/* --- the browser's way */

static json_t *run(sto_login **login, sto_op *op)
{
	while (sto_op_step(op) == STO_STEP_WORKER)
		continue;
	struct sto_span text = sto_op_result(op);
	json_t *result = json_loadb((const char *)text.ptr, text.len, 0, NULL);
	assert_non_null(result);
	sto_login *taken = sto_op_take_login(op);
	if (login != NULL)
		*login = taken;
	else
		sto_login_free(taken);
	sto_op_free(op);
	return result;
}

void test_link_finish(struct test_link *link)
{
	sto_buf_finish(&link->url);
	sto_buf_finish(&link->state);
}

static void keep_params(struct test_link *link, struct test_provider *p)
{
	struct sto_url url;
	assert_ok(sto_url_parse(&url, sto_buf_span(&link->url), NULL));
	assert_ok(sto_form_get(&link->state, url.query, STO_SPAN("state"), NULL));
	sto_buf_clear(&p->nonce);
	(void)!sto_form_get(&p->nonce, url.query, STO_SPAN("nonce"), NULL);
}

void test_begin(struct test_link *link, struct test_provider *p, sto_gate *gate, struct test_browser *browser)
{
	test_begin_at(link, p, gate, browser, "/page2");
}

static void keep_mark(struct test_browser *browser, const json_t *result)
{
	const char *add = json_string_value(json_object_get(json_object_get(result, "cookie"), "add"));
	size_t len = strlen(browser->cookie);
	if (strstr(browser->cookie, add) == NULL)
		(void)snprintf(browser->cookie + len, sizeof(browser->cookie) - len, "%s%s",
			       len > 0 ? "." : "", add);
}

json_t *test_begin_with(struct test_link *link, struct test_provider *p, sto_gate *gate,
			struct test_browser *browser, json_t *request)
{
	sto_op *op = NULL;
	(void)json_object_set_new(request, "cookie", json_string(browser->cookie));
	char *text = json_dumps(request, 0);
	assert_ok(sto_gate_begin(&op, gate, sto_span_str(text), NULL));
	json_t *result = run(NULL, op);
	free(text);
	json_decref(request);
	sto_buf_init(&link->url, STO_LIMIT_URL);
	sto_buf_init(&link->state, STO_LIMIT_URL);
	if (!json_is_true(json_object_get(result, "ok")))
		return result;
	keep_mark(browser, result);
	assert_ok(sto_buf_put_str(&link->url, json_string_value(json_object_get(result, "url"))));
	keep_params(link, p);
	json_decref(result);
	return NULL;
}

void test_begin_at(struct test_link *link, struct test_provider *p, sto_gate *gate,
		   struct test_browser *browser, const char *path)
{
	json_t *request = json_pack("{s:s, s:s}", "path", path, "query", "a=1&a=2");
	assert_null(test_begin_with(link, p, gate, browser, request));
}

json_t *test_callback(const struct test_link *link)
{
	return json_pack("{s:[s], s:[o], s:[s]}", "code", "c0de", "state",
			 sto_json_str(sto_buf_span(&link->state)), "iss", "https://op.example");
}

json_t *test_finish(sto_login **login, sto_gate *gate, const struct test_browser *browser, json_t *params)
{
	sto_op *op = NULL;
	json_t *request = json_pack("{s:s, s:o}", "cookie", browser->cookie, "params", params);
	char *text = json_dumps(request, 0);
	assert_ok(sto_gate_finish(&op, gate, sto_span_str(text), NULL));
	free(text);
	json_decref(request);
	return run(login, op);
}

const char *test_reason(json_t *result)
{
	static char reason[64];
	reason[0] = '\0';
	if (!json_is_true(json_object_get(result, "ok")))
		(void)snprintf(reason, sizeof(reason), "%s",
			       json_string_value(json_object_get(result, "reason")));
	json_decref(result);
	return reason;
}

const char *test_sign_in(struct test_provider *p, sto_gate *gate)
{
	struct test_browser browser = {""};
	struct test_link link;
	sto_login *login = NULL;
	test_begin(&link, p, gate, &browser);
	const char *reason = test_reason(test_finish(&login, gate, &browser, test_callback(&link)));
	assert_true((login != NULL) == (reason[0] == '\0'));
	sto_login_free(login);
	test_link_finish(&link);
	return reason;
}

const char *test_challenge(const char *verifier)
{
	static char text[44];
	uint8_t hash[SHA256_DIGEST_LENGTH];
	struct sto_buf encoded;
	sto_buf_init(&encoded, 43);
	assert_non_null(SHA256((const uint8_t *)verifier, strlen(verifier), hash));
	assert_ok(sto_base64url_encode(&encoded, sto_span_of(hash, sizeof(hash))));
	(void)snprintf(text, sizeof(text), "%s", sto_buf_cstr(&encoded));
	sto_buf_finish(&encoded);
	return text;
}
