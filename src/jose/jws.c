#include "jose/jws.h"

#include <string.h>

#include "base/base64url.h"
#include "base/bounds.h"
#include "jose/header.h"
#include "jose/jwks.h"
#include "jose/key.h"

/* A token cut at its dots: RFC 7515 section 7.1. */
struct parts {
	struct sto_span header, payload, signature; /* base64url */
	struct sto_span signed_text;                /* header, dot, payload */
};

static int cut(struct parts *parts, struct sto_span token, struct sto_error *err)
{
	/* By length, before anything is decoded. */
	if (token.len > STO_LIMIT_TOKEN)
		return sto_fail(err, STO_TOO_LARGE, "a token of %zu bytes", token.len);
	size_t first = sto_span_find(token, '.');
	struct sto_span rest = sto_span_slice(token, first + 1, token.len);
	size_t second = sto_span_find(rest, '.');
	if (first == token.len || second == rest.len)
		return sto_fail(err, STO_TOKEN_MALFORMED, "not three parts");
	parts->header = sto_span_slice(token, 0, first);
	parts->payload = sto_span_slice(rest, 0, second);
	parts->signature = sto_span_slice(rest, second + 1, rest.len);
	parts->signed_text = sto_span_slice(token, 0, first + 1 + second);
	if (parts->header.len == 0 || parts->signature.len == 0)
		return sto_fail(err, STO_TOKEN_MALFORMED, "an empty part");
	if (sto_span_find(parts->signature, '.') != parts->signature.len)
		return sto_fail(err, STO_TOKEN_MALFORMED, "more than three parts");
	return STO_OK;
}

/* RFC 7515 section 4.1.9: "application/" may be left off where no other slash follows. */
static struct sto_span without_application(struct sto_span typ)
{
	const struct sto_span prefix = STO_SPAN("application/");
	struct sto_span rest = sto_span_slice(typ, prefix.len, typ.len);
	if (!sto_span_equal_nocase(sto_span_slice(typ, 0, prefix.len), prefix))
		return typ;
	return sto_span_find(rest, '/') == rest.len ? rest : typ;
}

static bool typ_allowed(const char *const *allowed, const struct sto_jose_header *header)
{
	struct sto_span typ = without_application(sto_buf_span(&header->typ));
	if (allowed == NULL)
		return true;
	for (; *allowed != NULL; allowed++) {
		bool want_none = **allowed == 0;
		if (want_none ? !header->has_typ
			      : header->has_typ && sto_span_equal_nocase(typ, sto_span_str(*allowed)))
			return true;
	}
	return false;
}

static int check_policy(const struct sto_jose_header *header, const struct sto_jws_policy *policy,
			struct sto_error *err)
{
	/* RFC 8725 section 3.1 */
	if ((policy->algs & STO_ALG_BIT(header->alg)) == 0)
		return sto_fail(err, STO_TOKEN_ALG, "%s is not allowed here", sto_alg_name(header->alg));
	/* RFC 8725 section 3.11 */
	if (!typ_allowed(policy->typ, header))
		return sto_fail(err, STO_TOKEN_TYP, "a token of another \"typ\"");
	return STO_OK;
}

/* RFC 7515 section 5.2 step 8, with each key that was chosen. */
static int check_signature(const struct sto_jose_header *header, const struct parts *parts,
			   struct sto_error *err)
{
	uint8_t bytes[STO_SIGNATURE_MAX];
	size_t len = sto_base64url_decoded_len(parts->signature.len);
	if (len > sizeof(bytes))
		return sto_fail(err, STO_TOKEN_SIGNATURE, "a signature of %zu bytes", len);
	if (sto_base64url_decode_to(bytes, parts->signature) != STO_OK)
		return sto_fail(err, STO_TOKEN_MALFORMED, "the signature is no base64url");
	for (size_t i = 0; i < header->n_keys; i++) {
		int rc = header->keys[i]->ops->verify(header->keys[i], header->alg, parts->signed_text,
						      sto_span_of(bytes, len));
		if (rc == STO_OK)
			return STO_OK;
		if (rc != STO_TOKEN_SIGNATURE)
			return sto_fail(err, rc, "the signature could not be checked");
	}
	return sto_fail(err, STO_TOKEN_SIGNATURE, "%s with %zu keys", sto_alg_name(header->alg),
			header->n_keys);
}

/* Decodes behind the end of *payload; what stands there counts only once the signature holds. */
static int decode_payload(struct sto_buf *payload, struct sto_span text, struct sto_error *err)
{
	size_t len = sto_base64url_decoded_len(text.len);
	if (len > payload->max - payload->len)
		return sto_fail(err, STO_TOO_LARGE, "a payload of %zu bytes", len);
	uint8_t *to = sto_buf_reserve(payload, len);
	if (to == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a payload");
	if (sto_base64url_decode_to(to, text) != STO_OK)
		return sto_fail(err, STO_TOKEN_MALFORMED, "the payload is no base64url");
	return STO_OK;
}

static int verify_parts(struct sto_buf *payload, const struct sto_jose_header *header,
			const struct parts *parts, struct sto_error *err)
{
	int rc = decode_payload(payload, parts->payload, err);
	if (rc == STO_OK)
		rc = check_signature(header, parts, err);
	if (rc == STO_OK)
		sto_buf_grow(payload, sto_base64url_decoded_len(parts->payload.len));
	return rc;
}

static int verify_known(struct sto_buf *payload, const struct sto_jose_header *header,
			const struct parts *parts, const struct sto_jws_policy *policy, struct sto_error *err)
{
	int rc = check_policy(header, policy, err);
	return rc == STO_OK ? verify_parts(payload, header, parts, err) : rc;
}

/* The policy comes before the keys: what is not allowed must not make the caller fetch the set anew. */
static int verify_new(struct sto_buf *payload, const sto_jwks *set, const struct parts *parts,
		      const struct sto_jws_policy *policy, struct sto_error *err)
{
	struct sto_jose_header *header = NULL;
	int rc = sto_jose_header_read(&header, parts->header, err);
	if (rc == STO_OK)
		rc = check_policy(header, policy, err);
	if (rc == STO_OK)
		rc = sto_jose_header_choose_keys(header, set, err);
	if (rc == STO_OK)
		rc = verify_parts(payload, header, parts, err);
	if (rc == STO_OK)
		sto_header_cache_keep(set->cache, header);
	else
		sto_jose_header_free(header);
	return rc;
}

int sto_jws_verify(struct sto_buf *payload, const sto_jwks *set, const struct sto_jws_policy *policy,
		   struct sto_span token, struct sto_error *err)
{
	struct parts parts;
	int rc = cut(&parts, token, err);
	if (rc != STO_OK)
		return rc;
	const struct sto_jose_header *header = sto_header_cache_find(set->cache, parts.header);
	if (header != NULL)
		return verify_known(payload, header, &parts, policy, err);
	return verify_new(payload, set, &parts, policy, err);
}

int sto_jws_peek_header(json_t **out, struct sto_span token, struct sto_error *err)
{
	struct parts parts;
	*out = NULL;
	int rc = cut(&parts, token, err);
	return rc == STO_OK ? sto_jose_header_parse(out, parts.header, err) : rc;
}

int sto_jws_peek_payload(struct sto_buf *out, struct sto_span token, struct sto_error *err)
{
	struct parts parts;
	int rc = cut(&parts, token, err);
	if (rc == STO_OK)
		rc = decode_payload(out, parts.payload, err);
	if (rc == STO_OK)
		sto_buf_grow(out, sto_base64url_decoded_len(parts.payload.len));
	return rc;
}
