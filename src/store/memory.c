/* A hash table with chains, and a heap by expiry over the same entries, so that the next to expire is always
 * at hand. The hash is keyed: nobody outside can choose keys that fall into one chain. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <sodium.h>

#include "store/sizes.h"
#include "store/store.h"
#include "stoauth/sys/world.h"

#define MAX_BUCKETS ((size_t)1 << 20)

struct entry {
	struct entry *next; /* in its chain */
	size_t bucket;
	size_t heap_at; /* its place in the heap */
	int64_t expires_sec;
	size_t key_len;
	size_t value_len;
	uint8_t bytes[]; /* key, value */
};

struct memory {
	pthread_mutex_t lock;
	struct entry **buckets;
	size_t n_buckets; /* a power of two */
	struct entry **heap;
	size_t count;
	size_t heap_cap;
	size_t max_entries;
	uint8_t hash_key[crypto_shorthash_KEYBYTES];
};

static struct sto_span key_of(const struct entry *entry)
{
	return sto_span_of(entry->bytes, entry->key_len);
}

static size_t bucket_of(const struct memory *memory, struct sto_span key)
{
	uint8_t hash[crypto_shorthash_BYTES];
	uint64_t number = 0;
	(void)crypto_shorthash(hash, key.ptr, key.len, memory->hash_key);
	memcpy(&number, hash, sizeof(number));
	return (size_t)number & (memory->n_buckets - 1);
}

static struct entry *find(const struct memory *memory, struct sto_span key)
{
	struct entry *entry = memory->buckets[bucket_of(memory, key)];
	while (entry != NULL && !sto_span_equal(key_of(entry), key))
		entry = entry->next;
	return entry;
}

static void heap_set(struct memory *memory, size_t at, struct entry *entry)
{
	memory->heap[at] = entry;
	entry->heap_at = at;
}

static void heap_up(struct memory *memory, size_t at)
{
	struct entry *entry = memory->heap[at];
	while (at > 0 && memory->heap[(at - 1) / 2]->expires_sec > entry->expires_sec) {
		heap_set(memory, at, memory->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_set(memory, at, entry);
}

static size_t earlier_child(const struct memory *memory, size_t at)
{
	size_t child = 2 * at + 1;
	if (child + 1 < memory->count &&
	    memory->heap[child + 1]->expires_sec < memory->heap[child]->expires_sec)
		child++;
	return child;
}

static void heap_down(struct memory *memory, size_t at)
{
	struct entry *entry = memory->heap[at];
	for (;;) {
		size_t child = earlier_child(memory, at);
		if (child >= memory->count || memory->heap[child]->expires_sec >= entry->expires_sec)
			break;
		heap_set(memory, at, memory->heap[child]);
		at = child;
	}
	heap_set(memory, at, entry);
}

static int heap_reserve(struct memory *memory)
{
	if (memory->count < memory->heap_cap)
		return STO_OK;
	size_t cap = memory->heap_cap == 0 ? 64 : memory->heap_cap * 2;
	struct entry **heap = reallocarray(memory->heap, cap, sizeof(*heap));
	if (heap == NULL)
		return STO_NO_MEMORY;
	memory->heap = heap;
	memory->heap_cap = cap;
	return STO_OK;
}

static void free_entry(struct entry *entry)
{
	OPENSSL_cleanse(entry->bytes, entry->key_len + entry->value_len);
	free(entry);
}

static void drop(struct memory *memory, struct entry *entry)
{
	struct entry **link = &memory->buckets[entry->bucket];
	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;

	size_t at = entry->heap_at;
	memory->count--;
	if (at < memory->count) {
		heap_set(memory, at, memory->heap[memory->count]);
		heap_up(memory, at);
		heap_down(memory, at);
	}
	free_entry(entry);
}

/* The caller has reserved the heap's place. */
static void insert(struct memory *memory, struct entry *entry)
{
	entry->bucket = bucket_of(memory, key_of(entry));
	entry->next = memory->buckets[entry->bucket];
	memory->buckets[entry->bucket] = entry;
	memory->heap[memory->count] = entry;
	heap_up(memory, memory->count++);
}

static struct entry *make_entry(struct sto_span key, struct sto_span value, int64_t expires_sec)
{
	struct entry *entry = malloc(sizeof(*entry) + key.len + value.len);
	if (entry == NULL)
		return NULL;
	*entry = (struct entry){.expires_sec = expires_sec, .key_len = key.len, .value_len = value.len};
	memcpy(entry->bytes, key.ptr, key.len);
	if (value.len > 0)
		memcpy(entry->bytes + key.len, value.ptr, value.len);
	return entry;
}

static size_t drop_expired(struct memory *memory, size_t max_entries, int64_t now_sec)
{
	size_t removed = 0;
	while (removed < max_entries && memory->count > 0 && memory->heap[0]->expires_sec <= now_sec) {
		drop(memory, memory->heap[0]);
		removed++;
	}
	return removed;
}

static int put_locked(struct memory *memory, struct entry *entry, bool only_absent, int64_t now_sec)
{
	struct entry *old = find(memory, key_of(entry));
	if (old != NULL && only_absent && old->expires_sec > now_sec)
		return STO_STORE_EXISTS;
	if (old != NULL)
		drop(memory, old);
	else if (memory->count == memory->max_entries && drop_expired(memory, 1, now_sec) == 0)
		return STO_STORE_FULL;
	int rc = heap_reserve(memory);
	if (rc == STO_OK)
		insert(memory, entry);
	return rc;
}

static int put_entry(struct memory *memory, struct sto_span key, struct sto_span value, int64_t expires_sec,
		     int64_t now_sec, bool only_absent, struct sto_error *err)
{
	int rc = sto_store_check_entry(key, value, err);
	if (rc != STO_OK)
		return rc;
	struct entry *entry = make_entry(key, value, expires_sec);
	if (entry == NULL)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a store's entry");
	(void)pthread_mutex_lock(&memory->lock);
	rc = put_locked(memory, entry, only_absent, now_sec);
	(void)pthread_mutex_unlock(&memory->lock);
	if (rc != STO_OK)
		free_entry(entry);
	return rc == STO_OK ? rc : sto_fail(err, rc, "%s", sto_reason_of(rc)->hint);
}

static int memory_put_if_absent(void *ctx, struct sto_span key, struct sto_span value, int64_t expires_sec,
				int64_t now_sec, struct sto_error *err)
{
	return put_entry(ctx, key, value, expires_sec, now_sec, true, err);
}

static int memory_put(void *ctx, struct sto_span key, struct sto_span value, int64_t expires_sec,
		      int64_t now_sec, struct sto_error *err)
{
	return put_entry(ctx, key, value, expires_sec, now_sec, false, err);
}

static int get_entry(struct memory *memory, struct sto_buf *value, struct sto_span key, int64_t now_sec,
		     bool remove_it, struct sto_error *err)
{
	int rc = sto_store_check_key(key, err);
	if (rc != STO_OK)
		return rc;
	(void)pthread_mutex_lock(&memory->lock);
	struct entry *entry = find(memory, key);
	if (entry == NULL || entry->expires_sec <= now_sec)
		rc = STO_STORE_ABSENT;
	else
		rc = sto_buf_put(value, sto_span_of(entry->bytes + entry->key_len, entry->value_len));
	if (rc == STO_OK && remove_it)
		drop(memory, entry);
	(void)pthread_mutex_unlock(&memory->lock);
	return rc == STO_OK ? rc : sto_fail(err, rc, "%s", sto_reason_of(rc)->hint);
}

static int memory_get(void *ctx, struct sto_buf *value, struct sto_span key, int64_t now_sec,
		      struct sto_error *err)
{
	return get_entry(ctx, value, key, now_sec, false, err);
}

static int memory_take(void *ctx, struct sto_buf *value, struct sto_span key, int64_t now_sec,
		       struct sto_error *err)
{
	return get_entry(ctx, value, key, now_sec, true, err);
}

static int memory_remove(void *ctx, struct sto_span key, struct sto_error *err)
{
	struct memory *memory = ctx;
	int rc = sto_store_check_key(key, err);
	if (rc != STO_OK)
		return rc;
	(void)pthread_mutex_lock(&memory->lock);
	struct entry *entry = find(memory, key);
	if (entry != NULL)
		drop(memory, entry);
	(void)pthread_mutex_unlock(&memory->lock);
	return STO_OK;
}

static int memory_reap(void *ctx, size_t *removed, size_t max_entries, int64_t now_sec, struct sto_error *err)
{
	struct memory *memory = ctx;
	(void)err;
	(void)pthread_mutex_lock(&memory->lock);
	*removed = drop_expired(memory, max_entries, now_sec);
	(void)pthread_mutex_unlock(&memory->lock);
	return STO_OK;
}

static void memory_close(void *ctx)
{
	struct memory *memory = ctx;
	if (memory == NULL)
		return;
	for (size_t i = 0; i < memory->count; i++)
		free_entry(memory->heap[i]);
	free(memory->heap);
	free(memory->buckets);
	(void)pthread_mutex_destroy(&memory->lock);
	free(memory);
}

static const struct sto_store_ops memory_ops = {
	.abi = STO_STORE_ABI,
	.name = "memory",
	.put_if_absent = memory_put_if_absent,
	.put = memory_put,
	.get = memory_get,
	.take = memory_take,
	.remove = memory_remove,
	.reap = memory_reap,
	.close = memory_close,
};

static int make_table(struct memory *memory, size_t max_entries)
{
	const struct sto_world *world = sto_world_system();
	memory->max_entries = max_entries;
	memory->n_buckets = 64;
	while (memory->n_buckets < max_entries && memory->n_buckets < MAX_BUCKETS)
		memory->n_buckets *= 2;
	memory->buckets = calloc(memory->n_buckets, sizeof(*memory->buckets));
	if (memory->buckets == NULL)
		return STO_NO_MEMORY;
	return world->random(world->ctx, memory->hash_key, sizeof(memory->hash_key));
}

int sto_store_memory_open(struct sto_store *out, size_t max_entries, struct sto_error *err)
{
	*out = (struct sto_store){NULL, NULL};
	if (max_entries == 0)
		return sto_fail(err, STO_USAGE, "a memory store holds one entry or more");
	struct memory *memory = calloc(1, sizeof(*memory));
	if (memory == NULL || pthread_mutex_init(&memory->lock, NULL) != 0) {
		free(memory);
		return sto_fail(err, STO_NO_MEMORY, "no memory for a store");
	}
	int rc = make_table(memory, max_entries);
	if (rc != STO_OK) {
		memory_close(memory);
		return sto_fail(err, rc, "a memory store could not be made");
	}
	*out = (struct sto_store){&memory_ops, memory};
	return STO_OK;
}
