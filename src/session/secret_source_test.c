#include "session/secret_source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/test_folder.h"

#define GOOD "kPuyRrvXPN7uDzwwLq6HGmUUjKTTcHVg3TbKUzXcOAo"

static void write_file(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(path_of(name), "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_ok(fclose(file));
	assert_ok(chmod(path_of(name), mode));
}

static int try_decode(const char *text)
{
	struct sto_buf out;
	struct sto_error err = {0};
	sto_buf_init(&out, 4096);
	int rc = sto_secret_decode(&out, sto_span_str(text), &err);
	if (rc == STO_SECRET_MALFORMED)
		assert_non_null(strstr(err.detail, "openssl rand -base64 32"));
	if (rc != STO_OK)
		assert_int_equal(out.len, 0);
	sto_buf_finish(&out);
	return rc;
}

static void both_alphabets_with_and_without_padding_are_one_secret(void **state)
{
	static const char *const texts[] = {
		"-_-_kPuyRrvXPN7uDzwwLq6HGmUUjKTTcHVg3TbKUzXcOAo",
		"-_-_kPuyRrvXPN7uDzwwLq6HGmUUjKTTcHVg3TbKUzXcOAo=",
		"+/+/kPuyRrvXPN7uDzwwLq6HGmUUjKTTcHVg3TbKUzXcOAo",
		"+/+/kPuyRrvXPN7uDzwwLq6HGmUUjKTTcHVg3TbKUzXcOAo=",
	};
	struct sto_buf first;
	(void)state;
	sto_buf_init(&first, 64);
	assert_ok(sto_secret_decode(&first, sto_span_str(texts[0]), NULL));
	assert_int_equal(first.len, 35);
	for (size_t i = 1; i < 4; i++) {
		struct sto_buf other;
		sto_buf_init(&other, 64);
		assert_ok(sto_secret_decode(&other, sto_span_str(texts[i]), NULL));
		assert_true(sto_span_equal(sto_buf_span(&first), sto_buf_span(&other)));
		sto_buf_finish(&other);
	}
	sto_buf_finish(&first);
}

static void what_is_not_base64_is_refused(void **state)
{
	static const char *const texts[] = {
		GOOD "==", GOOD "=\n",     GOOD " ",
		" " GOOD,  GOOD "-+",      "=" GOOD,
		GOOD "%",  "-" GOOD "+AA", "kPuyRrvXPN7uDzwwLq6HGmUUjKTTcHVg3TbKUzXcOAp", /* unused bits */
	};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(try_decode(texts[i]), STO_SECRET_MALFORMED);
	assert_ok(try_decode(GOOD));
}

static void fewer_than_32_bytes_are_refused(void **state)
{
	(void)state;
	assert_int_equal(try_decode("kPuyRrvXPN7uDzwwLq6HGmUUjKTTcHVg3TbKUzXcOA"), STO_SECRET_MALFORMED);
	assert_int_equal(try_decode("kPuyRrvXPN7uDzwwLq6HGg=="), STO_SECRET_MALFORMED);
}

static void pw_28_default_secrets_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"secret",
		"changeme",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"//////////////////////////////////////////8=",
		"changemechangemechangemechangemechangemechangeme",
		"ChangeMeChangeMeChangeMeChangeMeChangeMeChangeMe",
		"please-change-me-please-change-me-please-change-meAB",
		"secretsecretsecretsecretsecretsecretsecretsecret",
		"passwordpasswordpasswordpasswordpasswordpassword",
		"your-secret-key-goes-here-your-secret-key-goes-here-",
		"0123456789abcdef0123456789abcdef0123456789abcdef",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",          /* 00 01 02 ... */
		"Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA",          /* ... 02 01 00 */
		"YWJjZGFiY2RhYmNkYWJjZGFiY2RhYmNkYWJjZGFiY2Q=",         /* abcdabcd... */
		"dGhpcyBpcyBub3QgYSBzdXBlci1zZWNyZXQgZm9yIGFueSBhcHA=", /* ... super-secret ... */
	};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(try_decode(texts[i]), STO_SECRET_MALFORMED);
}

static void a_detail_never_shows_the_secret(void **state)
{
	struct sto_buf out;
	struct sto_error err = {0};
	(void)state;
	sto_buf_init(&out, 64);
	assert_int_equal(sto_secret_decode(&out, STO_SPAN("hunter2hunter2"), &err), STO_SECRET_MALFORMED);
	assert_null(strstr(err.detail, "hunter2"));
}

static int try_file(struct sto_span name)
{
	struct sto_buf out;
	sto_buf_init(&out, 4096);
	int rc = sto_secret_read_file(&out, name, NULL);
	assert_int_equal(out.len, rc == STO_OK ? 32 : 0);
	sto_buf_finish(&out);
	return rc;
}

static void a_file_may_end_with_a_newline(void **state)
{
	(void)state;
	write_file("bare", GOOD, 0600);
	assert_ok(try_file(in_folder("bare")));
	write_file("unix", GOOD "\n", 0400);
	assert_ok(try_file(in_folder("unix")));
	write_file("dos", GOOD "\r\n", 0440);
	assert_ok(try_file(in_folder("dos")));
	write_file("two", GOOD "\n\n", 0600);
	assert_int_equal(try_file(in_folder("two")), STO_SECRET_MALFORMED);
}

static void a_file_open_to_others_is_refused(void **state)
{
	static const mode_t modes[] = {0604, 0602, 0601, 0644, 0666, 0777};
	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		write_file("open", GOOD, modes[i]);
		assert_int_equal(try_file(in_folder("open")), STO_SECRET_FILE);
	}
}

static void what_is_no_file_is_refused(void **state)
{
	(void)state;
	assert_int_equal(try_file(in_folder("absent")), STO_SECRET_FILE);
	assert_ok(mkdir(path_of("dir"), 0700));
	assert_int_equal(try_file(in_folder("dir")), STO_SECRET_FILE);
	assert_ok(mkfifo(path_of("fifo"), 0600));
	assert_int_equal(try_file(in_folder("fifo")), STO_SECRET_FILE);
	assert_int_equal(try_file(STO_SPAN("relative")), STO_SECRET_FILE);
	assert_int_equal(try_file(STO_SPAN("/nul\0inside")), STO_SECRET_FILE);
	assert_int_equal(try_file(STO_SPAN("")), STO_SECRET_FILE);
}

static void a_file_that_is_too_long_is_refused(void **state)
{
	char text[6000];
	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	write_file("long", text, 0600);
	assert_int_equal(try_file(in_folder("long")), STO_SECRET_MALFORMED);
}

static int load(struct sto_buf *out, struct sto_span dir, struct sto_error *err)
{
	sto_buf_init(out, 64);
	return sto_secret_load_or_create(out, dir, sto_world_system(), err);
}

static int try_load(struct sto_span dir)
{
	struct sto_buf out;
	int rc = load(&out, dir, NULL);
	sto_buf_finish(&out);
	return rc;
}

static mode_t mode_of(const char *name)
{
	struct stat st;
	assert_ok(stat(path_of(name), &st));
	return st.st_mode & 07777;
}

static void a_key_is_made_once_and_kept(void **state)
{
	struct sto_buf first;
	struct sto_buf second;
	(void)state;
	mode_t mask = umask(0);
	assert_ok(load(&first, in_folder("a/b/c"), NULL));
	(void)umask(mask);
	assert_ok(load(&second, in_folder("a/b/c"), NULL));
	assert_int_equal(first.len, 32);
	assert_true(sto_span_equal(sto_buf_span(&first), sto_buf_span(&second)));
	assert_int_equal(mode_of("a"), 0700);
	assert_int_equal(mode_of("a/b/c"), 0700);
	assert_int_equal(mode_of("a/b/c/key"), 0600);
	sto_buf_finish(&first);
	sto_buf_finish(&second);
}

/* A child waits for the gate to close, then loads and writes what it got. */
static void child_load(int gate, int report)
{
	struct sto_buf out;
	char byte;
	bool closed = read(gate, &byte, 1) == 0;
	int rc = load(&out, in_folder("race"), NULL);
	bool sent = closed && rc == STO_OK && write(report, out.data, 32) == 32;
	sto_buf_finish(&out);
	_exit(sent ? 0 : 1);
}

static void sixteen_processes_at_once_end_with_one_key(void **state)
{
	enum { CHILDREN = 16 };
	int gate[2];
	int report[2];
	pid_t children[CHILDREN];
	uint8_t keys[CHILDREN][32];
	(void)state;
	assert_ok(pipe(gate));
	assert_ok(pipe(report));
	for (int i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0) {
			(void)close(gate[1]);
			child_load(gate[0], report[1]);
		}
	}
	assert_ok(close(gate[0]));
	assert_ok(close(gate[1]));
	for (int i = 0; i < CHILDREN; i++) {
		int status = 0;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	for (int i = 0; i < CHILDREN; i++) {
		assert_int_equal(read(report[0], keys[i], 32), 32);
		assert_memory_equal(keys[i], keys[0], 32);
	}
	assert_ok(close(report[0]));
	assert_ok(close(report[1]));
	assert_ok(remove(path_of("race/key")));
	assert_ok(rmdir(path_of("race"))); /* no draft was left */
}

static void a_folder_others_may_write_is_refused(void **state)
{
	(void)state;
	assert_ok(mkdir(path_of("shared"), 0700));
	assert_ok(chmod(path_of("shared"), 0770));
	assert_int_equal(try_load(in_folder("shared")), STO_SECRET_FILE);
	assert_ok(chmod(path_of("shared"), 0702));
	assert_int_equal(try_load(in_folder("shared")), STO_SECRET_FILE);
	assert_ok(chmod(path_of("shared"), 0755));
	assert_ok(try_load(in_folder("shared")));
}

static void a_made_key_open_to_others_is_refused(void **state)
{
	(void)state;
	assert_ok(try_load(in_folder("made")));
	assert_ok(chmod(path_of("made/key"), 0640));
	assert_int_equal(try_load(in_folder("made")), STO_SECRET_FILE);
}

static void a_broken_key_file_is_not_replaced(void **state)
{
	(void)state;
	assert_ok(mkdir(path_of("broken"), 0700));
	write_file("broken/key", "torn", 0600);
	assert_int_equal(try_load(in_folder("broken")), STO_SECRET_MALFORMED);
	assert_int_equal(try_load(in_folder("broken")), STO_SECRET_MALFORMED);
}

static void a_link_in_place_of_the_key_is_refused(void **state)
{
	(void)state;
	write_file("target", GOOD, 0600);
	assert_ok(mkdir(path_of("linked"), 0700));
	assert_ok(symlink("../target", path_of("linked/key")));
	assert_int_equal(try_load(in_folder("linked")), STO_SECRET_FILE);
}

static void a_place_that_cannot_be_used_is_an_error(void **state)
{
	(void)state;
	write_file("plain", "x", 0600);
	assert_int_equal(try_load(in_folder("plain")), STO_SECRET_FILE);
	assert_int_equal(try_load(in_folder("plain/under")), STO_SECRET_FILE);
	assert_int_equal(try_load(STO_SPAN("relative")), STO_SECRET_FILE);
	assert_int_equal(try_load(STO_SPAN("")), STO_SECRET_FILE);

	assert_ok(chmod(folder, 0755));
	assert_ok(mkdir(path_of("sealed"), 0555));
	become_nobody();
	int unwritable = try_load(in_folder("sealed"));
	int unmakable = try_load(in_folder("sealed/under"));
	become_self();
	assert_int_equal(unwritable, STO_SECRET_FILE);
	assert_int_equal(unmakable, STO_SECRET_FILE);

	assert_ok(chmod(path_of("sealed"), 0000));
	become_nobody();
	int unreadable = try_load(in_folder("sealed"));
	become_self();
	assert_int_equal(unreadable, STO_SECRET_FILE);
	assert_ok(chmod(path_of("sealed"), 0700));
}

static void check_state_dir(const char *xdg, const char *home, const char *want)
{
	struct sto_buf out;
	sto_buf_init(&out, 4096);
	assert_ok(xdg == NULL ? unsetenv("XDG_STATE_HOME") : setenv("XDG_STATE_HOME", xdg, 1));
	assert_ok(home == NULL ? unsetenv("HOME") : setenv("HOME", home, 1));
	assert_ok(sto_state_dir(&out, NULL));
	if (want != NULL)
		assert_string_equal(sto_buf_cstr(&out), want);
	assert_int_equal(out.data[0], '/');
	assert_true(sto_span_ends_with(sto_buf_span(&out), STO_SPAN("/st_oauth")));
	sto_buf_finish(&out);
}

static void the_state_directory_follows_the_environment(void **state)
{
	(void)state;
	check_state_dir("/x/state", "/home/a", "/x/state/st_oauth");
	check_state_dir(NULL, "/home/a", "/home/a/.local/state/st_oauth");
	check_state_dir("", "/home/a", "/home/a/.local/state/st_oauth");
	check_state_dir("relative", "/home/a", "/home/a/.local/state/st_oauth");
	check_state_dir(NULL, "relative", NULL);
	check_state_dir(NULL, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_alphabets_with_and_without_padding_are_one_secret),
		cmocka_unit_test(what_is_not_base64_is_refused),
		cmocka_unit_test(fewer_than_32_bytes_are_refused),
		cmocka_unit_test(pw_28_default_secrets_are_refused),
		cmocka_unit_test(a_detail_never_shows_the_secret),
		IN_FOLDER(a_file_may_end_with_a_newline),
		IN_FOLDER(a_file_open_to_others_is_refused),
		IN_FOLDER(what_is_no_file_is_refused),
		IN_FOLDER(a_file_that_is_too_long_is_refused),
		IN_FOLDER(a_key_is_made_once_and_kept),
		IN_FOLDER(sixteen_processes_at_once_end_with_one_key),
		IN_FOLDER(a_folder_others_may_write_is_refused),
		IN_FOLDER(a_made_key_open_to_others_is_refused),
		IN_FOLDER(a_broken_key_file_is_not_replaced),
		IN_FOLDER(a_link_in_place_of_the_key_is_refused),
		IN_FOLDER(a_place_that_cannot_be_used_is_an_error),
		cmocka_unit_test(the_state_directory_follows_the_environment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
