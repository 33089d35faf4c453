/* The first door: from a request to the file that answers it. */
#include "base/json.h"
#include "realm/visit.h"

struct sto_visit *sto_visit_of(const sto_op *op)
{
	return op->host_free == sto_visit_free ? op->host : NULL;
}

/* What most requests get, made once. */
static const struct sto_response passed = {.verdict = STO_VERDICT_PASS};

const struct sto_response *sto_op_response(const sto_op *op)
{
	const struct sto_visit *visit = sto_visit_of(op);
	if (op->host_free != sto_visit_free || op->run != NULL)
		return NULL;
	return visit == NULL ? &passed : &visit->response;
}

static void finish(struct sto_visit *visit)
{
	if (visit->events == NULL || json_array_size(visit->events) == 0)
		return;
	sto_buf_clear(&visit->events_text);
	if (sto_json_dump(&visit->events_text, visit->events) == STO_OK)
		visit->response.events = sto_buf_span(&visit->events_text);
}

void sto_visit_go_on(struct sto_visit *visit, int (*next)(sto_op *op))
{
	visit->op->run = next;
}

int sto_visit_step(struct sto_visit *visit, int (*run)(struct sto_visit *visit, struct sto_error *err))
{
	struct sto_error err = {0};
	int rc = run(visit, &err);
	if (rc != STO_OK)
		sto_visit_refuse(visit, rc, &err);
	if (visit->op->run == NULL)
		finish(visit);
	return STO_OK;
}

static int endpoint(struct sto_visit *visit, struct sto_error *err)
{
	switch (visit->place) {
	case STO_PLACE_LOGIN:
		return sto_visit_login(visit, err);
	case STO_PLACE_CALLBACK:
		return sto_visit_callback(visit, err);
	case STO_PLACE_LOGOUT:
		return sto_visit_logout(visit, err);
	case STO_PLACE_USER:
		return sto_visit_user(visit, err);
	case STO_PLACE_SIGNED_OUT:
		return sto_visit_signed_out(visit, err);
	default:
		return sto_visit_guard(visit, err);
	}
}

static int look_up_and_go_on(struct sto_visit *visit, struct sto_error *err)
{
	int rc = sto_visit_lookup(visit, err);
	/* Where a stranger has a socket, so has somebody of whom nobody knows at the moment: the script asks
	 * again at each run, and says so. He is neither signed in by it nor signed out. */
	if (visit->unknown && visit->place == STO_PLACE_STREAM && sto_access_has_public(visit->realm))
		return sto_visit_guard(visit, err);
	return rc != STO_OK ? rc : endpoint(visit, err);
}

static int second_step(sto_op *op)
{
	return sto_visit_step(op->host, look_up_and_go_on);
}

/* A network may be waited for on a worker only. */
static int first_step(sto_op *op)
{
	struct sto_visit *visit = op->host;
	if (visit->realm->closed)
		return sto_visit_step(visit, sto_visit_closed);
	if (!sto_realm_is_blocking(visit->realm))
		return second_step(op);
	sto_visit_go_on(visit, second_step);
	return STO_OK;
}

/* Whether somebody must be looked up, or something of ours be answered. */
static bool concerns_us(const sto_realm *realm, enum sto_place place)
{
	if (place == STO_PLACE_OPEN || place == STO_PLACE_OUTSIDE)
		return false;
	if (realm->closed || sto_place_is_ours(place) || place == STO_PLACE_STREAM ||
	    place == STO_PLACE_AGENT)
		return true;
	return realm->config.require_login || realm->config.n_rules > 0;
}

int sto_realm_handle(sto_op **out, sto_realm *realm, const struct sto_http_request *request,
		     struct sto_error *err)
{
	struct sto_visit *visit = NULL;
	enum sto_place place = sto_place_of(realm, request->path);
	int rc = sto_op_new(out, NULL, (struct sto_span){NULL, 0}, err);
	if (rc != STO_OK)
		return rc;
	(*out)->host_free = sto_visit_free;
	if (!concerns_us(realm, place))
		return STO_OK;
	rc = sto_visit_new(&visit, *out, realm, request, place);
	if (rc == STO_OK) {
		(*out)->host = visit;
		(*out)->run = first_step;
		return STO_OK;
	}
	/* A request over its limits is answered as such; without memory there is no answer. */
	if (rc == STO_TOO_LARGE) {
		struct sto_http_request little = *request;
		little.path = STO_SPAN("/");
		little.query = little.body = (struct sto_span){NULL, 0};
		little.n_headers = 0;
		rc = sto_visit_new(&visit, *out, realm, &little, place);
	}
	if (rc == STO_OK) {
		(*out)->host = visit;
		visit->wants_page = sto_visit_wants_page(request);
		sto_visit_refuse(visit, STO_TOO_LARGE, NULL);
		finish(visit);
		return STO_OK;
	}
	sto_op_free(*out);
	*out = NULL;
	return sto_fail(err, STO_NO_MEMORY, "no memory for a request");
}
