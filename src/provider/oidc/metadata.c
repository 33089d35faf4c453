#include "provider/oidc/internal.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "base/json.h"
#include "http/url.h"
#include "provider/oidc/tenant.h"

bool sto_oidc_has_discovery(const struct sto_oidc_settings *s)
{
	return s->metadata_url.len > 0 ||
	       (s->issuer.len > 0 &&
		(s->authorization_endpoint.len == 0 || s->token_endpoint.len == 0 || s->jwks_uri.len == 0));
}

#define WELL_KNOWN "/.well-known/openid-configuration"

/* OIDC Discovery 4: a '/' that ends the issuer is taken off before the well-known path is added. */
int sto_metadata_url(struct sto_buf *out, const struct sto_oidc_settings *s)
{
	if (s->metadata_url.len > 0)
		return sto_buf_put(out, s->metadata_url);
	struct sto_span issuer = s->issuer;
	if (sto_span_ends_with(issuer, STO_SPAN("/")))
		issuer.len--;
	int rc = sto_buf_put(out, issuer);
	return rc != STO_OK ? rc : sto_buf_put_str(out, WELL_KNOWN);
}

static void metadata_init(struct sto_metadata *m)
{
	*m = (struct sto_metadata){.refs = 1};
	sto_buf_init(&m->issuer, STO_LIMIT_URL);
	sto_buf_init(&m->authorization_endpoint, STO_LIMIT_URL);
	sto_buf_init(&m->token_endpoint, STO_LIMIT_URL);
	sto_buf_init(&m->jwks_uri, STO_LIMIT_URL);
	sto_buf_init(&m->userinfo_endpoint, STO_LIMIT_URL);
	sto_buf_init(&m->end_session_endpoint, STO_LIMIT_URL);
	sto_buf_init(&m->revocation_endpoint, STO_LIMIT_URL);
}

static void metadata_free(struct sto_metadata *m)
{
	if (m == NULL)
		return;
	sto_buf_finish(&m->issuer);
	sto_buf_finish(&m->authorization_endpoint);
	sto_buf_finish(&m->token_endpoint);
	sto_buf_finish(&m->jwks_uri);
	sto_buf_finish(&m->userinfo_endpoint);
	sto_buf_finish(&m->end_session_endpoint);
	sto_buf_finish(&m->revocation_endpoint);
	free(m);
}

/* A template over tenants is one where it is configured who may sign in; it is a URL with any of them in it.
 */
static int parse_issuer(struct sto_url *url, const sto_oidc *oidc, struct sto_span issuer,
			struct sto_error *err)
{
	static const char any_id[] = "00000000-0000-0000-0000-000000000000";
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_URL);
	int rc = oidc->settings.tenants == NULL ? sto_url_parse(url, issuer, NULL)
						: sto_tenant_put_issuer(&text, issuer, sto_span_str(any_id));
	if (rc == STO_OK && oidc->settings.tenants != NULL)
		rc = sto_url_parse(url, sto_buf_span(&text), NULL);
	/* The scheme and the host are the issuer's own. */
	if (rc == STO_OK && oidc->settings.tenants != NULL) {
		size_t at = (size_t)(url->host.ptr - text.data);
		url->host = sto_span_slice(issuer, at, url->host.len);
		url->path = url->query = (struct sto_span){NULL, 0};
	}
	sto_buf_finish(&text);
	return rc == STO_OK ? STO_OK : sto_fail(err, STO_DISCOVERY_BAD, "the issuer is no URL");
}

/* OIDC Discovery 4.3: the issuer must be exactly the configured one. Where only the document's address is
 * configured, the issuer must be the one whose well-known address that is, or at least live on the same host.
 */
static int check_issuer(struct sto_metadata *m, const sto_oidc *oidc, const json_t *doc,
			struct sto_error *err)
{
	const struct sto_oidc_settings *s = &oidc->settings;
	struct sto_url from, to;
	struct sto_span issuer;
	if (!sto_json_get_str(&issuer, doc, "issuer") || issuer.len == 0)
		return sto_fail(err, STO_DISCOVERY_BAD, "the discovery document has no issuer");
	if (s->issuer.len > 0 && !sto_span_equal(issuer, s->issuer))
		return sto_fail(err, STO_DISCOVERY_ISSUER, "configured is %.*s, the document says %.*s",
				(int)s->issuer.len, (const char *)s->issuer.ptr, (int)issuer.len,
				(const char *)issuer.ptr);
	int rc = parse_issuer(&to, oidc, issuer, err);
	if (rc != STO_OK)
		return rc;
	if (s->issuer.len == 0 && (sto_url_parse(&from, s->metadata_url, NULL) != STO_OK ||
				   !sto_span_equal_nocase(from.host, to.host)))
		return sto_fail(err, STO_DISCOVERY_ISSUER,
				"the document says %.*s: another host than its own", (int)issuer.len,
				(const char *)issuer.ptr);
	return sto_buf_put(&m->issuer, issuer);
}

static int take_endpoint(struct sto_buf *out, const sto_oidc *oidc, const json_t *doc, const char *name,
			 struct sto_span configured, struct sto_error *err)
{
	const struct sto_oidc_settings *s = &oidc->settings;
	struct sto_span url;
	if (configured.len > 0)
		return STO_OK;
	if (!sto_json_get_str(&url, doc, name) || url.len == 0)
		return sto_fail(err, STO_DISCOVERY_ENDPOINT, "the discovery document has no %s", name);
	if (!sto_oidc_may_use(oidc, s->issuer.len > 0 ? s->issuer : s->metadata_url, url))
		return sto_fail(err, STO_DISCOVERY_ENDPOINT,
				"%s is %.*s: not https, or on a host that is neither the issuer's nor listed",
				name, (int)(url.len < 120 ? url.len : 120), (const char *)url.ptr);
	return sto_buf_put(out, url);
}

/* One that nobody needs to sign in, by the same rules; what breaks them counts as absent. */
static int take_optional(struct sto_buf *out, bool *refused, const sto_oidc *oidc, const json_t *doc,
			 const char *name, struct sto_span configured)
{
	if (json_object_get(doc, name) == NULL || json_is_null(json_object_get(doc, name)))
		return STO_OK;
	int rc = take_endpoint(out, oidc, doc, name, configured, NULL);
	*refused = rc == STO_DISCOVERY_ENDPOINT || rc == STO_TOO_LARGE;
	return *refused ? STO_OK : rc;
}

static uint32_t take_algs(const json_t *doc)
{
	uint32_t algs = 0;
	size_t i;
	json_t *entry;
	json_array_foreach(json_object_get(doc, "id_token_signing_alg_values_supported"), i, entry)
	{
		enum sto_alg alg;
		if (sto_alg_parse(&alg, sto_span_of(json_string_value(entry), json_string_length(entry))) ==
		    STO_OK)
			algs |= STO_ALG_BIT(alg);
	}
	return algs;
}

static bool lists(const json_t *doc, const char *name, const char *word)
{
	size_t i;
	json_t *entry;
	json_array_foreach(
		json_object_get(doc, name), i,
		entry) if (sto_span_equal(sto_span_of(json_string_value(entry), json_string_length(entry)),
					  sto_span_str(word))) return true;
	return false;
}

static void take_rest(struct sto_metadata *m, const json_t *doc)
{
	static const char methods[] = "token_endpoint_auth_methods_supported";
	m->algs = take_algs(doc);
	m->iss_parameter =
		json_is_true(json_object_get(doc, "authorization_response_iss_parameter_supported"));
	/* Basic where the metadata says nothing (RFC 8414 section 2). */
	m->auth_basic = json_object_get(doc, methods) == NULL || lists(doc, methods, "client_secret_basic");
	m->auth_post = lists(doc, methods, "client_secret_post");
}

int sto_metadata_parse(struct sto_metadata **out, const sto_oidc *oidc, struct sto_span json,
		       struct sto_error *err)
{
	const struct sto_oidc_settings *s = &oidc->settings;
	json_t *doc = NULL;
	*out = NULL;
	struct sto_metadata *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return STO_NO_MEMORY;
	metadata_init(m);
	int rc = sto_json_parse_object(&doc, json, err);
	if (rc != STO_OK)
		rc = sto_fail(err, STO_DISCOVERY_BAD, "the discovery document is no JSON object");
	if (rc == STO_OK)
		rc = check_issuer(m, oidc, doc, err);
	if (rc == STO_OK)
		rc = take_endpoint(&m->authorization_endpoint, oidc, doc, "authorization_endpoint",
				   s->authorization_endpoint, err);
	if (rc == STO_OK)
		rc = take_endpoint(&m->token_endpoint, oidc, doc, "token_endpoint", s->token_endpoint, err);
	if (rc == STO_OK)
		rc = take_endpoint(&m->jwks_uri, oidc, doc, "jwks_uri", s->jwks_uri, err);
	if (rc == STO_OK && sto_oidc_wants_userinfo(s))
		rc = take_endpoint(&m->userinfo_endpoint, oidc, doc, "userinfo_endpoint",
				   s->userinfo_endpoint, err);
	if (rc == STO_OK)
		rc = take_optional(&m->end_session_endpoint, &m->end_session_refused, oidc, doc,
				   "end_session_endpoint", s->end_session_endpoint);
	if (rc == STO_OK)
		rc = take_optional(&m->revocation_endpoint, &m->revocation_refused, oidc, doc,
				   "revocation_endpoint", s->revocation_endpoint);
	if (rc == STO_OK)
		take_rest(m, doc);
	json_decref(doc);
	if (rc == STO_OK)
		*out = m;
	else
		metadata_free(m);
	return rc;
}

static int fetch_metadata(struct sto_metadata **out, sto_oidc *oidc, struct sto_error *err)
{
	struct sto_buf url;
	struct sto_fetched answer;
	sto_buf_init(&url, STO_LIMIT_URL);
	sto_fetched_init(&answer, STO_LIMIT_FETCH_BODY);
	int rc = sto_metadata_url(&url, &oidc->settings);
	if (rc != STO_OK)
		goto out;
	struct sto_fetch request = {
		.method = "GET", .url = sto_buf_span(&url), .max_body = STO_LIMIT_FETCH_BODY};
	rc = sto_oidc_fetch(&answer, oidc, &request, err);
	if (rc != STO_OK)
		goto out;
	if (answer.status != 200) {
		rc = sto_fail(err, STO_PROVIDER_STATUS, "discovery answered with HTTP %d", answer.status);
		goto out;
	}
	rc = sto_metadata_parse(out, oidc, sto_buf_span(&answer.body), err);
out:
	sto_buf_finish(&url);
	sto_fetched_finish(&answer);
	return rc;
}

static void drop(struct sto_metadata *metadata)
{
	if (metadata != NULL && --metadata->refs == 0)
		metadata_free(metadata);
}

struct sto_metadata *sto_metadata_hold(sto_oidc *oidc)
{
	pthread_mutex_lock(&oidc->lock);
	struct sto_metadata *metadata = oidc->metadata;
	if (metadata != NULL)
		metadata->refs++;
	pthread_mutex_unlock(&oidc->lock);
	return metadata;
}

void sto_metadata_release(sto_oidc *oidc, struct sto_metadata *metadata)
{
	pthread_mutex_lock(&oidc->lock);
	drop(metadata);
	pthread_mutex_unlock(&oidc->lock);
}

/* With the lock held: fetches without it, and puts what came in place. A document that was good once stays in
 * force while the provider cannot be reached; one that came and is wrong does not. */
static int renew(sto_oidc *oidc, struct sto_error *err)
{
	struct sto_metadata *fresh = NULL;
	oidc->discovering = true;
	pthread_mutex_unlock(&oidc->lock);
	int rc = fetch_metadata(&fresh, oidc, err);
	pthread_mutex_lock(&oidc->lock);
	oidc->discovering = false;
	pthread_cond_broadcast(&oidc->discovered);
	int64_t now_sec = oidc->world.world->now_sec(oidc->world.world->ctx);
	if (rc == STO_OK) {
		fresh->fresh_until_sec = now_sec + STO_DISCOVERY_FRESH_SEC;
		drop(oidc->metadata);
		oidc->metadata = fresh;
	} else if (oidc->metadata != NULL && sto_reason_of(rc)->group == STO_GROUP_TRANSPORT) {
		oidc->metadata->fresh_until_sec = now_sec + STO_JWKS_MIN_FRESH_SEC;
		rc = STO_OK;
	}
	return rc;
}

int sto_oidc_prepare(sto_oidc *oidc, struct sto_error *err)
{
	int rc = STO_OK;
	if (!sto_oidc_has_discovery(&oidc->settings))
		return STO_OK;
	pthread_mutex_lock(&oidc->lock);
	while (oidc->discovering)
		pthread_cond_wait(&oidc->discovered, &oidc->lock);
	int64_t now_sec = oidc->world.world->now_sec(oidc->world.world->ctx);
	if (oidc->metadata == NULL || oidc->metadata->fresh_until_sec <= now_sec)
		rc = renew(oidc, err);
	pthread_mutex_unlock(&oidc->lock);
	return rc;
}

bool sto_oidc_is_ready(sto_oidc *oidc)
{
	if (!sto_oidc_has_discovery(&oidc->settings))
		return true;
	pthread_mutex_lock(&oidc->lock);
	bool ready = oidc->metadata != NULL &&
		     oidc->metadata->fresh_until_sec > oidc->world.world->now_sec(oidc->world.world->ctx);
	pthread_mutex_unlock(&oidc->lock);
	return ready;
}
