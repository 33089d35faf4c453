#include "jose/fixture.h"

#include <stdlib.h>

#include "base/base64url.h"
#include "jose/key.h"
#include "jose/rfc_vectors.h"

/* RFC 7515 has no example on P-384; this key was made for these tests. */
#define P384_KEY                                                                                             \
	"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\""                                                         \
	"RrMHv4oA1MYsea-eo8ehrTIz8glwDm6XcvOEo5LZHNMWmC9li30jylJfUCugQrIm"                                   \
	"\",\"y\":\""                                                                                        \
	"yD4Oxn5g3Yo7tEwjIx7FefI9ft0fbi8JNt3Z-bvRmvypu_9gekrPO6q-zLbZlIOX"                                   \
	"\",\"d\":\""                                                                                        \
	"xSNhFu1-rcx13g8iDg7WXstVHiuFZATaHaj_V_bKGdHYOX7Z-CMwgjicHHHSscHe"                                   \
	"\"}"

static const char *const keys[STO_ALG_COUNT] = {
	[STO_ALG_RS256] = RFC7515_A2_KEY, [STO_ALG_RS384] = RFC7515_A2_KEY, [STO_ALG_RS512] = RFC7515_A2_KEY,
	[STO_ALG_PS256] = RFC7515_A2_KEY, [STO_ALG_PS384] = RFC7515_A2_KEY, [STO_ALG_PS512] = RFC7515_A2_KEY,
	[STO_ALG_ES256] = RFC7515_A3_KEY, [STO_ALG_ES384] = P384_KEY,       [STO_ALG_ES512] = RFC7515_A4_KEY,
	[STO_ALG_EDDSA] = RFC8037_A1_KEY,
};

static json_t *json_of(const char *text)
{
	json_t *json = NULL;
	assert_ok(sto_json_parse(&json, sto_span_str(text), NULL));
	return json;
}

sto_jwk *fixture_key_of(const char *text)
{
	sto_jwk *key = NULL;
	json_t *json = json_of(text);
	assert_ok(sto_jwk_parse(&key, json, NULL));
	json_decref(json);
	return key;
}

static json_t *json_of_key(enum sto_alg alg, const char *kid)
{
	json_t *json = json_of(keys[alg]);
	if (kid != NULL)
		assert_int_equal(json_object_set_new(json, "kid", json_string(kid)), 0);
	return json;
}

sto_jwk *fixture_key(enum sto_alg alg, const char *kid)
{
	sto_jwk *key = NULL;
	json_t *json = json_of_key(alg, kid);
	assert_ok(sto_jwk_parse(&key, json, NULL));
	json_decref(json);
	return key;
}

/* Made from the text: to read a private RSA key takes long, because its primes are checked. */
char *fixture_public_text(enum sto_alg alg, const char *kid)
{
	static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi"};
	json_t *json = json_of_key(alg, kid);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		(void)json_object_del(json, members[i]);
	char *text = json_dumps(json, JSON_COMPACT);
	assert_non_null(text);
	json_decref(json);
	return text;
}

sto_jwks *fixture_set(enum sto_alg alg, const char *kid)
{
	struct sto_buf text;
	char *key = fixture_public_text(alg, kid);
	sto_buf_init(&text, STO_LIMIT_JWKS);
	assert_ok(sto_buf_printf(&text, "{\"keys\":[%s]}", key));
	sto_jwks *set = fixture_set_of(sto_buf_cstr(&text));
	assert_int_equal(sto_jwks_count(set), 1);
	sto_buf_finish(&text);
	free(key);
	return set;
}

sto_jwks *fixture_set_of(const char *json)
{
	sto_jwks *set = NULL;
	assert_ok(sto_jwks_parse(&set, NULL, sto_span_str(json), NULL));
	return set;
}

void fixture_token(struct sto_buf *out, const sto_jwk *key, enum sto_alg alg, const char *header,
		   struct sto_span payload)
{
	struct sto_buf signature;
	sto_buf_init(&signature, STO_SIGNATURE_MAX);
	sto_buf_clear(out);
	assert_ok(sto_base64url_encode(out, sto_span_str(header)));
	assert_ok(sto_buf_put_byte(out, '.'));
	assert_ok(sto_base64url_encode(out, payload));
	assert_ok(key->ops->sign(&signature, key, alg, sto_buf_span(out)));
	assert_ok(sto_buf_put_byte(out, '.'));
	assert_ok(sto_base64url_encode(out, sto_buf_span(&signature)));
	sto_buf_finish(&signature);
}

int fixture_verify(const sto_jwks *set, uint32_t algs, struct sto_span token)
{
	struct sto_buf payload;
	struct sto_error err = {0};
	const struct sto_jws_policy policy = {algs, NULL};
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	int rc = sto_jws_verify(&payload, set, &policy, token, &err);
	if (rc != STO_OK) {
		assert_int_equal(payload.len, 0);
		assert_int_equal(err.code, rc);
	}
	sto_buf_finish(&payload);
	return rc;
}

int fixture_verify_header(enum sto_alg alg, const char *header)
{
	struct sto_buf token;
	sto_jwk *key = fixture_key(alg, NULL);
	sto_jwks *set = fixture_set(alg, NULL);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	fixture_token(&token, key, alg, header, STO_SPAN("{}"));
	int rc = fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token));
	sto_buf_finish(&token);
	sto_jwks_free(set);
	sto_jwk_free(key);
	return rc;
}
