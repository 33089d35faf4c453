/* The Python that apps run with. */
#ifndef CLI_PYTHON_H
#define CLI_PYTHON_H

#include <limits.h>

/* $VIRTUAL_ENV's, else the one that runs this package ($ST_OAUTH_PYTHON), else the system's. A path or a name
 * to look for in $PATH; borrowed from `space` or the environment. */
const char *cli_python(char space[PATH_MAX]);

#endif
