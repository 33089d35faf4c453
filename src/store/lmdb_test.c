/* What only a store in a file can do and suffer: other processes, a kill, a full disk, a fork. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/test_folder.h"
#include "store/lmdb_env.h"
#include "store/lmdb_store.h"
#include "store/store.h"

#define NOW 1000000
#define LATER (NOW + 60)

static void open_here(struct sto_store *store)
{
	assert_ok(sto_store_lmdb_open(store, sto_span_str(folder), NULL));
}

static int put(const struct sto_store *store, struct sto_span key, struct sto_span value)
{
	return store->ops->put_if_absent(store->ctx, key, value, LATER, NOW, NULL);
}

static int get(const struct sto_store *store, struct sto_span key)
{
	struct sto_buf value;
	sto_buf_init(&value, 65536);
	int rc = store->ops->get(store->ctx, &value, key, NOW, NULL);
	sto_buf_finish(&value);
	return rc;
}

static int wait_for(pid_t child)
{
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static mode_t mode_of(const char *name)
{
	struct stat st;
	assert_ok(stat(path_of(name), &st));
	return st.st_mode & 07777;
}

static void files_are_for_their_owner_only(void **state)
{
	struct sto_store store;
	(void)state;
	mode_t mask = umask(0);
	assert_ok(sto_store_lmdb_open(&store, in_folder("deep/er"), NULL));
	(void)umask(mask);
	assert_int_equal(mode_of("deep"), 0700);
	assert_int_equal(mode_of("deep/er"), 0700);
	assert_int_equal(mode_of("deep/er/store.lmdb"), 0600);
	assert_int_equal(mode_of("deep/er/store.lmdb-lock"), 0600);
	sto_store_close(&store);
}

static void entries_outlive_the_store(void **state)
{
	struct sto_store store;
	(void)state;
	open_here(&store);
	assert_ok(put(&store, STO_SPAN("key"), STO_SPAN("value")));
	sto_store_close(&store);
	open_here(&store);
	assert_ok(get(&store, STO_SPAN("key")));
	assert_int_equal(put(&store, STO_SPAN("key"), STO_SPAN("value")), STO_STORE_EXISTS);
	sto_store_close(&store);
}

static void stores_on_one_directory_share_an_environment(void **state)
{
	struct sto_store stores[3];
	(void)state;
	open_here(&stores[0]);
	open_here(&stores[1]);
	assert_ok(symlink(folder, path_of("again")));
	assert_ok(sto_store_lmdb_open(&stores[2], in_folder("again"), NULL));
	assert_ok(put(&stores[0], STO_SPAN("key"), STO_SPAN("value")));
	sto_store_close(&stores[0]); /* must not take the others' locks with it */
	assert_ok(get(&stores[1], STO_SPAN("key")));
	assert_ok(put(&stores[2], STO_SPAN("other"), STO_SPAN("value")));
	assert_ok(get(&stores[1], STO_SPAN("other")));
	sto_store_close(&stores[2]);
	sto_store_close(&stores[1]);
}

/* A child with a store of its own: opens, checks for "parent", puts "child". */
static void child_visits(void)
{
	struct sto_store store;
	int rc = sto_store_lmdb_open(&store, sto_span_str(folder), NULL);
	if (rc == STO_OK)
		rc = get(&store, STO_SPAN("parent"));
	if (rc == STO_OK)
		rc = put(&store, STO_SPAN("child"), STO_SPAN("v"));
	sto_store_close(&store);
	_exit(rc == STO_OK ? 0 : 1);
}

static void two_processes_see_each_other(void **state)
{
	struct sto_store store;
	(void)state;
	open_here(&store);
	assert_ok(put(&store, STO_SPAN("parent"), STO_SPAN("v")));
	pid_t child = fork();
	if (child == 0)
		child_visits();
	assert_int_equal(wait_for(child), 0);
	assert_ok(get(&store, STO_SPAN("child")));
	assert_int_equal(put(&store, STO_SPAN("child"), STO_SPAN("v")), STO_STORE_EXISTS);
	sto_store_close(&store);
}

static void a_forked_child_goes_on_with_the_store(void **state)
{
	struct sto_store store;
	(void)state;
	open_here(&store);
	assert_ok(put(&store, STO_SPAN("before"), STO_SPAN("v")));
	assert_ok(get(&store, STO_SPAN("before")));
	pid_t child = fork();
	if (child == 0) {
		bool good = get(&store, STO_SPAN("before")) == STO_OK &&
			    put(&store, STO_SPAN("inside"), STO_SPAN("v")) == STO_OK;
		sto_store_close(&store);
		_exit(good ? 0 : 1);
	}
	assert_int_equal(wait_for(child), 0);
	assert_ok(get(&store, STO_SPAN("inside")));
	assert_ok(put(&store, STO_SPAN("after"), STO_SPAN("v")));
	sto_store_close(&store);
}

static void a_forked_child_that_only_closes_harms_nobody(void **state)
{
	struct sto_store store;
	(void)state;
	open_here(&store);
	assert_int_equal(get(&store, STO_SPAN("x")), STO_STORE_ABSENT);
	pid_t child = fork();
	if (child == 0) {
		sto_store_close(&store);
		_exit(0);
	}
	assert_int_equal(wait_for(child), 0);
	assert_ok(put(&store, STO_SPAN("after"), STO_SPAN("v")));
	assert_ok(get(&store, STO_SPAN("after")));
	sto_store_close(&store);
}

/* Puts 0, 1, 2, ... and reports each that is committed, until it is killed. */
static void child_writes(int report)
{
	struct sto_store store;
	if (sto_store_lmdb_open(&store, sto_span_str(folder), NULL) != STO_OK)
		_exit(1);
	for (uint32_t i = 0;; i++)
		if (put(&store, sto_span_of(&i, sizeof(i)), STO_SPAN("v")) != STO_OK ||
		    write(report, &i, sizeof(i)) != sizeof(i))
			_exit(1);
}

static void a_killed_writer_loses_nothing_that_was_committed(void **state)
{
	struct sto_store store;
	(void)state;
	open_here(&store);
	for (uint32_t round = 0; round < 5; round++) {
		int report[2];
		uint32_t last = 0;
		uint32_t next = 0;
		assert_ok(pipe(report));
		pid_t child = fork();
		if (child == 0)
			child_writes(report[1]);
		assert_ok(close(report[1]));
		for (uint32_t i = 0; i < 20 + round; i++)
			assert_int_equal(read(report[0], &last, sizeof(last)), sizeof(last));
		assert_ok(kill(child, SIGKILL));
		assert_int_equal(wait_for(child) & 0x7f, SIGKILL);
		while (read(report[0], &next, sizeof(next)) == sizeof(next))
			last = next;
		assert_ok(close(report[0]));
		for (uint32_t i = 0; i <= last; i++) {
			assert_ok(get(&store, sto_span_of(&i, sizeof(i))));
			assert_ok(store.ops->remove(store.ctx, sto_span_of(&i, sizeof(i)), NULL));
		}
		next = last + 1; /* may have been committed without a report */
		assert_ok(store.ops->remove(store.ctx, sto_span_of(&next, sizeof(next)), NULL));
	}
	assert_ok(put(&store, STO_SPAN("after"), STO_SPAN("v")));
	sto_store_close(&store);
}

/* Dies inside a transaction, with the writers' lock held. */
static int work_die(const struct sto_lmdb_txn *txn, void *arg)
{
	MDB_val key = {4, arg};
	MDB_val value = {16, arg};
	(void)mdb_put(txn->txn, txn->entries, &key, &value, 0);
	(void)raise(SIGKILL);
	return 0;
}

static void a_writer_killed_inside_a_transaction_leaves_nothing(void **state)
{
	struct sto_store store;
	(void)state;
	open_here(&store);
	assert_ok(put(&store, STO_SPAN("kept"), STO_SPAN("v")));
	pid_t child = fork();
	if (child == 0) {
		struct sto_lmdb_place place = {folder, 1 << 20, 1 << 20};
		static char half[16] = "half of an entry";
		sto_lmdb_env *env = NULL;
		if (sto_lmdb_env_acquire(&env, &place, NULL) != STO_OK)
			_exit(1);
		_exit(sto_lmdb_env_write(env, work_die, half, NULL) == STO_OK ? 2 : 3);
	}
	assert_int_equal(wait_for(child) & 0x7f, SIGKILL);
	assert_int_equal(get(&store, STO_SPAN("half")), STO_STORE_ABSENT);
	assert_ok(get(&store, STO_SPAN("kept")));
	assert_ok(put(&store, STO_SPAN("half"), STO_SPAN("v"))); /* the lock was recovered */
	sto_store_close(&store);
}

static int try_open(struct sto_span dir)
{
	struct sto_store store;
	struct sto_error err = {0};
	int rc = sto_store_lmdb_open(&store, dir, &err);
	if (rc != STO_OK) {
		assert_null(store.ops);
		assert_int_not_equal(strlen(err.detail), 0);
	}
	sto_store_close(&store);
	return rc;
}

static void a_directory_that_cannot_be_written_is_said_so(void **state)
{
	(void)state;
	assert_ok(chmod(folder, 0755));
	assert_ok(mkdir(path_of("sealed"), 0555));
	become_nobody();
	int existing = try_open(in_folder("sealed"));
	int absent = try_open(in_folder("sealed/under"));
	become_self();
	assert_int_equal(existing, STO_STORE_UNWRITABLE);
	assert_int_equal(absent, STO_STORE_UNWRITABLE);
	assert_int_equal(try_open(STO_SPAN("relative")), STO_STORE_UNWRITABLE);
	assert_int_equal(try_open(STO_SPAN("/nul\0inside")), STO_STORE_UNWRITABLE);
	assert_int_equal(try_open(STO_SPAN("")), STO_STORE_UNWRITABLE);
	assert_ok(mkdir(path_of("shared"), 0700));
	assert_ok(chmod(path_of("shared"), 0777));
	assert_int_equal(try_open(in_folder("shared")), STO_STORE_UNWRITABLE);
}

static void a_file_that_is_no_store_is_refused_and_kept(void **state)
{
	struct stat st;
	(void)state;
	FILE *file = fopen(path_of("store.lmdb"), "w");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		assert_true(fputs("not a store ", file) >= 0);
	assert_ok(fclose(file));
	assert_int_equal(try_open(sto_span_str(folder)), STO_STORE_FAILED);
	assert_ok(stat(path_of("store.lmdb"), &st));
	assert_int_equal(st.st_size, 12000);
}

#define SMALL ((size_t)1 << 20)

static size_t fill(const struct sto_store *store, struct sto_span value)
{
	uint32_t i = 0;
	int rc = STO_OK;
	for (; rc == STO_OK && i < 100000; i++)
		rc = put(store, sto_span_of(&i, sizeof(i)), value);
	assert_int_equal(rc, STO_STORE_FULL);
	return i - 1;
}

static void the_map_grows_to_its_limit(void **state)
{
	static const uint8_t value[8000];
	struct sto_store store;
	(void)state;
	assert_ok(sto_store_lmdb_open_sized(&store, sto_span_str(folder), 64 << 10, SMALL, NULL));
	size_t count = fill(&store, sto_span_of(value, sizeof(value)));
	assert_true(count > 60); /* far more than 64 KiB hold */
	for (uint32_t i = 0; i < count; i++)
		assert_ok(get(&store, sto_span_of(&i, sizeof(i))));
	sto_store_close(&store);
}

static void a_full_store_still_removes_and_is_then_useful(void **state)
{
	static const uint8_t value[8000];
	struct sto_store store;
	(void)state;
	assert_ok(sto_store_lmdb_open_sized(&store, sto_span_str(folder), 64 << 10, SMALL, NULL));
	size_t count = fill(&store, sto_span_of(value, sizeof(value)));
	for (uint32_t i = 0; i < count; i++)
		assert_ok(store.ops->remove(store.ctx, sto_span_of(&i, sizeof(i)), NULL));
	assert_true(fill(&store, sto_span_of(value, sizeof(value))) >= count - 2);
	sto_store_close(&store);
}

static void a_full_store_first_lets_go_of_the_expired(void **state)
{
	static const uint8_t value[8000];
	struct sto_store store;
	(void)state;
	assert_ok(sto_store_lmdb_open_sized(&store, sto_span_str(folder), 64 << 10, SMALL, NULL));
	(void)fill(&store, sto_span_of(value, sizeof(value)));
	assert_ok(
		store.ops->put_if_absent(store.ctx, STO_SPAN("new"), STO_SPAN("v"), LATER + 60, LATER, NULL));
	assert_ok(get(&store, STO_SPAN("new")));
	sto_store_close(&store);
}

static void a_map_grown_by_another_process_is_followed(void **state)
{
	static const uint8_t value[8000];
	struct sto_store store;
	uint32_t last = 99;
	(void)state;
	assert_ok(sto_store_lmdb_open_sized(&store, sto_span_str(folder), 64 << 10, SMALL, NULL));
	assert_int_equal(get(&store, STO_SPAN("x")), STO_STORE_ABSENT);
	pid_t child = fork();
	if (child == 0) {
		int rc = STO_OK;
		for (uint32_t i = 0; rc == STO_OK && i <= last; i++) {
			struct sto_store other = store;
			rc = other.ops->put(other.ctx, sto_span_of(&i, sizeof(i)),
					    sto_span_of(value, i < 60 ? sizeof(value) : 10), LATER, NOW,
					    NULL);
		}
		_exit(rc == STO_OK ? 0 : 1);
	}
	assert_int_equal(wait_for(child), 0);
	assert_ok(get(&store, sto_span_of(&last, sizeof(last))));
	assert_ok(put(&store, STO_SPAN("mine"), STO_SPAN("v")));
	sto_store_close(&store);
}

#define READERS 140

struct reader {
	pthread_t thread;
	const struct sto_store *store;
	pthread_barrier_t *start;
	int failures;
};

static void *read_much(void *argument)
{
	struct reader *reader = argument;
	(void)pthread_barrier_wait(reader->start);
	for (int i = 0; i < 100; i++)
		reader->failures += get(reader->store, STO_SPAN("key")) != STO_OK;
	return NULL;
}

static void more_threads_read_than_there_are_slots_of_a_thread(void **state)
{
	static struct reader readers[READERS];
	struct sto_store store;
	pthread_barrier_t start;
	(void)state;
	open_here(&store);
	assert_ok(put(&store, STO_SPAN("key"), STO_SPAN("value")));
	assert_ok(pthread_barrier_init(&start, NULL, READERS + 1));
	for (size_t i = 0; i < READERS; i++) {
		readers[i] = (struct reader){.store = &store, .start = &start};
		assert_ok(pthread_create(&readers[i].thread, NULL, read_much, &readers[i]));
	}
	(void)pthread_barrier_wait(&start);
	for (uint32_t i = 0; i < 50; i++)
		assert_ok(put(&store, sto_span_of(&i, sizeof(i)), STO_SPAN("beside the readers")));
	for (size_t i = 0; i < READERS; i++) {
		assert_ok(pthread_join(readers[i].thread, NULL));
		assert_int_equal(readers[i].failures, 0);
	}
	assert_ok(pthread_barrier_destroy(&start));
	sto_store_close(&store);
}

static void *open_and_close(void *argument)
{
	struct reader *reader = argument;
	for (int i = 0; i < 20; i++) {
		struct sto_store store;
		if (sto_store_lmdb_open(&store, sto_span_str(folder), NULL) != STO_OK)
			reader->failures++;
		else
			reader->failures += get(&store, STO_SPAN("key")) != STO_OK;
		sto_store_close(&store);
	}
	return NULL;
}

static void stores_open_and_close_in_many_threads(void **state)
{
	struct reader readers[8];
	struct sto_store store;
	(void)state;
	open_here(&store);
	assert_ok(put(&store, STO_SPAN("key"), STO_SPAN("value")));
	sto_store_close(&store);
	for (size_t i = 0; i < 8; i++) {
		readers[i] = (struct reader){.failures = 0};
		assert_ok(pthread_create(&readers[i].thread, NULL, open_and_close, &readers[i]));
	}
	for (size_t i = 0; i < 8; i++) {
		assert_ok(pthread_join(readers[i].thread, NULL));
		assert_int_equal(readers[i].failures, 0);
	}
}

static size_t count_fds(void)
{
	size_t count = 0;
	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void files_do_not_stay_open(void **state)
{
	(void)state;
	size_t before = count_fds();
	for (int i = 0; i < 20; i++) {
		assert_ok(try_open(sto_span_str(folder)));
		assert_int_equal(try_open(STO_SPAN("/dev/null")), STO_STORE_UNWRITABLE);
	}
	assert_int_equal(count_fds(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(files_are_for_their_owner_only),
		IN_FOLDER(entries_outlive_the_store),
		IN_FOLDER(stores_on_one_directory_share_an_environment),
		IN_FOLDER(two_processes_see_each_other),
		IN_FOLDER(a_forked_child_goes_on_with_the_store),
		IN_FOLDER(a_forked_child_that_only_closes_harms_nobody),
		IN_FOLDER(a_killed_writer_loses_nothing_that_was_committed),
		IN_FOLDER(a_writer_killed_inside_a_transaction_leaves_nothing),
		IN_FOLDER(a_directory_that_cannot_be_written_is_said_so),
		IN_FOLDER(a_file_that_is_no_store_is_refused_and_kept),
		IN_FOLDER(the_map_grows_to_its_limit),
		IN_FOLDER(a_full_store_still_removes_and_is_then_useful),
		IN_FOLDER(a_full_store_first_lets_go_of_the_expired),
		IN_FOLDER(a_map_grown_by_another_process_is_followed),
		IN_FOLDER(more_threads_read_than_there_are_slots_of_a_thread),
		IN_FOLDER(stores_open_and_close_in_many_threads),
		IN_FOLDER(files_do_not_stay_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
