#include "realm/stores.h"

#include <pthread.h>

#include "session/secret_source.h"
#include "store/store.h"

#define MEMORY_ENTRIES 100000
#define MEMORY_SESSIONS 100000

/* Memory of the process, shared by all realms in it: a configuration that is read anew keeps its sessions. */
static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sto_store memory_marks;
static struct sto_session_store memory_sessions;

static int open_memory_marks(sto_realm *realm)
{
	int rc = STO_OK;
	pthread_mutex_lock(&memory_lock);
	if (memory_marks.ops == NULL)
		rc = sto_store_memory_open(&memory_marks, MEMORY_ENTRIES, NULL);
	realm->marks = memory_marks;
	pthread_mutex_unlock(&memory_lock);
	return rc;
}

static int open_memory_sessions(sto_realm *realm)
{
	int rc = STO_OK;
	pthread_mutex_lock(&memory_lock);
	if (memory_sessions.ops == NULL)
		rc = sto_session_store_memory_open(&memory_sessions, MEMORY_SESSIONS, sto_world_system(),
						   NULL);
	realm->session_store = memory_sessions;
	pthread_mutex_unlock(&memory_lock);
	return rc;
}

static int put_dir(struct sto_buf *dir, const sto_realm *realm, struct sto_error *why)
{
	if (realm->config.store_dir.len > 0)
		return sto_buf_put(dir, realm->config.store_dir);
	int rc = sto_state_dir(dir, why);
	return rc != STO_OK ? rc : sto_buf_put_str(dir, "/store");
}

/* A folder that was written down must do; without one, memory does where nothing can be written. */
static int no_folder(sto_realm *realm, struct sto_findings *findings, const struct sto_error *why)
{
	if (realm->config.store_dir.len > 0) {
		sto_finding_error(findings, "store_unusable", "store_dir", 0,
				  "Name a folder on a local disk that this user may write",
				  "cannot be used (%s)", why->detail);
		return STO_CONFIG_WRONG;
	}
	sto_finding_warning(
		findings, "store_in_memory", "store", 0,
		"Make the state directory writable, or set store to \"redis://...\" or \"cookie\"; until "
		"then sessions end with this process",
		"cannot be kept on this machine (%s), so sessions are kept in memory", why->detail);
	int rc = open_memory_marks(realm);
	return rc != STO_OK ? rc : open_memory_sessions(realm);
}

static int open_lmdb(sto_realm *realm, struct sto_findings *findings, bool sessions)
{
	struct sto_buf dir;
	struct sto_error why = {0};
	sto_buf_init(&dir, 4096);
	int rc = put_dir(&dir, realm, &why);
	if (rc == STO_OK)
		rc = sto_store_lmdb_open(&realm->marks, sto_buf_span(&dir), &why);
	realm->own_marks = rc == STO_OK;
	if (rc == STO_OK && sessions) {
		rc = sto_session_store_lmdb_open(&realm->session_store, sto_buf_span(&dir), realm->world,
						 &why);
		realm->own_session_store = rc == STO_OK;
	}
	sto_buf_finish(&dir);
	if (rc == STO_OK || rc == STO_NO_MEMORY)
		return rc;
	sto_realm_stores_close(realm);
	return no_folder(realm, findings, &why);
}

/* A server that cannot be reached now may be there for the first visitor: the store opens, and says so. */
static int open_redis(sto_realm *realm, struct sto_findings *findings)
{
	const struct sto_realm_config *config = &realm->config;
	struct sto_error why = {0}, warning = {0};
	struct sto_redis_options options = {.url = config->store_url,
					    .user = config->store_user,
					    .password = config->store_password,
					    .ca_file = config->store_ca_file,
					    .warning = &warning};
	int rc = sto_store_redis_open(&realm->marks, &options, &why);
	realm->own_marks = rc == STO_OK;
	if (rc == STO_OK) {
		rc = sto_session_store_redis_open(&realm->session_store, &options, realm->world, &why);
		realm->own_session_store = rc == STO_OK;
	}
	if (rc == STO_NO_MEMORY)
		return rc;
	if (rc != STO_OK) {
		sto_finding_error(
			findings, "store_unusable", "store", 0,
			"Write redis://HOST:PORT, rediss:// for TLS, or unix:///PATH, with what the "
			"server asks for",
			"cannot be used (%s)", why.detail);
		return STO_CONFIG_WRONG;
	}
	if (warning.code != STO_OK)
		sto_finding_warning(findings, "store_doubtful", "store", 0,
				    "Look at the server; signed-out visitors see why until it answers",
				    "may not keep sessions (%s)", warning.detail);
	return STO_OK;
}

static int open_configured(sto_realm *realm, struct sto_findings *findings)
{
	int rc;
	switch (realm->config.store) {
	case STO_REALM_STORE_MEMORY:
		rc = open_memory_marks(realm);
		return rc != STO_OK ? rc : open_memory_sessions(realm);
	case STO_REALM_STORE_COOKIE:
		rc = open_lmdb(realm, findings, false);
		realm->session_store = sto_session_store_in_cookie();
		return rc;
	case STO_REALM_STORE_REDIS:
		return open_redis(realm, findings);
	case STO_REALM_STORE_LMDB:
		break;
	}
	return open_lmdb(realm, findings, true);
}

int sto_realm_stores_open(sto_realm *realm, struct sto_findings *findings,
			  const struct sto_realm_world *world)
{
	if (world != NULL && world->store != NULL && world->sessions != NULL) {
		realm->marks = *world->store;
		realm->session_store = *world->sessions;
		return STO_OK;
	}
	return open_configured(realm, findings);
}

void sto_realm_stores_close(sto_realm *realm)
{
	if (realm->own_marks)
		sto_store_close(&realm->marks);
	if (realm->own_session_store)
		sto_session_store_close(&realm->session_store);
	realm->own_marks = realm->own_session_store = false;
	realm->marks = (struct sto_store){NULL, NULL};
	realm->session_store = (struct sto_session_store){NULL, NULL};
}
