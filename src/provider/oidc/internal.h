/* What the files of this folder share. */
#ifndef STO_PROVIDER_OIDC_INTERNAL_H
#define STO_PROVIDER_OIDC_INTERNAL_H

#include <pthread.h>

#include "jose/jws.h"
#include "provider/oidc/oidc.h"

/* A discovery document, checked. Immutable once made; counted, so that a new one never pulls the old away. */
struct sto_metadata {
	int refs; /* under the provider's lock */
	struct sto_buf issuer, authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint;
	/* Nobody needs these to sign in: one that may not be used counts as absent. */
	struct sto_buf end_session_endpoint, revocation_endpoint;
	bool end_session_refused, revocation_refused; /* it named one that may not be used */
	uint32_t algs;                                /* id_token_signing_alg_values_supported; 0: not said */
	bool iss_parameter;                           /* authorization_response_iss_parameter_supported */
	bool auth_basic, auth_post;                   /* token_endpoint_auth_methods_supported */
	int64_t fresh_until_sec;
};

/* A key set, counted. */
struct sto_keys {
	int refs; /* under the cache's lock */
	sto_jwks *set;
};

struct sto_key_cache {
	pthread_mutex_t lock;
	pthread_cond_t fetched;
	bool fetching;
	struct sto_keys *keys; /* NULL until the first fetch */
	int64_t fresh_until_sec;
	int64_t last_fetch_sec; /* of the last attempt; -1: none */
	bool refetched;         /* the last attempt was for an unknown key */
};

struct sto_oidc {
	struct sto_oidc_settings settings;
	struct sto_oidc_world world;
	pthread_mutex_t lock; /* metadata, discovering, transport */
	pthread_cond_t discovered;
	bool discovering;
	struct sto_metadata *metadata;
	struct sto_transport *transport;
	struct sto_key_cache key_cache;
};

/* --- outbound.c: one request, with the rules for whom we may reach */
STO_CHECKED int sto_oidc_fetch(struct sto_fetched *out, sto_oidc *oidc, struct sto_fetch *request,
			       struct sto_error *err);
/* Whether metadata may send us to that URL: https (http on loopback where the configured URL is too), on the
 * host of `base`, on a well-known sister host of it, or on one of endpoint_hosts. */
bool sto_oidc_may_use(const sto_oidc *oidc, struct sto_span base, struct sto_span url);
/* Whether an address of that URL's host may be private: the operator wrote the host down. */
bool sto_oidc_is_written_down(const sto_oidc *oidc, struct sto_span url);

/* --- metadata.c */
bool sto_oidc_has_discovery(const struct sto_oidc_settings *settings);
STO_CHECKED int sto_metadata_url(struct sto_buf *out, const struct sto_oidc_settings *settings);
STO_CHECKED int sto_metadata_parse(struct sto_metadata **out, const sto_oidc *oidc, struct sto_span json,
				   struct sto_error *err);
/* The metadata in force, counted up; NULL where there is none (or none is needed). Give it back by
 * _release(). */
struct sto_metadata *sto_metadata_hold(sto_oidc *oidc);
void sto_metadata_release(sto_oidc *oidc, struct sto_metadata *metadata);

/* --- key_cache.c */
STO_CHECKED int sto_key_cache_init(struct sto_key_cache *cache);
void sto_key_cache_finish(struct sto_key_cache *cache);
enum sto_key_need {
	STO_KEY_NEED_FRESH, /* keys within their lifetime, or stale ones where the provider cannot be reached
			     */
	STO_KEY_NEED_NEWER, /* those in hand do not fit: fetch unless that was done within the floor */
};
/* *keys is counted up; give it back by _release(). MAY BLOCK. With NEWER, STO_TOKEN_NO_KEY where the floor
 * forbids a fetch. */
STO_CHECKED int sto_key_cache_get(struct sto_keys **keys, sto_oidc *oidc, struct sto_span jwks_uri,
				  enum sto_key_need need, struct sto_error *err);
void sto_key_cache_release(struct sto_key_cache *cache, struct sto_keys *keys);

/* --- token_request.c */
struct sto_tokens {
	struct sto_buf access_token, id_token, refresh_token, scope; /* empty: did not come */
	int64_t expires_in_sec;                                      /* -1: not said */
};
STO_CHECKED int sto_token_request(struct sto_tokens *out, sto_oidc *oidc, const struct sto_metadata *metadata,
				  struct sto_span code, const struct sto_oidc_request *request,
				  struct sto_error *err);
/* As sto_token_request(), by a refresh token; STO_GRANT_INVALID where that is dead. */
STO_CHECKED int sto_token_renew(struct sto_tokens *out, sto_oidc *oidc, const struct sto_metadata *metadata,
				struct sto_span refresh_token, struct sto_error *err);
/* Posts a form to an endpoint where the client proves itself (RFC 6749 2.3.1). `form` is added to. */
STO_CHECKED int sto_client_post(struct sto_fetched *answer, sto_oidc *oidc,
				const struct sto_metadata *metadata, struct sto_span url,
				struct sto_buf *form, struct sto_error *err);
STO_CHECKED int sto_token_response(struct sto_tokens *out, int status, struct sto_span body,
				   struct sto_error *err);
void sto_tokens_init(struct sto_tokens *tokens);
void sto_tokens_finish(struct sto_tokens *tokens);

/* --- userinfo.c */
/* Asks for JSON with an access token (RFC 6750 2.1). */
STO_CHECKED int sto_bearer_get(struct sto_fetched *answer, sto_oidc *oidc, struct sto_span url,
			       struct sto_span access_token, struct sto_error *err);
/* Whether this login must ask the userinfo endpoint. */
bool sto_oidc_wants_userinfo(const struct sto_oidc_settings *settings);
/* Asks the userinfo endpoint (OIDC Core 5.3) and merges what it says into result->claims, which the token's
 * own claims win. MAY BLOCK. Where a token told the subject, the answer's must be the same. STO_USERINFO_*,
 * STO_PROVIDER_STATUS, STO_FETCH_*. */
STO_CHECKED int sto_userinfo_add(struct sto_oidc_result *result, sto_oidc *oidc,
				 const struct sto_metadata *metadata, const struct sto_tokens *tokens,
				 struct sto_error *err);
/* What an answer says: JSON, or a JWT signed by the provider. The claims are the caller's. */
STO_CHECKED int sto_userinfo_parse(json_t **claims, sto_oidc *oidc, const struct sto_metadata *metadata,
				   const struct sto_fetched *answer, struct sto_error *err);

/* --- tokens.c */
/* Verifies a token's signature with the provider's keys, fetching them anew once where they do not fit. MAY
 * BLOCK. */
struct sto_token_check {
	sto_oidc *oidc;
	const struct sto_metadata *metadata;
	struct sto_jws_policy policy;
	struct sto_span token;
};
STO_CHECKED int sto_token_verify(struct sto_buf *payload, const struct sto_token_check *check,
				 struct sto_error *err);
/* The algorithms that are accepted now: the configured ones, narrowed by the metadata. */
uint32_t sto_oidc_algs(const sto_oidc *oidc, const struct sto_metadata *metadata);
struct sto_span sto_oidc_known_issuer(const sto_oidc *oidc, const struct sto_metadata *metadata);
/* What an ID token must fit. */
struct sto_id_wanted {
	struct sto_span nonce; /* empty: any */
	int64_t max_age_sec;   /* -1: any */
};
/* *by_token: a token tells who somebody is; else it is left to userinfo. `out` was made by _init(). */
STO_CHECKED int sto_tokens_check(struct sto_oidc_result *out, bool *by_token, sto_oidc *oidc,
				 const struct sto_metadata *metadata, const struct sto_tokens *tokens,
				 const struct sto_id_wanted *wanted, struct sto_error *err);

/* --- result.c */
/* sid, acr and auth_time of a verified ID token. */
STO_CHECKED int sto_result_take_id_claims(struct sto_oidc_result *result, const json_t *claims);
/* Issuer and subject out of result->claims. */
STO_CHECKED int sto_result_take_who(struct sto_oidc_result *result, const struct sto_oidc_settings *s,
				    bool by_token);
/* The tokens, moved, and what was said about the access token. */
STO_CHECKED int sto_result_take_tokens(struct sto_oidc_result *result, const sto_oidc *oidc,
				       struct sto_tokens *tokens);

/* --- oidc.c */
/* What is in force: the configured value, else the metadata's. */
struct sto_span sto_oidc_pick(struct sto_span configured, const struct sto_buf *learnt);

#endif
