#include "jose/header.h"

#include <stdlib.h>

#include "base/base64url.h"
#include "base/json.h"
#include "jose/jwks.h"
#include "jose/key.h"

void sto_jose_header_free(struct sto_jose_header *header)
{
	if (header == NULL)
		return;
	sto_buf_finish(&header->typ);
	sto_buf_finish(&header->kid);
	sto_buf_finish(&header->text);
	free(header);
}

static struct sto_jose_header *header_new(void)
{
	struct sto_jose_header *header = calloc(1, sizeof(*header));
	if (header == NULL)
		return NULL;
	sto_buf_init(&header->typ, STO_LIMIT_JOSE_HEADER);
	sto_buf_init(&header->kid, STO_LIMIT_KID);
	sto_buf_init(&header->text, sto_base64url_encoded_len(STO_LIMIT_JOSE_HEADER));
	return header;
}

/* RFC 7515 section 4.1.11: what is critical must be understood, and we understand no extension. RFC 7797
 * section 3: a payload that is not base64url must say so in "crit"; one that forgets is refused as well. */
static int check_extensions(const json_t *json, struct sto_error *err)
{
	const json_t *b64 = json_object_get(json, "b64");
	if (json_object_get(json, "crit") != NULL)
		return sto_fail(err, STO_TOKEN_CRIT, "the header has \"crit\"");
	if (b64 != NULL && !json_is_true(b64))
		return sto_fail(err, STO_TOKEN_CRIT, "the header has \"b64\"");
	return STO_OK;
}

static int read_alg(struct sto_jose_header *header, const json_t *json, struct sto_error *err)
{
	struct sto_span name;
	if (!sto_json_get_str(&name, json, "alg"))
		return sto_fail(err, STO_TOKEN_ALG, "the header has no \"alg\"");
	if (sto_alg_parse(&header->alg, name) != STO_OK)
		return sto_fail(err, STO_TOKEN_ALG, "the token's algorithm is none of ours");
	return STO_OK;
}

static int read_typ(struct sto_jose_header *header, const json_t *json, struct sto_error *err)
{
	struct sto_span typ;
	if (json_object_get(json, "typ") == NULL)
		return STO_OK;
	if (!sto_json_get_str(&typ, json, "typ"))
		return sto_fail(err, STO_TOKEN_MALFORMED, "\"typ\" is no string");
	header->has_typ = true;
	int rc = sto_buf_put(&header->typ, typ);
	return rc == STO_OK ? STO_OK : sto_fail(err, rc, "no memory for \"typ\"");
}

static int read_kid(struct sto_jose_header *header, const json_t *json, struct sto_error *err)
{
	struct sto_span kid;
	if (json_object_get(json, "kid") == NULL)
		return STO_OK;
	if (!sto_json_get_str(&kid, json, "kid"))
		return sto_fail(err, STO_TOKEN_MALFORMED, "\"kid\" is no string");
	if (kid.len > STO_LIMIT_KID)
		return sto_fail(err, STO_TOKEN_MALFORMED, "a \"kid\" of %zu bytes", kid.len);
	header->has_kid = true;
	int rc = sto_buf_put(&header->kid, kid);
	return rc == STO_OK ? STO_OK : sto_fail(err, rc, "no memory for \"kid\"");
}

static int read_members(struct sto_jose_header *header, struct sto_span text, const json_t *json,
			struct sto_error *err)
{
	int rc = check_extensions(json, err);
	if (rc == STO_OK)
		rc = read_alg(header, json, err);
	if (rc == STO_OK)
		rc = read_typ(header, json, err);
	if (rc == STO_OK)
		rc = read_kid(header, json, err);
	if (rc != STO_OK)
		return rc;
	rc = sto_buf_put(&header->text, text);
	return rc == STO_OK ? STO_OK : sto_fail(err, rc, "no memory for a header");
}

int sto_jose_header_parse(json_t **out, struct sto_span text, struct sto_error *err)
{
	struct sto_buf bytes;
	*out = NULL;
	sto_buf_init(&bytes, STO_LIMIT_JOSE_HEADER);
	int rc = sto_base64url_decode(&bytes, text);
	if (rc == STO_BAD_BASE64URL)
		rc = sto_fail(err, STO_TOKEN_MALFORMED, "the header is no base64url");
	else if (rc != STO_OK)
		rc = sto_fail(err, rc, "a header of %zu characters", text.len);
	if (rc == STO_OK) {
		rc = sto_json_parse_object(out, sto_buf_span(&bytes), err);
		if (rc == STO_BAD_JSON)
			rc = sto_fail(err, STO_TOKEN_MALFORMED, "the header is no JSON object");
	}
	sto_buf_finish(&bytes);
	return rc;
}

int sto_jose_header_read(struct sto_jose_header **out, struct sto_span text, struct sto_error *err)
{
	json_t *json = NULL;
	*out = NULL;
	struct sto_jose_header *header = header_new();
	int rc = header == NULL ? sto_fail(err, STO_NO_MEMORY, "no memory for a header") : STO_OK;
	if (rc == STO_OK)
		rc = sto_jose_header_parse(&json, text, err);
	if (rc == STO_OK)
		rc = read_members(header, text, json, err);
	json_decref(json);
	if (rc == STO_OK)
		*out = header;
	else
		sto_jose_header_free(header);
	return rc;
}

static bool is_named(const sto_jwk *key, const struct sto_jose_header *header)
{
	return key->has_kid && sto_span_equal(sto_buf_span(&header->kid), sto_buf_span(&key->kid));
}

/* RFC 7515 section 6: by kid, and always by what the key is made for. */
int sto_jose_header_choose_keys(struct sto_jose_header *header, const sto_jwks *set, struct sto_error *err)
{
	bool found_kid = false;
	const char *alg = sto_alg_name(header->alg);
	header->n_keys = 0;
	for (size_t i = 0; i < set->n_keys && header->n_keys < STO_LIMIT_KEYS_TRIED; i++) {
		const sto_jwk *key = set->keys[i];
		if (header->has_kid && !is_named(key, header))
			continue;
		found_kid = header->has_kid;
		if (sto_jwk_fits(key, header->alg))
			header->keys[header->n_keys++] = key;
	}
	if (header->n_keys > 0)
		return STO_OK;
	if (found_kid)
		return sto_fail(err, STO_TOKEN_ALG, "the key that the token names is not one for %s", alg);
	return sto_fail(err, STO_TOKEN_NO_KEY, "no key of %zu fits %s and the token's \"kid\"", set->n_keys,
			alg);
}
