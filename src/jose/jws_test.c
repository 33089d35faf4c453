#include "jose/jws.h"

#include <stdlib.h>

#include "jose/fixture.h"
#include "jose/rfc_vectors.h"

static void every_algorithm_signs_what_its_public_key_verifies(void **state)
{
	(void)state;
	for (int i = 0; i < STO_ALG_COUNT; i++) {
		enum sto_alg alg = (enum sto_alg)i;
		struct sto_buf token, payload;
		const struct sto_jws_policy policy = {STO_ALG_BIT(alg), NULL};
		sto_jwk *key = fixture_key(alg, "a");
		sto_jwks *set = fixture_set(alg, "a");
		sto_buf_init(&token, STO_LIMIT_TOKEN);
		sto_buf_init(&payload, STO_LIMIT_TOKEN);
		assert_ok(sto_jws_sign(&token, key, alg, "JWT", STO_SPAN("{}"), NULL));
		assert_ok(sto_jws_verify(&payload, set, &policy, sto_buf_span(&token), NULL));
		assert_ok(sto_jws_verify(&payload, set, &policy, sto_buf_span(&token), NULL));
		assert_span(sto_buf_span(&payload), "{}{}");
		sto_buf_finish(&token);
		sto_buf_finish(&payload);
		sto_jwks_free(set);
		sto_jwk_free(key);
	}
}

static void a_public_key_signs_nothing(void **state)
{
	struct sto_buf token;
	(void)state;
	char *text = fixture_public_text(STO_ALG_ES256, NULL);
	sto_jwk *key = fixture_key_of(text);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	assert_int_equal(sto_jws_sign(&token, key, STO_ALG_ES256, NULL, STO_SPAN("{}"), NULL),
			 STO_KEY_NOT_SUPPORTED);
	assert_int_equal(token.len, 0);
	sto_jwk_free(key);
	free(text);
}

static void a_key_signs_only_what_fits_it(void **state)
{
	struct sto_buf token;
	(void)state;
	sto_jwk *key = fixture_key(STO_ALG_ES256, NULL);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	assert_int_equal(sto_jws_sign(&token, key, STO_ALG_ES384, NULL, STO_SPAN("{}"), NULL), STO_TOKEN_ALG);
	sto_jwk_free(key);
}

static void tv_01_alg_none_and_absent_are_refused(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\"}", "{\"alg\":\"None\"}",    "{\"alg\":\"nOnE\"}",  "{\"alg\":\"\"}", "{}",
		"{\"alg\":null}",     "{\"alg\":[\"RS256\"]}", "{\"alg\":\"rs256\"}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_int_equal(fixture_verify_header(STO_ALG_RS256, headers[i]), STO_TOKEN_ALG);
}

static void tv_01_an_empty_signature_is_refused(void **state)
{
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_RS256, NULL);
	static const char *const tokens[] = {"eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJSUzI1NiJ9.e30.",
					     "eyJhbGciOiJub25lIn0.e30"};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_str(tokens[i])),
				 STO_TOKEN_MALFORMED);
	sto_jwks_free(set);
}

static void tv_04_an_algorithm_that_is_not_pinned_is_refused(void **state)
{
	(void)state;
	for (int i = 0; i < STO_ALG_COUNT; i++) {
		struct sto_buf token;
		enum sto_alg alg = (enum sto_alg)i;
		sto_jwk *key = fixture_key(alg, "a");
		sto_jwks *set = fixture_set(alg, "a");
		sto_buf_init(&token, STO_LIMIT_TOKEN);
		assert_ok(sto_jws_sign(&token, key, alg, NULL, STO_SPAN("{}"), NULL));
		assert_int_equal(fixture_verify(set, STO_ALG_ALL & ~STO_ALG_BIT(alg), sto_buf_span(&token)),
				 STO_TOKEN_ALG);
		assert_ok(fixture_verify(set, STO_ALG_BIT(alg), sto_buf_span(&token)));
		/* The remembered header is held to the policy as well. */
		assert_int_equal(fixture_verify(set, 0, sto_buf_span(&token)), STO_TOKEN_ALG);
		sto_buf_finish(&token);
		sto_jwks_free(set);
		sto_jwk_free(key);
	}
}

static void a_header_over_its_limit_is_refused(void **state)
{
	static char header[64 * 1024];
	struct sto_buf token;
	(void)state;
	sto_jwk *key = fixture_key(STO_ALG_EDDSA, NULL);
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	(void)snprintf(header, sizeof(header), "{\"alg\":\"EdDSA\",\"a\":\"%0*d\"}", STO_LIMIT_JOSE_HEADER,
		       0);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	fixture_token(&token, key, STO_ALG_EDDSA, header, STO_SPAN("{}"));
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)), STO_TOO_LARGE);
	sto_buf_finish(&token);
	sto_jwks_free(set);
	sto_jwk_free(key);
}

static void tv_09_crit_is_refused_whatever_it_says(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"RS256\",\"crit\":[\"x\"],\"x\":1}",
		"{\"alg\":\"RS256\",\"crit\":[\"exp\"],\"exp\":1}",
		"{\"alg\":\"RS256\",\"crit\":[]}",
		"{\"alg\":\"RS256\",\"crit\":null}",
		"{\"alg\":\"RS256\",\"crit\":\"x\"}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_int_equal(fixture_verify_header(STO_ALG_RS256, headers[i]), STO_TOKEN_CRIT);
}

static void tv_11_an_unencoded_payload_is_refused(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"RS256\",\"b64\":false}",
		"{\"alg\":\"RS256\",\"b64\":false,\"crit\":[\"b64\"]}",
		"{\"alg\":\"RS256\",\"b64\":null}",
		"{\"alg\":\"RS256\",\"b64\":\"false\"}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_int_equal(fixture_verify_header(STO_ALG_RS256, headers[i]), STO_TOKEN_CRIT);
}

static void tv_43_each_token_has_one_spelling(void **state)
{
	static const char *const tokens[] = {
		"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc=.", /* padding */
		"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmd.",  /* bits that are not used */
		"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbm c.",
		"eyJhbGciOiJFZERTQSJ9\n.RXhhbXBsZQ.",
		" eyJhbGciOiJFZERTQSJ9.RXhhbXBsZQ.",
		"eyJhbGciOiJFZERTQSJ9=.RXhhbXBsZQ.",
		"eyJhbGciOiJFZERTQSJ9.RXhh+XBsZQ.",
		"eyJhbGciOiJFZERTQSJ9.RXhh/XBsZQ.",
	};
	static const char *const ends[] = {"=", "\n", " ", "."};
	static const char signature[] =
		"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
	char text[400];
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", tokens[i], signature);
		assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_str(text)), STO_TOKEN_MALFORMED);
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", RFC8037_A4_TOKEN, ends[i]);
		assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_str(text)), STO_TOKEN_MALFORMED);
	}
	/* The last character carries four unused bits: all other spellings of the signature. */
	(void)snprintf(text, sizeof(text), "%.*sh", (int)(sizeof(RFC8037_A4_TOKEN) - 2), RFC8037_A4_TOKEN);
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_str(text)), STO_TOKEN_MALFORMED);
	sto_jwks_free(set);
}

static void tv_44_duplicate_header_members_are_refused(void **state)
{
	(void)state;
	assert_int_equal(fixture_verify_header(STO_ALG_RS256, "{\"alg\":\"RS256\",\"alg\":\"RS256\"}"),
			 STO_TOKEN_MALFORMED);
	assert_int_equal(
		fixture_verify_header(STO_ALG_RS256, "{\"alg\":\"RS256\",\"kid\":\"a\",\"kid\":\"b\"}"),
		STO_TOKEN_MALFORMED);
}

static void tv_46_a_header_that_is_no_clean_json_is_refused(void **state)
{
	static const char *const headers[] = {
		"",
		"x",
		"[]",
		"\"alg\"",
		"null",
		"{\"alg\":\"RS256\"} x",
		"{\"alg\":\"RS256\",\"a\":\"\\u0000\"}",
		"{\"alg\":\"RS256\",\"a\":\"\xc0\x80\"}",
		"{\"alg\":\"RS256\",\"a\":\"\\ud800\"}",
		"\xef\xbb\xbf{\"alg\":\"RS256\"}",
		"{\"alg\":\"RS256\",\"typ\":1}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_int_equal(fixture_verify_header(STO_ALG_RS256, headers[i]), STO_TOKEN_MALFORMED);
}

static int verify_typ(const char *header, const char *const *allowed)
{
	struct sto_buf token, payload;
	const struct sto_jws_policy policy = {STO_ALG_ALL, allowed};
	sto_jwk *key = fixture_key(STO_ALG_EDDSA, NULL);
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	fixture_token(&token, key, STO_ALG_EDDSA, header, STO_SPAN("{}"));
	int rc = sto_jws_verify(&payload, set, &policy, sto_buf_span(&token), NULL);
	sto_buf_finish(&payload);
	sto_buf_finish(&token);
	sto_jwks_free(set);
	sto_jwk_free(key);
	return rc;
}

static void tv_47_another_kind_of_token_is_refused(void **state)
{
	static const char *const id_token[] = {"", "JWT", NULL};
	static const char *const access_token[] = {"at+jwt", NULL};
	static const char *const other[] = {
		"at+jwt",       "application/at+jwt", "logout+jwt", "client-authentication+jwt",
		"secevent+jwt", "application/jwt/x",  "xJWT",       ""};
	char header[100];
	(void)state;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		(void)snprintf(header, sizeof(header), "{\"alg\":\"EdDSA\",\"typ\":\"%s\"}", other[i]);
		assert_int_equal(verify_typ(header, id_token), STO_TOKEN_TYP);
	}
	assert_int_equal(verify_typ("{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", access_token), STO_TOKEN_TYP);
	assert_int_equal(verify_typ("{\"alg\":\"EdDSA\"}", access_token), STO_TOKEN_TYP);
}

static void typ_is_compared_without_case_and_application(void **state)
{
	static const char *const allowed[] = {"", "JWT", "at+jwt", NULL};
	(void)state;
	assert_ok(verify_typ("{\"alg\":\"EdDSA\"}", allowed));
	assert_ok(verify_typ("{\"alg\":\"EdDSA\",\"typ\":\"jwt\"}", allowed));
	assert_ok(verify_typ("{\"alg\":\"EdDSA\",\"typ\":\"application/at+JWT\"}", allowed));
	assert_ok(verify_typ("{\"alg\":\"EdDSA\",\"typ\":\"anything\"}", NULL));
}

static void ds_04_a_token_of_100_mb_is_refused_by_its_length(void **state)
{
	size_t len = 100 * 1000 * 1000;
	(void)state;
	char *huge = malloc(len);
	assert_non_null(huge);
	memset(huge, 'A', len);
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_of(huge, len)), STO_TOO_LARGE);
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_of(huge, STO_LIMIT_TOKEN + 1)),
			 STO_TOO_LARGE);
	assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_of(huge, STO_LIMIT_TOKEN)),
			 STO_TOKEN_MALFORMED);
	sto_jwks_free(set);
	free(huge);
}

static void json_serializations_and_encrypted_tokens_are_refused(void **state)
{
	static const char *const tokens[] = {"",    ".",         "..",
					     "...", "a.b.c.d.e", "{\"payload\":\"e30\",\"signatures\":[]}"};
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		assert_int_equal(fixture_verify(set, STO_ALG_ALL, sto_span_str(tokens[i])),
				 STO_TOKEN_MALFORMED);
	sto_jwks_free(set);
}

static void a_payload_that_does_not_fit_is_refused(void **state)
{
	struct sto_buf payload;
	const struct sto_jws_policy policy = {STO_ALG_ALL, NULL};
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	sto_buf_init(&payload, 10);
	assert_int_equal(sto_jws_verify(&payload, set, &policy, STO_SPAN(RFC8037_A4_TOKEN), NULL),
			 STO_TOO_LARGE);
	assert_int_equal(payload.len, 0);
	sto_buf_finish(&payload);
	sto_jwks_free(set);
}

static void more_headers_than_are_remembered_still_verify(void **state)
{
	(void)state;
	sto_jwk *key = fixture_key(STO_ALG_EDDSA, NULL);
	sto_jwks *set = fixture_set(STO_ALG_EDDSA, NULL);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < STO_LIMIT_HEADERS_KEPT + 5; i++) {
			struct sto_buf token;
			char header[60];
			(void)snprintf(header, sizeof(header), "{\"alg\":\"EdDSA\",\"n\":%d}", i);
			sto_buf_init(&token, STO_LIMIT_TOKEN);
			fixture_token(&token, key, STO_ALG_EDDSA, header, STO_SPAN("{}"));
			assert_ok(fixture_verify(set, STO_ALG_ALL, sto_buf_span(&token)));
			sto_buf_finish(&token);
		}
	}
	sto_jwks_free(set);
	sto_jwk_free(key);
}

static void a_look_inside_gives_header_and_payload_unverified(void **state)
{
	json_t *header = NULL;
	struct sto_buf payload;
	(void)state;
	sto_buf_init(&payload, 100);
	assert_ok(sto_jws_peek_header(&header, STO_SPAN(RFC7515_A1_TOKEN), NULL));
	assert_string_equal(json_string_value(json_object_get(header, "alg")), "HS256");
	assert_ok(sto_jws_peek_payload(&payload, STO_SPAN(RFC7515_A1_TOKEN), NULL));
	assert_span(sto_buf_span(&payload), RFC7515_PAYLOAD);
	json_decref(header);
	sto_buf_finish(&payload);
	assert_int_equal(sto_jws_peek_header(&header, STO_SPAN("W10.e30.AA"), NULL), STO_TOKEN_MALFORMED);
	assert_null(header);
}

static void no_refusal_quotes_the_token(void **state)
{
	struct sto_error err = {0};
	struct sto_buf payload;
	const struct sto_jws_policy policy = {STO_ALG_ALL, NULL};
	(void)state;
	sto_jwks *set = fixture_set(STO_ALG_ES256, "a");
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	assert_int_equal(sto_jws_verify(&payload, set, &policy, STO_SPAN(RFC7515_A2_TOKEN), &err),
			 STO_TOKEN_NO_KEY);
	assert_null(strstr(err.detail, "eyJ"));
	assert_null(strstr(err.detail, "joe"));
	sto_buf_finish(&payload);
	sto_jwks_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_algorithm_signs_what_its_public_key_verifies),
		cmocka_unit_test(a_public_key_signs_nothing),
		cmocka_unit_test(a_key_signs_only_what_fits_it),
		cmocka_unit_test(tv_01_alg_none_and_absent_are_refused),
		cmocka_unit_test(tv_01_an_empty_signature_is_refused),
		cmocka_unit_test(tv_04_an_algorithm_that_is_not_pinned_is_refused),
		cmocka_unit_test(a_header_over_its_limit_is_refused),
		cmocka_unit_test(tv_09_crit_is_refused_whatever_it_says),
		cmocka_unit_test(tv_11_an_unencoded_payload_is_refused),
		cmocka_unit_test(tv_43_each_token_has_one_spelling),
		cmocka_unit_test(tv_44_duplicate_header_members_are_refused),
		cmocka_unit_test(tv_46_a_header_that_is_no_clean_json_is_refused),
		cmocka_unit_test(tv_47_another_kind_of_token_is_refused),
		cmocka_unit_test(typ_is_compared_without_case_and_application),
		cmocka_unit_test(ds_04_a_token_of_100_mb_is_refused_by_its_length),
		cmocka_unit_test(json_serializations_and_encrypted_tokens_are_refused),
		cmocka_unit_test(a_payload_that_does_not_fit_is_refused),
		cmocka_unit_test(more_headers_than_are_remembered_still_verify),
		cmocka_unit_test(a_look_inside_gives_header_and_payload_unverified),
		cmocka_unit_test(no_refusal_quotes_the_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
