/* Sessions in this process: a table by id, chains by index, and a ring of changes. The ids and index keys are
 * HMACs under a key that nobody outside has, so their own first bytes serve as the hash. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/bounds.h"
#include "store/sizes.h"
#include "store/store.h"

#define MAX_BUCKETS ((size_t)1 << 20)
#define REAP_LOOK 4096 /* buckets looked at under one lock */

/* A session's place in the chain of one index. */
struct link {
	struct link *next;
	struct link **here; /* what points at this one; NULL: not in a chain */
	struct row *row;
	uint8_t index[STO_SESSION_ID_LEN];
};

struct row {
	struct row *next; /* in its bucket */
	struct link links[STO_SESSION_INDEXES];
	int64_t expires_sec;
	uint64_t revision;
	uint8_t id[STO_SESSION_ID_LEN];
	size_t sealed_len;
	size_t meta_len;
	uint8_t bytes[]; /* sealed, meta */
};

struct memory {
	pthread_mutex_t lock;
	struct row **rows;
	struct link **links;
	size_t n_buckets; /* of each; a power of two */
	size_t count;
	size_t max_sessions;
	int64_t swept_sec;            /* when all expired ones were last let go for want of room */
	size_t reap_at;               /* the bucket where the next reaping goes on */
	uint64_t first_seq, last_seq; /* of the changes there are; none where first > last */
	struct sto_session_change *changes;
};

static size_t bucket_of(const struct memory *memory, const uint8_t *key)
{
	uint64_t number = 0;
	memcpy(&number, key, sizeof(number));
	return (size_t)number & (memory->n_buckets - 1);
}

static struct row **place_of(const struct memory *memory, const uint8_t *id)
{
	struct row **place = &memory->rows[bucket_of(memory, id)];
	while (*place != NULL && memcmp((*place)->id, id, STO_SESSION_ID_LEN) != 0)
		place = &(*place)->next;
	return place;
}

/* The session that is there and has not expired. */
static struct row *find(const struct memory *memory, struct sto_span id, int64_t now_sec)
{
	struct row *row = *place_of(memory, id.ptr);
	return row != NULL && row->expires_sec > now_sec ? row : NULL;
}

static void unlink_index(struct link *link)
{
	if (link->here == NULL)
		return;
	*link->here = link->next;
	if (link->next != NULL)
		link->next->here = link->here;
}

static void link_index(struct memory *memory, struct link *link)
{
	struct link **first = &memory->links[bucket_of(memory, link->index)];
	link->next = *first;
	link->here = first;
	if (link->next != NULL)
		link->next->here = &link->next;
	*first = link;
}

static void free_row(struct row *row)
{
	if (row == NULL)
		return;
	OPENSSL_cleanse(row->bytes, row->sealed_len + row->meta_len);
	free(row);
}

static void drop(struct memory *memory, struct row **place)
{
	struct row *row = *place;
	*place = row->next;
	for (size_t i = 0; i < STO_SESSION_INDEXES; i++)
		unlink_index(&row->links[i]);
	memory->count--;
	free_row(row);
}

static void insert(struct memory *memory, struct row *row)
{
	struct row **place = &memory->rows[bucket_of(memory, row->id)];
	row->next = *place;
	*place = row;
	for (size_t i = 0; i < STO_SESSION_INDEXES; i++)
		if (row->links[i].row != NULL)
			link_index(memory, &row->links[i]);
	memory->count++;
}

static struct row *make_row(const struct sto_session_row *from)
{
	struct row *row = calloc(1, sizeof(*row) + from->sealed.len + from->meta.len);
	if (row == NULL)
		return NULL;
	row->expires_sec = from->expires_sec;
	row->revision = 1;
	row->sealed_len = from->sealed.len;
	row->meta_len = from->meta.len;
	memcpy(row->id, from->id.ptr, STO_SESSION_ID_LEN);
	memcpy(row->bytes, from->sealed.ptr, from->sealed.len);
	if (from->meta.len > 0)
		memcpy(row->bytes + from->sealed.len, from->meta.ptr, from->meta.len);
	for (size_t i = 0; i < STO_SESSION_INDEXES; i++) {
		if (from->indexes[i].len == 0)
			continue;
		row->links[i].row = row;
		memcpy(row->links[i].index, from->indexes[i].ptr, STO_SESSION_ID_LEN);
	}
	return row;
}

static void log_change(struct memory *memory, struct sto_span id, uint8_t kind)
{
	if (kind == 0)
		return;
	memory->last_seq++;
	if (memory->last_seq - memory->first_seq >= STO_LIMIT_SESSION_CHANGES)
		memory->first_seq++;
	struct sto_session_change *change = &memory->changes[memory->last_seq % STO_LIMIT_SESSION_CHANGES];
	change->seq = memory->last_seq;
	change->kind = kind;
	memcpy(change->id, id.ptr, STO_SESSION_ID_LEN);
}

/* Lets go of at most `max_rows` expired sessions, looking at `n_buckets` from where the last one stopped. */
static size_t sweep(struct memory *memory, size_t n_buckets, size_t max_rows, int64_t now_sec)
{
	size_t removed = 0;
	for (; n_buckets > 0 && removed < max_rows; n_buckets--) {
		struct row **place = &memory->rows[memory->reap_at];
		while (*place != NULL && removed < max_rows) {
			if ((*place)->expires_sec > now_sec) {
				place = &(*place)->next;
				continue;
			}
			drop(memory, place);
			removed++;
		}
		if (removed < max_rows)
			memory->reap_at = (memory->reap_at + 1) & (memory->n_buckets - 1);
	}
	return removed;
}

/* A full store looks for expired sessions, at most once a second: a flood must not make it look all the time.
 */
static bool has_room(struct memory *memory, int64_t now_sec)
{
	if (memory->count < memory->max_sessions)
		return true;
	if (memory->swept_sec == now_sec)
		return false;
	memory->swept_sec = now_sec;
	return sweep(memory, memory->n_buckets, memory->max_sessions, now_sec) > 0;
}

static int put_locked(struct memory *memory, struct row *row, int64_t now_sec)
{
	struct row **place = place_of(memory, row->id);
	if (*place != NULL && (*place)->expires_sec > now_sec)
		return STO_STORE_EXISTS;
	if (*place != NULL)
		drop(memory, place);
	else if (!has_room(memory, now_sec))
		return STO_STORE_FULL;
	insert(memory, row);
	return STO_OK;
}

/* What a row is checked and made of, before the lock. */
static int prepare(struct row **out, const struct sto_session_row *row, struct sto_error *err)
{
	int rc = sto_store_check_row(row, err);
	if (rc != STO_OK)
		return rc;
	*out = make_row(row);
	return *out == NULL ? sto_fail(err, STO_NO_MEMORY, "no memory for a session") : STO_OK;
}

static int done(int rc, struct row *row, struct sto_error *err)
{
	if (rc == STO_OK)
		return rc;
	free_row(row);
	return rc == STO_STORE_ABSENT || rc == STO_STORE_CHANGED
		       ? rc
		       : sto_fail(err, rc, "%s", sto_reason_of(rc)->hint);
}

static int memory_put(void *ctx, const struct sto_session_row *from, int64_t now_sec, struct sto_error *err)
{
	struct memory *memory = ctx;
	struct row *row = NULL;
	int rc = prepare(&row, from, err);
	if (rc != STO_OK)
		return rc;
	(void)pthread_mutex_lock(&memory->lock);
	rc = put_locked(memory, row, now_sec);
	(void)pthread_mutex_unlock(&memory->lock);
	return done(rc, row, err);
}

static int memory_get(void *ctx, struct sto_buf *sealed, uint64_t *revision, struct sto_span id,
		      int64_t now_sec, struct sto_error *err)
{
	struct memory *memory = ctx;
	int rc = sto_store_check_id(id, err);
	if (rc != STO_OK)
		return rc;
	(void)pthread_mutex_lock(&memory->lock);
	const struct row *row = find(memory, id, now_sec);
	rc = row == NULL ? STO_STORE_ABSENT : sto_buf_put(sealed, sto_span_of(row->bytes, row->sealed_len));
	if (rc == STO_OK)
		*revision = row->revision;
	(void)pthread_mutex_unlock(&memory->lock);
	return rc;
}

/* STO_OK where the session is there and, if `revision` is not 0, has it. */
static int check_state(const struct row *row, uint64_t revision)
{
	if (row == NULL)
		return STO_STORE_ABSENT;
	return revision == 0 || row->revision == revision ? STO_OK : STO_STORE_CHANGED;
}

static int memory_swap(void *ctx, uint64_t *revision, const struct sto_session_row *from, int64_t now_sec,
		       struct sto_error *err)
{
	struct memory *memory = ctx;
	struct row *row = NULL;
	int rc = prepare(&row, from, err);
	if (rc != STO_OK)
		return rc;
	(void)pthread_mutex_lock(&memory->lock);
	rc = check_state(find(memory, from->id, now_sec), *revision);
	if (rc == STO_OK) {
		row->revision = *revision += 1;
		drop(memory, place_of(memory, row->id));
		insert(memory, row);
	}
	(void)pthread_mutex_unlock(&memory->lock);
	return done(rc, row, err);
}

static int memory_replace(void *ctx, struct sto_span old_id, uint64_t revision,
			  const struct sto_session_row *from, uint8_t change, int64_t now_sec,
			  struct sto_error *err)
{
	struct memory *memory = ctx;
	struct row *row = NULL;
	int rc = sto_store_check_id(old_id, err);
	if (rc == STO_OK)
		rc = prepare(&row, from, err);
	if (rc != STO_OK)
		return rc;
	(void)pthread_mutex_lock(&memory->lock);
	const struct row *old = find(memory, old_id, now_sec);
	rc = old == NULL && revision == 0 ? STO_OK : check_state(old, revision);
	if (rc == STO_OK && find(memory, from->id, now_sec) != NULL)
		rc = STO_STORE_EXISTS;
	if (rc == STO_OK && old != NULL) {
		drop(memory, place_of(memory, old_id.ptr));
		log_change(memory, old_id, change);
	}
	if (rc == STO_OK)
		rc = put_locked(memory, row, now_sec);
	(void)pthread_mutex_unlock(&memory->lock);
	return done(rc, row, err);
}

static int memory_remove(void *ctx, struct sto_span id, uint8_t change, int64_t now_sec,
			 struct sto_error *err)
{
	struct memory *memory = ctx;
	int rc = sto_store_check_id(id, err);
	if (rc != STO_OK)
		return rc;
	(void)pthread_mutex_lock(&memory->lock);
	if (find(memory, id, now_sec) == NULL) {
		rc = STO_STORE_ABSENT;
	} else {
		drop(memory, place_of(memory, id.ptr));
		log_change(memory, id, change);
	}
	(void)pthread_mutex_unlock(&memory->lock);
	return rc;
}

/* The next in the chain that is of this index. */
static struct link *same_index(struct link *link, struct sto_span index)
{
	while (link != NULL && memcmp(link->index, index.ptr, STO_SESSION_ID_LEN) != 0)
		link = link->next;
	return link;
}

static int memory_remove_by_index(void *ctx, size_t *removed, struct sto_span index, uint8_t change,
				  int64_t now_sec, struct sto_error *err)
{
	struct memory *memory = ctx;
	struct link *link = NULL;
	uint8_t id[STO_SESSION_ID_LEN];
	*removed = 0;
	int rc = sto_store_check_id(index, err);
	if (rc != STO_OK)
		return rc;
	(void)pthread_mutex_lock(&memory->lock);
	while ((link = same_index(memory->links[bucket_of(memory, index.ptr)], index)) != NULL) {
		bool live = link->row->expires_sec > now_sec;
		memcpy(id, link->row->id, sizeof(id));
		drop(memory, place_of(memory, id));
		if (!live)
			continue;
		log_change(memory, sto_span_of(id, sizeof(id)), change);
		++*removed;
	}
	(void)pthread_mutex_unlock(&memory->lock);
	return STO_OK;
}

static size_t count_index(const struct memory *memory, struct sto_span index, int64_t now_sec)
{
	size_t n = 0;
	struct link *link = memory->links[bucket_of(memory, index.ptr)];
	while ((link = same_index(link, index)) != NULL) {
		n += link->row->expires_sec > now_sec;
		link = link->next;
	}
	return n;
}

static size_t count_all(const struct memory *memory, int64_t now_sec)
{
	size_t n = 0;
	for (size_t i = 0; i < memory->n_buckets; i++)
		for (const struct row *row = memory->rows[i]; row != NULL; row = row->next)
			n += row->expires_sec > now_sec;
	return n;
}

static int memory_count(void *ctx, size_t *n, struct sto_span index, int64_t now_sec, struct sto_error *err)
{
	struct memory *memory = ctx;
	int rc = index.len == 0 ? STO_OK : sto_store_check_id(index, err);
	*n = 0;
	if (rc != STO_OK)
		return rc;
	(void)pthread_mutex_lock(&memory->lock);
	*n = index.len == 0 ? count_all(memory, now_sec) : count_index(memory, index, now_sec);
	(void)pthread_mutex_unlock(&memory->lock);
	return STO_OK;
}

/* The live session of a bucket with the smallest id above `after`. */
static const struct row *next_in_bucket(const struct memory *memory, size_t bucket, const uint8_t *after,
					int64_t now_sec)
{
	const struct row *best = NULL;
	for (const struct row *row = memory->rows[bucket]; row != NULL; row = row->next) {
		if (row->expires_sec <= now_sec ||
		    (after != NULL && memcmp(row->id, after, STO_SESSION_ID_LEN) <= 0))
			continue;
		if (best == NULL || memcmp(row->id, best->id, STO_SESSION_ID_LEN) < 0)
			best = row;
	}
	return best;
}

/* In the order of buckets, and of ids in a bucket. */
static int memory_list(void *ctx, struct sto_buf *out, size_t *n_rows, struct sto_span after, size_t max_rows,
		       int64_t now_sec, struct sto_error *err)
{
	struct memory *memory = ctx;
	const uint8_t *last = after.len == 0 ? NULL : after.ptr;
	int rc = after.len == 0 ? STO_OK : sto_store_check_id(after, err);
	*n_rows = 0;
	if (rc != STO_OK)
		return rc;
	(void)pthread_mutex_lock(&memory->lock);
	size_t bucket = last == NULL ? 0 : bucket_of(memory, last);
	while (rc == STO_OK && *n_rows < max_rows && bucket < memory->n_buckets) {
		const struct row *row = next_in_bucket(memory, bucket, last, now_sec);
		if (row == NULL) {
			last = NULL;
			bucket++;
			continue;
		}
		rc = sto_store_put_listed(out, sto_span_of(row->id, sizeof(row->id)),
					  sto_span_of(row->bytes + row->sealed_len, row->meta_len));
		last = row->id;
		*n_rows += rc == STO_OK;
	}
	(void)pthread_mutex_unlock(&memory->lock);
	return rc;
}

static int memory_changes_since(void *ctx, struct sto_session_changes *out, uint64_t since,
				struct sto_error *err)
{
	struct memory *memory = ctx;
	(void)err;
	(void)pthread_mutex_lock(&memory->lock);
	if (sto_store_place_changes(out, since, memory->first_seq, memory->last_seq)) {
		uint64_t seq = since;
		while (seq < memory->last_seq && out->n_items < STO_SESSION_CHANGES_PAGE)
			out->items[out->n_items++] = memory->changes[++seq % STO_LIMIT_SESSION_CHANGES];
		out->more = seq < memory->last_seq;
		out->seq = seq;
	}
	(void)pthread_mutex_unlock(&memory->lock);
	return STO_OK;
}

static int memory_reap(void *ctx, size_t *removed, size_t max_rows, int64_t now_sec, struct sto_error *err)
{
	struct memory *memory = ctx;
	(void)err;
	*removed = 0;
	for (size_t seen = 0; seen < memory->n_buckets && *removed < max_rows; seen += REAP_LOOK) {
		size_t n = memory->n_buckets < REAP_LOOK ? memory->n_buckets : REAP_LOOK;
		(void)pthread_mutex_lock(&memory->lock);
		*removed += sweep(memory, n, max_rows - *removed, now_sec);
		(void)pthread_mutex_unlock(&memory->lock);
	}
	return STO_OK;
}

static void memory_close(void *ctx)
{
	struct memory *memory = ctx;
	if (memory == NULL)
		return;
	for (size_t i = 0; memory->rows != NULL && i < memory->n_buckets; i++)
		while (memory->rows[i] != NULL)
			drop(memory, &memory->rows[i]);
	free(memory->rows);
	free(memory->links);
	free(memory->changes);
	(void)pthread_mutex_destroy(&memory->lock);
	free(memory);
}

static const struct sto_session_store_ops memory_ops = {
	.abi = STO_SESSION_STORE_ABI,
	.name = "memory",
	.capabilities = STO_SESSION_CAN_REVOKE | STO_SESSION_CAN_INDEX | STO_SESSION_CAN_COUNT |
			STO_SESSION_CAN_CHANGES | STO_SESSION_CAN_ROTATE,
	.put = memory_put,
	.get = memory_get,
	.swap = memory_swap,
	.replace = memory_replace,
	.remove = memory_remove,
	.remove_by_index = memory_remove_by_index,
	.count = memory_count,
	.list = memory_list,
	.changes_since = memory_changes_since,
	.reap = memory_reap,
	.close = memory_close,
};

static bool make_tables(struct memory *memory, size_t max_sessions, const struct sto_world *world)
{
	memory->max_sessions = max_sessions;
	memory->swept_sec = INT64_MIN;
	memory->n_buckets = 64;
	while (memory->n_buckets < max_sessions && memory->n_buckets < MAX_BUCKETS)
		memory->n_buckets *= 2;
	memory->last_seq = sto_store_first_seq(world->now_sec(world->ctx));
	memory->first_seq = memory->last_seq + 1;
	memory->rows = calloc(memory->n_buckets, sizeof(struct row *));
	memory->links = calloc(memory->n_buckets, sizeof(struct link *));
	memory->changes = calloc(STO_LIMIT_SESSION_CHANGES, sizeof(struct sto_session_change));
	return memory->rows != NULL && memory->links != NULL && memory->changes != NULL;
}

int sto_session_store_memory_open(struct sto_session_store *out, size_t max_sessions,
				  const struct sto_world *world, struct sto_error *err)
{
	*out = (struct sto_session_store){NULL, NULL};
	if (max_sessions == 0)
		return sto_fail(err, STO_USAGE, "a memory store holds one session or more");
	struct memory *memory = calloc(1, sizeof(*memory));
	if (memory == NULL || pthread_mutex_init(&memory->lock, NULL) != 0) {
		free(memory);
		return sto_fail(err, STO_NO_MEMORY, "no memory for a session store");
	}
	if (!make_tables(memory, max_sessions, world)) {
		memory_close(memory);
		return sto_fail(err, STO_NO_MEMORY, "no memory for a session store");
	}
	*out = (struct sto_session_store){&memory_ops, memory};
	return STO_OK;
}
