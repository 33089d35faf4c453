/* One request on its way through a realm. */
#include "_core.h"

typedef struct {
	PyObject_HEAD RealmObject *realm; /* held, so that it outlives the operation */
	sto_op *op;
	atomic_flag busy;
} VisitObject;

PyObject *core_new_visit(core_state *state, RealmObject *realm, sto_op *op)
{
	VisitObject *self = (VisitObject *)core_new_object(state->visit_type);
	if (self == NULL) {
		sto_op_free(op);
		return NULL;
	}
	atomic_flag_clear(&self->busy);
	self->realm = (RealmObject *)Py_NewRef((PyObject *)realm);
	self->op = op;
	return (PyObject *)self;
}

static void dealloc(PyObject *object)
{
	VisitObject *self = (VisitObject *)object;
	sto_op_free(self->op);
	Py_CLEAR(self->realm);
	core_free_object(object);
}

static PyObject *step(PyObject *object, PyObject *unused)
{
	VisitObject *self = (VisitObject *)object;
	int answer;
	(void)unused;
	if (atomic_flag_test_and_set(&self->busy)) {
		PyErr_SetString(PyExc_RuntimeError, "another thread steps this visit");
		return NULL;
	}
	Py_BEGIN_ALLOW_THREADS answer = sto_op_step(self->op);
	Py_END_ALLOW_THREADS atomic_flag_clear(&self->busy);
	return PyLong_FromLong(answer);
}

static PyObject *question(PyObject *object, PyObject *unused)
{
	(void)unused;
	return core_text(sto_op_question(((VisitObject *)object)->op));
}

static PyObject *reply(PyObject *object, PyObject *arg)
{
	VisitObject *self = (VisitObject *)object;
	struct sto_error err = {0};
	struct sto_span text;
	if (!core_get_text(&text, arg))
		return NULL;
	int rc = sto_op_reply(self->op, text, &err);
	return rc == STO_OK ? Py_NewRef(Py_None) : core_raise(self->realm->state, rc, &err);
}

/* The response, or NULL with a RuntimeError. */
static const struct sto_response *response_of(PyObject *object)
{
	const struct sto_response *response = sto_op_response(((VisitObject *)object)->op);
	if (response == NULL)
		PyErr_SetString(PyExc_RuntimeError, "the visit is not done");
	return response;
}

/* What step() would answer for what has been done so far. */
static PyObject *get_state(PyObject *object, void *unused)
{
	const sto_op *op = ((VisitObject *)object)->op;
	(void)unused;
	if (sto_op_question(op).len > 0)
		return PyLong_FromLong(STO_STEP_ASK);
	return PyLong_FromLong(sto_op_response(op) == NULL ? STO_STEP_WORKER : STO_STEP_DONE);
}

static PyObject *get_verdict(PyObject *object, void *unused)
{
	const struct sto_response *response = response_of(object);
	(void)unused;
	return response == NULL ? NULL : PyLong_FromLong((long)response->verdict);
}

static PyObject *get_status(PyObject *object, void *unused)
{
	const struct sto_response *response = response_of(object);
	(void)unused;
	return response == NULL ? NULL : PyLong_FromLong(response->status);
}

static PyObject *pair_of(const struct sto_header *header)
{
	PyObject *name = core_bytes(header->name), *value = core_bytes(header->value);
	PyObject *pair = name != NULL && value != NULL ? PyTuple_Pack(2, name, value) : NULL;
	Py_XDECREF(name);
	Py_XDECREF(value);
	return pair;
}

static PyObject *get_headers(PyObject *object, void *unused)
{
	const struct sto_response *response = response_of(object);
	PyObject *list = response == NULL ? NULL : PyList_New(0);
	(void)unused;
	for (size_t i = 0; list != NULL && i < response->n_headers; i++) {
		PyObject *pair = pair_of(&response->headers[i]);
		if (pair == NULL || PyList_Append(list, pair) < 0)
			Py_CLEAR(list);
		Py_XDECREF(pair);
	}
	return list;
}

static PyObject *get_body(PyObject *object, void *unused)
{
	const struct sto_response *response = response_of(object);
	(void)unused;
	return response == NULL ? NULL : core_bytes(response->body);
}

static PyObject *get_location(PyObject *object, void *unused)
{
	const struct sto_response *response = response_of(object);
	(void)unused;
	return response == NULL ? NULL : core_text(response->location);
}

static PyObject *get_cookie(PyObject *object, void *unused)
{
	const struct sto_response *response = response_of(object);
	(void)unused;
	return response == NULL ? NULL : core_text(response->cookie);
}

static PyObject *get_session_id(PyObject *object, void *unused)
{
	const struct sto_response *response = response_of(object);
	(void)unused;
	return response == NULL ? NULL : core_bytes(response->session_id);
}

static PyObject *get_events(PyObject *object, void *unused)
{
	const struct sto_response *response = response_of(object);
	(void)unused;
	return response == NULL ? NULL : core_text(response->events);
}

static PyMethodDef methods[] = {
	{"step", step, METH_NOARGS,
	 "Go on: WORKER (call again where blocking is fine), ASK (question() waits for reply()) or DONE."},
	{"question", question, METH_NOARGS, "After ASK: the question as JSON."},
	{"reply", reply, METH_O, "The reply to the question, as JSON."},
	CORE_NO_PICKLE,
	{NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
	{"state", get_state, NULL, "DONE, WORKER or ASK: what the last step gave.", NULL},
	{"verdict", get_verdict, NULL, "PASS, RESPOND or LEAVE.", NULL},
	{"status", get_status, NULL, "Of RESPOND.", NULL},
	{"headers", get_headers, NULL, "Of RESPOND: all of them, as pairs of bytes.", NULL},
	{"body", get_body, NULL, "Of RESPOND.", NULL},
	{"location", get_location, NULL, "Of LEAVE.", NULL},
	{"cookie", get_cookie, NULL, "Of PASS: the session cookie's value; empty for a stranger.", NULL},
	{"session_id", get_session_id, NULL, "Of PASS: the session's name in the log of changes.", NULL},
	{"events", get_events, NULL, "Audit events as a JSON list; empty where there are none.", NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
	{Py_tp_doc, (void *)(uintptr_t) "One request on its way through a realm."},
	{Py_tp_dealloc, (void *)(uintptr_t)dealloc},
	{Py_tp_methods, methods},
	{Py_tp_getset, getset},
	{0, NULL},
};

PyType_Spec core_visit_spec = {"st_oauth._core.Visit", sizeof(VisitObject), 0, CORE_TYPE_FLAGS, slots};
