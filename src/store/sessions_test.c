/* One suite over every session store: what a session is, wherever it is kept. A fact that needs a capability
 * runs over the stores that declare it. */
#include <stdlib.h>

#include <openssl/crypto.h>

#include "base/base64url.h"
#include "store/session_fixture.h"

/* ---- every store ---- */

static void a_session_is_there_after_the_sign_in(void **state)
{
	(void)state;
	sign_in("jane");
	assert_ok(open_it());
	assert_span(f.session.record.issuer, "https://op.example");
	assert_span(f.session.record.subject, "jane");
	assert_span(f.session.record.provider, "example");
	assert_span(f.session.record.acr, "urn:mfa");
	assert_span(f.session.record.claims, "{\"name\":\"Jane Doe\",\"email\":\"jane@example.com\"}");
	assert_int_equal(f.session.record.auth_time_sec, NOW - 5);
	assert_int_equal(f.session.record.created_sec, NOW);
	assert_int_equal(f.session.end_sec, NOW + 3600);
}

static void tv_cs_08_a_changed_cookie_is_nobody(void **state)
{
	struct sto_buf bad;
	(void)state;
	sign_in("jane");
	sto_buf_init(&bad, f.cookie.len + 1);
	for (size_t i = 0; i < f.cookie.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			sto_buf_clear(&bad);
			assert_ok(sto_buf_put(&bad, sto_buf_span(&f.cookie)));
			bad.data[i] = (uint8_t)(bad.data[i] ^ (1 << bit));
			int rc = sto_session_open(&f.session, f.sessions, sto_buf_span(&bad), NULL);
			assert_true(sto_session_is_signed_out(rc));
			assert_int_equal(f.session.record.subject.len, 0);
		}
		assert_true(sto_session_is_signed_out(
			sto_session_open(&f.session, f.sessions, sto_span_of(f.cookie.data, i), NULL)));
	}
	sto_buf_clear(&bad);
	assert_ok(sto_buf_put(&bad, sto_buf_span(&f.cookie)));
	assert_ok(sto_buf_put_byte(&bad, 'A'));
	assert_true(sto_session_is_signed_out(
		sto_session_open(&f.session, f.sessions, sto_buf_span(&bad), NULL)));
	sto_buf_finish(&bad);
	assert_ok(open_it());
}

static void tv_cs_18_garbage_is_malformed(void **state)
{
	static const char *const values[] = {
		"",          ".",        "s1.",        "c1.",     "s1",        "chunks=1000000000",
		"s1.%00",    "-1",       "s1.=======", "c1.AAAA", "s1.s1.s1.", "s0.AAAAAAA",
		"{\"a\":1}", "99999999", "x1.AAAA",    "1s.AAAAA"};
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		assert_int_equal(sto_session_open(&f.session, f.sessions, sto_span_str(values[i]), NULL),
				 STO_SESSION_MALFORMED);
	assert_int_equal(
		sto_session_open(&f.session, f.sessions,
				 can(STO_SESSION_IN_COOKIE) ? STO_SPAN("c2.AAAA") : STO_SPAN("s2.AAAA"),
				 NULL),
		STO_SESSION_VERSION);
}

static void tv_cs_17_the_idle_limit_ends_a_session(void **state)
{
	(void)state;
	sign_in("jane");
	the_time = NOW + 3599;
	assert_ok(open_it());
	the_time = NOW + 3600;
	int rc = open_it();
	assert_true(rc == STO_SESSION_EXPIRED || rc == STO_SESSION_ABSENT);
	assert_true(sto_session_is_signed_out(rc));
}

static void touch(void)
{
	struct sto_buf cookie;
	sto_buf_init(&cookie, STO_LIMIT_SEALED_COOKIE);
	assert_ok(sto_session_touch(&cookie, f.sessions, &f.session, NULL));
	if (cookie.len > 0) {
		assert_true(can(STO_SESSION_IN_COOKIE));
		sto_buf_move(&f.cookie, &cookie);
	}
	sto_buf_finish(&cookie);
}

static void tv_cs_17_a_touch_slides_up_to_the_absolute_limit(void **state)
{
	(void)state;
	sto_sessions_free(f.sessions);
	f.sessions = fixture_sessions(f.ring, 2 * 3600, 3600);
	sign_in("jane");
	the_time = NOW + 179; /* a twentieth of the idle limit is 180 s */
	assert_ok(open_it());
	assert_false(sto_session_touch_due(f.sessions, &f.session));
	touch();
	assert_int_equal(f.session.end_sec, NOW + 3600);
	the_time = NOW + 3000;
	assert_true(sto_session_touch_due(f.sessions, &f.session));
	touch();
	assert_int_equal(f.session.end_sec, NOW + 6600);
	the_time = NOW + 6000;
	assert_ok(open_it());
	touch();
	assert_int_equal(f.session.end_sec, NOW + 7200);
	the_time = NOW + 7199;
	assert_ok(open_it());
	assert_false(sto_session_touch_due(f.sessions, &f.session)); /* nothing to win */
	the_time = NOW + 7200;
	assert_int_equal(sto_session_touch(NULL, f.sessions, &f.session, NULL), STO_SESSION_EXPIRED);
	assert_true(sto_session_is_signed_out(open_it()));
}

static void tv_cs_16_times_after_2038_are_kept(void **state)
{
	(void)state;
	the_time = ((int64_t)1 << 31) + 5;
	sign_in("jane");
	assert_ok(open_it());
	assert_int_equal(f.session.record.created_sec, ((int64_t)1 << 31) + 5);
	assert_int_equal(f.session.end_sec, ((int64_t)1 << 31) + 5 + 3600);
}

static void tv_cs_11_a_rotated_key_signs_nobody_out(void **state)
{
	(void)state;
	sign_in("jane");
	sto_keyring *both = fixture_ring(secret_b, secret_a), *second = fixture_ring(secret_b, NULL);
	sto_sessions *rotated = fixture_sessions(both, 7 * DAY, 3600),
		     *later = fixture_sessions(second, 7 * DAY, 3600);
	sto_sessions *first = f.sessions;
	assert_ok(sto_session_open(&f.session, rotated, sto_buf_span(&f.cookie), NULL));
	assert_span(f.session.record.subject, "jane");
	assert_int_equal(sto_session_open(&f.session, later, sto_buf_span(&f.cookie), NULL),
			 STO_SESSION_ABSENT);
	f.sessions = rotated; /* what is made now is made with the new key */
	sign_in("joe");
	assert_ok(sto_session_open(&f.session, later, sto_buf_span(&f.cookie), NULL));
	assert_int_equal(sto_session_open(&f.session, first, sto_buf_span(&f.cookie), NULL),
			 STO_SESSION_ABSENT);
	f.sessions = first;
	sto_sessions_free(rotated);
	sto_sessions_free(later);
	sto_keyring_free(both);
	sto_keyring_free(second);
}

static void a_shorter_limit_holds_for_sessions_that_are_there(void **state)
{
	(void)state;
	sign_in("jane");
	sto_sessions *shorter = fixture_sessions(f.ring, 600, 0);
	the_time = NOW + 599;
	assert_ok(sto_session_open(&f.session, shorter, sto_buf_span(&f.cookie), NULL));
	assert_int_equal(f.session.end_sec, NOW + 600);
	the_time = NOW + 600;
	assert_int_equal(sto_session_open(&f.session, shorter, sto_buf_span(&f.cookie), NULL),
			 STO_SESSION_EXPIRED);
	sto_sessions_free(shorter);
}

static void the_provider_may_end_it_sooner(void **state)
{
	struct sto_session_record identity = fixture_identity("jane");
	(void)state;
	assert_ok(sto_session_create(&f.cookie, &f.session, f.sessions, sto_span_str(NULL), &identity,
				     NOW + 100, NULL));
	assert_int_equal(f.session.end_sec, NOW + 100);
	assert_int_equal(sto_session_max_age(f.sessions, &f.session), 100);
	assert_int_equal(
		sto_session_create(&f.cookie, NULL, f.sessions, sto_span_str(NULL), &identity, NOW, NULL),
		STO_SESSION_EXPIRED);
}

static void a_session_needs_an_issuer_and_a_subject(void **state)
{
	struct sto_session_record identity = fixture_identity("");
	(void)state;
	assert_int_equal(sto_session_create(&f.cookie, NULL, f.sessions, sto_span_str(NULL), &identity,
					    STO_TIME_NONE, NULL),
			 STO_USAGE);
	assert_int_equal(f.cookie.len, 0);
}

static void other_claims_show_at_the_next_visit(void **state)
{
	struct sto_buf cookie;
	(void)state;
	sto_buf_init(&cookie, STO_LIMIT_SEALED_COOKIE);
	sign_in("jane");
	struct sto_session_record changed = f.session.record;
	changed.claims = STO_SPAN("{\"roles\":[]}");
	changed.created_sec = changed.absolute_end_sec = INT64_MAX; /* not the caller's to say */
	assert_ok(sto_session_update(&cookie, f.sessions, &f.session, &changed, NULL));
	assert_int_equal(cookie.len > 0, can(STO_SESSION_IN_COOKIE));
	if (cookie.len > 0)
		sto_buf_move(&f.cookie, &cookie);
	assert_ok(open_it());
	assert_span(f.session.record.claims, "{\"roles\":[]}");
	assert_int_equal(f.session.record.created_sec, NOW);
	assert_int_equal(f.session.record.absolute_end_sec,
			 f.session.record.created_sec +
				 (can(STO_SESSION_IN_COOKIE) ? STO_SEALED_SESSION_SEC : 7 * DAY));
	sto_buf_finish(&cookie);
}

/* ---- the cookie that is the session ---- */

static void it_holds_identity_and_no_token(void **state)
{
	(void)state;
	sign_in("jane");
	assert_ok(open_it());
	assert_int_equal(f.session.record.access_token.len, 0);
	assert_int_equal(f.session.record.refresh_token.len, 0);
	assert_int_equal(f.session.record.id_token.len, 0);
}

static void it_lives_half_a_day_at_most(void **state)
{
	(void)state;
	sign_in("jane");
	assert_int_equal(sto_session_max_age(f.sessions, &f.session), STO_SEALED_SESSION_SEC);
}

static void it_declares_nothing_and_says_so(void **state)
{
	struct sto_session_changes changes;
	size_t n = 0;
	int64_t fence = 0;
	(void)state;
	sign_in("jane");
	assert_int_equal(sto_sessions_capabilities(f.sessions), STO_SESSION_IN_COOKIE);
	assert_int_equal(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL), STO_SESSION_CAPABILITY);
	assert_int_equal(sto_session_end_by_sub(&n, f.sessions, STO_SPAN("i"), STO_SPAN("s"),
						STO_SESSION_REVOKED, NULL),
			 STO_SESSION_CAPABILITY);
	assert_int_equal(sto_session_end_by_sid(&n, f.sessions, STO_SPAN("i"), STO_SPAN("s"),
						STO_SESSION_REVOKED, NULL),
			 STO_SESSION_CAPABILITY);
	assert_int_equal(sto_sessions_changes_since(&changes, f.sessions, 0, NULL), STO_SESSION_CAPABILITY);
	assert_int_equal(sto_sessions_count_sub(&n, f.sessions, STO_SPAN("i"), STO_SPAN("s"), NULL),
			 STO_SESSION_CAPABILITY);
	assert_int_equal(sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL),
			 STO_SESSION_CAPABILITY);
	assert_ok(sto_sessions_reap(&n, f.sessions, 10, NULL));
}

static void tv_cs_21_what_does_not_fit_is_an_error(void **state)
{
	struct sto_session_record identity = fixture_identity("jane");
	char claims[4000];
	struct sto_error err;
	(void)state;
	memset(claims, 'x', sizeof(claims));
	identity.claims = sto_span_of(claims, 2500);
	assert_ok(sto_session_create(&f.cookie, NULL, f.sessions, sto_span_str(NULL), &identity,
				     STO_TIME_NONE, NULL));
	assert_true(f.cookie.len <= STO_LIMIT_SEALED_COOKIE);
	assert_ok(open_it());
	for (size_t len = 2700; len <= sizeof(claims); len += 100) {
		sto_buf_clear(&f.cookie);
		identity.claims = sto_span_of(claims, len);
		assert_int_equal(sto_session_create(&f.cookie, NULL, f.sessions, sto_span_str(NULL),
						    &identity, STO_TIME_NONE, &err),
				 STO_SESSION_TOO_LARGE);
		assert_int_equal(f.cookie.len, 0);
		assert_non_null(strstr(err.detail, "do not fit into a cookie"));
	}
}

static int compare_nonces(const void *a, const void *b)
{
	return memcmp(a, b, 12);
}

static void tv_cs_09_ten_thousand_cookies_have_as_many_nonces(void **state)
{
	enum { N = 10000 };
	uint8_t(*nonces)[12] = calloc(N, sizeof(*nonces));
	struct sto_buf raw;
	(void)state;
	sto_buf_init(&raw, STO_LIMIT_SEALED_COOKIE);
	for (size_t i = 0; i < N; i++) {
		sign_in("jane");
		sto_buf_clear(&raw);
		assert_ok(
			sto_base64url_decode(&raw, sto_span_slice(sto_buf_span(&f.cookie), 3, f.cookie.len)));
		memcpy(nonces[i], raw.data + 5, sizeof(nonces[i]));
	}
	qsort(nonces, N, sizeof(*nonces), compare_nonces);
	for (size_t i = 1; i < N; i++)
		assert_memory_not_equal(nonces[i - 1], nonces[i], sizeof(nonces[i]));
	sto_buf_finish(&raw);
	free(nonces);
}

/* ---- the stores that keep sessions ---- */

static void tv_cs_07_the_cookie_is_a_short_random_name(void **state)
{
	struct sto_buf first;
	(void)state;
	sto_buf_init(&first, STO_LIMIT_SESSION_COOKIE);
	sign_in("jane");
	assert_true(f.cookie.len <= STO_LIMIT_SESSION_COOKIE);
	assert_int_equal(f.cookie.len, 3 + 43); /* 32 random bytes */
	assert_ok(sto_buf_put(&first, sto_buf_span(&f.cookie)));
	sign_in("jane");
	assert_false(sto_span_equal(sto_buf_span(&first), sto_buf_span(&f.cookie)));
	sto_buf_finish(&first);
}

static void tv_cs_13_an_ended_session_stays_ended(void **state)
{
	(void)state;
	sign_in("jane");
	assert_ok(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL));
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
	assert_int_equal(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL), STO_SESSION_ABSENT);
	assert_int_equal(sto_session_end(f.sessions, STO_SPAN("garbage"), NULL), STO_SESSION_ABSENT);
}

static void a_touch_does_not_bring_back_what_has_ended(void **state)
{
	(void)state;
	sign_in("jane");
	assert_ok(sto_session_end_by_id(f.sessions, sto_span_of(f.session.id, sizeof(f.session.id)), NULL));
	the_time = NOW + 600;
	assert_int_equal(sto_session_touch(NULL, f.sessions, &f.session, NULL), STO_SESSION_ABSENT);
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
}

static void tv_cs_06_nothing_of_the_one_before_remains(void **state)
{
	struct sto_session_record identity = fixture_identity("bob");
	struct sto_buf cookie;
	size_t n = 9;
	(void)state;
	sto_buf_init(&cookie, STO_LIMIT_SESSION_COOKIE);
	sign_in("alice");
	assert_ok(sto_session_create(&cookie, &f.session, f.sessions, sto_buf_span(&f.cookie), &identity,
				     STO_TIME_NONE, NULL));
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
	assert_ok(sto_session_open(&f.session, f.sessions, sto_buf_span(&cookie), NULL));
	assert_span(f.session.record.subject, "bob");
	assert_ok(sto_sessions_count_sub(&n, f.sessions, STO_SPAN("https://op.example"), STO_SPAN("alice"),
					 NULL));
	assert_int_equal(n, 0);
	sto_buf_finish(&cookie);
}

static void renewing_gives_another_cookie_for_the_same_session(void **state)
{
	struct sto_session stale;
	struct sto_buf cookie;
	(void)state;
	sto_buf_init(&cookie, 2 * STO_LIMIT_SESSION_COOKIE);
	sto_session_init(&stale);
	sign_in("jane");
	assert_ok(sto_session_open(&stale, f.sessions, sto_buf_span(&f.cookie), NULL));
	struct sto_session_record stronger = fixture_identity("jane");
	stronger.acr = STO_SPAN("urn:hardware");
	the_time = NOW + 50;
	assert_ok(sto_session_renew(&cookie, f.sessions, &f.session, &stronger, NULL));
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
	assert_ok(sto_session_open(&f.session, f.sessions, sto_buf_span(&cookie), NULL));
	assert_span(f.session.record.acr, "urn:hardware");
	assert_span(f.session.record.refresh_token, "a-refresh-token");
	assert_int_equal(f.session.record.created_sec, NOW);
	assert_int_equal(sto_session_renew(&cookie, f.sessions, &stale, &stronger, NULL), STO_SESSION_ABSENT);
	sto_session_finish(&stale);
	sto_buf_finish(&cookie);
}

static void renewing_what_changed_meanwhile_is_refused(void **state)
{
	struct sto_session stale;
	struct sto_buf cookie;
	(void)state;
	sto_buf_init(&cookie, STO_LIMIT_SESSION_COOKIE);
	sto_session_init(&stale);
	sign_in("jane");
	assert_ok(sto_session_open(&stale, f.sessions, sto_buf_span(&f.cookie), NULL));
	the_time = NOW + 600;
	touch();
	assert_int_equal(sto_session_renew(&cookie, f.sessions, &stale, &f.session.record, NULL),
			 STO_SESSION_CHANGED);
	assert_int_equal(sto_session_update(&cookie, f.sessions, &stale, &f.session.record, NULL),
			 STO_SESSION_CHANGED);
	assert_int_equal(cookie.len, 0);
	assert_ok(open_it());
	sto_session_finish(&stale);
	sto_buf_finish(&cookie);
}

static void sessions_end_by_sid_and_by_subject(void **state)
{
	size_t n = 9;
	(void)state;
	sign_in("jane");
	sign_in("jane");
	sign_in("joe");
	assert_ok(sto_sessions_count_sub(&n, f.sessions, STO_SPAN("https://op.example"), STO_SPAN("jane"),
					 NULL));
	assert_int_equal(n, 2);
	assert_ok(sto_session_end_by_sub(&n, f.sessions, STO_SPAN("https://other.example"), STO_SPAN("jane"),
					 STO_SESSION_REVOKED, NULL));
	assert_int_equal(n, 0);
	assert_ok(sto_session_end_by_sid(&n, f.sessions, STO_SPAN("https://op.example"), STO_SPAN("jane"),
					 STO_SESSION_REVOKED, NULL));
	assert_int_equal(n, 0); /* a subject is no sid */
	assert_ok(sto_session_end_by_sub(&n, f.sessions, STO_SPAN("https://op.example"), STO_SPAN("jane"),
					 STO_SESSION_SIGNED_OUT, NULL));
	assert_int_equal(n, 2);
	assert_ok(open_it()); /* joe */
	assert_ok(sto_session_end_by_sid(&n, f.sessions, STO_SPAN("https://op.example"), STO_SPAN("sid-1"),
					 STO_SESSION_REVOKED, NULL));
	assert_int_equal(n, 1);
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
}

static void sessions_of_a_rotated_key_are_found_by_index(void **state)
{
	size_t n = 9;
	(void)state;
	sign_in("jane");
	sto_keyring *both = fixture_ring(secret_b, secret_a);
	sto_sessions *rotated = fixture_sessions(both, 7 * DAY, 3600);
	assert_ok(sto_session_end_by_sub(&n, rotated, STO_SPAN("https://op.example"), STO_SPAN("jane"),
					 STO_SESSION_REVOKED, NULL));
	assert_int_equal(n, 1);
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
	sto_sessions_free(rotated);
	sto_keyring_free(both);
}

static void what_ends_is_logged_with_its_reason(void **state)
{
	struct sto_session_changes changes;
	uint8_t ids[3][STO_SESSION_ID_LEN];
	uint64_t seq = newest();
	(void)state;
	sign_in("a");
	memcpy(ids[0], f.session.id, sizeof(ids[0]));
	assert_ok(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL));
	sign_in("b");
	memcpy(ids[1], f.session.id, sizeof(ids[1]));
	assert_ok(sto_session_end_by_sub(NULL, f.sessions, STO_SPAN("https://op.example"), STO_SPAN("b"),
					 STO_SESSION_REVOKED, NULL));
	sign_in("c");
	memcpy(ids[2], f.session.id, sizeof(ids[2]));
	struct sto_session_record record = f.session.record;
	assert_ok(sto_session_renew(&f.cookie, f.sessions, &f.session, &record, NULL));
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, seq, NULL));
	assert_int_equal(changes.n_items, 3);
	assert_false(changes.gap);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(changes.items[i].kind, i + 1); /* SIGNED_OUT, REVOKED, RENEWED */
		assert_memory_equal(changes.items[i].id, ids[i], STO_SESSION_ID_LEN);
	}
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, changes.seq, NULL));
	assert_int_equal(changes.n_items, 0);
	assert_false(changes.gap);
}

static void a_gap_in_the_changes_says_so(void **state)
{
	struct sto_session_changes changes;
	uint64_t seq = newest();
	(void)state;
	for (int i = 0; i <= STO_LIMIT_SESSION_CHANGES; i++) {
		sign_in("jane");
		assert_ok(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL));
	}
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, seq, NULL));
	assert_true(changes.gap);
	assert_int_equal(changes.n_items, 0);
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, seq + 1, NULL));
	assert_false(changes.gap);
	assert_true(changes.more);
	assert_int_equal(changes.n_items, STO_SESSION_CHANGES_PAGE);
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, changes.seq + 1000000, NULL));
	assert_true(changes.gap); /* a number that this store never gave */
}

struct seen {
	size_t n;
	size_t limit;
	bool found;
};

static bool see(void *arg, const struct sto_session_brief *brief)
{
	struct seen *seen = arg;
	seen->n++;
	seen->found = seen->found || sto_span_equal(brief->record.subject, STO_SPAN("s7"));
	assert_span(brief->record.device, "Firefox on Linux");
	assert_span(brief->record.sid, "sid-1");
	assert_int_equal(brief->record.claims.len, 0);
	assert_int_equal(brief->record.refresh_token.len, 0);
	return seen->n < seen->limit;
}

static void an_operator_sees_who_is_signed_in(void **state)
{
	struct seen seen = {.limit = 1000};
	char subject[8];
	(void)state;
	for (int i = 0; i < 150; i++) {
		(void)snprintf(subject, sizeof(subject), "s%d", i);
		sign_in(subject);
	}
	assert_ok(sto_sessions_list(f.sessions, see, &seen, NULL));
	assert_int_equal(seen.n, 150);
	assert_true(seen.found);
	seen = (struct seen){.limit = 10};
	assert_ok(sto_sessions_list(f.sessions, see, &seen, NULL));
	assert_int_equal(seen.n, 10);
	the_time = NOW + 3600;
	seen = (struct seen){.limit = 10};
	assert_ok(sto_sessions_list(f.sessions, see, &seen, NULL));
	assert_int_equal(seen.n, 0);
}

static void expired_sessions_are_reaped_in_parts(void **state)
{
	size_t n = 0, total = 0;
	(void)state;
	for (int i = 0; i < 100; i++)
		sign_in("jane");
	assert_ok(sto_sessions_reap(&n, f.sessions, 1000, NULL));
	assert_int_equal(n, 0);
	the_time = NOW + 3600;
	sign_in("late");
	do {
		assert_ok(sto_sessions_reap(&n, f.sessions, 30, NULL));
		assert_true(n <= 30);
		total += n;
	} while (n > 0);
	assert_int_equal(total, 100);
	assert_ok(open_it());
}

/* Whoever asks, and whether it was reaped or not; and nothing is logged for what has gone by itself. */
static void an_expired_session_is_absent_for_every_operation(void **state)
{
	static const uint8_t id[STO_SESSION_ID_LEN] = {1}, other[STO_SESSION_ID_LEN] = {2};
	const struct sto_session_store_ops *ops = f.store.ops;
	void *ctx = f.store.ctx;
	struct sto_session_row row = {.id = sto_span_of(id, sizeof(id)),
				      .sealed = STO_SPAN("sealed"),
				      .indexes = {sto_span_of(other, sizeof(other))},
				      .expires_sec = NOW + 10};
	struct sto_buf out;
	uint64_t revision = 1, seq = newest();
	size_t n = 9;
	(void)state;
	sto_buf_init(&out, 1000);
	assert_ok(ops->put(ctx, &row, NOW, NULL));
	assert_int_equal(ops->put(ctx, &row, NOW + 9, NULL), STO_STORE_EXISTS);
	assert_ok(ops->get(ctx, &out, &revision, row.id, NOW + 9, NULL));
	assert_int_equal(ops->get(ctx, &out, &revision, row.id, NOW + 10, NULL), STO_STORE_ABSENT);
	assert_int_equal(ops->swap(ctx, &revision, &row, NOW + 10, NULL), STO_STORE_ABSENT);
	assert_int_equal(ops->remove(ctx, row.id, 1, NOW + 10, NULL), STO_STORE_ABSENT);
	assert_ok(ops->count(ctx, &n, row.indexes[0], NOW + 10, NULL));
	assert_int_equal(n, 0);
	assert_ok(ops->count(ctx, &n, sto_span_str(NULL), NOW + 10, NULL));
	assert_int_equal(n, 0);
	assert_ok(ops->list(ctx, &out, &n, sto_span_str(NULL), 10, NOW + 10, NULL));
	assert_int_equal(n, 0);
	assert_int_equal(ops->replace(ctx, row.id, revision, &row, 1, NOW + 10, NULL), STO_STORE_ABSENT);
	row.expires_sec = NOW + 50;
	assert_ok(ops->replace(ctx, row.id, 0, &row, 1, NOW + 10, NULL));
	assert_ok(ops->remove_by_index(ctx, &n, row.indexes[0], 1, NOW + 50, NULL));
	assert_int_equal(n, 0);
	assert_int_equal(newest(), seq);
	sto_buf_finish(&out);
}

/* The store and the app key together, without a cookie, open no session. */
static void a_stolen_store_opens_no_session(void **state)
{
	struct sto_buf sealed, cookie, plain;
	uint64_t revision = 0;
	(void)state;
	sto_buf_init(&sealed, STO_LIMIT_SESSION);
	sto_buf_init(&cookie, STO_LIMIT_SESSION);
	sto_buf_init(&plain, STO_LIMIT_SESSION);
	sign_in("jane");
	uint8_t id[STO_SESSION_ID_LEN];
	memcpy(id, f.session.id, sizeof(id));
	assert_ok(f.store.ops->get(f.store.ctx, &sealed, &revision, sto_span_of(id, sizeof(id)), NOW, NULL));
	/* Nothing of the person stands in clear. */
	for (size_t i = 0; i + 4 <= sealed.len; i++)
		assert_memory_not_equal(sealed.data + i, "jane", 4);
	/* The id is no secret of a cookie. */
	assert_ok(sto_buf_put_str(&cookie, "s1."));
	assert_ok(sto_base64url_encode(&cookie, sto_span_of(id, sizeof(id))));
	assert_int_equal(sto_session_open(&f.session, f.sessions, sto_buf_span(&cookie), NULL),
			 STO_SESSION_ABSENT);
	/* No key that the app key alone gives opens the record: every purpose, with what the store knows. */
	sto_buf_clear(&cookie);
	assert_ok(sto_base64url_encode(&cookie, sto_buf_span(&sealed)));
	for (int purpose = 0; purpose < STO_PURPOSE_COUNT; purpose++) {
		assert_int_not_equal(sto_open(&plain, NULL, f.ring, (enum sto_purpose)purpose,
					      sto_span_of(id, sizeof(id)), sto_buf_span(&cookie)),
				     STO_OK);
		uint8_t mac[STO_KEY_LEN];
		assert_ok(sto_keyring_mac(mac, f.ring, 0, (enum sto_purpose)purpose,
					  sto_span_of(id, sizeof(id))));
		sto_buf_clear(&cookie);
		assert_ok(sto_buf_put_str(&cookie, "s1."));
		assert_ok(sto_base64url_encode(&cookie, sto_span_of(mac, sizeof(mac))));
		assert_int_equal(sto_session_open(&f.session, f.sessions, sto_buf_span(&cookie), NULL),
				 STO_SESSION_ABSENT);
	}
	sto_buf_finish(&plain);
	sto_buf_finish(&cookie);
	sto_buf_finish(&sealed);
}

/* A thief who may write gives Mallory Jane's record under Mallory's id. */
static void a_record_under_another_id_does_not_open(void **state)
{
	struct sto_buf sealed;
	uint64_t revision = 0;
	(void)state;
	sto_buf_init(&sealed, STO_LIMIT_SESSION);
	sign_in("jane");
	assert_ok(f.store.ops->get(f.store.ctx, &sealed, &revision,
				   sto_span_of(f.session.id, STO_SESSION_ID_LEN), NOW, NULL));
	sign_in("mallory");
	const struct sto_session_row row = {.id = sto_span_of(f.session.id, STO_SESSION_ID_LEN),
					    .sealed = sto_buf_span(&sealed),
					    .expires_sec = NOW + 1000};
	revision = 1;
	assert_ok(f.store.ops->swap(f.store.ctx, &revision, &row, NOW, NULL));
	assert_int_equal(open_it(), STO_SESSION_DAMAGED);
	sto_buf_finish(&sealed);
}

/* clang-format off */
#define EVERYWHERE(IN) \
	IN(a_session_is_there_after_the_sign_in), \
	IN(tv_cs_08_a_changed_cookie_is_nobody), \
	IN(tv_cs_18_garbage_is_malformed), \
	IN(tv_cs_17_the_idle_limit_ends_a_session), \
	IN(tv_cs_17_a_touch_slides_up_to_the_absolute_limit), \
	IN(tv_cs_16_times_after_2038_are_kept), \
	IN(tv_cs_11_a_rotated_key_signs_nobody_out), \
	IN(a_shorter_limit_holds_for_sessions_that_are_there), \
	IN(the_provider_may_end_it_sooner), \
	IN(a_session_needs_an_issuer_and_a_subject), \
	IN(other_claims_show_at_the_next_visit)

#define IN_STORES(IN) \
	IN(tv_cs_07_the_cookie_is_a_short_random_name), \
	IN(tv_cs_13_an_ended_session_stays_ended), \
	IN(a_touch_does_not_bring_back_what_has_ended), \
	IN(tv_cs_06_nothing_of_the_one_before_remains), \
	IN(renewing_gives_another_cookie_for_the_same_session), \
	IN(renewing_what_changed_meanwhile_is_refused), \
	IN(sessions_end_by_sid_and_by_subject), \
	IN(sessions_of_a_rotated_key_are_found_by_index), \
	IN(what_ends_is_logged_with_its_reason), \
	IN(a_gap_in_the_changes_says_so), \
	IN(an_operator_sees_who_is_signed_in), \
	IN(expired_sessions_are_reaped_in_parts), \
	IN(an_expired_session_is_absent_for_every_operation), \
	IN(a_stolen_store_opens_no_session), \
	IN(a_record_under_another_id_does_not_open)
/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVERYWHERE(IN_MEMORY),
		IN_STORES(IN_MEMORY),
		EVERYWHERE(IN_LMDB),
		IN_STORES(IN_LMDB),
		EVERYWHERE(IN_REDIS),
		IN_STORES(IN_REDIS),
		EVERYWHERE(IN_COOKIE),
		IN_COOKIE(it_holds_identity_and_no_token),
		IN_COOKIE(it_lives_half_a_day_at_most),
		IN_COOKIE(it_declares_nothing_and_says_so),
		IN_COOKIE(tv_cs_21_what_does_not_fit_is_an_error),
		IN_COOKIE(tv_cs_09_ten_thousand_cookies_have_as_many_nonces),
	};
	return cmocka_run_group_tests(tests, start_redis, stop_redis);
}
