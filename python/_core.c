/* The binding: thin, multi-phase, stable ABI from Python 3.11. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "stoauth/stoauth.h"

static PyObject *core_version(PyObject *module, PyObject *unused)
{
	(void)module;
	(void)unused;
	return PyUnicode_FromString(sto_version());
}

static PyMethodDef core_methods[] = {
	{"version", core_version, METH_NOARGS, "version() -> str\n\nThe version of the engine."},
	{NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot core_slots[] = {
	{0, NULL},
};

static struct PyModuleDef core_module = {
	PyModuleDef_HEAD_INIT,
	"st_oauth._core",
	"The engine of st_oauth.",
	0,
	core_methods,
	core_slots,
	NULL,
	NULL,
	NULL,
};

PyMODINIT_FUNC PyInit__core(void);

PyMODINIT_FUNC PyInit__core(void)
{
	return PyModuleDef_Init(&core_module);
}
