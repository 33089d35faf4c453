#include "base/base64url.h"
#include "base/bounds.h"
#include "base/json.h"
#include "jose/jws.h"
#include "jose/key.h"

static int put_header(struct sto_buf *out, const sto_jwk *key, enum sto_alg alg, const char *typ)
{
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_JOSE_HEADER);
	int rc = STO_NO_MEMORY;
	json_t *header = json_object();
	if (header == NULL || json_object_set_new(header, "alg", json_string(sto_alg_name(alg))) != 0)
		goto out;
	if (key->has_kid && json_object_set_new(header, "kid", sto_json_str(sto_buf_span(&key->kid))) != 0)
		goto out;
	if (typ != NULL && json_object_set_new(header, "typ", json_string(typ)) != 0)
		goto out;
	rc = sto_json_dump(&text, header);
	if (rc == STO_OK)
		rc = sto_base64url_encode(out, sto_buf_span(&text));
out:
	json_decref(header);
	sto_buf_finish(&text);
	return rc;
}

/* RFC 7515 section 5.1 */
static int put_token(struct sto_buf *out, const sto_jwk *key, enum sto_alg alg, const char *typ,
		     struct sto_span payload)
{
	struct sto_buf signature;
	sto_buf_init(&signature, STO_SIGNATURE_MAX);
	int rc = put_header(out, key, alg, typ);
	if (rc == STO_OK)
		rc = sto_buf_put_byte(out, '.');
	if (rc == STO_OK)
		rc = sto_base64url_encode(out, payload);
	if (rc == STO_OK)
		rc = key->ops->sign(&signature, key, alg, sto_buf_span(out));
	if (rc == STO_OK)
		rc = sto_buf_put_byte(out, '.');
	if (rc == STO_OK)
		rc = sto_base64url_encode(out, sto_buf_span(&signature));
	sto_buf_finish(&signature);
	return rc;
}

int sto_jws_sign(struct sto_buf *out, const sto_jwk *key, enum sto_alg alg, const char *typ,
		 struct sto_span payload, struct sto_error *err)
{
	if (!key->is_private)
		return sto_fail(err, STO_KEY_NOT_SUPPORTED, "a public key signs nothing");
	if (!sto_jwk_fits(key, alg))
		return sto_fail(err, STO_TOKEN_ALG, "the key does not sign %s", sto_alg_name(alg));
	struct sto_buf token;
	sto_buf_init(&token, STO_LIMIT_TOKEN);
	int rc = put_token(&token, key, alg, typ, payload);
	if (rc == STO_OK)
		rc = sto_buf_put(out, sto_buf_span(&token));
	sto_buf_finish(&token);
	return rc == STO_OK ? STO_OK : sto_fail(err, rc, "a token of %zu payload bytes", payload.len);
}
