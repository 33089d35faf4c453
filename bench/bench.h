/* What the benchmarks share: the clock, the median of many rounds, and the lines they print. */
#ifndef STO_BENCH_BENCH_H
#define STO_BENCH_BENCH_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* One thing that is measured: `run` does it once. The rounds of all things are interleaved, so that what
 * slows the machine down for a while slows them all. */
struct bench_item {
	void (*run)(void *ctx);
	void *ctx;
	unsigned repeat; /* runs in one round */
	size_t n_rounds;
	double *rounds; /* us per run */
};

#define BENCH_NO_GOAL (-1.0)

static inline double bench_cpu_us(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static inline int bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static inline double bench_round(const struct bench_item *item)
{
	double start = bench_cpu_us();
	for (unsigned i = 0; i < item->repeat; i++)
		item->run(item->ctx);
	return (bench_cpu_us() - start) / item->repeat;
}

static inline double bench_median(double *values, size_t n)
{
	qsort(values, n, sizeof(double), bench_compare);
	return values[n / 2];
}

/* Measures all items, after one round of each that does not count. The rounds are kept: bench_finish() frees
 * them. */
static inline void bench_run(struct bench_item *items, size_t n_items, size_t n_rounds)
{
	for (size_t i = 0; i < n_items; i++) {
		items[i].n_rounds = n_rounds;
		items[i].rounds = calloc(n_rounds, sizeof(double));
		if (items[i].rounds == NULL)
			abort();
		(void)bench_round(&items[i]);
	}
	for (size_t r = 0; r < n_rounds; r++)
		for (size_t i = 0; i < n_items; i++)
			items[i].rounds[r] = bench_round(&items[i]);
}

static inline void bench_finish(struct bench_item *items, size_t n_items)
{
	for (size_t i = 0; i < n_items; i++)
		free(items[i].rounds);
}

enum bench_relation {
	BENCH_ALONE,      /* a */
	BENCH_RATIO,      /* a / b */
	BENCH_DIFFERENCE, /* a - b */
};

/* The median over the rounds of what two items have to do with each other in the same round. */
static inline double bench_relate(const struct bench_item *a, enum bench_relation relation,
				  const struct bench_item *b)
{
	double *values = calloc(a->n_rounds, sizeof(double));
	if (values == NULL)
		abort();
	for (size_t r = 0; r < a->n_rounds; r++)
		values[r] = relation == BENCH_RATIO        ? a->rounds[r] / b->rounds[r]
			    : relation == BENCH_DIFFERENCE ? a->rounds[r] - b->rounds[r]
							   : a->rounds[r];
	double median = bench_median(values, a->n_rounds);
	free(values);
	return median;
}

/* One object of the array; the texts must need no escapes. */
static inline void bench_print(bool first, const char *name, double value, const char *unit, double goal,
			       bool higher, bool scale, const char *note)
{
	printf("%s\n  {\"name\": \"%s\", \"value\": %.3f, \"unit\": \"%s\", \"goal\": ", first ? "[" : ",",
	       name, value, unit);
	if (goal < 0)
		printf("null");
	else
		printf("%.3f", goal);
	printf(", \"better\": \"%s\", \"scale\": %s, \"note\": \"%s\"}", higher ? "higher" : "lower",
	       scale ? "true" : "false", note);
}

#endif
