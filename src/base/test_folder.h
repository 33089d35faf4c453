/* A folder of its own for a test that needs files; it goes with everything in it when the test ends. */
#ifndef STO_BASE_TEST_FOLDER_H
#define STO_BASE_TEST_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"

static char folder[64];
static char folder_path[256];

static inline int make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "%s/sto_test_XXXXXX", P_tmpdir);
	return mkdtemp(folder) == NULL;
}

static inline int remove_one(const char *name, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(name);
}

static inline int remove_folder(void **state)
{
	(void)state;
	(void)chmod(folder, 0700);
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The path of `name` in the folder, good until the next call. */
static inline const char *path_of(const char *name)
{
	(void)snprintf(folder_path, sizeof(folder_path), "%s/%s", folder, name);
	return folder_path;
}

static inline struct sto_span in_folder(const char *name)
{
	return sto_span_str(path_of(name));
}

/* Root may write anywhere, so what a permission forbids is tried as somebody else. */
static inline void become_nobody(void)
{
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
}

static inline void become_self(void)
{
	assert_int_equal(seteuid(getuid()), 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

#endif
