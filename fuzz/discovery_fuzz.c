/* Discovery documents and token responses: whatever a provider answers. */
#include <stdlib.h>

#include "base/bounds.h"
#include "http/url.h"
#include "provider/oidc/internal.h"
#include "provider/oidc/tenant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_discovery(struct sto_oidc *oidc, struct sto_span text)
{
	struct sto_error err;
	struct sto_metadata *metadata = NULL;
	if (sto_metadata_parse(&metadata, oidc, text, &err) != STO_OK)
		return;
	/* What was accepted keeps to the rules. */
	if (!sto_span_equal(sto_buf_span(&metadata->issuer), oidc->settings.issuer) ||
	    !sto_oidc_may_use(oidc, oidc->settings.issuer, sto_buf_span(&metadata->token_endpoint)))
		abort();
	const struct sto_buf *optional[] = {&metadata->end_session_endpoint, &metadata->revocation_endpoint};
	for (size_t i = 0; i < 2; i++)
		if (optional[i]->len > 0 &&
		    !sto_oidc_may_use(oidc, oidc->settings.issuer, sto_buf_span(optional[i])))
			abort();
	sto_metadata_release(oidc, metadata);
}

/* The same document as one for many tenants. */
static void fuzz_template(struct sto_span text)
{
	struct sto_oidc_settings settings = {
		.metadata_url = STO_SPAN("https://op.example/many/.well-known/openid-configuration"),
		.tenants = json_pack("[s]", "any")};
	struct sto_oidc_world world = {sto_world_system(), NULL, NULL};
	struct sto_metadata *metadata = NULL;
	struct sto_oidc *oidc = NULL;
	struct sto_buf issuer;
	sto_buf_init(&issuer, STO_LIMIT_URL);
	if (sto_oidc_new(&oidc, &settings, &world, NULL) == STO_OK &&
	    sto_metadata_parse(&metadata, oidc, text, NULL) == STO_OK) {
		/* Whatever the tenant, its issuer is on the document's host. */
		struct sto_url url;
		if (sto_tenant_put_issuer(&issuer, sto_buf_span(&metadata->issuer),
					  STO_SPAN("00000000-0000-0000-0000-000000000000")) != STO_OK ||
		    sto_url_parse(&url, sto_buf_span(&issuer), NULL) != STO_OK ||
		    !sto_span_equal_nocase(url.host, STO_SPAN("op.example")))
			abort();
		sto_metadata_release(oidc, metadata);
	}
	sto_buf_finish(&issuer);
	sto_oidc_free(oidc);
	json_decref((json_t *)(uintptr_t)settings.tenants);
}

static void fuzz_tokens(struct sto_span text)
{
	struct sto_error err;
	struct sto_tokens tokens;
	for (int status = 200; status <= 400; status += 200) {
		sto_tokens_init(&tokens);
		if (sto_token_response(&tokens, status, text, &err) == STO_OK && tokens.access_token.len == 0)
			abort();
		sto_tokens_finish(&tokens);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sto_oidc_settings settings = {.issuer = STO_SPAN("https://op.example")};
	struct sto_oidc_world world = {sto_world_system(), NULL, NULL};
	struct sto_oidc *oidc = NULL;
	if (sto_oidc_new(&oidc, &settings, &world, NULL) != STO_OK)
		return 0;
	fuzz_discovery(oidc, sto_span_of(data, size));
	fuzz_tokens(sto_span_of(data, size));
	fuzz_template(sto_span_of(data, size));
	sto_oidc_free(oidc);
	return 0;
}
