/* The secret of this machine's user, made at first use. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/base64url.h"
#include "session/keys.h"
#include "session/private_dir.h"
#include "session/secret_file.h"
#include "session/secret_source.h"

#define KEY_NAME "key"

/* Opens the key; *fd is -1, and 0 is given, where there is none yet. */
static int open_key(int *fd, int dir, struct sto_error *err)
{
	*fd = openat(dir, KEY_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (*fd < 0 && errno != ENOENT)
		return sto_fail(err, STO_SECRET_FILE, "cannot open the key file: %s", strerrordesc_np(errno));
	return STO_OK;
}

static int read_key(struct sto_buf *out, bool *found, int dir, struct sto_error *err)
{
	int fd = -1;
	int rc = open_key(&fd, dir, err);
	*found = fd >= 0;
	if (fd < 0)
		return rc;
	rc = sto_secret_read_fd(out, fd, S_IRWXG | S_IRWXO, "the key file", err);
	(void)close(fd);
	return rc;
}

/* The text of a new key and a newline. */
static int make_text(struct sto_buf *text, const struct sto_world *world, struct sto_error *err)
{
	uint8_t key[STO_KEY_LEN];
	int rc = world->random(world->ctx, key, sizeof(key));
	if (rc == STO_OK)
		rc = sto_base64url_encode(text, sto_span_of(key, sizeof(key)));
	if (rc == STO_OK)
		rc = sto_buf_put_byte(text, '\n');
	OPENSSL_cleanse(key, sizeof(key));
	return rc == STO_OK ? rc : sto_fail(err, rc, "no key could be made");
}

static bool write_all(int fd, struct sto_span text)
{
	while (text.len > 0) {
		ssize_t len = write(fd, text.ptr, text.len);
		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return false;
		text = sto_span_slice(text, (size_t)len, text.len);
	}
	return true;
}

/* A name nobody else writes to: made with O_EXCL. */
static int write_draft(const char *name, int dir, struct sto_span text, struct sto_error *err)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool done = fd >= 0 && fchmod(fd, 0600) == 0 && write_all(fd, text) && fsync(fd) == 0;
	int reason = errno;
	if (fd >= 0)
		(void)close(fd);
	return done ? STO_OK
		    : sto_fail(err, STO_SECRET_FILE, "cannot write a key file: %s", strerrordesc_np(reason));
}

/* Gives the draft its name if no other process was first; either way there is a whole key file afterwards.
 * File systems without hard links can rename without replacing. */
static int publish(const char *draft, int dir, struct sto_error *err)
{
	bool done = linkat(dir, draft, dir, KEY_NAME, 0) == 0 || errno == EEXIST;
	if (!done && (errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK || errno == ENOSYS))
		done = renameat2(dir, draft, dir, KEY_NAME, RENAME_NOREPLACE) == 0 || errno == EEXIST;
	int reason = errno;
	(void)unlinkat(dir, draft, 0);
	if (!done)
		return sto_fail(err, STO_SECRET_FILE, "cannot name the key file: %s",
				strerrordesc_np(reason));
	(void)fsync(dir);
	return STO_OK;
}

static int make_key(int dir, const struct sto_world *world, struct sto_error *err)
{
	struct sto_buf text;
	uint8_t mark[8];
	char draft[32];
	sto_buf_init(&text, 64);
	int rc = world->random(world->ctx, mark, sizeof(mark));
	if (rc != STO_OK) {
		rc = sto_fail(err, rc, "no random name for a key file");
		goto out;
	}
	(void)snprintf(draft, sizeof(draft), ".key.%02x%02x%02x%02x%02x%02x%02x%02x", mark[0], mark[1],
		       mark[2], mark[3], mark[4], mark[5], mark[6], mark[7]);
	rc = make_text(&text, world, err);
	if (rc == STO_OK)
		rc = write_draft(draft, dir, sto_buf_span(&text), err);
	if (rc == STO_OK)
		rc = publish(draft, dir, err);
out:
	sto_buf_finish(&text);
	return rc;
}

int sto_secret_load_or_create(struct sto_buf *out, struct sto_span dir, const struct sto_world *world,
			      struct sto_error *err)
{
	bool found = false;
	int fd = -1;
	int rc = sto_private_dir_open(&fd, dir, STO_SECRET_FILE, err);
	if (rc != STO_OK)
		return rc;
	rc = read_key(out, &found, fd, err);
	if (rc == STO_OK && !found) {
		rc = make_key(fd, world, err);
		if (rc == STO_OK)
			rc = read_key(out, &found, fd, err);
		if (rc == STO_OK && !found)
			rc = sto_fail(err, STO_SECRET_FILE, "the key file vanished as it was made");
	}
	(void)close(fd);
	return rc;
}
