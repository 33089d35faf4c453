#include "jose/jwk.h"

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <sodium.h>

#include "base/base64url.h"
#include "base/bounds.h"
#include "base/json.h"
#include "jose/key.h"

static const struct sto_kty_ops *const types[STO_KTY_COUNT] = {
	[STO_KTY_RSA] = &sto_kty_rsa,
	[STO_KTY_EC] = &sto_kty_ec,
	[STO_KTY_OKP] = &sto_kty_okp,
};

bool sto_jwk_fits(const sto_jwk *key, enum sto_alg alg)
{
	return (key->algs & STO_ALG_BIT(alg)) != 0;
}

bool sto_jwk_json_is_secret(const json_t *object)
{
	static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_object_get(object, members[i]) != NULL)
			return true;
	return false;
}

int sto_jwk_get_bytes(struct sto_buf *out, const json_t *object, const char *name, struct sto_error *err)
{
	struct sto_span text;
	if (!sto_json_get_str(&text, object, name))
		return sto_fail(err, STO_KEY_MALFORMED, "\"%s\" is absent or no string", name);
	int rc = sto_base64url_decode(out, text);
	if (rc == STO_TOO_LARGE)
		return sto_fail(err, STO_KEY_MALFORMED, "\"%s\" is too long", name);
	if (rc == STO_BAD_BASE64URL)
		return sto_fail(err, STO_KEY_MALFORMED, "\"%s\" is no base64url", name);
	return rc == STO_OK ? STO_OK : sto_fail(err, rc, "\"%s\"", name);
}

int sto_jwk_put_bytes(json_t *object, const char *name, struct sto_span bytes)
{
	struct sto_buf text;
	sto_buf_init(&text, sto_base64url_encoded_len(bytes.len));
	int rc = sto_base64url_encode(&text, bytes);
	if (rc == STO_OK && json_object_set_new(object, name, sto_json_str(sto_buf_span(&text))) != 0)
		rc = STO_NO_MEMORY;
	sto_buf_finish(&text);
	return rc;
}

int sto_jwk_put_number(json_t *object, const char *name, const EVP_PKEY *pkey, const char *param,
		       size_t pad_len)
{
	BIGNUM *number = NULL;
	uint8_t bytes[STO_SIGNATURE_MAX];
	int rc = STO_NO_MEMORY;
	if (EVP_PKEY_get_bn_param(pkey, param, &number) != 1)
		return STO_NO_MEMORY;
	int len = pad_len > 0 ? (int)pad_len : BN_num_bytes(number);
	if (len <= STO_SIGNATURE_MAX && BN_bn2binpad(number, bytes, len) == len)
		rc = sto_jwk_put_bytes(object, name, sto_span_of(bytes, (size_t)len));
	OPENSSL_cleanse(bytes, sizeof(bytes));
	BN_clear_free(number);
	return rc;
}

static const struct sto_kty_ops *type_named(struct sto_span name)
{
	for (int i = 0; i < STO_KTY_COUNT; i++)
		if (sto_span_equal(name, sto_span_str(types[i]->name)))
			return types[i];
	return NULL;
}

static int set_kid(sto_jwk *key, struct sto_span kid, struct sto_error *err)
{
	key->has_kid = true;
	int rc = sto_buf_put(&key->kid, kid);
	if (rc == STO_TOO_LARGE)
		return sto_fail(err, STO_KEY_MALFORMED, "a \"kid\" of %zu bytes", kid.len);
	return rc == STO_OK ? STO_OK : sto_fail(err, rc, "no memory for a \"kid\"");
}

/* RFC 7517 section 4.5 */
static int read_kid(sto_jwk *key, const json_t *object, struct sto_error *err)
{
	struct sto_span kid;
	if (json_object_get(object, "kid") == NULL)
		return STO_OK;
	if (!sto_json_get_str(&kid, object, "kid"))
		return sto_fail(err, STO_KEY_MALFORMED, "a \"kid\" that is no string");
	return set_kid(key, kid, err);
}

/* RFC 7517 section 4.2 */
static int check_use(const json_t *object, struct sto_error *err)
{
	struct sto_span use;
	if (json_object_get(object, "use") == NULL)
		return STO_OK;
	if (!sto_json_get_str(&use, object, "use"))
		return sto_fail(err, STO_KEY_MALFORMED, "a \"use\" that is no string");
	if (!sto_span_equal(use, STO_SPAN("sig")))
		return sto_fail(err, STO_KEY_NOT_SUPPORTED, "a key that is not for signatures (\"use\")");
	return STO_OK;
}

/* RFC 7517 section 4.3 */
static int check_key_ops(const json_t *object, bool is_private, struct sto_error *err)
{
	const json_t *ops = json_object_get(object, "key_ops"), *op;
	bool found = false;
	size_t i;
	if (ops == NULL)
		return STO_OK;
	if (!json_is_array(ops))
		return sto_fail(err, STO_KEY_MALFORMED, "\"key_ops\" that is no list");
	json_array_foreach(ops, i, op)
	{
		if (!json_is_string(op))
			return sto_fail(err, STO_KEY_MALFORMED, "\"key_ops\" that holds no strings");
		struct sto_span name = sto_span_str(json_string_value(op));
		found = found || sto_span_equal(name, STO_SPAN("verify")) ||
			(is_private && sto_span_equal(name, STO_SPAN("sign")));
	}
	return found ? STO_OK
		     : sto_fail(err, STO_KEY_NOT_SUPPORTED, "a key that is not for signatures (\"key_ops\")");
}

/* RFC 7517 section 4.4; what it names must be an algorithm of this type and curve. */
static int read_alg(sto_jwk *key, const json_t *object, struct sto_error *err)
{
	struct sto_span name;
	enum sto_alg alg;
	if (json_object_get(object, "alg") == NULL)
		return STO_OK;
	if (!sto_json_get_str(&name, object, "alg"))
		return sto_fail(err, STO_KEY_MALFORMED, "an \"alg\" that is no string");
	if (sto_alg_parse(&alg, name) != STO_OK)
		return sto_fail(err, STO_KEY_NOT_SUPPORTED,
				"a key for an algorithm that signs no tokens here");
	if (!sto_jwk_fits(key, alg))
		return sto_fail(err, STO_KEY_MALFORMED, "a key whose \"alg\" is not of its type and curve");
	key->algs = STO_ALG_BIT(alg);
	key->has_alg = true;
	return STO_OK;
}

static sto_jwk *key_new(const struct sto_kty_ops *ops)
{
	sto_jwk *key = calloc(1, sizeof(*key));
	if (key == NULL)
		return NULL;
	key->ops = ops;
	sto_buf_init(&key->kid, STO_LIMIT_KID);
	key->pool = sto_verifier_pool_new();
	if (key->pool != NULL)
		return key;
	sto_jwk_free(key);
	return NULL;
}

static int parse_members(sto_jwk *key, const json_t *object, struct sto_error *err)
{
	int rc = check_use(object, err);
	if (rc == STO_OK)
		rc = check_key_ops(object, sto_jwk_json_is_secret(object), err);
	if (rc == STO_OK)
		rc = read_kid(key, object, err);
	if (rc == STO_OK)
		rc = key->ops->parse(key, object, err);
	if (rc == STO_OK)
		rc = read_alg(key, object, err);
	return rc;
}

int sto_jwk_parse(sto_jwk **out, const json_t *object, struct sto_error *err)
{
	struct sto_span kty;
	*out = NULL;
	if (!json_is_object(object) || !sto_json_get_str(&kty, object, "kty"))
		return sto_fail(err, STO_KEY_MALFORMED, "no object with a \"kty\"");
	const struct sto_kty_ops *ops = type_named(kty);
	if (ops == NULL)
		return sto_fail(err, STO_KEY_NOT_SUPPORTED, "a key that is not RSA, EC or OKP");
	sto_jwk *key = key_new(ops);
	if (key == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a key");
	ERR_set_mark();
	int rc = parse_members(key, object, err);
	ERR_pop_to_mark();
	if (rc == STO_OK)
		*out = key;
	else
		sto_jwk_free(key);
	return rc;
}

int sto_jwk_generate(sto_jwk **out, enum sto_alg alg, struct sto_span kid, struct sto_error *err)
{
	*out = NULL;
	sto_jwk *key = key_new(types[sto_alg_info(alg)->kty]);
	if (key == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a key");
	int rc = set_kid(key, kid, err);
	if (rc == STO_OK)
		rc = key->ops->generate(key, alg, err);
	if (rc != STO_OK) {
		sto_jwk_free(key);
		return rc;
	}
	key->algs = STO_ALG_BIT(alg);
	key->has_alg = true;
	*out = key;
	return STO_OK;
}

static enum sto_alg only_alg(const sto_jwk *key)
{
	int alg = 0;
	while ((key->algs & STO_ALG_BIT(alg)) == 0)
		alg++;
	return (enum sto_alg)alg;
}

static int put_members(json_t *object, const sto_jwk *key, bool with_private)
{
	if (json_object_set_new(object, "kty", json_string(key->ops->name)) != 0 ||
	    json_object_set_new(object, "use", json_string("sig")) != 0)
		return STO_NO_MEMORY;
	if (key->has_kid && json_object_set_new(object, "kid", sto_json_str(sto_buf_span(&key->kid))) != 0)
		return STO_NO_MEMORY;
	if (key->has_alg && json_object_set_new(object, "alg", json_string(sto_alg_name(only_alg(key)))) != 0)
		return STO_NO_MEMORY;
	return key->ops->put(object, key, with_private);
}

static json_t *to_json(const sto_jwk *key, bool with_private)
{
	json_t *object = json_object();
	if (object != NULL && put_members(object, key, with_private) == STO_OK)
		return object;
	json_decref(object);
	return NULL;
}

json_t *sto_jwk_public_json(const sto_jwk *key)
{
	return to_json(key, false);
}

json_t *sto_jwk_private_json(const sto_jwk *key)
{
	return key->is_private ? to_json(key, true) : NULL;
}

void sto_jwk_free(sto_jwk *key)
{
	if (key == NULL)
		return;
	sto_verifier_pool_free(key->pool);
	EVP_PKEY_free(key->pkey);
	sodium_free(key->ed_secret);
	sto_buf_finish(&key->kid);
	free(key);
}
