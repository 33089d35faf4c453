#include "jose/header.h"

#include <stdatomic.h>
#include <stdlib.h>

struct sto_header_cache {
	_Atomic(struct sto_jose_header *) kept[STO_LIMIT_HEADERS_KEPT];
};

struct sto_header_cache *sto_header_cache_new(void)
{
	struct sto_header_cache *cache = calloc(1, sizeof(*cache));
	for (size_t i = 0; cache != NULL && i < STO_LIMIT_HEADERS_KEPT; i++)
		atomic_init(&cache->kept[i], NULL);
	return cache;
}

void sto_header_cache_free(struct sto_header_cache *cache)
{
	for (size_t i = 0; cache != NULL && i < STO_LIMIT_HEADERS_KEPT; i++)
		sto_jose_header_free(atomic_load(&cache->kept[i]));
	free(cache);
}

const struct sto_jose_header *sto_header_cache_find(const struct sto_header_cache *cache,
						    struct sto_span text)
{
	for (size_t i = 0; i < STO_LIMIT_HEADERS_KEPT; i++) {
		const struct sto_jose_header *header =
			atomic_load_explicit(&cache->kept[i], memory_order_acquire);
		if (header == NULL)
			return NULL; /* places are filled from the front and never emptied */
		if (sto_span_equal(sto_buf_span(&header->text), text))
			return header;
	}
	return NULL;
}

void sto_header_cache_keep(struct sto_header_cache *cache, struct sto_jose_header *header)
{
	for (size_t i = 0; i < STO_LIMIT_HEADERS_KEPT; i++) {
		struct sto_jose_header *there = NULL;
		if (atomic_compare_exchange_strong(&cache->kept[i], &there, header))
			return;
		if (sto_span_equal(sto_buf_span(&there->text), sto_buf_span(&header->text)))
			break; /* another thread was first */
	}
	sto_jose_header_free(header);
}
