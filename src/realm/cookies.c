#include "http/cookie.h"
#include "realm/realm.h"

static const char *const stems[] = {
	[STO_COOKIE_SESSION] = "st_oauth_session-",
	[STO_COOKIE_LOGIN] = "st_oauth_login-",
};
#define PREFIX "__Host-" /* RFC 6265bis 4.1.3.2: of this host, over TLS, for every path */

int sto_cookie_name(struct sto_buf *out, const sto_realm *realm, enum sto_cookie_kind kind, size_t index,
		    bool plain)
{
	int rc = plain ? STO_OK : sto_buf_put_str(out, PREFIX);
	if (rc == STO_OK)
		rc = sto_buf_put_str(out, stems[kind]);
	return rc != STO_OK ? rc : sto_buf_put_str(out, realm->cookie_ids[index]);
}

/* The name without its prefix; empty where it has none and needs one. */
static struct sto_span stem_of(const sto_realm *realm, struct sto_span name)
{
	struct sto_span prefix = STO_SPAN(PREFIX);
	if (sto_span_starts_with(name, prefix))
		return sto_span_slice(name, prefix.len, name.len);
	return realm->config.loopback ? name : (struct sto_span){NULL, 0};
}

bool sto_cookie_is(const sto_realm *realm, enum sto_cookie_kind kind, struct sto_span name)
{
	struct sto_span rest = stem_of(realm, name), stem = sto_span_str(stems[kind]);
	if (!sto_span_starts_with(rest, stem))
		return false;
	rest = sto_span_slice(rest, stem.len, rest.len);
	for (size_t i = 0; i < sto_keyring_count(realm->ring); i++)
		if (sto_span_equal(rest, sto_span_str(realm->cookie_ids[i])))
			return true;
	return false;
}

static bool is_native(struct sto_span name)
{
	return sto_span_starts_with(name, STO_SPAN("_streamlit_user"));
}

/* Any cookie that looks like ours goes, also another app's on this host: no script has any business with it.
 * The plain gate's ("st_oauth-...") stays, which its script reads. */
static bool is_ours(struct sto_span name)
{
	struct sto_span prefix = STO_SPAN(PREFIX);
	if (sto_span_starts_with(name, prefix))
		name = sto_span_slice(name, prefix.len, name.len);
	return sto_span_starts_with(name, STO_SPAN("st_oauth_"));
}

static struct sto_span trim(struct sto_span text)
{
	while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
		text = sto_span_slice(text, 1, text.len);
	while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	return text;
}

int sto_realm_strip_cookies(struct sto_buf *out, const sto_realm *realm, struct sto_span header)
{
	struct sto_span rest = header, pair;
	bool first = true;
	int rc = STO_OK;
	(void)realm;
	while (rc == STO_OK && sto_span_split(&pair, &rest, ';')) {
		struct sto_span name = trim(sto_span_slice(pair, 0, sto_span_find(pair, '=')));
		if (is_native(name) || is_ours(name))
			continue;
		if (!first)
			rc = sto_buf_put_byte(out, ';');
		else
			pair = trim(pair);
		if (rc == STO_OK)
			rc = sto_buf_put(out, pair);
		first = false;
	}
	return rc;
}
