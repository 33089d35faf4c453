#include "transport/transport.h"

#include "base/module.h"

#define CONTENT_TYPE_MAX 128

void sto_fetched_init(struct sto_fetched *fetched, size_t max_body)
{
	*fetched = (struct sto_fetched){.max_age_sec = -1, .date_sec = -1, .retry_after_sec = -1};
	sto_buf_init(&fetched->body, max_body);
	sto_buf_init(&fetched->content_type, CONTENT_TYPE_MAX);
}

void sto_fetched_finish(struct sto_fetched *fetched)
{
	if (fetched == NULL)
		return;
	sto_buf_finish(&fetched->body);
	sto_buf_finish(&fetched->content_type);
}

static int load_once(const struct sto_transport_ops **out, struct sto_error *err)
{
	static const struct sto_module module = {.file = "stoauth/transport_curl.so",
						 .symbol = "sto_transport_curl",
						 .abi = STO_TRANSPORT_ABI,
						 .size = sizeof(struct sto_transport_ops),
						 .failure = STO_FETCH_SETUP};
	static const void *kept;
	const void *found = NULL;
	int rc = sto_module_once(&found, &kept, &module, err);
	*out = found;
	return rc;
}

int sto_transport_curl_open(struct sto_transport *out, const struct sto_transport_options *options,
			    struct sto_error *err)
{
	const struct sto_transport_ops *ops = NULL;
	void *ctx = NULL;
	*out = (struct sto_transport){NULL, NULL};
	int rc = load_once(&ops, err);
	if (rc == STO_OK)
		rc = ops->open(&ctx, options, err);
	if (rc == STO_OK)
		*out = (struct sto_transport){ops, ctx};
	return rc;
}

void sto_transport_close(struct sto_transport *transport)
{
	if (transport == NULL || transport->ops == NULL)
		return;
	transport->ops->close(transport->ctx);
	*transport = (struct sto_transport){NULL, NULL};
}
