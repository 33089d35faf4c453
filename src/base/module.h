/* Modules: code that brings a heavy library along, loaded when it is first needed and never unloaded. Each is
 * one file in the folder stoauth/ beside the library and exports one struct that begins with a head. */
#ifndef STO_BASE_MODULE_H
#define STO_BASE_MODULE_H

#include "stoauth/error.h"

struct sto_module_head {
	uint32_t abi;
	uint32_t size; /* of the whole struct */
};

/* What is asked of a module. */
struct sto_module {
	const char *file;   /* "stoauth/transport_curl.so" */
	const char *symbol; /* the struct it exports */
	uint32_t abi;
	uint32_t size;
	int failure; /* the code of any failure */
};

/* The module's struct out of the file at `path` (absolute), which stays loaded; module->failure where there
 * is none, or one of another version. Any thread. */
STO_CHECKED int sto_module_load(const void **out, const struct sto_module *module, const char *path,
				struct sto_error *err);

/* The same from the folder of the library itself: no environment, no working folder. */
STO_CHECKED int sto_module_find(const void **out, const struct sto_module *module, struct sto_error *err);

/* The same, once a process: what was found is kept in *kept, a static of the caller's. */
STO_CHECKED int sto_module_once(const void **out, const void **kept, const struct sto_module *module,
				struct sto_error *err);

#endif
