/* st-oauth-run: hands over to `python -m st_oauth.run` with the same arguments. Serving an app is Python's
 * work. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "python.h"

int main(int argc, char **argv)
{
	char space[PATH_MAX];
	const char *own = getenv("ST_OAUTH_PYTHON"); /* the one that has this package comes first here */
	const char *python = own != NULL && *own != 0 ? own : cli_python(space);
	char **args = calloc((size_t)argc + 3, sizeof(*args));
	if (args == NULL)
		return 1;
	args[0] = (char *)(uintptr_t)python;
	args[1] = (char *)(uintptr_t) "-m";
	args[2] = (char *)(uintptr_t) "st_oauth.run";
	for (int i = 1; i < argc; i++)
		args[i + 2] = argv[i];
	(void)execvp(python, args);
	(void)fprintf(stderr, "st-oauth run: %s cannot be run: %s\n", python, strerror(errno));
	free(args);
	return 126;
}
