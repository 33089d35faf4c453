/* From the cookie to the identity: what each request of a signed-in visitor costs, and what ten thousand
 * sessions that nobody uses cost the process.
 *
 * LMDB holds 100,000 sessions in one folder and a million in another, and the cookies of 200 spread over all
 * of them are opened in turn, so that neither the tree nor the caches are warm for one alone; and those of
 * 2,000, whose pages the processor's caches do not hold. */
#include <ftw.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/bounds.h"
#include "bench.h"
#include "session/session.h"
#include "store/lmdb_handle.h"
#include "store/lmdb_store.h"
#include "store/store.h"

#define N_VISITORS 2000
#define N_BUSY 200
#define N_IDLE 10000
#define BATCH 20000
#define MAP_START ((size_t)1 << 20)
#define MAP_MAX ((size_t)4 << 30)

struct visit {
	sto_sessions *sessions;
	struct sto_session session;
	struct sto_buf cookies[N_VISITORS];
	size_t n_cookies;
};

/* The first so many visitors of a store, in turn. */
struct turn {
	struct visit *visit;
	size_t n, next;
};

/* A store with so many sessions. */
struct filled {
	char folder[64];
	struct sto_session_store store;
	struct visit visit;
};

static struct visit sealed;
static struct filled small, large;
static struct sto_buf record_bytes;
static struct sto_session_record identity;

static void must(bool fact)
{
	if (!fact) {
		(void)fprintf(stderr, "session_bench: a step failed\n");
		exit(1);
	}
}

static void make_identity(void)
{
	sto_session_record_init(&identity);
	identity.issuer = STO_SPAN("https://op.example/realms/main");
	identity.subject = STO_SPAN("248289761001");
	identity.provider = STO_SPAN("example");
	identity.claims =
		STO_SPAN("{\"email\":\"jane.doe@example.com\",\"email_verified\":true,\"name\":\"Jane Doe\","
			 "\"groups\":[\"everyone\",\"staff\"],\"locale\":\"en\"}");
}

static void run_open(void *ctx)
{
	struct turn *turn = ctx;
	struct visit *visit = turn->visit;
	const struct sto_buf *cookie = &visit->cookies[turn->next];
	turn->next = turn->next + 1 == turn->n ? 0 : turn->next + 1;
	must(sto_session_open(&visit->session, visit->sessions, sto_buf_span(cookie), NULL) == STO_OK);
}

static void run_record(void *ctx)
{
	struct sto_session_record record;
	(void)ctx;
	must(sto_session_record_read(&record, sto_buf_span(&record_bytes)) == STO_OK);
	must(record.subject.len == 12);
}

static void run_garbage(void *ctx)
{
	struct visit *visit = ctx;
	must(sto_session_open(&visit->session, visit->sessions,
			      STO_SPAN("s1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
			      NULL) == STO_SESSION_ABSENT);
}

static void begin_visit(struct visit *visit, struct sto_session_store store, const sto_keyring *ring)
{
	const struct sto_sessions_options options = {.store = store,
						     .ring = ring,
						     .world = sto_world_system(),
						     .policy = {7 * 86400, 86400, false}};
	must(sto_sessions_new(&visit->sessions, &options, NULL) == STO_OK);
	sto_session_init(&visit->session);
}

static void sign_in(struct visit *visit)
{
	struct sto_buf *cookie = &visit->cookies[visit->n_cookies];
	sto_buf_init(cookie, STO_LIMIT_SEALED_COOKIE);
	must(sto_session_create(cookie, NULL, visit->sessions, sto_span_str(NULL), &identity, STO_TIME_NONE,
				NULL) == STO_OK);
	visit->n_cookies++;
}

/* Rows that nobody visits: their keys lie evenly between all others, in the order in which they are put. */
struct rows {
	uint64_t first, n, step;
};

static void put_key(uint8_t key[STO_SESSION_ID_LEN], uint64_t begin)
{
	const struct sto_world *world = sto_world_system();
	must(world->random(world->ctx, key, STO_SESSION_ID_LEN) == STO_OK);
	for (size_t i = 0; i < 8; i++)
		key[i] = (uint8_t)(begin >> (56 - 8 * i));
}

static int put_rows(const struct sto_lmdb_txn *txn, void *arg)
{
	static uint8_t row[900];
	const struct rows *rows = arg;
	for (uint64_t i = rows->first; i < rows->first + rows->n; i++) {
		uint8_t id[STO_SESSION_ID_LEN], index[STO_SESSION_ID_LEN],
			expiry[STO_LMDB_TIME_LEN + STO_SESSION_ID_LEN];
		put_key(id, i * rows->step);
		put_key(index, i * rows->step);
		sto_lmdb_put_time(expiry, INT64_MAX);
		memcpy(expiry + STO_LMDB_TIME_LEN, id, sizeof(id));
		MDB_val key = {sizeof(id), id}, data = {sizeof(row), row}, nothing = {0, NULL};
		MDB_val index_key = {sizeof(index), index}, id_data = {sizeof(id), id};
		MDB_val expiry_key = {sizeof(expiry), expiry};
		int rc = mdb_put(txn->txn, txn->sessions, &key, &data, 0);
		if (rc == 0)
			rc = mdb_put(txn->txn, txn->session_index, &index_key, &id_data, 0);
		if (rc == 0)
			rc = mdb_put(txn->txn, txn->session_expiry, &expiry_key, &nothing, 0);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* In two passes over all keys: the second splits the full pages of the first, which leaves them as full as
 * keys in any order would, in a small part of the time. */
static void fill(struct sto_span dir, uint64_t n_rows)
{
	struct sto_lmdb_handle *handle = NULL;
	sto_lmdb_env *env = NULL;
	must(sto_lmdb_handle_open(&handle, dir, MAP_START, MAP_MAX, NULL) == STO_OK);
	must(sto_lmdb_enter(&env, handle, NULL) == STO_OK);
	for (int pass = 0; pass < 2; pass++)
		for (uint64_t i = 0; i < n_rows / 2; i += BATCH) {
			struct rows rows = {i, BATCH, UINT64_MAX / (n_rows / 2)};
			must(sto_lmdb_env_write(env, put_rows, &rows, NULL) == STO_OK);
		}
	sto_lmdb_handle_close(handle);
}

/* Memory where there is enough of it: a disk makes the filling slow, and the reading is of cached pages on
 * both. */
static const char *place_of_stores(void)
{
	struct statvfs shm;
	if (statvfs("/dev/shm", &shm) == 0 && shm.f_bavail * shm.f_frsize > MAP_MAX)
		return "/dev/shm";
	return P_tmpdir;
}

static void begin_filled(struct filled *filled, const sto_keyring *ring, uint64_t n_rows)
{
	(void)snprintf(filled->folder, sizeof(filled->folder), "%s/sto_bench_XXXXXX", place_of_stores());
	must(mkdtemp(filled->folder) != NULL);
	struct sto_span dir = sto_span_str(filled->folder);
	fill(dir, n_rows);
	must(sto_session_store_lmdb_open_sized(&filled->store, dir, MAP_START, MAP_MAX, sto_world_system(),
					       NULL) == STO_OK);
	begin_visit(&filled->visit, filled->store, ring);
	for (int i = 0; i < N_VISITORS; i++)
		sign_in(&filled->visit);
}

/* KiB of this process that are no file's, as the kernel counts them. */
static double own_memory(void)
{
	char line[128];
	double kib = -1;
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	must(file != NULL);
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "Anonymous:", 10) == 0)
			kib = strtod(line + 10, NULL);
	(void)fclose(file);
	must(kib >= 0);
	return kib;
}

/* How much more memory the process has when ten thousand more have signed in. */
static double idle_memory(struct visit *visit)
{
	struct sto_buf cookie;
	double before = own_memory();
	for (int i = 0; i < N_IDLE; i++) {
		sto_buf_init(&cookie, STO_LIMIT_SEALED_COOKIE);
		must(sto_session_create(&cookie, NULL, visit->sessions, sto_span_str(NULL), &identity,
					STO_TIME_NONE, NULL) == STO_OK);
		sto_buf_finish(&cookie);
	}
	return own_memory() - before;
}

static int remove_one(const char *name, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(name);
}

static void finish_visit(struct visit *visit)
{
	sto_session_finish(&visit->session);
	for (size_t i = 0; i < visit->n_cookies; i++)
		sto_buf_finish(&visit->cookies[i]);
	sto_sessions_free(visit->sessions);
}

static void finish_filled(struct filled *filled)
{
	finish_visit(&filled->visit);
	sto_session_store_close(&filled->store);
	must(nftw(filled->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static void print_time(const char *name, const struct bench_item *item, double goal, const char *note)
{
	bench_print(false, name, bench_relate(item, BENCH_ALONE, NULL), "us", goal, false, goal >= 0, note);
}

static void print_results(const struct bench_item *items, double idle_kib)
{
	bench_print(true, "session/cookie-value-bytes", (double)small.visit.cookies[0].len, "bytes",
		    STO_LIMIT_SESSION_COOKIE, false, false, "whatever the claims");
	bench_print(false, "session/sealed-cookie-bytes", (double)sealed.cookies[0].len, "bytes",
		    BENCH_NO_GOAL, false, false, "a session in its cookie with 160 bytes of claims");
	print_time("session/record-open", &items[0], 0.05, "sto_session_record_read");
	print_time("session/sealed", &items[1], 0.5,
		   "cookie to identity, sealed cookie with 300 bytes of record");
	print_time("session/lmdb-100000", &items[2], 1.5, "cookie to identity, LMDB with 100,000 sessions");
	print_time("session/lmdb-1000000", &items[3], 2.5,
		   "cookie to identity, LMDB with a million sessions");
	print_time("session/lmdb-1000000-cold", &items[4], BENCH_NO_GOAL,
		   "the same with 2,000 visitors in turn in the place of 200");
	print_time("session/garbage", &items[5], BENCH_NO_GOAL,
		   "a well-formed cookie that names nothing, LMDB with a million sessions");
	bench_print(false, "session/idle-10000", idle_kib, "KiB", 64, false, false,
		    "what 10,000 more sessions in LMDB add to the memory that is the process's own");
	printf("\n]\n");
}

int main(void)
{
	static const uint8_t app_key[STO_KEY_LEN] = "a key that everybody may know.";
	const struct sto_span secrets[] = {sto_span_of(app_key, sizeof(app_key))};
	sto_keyring *ring = NULL;
	must(sto_keyring_new(&ring, secrets, 1, STO_SPAN("https://app.example/"), NULL) == STO_OK);
	make_identity();
	sto_buf_init(&record_bytes, 4096);
	must(sto_session_record_write(&record_bytes, &identity) == STO_OK);

	begin_visit(&sealed, sto_session_store_in_cookie(), ring);
	sign_in(&sealed);
	begin_filled(&small, ring, 100000);
	begin_filled(&large, ring, 1000000);

	struct turn turns[] = {{.visit = &sealed, .n = 1},
			       {.visit = &small.visit, .n = N_BUSY},
			       {.visit = &large.visit, .n = N_BUSY},
			       {.visit = &large.visit, .n = N_VISITORS}};
	struct bench_item items[] = {
		{.run = run_record, .repeat = 5000},
		{.run = run_open, .ctx = &turns[0], .repeat = 2000},
		{.run = run_open, .ctx = &turns[1], .repeat = 2000},
		{.run = run_open, .ctx = &turns[2], .repeat = 2000},
		{.run = run_open, .ctx = &turns[3], .repeat = 2000},
		{.run = run_garbage, .ctx = &large.visit, .repeat = 1000},
	};
	bench_run(items, sizeof(items) / sizeof(items[0]), 101);
	print_results(items, idle_memory(&small.visit));
	bench_finish(items, sizeof(items) / sizeof(items[0]));
	finish_visit(&sealed);
	finish_filled(&small);
	finish_filled(&large);
	sto_buf_finish(&record_bytes);
	sto_keyring_free(ring);
	return 0;
}
