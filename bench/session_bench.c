/* From the cookie to the identity: what each request of a signed-in visitor costs.
 *
 * LMDB holds 100,000 sessions (a million with the argument "1000000"), and the cookies of 2,000 spread over
 * all of them are opened in turn, so that neither the tree nor the caches are warm for one alone. */
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bounds.h"
#include "bench.h"
#include "session/session.h"
#include "store/lmdb_handle.h"
#include "store/lmdb_store.h"
#include "store/store.h"

#define N_VISITORS 200
#define BATCH 1000

struct visit {
	sto_sessions *sessions;
	struct sto_session session;
	struct sto_buf cookies[N_VISITORS];
	size_t n_cookies;
	size_t next;
};

static struct visit sealed, stored;
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
	struct visit *visit = ctx;
	const struct sto_buf *cookie = &visit->cookies[visit->next];
	visit->next = visit->next + 1 == visit->n_cookies ? 0 : visit->next + 1;
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

/* Rows that nobody visits, many a transaction: the store is as large as one with so many sessions. */
static int put_rows(const struct sto_lmdb_txn *txn, void *arg)
{
	static uint8_t row[900];
	const struct sto_world *world = sto_world_system();
	(void)arg;
	for (int i = 0; i < BATCH; i++) {
		uint8_t id[STO_SESSION_ID_LEN], index[STO_SESSION_ID_LEN],
			expiry[STO_LMDB_TIME_LEN + STO_SESSION_ID_LEN];
		must(world->random(world->ctx, id, sizeof(id)) == STO_OK &&
		     world->random(world->ctx, index, sizeof(index)) == STO_OK);
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

static void fill(struct sto_span dir, size_t n_rows)
{
	struct sto_lmdb_handle *handle = NULL;
	sto_lmdb_env *env = NULL;
	must(sto_lmdb_handle_open(&handle, dir, 1 << 20, (size_t)4 << 30, NULL) == STO_OK);
	must(sto_lmdb_enter(&env, handle, NULL) == STO_OK);
	for (size_t i = 0; i < n_rows; i += BATCH)
		must(sto_lmdb_env_write(env, put_rows, NULL, NULL) == STO_OK);
	sto_lmdb_handle_close(handle);
}

static int remove_one(const char *name, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(name);
}

static void print_results(const struct bench_item *items, bool million)
{
	bench_print(true, "session/cookie-bytes", (double)stored.cookies[0].len, "bytes",
		    STO_LIMIT_SESSION_COOKIE, false, false, "the value of the cookie, whatever the claims");
	bench_print(false, "session/sealed-cookie-bytes", (double)sealed.cookies[0].len, "bytes",
		    BENCH_NO_GOAL, false, false, "a session in its cookie with 160 bytes of claims");
	bench_print(false, "session/record-open", bench_relate(&items[0], BENCH_ALONE, NULL), "us", 0.05,
		    false, true, "sto_session_record_read");
	bench_print(false, "session/sealed", bench_relate(&items[1], BENCH_ALONE, NULL), "us", 0.5, false,
		    true, "cookie to identity, sealed cookie with 300 bytes of record");
	bench_print(false, million ? "session/lmdb-1000000" : "session/lmdb-100000",
		    bench_relate(&items[2], BENCH_ALONE, NULL), "us", million ? 2.5 : 1.5, false, true,
		    "cookie to identity, LMDB");
	bench_print(false, "session/garbage", bench_relate(&items[3], BENCH_ALONE, NULL), "us", BENCH_NO_GOAL,
		    false, false, "a well-formed cookie that names nothing, LMDB");
	printf("\n]\n");
}

int main(int argc, char **argv)
{
	static const uint8_t app_key[STO_KEY_LEN] = "a key that everybody may know.";
	const struct sto_span secrets[] = {sto_span_of(app_key, sizeof(app_key))};
	char folder[] = P_tmpdir "/sto_bench_XXXXXX";
	bool million = argc > 1 && strcmp(argv[1], "1000000") == 0;
	sto_keyring *ring = NULL;
	struct sto_session_store store;
	must(sto_keyring_new(&ring, secrets, 1, STO_SPAN("https://app.example/"), NULL) == STO_OK);
	must(mkdtemp(folder) != NULL);
	make_identity();
	sto_buf_init(&record_bytes, 4096);
	must(sto_session_record_write(&record_bytes, &identity) == STO_OK);

	begin_visit(&sealed, sto_session_store_in_cookie(), ring);
	sign_in(&sealed);
	fill(sto_span_str(folder), million ? 1000000 : 100000);
	must(sto_session_store_lmdb_open_sized(&store, sto_span_str(folder), 1 << 20, (size_t)4 << 30,
					       sto_world_system(), NULL) == STO_OK);
	begin_visit(&stored, store, ring);
	for (int i = 0; i < N_VISITORS; i++)
		sign_in(&stored);

	struct bench_item items[] = {
		{.run = run_record, .repeat = 5000},
		{.run = run_open, .ctx = &sealed, .repeat = 2000},
		{.run = run_open, .ctx = &stored, .repeat = 2000},
		{.run = run_garbage, .ctx = &stored, .repeat = 1000},
	};
	bench_run(items, 4, 101);
	print_results(items, million);
	bench_finish(items, 4);
	sto_session_finish(&sealed.session);
	sto_session_finish(&stored.session);
	sto_buf_finish(&sealed.cookies[0]);
	for (size_t i = 0; i < N_VISITORS; i++)
		sto_buf_finish(&stored.cookies[i]);
	sto_sessions_free(sealed.sessions);
	sto_sessions_free(stored.sessions);
	sto_session_store_close(&store);
	sto_buf_finish(&record_bytes);
	sto_keyring_free(ring);
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : 1;
}
