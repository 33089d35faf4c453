/* A secret in a file that the operator made. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bounds.h"
#include "session/secret_file.h"
#include "session/secret_source.h"

static int check_file(int fd, mode_t forbidden, const char *path, struct sto_error *err)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return sto_fail(err, STO_SECRET_FILE, "cannot look at %s", path);
	if (!S_ISREG(st.st_mode))
		return sto_fail(err, STO_SECRET_FILE, "%s is not a file", path);
	if ((st.st_mode & forbidden) != 0)
		return sto_fail(err, STO_SECRET_FILE, "%s is open to others: chmod 600 it", path);
	return STO_OK;
}

static int read_all(struct sto_buf *text, int fd, const char *path, struct sto_error *err)
{
	for (;;) {
		uint8_t *place = sto_buf_reserve(text, 256);
		if (place == NULL)
			return sto_fail(err, STO_SECRET_MALFORMED, "%s is over %d bytes", path,
					STO_LIMIT_SECRET);
		ssize_t len = read(fd, place, 256);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return sto_fail(err, STO_SECRET_FILE, "cannot read %s: %s", path,
					strerrordesc_np(errno));
		if (len == 0)
			return STO_OK;
		sto_buf_grow(text, (size_t)len);
	}
}

static struct sto_span without_newline(struct sto_span text)
{
	if (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (text.len > 0 && text.ptr[text.len - 1] == '\r')
		text.len--;
	return text;
}

int sto_secret_read_fd(struct sto_buf *out, int fd, mode_t forbidden, const char *path, struct sto_error *err)
{
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_SECRET + 256);
	int rc = check_file(fd, forbidden, path, err);
	if (rc == STO_OK)
		rc = read_all(&text, fd, path, err);
	if (rc == STO_OK)
		rc = sto_secret_decode(out, without_newline(sto_buf_span(&text)), err);
	sto_buf_finish(&text);
	return rc;
}

/* O_NONBLOCK: a FIFO must not hold the start up. */
static int open_named(int *fd, const char *name, struct sto_error *err)
{
	*fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return *fd >= 0 ? STO_OK
			: sto_fail(err, STO_SECRET_FILE, "cannot open %s: %s", name, strerrordesc_np(errno));
}

/* The path as a C string, which `copy` holds. */
static int name_of(const char **name, struct sto_buf *copy, struct sto_span path, struct sto_error *err)
{
	*name = NULL;
	if (path.len > 0 && path.ptr[0] == '/' && sto_buf_put(copy, path) == STO_OK)
		*name = sto_buf_cstr(copy);
	return *name != NULL ? STO_OK : sto_fail(err, STO_SECRET_FILE, "the path is not an absolute one");
}

int sto_secret_read_file(struct sto_buf *out, struct sto_span path, struct sto_error *err)
{
	struct sto_buf copy;
	const char *name = NULL;
	int fd = -1;
	sto_buf_init(&copy, PATH_MAX - 1);
	int rc = name_of(&name, &copy, path, err);
	if (rc == STO_OK)
		rc = open_named(&fd, name, err);
	if (rc == STO_OK)
		rc = sto_secret_read_fd(out, fd, S_IRWXO, name, err);
	if (fd >= 0)
		(void)close(fd);
	sto_buf_finish(&copy);
	return rc;
}

static int read_text_fd(struct sto_buf *out, bool *open_to_others, int fd, const char *name,
			struct sto_error *err)
{
	struct stat st = {0};
	struct sto_buf text;
	sto_buf_init(&text, STO_LIMIT_SECRET + 256);
	int rc = check_file(fd, S_IWOTH, name, err);
	if (rc == STO_OK)
		rc = read_all(&text, fd, name, err);
	if (rc == STO_OK)
		rc = sto_buf_put(out, without_newline(sto_buf_span(&text)));
	*open_to_others = fstat(fd, &st) != 0 || (st.st_mode & S_IROTH) != 0;
	sto_buf_finish(&text);
	return rc;
}

int sto_secret_read_text(struct sto_buf *out, bool *open_to_others, struct sto_span path,
			 struct sto_error *err)
{
	struct sto_buf copy;
	const char *name = NULL;
	int fd = -1;
	*open_to_others = false;
	sto_buf_init(&copy, PATH_MAX - 1);
	int rc = name_of(&name, &copy, path, err);
	if (rc == STO_OK)
		rc = open_named(&fd, name, err);
	if (rc == STO_OK)
		rc = read_text_fd(out, open_to_others, fd, name, err);
	if (fd >= 0)
		(void)close(fd);
	sto_buf_finish(&copy);
	return rc;
}
