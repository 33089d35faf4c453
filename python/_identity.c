/* Who somebody is at one moment. */
#include "_core.h"

typedef struct {
	PyObject_HEAD sto_identity *identity;
} IdentityObject;

PyObject *core_new_identity(core_state *state, sto_identity *identity)
{
	IdentityObject *self = (IdentityObject *)core_new_object(state->identity_type);
	if (self == NULL)
		sto_identity_free(identity);
	else
		self->identity = identity;
	return (PyObject *)self;
}

bool core_get_identity(const sto_identity **out, const core_state *state, PyObject *arg)
{
	*out = NULL;
	if (Py_IsNone(arg))
		return true;
	if (!Py_IS_TYPE(arg, state->identity_type)) {
		PyErr_SetString(PyExc_TypeError, "an Identity or None is needed");
		return false;
	}
	*out = ((IdentityObject *)arg)->identity;
	return true;
}

static void dealloc(PyObject *object)
{
	sto_identity_free(((IdentityObject *)object)->identity);
	core_free_object(object);
}

static PyObject *get_text(PyObject *object, void *which)
{
	return core_text(sto_identity_text(((IdentityObject *)object)->identity,
					   (enum sto_identity_text)(uintptr_t)which));
}

static PyObject *get_session_id(PyObject *object, void *unused)
{
	(void)unused;
	return core_bytes(sto_identity_text(((IdentityObject *)object)->identity, STO_IDENTITY_SESSION_ID));
}

static PyObject *get_time(PyObject *object, void *which)
{
	int64_t sec = sto_identity_time_sec(((IdentityObject *)object)->identity,
					    (enum sto_identity_time)(uintptr_t)which);
	return sec == INT64_MIN ? Py_NewRef(Py_None) : PyFloat_FromDouble((double)sec);
}

static PyObject *get_touch_due(PyObject *object, void *unused)
{
	(void)unused;
	return PyBool_FromLong(sto_identity_touch_due(((IdentityObject *)object)->identity));
}

static PyObject *repr(PyObject *object)
{
	return PyUnicode_FromFormat(
		"<st_oauth identity, signed in until %lld>",
		(long long)sto_identity_time_sec(((IdentityObject *)object)->identity, STO_IDENTITY_END));
}

#define TEXT(name, which, doc)                                                                               \
	{                                                                                                    \
		name, get_text, NULL, doc, (void *)(uintptr_t)(which)                                        \
	}
#define TIME(name, which, doc)                                                                               \
	{                                                                                                    \
		name, get_time, NULL, doc, (void *)(uintptr_t)(which)                                        \
	}

static PyGetSetDef getset[] = {
	TEXT("issuer", STO_IDENTITY_ISSUER, "iss"),
	TEXT("subject", STO_IDENTITY_SUBJECT, "sub"),
	TEXT("provider", STO_IDENTITY_PROVIDER, "The provider's name in the configuration."),
	TEXT("claims", STO_IDENTITY_CLAIMS, "The claims as JSON."),
	TEXT("access_token", STO_IDENTITY_ACCESS_TOKEN, "Empty where there is none."),
	TEXT("id_token", STO_IDENTITY_ID_TOKEN, "Empty where there is none."),
	TEXT("refresh_token", STO_IDENTITY_REFRESH_TOKEN, "Empty where there is none."),
	TIME("created_at", STO_IDENTITY_CREATED, "Seconds since 1970."),
	TIME("expires_at", STO_IDENTITY_END, "Signed in until then, if nothing touches the session."),
	TIME("auth_time", STO_IDENTITY_AUTH_TIME, "Of the sign-in at the provider, or None."),
	TIME("access_expires_at", STO_IDENTITY_ACCESS_END, "Of the access token, or None."),
	{"session_id", get_session_id, NULL, "The session's name in the log of changes.", NULL},
	{"touch_due", get_touch_due, NULL, "Whether a worker should call touch().", NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef methods[] = {
	CORE_NO_PICKLE,
	{NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
	{Py_tp_doc, (void *)(uintptr_t) "Who somebody is at one moment."},
	{Py_tp_dealloc, (void *)(uintptr_t)dealloc},
	{Py_tp_repr, (void *)(uintptr_t)repr},
	{Py_tp_methods, methods},
	{Py_tp_getset, getset},
	{0, NULL},
};

PyType_Spec core_identity_spec = {"st_oauth._core.Identity", sizeof(IdentityObject), 0, CORE_TYPE_FLAGS,
				  slots};
