#include "provider/presets/presets.h"

#include "base/bounds.h"
#include "base/json.h"
#include "http/url.h"

static const struct sto_preset *const presets[] = {
	&sto_preset_google,   &sto_preset_microsoft, &sto_preset_github,
	&sto_preset_keycloak, &sto_preset_auth0,
};

#define N_PRESETS (sizeof(presets) / sizeof(presets[0]))

const struct sto_preset *sto_preset_at(size_t index)
{
	return index < N_PRESETS ? presets[index] : NULL;
}

const struct sto_preset *sto_preset_find(struct sto_span name)
{
	for (size_t i = 0; i < N_PRESETS; i++)
		if (sto_span_equal(sto_span_str(presets[i]->name), name))
			return presets[i];
	return NULL;
}

const char *sto_preset_label(struct sto_span name)
{
	const struct sto_preset *preset = sto_preset_find(name);
	return preset == NULL ? NULL : preset->label;
}

static bool is_in(const char *const *hosts, struct sto_span host)
{
	for (; hosts != NULL && *hosts != NULL; hosts++)
		if (sto_span_equal_nocase(host, sto_span_str(*hosts)))
			return true;
	return false;
}

bool sto_preset_is_sister(struct sto_span issuer_host, struct sto_span host)
{
	for (size_t i = 0; i < N_PRESETS; i++)
		if (presets[i]->issuer_host != NULL &&
		    sto_span_equal_nocase(issuer_host, sto_span_str(presets[i]->issuer_host)) &&
		    is_in(presets[i]->sisters, host))
			return true;
	return false;
}

int sto_preset_base(struct sto_buf *out, struct sto_span written)
{
	struct sto_buf text;
	struct sto_url url;
	sto_buf_init(&text, STO_LIMIT_URL);
	bool has_scheme = sto_span_starts_with(written, STO_SPAN("https://")) ||
			  sto_span_starts_with(written, STO_SPAN("http://"));
	int rc = has_scheme ? STO_OK : sto_buf_put_str(&text, "https://");
	while (sto_span_ends_with(written, STO_SPAN("/")))
		written.len--;
	if (rc == STO_OK)
		rc = sto_buf_put(&text, written);
	if (rc == STO_OK)
		rc = sto_url_parse(&url, sto_buf_span(&text), NULL);
	if (rc == STO_OK && (url.query.ptr != NULL || (!url.https && !sto_url_is_loopback(&url))))
		rc = STO_URL_MALFORMED;
	if (rc == STO_OK)
		rc = sto_buf_put(out, sto_buf_span(&text));
	sto_buf_finish(&text);
	return rc;
}

int sto_preset_refuse(struct sto_preset_problem *problem, const char *code, const char *key, const char *mend,
		      const char *what)
{
	*problem = (struct sto_preset_problem){code, key, mend, what};
	return STO_CONFIG_WRONG;
}

struct sto_span sto_preset_text(const json_t *values, const char *key)
{
	struct sto_span text;
	(void)sto_json_get_str(&text, values, key);
	return text;
}

int sto_preset_put_base(struct sto_buf *out, struct sto_preset_problem *problem, const json_t *values,
			const char *key, const char *fallback, const char *mend)
{
	struct sto_span written = sto_preset_text(values, key);
	if (written.len == 0 && fallback == NULL)
		return sto_preset_refuse(problem, "missing_key", key, mend, "is missing");
	int rc = sto_preset_base(out, written.len > 0 ? written : sto_span_str(fallback));
	return rc == STO_URL_MALFORMED
		       ? sto_preset_refuse(problem, "bad_url", key, mend, "is no host and no https address")
		       : rc;
}

int sto_preset_set(json_t *out, const char *key, const struct sto_buf *base, const char *tail)
{
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_URL);
	int rc = sto_buf_put(&text, sto_buf_span(base));
	if (rc == STO_OK)
		rc = sto_buf_put_str(&text, tail);
	if (rc == STO_OK && json_object_set_new(out, key, sto_json_str(sto_buf_span(&text))) != 0)
		rc = STO_NO_MEMORY;
	sto_buf_finish(&text);
	return rc;
}
