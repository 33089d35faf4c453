#include "python.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *cli_python(char space[PATH_MAX])
{
	const char *env = getenv("VIRTUAL_ENV"), *own = getenv("ST_OAUTH_PYTHON");
	if (env != NULL && *env != 0) {
		(void)snprintf(space, PATH_MAX, "%s/bin/python", env);
		if (access(space, X_OK) == 0)
			return space;
	}
	return own != NULL && *own != 0 ? own : "python3";
}
