/* Discovery documents and token responses: whatever a provider answers. */
#include <stdlib.h>

#include "base/bounds.h"
#include "provider/oidc/internal.h"

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
	sto_metadata_release(oidc, metadata);
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
	sto_oidc_free(oidc);
	return 0;
}
