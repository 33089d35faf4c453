/* What the files of the binding share. */
#ifndef STO_PYTHON_CORE_H
#define STO_PYTHON_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdatomic.h>

#include "stoauth/stoauth.h"

typedef struct {
	PyTypeObject *gate_type;
	PyTypeObject *operation_type;
	PyTypeObject *login_type;
	PyTypeObject *realm_type;
	PyTypeObject *visit_type;
	PyTypeObject *identity_type;
	PyObject *store_error;
} core_state;

#define CORE_RESULT_MAX 1048576

/* --- _core.c */
PyObject *core_text(struct sto_span text);
PyObject *core_bytes(struct sto_span bytes);
/* Raises what a code means and gives NULL. */
PyObject *core_raise(const core_state *state, int code, const struct sto_error *err);
bool core_get_text(struct sto_span *out, PyObject *arg);
void core_free_object(PyObject *self);
PyObject *core_new_object(PyTypeObject *type);
PyObject *core_no_pickle(PyObject *self, PyObject *unused);

#define CORE_NO_PICKLE                                                                                       \
	{                                                                                                    \
		"__reduce__", core_no_pickle, METH_NOARGS, NULL                                              \
	}
#define CORE_TYPE_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE)
#define CORE_METHOD(function) ((PyCFunction)(void (*)(void))(function))

/* --- _realm.c, _visit.c, _identity.c */
extern PyType_Spec core_realm_spec, core_visit_spec, core_identity_spec;
PyObject *core_open_realm(PyObject *module, PyObject *arg);

typedef struct {
	PyObject_HEAD sto_realm *realm;
	core_state *state; /* of the module, which the type keeps alive */
} RealmObject;

/* Takes `op` over, also on failure; holds the realm. */
PyObject *core_new_visit(core_state *state, RealmObject *realm, sto_op *op);
/* Takes `identity` over, also on failure. */
PyObject *core_new_identity(core_state *state, sto_identity *identity);
/* The identity inside; NULL for None. False with a TypeError for anything else. */
bool core_get_identity(const sto_identity **out, const core_state *state, PyObject *arg);

#endif
