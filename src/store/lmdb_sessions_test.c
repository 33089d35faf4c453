/* What only sessions in a file can do and suffer: other processes, a kill, a full disk, a row of a newer
 * version. */
#include <signal.h>
#include <sys/wait.h>

#include "store/lmdb_handle.h"
#include "store/lmdb_store.h"
#include "store/session_fixture.h"

static int open_here(void)
{
	return sto_session_store_lmdb_open(&f.store, sto_span_str(folder), fixture_world(), NULL);
}

static int set_up(void **state)
{
	the_time = NOW;
	return make_folder(state) != 0 || open_here() != 0 || fixture_begin();
}

static int tear_down(void **state)
{
	fixture_end();
	return remove_folder(state);
}

static int wait_for(pid_t child)
{
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* A child signs somebody in, tells the cookie, and is killed in the middle of the next sign-ins. */
static void sign_in_until_killed(int out)
{
	struct sto_session_record identity = fixture_identity("jane");
	struct sto_buf cookie;
	sto_buf_init(&cookie, STO_LIMIT_SESSION_COOKIE);
	for (;;) {
		sto_buf_clear(&cookie);
		if (sto_session_create(&cookie, NULL, f.sessions, sto_span_str(NULL), &identity,
				       STO_TIME_NONE, NULL) != STO_OK ||
		    write(out, cookie.data, cookie.len) != (ssize_t)cookie.len)
			_exit(1);
	}
}

static void a_kill_keeps_every_session_that_was_told(void **state)
{
	enum { COOKIE_LEN = 46, TOLD = 5 };
	char cookies[TOLD][COOKIE_LEN];
	int ends[2];
	(void)state;
	assert_ok(pipe(ends));
	pid_t child = fork();
	if (child == 0)
		sign_in_until_killed(ends[1]);
	(void)close(ends[1]);
	for (size_t i = 0; i < TOLD; i++)
		for (size_t got = 0; got < COOKIE_LEN;) {
			ssize_t n = read(ends[0], cookies[i] + got, COOKIE_LEN - got);
			assert_true(n > 0);
			got += (size_t)n;
		}
	assert_ok(kill(child, SIGKILL));
	assert_int_equal(wait_for(child), SIGKILL);
	(void)close(ends[0]);
	for (size_t i = 0; i < TOLD; i++)
		assert_ok(
			sto_session_open(&f.session, f.sessions, sto_span_of(cookies[i], COOKIE_LEN), NULL));
	sign_in("joe"); /* the lock of the killed one is not in the way */
	assert_ok(open_it());
}

#define ENDED 100

static void end_them(uint8_t ids[ENDED][STO_SESSION_ID_LEN])
{
	int wrong = 0;
	for (size_t i = 0; i < ENDED; i++)
		wrong |= sto_session_end_by_id(f.sessions, sto_span_of(ids[i], STO_SESSION_ID_LEN), NULL);
	_exit(wrong == STO_OK ? 0 : 1);
}

static void what_another_process_ends_shows_in_the_changes(void **state)
{
	struct sto_session_changes changes;
	uint8_t ids[ENDED][STO_SESSION_ID_LEN];
	size_t seen = 0;
	(void)state;
	for (size_t i = 0; i < ENDED; i++) {
		sign_in("jane");
		memcpy(ids[i], f.session.id, sizeof(ids[i]));
	}
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, STO_SESSION_CHANGES_NOW, NULL));
	pid_t child = fork();
	if (child == 0)
		end_them(ids);
	assert_int_equal(wait_for(child), 0);
	do {
		assert_ok(sto_sessions_changes_since(&changes, f.sessions, changes.seq, NULL));
		assert_false(changes.gap);
		for (size_t i = 0; i < changes.n_items; i++)
			assert_memory_equal(changes.items[i].id, ids[seen++], STO_SESSION_ID_LEN);
	} while (changes.more);
	assert_int_equal(seen, ENDED);
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
}

/* 0: this process may refresh; 1: another does. */
static void try_to_refresh(void)
{
	int64_t fence = 0;
	int rc = open_it();
	if (rc == STO_OK)
		rc = sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL);
	_exit(rc == STO_OK ? 0 : rc == STO_REFRESH_BUSY ? 1 : 2);
}

static void tv_cs_29_of_eight_processes_one_refreshes(void **state)
{
	enum { PROCESSES = 8 };
	pid_t children[PROCESSES];
	int winners = 0;
	(void)state;
	sign_in("jane");
	for (size_t i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] == 0)
			try_to_refresh();
	}
	for (size_t i = 0; i < PROCESSES; i++) {
		int status = wait_for(children[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		winners += WEXITSTATUS(status) == 0;
	}
	assert_int_equal(winners, 1);
}

static void a_store_made_anew_is_a_gap(void **state)
{
	struct sto_session_changes changes;
	(void)state;
	sign_in("jane");
	assert_ok(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL));
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, STO_SESSION_CHANGES_NOW, NULL));
	uint64_t seq = changes.seq;
	fixture_end();
	assert_ok(unlink(path_of("store.lmdb")));
	assert_ok(unlink(path_of("store.lmdb-lock")));
	the_time = NOW + 1;
	assert_ok(open_here());
	assert_ok(fixture_begin());
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, seq, NULL));
	assert_true(changes.gap);
}

static int spoil_version(const struct sto_lmdb_txn *txn, void *arg)
{
	uint8_t bytes[4096];
	MDB_val key = {STO_SESSION_ID_LEN, arg}, data = {0, NULL};
	int rc = mdb_get(txn->txn, txn->sessions, &key, &data);
	if (rc != 0 || data.mv_size > sizeof(bytes))
		return rc;
	memcpy(bytes, data.mv_data, data.mv_size);
	bytes[0] = 2;
	data.mv_data = bytes;
	return mdb_put(txn->txn, txn->sessions, &key, &data, 0);
}

static void tv_cs_33_a_row_of_a_newer_version_is_nobody_and_goes_in_time(void **state)
{
	struct sto_lmdb_handle *handle = NULL;
	sto_lmdb_env *env = NULL;
	size_t n = 0;
	(void)state;
	sign_in("jane");
	assert_ok(sto_lmdb_handle_open(&handle, sto_span_str(folder), 1 << 20, 1 << 20, NULL));
	assert_ok(sto_lmdb_enter(&env, handle, NULL));
	assert_ok(sto_lmdb_env_write(env, spoil_version, f.session.id, NULL));
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
	the_time = NOW + 3600;
	assert_ok(sto_sessions_reap(&n, f.sessions, 10, NULL));
	assert_int_equal(n, 1);
	assert_ok(sto_session_end_by_sub(&n, f.sessions, STO_SPAN("https://op.example"), STO_SPAN("jane"),
					 STO_SESSION_REVOKED, NULL));
	assert_int_equal(n, 0);
	sto_lmdb_handle_close(handle);
}

static void a_full_store_says_so_and_takes_the_place_of_the_expired(void **state)
{
	struct sto_session_record identity = fixture_identity("jane");
	static char claims[16000];
	int rc = STO_OK;
	(void)state;
	fixture_end();
	assert_ok(sto_session_store_lmdb_open_sized(&f.store, in_folder("small"), 1 << 20, 1 << 20,
						    fixture_world(), NULL));
	assert_ok(fixture_begin());
	memset(claims, 'x', sizeof(claims));
	identity.claims = sto_span_of(claims, sizeof(claims));
	for (int i = 0; i < 200 && rc == STO_OK; i++) {
		sto_buf_clear(&f.cookie);
		rc = sto_session_create(&f.cookie, NULL, f.sessions, sto_span_str(NULL), &identity,
					STO_TIME_NONE, NULL);
	}
	assert_int_equal(rc, STO_STORE_FULL);
	assert_int_equal(f.cookie.len, 0);
	the_time = NOW + 3600;
	assert_ok(sto_session_create(&f.cookie, NULL, f.sessions, sto_span_str(NULL), &identity,
				     STO_TIME_NONE, NULL));
	assert_ok(open_it());
}

static int cut_row(const struct sto_lmdb_txn *txn, void *arg)
{
	MDB_val key = {STO_SESSION_ID_LEN, arg}, data = {1, arg};
	return mdb_put(txn->txn, txn->sessions, &key, &data, 0);
}

static void tv_cs_26_a_store_that_fails_signs_nobody_out(void **state)
{
	struct sto_lmdb_handle *handle = NULL;
	sto_lmdb_env *env = NULL;
	struct sto_error err = {0, ""};
	(void)state;
	sign_in("jane");
	assert_ok(sto_lmdb_handle_open(&handle, sto_span_str(folder), 1 << 20, 1 << 20, NULL));
	assert_ok(sto_lmdb_enter(&env, handle, NULL));
	assert_ok(sto_lmdb_env_write(env, cut_row, f.session.id, NULL));
	int rc = sto_session_open(&f.session, f.sessions, sto_buf_span(&f.cookie), &err);
	assert_int_equal(rc, STO_STORE_FAILED);
	assert_false(sto_session_is_signed_out(rc));
	assert_int_equal(err.code, STO_STORE_FAILED);
	sto_lmdb_handle_close(handle);
}

#define FACT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_kill_keeps_every_session_that_was_told),
		FACT(what_another_process_ends_shows_in_the_changes),
		FACT(tv_cs_29_of_eight_processes_one_refreshes),
		FACT(a_store_made_anew_is_a_gap),
		FACT(tv_cs_33_a_row_of_a_newer_version_is_nobody_and_goes_in_time),
		FACT(a_full_store_says_so_and_takes_the_place_of_the_expired),
		FACT(tv_cs_26_a_store_that_fails_signs_nobody_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
