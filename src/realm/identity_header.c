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

static bool is(struct sto_span name, struct sto_span listed)
{
	bool begins = listed.ptr[listed.len - 1] == '-';
	if (begins ? name.len < listed.len : name.len != listed.len)
		return false;
	for (size_t i = 0; i < listed.len; i++)
		if (fold(name.ptr[i]) != listed.ptr[i])
			return false;
	return true;
}

bool sto_is_identity_header(struct sto_span name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is(name, sto_span_str(names[i])))
			return true;
	return false;
}
