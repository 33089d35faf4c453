#include "transport/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/bounds.h"
#include "transport/address.h"

/* Printable ASCII without blanks: RFC 3986 knows no other bytes, and CR, LF and NUL would end a line. */
static bool has_url_bytes_only(struct sto_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7f)
			return false;
	return true;
}

/* libcurl would also take one slash or three, and other readers of the same URL see another host then. */
static bool has_plain_start(struct sto_span text)
{
	struct sto_span http = STO_SPAN("http://");
	struct sto_span https = STO_SPAN("https://");
	size_t start = 0;
	if (sto_span_equal_nocase(sto_span_slice(text, 0, http.len), http))
		start = http.len;
	else if (sto_span_equal_nocase(sto_span_slice(text, 0, https.len), https))
		start = https.len;
	return start > 0 && start < text.len && text.ptr[start] != '/' && text.ptr[start] != '\\';
}

static bool has_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool found = curl_url_get(url, part, &text, 0) == CURLUE_OK;
	curl_free(text);
	return found;
}

static int parse(struct sto_target *target, struct sto_span text, struct sto_error *err)
{
	struct sto_buf copy;
	int rc = STO_OK;
	sto_buf_init(&copy, STO_LIMIT_URL);
	target->url = curl_url();
	if (!has_plain_start(text) || !has_url_bytes_only(text) || sto_buf_put(&copy, text) != STO_OK)
		rc = sto_fail(err, STO_FETCH_BAD_URL,
			      "not an http(s) URL, or one with bytes that do not belong there");
	else if (target->url == NULL || sto_buf_cstr(&copy) == NULL)
		rc = sto_fail(err, STO_NO_MEMORY, "no memory for a URL");
	else if (curl_url_set(target->url, CURLUPART_URL, sto_buf_cstr(&copy), CURLU_DISALLOW_USER) !=
		 CURLUE_OK)
		rc = sto_fail(err, STO_FETCH_BAD_URL, "not an absolute URL without user info");
	sto_buf_finish(&copy);
	return rc;
}

static int check_scheme(struct sto_target *target, struct sto_error *err)
{
	char *scheme = NULL;
	int rc = STO_OK;
	if (curl_url_get(target->url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    has_part(target->url, CURLUPART_FRAGMENT))
		rc = sto_fail(err, STO_FETCH_BAD_URL, "a URL without a scheme or with a fragment");
	else if (strcmp(scheme, "http") == 0)
		target->is_http = true;
	else if (strcmp(scheme, "https") != 0)
		rc = sto_fail(err, STO_FETCH_BAD_URL, "a URL that is neither http nor https");
	curl_free(scheme);
	return rc;
}

union any_address {
	struct sockaddr any;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

/* The host as an address, where it is written as one: libcurl has turned 0x7f.1 and the like into dots. */
static bool literal_address(union any_address *out, const char *host)
{
	char inner[INET6_ADDRSTRLEN];
	size_t len = strlen(host);
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, host, &out->in4.sin_addr) == 1) {
		out->in4.sin_family = AF_INET;
		return true;
	}
	if (len < 2 || host[0] != '[' || len - 2 >= sizeof(inner))
		return false;
	memcpy(inner, host + 1, len - 2);
	inner[len - 2] = '\0';
	out->in6.sin6_family = AF_INET6;
	return inet_pton(AF_INET6, inner, &out->in6.sin6_addr) == 1;
}

/* RFC 6761 section 6.3. */
static bool is_localhost(const char *host)
{
	struct sto_span name = sto_span_str(host);
	if (name.len > 0 && name.ptr[name.len - 1] == '.')
		name.len--;
	size_t tail = sizeof("localhost") - 1;
	if (name.len < tail ||
	    !sto_span_equal_nocase(sto_span_slice(name, name.len - tail, tail), STO_SPAN("localhost")))
		return false;
	return name.len == tail || name.ptr[name.len - tail - 1] == '.';
}

static int check_host(struct sto_target *target, bool allow_private, struct sto_error *err)
{
	union any_address address;
	if (curl_url_get(target->url, CURLUPART_HOST, &target->host, 0) != CURLUE_OK ||
	    target->host[0] == '\0')
		return sto_fail(err, STO_FETCH_BAD_URL, "a URL without a host");
	bool literal = literal_address(&address, target->host);
	target->loopback = literal ? sto_address_is_loopback(&address.any) : is_localhost(target->host);
	if (target->is_http && !target->loopback)
		return sto_fail(err, STO_FETCH_BAD_URL, "http to %s: only https leaves this machine",
				target->host);
	/* A proxy would connect to it without asking us, so what is written is judged here already. */
	if (literal && !allow_private && !sto_address_is_public(&address.any))
		return sto_fail(err, STO_FETCH_REFUSED_ADDRESS, "%s is not a public address", target->host);
	return STO_OK;
}

int sto_target_init(struct sto_target *target, const struct sto_fetch *request, struct sto_error *err)
{
	*target = (struct sto_target){NULL, NULL, false, false};
	int rc = parse(target, request->url, err);
	if (rc == STO_OK)
		rc = check_scheme(target, err);
	if (rc == STO_OK)
		rc = check_host(target, request->allow_private, err);
	return rc;
}

void sto_target_finish(struct sto_target *target)
{
	curl_free(target->host);
	curl_url_cleanup(target->url);
	*target = (struct sto_target){NULL, NULL, false, false};
}
