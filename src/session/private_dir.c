#include "session/private_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stoauth/buf.h"

static int fail_errno(struct sto_error *err, int code, const char *what, const char *path)
{
	return sto_fail(err, code, "%s %s: %s", what, path, strerrordesc_np(errno));
}

static bool make_one(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* Like mkdir -p. A parent that cannot be made shows when the directory is opened. */
static void make_all(char *path)
{
	for (char *at = path + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		(void)make_one(path);
		*at = '/';
	}
	(void)make_one(path);
}

static int check_owner(int fd, const char *path, int code, struct sto_error *err)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return fail_errno(err, code, "cannot look at", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return sto_fail(err, code, "%s belongs to another user", path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return sto_fail(err, code, "%s can be written by others: chmod 700 it", path);
	return STO_OK;
}

static int open_path(int *fd, char *path, int code, struct sto_error *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	*fd = open(path, flags);
	if (*fd < 0 && errno == ENOENT) {
		make_all(path);
		*fd = open(path, flags);
	}
	if (*fd < 0)
		return fail_errno(err, code, "cannot open the directory", path);
	int rc = check_owner(*fd, path, code, err);
	if (rc != STO_OK) {
		(void)close(*fd);
		*fd = -1;
	}
	return rc;
}

int sto_private_dir_open(int *fd, struct sto_span path, int code, struct sto_error *err)
{
	struct sto_buf copy;
	*fd = -1;
	if (path.len == 0 || path.ptr[0] != '/')
		return sto_fail(err, code, "the directory's path is not absolute");
	sto_buf_init(&copy, PATH_MAX - 1);
	int rc = sto_buf_put(&copy, path);
	if (rc != STO_OK || sto_buf_cstr(&copy) == NULL)
		rc = sto_fail(err, code, "the directory's path is too long or has a NUL");
	else
		rc = open_path(fd, (char *)copy.data, code, err);
	sto_buf_finish(&copy);
	return rc;
}
