/* The realm: native sign-in of one app. */
#include "_core.h"

#include <stdlib.h>

static void dealloc(PyObject *object)
{
	sto_realm_free(((RealmObject *)object)->realm);
	core_free_object(object);
}

PyObject *core_open_realm(PyObject *module, PyObject *arg)
{
	core_state *state = PyModule_GetState(module);
	struct sto_span request;
	struct sto_error err = {0};
	struct sto_buf findings;
	sto_realm *realm = NULL;
	int rc;
	if (!core_get_text(&request, arg))
		return NULL;
	sto_buf_init(&findings, CORE_RESULT_MAX);
	Py_BEGIN_ALLOW_THREADS rc = sto_realm_open(&realm, &findings, request, NULL, &err);
	Py_END_ALLOW_THREADS RealmObject *self =
		realm == NULL ? NULL : (RealmObject *)core_new_object(state->realm_type);
	PyObject *text = NULL, *pair = NULL;
	if (realm == NULL) {
		(void)core_raise(state, rc, &err);
	} else if (self == NULL) {
		sto_realm_free(realm);
	} else {
		self->realm = realm;
		self->state = state;
		text = core_text(sto_buf_span(&findings));
		pair = text == NULL ? NULL : PyTuple_Pack(2, (PyObject *)self, text);
	}
	Py_XDECREF((PyObject *)self);
	Py_XDECREF(text);
	sto_buf_finish(&findings);
	return pair;
}

static PyObject *get_facts(PyObject *object, void *unused)
{
	struct sto_buf facts;
	(void)unused;
	sto_buf_init(&facts, CORE_RESULT_MAX);
	int rc = sto_realm_facts(&facts, ((RealmObject *)object)->realm);
	PyObject *text = rc == STO_OK ? core_text(sto_buf_span(&facts)) : PyErr_NoMemory();
	sto_buf_finish(&facts);
	return text;
}

/* --- the first door */

static bool get_bytes(struct sto_span *out, PyObject *arg)
{
	char *bytes;
	Py_ssize_t len;
	if (PyBytes_AsStringAndSize(arg, &bytes, &len) < 0)
		return false;
	*out = sto_span_of(bytes, (size_t)len);
	return true;
}

/* One of ASGI's pairs, which may be a list or a tuple. The bytes belong to the pair. */
static bool get_pair(struct sto_header *out, PyObject *pair)
{
	PyObject *name = NULL, *value = NULL;
	if (PyTuple_Check(pair) && PyTuple_Size(pair) == 2) {
		name = PyTuple_GetItem(pair, 0);
		value = PyTuple_GetItem(pair, 1);
	} else if (PyList_Check(pair) && PyList_Size(pair) == 2) {
		name = PyList_GetItem(pair, 0);
		value = PyList_GetItem(pair, 1);
	}
	if (name == NULL || value == NULL) {
		PyErr_SetString(PyExc_TypeError, "a header must be a pair of bytes");
		return false;
	}
	return get_bytes(&out->name, name) && get_bytes(&out->value, value);
}

/* The caller frees *out; it is good as long as the list is. */
static bool get_headers(struct sto_header **out, size_t *n, PyObject *list)
{
	*out = NULL;
	*n = 0;
	if (!PyList_Check(list)) {
		PyErr_SetString(PyExc_TypeError, "headers must be a list");
		return false;
	}
	Py_ssize_t size = PyList_Size(list);
	*out = calloc((size_t)size + 1, sizeof(**out));
	if (*out == NULL) {
		(void)PyErr_NoMemory();
		return false;
	}
	for (; (Py_ssize_t)*n < size; (*n)++)
		if (!get_pair(&(*out)[*n], PyList_GetItem(list, (Py_ssize_t)*n)))
			return false;
	return true;
}

static bool get_request(struct sto_http_request *request, PyObject *const *args, struct sto_header **headers)
{
	size_t n = 0;
	long kind = PyLong_AsLong(args[0]);
	if ((kind == -1 && PyErr_Occurred()) || !core_get_text(&request->method, args[1]) ||
	    !get_bytes(&request->path, args[2]) || !get_bytes(&request->query, args[3]) ||
	    !get_headers(headers, &n, args[4]) || !get_bytes(&request->body, args[6]))
		return false;
	request->kind = kind == STO_REQUEST_SOCKET ? STO_REQUEST_SOCKET : STO_REQUEST_HTTP;
	request->headers = *headers;
	request->n_headers = n;
	request->loopback_peer = Py_IsTrue(args[5]);
	return true;
}

/* The first step is taken here, since it never blocks: most requests are done with it. */
static PyObject *handle(PyObject *object, PyTypeObject *defining, PyObject *const *args, Py_ssize_t n_args,
			PyObject *kwnames)
{
	RealmObject *self = (RealmObject *)object;
	core_state *state = PyType_GetModuleState(defining);
	struct sto_http_request request = {0};
	struct sto_header *headers = NULL;
	struct sto_error err = {0};
	sto_op *op = NULL;
	int rc = STO_USAGE;
	if (n_args != 7 || kwnames != NULL)
		return PyErr_Format(PyExc_TypeError, "handle() takes 7 positional arguments");
	bool read = get_request(&request, args, &headers);
	if (read)
		rc = sto_realm_handle(&op, self->realm, &request, &err); /* copies what it needs */
	free(headers);
	if (!read)
		return NULL;
	if (rc != STO_OK)
		return core_raise(state, rc, &err);
	if (sto_op_response(op) == NULL) {
		Py_BEGIN_ALLOW_THREADS(void) !sto_op_step(op);
		Py_END_ALLOW_THREADS
	}
	return core_new_visit(state, self, op);
}

static PyObject *is_ours(PyObject *object, PyObject *arg)
{
	struct sto_span path;
	if (!get_bytes(&path, arg))
		return NULL;
	return PyBool_FromLong(sto_realm_is_ours(((RealmObject *)object)->realm, path));
}

/* --- what must not reach the app */

/* The pair to pass on for `pair`: itself, another one, or NULL with *gone set. */
static PyObject *strip_pair(const sto_realm *realm, PyObject *pair, bool *gone)
{
	struct sto_header header;
	struct sto_buf kept;
	*gone = false;
	if (!get_pair(&header, pair))
		return NULL;
	if (sto_is_identity_header(header.name)) {
		*gone = true;
		return NULL;
	}
	if (!sto_span_equal_nocase(header.name, STO_SPAN("cookie")))
		return Py_NewRef(pair);
	sto_buf_init(&kept, header.value.len);
	int rc = sto_realm_strip_cookies(&kept, realm, header.value);
	PyObject *value = rc == STO_OK ? core_bytes(sto_buf_span(&kept)) : PyErr_NoMemory();
	PyObject *made = value == NULL ? NULL : Py_BuildValue("(y#O)", "cookie", (Py_ssize_t)6, value);
	*gone = rc == STO_OK && kept.len == 0;
	Py_XDECREF(value);
	sto_buf_finish(&kept);
	if (*gone)
		Py_CLEAR(made);
	return made;
}

static PyObject *strip(PyObject *object, PyObject *list)
{
	if (!PyList_Check(list))
		return PyErr_Format(PyExc_TypeError, "headers must be a list");
	PyObject *kept = PyList_New(0);
	Py_ssize_t size = PyList_Size(list);
	for (Py_ssize_t i = 0; kept != NULL && i < size; i++) {
		bool gone = false;
		PyObject *pair = strip_pair(((RealmObject *)object)->realm, PyList_GetItem(list, i), &gone);
		if (!gone && (pair == NULL || PyList_Append(kept, pair) < 0))
			Py_CLEAR(kept);
		Py_XDECREF(pair);
	}
	return kept;
}

/* --- the second door */

static PyObject *identify(PyObject *object, PyObject *arg)
{
	RealmObject *self = (RealmObject *)object;
	struct sto_span cookie;
	struct sto_error err = {0};
	sto_identity *identity = NULL;
	int rc;
	if (!core_get_text(&cookie, arg))
		return NULL;
	Py_BEGIN_ALLOW_THREADS rc = sto_realm_identify(&identity, self->realm, cookie, &err);
	Py_END_ALLOW_THREADS if (rc != STO_OK) return core_raise(self->state, rc, &err);
	return identity == NULL ? Py_NewRef(Py_None) : core_new_identity(self->state, identity);
}

static PyObject *access_to(PyObject *object, PyTypeObject *defining, PyObject *const *args, Py_ssize_t n_args,
			   PyObject *kwnames)
{
	core_state *state = PyType_GetModuleState(defining);
	const sto_identity *identity = NULL;
	struct sto_span page;
	if (n_args != 2 || kwnames != NULL)
		return PyErr_Format(PyExc_TypeError, "access() takes a path and an Identity or None");
	if (!core_get_text(&page, args[0]) || !core_get_identity(&identity, state, args[1]))
		return NULL;
	return PyLong_FromLong((long)sto_realm_access(((RealmObject *)object)->realm, page, identity));
}

/* --- what a script asks for, and what a worker does */

typedef int (*writes_text)(struct sto_buf *out, sto_realm *realm, struct sto_span text,
			   struct sto_error *err);

static PyObject *text_for(PyObject *object, PyObject *arg, writes_text function)
{
	RealmObject *self = (RealmObject *)object;
	struct sto_span text;
	struct sto_error err = {0};
	struct sto_buf out;
	int rc;
	if (!core_get_text(&text, arg))
		return NULL;
	sto_buf_init(&out, CORE_RESULT_MAX);
	Py_BEGIN_ALLOW_THREADS rc = function(&out, self->realm, text, &err);
	Py_END_ALLOW_THREADS PyObject *made =
		rc == STO_OK ? core_text(sto_buf_span(&out)) : core_raise(self->state, rc, &err);
	sto_buf_finish(&out);
	return made;
}

static PyObject *login_ticket(PyObject *object, PyObject *arg)
{
	return text_for(object, arg, sto_realm_login_ticket);
}

static int logout_here(struct sto_buf *out, sto_realm *realm, struct sto_span cookie, struct sto_error *err)
{
	return sto_realm_logout_ticket(out, realm, cookie, false, err);
}

static int logout_everywhere(struct sto_buf *out, sto_realm *realm, struct sto_span cookie,
			     struct sto_error *err)
{
	return sto_realm_logout_ticket(out, realm, cookie, true, err);
}

static PyObject *logout_ticket(PyObject *object, PyTypeObject *defining, PyObject *const *args,
			       Py_ssize_t n_args, PyObject *kwnames)
{
	(void)defining;
	if (n_args != 2 || kwnames != NULL || !PyBool_Check(args[1]))
		return PyErr_Format(PyExc_TypeError, "logout_ticket() takes a cookie and a bool");
	return text_for(object, args[0], Py_IsTrue(args[1]) ? logout_everywhere : logout_here);
}

static PyObject *touch(PyObject *object, PyObject *arg)
{
	return text_for(object, arg, sto_realm_touch);
}

/* Why not, as the stable name of a reason; "" where all is well. */
static PyObject *refresh(PyObject *object, PyObject *arg)
{
	RealmObject *self = (RealmObject *)object;
	struct sto_span cookie;
	struct sto_error err = {0};
	int rc;
	if (!core_get_text(&cookie, arg))
		return NULL;
	Py_BEGIN_ALLOW_THREADS rc = sto_realm_refresh(self->realm, cookie, &err);
	Py_END_ALLOW_THREADS if (rc == STO_NO_MEMORY ||
				 sto_reason_of(rc)->group == STO_GROUP_STORE) return core_raise(self->state,
												rc, &err);
	return PyUnicode_FromString(rc == STO_OK ? "" : sto_reason_of(rc)->name);
}

static PyObject *change_list(const struct sto_session_changes *changes)
{
	PyObject *list = PyList_New(0);
	for (size_t i = 0; list != NULL && i < changes->n_items; i++) {
		PyObject *item =
			Py_BuildValue("(iy#)", (int)changes->items[i].kind,
				      (const char *)changes->items[i].id, (Py_ssize_t)STO_SESSION_ID_LEN);
		if (item == NULL || PyList_Append(list, item) < 0)
			Py_CLEAR(list);
		Py_XDECREF(item);
	}
	return list;
}

static PyObject *changes_since(PyObject *object, PyObject *arg)
{
	RealmObject *self = (RealmObject *)object;
	struct sto_session_changes changes;
	struct sto_error err = {0};
	unsigned long long since = STO_SESSION_CHANGES_NOW;
	int rc;
	if (!Py_IsNone(arg))
		since = PyLong_AsUnsignedLongLong(arg);
	if (PyErr_Occurred())
		return NULL;
	Py_BEGIN_ALLOW_THREADS rc = sto_realm_changes(&changes, self->realm, since, &err);
	Py_END_ALLOW_THREADS if (rc != STO_OK) return core_raise(self->state, rc, &err);
	PyObject *list = change_list(&changes);
	return list == NULL
		       ? NULL
		       : Py_BuildValue("(NKOO)", list, (unsigned long long)changes.seq,
				       changes.more ? Py_True : Py_False, changes.gap ? Py_True : Py_False);
}

static PyObject *tend(PyObject *object, PyObject *unused)
{
	RealmObject *self = (RealmObject *)object;
	struct sto_error err = {0};
	int rc;
	(void)unused;
	Py_BEGIN_ALLOW_THREADS rc = sto_realm_tend(self->realm, &err);
	Py_END_ALLOW_THREADS return rc == STO_OK ? Py_NewRef(Py_None) : core_raise(self->state, rc, &err);
}

#define FAST (METH_METHOD | METH_FASTCALL | METH_KEYWORDS)

static PyMethodDef methods[] = {
	{"handle", CORE_METHOD(handle), FAST, "The first door: one request, with its first step taken."},
	{"is_ours", is_ours, METH_O, "Whether a raw path is one of our endpoints."},
	{"strip", strip, METH_O,
	 "The headers without our cookies and without those that say who somebody is."},
	{"identify", identify, METH_O, "The second door: who the session of a cookie's value is."},
	{"access", CORE_METHOD(access_to), FAST,
	 "What the rules say of a page: ALLOWED, LOGIN or FORBIDDEN."},
	{"login_ticket", login_ticket, METH_O, "A ticket for /auth/login."},
	{"logout_ticket", CORE_METHOD(logout_ticket), FAST, "A one-time ticket for /auth/logout."},
	{"touch", touch, METH_O, "Slide the expiry of a session. Blocks."},
	{"refresh", refresh, METH_O,
	 "Renew tokens that are about to end; the name of a reason where that failed, else empty. Blocks."},
	{"changes", changes_since, METH_O, "What ended since a number, or None to begin. Blocks."},
	{"tend", tend, METH_NOARGS, "Remove some of what expired. Blocks."},
	CORE_NO_PICKLE,
	{NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
	{"facts", get_facts, NULL, "What a host may know, as JSON.", NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
	{Py_tp_doc, (void *)(uintptr_t) "Native sign-in of one app."},
	{Py_tp_dealloc, (void *)(uintptr_t)dealloc},
	{Py_tp_methods, methods},
	{Py_tp_getset, getset},
	{0, NULL},
};

PyType_Spec core_realm_spec = {"st_oauth._core.Realm", sizeof(RealmObject), 0, CORE_TYPE_FLAGS, slots};
