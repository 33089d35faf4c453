/* Headers by which proxies, load balancers and access services say who somebody is. */
#include "realm/realm.h"

/* Whole names, and beginnings that end in '-'. */
static const char *const names[] = {
	"x-forwarded-user",
	"x-forwarded-email",
	"x-forwarded-groups",
	"x-forwarded-preferred-username",
	"x-forwarded-access-token",
	"x-auth-request-",
	"remote-user",
	"remote-name",
	"remote-email",
	"remote-groups",
	"x-remote-user",
	"x-remote-email",
	"x-remote-groups",
	"x-user",
	"x-user-email",
	"x-user-id",
	"x-user-name",
	"x-email",
	"x-ms-client-principal",
	"x-ms-client-principal-",
	"x-ms-token-",
	"x-amzn-oidc-",
	"x-goog-iap-",
	"x-goog-authenticated-user-",
	"cf-access-",
	"tailscale-user-",
	"x-webauth-",
	"x-authentik-",
	"x-pomerium-",
	"x-vouch-",
	"x-st-oauth-",
};

static uint8_t fold(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint8_t)(c + 32);
	return c == '_' ? '-' : c; /* servers of many languages take the one for the other */
}

static bool is(struct sto_span name, const char *listed)
{
	size_t len = 0;
	for (; listed[len] != '\0'; len++)
		if (len == name.len || fold(name.ptr[len]) != (uint8_t)listed[len])
			return false;
	bool begins = listed[len - 1] == '-';
	return begins || name.len == len;
}

bool sto_is_identity_header(struct sto_span name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is(name, names[i]))
			return true;
	return false;
}
