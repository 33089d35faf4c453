#include "dev/exchange.h"

#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "http/form.h"

#define BODY_MAX 1048576
#define HEADER_MAX 16384

void dev_response_init(struct dev_response *res)
{
	*res = (struct dev_response){.status = 500};
	sto_buf_init(&res->body, BODY_MAX);
	sto_buf_init(&res->location, HEADER_MAX);
	sto_buf_init(&res->set_cookie, HEADER_MAX);
	sto_buf_init(&res->www_authenticate, HEADER_MAX);
	sto_buf_init(&res->csp, HEADER_MAX);
}

void dev_response_finish(struct dev_response *res)
{
	sto_buf_finish(&res->body);
	sto_buf_finish(&res->location);
	sto_buf_finish(&res->set_cookie);
	sto_buf_finish(&res->www_authenticate);
	sto_buf_finish(&res->csp);
}

int dev_answer_json(struct dev_response *res, int status, json_t *json)
{
	int rc = json == NULL ? STO_NO_MEMORY : sto_json_dump(&res->body, json);
	json_decref(json);
	res->status = status;
	res->content_type = "application/json";
	return rc;
}

int dev_answer_error(struct dev_response *res, int status, const char *error, const char *description)
{
	return dev_answer_json(res, status,
			       json_pack("{s:s, s:s}", "error", error, "error_description", description));
}

int dev_answer_redirect(struct dev_response *res, struct sto_span location)
{
	res->status = 303;
	sto_buf_clear(&res->location);
	return sto_buf_put(&res->location, location);
}

static void add_field(struct dev_form *out, const char *name, const char *value)
{
	if (json_object_get(out->field, name) == NULL)
		(void)json_object_set_new(out->field, name, json_string(value));
	else if (out->repeated[0] == 0)
		(void)strncpy(out->repeated, name, sizeof(out->repeated) - 1);
}

bool dev_form_read(struct dev_form *out, struct sto_span text)
{
	struct sto_buf name, value;
	int rc = STO_OK;
	*out = (struct dev_form){.field = json_object()};
	sto_buf_init(&name, STO_LIMIT_FORM);
	sto_buf_init(&value, STO_LIMIT_FORM);
	while ((rc = sto_form_next(&name, &value, &text)) == STO_OK) {
		const char *name_text = sto_buf_cstr(&name), *value_text = sto_buf_cstr(&value);
		if (name_text != NULL && value_text != NULL)
			add_field(out, name_text, value_text);
	}
	sto_buf_finish(&name);
	sto_buf_finish(&value);
	if (rc != STO_FORM_ABSENT)
		dev_form_finish(out);
	return out->field != NULL;
}

void dev_form_finish(struct dev_form *form)
{
	json_decref(form->field);
	form->field = NULL;
}

const char *dev_form_get(const struct dev_form *form, const char *name)
{
	const char *text = json_string_value(json_object_get(form->field, name));
	return text == NULL || *text == 0 ? NULL : text;
}

bool dev_is_form(const struct dev_request *req)
{
	struct sto_span type = sto_span_slice(req->content_type, 0, sto_span_find(req->content_type, ';'));
	while (type.len > 0 && type.ptr[type.len - 1] == ' ')
		type.len--;
	return sto_span_equal_nocase(type, STO_SPAN("application/x-www-form-urlencoded"));
}

const char *dev_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

bool dev_has_word(const char *list, const char *word)
{
	struct sto_span head, rest = sto_span_str(list);
	while (sto_span_split(&head, &rest, ' '))
		if (sto_span_equal(head, sto_span_str(word)))
			return true;
	return false;
}
