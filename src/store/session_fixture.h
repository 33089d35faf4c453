/* What the tests of sessions share: a clock of their own, keys, and a store of each kind. */
#ifndef STO_STORE_SESSION_FIXTURE_H
#define STO_STORE_SESSION_FIXTURE_H

#include "base/test_folder.h"
#include "base/bounds.h"
#include "session/session.h"
#include "store/store.h"
#include "store/test_redis.h"

#define NOW 1700000000
#define DAY 86400

static int64_t the_time = NOW;

static inline int64_t fixture_now(void *ctx)
{
	(void)ctx;
	return the_time;
}

static inline const struct sto_world *fixture_world(void)
{
	static struct sto_world world;
	world = *sto_world_system();
	world.now_sec = fixture_now;
	return &world;
}

static const uint8_t secret_a[STO_KEY_LEN] = "the first secret of these tests";
static const uint8_t secret_b[STO_KEY_LEN] = "and the second secret of those.";

static inline sto_keyring *fixture_ring(const uint8_t *first, const uint8_t *second)
{
	sto_keyring *ring = NULL;
	const struct sto_span secrets[] = {sto_span_of(first, STO_KEY_LEN), sto_span_of(second, STO_KEY_LEN)};
	assert_ok(sto_keyring_new(&ring, secrets, second == NULL ? 1 : 2, STO_SPAN("https://app.example/"),
				  NULL));
	return ring;
}

static inline struct sto_session_record fixture_identity(const char *subject)
{
	struct sto_session_record record;
	sto_session_record_init(&record);
	record.issuer = STO_SPAN("https://op.example");
	record.subject = sto_span_str(subject);
	record.provider = STO_SPAN("example");
	record.sid = STO_SPAN("sid-1");
	record.acr = STO_SPAN("urn:mfa");
	record.device = STO_SPAN("Firefox on Linux");
	record.claims = STO_SPAN("{\"name\":\"Jane Doe\",\"email\":\"jane@example.com\"}");
	record.access_token = STO_SPAN("an-access-token");
	record.refresh_token = STO_SPAN("a-refresh-token");
	record.auth_time_sec = NOW - 5;
	record.access_expires_sec = NOW + 300;
	return record;
}

/* A store, keys and the layer over them. */
struct fixture {
	struct sto_session_store store;
	sto_keyring *ring;
	sto_sessions *sessions;
	struct sto_buf cookie;
	struct sto_session session;
};

static struct fixture f;

static inline sto_sessions *fixture_sessions(const sto_keyring *ring, int64_t absolute_sec, int64_t idle_sec)
{
	sto_sessions *sessions = NULL;
	const struct sto_sessions_options options = {.store = f.store,
						     .ring = ring,
						     .world = fixture_world(),
						     .policy = {absolute_sec, idle_sec, false}};
	assert_ok(sto_sessions_new(&sessions, &options, NULL));
	return sessions;
}

static inline int fixture_begin(void)
{
	the_time = NOW;
	f.ring = fixture_ring(secret_a, NULL);
	f.sessions = fixture_sessions(f.ring, 7 * DAY, 3600);
	sto_buf_init(&f.cookie, STO_LIMIT_SEALED_COOKIE);
	sto_session_init(&f.session);
	return 0;
}

static inline void fixture_end(void)
{
	sto_session_finish(&f.session);
	sto_buf_finish(&f.cookie);
	sto_sessions_free(f.sessions);
	sto_keyring_free(f.ring);
	sto_session_store_close(&f.store);
}

/* Signs `subject` in: f.cookie is the value then, f.session the session. */
static inline void sign_in(const char *subject)
{
	struct sto_session_record identity = fixture_identity(subject);
	sto_buf_clear(&f.cookie);
	assert_ok(sto_session_create(&f.cookie, &f.session, f.sessions, sto_span_str(NULL), &identity,
				     STO_TIME_NONE, NULL));
}

static inline int open_it(void)
{
	return sto_session_open(&f.session, f.sessions, sto_buf_span(&f.cookie), NULL);
}

static inline bool can(enum sto_session_capability capability)
{
	return (sto_sessions_capabilities(f.sessions) & (unsigned)capability) != 0;
}

static inline uint64_t newest(void)
{
	struct sto_session_changes changes;
	assert_ok(sto_sessions_changes_since(&changes, f.sessions, STO_SESSION_CHANGES_NOW, NULL));
	assert_int_equal(changes.n_items, 0);
	assert_false(changes.gap);
	return changes.seq;
}

/* ---- the stores ---- */

static inline int open_memory(void **state)
{
	(void)state;
	the_time = NOW;
	return sto_session_store_memory_open(&f.store, 10000, fixture_world(), NULL) != 0 || fixture_begin();
}

static inline int close_memory(void **state)
{
	(void)state;
	fixture_end();
	return 0;
}

/* Thousands of durable writes are quick in memory; what a disk must do is lmdb_sessions_test's matter. */
static inline int make_quick_folder(void **state)
{
	if (access("/dev/shm", W_OK) != 0)
		return make_folder(state);
	(void)snprintf(folder, sizeof(folder), "/dev/shm/sto_test_XXXXXX");
	return mkdtemp(folder) == NULL;
}

static inline int open_lmdb(void **state)
{
	the_time = NOW;
	return make_quick_folder(state) != 0 ||
	       sto_session_store_lmdb_open(&f.store, sto_span_str(folder), fixture_world(), NULL) != 0 ||
	       fixture_begin();
}

static inline int close_lmdb(void **state)
{
	fixture_end();
	return remove_folder(state);
}

static inline int open_cookie(void **state)
{
	(void)state;
	f.store = sto_session_store_in_cookie();
	return fixture_begin();
}

static struct test_redis redis;

static inline int start_redis(void **state)
{
	(void)state;
	test_redis_start(&redis, NULL);
	return 0;
}

static inline int stop_redis(void **state)
{
	(void)state;
	test_redis_stop(&redis);
	return 0;
}

static inline int open_redis(void **state)
{
	const struct sto_redis_options options = {.url = sto_span_str(redis.url)};
	(void)state;
	the_time = NOW;
	(void)test_redis_say(&redis, "FLUSHALL");
	return test_redis_open_sessions(&f.store, &options, fixture_world(), NULL) != 0 || fixture_begin();
}

#define IN_MEMORY(fact)                                                                                      \
	{                                                                                                    \
		"memory: " #fact, fact, open_memory, close_memory, NULL                                      \
	}
#define IN_LMDB(fact)                                                                                        \
	{                                                                                                    \
		"lmdb: " #fact, fact, open_lmdb, close_lmdb, NULL                                            \
	}
#define IN_REDIS(fact)                                                                                       \
	{                                                                                                    \
		"redis: " #fact, fact, open_redis, close_memory, NULL                                        \
	}
#define IN_COOKIE(fact)                                                                                      \
	{                                                                                                    \
		"cookie: " #fact, fact, open_cookie, close_memory, NULL                                      \
	}

#endif
