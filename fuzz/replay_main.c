/* Runs a fuzz target over each file of the folders that are named, without libFuzzer: the normal test run
 * replays every corpus this way. Prints TAP, a line a folder; a crash is the failure. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 1048576

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(FILE_MAX);
	*len = 0;
	if (file != NULL && data != NULL)
		*len = fread(data, 1, FILE_MAX, file);
	if (file == NULL || data == NULL || ferror(file) != 0) {
		free(data);
		data = NULL;
	}
	if (file != NULL)
		(void)fclose(file);
	return data;
}

/* A copy of exactly its size, so that a sanitizer sees a read behind the end. */
static int run_file(const char *path)
{
	size_t len = 0;
	uint8_t *data = read_file(path, &len);
	uint8_t *exact = malloc(len > 0 ? len : 1);
	int rc = data != NULL && exact != NULL ? 0 : -1;
	if (rc == 0) {
		memcpy(exact, data, len);
		rc = LLVMFuzzerTestOneInput(exact, len);
	} else {
		printf("# %s cannot be read\n", path);
	}
	free(exact);
	free(data);
	return rc;
}

/* How many files ran; -1 where one could not, or there was none. */
static int run_folder(const char *folder)
{
	int n_files = 0;
	DIR *dir = opendir(folder);
	if (dir == NULL)
		return -1;
	const struct dirent *entry = NULL;
	while (n_files >= 0 && (entry = readdir(dir)) != NULL) {
		char path[4096];
		if (entry->d_name[0] == '.')
			continue;
		int len = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (len < 0 || (size_t)len >= sizeof(path) || run_file(path) != 0)
			n_files = -1;
		else
			n_files++;
	}
	(void)closedir(dir);
	return n_files > 0 ? n_files : -1;
}

int main(int argc, char **argv)
{
	int failed = argc < 2;
	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		int n_files = run_folder(argv[i]);
		const char *name = strrchr(argv[i], '/');
		name = name == NULL ? argv[i] : name + 1;
		failed |= n_files < 0;
		if (n_files < 0)
			printf("not ok %d - %s: a file is missing or failed\n", i, name);
		else
			printf("ok %d - %s: %d files\n", i, name, n_files);
	}
	return failed;
}
