/* /auth/logout: the end of this session, or of all of whoever it is, here and at the provider.
 *
 *   POST  with our form's token
 *   GET   with a one-time ticket of user.logout(), or as the browser's own navigation from a page of this
 * very origin, which is what st.logout() makes; any other GET shows the form
 *
 * Fetch Metadata (W3C) says what a request is for: an image or a frame of another site sends other words. */
#include "base/base64url.h"
#include "base/json.h"
#include "http/form.h"
#include "http/url.h"
#include "realm/visit.h"

static struct sto_span session_id(const struct sto_visit *visit)
{
	return visit->signed_in ? sto_span_of(visit->session.id, STO_SESSION_ID_LEN)
				: (struct sto_span){NULL, 0};
}

/* --- may it happen? */

/* A ticket stands in the query, also of a POST. */
static int read_ticket(struct sto_visit *visit)
{
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_URL);
	int rc = sto_form_get(&text, sto_buf_span(&visit->query), STO_SPAN("t"), NULL);
	if (rc == STO_OK)
		rc = sto_ticket_open(&visit->ticket, visit->realm, STO_TICKET_LOGOUT, sto_buf_span(&text));
	sto_buf_finish(&text);
	return rc == STO_FORM_ABSENT ? STO_OK : rc;
}

/* Somebody else's ticket signs nobody out. */
static int check_ticket(struct sto_visit *visit, struct sto_error *err)
{
	struct sto_span named;
	uint8_t id[STO_SESSION_ID_LEN];
	if (!visit->signed_in)
		return STO_OK;
	if (!sto_json_get_str(&named, visit->ticket, "session") ||
	    named.len != sto_base64url_encoded_len(STO_SESSION_ID_LEN) ||
	    sto_base64url_decode_to(id, named) != STO_OK ||
	    !sto_span_equal_secret(sto_span_of(id, sizeof(id)), session_id(visit)))
		return sto_fail(err, STO_TICKET_OTHER_SESSION, "the ticket names another session");
	visit->everywhere = json_is_true(json_object_get(visit->ticket, "everywhere"));
	return STO_OK;
}

/* CSRF: the form's token, and nothing that speaks of another site. */
static int check_post(struct sto_visit *visit, struct sto_error *err)
{
	struct sto_buf token, everywhere;
	sto_buf_init(&token, 64);
	sto_buf_init(&everywhere, 8);
	int rc = visit->site == STO_SITE_OTHER || (visit->origin.len > 0 && !sto_visit_is_our_origin(visit))
			 ? sto_fail(err, STO_CROSS_SITE, "a form of another site")
			 : STO_OK;
	if (rc == STO_OK && visit->ticket != NULL)
		rc = check_ticket(visit, err);
	else if (rc == STO_OK) {
		rc = sto_visit_param(&token, visit, "csrf", err);
		if (rc == STO_TOO_LARGE ||
		    (rc == STO_OK && !sto_csrf_holds(visit->realm, session_id(visit), sto_buf_span(&token))))
			rc = sto_fail(err, STO_CROSS_SITE, "the form's token is not this session's");
		if (rc == STO_OK)
			rc = sto_visit_param(&everywhere, visit, "everywhere", err);
		visit->everywhere = everywhere.len > 0;
	}
	sto_buf_finish(&token);
	sto_buf_finish(&everywhere);
	return rc;
}

static size_t gate_of(const struct sto_visit *visit)
{
	const struct sto_realm_config *config = &visit->realm->config;
	for (size_t i = 0; i < visit->realm->n_gates && visit->signed_in; i++)
		if (sto_span_equal(config->providers[i].name, visit->session.record.provider))
			return i;
	return STO_REALM_PROVIDERS;
}

/* A browser holds every redirect after a form's post against the page's policy. */
static int allow_provider(struct sto_visit *visit)
{
	size_t gate = gate_of(visit);
	struct sto_url url;
	if (gate == STO_REALM_PROVIDERS ||
	    sto_url_parse(&url, sto_oidc_address(&visit->realm->gates[gate]->config.oidc), NULL) != STO_OK)
		return STO_OK;
	return sto_url_put_origin(&visit->form_to, &url);
}

static bool is_own_navigation(const struct sto_visit *visit)
{
	return visit->site == STO_SITE_SAME_ORIGIN && visit->is_document;
}

static int show_form(struct sto_visit *visit)
{
	struct sto_page page;
	struct sto_buf action, csrf;
	sto_buf_init(&action, STO_LIMIT_URL);
	sto_buf_init(&csrf, 64);
	int rc = sto_visit_own(&action, visit, "/auth/logout");
	if (rc == STO_OK)
		rc = sto_csrf_put(&csrf, visit->realm, session_id(visit));
	if (rc == STO_OK)
		rc = allow_provider(visit);
	if (rc == STO_OK)
		rc = sto_visit_frame(&page, visit);
	if (rc == STO_OK)
		rc = sto_page_sign_out(&visit->document, &page, sto_buf_span(&action), sto_buf_span(&csrf),
				       sto_buf_span(&visit->next));
	if (rc == STO_OK)
		rc = sto_visit_page(visit, 200);
	sto_buf_finish(&action);
	sto_buf_finish(&csrf);
	return rc;
}

/* --- the end */

static int read_next(struct sto_visit *visit, struct sto_error *err)
{
	int rc = sto_visit_param(&visit->next, visit, "next", err);
	if (rc == STO_OK && sto_place_is_next(visit->realm, sto_buf_span(&visit->next)))
		return STO_OK;
	sto_buf_clear(&visit->next);
	if (rc != STO_OK && rc != STO_TOO_LARGE)
		return rc;
	/* Where everything needs a sign-in, the start page would begin the next one at once. */
	return visit->realm->config.require_login ? sto_visit_own(&visit->next, visit, "/auth/signed-out")
						  : sto_visit_home(&visit->next, visit);
}

/* OpenID Connect RP-Initiated Logout 1.0: where the provider ends its own session and sends the visitor back.
 * Without such an endpoint, or when it cannot be learnt, the sign-out here is all there is. */
static int put_provider_url(struct sto_buf *out, struct sto_visit *visit)
{
	size_t gate = gate_of(visit);
	struct sto_buf state;
	if (gate == STO_REALM_PROVIDERS)
		return STO_OK;
	sto_buf_init(&state, STO_LIMIT_URL);
	int rc = sto_ticket_seal(&state, visit->realm, STO_TICKET_RETURN,
				 json_pack("{s:o}", "next", sto_json_str(sto_buf_span(&visit->next))));
	struct sto_span back = visit->realm->config.post_logout_url;
	if (back.len == 0)
		back = sto_buf_span(&visit->realm->gates[gate]->config.redirect_uri);
	sto_oidc *oidc = visit->realm->gates[gate]->oidc;
	if (rc == STO_OK && (sto_oidc_prepare(oidc, NULL) != STO_OK ||
			     sto_oidc_end_session_url(out, oidc, visit->session.record.id_token, back,
						      sto_buf_span(&state), NULL) != STO_OK))
		sto_buf_clear(out);
	sto_buf_finish(&state);
	return rc;
}

static int end_sessions(struct sto_visit *visit, struct sto_error *err)
{
	const struct sto_session_record *record = &visit->session.record;
	int rc = STO_OK;
	size_t n = 0;
	if (!visit->signed_in)
		return STO_OK;
	if (visit->everywhere)
		rc = sto_session_end_by_sub(&n, visit->realm->sessions, record->issuer, record->subject,
					    STO_SESSION_SIGNED_OUT, err);
	if (rc == STO_OK)
		rc = sto_session_end(visit->realm->sessions, sto_buf_span(&visit->cookie), err);
	/* Ended by the line above, or by somebody else; or a session that is its cookie, which goes below. */
	if (rc == STO_SESSION_ABSENT || (rc == STO_SESSION_CAPABILITY && !visit->everywhere))
		rc = STO_OK;
	if (rc == STO_OK)
		rc = sto_visit_event(visit, "signed_out",
				     json_pack("{s:b}", "everywhere", visit->everywhere ? 1 : 0));
	return rc;
}

/* RFC 7009: the provider forgets the grant; where it does not answer, the sign-out goes on. */
static void revoke(struct sto_visit *visit)
{
	size_t gate = gate_of(visit);
	if (gate != STO_REALM_PROVIDERS && visit->session.record.refresh_token.len > 0)
		(void)!sto_oidc_revoke(visit->realm->gates[gate]->oidc, visit->session.record.refresh_token,
				       NULL);
}

static int end(struct sto_visit *visit, struct sto_error *err)
{
	struct sto_buf url;
	sto_buf_init(&url, STO_LIMIT_URL);
	int rc = visit->ticket != NULL ? sto_ticket_use(visit->realm, visit->ticket, err) : STO_OK;
	/* A second click: there is nothing left to end. */
	if (rc == STO_TICKET_USED && !visit->signed_in)
		rc = STO_OK;
	if (rc == STO_OK)
		rc = end_sessions(visit, err);
	if (rc == STO_OK)
		revoke(visit);
	if (rc == STO_OK)
		rc = put_provider_url(&url, visit);
	if (rc == STO_OK && visit->post && visit->ticket != NULL)
		/* From a page in a frame, where no provider can be shown. */
		rc = sto_visit_json(visit, 200, json_pack("{s:b}", "logged_in", 0));
	else if (rc == STO_OK)
		rc = sto_visit_redirect(visit, url.len > 0 ? sto_buf_span(&url) : sto_buf_span(&visit->next));
	/* LO-21: nothing of ours stays in the browser. */
	if (rc == STO_OK)
		rc = sto_visit_set_cookie(visit, STO_COOKIE_SESSION, (struct sto_span){NULL, 0}, 0);
	if (rc == STO_OK)
		rc = sto_visit_set_cookie(visit, STO_COOKIE_LOGIN, (struct sto_span){NULL, 0}, 0);
	sto_buf_finish(&url);
	return rc;
}

static int worker(sto_op *op)
{
	return sto_visit_step(op->host, end);
}

int sto_visit_logout(struct sto_visit *visit, struct sto_error *err)
{
	bool may = false;
	if (!visit->get && !visit->post)
		return sto_fail(err, STO_METHOD_NOT_ALLOWED, "/auth/logout takes GET and POST");
	int rc = read_next(visit, err);
	if (rc == STO_OK)
		rc = read_ticket(visit);
	if (rc == STO_OK && visit->post) {
		rc = check_post(visit, err);
		may = true;
	} else if (rc == STO_OK && visit->ticket != NULL) {
		rc = check_ticket(visit, err);
		may = true;
	} else if (rc == STO_OK) {
		may = !visit->signed_in || is_own_navigation(visit);
	}
	if (rc != STO_OK)
		return rc;
	if (!may)
		return show_form(visit);
	sto_visit_go_on(visit, worker);
	return STO_OK;
}
