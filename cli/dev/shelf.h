/* Things kept for a while under a name that only its holder knows: pending requests, codes, tokens. Kept by
 * the hash of the name, bounded in number, the oldest go first. */
#ifndef DEV_SHELF_H
#define DEV_SHELF_H

#include <jansson.h>

#include "stoauth/error.h"

#define DEV_SHELF_MAX 1024

struct dev_shelf {
	struct dev_shelf_entry {
		uint8_t key[32]; /* SHA-256 of the name */
		int64_t expires_sec;
		json_t *value; /* NULL: free */
		uint64_t order;
	} entry[DEV_SHELF_MAX];
	uint64_t orders;
};

void dev_shelf_finish(struct dev_shelf *shelf);

/* Keeps one more reference to `value`. Throws the oldest out where it is full. STO_INTERNAL. */
STO_CHECKED int dev_shelf_put(struct dev_shelf *shelf, struct sto_span name, json_t *value,
			      int64_t expires_sec);

/* What is kept under that name and has not expired, borrowed; NULL where there is none. */
json_t *dev_shelf_find(struct dev_shelf *shelf, struct sto_span name, int64_t now_sec);

/* Forgets it. */
void dev_shelf_drop(struct dev_shelf *shelf, struct sto_span name);

#endif
