#include "base/base64url.h"
#include "base/json.h"
#include "realm/realm.h"

#define NONCE_LEN 16
#define TICKET_MAX 4096 /* characters */

/* The kind is part of what the seal is bound to, so that a ticket of one kind is none of another. */
static struct sto_span context_of(enum sto_ticket_kind kind)
{
	static const char *const contexts[] = {
		[STO_TICKET_LOGIN] = "login",
		[STO_TICKET_LOGOUT] = "logout",
		[STO_TICKET_RETURN] = "return",
	};
	return sto_span_str(contexts[kind]);
}

static int64_t now_of(const sto_realm *realm)
{
	return realm->world->now_sec(realm->world->ctx);
}

static json_t *nonce_json(const sto_realm *realm)
{
	uint8_t random[NONCE_LEN];
	struct sto_buf text;
	json_t *json = NULL;
	sto_buf_init(&text, sto_base64url_encoded_len(NONCE_LEN));
	if (realm->world->random(realm->world->ctx, random, sizeof(random)) == STO_OK &&
	    sto_base64url_encode(&text, sto_span_of(random, sizeof(random))) == STO_OK)
		json = sto_json_str(sto_buf_span(&text));
	sto_buf_finish(&text);
	return json;
}

int sto_ticket_seal(struct sto_buf *out, const sto_realm *realm, enum sto_ticket_kind kind, json_t *content)
{
	int64_t life_sec = kind == STO_TICKET_RETURN ? STO_TICKET_RETURN_SEC : STO_TICKET_SEC;
	struct sto_buf plain;
	int rc = content == NULL ? STO_NO_MEMORY : STO_OK;
	sto_buf_init(&plain, TICKET_MAX / 4 * 3 - 64);
	if (rc == STO_OK &&
	    (json_object_set_new(content, "end", json_integer(now_of(realm) + life_sec)) != 0 ||
	     json_object_set_new(content, "nonce", nonce_json(realm)) != 0))
		rc = STO_NO_MEMORY;
	if (rc == STO_OK)
		rc = sto_json_dump(&plain, content);
	if (rc == STO_OK)
		rc = sto_seal(out, realm->ring, STO_PURPOSE_TICKET, context_of(kind), sto_buf_span(&plain),
			      realm->world);
	json_decref(content);
	sto_buf_finish(&plain);
	return rc;
}

int sto_ticket_open(json_t **content, const sto_realm *realm, enum sto_ticket_kind kind, struct sto_span text)
{
	struct sto_buf plain;
	*content = NULL;
	if (text.len == 0 || text.len > TICKET_MAX)
		return STO_TICKET_BAD;
	sto_buf_init(&plain, TICKET_MAX);
	int rc = sto_open(&plain, NULL, realm->ring, STO_PURPOSE_TICKET, context_of(kind), text);
	if (rc == STO_OK)
		rc = sto_json_parse_object(content, sto_buf_span(&plain), NULL);
	sto_buf_finish(&plain);
	if (rc == STO_NO_MEMORY)
		return rc;
	if (rc != STO_OK)
		return STO_TICKET_BAD;
	if (now_of(realm) < json_integer_value(json_object_get(*content, "end")))
		return STO_OK;
	json_decref(*content);
	*content = NULL;
	return STO_TICKET_EXPIRED;
}

int sto_ticket_use(const sto_realm *realm, const json_t *content, struct sto_error *err)
{
	uint8_t key[STO_KEY_LEN];
	struct sto_span nonce;
	if (!sto_json_get_str(&nonce, content, "nonce"))
		return STO_TICKET_BAD;
	int rc = sto_keyring_mac(key, realm->ring, 0, STO_PURPOSE_TICKET, nonce);
	if (rc == STO_OK)
		rc = realm->marks.ops->put_if_absent(
			realm->marks.ctx, sto_span_of(key, sizeof(key)), (struct sto_span){NULL, 0},
			json_integer_value(json_object_get(content, "end")), now_of(realm), err);
	return rc == STO_STORE_EXISTS ? sto_fail(err, STO_TICKET_USED, "the ticket came twice") : rc;
}
