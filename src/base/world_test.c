#include "stoauth/sys/world.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

#define LEN 32

static void draw(uint8_t out[LEN])
{
	const struct sto_world *world = sto_world_system();
	assert_ok(world->random(world->ctx, out, LEN));
}

/* Seeds the generators that are none, and draws in a child. */
static void draw_in_child(uint8_t out[LEN])
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct sto_world *world = sto_world_system();
		srand(7);
		srandom(7);
		int rc = world->random(world->ctx, out, LEN);
		_exit(rc == STO_OK && write(ends[1], out, LEN) == LEN ? 0 : 1);
	}
	int status = -1;
	assert_int_equal(read(ends[0], out, LEN), LEN);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* LF-02: two processes with the same seed, forked off one that has drawn before, draw differently. */
static void lf_02_no_seed_repeats_what_is_drawn(void **state)
{
	uint8_t here[LEN], one[LEN], two[LEN];
	(void)state;
	draw(here);
	draw_in_child(one);
	draw_in_child(two);
	assert_memory_not_equal(one, two, LEN);
	assert_memory_not_equal(one, here, LEN);
	draw(one);
	assert_memory_not_equal(one, here, LEN);
}

static void more_than_can_be_drawn_at_once_is_refused(void **state)
{
	const struct sto_world *world = sto_world_system();
	uint8_t none[1];
	(void)state;
	assert_int_equal(world->random(world->ctx, none, (size_t)1 << 31), STO_NO_RANDOM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lf_02_no_seed_repeats_what_is_drawn),
		cmocka_unit_test(more_than_can_be_drawn_at_once_is_refused),
	};
	return cmocka_run_group_tests_name("base/world", tests, NULL, NULL);
}
