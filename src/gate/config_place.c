/* Where the app lives. */
#include "base/json.h"
#include "gate/config_settings.h"
#include "http/url.h"

/* The origin of redirect_uri, else of the server on this machine. */
static int put_origin(struct sto_buf *out, const json_t *values, const json_t *facts)
{
	struct sto_url url;
	struct sto_span redirect_uri = sto_config_text(values, "redirect_uri");
	if (redirect_uri.len == 0)
		return sto_buf_printf(out, "http://localhost:%lld",
				      (long long)json_integer_value(json_object_get(facts, "port")));
	int rc = sto_url_parse(&url, redirect_uri, NULL);
	return rc != STO_OK ? rc : sto_url_put_origin(out, &url);
}

int sto_config_put_public_url(struct sto_buf *out, const json_t *values, const json_t *facts)
{
	struct sto_span base, known = sto_config_text(facts, "public_url");
	if (known.len == 0)
		known = sto_config_text(values, "public_url");
	if (known.len > 0) {
		if (sto_span_ends_with(known, STO_SPAN("/")))
			known.len--;
		return sto_buf_put(out, known);
	}
	int rc = put_origin(out, values, facts);
	(void)sto_json_get_str(&base, facts, "base_path");
	if (rc == STO_OK && base.len > 0 && base.ptr[0] != '/')
		rc = sto_buf_put_byte(out, '/');
	return rc != STO_OK ? rc : sto_buf_put(out, base);
}
