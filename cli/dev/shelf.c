#include "dev/shelf.h"

#include <string.h>

#include <openssl/evp.h>

static bool hash(uint8_t out[32], struct sto_span name)
{
	return EVP_Digest(name.len == 0 ? (const void *)"" : name.ptr, name.len, out, NULL, EVP_sha256(),
			  NULL) == 1;
}

static void clear_entry(struct dev_shelf_entry *entry)
{
	json_decref(entry->value);
	*entry = (struct dev_shelf_entry){0};
}

void dev_shelf_finish(struct dev_shelf *shelf)
{
	for (size_t i = 0; i < DEV_SHELF_MAX; i++)
		clear_entry(&shelf->entry[i]);
}

/* A free place, else the one that was filled first. */
static struct dev_shelf_entry *make_place(struct dev_shelf *shelf)
{
	struct dev_shelf_entry *oldest = &shelf->entry[0];
	for (size_t i = 0; i < DEV_SHELF_MAX; i++) {
		if (shelf->entry[i].value == NULL)
			return &shelf->entry[i];
		if (shelf->entry[i].order < oldest->order)
			oldest = &shelf->entry[i];
	}
	clear_entry(oldest);
	return oldest;
}

int dev_shelf_put(struct dev_shelf *shelf, struct sto_span name, json_t *value, int64_t expires_sec)
{
	uint8_t key[32];
	if (value == NULL || !hash(key, name))
		return STO_INTERNAL;
	struct dev_shelf_entry *entry = make_place(shelf);
	memcpy(entry->key, key, sizeof(key));
	entry->expires_sec = expires_sec;
	entry->value = json_incref(value);
	entry->order = ++shelf->orders;
	return STO_OK;
}

static struct dev_shelf_entry *find_entry(struct dev_shelf *shelf, struct sto_span name)
{
	uint8_t key[32];
	if (!hash(key, name))
		return NULL;
	for (size_t i = 0; i < DEV_SHELF_MAX; i++)
		if (shelf->entry[i].value != NULL &&
		    sto_span_equal_secret(sto_span_of(shelf->entry[i].key, sizeof(key)),
					  sto_span_of(key, sizeof(key))))
			return &shelf->entry[i];
	return NULL;
}

json_t *dev_shelf_find(struct dev_shelf *shelf, struct sto_span name, int64_t now_sec)
{
	struct dev_shelf_entry *entry = find_entry(shelf, name);
	return entry != NULL && now_sec < entry->expires_sec ? entry->value : NULL;
}

void dev_shelf_drop(struct dev_shelf *shelf, struct sto_span name)
{
	struct dev_shelf_entry *entry = find_entry(shelf, name);
	if (entry != NULL)
		clear_entry(entry);
}
