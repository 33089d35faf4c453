#include "provider/oidc/internal.h"

#include "http/url.h"
#include "provider/preset.h"

static bool is_listed(const json_t *hosts, struct sto_span host)
{
	size_t i;
	json_t *entry;
	json_array_foreach(hosts, i, entry)
	{
		struct sto_span name = sto_span_of(json_string_value(entry), json_string_length(entry));
		if (name.len > 0 && sto_span_equal_nocase(name, host))
			return true;
	}
	return false;
}

bool sto_oidc_may_use(const sto_oidc *oidc, struct sto_span base, struct sto_span url)
{
	struct sto_url from, to;
	if (sto_url_parse(&from, base, NULL) != STO_OK || sto_url_parse(&to, url, NULL) != STO_OK)
		return false;
	/* TLS unless both stay on this machine (OIDC Core 16.17, RFC 9700 2.6). */
	if (!to.https && !(sto_url_is_loopback(&to) && sto_url_is_loopback(&from)))
		return false;
	return sto_span_equal_nocase(from.host, to.host) || sto_preset_is_sister(from.host, to.host) ||
	       is_listed(oidc->settings.endpoint_hosts, to.host);
}

static bool same_host(struct sto_span written, const struct sto_url *url)
{
	struct sto_url parsed;
	return written.len > 0 && sto_url_parse(&parsed, written, NULL) == STO_OK &&
	       sto_span_equal_nocase(parsed.host, url->host);
}

bool sto_oidc_is_written_down(const sto_oidc *oidc, struct sto_span url)
{
	const struct sto_oidc_settings *s = &oidc->settings;
	struct sto_url to;
	if (sto_url_parse(&to, url, NULL) != STO_OK)
		return false;
	return same_host(s->issuer, &to) || same_host(s->metadata_url, &to) ||
	       same_host(s->authorization_endpoint, &to) || same_host(s->token_endpoint, &to) ||
	       same_host(s->jwks_uri, &to) || same_host(s->userinfo_endpoint, &to) ||
	       same_host(s->end_session_endpoint, &to) || same_host(s->revocation_endpoint, &to) ||
	       is_listed(s->endpoint_hosts, to.host);
}

static int get_transport(struct sto_transport **out, sto_oidc *oidc, struct sto_error *err)
{
	int rc = STO_OK;
	pthread_mutex_lock(&oidc->lock);
	if (oidc->transport == NULL)
		rc = oidc->world.transport(&oidc->transport, oidc->world.ctx, err);
	*out = oidc->transport;
	pthread_mutex_unlock(&oidc->lock);
	return rc;
}

int sto_oidc_fetch(struct sto_fetched *out, sto_oidc *oidc, struct sto_fetch *request, struct sto_error *err)
{
	struct sto_transport *transport = NULL;
	int rc = get_transport(&transport, oidc, err);
	if (rc != STO_OK)
		return rc;
	request->timeout_ms = oidc->settings.timeout_ms;
	request->allow_private = sto_oidc_is_written_down(oidc, request->url);
	return transport->ops->fetch(transport->ctx, out, request, err);
}
