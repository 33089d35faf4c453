#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "session/secret_source.h"

#define PASSWD_TEXT 16384

/* A relative path in these is to be ignored (XDG Base Directory Specification). */
static struct sto_span absolute(const char *text)
{
	struct sto_span path = sto_span_str(text);
	return path.len > 0 && path.ptr[0] == '/' ? path : sto_span_str(NULL);
}

static int put_joined(struct sto_buf *out, struct sto_span base, struct sto_span rest)
{
	size_t before = out->len;
	int rc = sto_buf_put(out, base);
	if (rc == STO_OK)
		rc = sto_buf_put(out, rest);
	if (rc != STO_OK)
		out->len = before;
	return rc;
}

static int put_from_passwd(struct sto_buf *out, struct sto_error *err)
{
	struct passwd entry;
	struct passwd *found = NULL;
	char *text = malloc(PASSWD_TEXT);
	int rc = STO_NO_MEMORY;
	if (text != NULL && getpwuid_r(geteuid(), &entry, text, PASSWD_TEXT, &found) == 0 && found != NULL &&
	    absolute(found->pw_dir).len > 0)
		rc = put_joined(out, sto_span_str(found->pw_dir), STO_SPAN("/.local/state/st_oauth"));
	else if (text != NULL)
		rc = sto_fail(err, STO_SECRET_FILE, "this user has no home; set XDG_STATE_HOME");
	free(text);
	return rc;
}

int sto_state_dir(struct sto_buf *out, struct sto_error *err)
{
	struct sto_span state = absolute(secure_getenv("XDG_STATE_HOME"));
	if (state.len > 0)
		return put_joined(out, state, STO_SPAN("/st_oauth"));
	struct sto_span home = absolute(secure_getenv("HOME"));
	if (home.len > 0)
		return put_joined(out, home, STO_SPAN("/.local/state/st_oauth"));
	return put_from_passwd(out, err);
}
