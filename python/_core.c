/* The binding: thin, multi-phase, stable ABI from Python 3.11. Text goes in and out as JSON. The GIL is given
 * back around every call that may block or take a while, and C never calls into Python from there.
 *
 * Threads: a Gate and a Login are immutable and may be used by any number; an Operation refuses a second
 * thread while one steps it. */
#include "_core.h"

typedef struct {
	PyObject_HEAD sto_gate *gate;
} GateObject;

typedef struct {
	PyObject_HEAD GateObject *gate; /* held, so that it outlives the operation */
	sto_op *op;
	bool done;
	atomic_flag busy;
} OperationObject;

typedef struct {
	PyObject_HEAD sto_login *login;
	PyObject *identity;
} LoginObject;

/* --- small helpers */

PyObject *core_text(struct sto_span text)
{
	return PyUnicode_DecodeUTF8(text.len == 0 ? "" : (const char *)text.ptr, (Py_ssize_t)text.len,
				    "strict");
}

PyObject *core_bytes(struct sto_span bytes)
{
	return PyBytes_FromStringAndSize(bytes.len == 0 ? "" : (const char *)bytes.ptr,
					 (Py_ssize_t)bytes.len);
}

PyObject *core_raise(const core_state *state, int code, const struct sto_error *err)
{
	const struct sto_reason *reason = sto_reason_of(code);
	if (code == STO_NO_MEMORY)
		return PyErr_NoMemory();
	PyObject *type = code == STO_BAD_JSON || code == STO_USAGE ? PyExc_ValueError : PyExc_RuntimeError;
	if (reason->group == STO_GROUP_STORE)
		type = state->store_error;
	return PyErr_Format(type, "%s: %s", reason->name, err->detail);
}

bool core_get_text(struct sto_span *out, PyObject *arg)
{
	Py_ssize_t len;
	const char *text = PyUnicode_AsUTF8AndSize(arg, &len);
	if (text == NULL)
		return false;
	*out = sto_span_of(text, (size_t)len);
	return true;
}

void core_free_object(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);
	PyObject_Free(self);
	Py_DECREF(type);
}

PyObject *core_new_object(PyTypeObject *type)
{
	return PyType_GenericAlloc(type, 0);
}

PyObject *core_no_pickle(PyObject *self, PyObject *unused)
{
	(void)unused;
	return PyErr_Format(PyExc_TypeError, "%R cannot be pickled or copied", (PyObject *)Py_TYPE(self));
}

/* --- Login */

/* A string without escapes is the everyday identity; whatever else goes through json.loads(). */
static PyObject *identity_of(struct sto_span json)
{
	if (json.len >= 2 && json.ptr[0] == '"' && sto_span_find(json, '\\') == json.len)
		return core_text(sto_span_slice(json, 1, json.len - 2));
	PyObject *module = PyImport_ImportModule("json");
	PyObject *text = module == NULL ? NULL : core_text(json);
	PyObject *value = text == NULL ? NULL : PyObject_CallMethod(module, "loads", "O", text);
	Py_XDECREF(text);
	Py_XDECREF(module);
	return value;
}

/* Takes `login` over, also on failure. */
static PyObject *new_login(core_state *state, sto_login *login)
{
	LoginObject *self = (LoginObject *)core_new_object(state->login_type);
	if (self == NULL) {
		sto_login_free(login);
		return NULL;
	}
	self->login = login;
	self->identity = identity_of(sto_login_identity(login));
	if (self->identity == NULL)
		Py_CLEAR(self);
	return (PyObject *)self;
}

static void login_dealloc(PyObject *object)
{
	LoginObject *self = (LoginObject *)object;
	sto_login_free(self->login);
	Py_CLEAR(self->identity);
	core_free_object(object);
}

static PyObject *login_identity(PyObject *object, PyTypeObject *defining, PyObject *const *args,
				Py_ssize_t n_args, PyObject *kwnames)
{
	LoginObject *self = (LoginObject *)object;
	core_state *state = PyType_GetModuleState(defining);
	const struct sto_world *world = sto_world_system();
	if (n_args != 1 || kwnames != NULL || !Py_IS_TYPE(args[0], state->gate_type)) {
		PyErr_SetString(PyExc_TypeError, "identity() takes one Gate");
		return NULL;
	}
	bool holds = sto_login_holds(self->login, ((GateObject *)args[0])->gate, world->now_sec(world->ctx));
	return Py_NewRef(holds ? self->identity : Py_None);
}

static PyObject *login_expires_at(PyObject *object, void *unused)
{
	(void)unused;
	return PyFloat_FromDouble((double)sto_login_expires_sec(((LoginObject *)object)->login));
}

static PyObject *login_claims(PyObject *object, void *unused)
{
	(void)unused;
	return core_text(sto_login_claims(((LoginObject *)object)->login));
}

static PyObject *login_repr(PyObject *object)
{
	return PyUnicode_FromFormat("<st_oauth login, expires at %lld>",
				    (long long)sto_login_expires_sec(((LoginObject *)object)->login));
}

static PyMethodDef login_methods[] = {
	{"identity", CORE_METHOD(login_identity), METH_METHOD | METH_FASTCALL | METH_KEYWORDS,
	 "The identity where the login is this gate's and has not expired, else None."},
	CORE_NO_PICKLE,
	{NULL, NULL, 0, NULL},
};

static PyGetSetDef login_getset[] = {
	{"expires_at", login_expires_at, NULL, "Seconds since 1970 from which the login no longer counts.",
	 NULL},
	{"claims", login_claims, NULL, "The claims of the token as JSON.", NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot login_slots[] = {
	{Py_tp_doc, (void *)(uintptr_t) "A finished login."},
	{Py_tp_dealloc, (void *)(uintptr_t)login_dealloc},
	{Py_tp_repr, (void *)(uintptr_t)login_repr},
	{Py_tp_methods, login_methods},
	{Py_tp_getset, login_getset},
	{0, NULL},
};

static PyType_Spec login_spec = {"st_oauth._core.Login", sizeof(LoginObject), 0, CORE_TYPE_FLAGS,
				 login_slots};

/* --- Operation */

static void operation_dealloc(PyObject *object)
{
	OperationObject *self = (OperationObject *)object;
	sto_op_free(self->op);
	Py_CLEAR(self->gate);
	core_free_object(object);
}

static PyObject *operation_step(PyObject *object, PyObject *unused)
{
	OperationObject *self = (OperationObject *)object;
	int step;
	(void)unused;
	if (atomic_flag_test_and_set(&self->busy)) {
		PyErr_SetString(PyExc_RuntimeError, "another thread steps this operation");
		return NULL;
	}
	Py_BEGIN_ALLOW_THREADS step = sto_op_step(self->op);
	Py_END_ALLOW_THREADS self->done = step == STO_STEP_DONE;
	atomic_flag_clear(&self->busy);
	return PyLong_FromLong(step);
}

static PyObject *operation_result(PyObject *object, PyObject *unused)
{
	OperationObject *self = (OperationObject *)object;
	(void)unused;
	if (!self->done) {
		PyErr_SetString(PyExc_RuntimeError, "the operation is not done");
		return NULL;
	}
	return core_text(sto_op_result(self->op));
}

static PyObject *operation_login(PyObject *object, PyTypeObject *defining, PyObject *const *args,
				 Py_ssize_t n_args, PyObject *kwnames)
{
	OperationObject *self = (OperationObject *)object;
	(void)args;
	if (n_args != 0 || kwnames != NULL) {
		PyErr_SetString(PyExc_TypeError, "login() takes no arguments");
		return NULL;
	}
	sto_login *login = self->done ? sto_op_take_login(self->op) : NULL;
	return login == NULL ? Py_NewRef(Py_None) : new_login(PyType_GetModuleState(defining), login);
}

static PyMethodDef operation_methods[] = {
	{"step", operation_step, METH_NOARGS, "Go on: WORKER (call again where blocking is fine) or DONE."},
	{"result", operation_result, METH_NOARGS, "The answer as JSON, once step() gave DONE."},
	{"login", CORE_METHOD(operation_login), METH_METHOD | METH_FASTCALL | METH_KEYWORDS,
	 "The login of a finish() that succeeded, once; else None."},
	CORE_NO_PICKLE,
	{NULL, NULL, 0, NULL},
};

static PyType_Slot operation_slots[] = {
	{Py_tp_doc, (void *)(uintptr_t) "A login under way."},
	{Py_tp_dealloc, (void *)(uintptr_t)operation_dealloc},
	{Py_tp_methods, operation_methods},
	{0, NULL},
};

static PyType_Spec operation_spec = {"st_oauth._core.Operation", sizeof(OperationObject), 0, CORE_TYPE_FLAGS,
				     operation_slots};

/* --- Gate */

static void gate_dealloc(PyObject *object)
{
	sto_gate_free(((GateObject *)object)->gate);
	core_free_object(object);
}

static PyObject *gate_id(PyObject *object, void *unused)
{
	(void)unused;
	return core_text(sto_gate_id(((GateObject *)object)->gate));
}

static PyObject *gate_facts(PyObject *object, void *unused)
{
	struct sto_buf facts;
	(void)unused;
	sto_buf_init(&facts, CORE_RESULT_MAX);
	int rc = sto_gate_facts(&facts, ((GateObject *)object)->gate);
	PyObject *text = rc == STO_OK ? core_text(sto_buf_span(&facts)) : PyErr_NoMemory();
	sto_buf_finish(&facts);
	return text;
}

typedef int (*start_function)(sto_op **, sto_gate *, struct sto_span, struct sto_error *);

static PyObject *start(PyObject *object, PyTypeObject *defining, PyObject *const *args, Py_ssize_t n_args,
		       PyObject *kwnames, start_function function)
{
	core_state *state = PyType_GetModuleState(defining);
	struct sto_span request;
	struct sto_error err = {0};
	if (n_args != 1 || kwnames != NULL) {
		PyErr_SetString(PyExc_TypeError, "takes one request as JSON text");
		return NULL;
	}
	if (!core_get_text(&request, args[0]))
		return NULL;
	OperationObject *self = (OperationObject *)core_new_object(state->operation_type);
	if (self == NULL)
		return NULL;
	atomic_flag_clear(&self->busy);
	self->gate = (GateObject *)Py_NewRef(object);
	int rc = function(&self->op, ((GateObject *)object)->gate, request, &err);
	if (rc == STO_OK)
		return (PyObject *)self;
	Py_DECREF(self);
	return core_raise(state, rc, &err);
}

static PyObject *gate_begin(PyObject *object, PyTypeObject *defining, PyObject *const *args,
			    Py_ssize_t n_args, PyObject *kwnames)
{
	return start(object, defining, args, n_args, kwnames, sto_gate_begin);
}

static PyObject *gate_finish(PyObject *object, PyTypeObject *defining, PyObject *const *args,
			     Py_ssize_t n_args, PyObject *kwnames)
{
	return start(object, defining, args, n_args, kwnames, sto_gate_finish);
}

static PyMethodDef gate_methods[] = {
	{"begin", CORE_METHOD(gate_begin), METH_METHOD | METH_FASTCALL | METH_KEYWORDS, "Begin a login."},
	{"finish", CORE_METHOD(gate_finish), METH_METHOD | METH_FASTCALL | METH_KEYWORDS,
	 "Finish a login that came back."},
	CORE_NO_PICKLE,
	{NULL, NULL, 0, NULL},
};

static PyGetSetDef gate_getset[] = {
	{"id", gate_id, NULL, "Stable over processes: names app, block, provider and client.", NULL},
	{"facts", gate_facts, NULL, "What a host may know of the configuration, as JSON.", NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot gate_slots[] = {
	{Py_tp_doc, (void *)(uintptr_t) "One configured gate."},
	{Py_tp_dealloc, (void *)(uintptr_t)gate_dealloc},
	{Py_tp_methods, gate_methods},
	{Py_tp_getset, gate_getset},
	{0, NULL},
};

static PyType_Spec gate_spec = {"st_oauth._core.Gate", sizeof(GateObject), 0, CORE_TYPE_FLAGS, gate_slots};

/* --- the module */

static PyObject *core_version(PyObject *module, PyObject *unused)
{
	(void)module;
	(void)unused;
	return PyUnicode_FromString(sto_version());
}

/* Takes `gate` over, also on failure. */
static PyObject *new_gate(core_state *state, sto_gate *gate)
{
	GateObject *self = (GateObject *)core_new_object(state->gate_type);
	if (self == NULL)
		sto_gate_free(gate);
	else
		self->gate = gate;
	return (PyObject *)self;
}

static PyObject *core_open_gate(PyObject *module, PyObject *arg)
{
	struct sto_span request;
	struct sto_error err = {0};
	struct sto_buf findings;
	sto_gate *gate = NULL;
	int rc;
	if (!core_get_text(&request, arg))
		return NULL;
	sto_buf_init(&findings, CORE_RESULT_MAX);
	Py_BEGIN_ALLOW_THREADS rc = sto_gate_open(&gate, &findings, request, NULL, &err);
	Py_END_ALLOW_THREADS PyObject *pair = NULL;
	if (rc != STO_OK && rc != STO_CONFIG_WRONG) {
		(void)core_raise(PyModule_GetState(module), rc, &err);
	} else {
		PyObject *opened =
			gate == NULL ? Py_NewRef(Py_None) : new_gate(PyModule_GetState(module), gate);
		PyObject *text = opened == NULL ? NULL : core_text(sto_buf_span(&findings));
		pair = text == NULL ? NULL : PyTuple_Pack(2, opened, text);
		Py_XDECREF(opened);
		Py_XDECREF(text);
	}
	sto_buf_finish(&findings);
	return pair;
}

static PyMethodDef core_methods[] = {
	{"version", core_version, METH_NOARGS, "version() -> str\n\nThe version of the engine."},
	{"open_gate", core_open_gate, METH_O,
	 "open_gate(request) -> (Gate | None, findings)\n\nCheck a configuration and open a gate with it."},
	{"open_realm", core_open_realm, METH_O,
	 "open_realm(request) -> (Realm, findings)\n\nCheck [auth] and open a realm with it; a closed one "
	 "where it is "
	 "wrong."},
	{NULL, NULL, 0, NULL},
};

static int add_type(PyTypeObject **out, PyObject *module, PyType_Spec *spec)
{
	*out = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
	return *out == NULL ? -1 : PyModule_AddType(module, *out);
}

static int add_numbers(PyObject *module)
{
	static const struct {
		const char *name;
		long value;
	} numbers[] = {
		{"DONE", STO_STEP_DONE},
		{"WORKER", STO_STEP_WORKER},
		{"ASK", STO_STEP_ASK},
		{"HTTP", STO_REQUEST_HTTP},
		{"SOCKET", STO_REQUEST_SOCKET},
		{"PASS", STO_VERDICT_PASS},
		{"RESPOND", STO_VERDICT_RESPOND},
		{"LEAVE", STO_VERDICT_LEAVE},
		{"ALLOWED", STO_ACCESS_ALLOWED},
		{"LOGIN", STO_ACCESS_LOGIN},
		{"FORBIDDEN", STO_ACCESS_FORBIDDEN},
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (PyModule_AddIntConstant(module, numbers[i].name, numbers[i].value) < 0)
			return -1;
	return 0;
}

static int core_exec(PyObject *module)
{
	core_state *state = PyModule_GetState(module);
	if (add_type(&state->gate_type, module, &gate_spec) < 0 ||
	    add_type(&state->operation_type, module, &operation_spec) < 0 ||
	    add_type(&state->login_type, module, &login_spec) < 0 ||
	    add_type(&state->realm_type, module, &core_realm_spec) < 0 ||
	    add_type(&state->visit_type, module, &core_visit_spec) < 0 ||
	    add_type(&state->identity_type, module, &core_identity_spec) < 0)
		return -1;
	state->store_error =
		PyErr_NewExceptionWithDoc("st_oauth._core.StoreError",
					  "The session store cannot be asked: nobody knows who is signed in.",
					  PyExc_RuntimeError, NULL);
	if (state->store_error == NULL || PyModule_AddObjectRef(module, "StoreError", state->store_error) < 0)
		return -1;
	return add_numbers(module);
}

static int core_traverse(PyObject *module, visitproc visit, void *arg)
{
	core_state *state = PyModule_GetState(module);
	Py_VISIT(state->gate_type);
	Py_VISIT(state->operation_type);
	Py_VISIT(state->login_type);
	Py_VISIT(state->realm_type);
	Py_VISIT(state->visit_type);
	Py_VISIT(state->identity_type);
	Py_VISIT(state->store_error);
	return 0;
}

static int core_clear(PyObject *module)
{
	core_state *state = PyModule_GetState(module);
	Py_CLEAR(state->gate_type);
	Py_CLEAR(state->operation_type);
	Py_CLEAR(state->login_type);
	Py_CLEAR(state->realm_type);
	Py_CLEAR(state->visit_type);
	Py_CLEAR(state->identity_type);
	Py_CLEAR(state->store_error);
	return 0;
}

static void core_free(void *module)
{
	(void)core_clear(module);
}

static PyModuleDef_Slot core_slots[] = {
	{Py_mod_exec, (void *)(uintptr_t)core_exec},
	{0, NULL},
};

static struct PyModuleDef core_module = {
	PyModuleDef_HEAD_INIT, "st_oauth._core", "The engine of st_oauth.",
	sizeof(core_state),    core_methods,     core_slots,
	core_traverse,         core_clear,       core_free,
};

PyMODINIT_FUNC PyInit__core(void);

PyMODINIT_FUNC PyInit__core(void)
{
	return PyModuleDef_Init(&core_module);
}
