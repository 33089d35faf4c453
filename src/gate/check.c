/* What a look at the provider tells about a configuration: one finding a fact, good ones too. */
#include <stdarg.h>
#include <stdio.h>

#include "base/json.h"
#include "gate/gate.h"
#include "http/url.h"
#include "provider/oidc/probe.h"

#define CLOCK_FINE_SEC 5 /* a difference that nobody needs to hear of */
#define TEXT_MAX 1024

struct check {
	const sto_gate *gate;
	const struct sto_oidc_settings *settings;
	const struct sto_oidc_probe *probe;
	json_t *list;
	bool failed; /* one is an error */
	int rc;
};

#define OK "ok"
#define WARNING "warning"
#define ERROR "error"

/* --- one finding */

/* Much of it comes from a provider nobody trusts yet, and ends on a terminal: controls become '?', and so
 * does all that is not ASCII where a cut left no UTF-8. */
static json_t *plain(char *text)
{
	for (char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = '?';
	json_t *json = sto_json_str(sto_span_str(text));
	if (json != NULL)
		return json;
	for (char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	return sto_json_str(sto_span_str(text));
}

static void find(struct check *c, const char *severity, const char *code, const char *key, const char *mend,
		 const char *format, ...) STO_PRINTF(6, 7);

static void find(struct check *c, const char *severity, const char *code, const char *key, const char *mend,
		 const char *format, ...)
{
	char message[TEXT_MAX], advice[TEXT_MAX];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	(void)snprintf(advice, sizeof(advice), "%s", mend);
	c->failed = c->failed || severity[0] == 'e';
	json_t *finding = json_pack("{s:s, s:s, s:s?, s:o, s:o}", "severity", severity, "code", code, "key",
				    key, "message", plain(message), "mend", plain(advice));
	if (finding == NULL || json_array_append_new(c->list, finding) != 0)
		c->rc = STO_NO_MEMORY;
}

/* For "%.*s": at most 200 bytes of a text. */
static int width(struct sto_span text)
{
	return (int)(text.len < 200 ? text.len : 200);
}

static const char *chars(struct sto_span text)
{
	return text.len == 0 ? "" : (const char *)text.ptr;
}

/* Appends a word to a list in a text; what does not fit is left out. */
static void add_word(char *list, size_t size, const char *word, size_t len)
{
	struct sto_span there = sto_span_str(list);
	if (there.len + len + 3 < size)
		(void)snprintf(list + there.len, size - there.len, "%s%.*s", there.len > 0 ? ", " : "",
			       (int)len, word);
}

struct names {
	char text[400];
};

static struct names alg_names(uint32_t algs)
{
	struct names names = {""};
	for (int alg = 0; alg < STO_ALG_COUNT; alg++) {
		const char *name = sto_alg_name((enum sto_alg)alg);
		if ((algs & STO_ALG_BIT(alg)) != 0)
			add_word(names.text, sizeof(names.text), name, sto_span_str(name).len);
	}
	return names;
}

static struct names listed_names(const json_t *list)
{
	struct names names = {""};
	size_t i;
	json_t *entry;
	json_array_foreach(list, i, entry) if (json_is_string(entry))
		add_word(names.text, sizeof(names.text), json_string_value(entry), json_string_length(entry));
	return names;
}

static bool lists(const json_t *list, struct sto_span word)
{
	size_t i;
	json_t *entry;
	json_array_foreach(list, i, entry)
	{
		struct sto_span text = sto_span_of(json_string_value(entry), json_string_length(entry));
		if (json_is_string(entry) && sto_span_equal(text, word))
			return true;
	}
	return false;
}

/* --- a request that failed */

static const struct {
	int code;
	const char *mend;
} mends[] = {
	{STO_FETCH_SETUP, "Mend ca_file or proxy, whichever the message names"},
	{STO_FETCH_BAD_URL, "Use https; plain http is for this machine only"},
	{STO_FETCH_REFUSED_ADDRESS, "If that host is right, list it in endpoint_hosts"},
	{STO_FETCH_DNS, "Look for a slip in the host name; without direct access to the network, set proxy"},
	{STO_FETCH_CONNECT, "Is the provider running there? Behind a firewall set proxy"},
	{STO_FETCH_TLS, "For a certificate authority of your own set ca_file; otherwise look at the "
			"certificate and at this machine's clock"},
	{STO_FETCH_TIMEOUT, "Try again; behind a firewall set proxy, for a slow provider raise timeout"},
	{STO_FETCH_TOO_LARGE, "Open the address and look whether it is the provider's"},
	{STO_FETCH_BROKEN, "Open the address and look whether it is the provider's"},
	{STO_DISCOVERY_BAD, "Open the address and look: a discovery document is wanted there"},
	{STO_DISCOVERY_ISSUER, "Set issuer to exactly what the document says"},
	{STO_DISCOVERY_ENDPOINT,
	 "If it is right, list its host in endpoint_hosts; or set the endpoint yourself"},
	{STO_JWKS_MALFORMED, "Open the address and look: a JWK Set is wanted there"},
	{STO_BAD_JSON, "Open the address and look: a JWK Set is wanted there"},
	{STO_TOO_LARGE, "Open the address and look: a JWK Set is wanted there"},
};

static const char *mend_of(int code)
{
	for (size_t i = 0; i < sizeof(mends) / sizeof(mends[0]); i++)
		if (mends[i].code == code)
			return mends[i].mend;
	return sto_reason_of(code)->hint;
}

static void find_failure(struct check *c, const struct sto_probe_answer *answer, const char *key,
			 const char *mend)
{
	struct sto_span url = sto_buf_span(&answer->url);
	find(c, ERROR, sto_reason_of(answer->code)->name, key, mend, "%.*s cannot be used: %s", width(url),
	     chars(url), answer->err.detail);
}

/* --- discovery */

static const char *issuer_key(const struct check *c)
{
	return c->settings->issuer.len > 0 ? "issuer" : "server_metadata_url";
}

/* OIDC Discovery 4.3: compared letter by letter, so the mend says every letter. */
static void find_other_issuer(struct check *c, struct sto_span said)
{
	char mend[TEXT_MAX];
	struct sto_span ours = c->settings->issuer;
	if (sto_span_find(said, '{') < said.len)
		(void)snprintf(mend, sizeof(mend),
			       "This address serves many tenants; write your own tenant's id into it");
	else
		(void)snprintf(mend, sizeof(mend), "Set issuer = \"%.*s\"", width(said), chars(said));
	find(c, ERROR, "discovery_issuer", "issuer", mend, "issuer is %.*s, and the provider says it is %.*s",
	     width(ours), chars(ours), width(said), chars(said));
}

static void check_discovery(struct check *c)
{
	const struct sto_probe_answer *answer = &c->probe->discovery;
	struct sto_span url = sto_buf_span(&answer->url), issuer;
	char mend[TEXT_MAX] = "";
	(void)sto_json_get_str(&issuer, c->probe->document, "issuer");
	if (!answer->asked)
		return;
	if (answer->code == STO_DISCOVERY_ISSUER && c->settings->issuer.len > 0) {
		find_other_issuer(c, issuer);
	} else if (answer->code == STO_PROVIDER_STATUS) {
		find_failure(c, answer, issuer_key(c),
			     "Look for a slip: the address must be the provider's own, with its realm or "
			     "tenant");
	} else if (answer->code != STO_OK) {
		find_failure(c, answer, issuer_key(c), mend_of(answer->code));
	} else {
		if (c->settings->issuer.len == 0 && c->settings->tenants == NULL)
			(void)snprintf(mend, sizeof(mend),
				       "Set issuer = \"%.*s\" beside it to have it compared", width(issuer),
				       chars(issuer));
		find(c, OK, "discovery", issuer_key(c), mend, "%.*s names the issuer %.*s", width(url),
		     chars(url), width(issuer), chars(issuer));
	}
}

/* --- keys and algorithms */

static void check_keys(struct check *c)
{
	const struct sto_oidc_probe *p = c->probe;
	struct sto_span url = sto_buf_span(&p->jwks.url);
	/* Where userinfo tells who somebody is, keys are needed only for an ID token that comes as well. */
	const char *severity = c->settings->token == STO_TOKEN_USERINFO ? WARNING : ERROR;
	if (!p->jwks.asked)
		return;
	if (p->jwks.code == STO_PROVIDER_STATUS)
		find_failure(c, &p->jwks, "jwks_uri", "Look for a slip in the address");
	else if (p->jwks.code != STO_OK)
		find_failure(c, &p->jwks, "jwks_uri", mend_of(p->jwks.code));
	else if (p->n_keys == 0)
		find(c, severity, "no_keys", "jwks_uri",
		     "Have the provider publish a key for RS256, ES256 or EdDSA signatures",
		     "%.*s has no key that can be used, and %zu that cannot", width(url), chars(url),
		     p->n_skipped);
	else
		find(c, OK, "keys", "jwks_uri", "",
		     "%.*s has %zu key%s that can be used, and %zu that cannot", width(url), chars(url),
		     p->n_keys, p->n_keys == 1 ? "" : "s", p->n_skipped);
}

static void find_foreign_algs(struct check *c, const json_t *said)
{
	struct names theirs = listed_names(said), ours = alg_names(c->settings->algs);
	find(c, WARNING, "algorithms", "algorithms",
	     c->probe->said_algs != 0 ? "Set algorithms to what the provider signs with, or take it out"
				      : "Have the provider sign ID tokens with RS256, ES256 or EdDSA",
	     "the provider says it signs ID tokens with %s, and accepted are %s", theirs.text, ours.text);
}

static void check_algorithms(struct check *c)
{
	const struct sto_oidc_probe *p = c->probe;
	const json_t *said = c->settings->token == STO_TOKEN_ACCESS
				     ? NULL
				     : json_object_get(p->document, "id_token_signing_alg_values_supported");
	uint32_t accepted = c->settings->algs;
	if (!p->jwks.asked || p->jwks.code != STO_OK || p->n_keys == 0)
		return;
	if (json_array_size(said) > 0 && (accepted & p->said_algs) == 0) {
		find_foreign_algs(c, said);
		return;
	}
	if (json_array_size(said) > 0)
		accepted &= p->said_algs;
	struct names theirs = alg_names(p->key_algs), ours = alg_names(accepted),
		     both = alg_names(accepted & p->key_algs);
	if ((accepted & p->key_algs) == 0)
		find(c, ERROR, "algorithms", "algorithms",
		     "Set algorithms to what the keys are for, or take it out",
		     "no token can be verified: the keys are for %s, and accepted are %s", theirs.text,
		     ours.text);
	else
		find(c, OK, "algorithms", "algorithms", "", "tokens signed with %s can be verified",
		     both.text);
}

/* --- the clock */

static int64_t size_of(int64_t diff)
{
	return diff < 0 ? -diff : diff;
}

/* The smaller difference of the two: an answer out of a cache may carry an old Date without Age. */
static bool clock_diff(int64_t *diff_sec, const struct sto_oidc_probe *p)
{
	const struct sto_probe_answer *answers[] = {&p->discovery, &p->jwks};
	bool known = false;
	for (size_t i = 0; i < 2; i++) {
		if (!answers[i]->clock_known)
			continue;
		if (!known || size_of(answers[i]->clock_diff_sec) < size_of(*diff_sec))
			*diff_sec = answers[i]->clock_diff_sec;
		known = true;
	}
	return known;
}

static void check_clock(struct check *c)
{
	static const char mend[] = "Set this machine's clock, best by NTP";
	int64_t diff_sec = 0;
	if (!clock_diff(&diff_sec, c->probe))
		return;
	bool over_leeway = size_of(diff_sec) > c->settings->leeway_sec;
	if (over_leeway || size_of(diff_sec) > CLOCK_FINE_SEC)
		find(c, over_leeway ? ERROR : WARNING, "clock", over_leeway ? "leeway" : NULL, mend,
		     "this machine's clock is %lld s %s the provider's; %lld s are allowed (leeway)",
		     (long long)size_of(diff_sec), diff_sec > 0 ? "ahead of" : "behind",
		     (long long)c->settings->leeway_sec);
	else
		find(c, OK, "clock", NULL, "", "this machine's clock agrees with the provider's");
}

/* --- what else the discovery document says */

static void check_scope(struct check *c)
{
	const json_t *said = json_object_get(c->probe->document, "scopes_supported");
	struct sto_span rest = c->settings->scope, word;
	struct names missing = {""};
	if (json_array_size(said) == 0)
		return;
	while (sto_span_split(&word, &rest, ' '))
		if (word.len > 0 && !lists(said, word))
			add_word(missing.text, sizeof(missing.text), chars(word), word.len);
	/* RFC 8414 section 2: a provider may know scopes that it does not list. */
	if (missing.text[0] != '\0')
		find(c, WARNING, "scope", "scope",
		     "Look for a slip; if it is right, this can be left as it is",
		     "scope asks for %s, which the provider does not list", missing.text);
	else
		find(c, OK, "scope", "scope", "", "the provider lists every word of scope");
}

/* RFC 7636 has its challenge sent in any case; a provider that does not know it must ignore it. */
static void check_pkce(struct check *c)
{
	const json_t *said = json_object_get(c->probe->document, "code_challenge_methods_supported");
	if (lists(said, STO_SPAN("S256")))
		find(c, OK, "pkce", NULL, "", "the provider checks PKCE by S256");
	else if (json_array_size(said) > 0)
		find(c, WARNING, "pkce", NULL,
		     "Have S256 allowed at the provider if a sign-in is refused there",
		     "the provider lists %s for PKCE, and S256 is what is sent", listed_names(said).text);
	else
		find(c, OK, "pkce", NULL, "",
		     "the provider does not say that it checks PKCE; S256 is sent all the same");
}

static void check_client_auth(struct check *c)
{
	static const char *const methods[] = {[STO_CLIENT_AUTH_BASIC] = "client_secret_basic",
					      [STO_CLIENT_AUTH_POST] = "client_secret_post",
					      [STO_CLIENT_AUTH_NONE] = "none"};
	const json_t *said = json_object_get(c->probe->document, "token_endpoint_auth_methods_supported");
	if (c->settings->client_auth == STO_CLIENT_AUTH_AUTO || json_array_size(said) == 0)
		return;
	const char *ours = methods[c->settings->client_auth];
	if (!lists(said, sto_span_str(ours)))
		find(c, WARNING, "client_auth", "token_endpoint_auth_method",
		     "Set it to one of those, or take it out",
		     "token_endpoint_auth_method is %s, and the provider lists %s", ours,
		     listed_names(said).text);
}

/* What nobody needs to sign in is no reason to refuse the document. */
static void check_refused(struct check *c, bool refused, const char *name, const char *lost)
{
	struct sto_span url;
	if (!refused)
		return;
	(void)sto_json_get_str(&url, c->probe->document, name);
	find(c, WARNING, "endpoint_refused", name,
	     "If it is right, list its host in endpoint_hosts; or set the endpoint yourself",
	     "the provider names %.*s as its %s, which is not https or on a host that is neither the "
	     "issuer's nor "
	     "listed, so %s",
	     width(url), chars(url), name, lost);
}

static void check_endings(struct check *c)
{
	check_refused(c, c->probe->end_session_refused, "end_session_endpoint",
		      "a sign-out ends at this app");
	check_refused(c, c->probe->revocation_refused, "revocation_endpoint",
		      "tokens are not taken back at a sign-out");
}

/* --- where the browser comes back to */

static bool provider_is_loopback(const struct sto_oidc_settings *s)
{
	struct sto_url url;
	return sto_url_parse(&url, sto_oidc_address(s), NULL) == STO_OK && sto_url_is_loopback(&url);
}

/* True where there was something to say. */
static bool find_redirect_trap(struct check *c, const struct sto_url *back)
{
	const struct sto_gate_config *config = &c->gate->config;
	bool far_provider = !provider_is_loopback(c->settings);
	size_t before = json_array_size(c->list);
	if (config->loopback && config->port > 0 && back->port != config->port)
		find(c, WARNING, "redirect_port", "redirect_uri",
		     "Fine where a container's port is mapped; else write {port} in place of the number",
		     "redirect_uri goes to port %d, and the app listens on %lld", (int)back->port,
		     (long long)config->port);
	if (config->loopback && far_provider)
		find(c, WARNING, "redirect_loopback", "redirect_uri",
		     "Fine while you develop; set it to the app's public address before others use it",
		     "redirect_uri is on this machine, so only browsers on this machine can sign in");
	if (!config->loopback && !far_provider)
		find(c, WARNING, "provider_loopback", issuer_key(c), "Use the provider's public address",
		     "the provider is on this machine, where browsers elsewhere do not find it");
	return json_array_size(c->list) > before;
}

static void check_redirect(struct check *c)
{
	const struct sto_gate_config *config = &c->gate->config;
	struct sto_span text = sto_buf_span(&config->redirect_uri);
	struct sto_url back;
	int rc = sto_url_parse(&back, text, NULL);
	if (rc != STO_OK)
		c->rc = rc;
	else if (!find_redirect_trap(c, &back))
		find(c, OK, "redirect_uri", "redirect_uri", "",
		     "the browser comes back to %.*s, which the provider must know letter by letter",
		     width(text), chars(text));
}

/* --- the operation */

static void check_document(struct check *c)
{
	if (c->probe->document == NULL || c->probe->discovery.code != STO_OK)
		return;
	check_scope(c);
	check_pkce(c);
	check_client_auth(c);
	check_endings(c);
}

static void check_all(struct check *c)
{
	if (!c->probe->discovery.asked && !c->probe->jwks.asked)
		find(c, OK, "endpoints", "token_endpoint", "",
		     "the endpoints are configured; without issuer and keys there is nothing to read there");
	check_discovery(c);
	check_keys(c);
	check_algorithms(c);
	check_clock(c);
	check_document(c);
	check_redirect(c);
}

static int look(sto_op *op)
{
	struct sto_oidc_probe probe;
	struct check c = {op->gate, &op->gate->config.oidc, &probe, json_array(), false, STO_OK};
	sto_oidc_probe_init(&probe);
	int rc = c.list == NULL ? STO_NO_MEMORY : sto_oidc_probe_run(&probe, op->gate->oidc);
	if (rc == STO_OK) {
		check_all(&c);
		rc = c.rc;
	}
	if (rc == STO_OK)
		rc = sto_op_finish_ok(op,
				      json_pack("{s:b, s:O}", "ok", c.failed ? 0 : 1, "findings", c.list));
	json_decref(c.list);
	sto_oidc_probe_finish(&probe);
	return rc;
}

static int first_step(sto_op *op)
{
	op->run = look;
	return STO_OK;
}

int sto_gate_check(sto_op **out, sto_gate *gate, struct sto_error *err)
{
	int rc = sto_op_new(out, gate, STO_SPAN("{}"), err);
	if (rc == STO_OK)
		(*out)->run = first_step;
	return rc;
}
