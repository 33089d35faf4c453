#include "store/lmdb_env.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "session/private_dir.h"
#include "store/network_fs.h"

#define FILE_NAME "store.lmdb"
#define POOL 32           /* read transactions, and so reader slots, of one process */
#define READER_SLOTS 1022 /* of all processes together */
#define TRIES 4           /* of a read that finds the map grown or the slots taken */

enum { ENTRIES, EXPIRY, SESSIONS, SESSION_EXPIRY, SESSION_INDEX, CHANGES, N_TABLES };

static const struct {
	const char *name;
	unsigned flags;
} tables[N_TABLES] = {
	[ENTRIES] = {"entries", 0},
	[EXPIRY] = {"expiry", 0},
	[SESSIONS] = {"sessions", 0},
	[SESSION_EXPIRY] = {"session expiry", 0},
	[SESSION_INDEX] = {"session index", MDB_DUPSORT | MDB_DUPFIXED},
	[CHANGES] = {"session changes", 0},
};

struct sto_lmdb_env {
	struct sto_lmdb_env *next;
	unsigned generation; /* of the process that opened it */
	dev_t dev;
	ino_t ino;
	size_t refs;
	MDB_env *mdb;
	MDB_dbi tables[N_TABLES];
	size_t map_size;
	size_t map_limit;
	pthread_rwlock_t map_lock; /* read: a transaction is open; write: the map may move */
	pthread_mutex_t pool_lock;
	pthread_cond_t pool_given;
	MDB_txn *pool[POOL]; /* reset transactions; NULL: none made yet */
	size_t pool_free;    /* the first so many are free */
};

/* A second environment on the same files in one process would wipe the locks of the first, so all are known.
 */
static struct {
	pthread_mutex_t lock;
	struct sto_lmdb_env *envs;
	struct sto_lmdb_env *inherited; /* the parent's: never touched, never closed */
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Grows with each fork, in the child: asking the system for the process each time costs more than a read. */
static atomic_uint generation;

static void before_fork(void)
{
	(void)pthread_mutex_lock(&registry.lock);
}

static void after_fork_in_parent(void)
{
	(void)pthread_mutex_unlock(&registry.lock);
}

static void after_fork_in_child(void)
{
	struct sto_lmdb_env **end = &registry.inherited;
	while (*end != NULL)
		end = &(*end)->next;
	*end = registry.envs;
	registry.envs = NULL;
	(void)atomic_fetch_add(&generation, 1);
	(void)pthread_mutex_unlock(&registry.lock);
}

static void watch_forks(void)
{
	(void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

bool sto_lmdb_env_is_ours(const sto_lmdb_env *env)
{
	return env->generation == atomic_load_explicit(&generation, memory_order_relaxed);
}

int sto_lmdb_fail(struct sto_error *err, int lmdb_rc)
{
	int code = STO_STORE_FAILED;
	if (lmdb_rc == EACCES || lmdb_rc == EPERM || lmdb_rc == EROFS)
		code = STO_STORE_UNWRITABLE;
	else if (lmdb_rc == MDB_MAP_FULL || lmdb_rc == ENOSPC || lmdb_rc == EDQUOT)
		code = STO_STORE_FULL;
	else if (lmdb_rc == ENOMEM)
		code = STO_NO_MEMORY;
	/* mdb_strerror() is not safe in threads for errno values. */
	const char *text = lmdb_rc < 0 ? mdb_strerror(lmdb_rc) : strerrordesc_np(lmdb_rc);
	return sto_fail(err, code, "the session store: %s", text == NULL ? "unknown error" : text);
}

/* ---- the map ---- */

static size_t current_map_size(MDB_env *mdb)
{
	MDB_envinfo info = {0};
	(void)mdb_env_info(mdb, &info);
	return info.me_mapsize;
}

/* With no transaction open in this process. 0 adopts the size another process has given the file. */
static int resize_locked(struct sto_lmdb_env *env, size_t size)
{
	int rc = mdb_env_set_mapsize(env->mdb, size);
	env->map_size = current_map_size(env->mdb);
	return rc;
}

static int adopt_size(struct sto_lmdb_env *env)
{
	(void)pthread_rwlock_wrlock(&env->map_lock);
	int rc = resize_locked(env, 0);
	(void)pthread_rwlock_unlock(&env->map_lock);
	return rc;
}

/* Doubles what was `seen` to be too small, unless another thread has done so. */
static int grow(struct sto_lmdb_env *env, size_t seen)
{
	int rc = 0;
	(void)pthread_rwlock_wrlock(&env->map_lock);
	if (env->map_size > seen)
		goto out;
	if (seen >= env->map_limit) {
		rc = MDB_MAP_FULL;
		goto out;
	}
	rc = resize_locked(env, seen > env->map_limit / 2 ? env->map_limit : seen * 2);
out:
	(void)pthread_rwlock_unlock(&env->map_lock);
	return rc;
}

static struct sto_lmdb_txn view_of(const struct sto_lmdb_env *env, MDB_txn *txn)
{
	/* The other quarter is for the copies that each transaction makes, removals too. */
	return (struct sto_lmdb_txn){txn,
				     env->tables[ENTRIES],
				     env->tables[EXPIRY],
				     env->tables[SESSIONS],
				     env->tables[SESSION_EXPIRY],
				     env->tables[SESSION_INDEX],
				     env->tables[CHANGES],
				     env->map_limit / 4 * 3};
}

/* ---- writing ---- */

static int write_once(struct sto_lmdb_env *env, sto_lmdb_work *work, void *arg)
{
	MDB_txn *txn = NULL;
	int rc = mdb_txn_begin(env->mdb, NULL, 0, &txn);
	if (rc != 0)
		return rc;
	struct sto_lmdb_txn view = view_of(env, txn);
	rc = work(&view, arg);
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc == STO_LMDB_ABORT ? 0 : rc;
}

static int write_and_grow(struct sto_lmdb_env *env, sto_lmdb_work *work, void *arg)
{
	for (;;) {
		(void)pthread_rwlock_rdlock(&env->map_lock);
		size_t seen = env->map_size;
		int rc = write_once(env, work, arg);
		(void)pthread_rwlock_unlock(&env->map_lock);
		if (rc == MDB_MAP_FULL)
			rc = grow(env, seen);
		else if (rc == MDB_MAP_RESIZED)
			rc = adopt_size(env);
		else
			return rc;
		if (rc != 0)
			return rc;
	}
}

int sto_lmdb_env_write(sto_lmdb_env *env, sto_lmdb_work *work, void *arg, struct sto_error *err)
{
	int rc = write_and_grow(env, work, arg);
	return rc == 0 ? STO_OK : sto_lmdb_fail(err, rc);
}

/* ---- reading ---- */

static MDB_txn *pool_take(struct sto_lmdb_env *env)
{
	(void)pthread_mutex_lock(&env->pool_lock);
	while (env->pool_free == 0)
		(void)pthread_cond_wait(&env->pool_given, &env->pool_lock);
	MDB_txn *txn = env->pool[--env->pool_free];
	(void)pthread_mutex_unlock(&env->pool_lock);
	return txn;
}

static void pool_give(struct sto_lmdb_env *env, MDB_txn *txn)
{
	(void)pthread_mutex_lock(&env->pool_lock);
	env->pool[env->pool_free++] = txn;
	(void)pthread_cond_signal(&env->pool_given);
	(void)pthread_mutex_unlock(&env->pool_lock);
}

static int read_once(struct sto_lmdb_env *env, sto_lmdb_work *work, void *arg)
{
	MDB_txn *txn = pool_take(env);
	int rc = txn == NULL ? mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn) : mdb_txn_renew(txn);
	if (rc == 0) {
		struct sto_lmdb_txn view = view_of(env, txn);
		rc = work(&view, arg);
		mdb_txn_reset(txn);
	} else if (txn != NULL) {
		mdb_txn_abort(txn);
		txn = NULL;
	}
	pool_give(env, txn);
	return rc == STO_LMDB_ABORT ? 0 : rc;
}

int sto_lmdb_env_read(sto_lmdb_env *env, sto_lmdb_work *work, void *arg, struct sto_error *err)
{
	int rc = 0;
	for (int i = 0; i < TRIES; i++) {
		(void)pthread_rwlock_rdlock(&env->map_lock);
		rc = read_once(env, work, arg);
		(void)pthread_rwlock_unlock(&env->map_lock);
		if (rc == MDB_MAP_RESIZED)
			rc = adopt_size(env);
		else if (rc == MDB_READERS_FULL)
			sto_lmdb_env_check_readers(env);
		else
			break;
	}
	return rc == 0 ? STO_OK : sto_lmdb_fail(err, rc);
}

void sto_lmdb_env_check_readers(sto_lmdb_env *env)
{
	int dead = 0;
	(void)mdb_reader_check(env->mdb, &dead);
}

/* ---- opening and closing ---- */

static int open_tables(struct sto_lmdb_env *env)
{
	MDB_txn *txn = NULL;
	int rc = mdb_txn_begin(env->mdb, NULL, 0, &txn);
	if (rc != 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < N_TABLES; i++)
		rc = mdb_dbi_open(txn, tables[i].name, MDB_CREATE | tables[i].flags, &env->tables[i]);
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

static int open_mdb(struct sto_lmdb_env *env, const struct sto_lmdb_place *place)
{
	char path[4096];
	int len = snprintf(path, sizeof(path), "%s/" FILE_NAME, place->dir);
	if (len < 0 || (size_t)len >= sizeof(path))
		return ENAMETOOLONG;
	int rc = mdb_env_create(&env->mdb);
	if (rc == 0)
		rc = mdb_env_set_mapsize(env->mdb, place->map_start);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(env->mdb, READER_SLOTS);
	if (rc == 0)
		rc = mdb_env_set_maxdbs(env->mdb, N_TABLES);
	/* NOTLS: a slot belongs to a transaction of the pool, not to each thread that ever read. No WRITEMAP
	 * and no NOSYNC: a stray pointer or a power cut must not spoil the file. */
	if (rc == 0)
		rc = mdb_env_open(env->mdb, path, MDB_NOSUBDIR | MDB_NOTLS, 0600);
	if (rc == 0)
		rc = open_tables(env);
	if (rc == 0)
		env->map_size = current_map_size(env->mdb);
	return rc;
}

static void close_env(struct sto_lmdb_env *env)
{
	for (size_t i = 0; i < POOL; i++)
		mdb_txn_abort(env->pool[i]);
	if (env->mdb != NULL)
		mdb_env_close(env->mdb);
	(void)pthread_cond_destroy(&env->pool_given);
	(void)pthread_mutex_destroy(&env->pool_lock);
	(void)pthread_rwlock_destroy(&env->map_lock);
	free(env);
}

static int make_env(struct sto_lmdb_env **out, const struct sto_lmdb_place *place, const struct stat *dir,
		    struct sto_error *err)
{
	struct sto_lmdb_env *env = calloc(1, sizeof(*env));
	if (env == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a store");
	env->generation = atomic_load(&generation);
	env->dev = dir->st_dev;
	env->ino = dir->st_ino;
	env->map_limit = place->map_limit;
	env->pool_free = POOL;
	(void)pthread_rwlock_init(&env->map_lock, NULL);
	(void)pthread_mutex_init(&env->pool_lock, NULL);
	(void)pthread_cond_init(&env->pool_given, NULL);
	int rc = open_mdb(env, place);
	if (rc == MDB_MAP_RESIZED) /* another process made it larger between two steps of ours */
		rc = adopt_size(env) == 0 ? open_tables(env) : rc;
	if (rc != 0) {
		close_env(env);
		return sto_lmdb_fail(err, rc);
	}
	sto_lmdb_env_check_readers(env);
	*out = env;
	return STO_OK;
}

static struct sto_lmdb_env *find_env(const struct stat *dir)
{
	struct sto_lmdb_env *env = registry.envs;
	while (env != NULL && (env->dev != dir->st_dev || env->ino != dir->st_ino))
		env = env->next;
	return env;
}

static int acquire_locked(struct sto_lmdb_env **out, const struct sto_lmdb_place *place,
			  const struct stat *dir, struct sto_error *err)
{
	struct sto_lmdb_env *env = find_env(dir);
	if (env == NULL) {
		int rc = make_env(&env, place, dir, err);
		if (rc != STO_OK)
			return rc;
		env->next = registry.envs;
		registry.envs = env;
	}
	env->refs++;
	*out = env;
	return STO_OK;
}

static int look_at_dir(struct stat *dir, const char *path, struct sto_error *err)
{
	struct statfs fs = {0};
	int fd = -1;
	int rc = sto_private_dir_open(&fd, sto_span_str(path), STO_STORE_UNWRITABLE, err);
	if (rc != STO_OK)
		return rc;
	if (fstat(fd, dir) != 0 || fstatfs(fd, &fs) != 0)
		rc = sto_fail(err, STO_STORE_FAILED, "cannot look at the store's directory");
	else if (sto_network_fs_name((uint64_t)fs.f_type) != NULL)
		rc = sto_fail(err, STO_STORE_UNWRITABLE, "%s is on %s, where a store cannot be shared safely",
			      path, sto_network_fs_name((uint64_t)fs.f_type));
	(void)close(fd);
	return rc;
}

int sto_lmdb_env_acquire(sto_lmdb_env **out, const struct sto_lmdb_place *place, struct sto_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct stat dir;
	*out = NULL;
	(void)pthread_once(&once, watch_forks);
	int rc = look_at_dir(&dir, place->dir, err);
	if (rc != STO_OK)
		return rc;
	(void)pthread_mutex_lock(&registry.lock);
	rc = acquire_locked(out, place, &dir, err);
	(void)pthread_mutex_unlock(&registry.lock);
	return rc;
}

void sto_lmdb_env_release(sto_lmdb_env *env)
{
	if (env == NULL || !sto_lmdb_env_is_ours(env))
		return;
	(void)pthread_mutex_lock(&registry.lock);
	if (--env->refs == 0) {
		struct sto_lmdb_env **link = &registry.envs;
		while (*link != env)
			link = &(*link)->next;
		*link = env->next;
		close_env(env);
	}
	(void)pthread_mutex_unlock(&registry.lock);
}
