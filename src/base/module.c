#include "base/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

int sto_module_load(const void **out, const struct sto_module *module, const char *path,
		    struct sto_error *err)
{
	struct sto_module_head head;
	*out = NULL;
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (library == NULL)
		return sto_fail(err, module->failure, "cannot load a module: %s", dlerror());
	const void *found = dlsym(library, module->symbol);
	if (found == NULL)
		return sto_fail(err, module->failure, "%s is no module with %s", path, module->symbol);
	memcpy(&head, found, sizeof(head));
	if (head.abi != module->abi || head.size != module->size)
		return sto_fail(err, module->failure, "%s belongs to another version of this library", path);
	*out = found;
	return STO_OK;
}

/* The path beside the file that this very code was loaded from. */
static int find_path(char *out, size_t len, const struct sto_module *module, struct sto_error *err)
{
	/* Any object of ours tells; a function's address is no object's in ISO C. */
	static const char here = 0;
	Dl_info info = {0};
	size_t name = strlen(module->file) + 1;
	if (dladdr(&here, &info) == 0 || info.dli_fname == NULL || info.dli_fname[0] != '/')
		return sto_fail(err, module->failure, "the library's own folder is not known");
	size_t folder = (size_t)(strrchr(info.dli_fname, '/') - info.dli_fname) + 1;
	if (folder >= len || name > len - folder)
		return sto_fail(err, module->failure, "the library's own folder has too long a name");
	memcpy(out, info.dli_fname, folder);
	memcpy(out + folder, module->file, name);
	return STO_OK;
}

int sto_module_find(const void **out, const struct sto_module *module, struct sto_error *err)
{
	char path[PATH_MAX];
	*out = NULL;
	int rc = find_path(path, sizeof(path), module, err);
	return rc == STO_OK ? sto_module_load(out, module, path, err) : rc;
}

int sto_module_once(const void **out, const void **kept, const struct sto_module *module,
		    struct sto_error *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	int rc = STO_OK;
	(void)pthread_mutex_lock(&lock);
	if (*kept == NULL)
		rc = sto_module_find(kept, module, err);
	*out = *kept;
	(void)pthread_mutex_unlock(&lock);
	return rc;
}
