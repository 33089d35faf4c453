/* Client authentication: RFC 6749 section 2.3. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "dev/provider.h"
#include "http/form.h"

#define CREDENTIALS_MAX 4096

/* What a request says about its client, however it says it. */
struct credentials {
	struct sto_buf id, secret;
	bool has_secret, in_header;
};

/* Strict base64 with padding (RFC 4648 section 4). */
static bool decode_base64(struct sto_buf *out, struct sto_span text)
{
	size_t padding = 0;
	while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=')
		padding++;
	uint8_t *place = text.len == 0 || text.len % 4 != 0 ? NULL : sto_buf_reserve(out, text.len);
	int len = place == NULL ? -1 : EVP_DecodeBlock(place, text.ptr, (int)text.len);
	if (len < (int)padding)
		return false;
	sto_buf_grow(out, (size_t)len - padding);
	return true;
}

/* RFC 6749 section 2.3.1: id and secret are form-encoded before they become user and password. */
static bool read_basic(struct credentials *out, struct sto_span header)
{
	struct sto_buf text;
	bool good = false;
	sto_buf_init(&text, CREDENTIALS_MAX);
	if (header.len <= CREDENTIALS_MAX && decode_base64(&text, sto_span_slice(header, 6, header.len))) {
		struct sto_span pair = sto_buf_span(&text);
		size_t colon = sto_span_find(pair, ':');
		good = colon < pair.len &&
		       sto_form_put_decoded(&out->id, sto_span_slice(pair, 0, colon)) == STO_OK &&
		       sto_form_put_decoded(&out->secret, sto_span_slice(pair, colon + 1, pair.len)) ==
			       STO_OK;
	}
	out->has_secret = out->in_header = true;
	sto_buf_finish(&text);
	return good;
}

static bool read_body(struct credentials *out, const struct dev_form *form)
{
	const char *id = dev_form_get(form, "client_id"), *secret = dev_form_get(form, "client_secret");
	out->has_secret = secret != NULL;
	return id != NULL && sto_buf_put_str(&out->id, id) == STO_OK &&
	       (secret == NULL || sto_buf_put_str(&out->secret, secret) == STO_OK);
}

static bool read_credentials(struct credentials *out, const struct dev_request *req,
			     const struct dev_form *form)
{
	struct sto_span basic = STO_SPAN("Basic ");
	if (req->authorization.len == 0)
		return read_body(out, form);
	return sto_span_equal_nocase(sto_span_slice(req->authorization, 0, basic.len), basic) &&
	       read_basic(out, req->authorization);
}

/* The client with that id, if what it brings is what it must bring: its secret, or none where it has none. */
static const struct dev_client *match(const struct dev_options *options, struct credentials *given)
{
	const char *id = sto_buf_cstr(&given->id);
	const struct dev_client *client = id == NULL ? NULL : dev_options_client(options, id);
	if (client == NULL || given->has_secret != (client->secret != NULL))
		return NULL;
	if (client->secret != NULL &&
	    !sto_span_equal_secret(sto_buf_span(&given->secret), sto_span_str(client->secret)))
		return NULL;
	return client;
}

/* RFC 6749 section 2.3: one method a request; 3.2.1: a client_id beside it must be the same. */
static bool is_ambiguous(const struct dev_request *req, const struct dev_form *form,
			 const struct dev_client *client)
{
	const char *id = dev_form_get(form, "client_id");
	return req->authorization.len > 0 && (dev_form_get(form, "client_secret") != NULL ||
					      (id != NULL && client != NULL && strcmp(id, client->id) != 0));
}

static int refuse(struct dev_response *res)
{
	int rc = sto_buf_put_str(&res->www_authenticate, "Basic realm=\"st-oauth dev\", charset=\"UTF-8\"");
	return rc != STO_OK ? rc
			    : dev_answer_error(res, 401, "invalid_client",
					       "the client is not known or did not authenticate as it must");
}

const struct dev_client *dev_authenticate_client(struct dev_provider *provider, const struct dev_request *req,
						 const struct dev_form *form, struct dev_response *res,
						 int *rc)
{
	struct credentials given = {0};
	const struct dev_client *client = NULL;
	sto_buf_init(&given.id, CREDENTIALS_MAX);
	sto_buf_init(&given.secret, CREDENTIALS_MAX);
	if (read_credentials(&given, req, form))
		client = match(provider->options, &given);
	sto_buf_finish(&given.id);
	sto_buf_finish(&given.secret);
	if (is_ambiguous(req, form, client)) {
		*rc = dev_answer_error(res, 400, "invalid_request",
				       "the client authenticates in two ways at once");
		return NULL;
	}
	if (client == NULL)
		*rc = refuse(res);
	return client;
}
