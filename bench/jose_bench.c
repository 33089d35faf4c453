/* The check of a signature against what OpenSSL alone needs for it, and the whole verification of an ID
 * token.
 *
 * "OpenSSL" is what `openssl speed` measures: for RS256 and ES256 EVP_PKEY_verify() of a finished hash with a
 * context that is kept, for Ed25519 EVP_DigestVerify() of the message. Ours is the whole of sto_jws_verify():
 * lengths, base64url, header, hash, signature. */
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/base64url.h"
#include "base/bounds.h"
#include "base/json.h"
#include "bench.h"
#include "jose/claims.h"
#include "jose/jws.h"

#define NOW_SEC 1700000000
#define TOKEN_LEN 1600
#define N_GROUPS 20

struct subject {
	enum sto_alg alg;
	const char *evp_name;
	unsigned repeat;
	sto_jwks *set;
	struct sto_buf token, payload;
	/* OpenSSL's side: a key of its own of the same kind */
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *ctx;
	uint8_t digest[32], signature[512];
	size_t signature_len;
};

static struct subject subjects[] = {
	{.alg = STO_ALG_RS256, .evp_name = "RSA", .repeat = 100},
	{.alg = STO_ALG_ES256, .evp_name = "EC", .repeat = 40},
	{.alg = STO_ALG_EDDSA, .evp_name = "ED25519", .repeat = 40},
};

#define N_SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

static void must(bool fact)
{
	if (!fact) {
		(void)fprintf(stderr, "jose_bench: a step failed\n");
		exit(1);
	}
}

/* The claims of a provider that sends groups and a signed picture address; its signature fills the token up
 * to 1.6 KB, so that all algorithms have the same claims to read. */
static void put_claims(struct sto_buf *out, int n_filled)
{
	must(sto_buf_printf(out,
			    "{\"iss\":\"https://op.example/realms/"
			    "main\",\"sub\":\"248289761001\",\"aud\":\"s6BhdRkqt3\","
			    "\"azp\":\"s6BhdRkqt3\",\"nonce\":\"n-0S6_WzA2Mj\",\"exp\":%d,\"iat\":%d,\"auth_"
			    "time\":%d,"
			    "\"name\":\"Jane Doe\",\"given_name\":\"Jane\",\"family_name\":\"Doe\",\"email\":"
			    "\"jane.doe@example.com\",\"email_verified\":true,\"picture\":"
			    "\"https://op.example/avatars/"
			    "248289761001.png?signature=%0*d\",\"groups\":[\"everyone\"",
			    NOW_SEC + 600, NOW_SEC, NOW_SEC - 5, n_filled, 0) == STO_OK);
	for (int i = 0; i < N_GROUPS; i++)
		must(sto_buf_printf(out, ",\"department-%03d\"", i) == STO_OK);
	must(sto_buf_put_str(out, "]}") == STO_OK);
}

static void make_token(struct subject *s)
{
	sto_jwk *key = NULL;
	must(sto_jwk_generate(&key, s->alg, STO_SPAN("2024-01-bench-key"), NULL) == STO_OK);
	must(sto_jwks_of_key(&s->set, key, NULL) == STO_OK);
	sto_buf_init(&s->payload, STO_LIMIT_TOKEN);
	sto_buf_init(&s->token, STO_LIMIT_TOKEN);
	for (int n_filled = 1; s->token.len < TOKEN_LEN; n_filled++) {
		sto_buf_clear(&s->payload);
		sto_buf_clear(&s->token);
		put_claims(&s->payload, n_filled);
		must(sto_jws_sign(&s->token, key, s->alg, "JWT", sto_buf_span(&s->payload), NULL) == STO_OK);
	}
	sto_jwk_free(key);
}

static struct sto_span signed_text(const struct subject *s)
{
	struct sto_span text = sto_buf_span(&s->token);
	while (text.ptr[text.len - 1] != '.')
		text.len--;
	text.len--;
	return text;
}

static void prepare_digest(struct subject *s)
{
	struct sto_span text = signed_text(s);
	s->signature_len = sizeof(s->signature);
	must(EVP_Q_digest(NULL, "SHA256", NULL, text.ptr, text.len, s->digest, NULL) == 1);
	EVP_PKEY_CTX *sign = EVP_PKEY_CTX_new_from_pkey(NULL, s->pkey, NULL);
	must(sign != NULL && EVP_PKEY_sign_init(sign) == 1 &&
	     EVP_PKEY_CTX_set_signature_md(sign, EVP_sha256()) == 1 &&
	     EVP_PKEY_sign(sign, s->signature, &s->signature_len, s->digest, sizeof(s->digest)) == 1);
	EVP_PKEY_CTX_free(sign);
	s->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, s->pkey, NULL);
	must(s->ctx != NULL && EVP_PKEY_verify_init(s->ctx) == 1 &&
	     EVP_PKEY_CTX_set_signature_md(s->ctx, EVP_sha256()) == 1);
}

static void prepare_message(struct subject *s)
{
	struct sto_span text = signed_text(s);
	EVP_MD_CTX *sign = EVP_MD_CTX_new();
	s->signature_len = sizeof(s->signature);
	must(sign != NULL && EVP_DigestSignInit(sign, NULL, NULL, NULL, s->pkey) == 1 &&
	     EVP_DigestSign(sign, s->signature, &s->signature_len, text.ptr, text.len) == 1);
	EVP_MD_CTX_free(sign);
}

static void prepare_openssl(struct subject *s)
{
	s->pkey = s->alg == STO_ALG_RS256   ? EVP_RSA_gen(2048)
		  : s->alg == STO_ALG_ES256 ? EVP_EC_gen("P-256")
					    : EVP_PKEY_Q_keygen(NULL, NULL, s->evp_name);
	must(s->pkey != NULL);
	if (s->alg == STO_ALG_EDDSA)
		prepare_message(s);
	else
		prepare_digest(s);
}

static void run_openssl_digest(void *ctx)
{
	struct subject *s = ctx;
	must(EVP_PKEY_verify(s->ctx, s->signature, s->signature_len, s->digest, sizeof(s->digest)) == 1);
}

static EVP_MD_CTX *ed25519_ctx;

static void run_openssl_message(void *ctx)
{
	struct subject *s = ctx;
	struct sto_span text = signed_text(s);
	must(EVP_DigestVerify(ed25519_ctx, s->signature, s->signature_len, text.ptr, text.len) == 1);
}

static void run_signature(void *ctx)
{
	struct subject *s = ctx;
	const struct sto_jws_policy policy = {STO_ALG_BIT(s->alg), NULL};
	sto_buf_clear(&s->payload);
	must(sto_jws_verify(&s->payload, s->set, &policy, sto_buf_span(&s->token), NULL) == STO_OK);
}

static void run_whole(void *ctx)
{
	static const char *const types[] = {"", "JWT", NULL};
	struct subject *s = ctx;
	const struct sto_jws_policy policy = {STO_ALG_BIT(s->alg), types};
	const struct sto_claims_policy claims_policy = {
		.issuer = STO_SPAN("https://op.example/realms/main"),
		.audience = STO_SPAN("s6BhdRkqt3"),
		.client_id = STO_SPAN("s6BhdRkqt3"),
		.nonce = STO_SPAN("n-0S6_WzA2Mj"),
		.leeway_sec = 30,
		.max_iat_age_sec = 600,
		.max_age_sec = 3600,
		.alg = s->alg,
	};
	struct sto_claims_found found;
	json_t *claims = NULL;
	sto_buf_clear(&s->payload);
	must(sto_jws_verify(&s->payload, s->set, &policy, sto_buf_span(&s->token), NULL) == STO_OK);
	must(sto_json_parse(&claims, sto_buf_span(&s->payload), NULL) == STO_OK);
	must(sto_claims_check(&found, claims, &claims_policy, NOW_SEC, NULL) == STO_OK);
	json_decref(claims);
}

enum { OPENSSL, SIGNATURE, WHOLE, N_KINDS };

static void print_ratio(bool first, const char *name, const struct bench_item *items, double goal,
			const char *note)
{
	bench_print(first, name, bench_relate(&items[OPENSSL], BENCH_RATIO, &items[SIGNATURE]), "x", goal,
		    true, false, note);
}

static void print_times(const struct subject *s, const struct bench_item *items)
{
	char name[80];
	const char *alg = sto_alg_name(s->alg);
	(void)snprintf(name, sizeof(name), "jose/openssl/%s", alg);
	bench_print(false, name, bench_relate(&items[OPENSSL], BENCH_ALONE, NULL), "us", BENCH_NO_GOAL, false,
		    false, "bare EVP");
	(void)snprintf(name, sizeof(name), "jose/signature/%s", alg);
	bench_print(false, name, bench_relate(&items[SIGNATURE], BENCH_ALONE, NULL), "us", BENCH_NO_GOAL,
		    false, false, "sto_jws_verify");
	(void)snprintf(name, sizeof(name), "jose/whole/%s", alg);
	bench_print(false, name, bench_relate(&items[WHOLE], BENCH_ALONE, NULL), "us", BENCH_NO_GOAL, false,
		    false, "with JSON and claims");
	(void)snprintf(name, sizeof(name), "jose/claims/%s", alg);
	bench_print(false, name, bench_relate(&items[WHOLE], BENCH_DIFFERENCE, &items[SIGNATURE]), "us", 15,
		    false, true, "what the whole costs above the signature");
}

int main(void)
{
	struct bench_item items[N_SUBJECTS * N_KINDS];
	for (size_t i = 0; i < N_SUBJECTS; i++) {
		struct subject *s = &subjects[i];
		make_token(s);
		prepare_openssl(s);
		bool message = s->alg == STO_ALG_EDDSA;
		items[i * N_KINDS + OPENSSL] =
			(struct bench_item){.run = message ? run_openssl_message : run_openssl_digest,
					    .ctx = s,
					    .repeat = s->repeat};
		items[i * N_KINDS + SIGNATURE] =
			(struct bench_item){.run = run_signature, .ctx = s, .repeat = s->repeat};
		items[i * N_KINDS + WHOLE] =
			(struct bench_item){.run = run_whole, .ctx = s, .repeat = s->repeat};
	}
	ed25519_ctx = EVP_MD_CTX_new();
	must(ed25519_ctx != NULL &&
	     EVP_DigestVerifyInit(ed25519_ctx, NULL, NULL, NULL, subjects[2].pkey) == 1);
	bench_run(items, N_SUBJECTS * N_KINDS, 151);
	print_ratio(true, "jose/ratio/RS256", &items[0], 0.85, "speed against bare EVP_PKEY_verify");
	print_ratio(false, "jose/ratio/ES256", &items[N_KINDS], 0.95, "speed against bare EVP_PKEY_verify");
	print_ratio(false, "jose/ratio/EdDSA", &items[2 * N_KINDS], 1.8,
		    "speed against bare EVP_DigestVerify");
	for (size_t i = 0; i < N_SUBJECTS; i++)
		print_times(&subjects[i], &items[i * N_KINDS]);
	printf("\n]\n");
	bench_finish(items, N_SUBJECTS * N_KINDS);
	for (size_t i = 0; i < N_SUBJECTS; i++) {
		EVP_PKEY_CTX_free(subjects[i].ctx);
		EVP_PKEY_free(subjects[i].pkey);
		sto_jwks_free(subjects[i].set);
		sto_buf_finish(&subjects[i].token);
		sto_buf_finish(&subjects[i].payload);
	}
	EVP_MD_CTX_free(ed25519_ctx);
	return 0;
}
