/* What only stores in Redis can do and suffer: a server that dies and comes back, that hangs, that is emptied
 * or full; what is left behind; other processes. */
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "store/redis_fixture.h"

/* A server that keeps what it was told through a kill. */
static int start_durable(void **state)
{
	static const char *const more[] = {"--appendonly", "yes", "--appendfsync", "always", NULL};
	(void)state;
	test_redis_start(&redis, more);
	return open_both();
}

static void restart(void)
{
	test_redis_kill(&redis);
	test_redis_again(&redis);
}

/* ---- a server that goes and comes ---- */

static void cs_28_a_connection_that_died_signs_nobody_out(void **state)
{
	struct sto_session_changes changes;
	uint64_t seq = newest();
	(void)state;
	sign_in("jane");
	assert_ok(put_once("mark"));
	restart();
	assert_ok(open_it());
	restart();
	assert_int_equal(put_once("mark"), STO_STORE_EXISTS);
	restart();
	assert_ok(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL));
	restart();
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, seq, NULL));
	assert_int_equal(changes.n_items, 1);
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
}

static void cs_26_an_outage_is_an_outage_and_then_over(void **state)
{
	struct sto_session_changes changes;
	size_t n = 0;
	(void)state;
	sign_in("jane");
	test_redis_kill(&redis);
	for (int i = 0; i < 3; i++) {
		int rc = sto_session_open(&f.session, f.sessions, sto_buf_span(&f.cookie), &err);
		assert_int_equal(rc, STO_STORE_FAILED);
		assert_false(sto_session_is_signed_out(rc));
		assert_non_null(strstr(err.detail, redis.url));
	}
	assert_int_equal(put_once("mark"), STO_STORE_FAILED);
	assert_int_equal(get("mark"), STO_STORE_FAILED);
	assert_int_equal(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL), STO_STORE_FAILED);
	assert_int_equal(sto_sessions_changes_since(&changes, f.sessions, 0, NULL), STO_STORE_FAILED);
	assert_int_equal(sto_sessions_reap(&n, f.sessions, 10, NULL), STO_STORE_FAILED);
	test_redis_again(&redis);
	assert_ok(open_it());
	assert_ok(put_once("mark"));
}

static void a_store_opens_while_its_server_is_down(void **state)
{
	struct sto_store early;
	struct sto_session_store early_sessions;
	uint64_t revision = 0;
	uint8_t id[STO_SESSION_ID_LEN] = {1};
	struct sto_buf sealed;
	(void)state;
	sto_buf_init(&sealed, 100);
	test_redis_kill(&redis);
	use(redis.url);
	assert_ok(test_redis_open(&early, &options, &err));
	assert_int_equal(warning.code, STO_STORE_FAILED);
	assert_non_null(strstr(warning.detail, "cannot be reached"));
	assert_ok(test_redis_open_sessions(&early_sessions, &options, fixture_world(), &err));
	test_redis_again(&redis);
	assert_ok(early.ops->remove(early.ctx, STO_SPAN("key"), NULL));
	assert_int_equal(early_sessions.ops->get(early_sessions.ctx, &sealed, &revision,
						 sto_span_of(id, sizeof(id)), NOW, NULL),
			 STO_STORE_ABSENT);
	sto_store_close(&early);
	sto_session_store_close(&early_sessions);
}

/* Takes connections and never says a word. */
static void a_server_that_hangs_is_given_up_in_time(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	char text[64];
	struct sto_store hanging;
	(void)state;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_ok(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
	assert_ok(listen(fd, 8));
	assert_ok(getsockname(fd, (struct sockaddr *)&address, &len));
	(void)snprintf(text, sizeof(text), "redis://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
	use(text);
	options.timeout_ms = 200;
	int64_t begun = sto_world_system()->monotonic_ms(NULL);
	assert_ok(test_redis_open(&hanging, &options, &err));
	assert_int_equal(warning.code, STO_STORE_FAILED);
	assert_non_null(strstr(warning.detail, "in time"));
	assert_int_equal(hanging.ops->remove(hanging.ctx, STO_SPAN("key"), &err), STO_STORE_FAILED);
	assert_true(sto_world_system()->monotonic_ms(NULL) - begun < 2000);
	sto_store_close(&hanging);
	assert_ok(close(fd));
}

/* A server that takes commands and hangs up without an answer: nobody knows whether they were executed. */
struct deaf {
	int fd;
	atomic_int commands;
};

static void *be_deaf(void *arg)
{
	struct deaf *deaf = arg;
	char bytes[4096];
	for (;;) {
		int peer = accept(deaf->fd, NULL, NULL);
		if (peer < 0)
			return NULL;
		if (recv(peer, bytes, sizeof(bytes), 0) > 0)
			atomic_fetch_add(&deaf->commands, 1);
		(void)close(peer);
	}
}

static void only_what_may_be_executed_twice_is_sent_twice(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	struct deaf deaf = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	pthread_t thread;
	char text[64];
	(void)state;
	atomic_init(&deaf.commands, 0);
	assert_ok(bind(deaf.fd, (const struct sockaddr *)&address, sizeof(address)));
	assert_ok(listen(deaf.fd, 8));
	assert_ok(getsockname(deaf.fd, (struct sockaddr *)&address, &len));
	assert_ok(pthread_create(&thread, NULL, be_deaf, &deaf));
	(void)snprintf(text, sizeof(text), "redis://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
	use(text);
	sto_store_close(&marks);
	assert_ok(test_redis_open(&marks, &options, &err));
	atomic_store(&deaf.commands, 0);
	assert_int_equal(put_once("mark"), STO_STORE_FAILED);
	assert_int_equal(atomic_load(&deaf.commands), 1);
	assert_int_equal(marks.ops->take(marks.ctx, &f.cookie, STO_SPAN("mark"), NOW, NULL),
			 STO_STORE_FAILED);
	assert_int_equal(atomic_load(&deaf.commands), 2);
	assert_int_equal(get("mark"), STO_STORE_FAILED);
	assert_int_equal(atomic_load(&deaf.commands), 4);
	assert_ok(shutdown(deaf.fd, SHUT_RDWR));
	assert_ok(pthread_join(thread, NULL));
	assert_ok(close(deaf.fd));
}

/* After it was emptied the server begins with numbers that nobody has seen, and asks everybody to look. */
static void an_emptied_server_is_a_gap(void **state)
{
	struct sto_session_changes changes;
	(void)state;
	sign_in("jane");
	assert_ok(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL));
	uint64_t seq = newest();
	(void)test_redis_say(&redis, "FLUSHALL");
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, seq, NULL));
	assert_true(changes.gap);
	the_time = NOW + 1;
	sign_in("joe");
	assert_true(newest() > seq);
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, seq, NULL));
	assert_true(changes.gap);
	seq = changes.seq;
	assert_ok(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL));
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, seq, NULL));
	assert_false(changes.gap);
	assert_int_equal(changes.n_items, 1);
}

/* Numbers that jump with the clock leave no gap behind. */
static void changes_of_many_seconds_are_one_row(void **state)
{
	struct sto_session_changes changes;
	uint64_t seq = newest();
	(void)state;
	for (int i = 0; i < 70; i++) {
		the_time = NOW + i;
		sign_in("jane");
		assert_ok(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL));
	}
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, seq, NULL));
	assert_false(changes.gap);
	assert_int_equal(changes.n_items, STO_SESSION_CHANGES_PAGE);
	assert_true(changes.more);
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, changes.seq, NULL));
	assert_false(changes.gap);
	assert_int_equal(changes.n_items, 70 - STO_SESSION_CHANGES_PAGE);
	assert_false(changes.more);
}

static void a_script_that_the_server_forgot_is_told_again(void **state)
{
	(void)state;
	assert_ok(put_once("one"));
	(void)test_redis_say(&redis, "SCRIPT FLUSH");
	assert_ok(put_once("two"));
	assert_int_equal(put_once("one"), STO_STORE_EXISTS);
}

static void every_operation_is_one_command(void **state)
{
	size_t n = 0;
	(void)state;
	sign_in("jane");
	assert_ok(put_once("known"));
	assert_ok(open_it());
	(void)test_redis_say(&redis, "CONFIG RESETSTAT");
	assert_ok(put_once("mark"));
	assert_ok(get("mark"));
	sign_in("joe");
	assert_ok(open_it());
	assert_ok(sto_sessions_count_sub(&n, f.sessions, STO_SPAN("https://op.example"), STO_SPAN("joe"),
					 NULL));
	assert_int_equal(n, 1);
	/* Two were scripts, by their names; the only one that was told whole is the one that asks. */
	assert_int_equal(test_redis_number(&redis, "EVAL \"local s=redis.call('INFO','commandstats') return "
						   "tonumber(s:match('cmdstat_evalsha:calls=(%d+)'))\" 0"),
			 2);
	assert_int_equal(test_redis_number(&redis, "EVAL \"local s=redis.call('INFO','commandstats') return "
						   "tonumber(s:match('cmdstat_eval:calls=(%d+)'))\" 0"),
			 1);
	assert_int_equal(test_redis_number(&redis, "EVAL \"local s=redis.call('INFO','commandstats') return "
						   "tonumber(s:match('cmdstat_zlexcount:calls=(%d+)'))\" 0"),
			 1);
	assert_int_equal(test_redis_number(&redis, "EVAL \"local s=redis.call('INFO','commandstats') return "
						   "tonumber(s:match('cmdstat_get:calls=(%d+)'))\" 0"),
			 1);
}

/* ---- what is left behind ---- */

static void everything_has_a_time_to_live_and_the_prefix(void **state)
{
	(void)state;
	sign_in("jane");
	assert_ok(put_once("mark"));
	assert_int_equal(test_redis_number(&redis,
					   "EVAL \"local n=0 for _,k in ipairs(redis.call('KEYS','*')) do if "
					   "k:sub(1,3)~='st:' then n=n+1 end end return n\" 0"),
			 0);
	/* All but the log of changes, which is bounded. */
	assert_int_equal(test_redis_number(&redis,
					   "EVAL \"local n=0 for _,k in ipairs(redis.call('KEYS','*')) do if "
					   "redis.call('PTTL',k)<0 then n=n+1 end end return n\" 0"),
			 1);
	/* A session of an hour lives an hour and the slack of clocks, by the server's clock: in 2023 or now.
	 */
	assert_int_equal(
		test_redis_number(&redis,
				  "EVAL \"local t=redis.call('TTL',redis.call('KEYS','st:{s}s*')[1]) return "
				  "t>3880 and t<=3900 and 1 or 0\" 0"),
		1);
}

/* What Redis does once their time to live is over. */
static void let_go_of_rows(void)
{
	(void)test_redis_say(
		&redis, "EVAL \"for _,k in ipairs(redis.call('KEYS','st:{s}s*')) do redis.call('DEL',k) end "
			"return 0\" 0");
}

static void indexes_forget_what_expired(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++)
		sign_in("jane");
	let_go_of_rows();
	for (int i = 1; i <= 30; i++) {
		the_time = NOW + 3600 + 400 + i; /* all are gone, and the clocks' slack is over */
		sign_in("jane");
	}
	assert_int_equal(test_redis_number(&redis, "ZCARD st:{s}x"), 30);
	assert_int_equal(test_redis_number(&redis, "ZCARD st:{s}a"), 30);
	assert_int_equal(
		test_redis_number(&redis, "EVAL \"local n=0 for _,k in ipairs(redis.call('KEYS','st:{s}i*')) "
					  "do n=n+redis.call('ZCARD',k) end return n\" 0"),
		60);
}

/* What Redis let go of by itself goes from the indexes with the next reaping. */
static void a_reap_takes_what_redis_has_let_go_of(void **state)
{
	size_t n = 0;
	(void)state;
	sign_in("jane");
	assert_ok(put_once("mark"));
	let_go_of_rows();
	(void)test_redis_say(&redis, "DEL st:{m}emark");
	the_time = NOW + 3600;
	assert_ok(sto_sessions_reap(&n, f.sessions, 10, NULL));
	assert_int_equal(n, 1);
	assert_ok(marks.ops->reap(marks.ctx, &n, 10, LATER, NULL));
	assert_int_equal(n, 1);
	assert_int_equal(test_redis_number(&redis, "EXISTS st:{s}x st:{s}a st:{m}x"), 0);
}

static void cs_33_a_row_of_a_newer_version_is_nobody(void **state)
{
	(void)state;
	sign_in("jane");
	(void)test_redis_say(
		&redis, "EVAL \"redis.call('HSET',redis.call('KEYS','st:{s}s*')[1],'v','2') return 0\" 0");
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
}

static void cs_26_a_row_that_lost_its_parts_is_a_failure(void **state)
{
	(void)state;
	sign_in("jane");
	(void)test_redis_say(&redis,
			     "EVAL \"redis.call('HDEL',redis.call('KEYS','st:{s}s*')[1],'d') return 0\" 0");
	assert_int_equal(open_it(), STO_STORE_FAILED);
}

static void a_full_server_refuses_and_still_signs_out(void **state)
{
	struct sto_session_record identity = fixture_identity("joe");
	struct sto_buf cookie;
	(void)state;
	sto_buf_init(&cookie, STO_LIMIT_SESSION_COOKIE);
	sign_in("jane");
	(void)test_redis_say(&redis, "CONFIG SET maxmemory 1");
	assert_int_equal(put_once("mark"), STO_STORE_FULL);
	assert_int_equal(sto_session_create(&cookie, NULL, f.sessions, sto_span_str(NULL), &identity,
					    STO_TIME_NONE, NULL),
			 STO_STORE_FULL);
	assert_ok(open_it());
	assert_ok(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL));
	assert_int_equal(open_it(), STO_SESSION_ABSENT);
	sto_buf_finish(&cookie);
}

/* ---- other processes ---- */

static int wait_for(pid_t child)
{
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void a_child_has_connections_of_its_own(void **state)
{
	enum { ROUNDS = 200 };
	(void)state;
	sign_in("jane");
	pid_t child = fork();
	if (child == 0) {
		int wrong = 0;
		for (int i = 0; i < ROUNDS; i++)
			wrong |= open_it() != STO_OK ||
				 !sto_span_equal(f.session.record.subject, STO_SPAN("jane"));
		sto_session_store_close(&f.store); /* the parent's connections stay */
		_exit(wrong);
	}
	for (int i = 0; i < ROUNDS; i++)
		assert_int_equal(get("nothing"), STO_STORE_ABSENT);
	assert_int_equal(wait_for(child), 0);
	assert_ok(open_it());
}

static void *ask_until_told(void *stop)
{
	size_t wrong = 0;
	struct sto_buf value;
	sto_buf_init(&value, 100);
	while (!atomic_load((atomic_bool *)stop))
		wrong +=
			marks.ops->get(marks.ctx, &value, STO_SPAN("nothing"), NOW, NULL) != STO_STORE_ABSENT;
	return wrong == 0 ? NULL : stop;
}

static void a_fork_while_threads_ask_disturbs_nobody(void **state)
{
	pthread_t threads[4];
	atomic_bool stop;
	(void)state;
	atomic_init(&stop, false);
	for (size_t i = 0; i < 4; i++)
		assert_ok(pthread_create(&threads[i], NULL, ask_until_told, &stop));
	for (int i = 0; i < 20; i++) {
		pid_t child = fork();
		if (child == 0)
			_exit(put_once("mark") == (i == 0 ? STO_OK : STO_STORE_EXISTS) ? 0 : 1);
		assert_int_equal(wait_for(child), 0);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < 4; i++) {
		void *wrong = NULL;
		assert_ok(pthread_join(threads[i], &wrong));
		assert_null(wrong);
	}
}

static void tv_cs_29_of_eight_processes_one_refreshes(void **state)
{
	enum { PROCESSES = 8 };
	pid_t children[PROCESSES];
	int winners = 0;
	(void)state;
	sign_in("jane");
	for (size_t i = 0; i < PROCESSES; i++) {
		int64_t fence = 0;
		children[i] = fork();
		if (children[i] != 0)
			continue;
		int rc = open_it();
		if (rc == STO_OK)
			rc = sto_session_refresh_acquire(&fence, f.sessions, &f.session, NULL);
		_exit(rc == STO_OK ? 0 : rc == STO_REFRESH_BUSY ? 1 : 2);
	}
	for (size_t i = 0; i < PROCESSES; i++) {
		int status = wait_for(children[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		winners += WEXITSTATUS(status) == 0;
	}
	assert_int_equal(winners, 1);
}

static void stores_with_like_options_share_connections(void **state)
{
	struct sto_store another;
	(void)state;
	assert_ok(put_once("mark"));
	use(redis.url);
	assert_ok(test_redis_open(&another, &options, NULL));
	assert_ok(another.ops->remove(another.ctx, STO_SPAN("mark"), NULL));
	sign_in("jane");
	/* Ours, and the one that asks. */
	assert_int_equal(test_redis_number(&redis, "EVAL \"local s=redis.call('INFO','clients') return "
						   "tonumber(s:match('connected_clients:(%d+)'))\" 0"),
			 2);
	sto_store_close(&another);
	assert_ok(open_it());
}

static void prefixes_keep_apps_apart(void **state)
{
	struct sto_store another;
	(void)state;
	assert_ok(put_once("mark"));
	use(redis.url);
	options.prefix = STO_SPAN("other:");
	assert_ok(test_redis_open(&another, &options, NULL));
	assert_ok(another.ops->put_if_absent(another.ctx, STO_SPAN("mark"), STO_SPAN("v"), LATER, NOW, NULL));
	assert_int_equal(test_redis_number(&redis, "EXISTS other:{m}emark"), 1);
	sto_store_close(&another);
}

#define FACT(test) cmocka_unit_test_setup_teardown(test, start, end)
#define DURABLE(test) cmocka_unit_test_setup_teardown(test, start_durable, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DURABLE(cs_28_a_connection_that_died_signs_nobody_out),
		DURABLE(cs_26_an_outage_is_an_outage_and_then_over),
		FACT(a_store_opens_while_its_server_is_down),
		FACT(a_server_that_hangs_is_given_up_in_time),
		FACT(only_what_may_be_executed_twice_is_sent_twice),
		FACT(an_emptied_server_is_a_gap),
		FACT(changes_of_many_seconds_are_one_row),
		FACT(a_script_that_the_server_forgot_is_told_again),
		FACT(every_operation_is_one_command),
		FACT(everything_has_a_time_to_live_and_the_prefix),
		FACT(indexes_forget_what_expired),
		FACT(a_reap_takes_what_redis_has_let_go_of),
		FACT(cs_33_a_row_of_a_newer_version_is_nobody),
		FACT(cs_26_a_row_that_lost_its_parts_is_a_failure),
		FACT(a_full_server_refuses_and_still_signs_out),
		FACT(a_child_has_connections_of_its_own),
		FACT(a_fork_while_threads_ask_disturbs_nobody),
		FACT(tv_cs_29_of_eight_processes_one_refreshes),
		FACT(stores_with_like_options_share_connections),
		FACT(prefixes_keep_apps_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
