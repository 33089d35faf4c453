/* A picture for everybody: initials on a colour that belongs to the name. */
#include <string.h>

#include "dev/page.h"
#include "dev/personas.h"
#include "dev/provider.h"

/* Dark enough for white letters (WCAG AA). */
static const char *const colours[] = {"#3b46c8", "#0b7285", "#9c36b5", "#2b7a3d",
				      "#b02a5b", "#a4470c", "#5f3dc4"};

static const char *colour_of(const char *name)
{
	uint32_t hash = 2166136261u;
	for (; *name != 0; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619u;
	hash ^= hash >> 15;
	return colours[hash % (sizeof(colours) / sizeof(colours[0]))];
}

/* The length of the UTF-8 character that begins there. */
static size_t character_len(const char *text)
{
	size_t len = *text == 0 ? 0 : 1;
	while (len > 0 && (text[len] & 0xc0) == 0x80)
		len++;
	return len;
}

/* The first characters of the first and the last word. */
static void initials_of(char out[16], const char *name)
{
	const char *last = strrchr(name, ' ');
	size_t len = character_len(name) < 8 ? character_len(name) : 0;
	memcpy(out, name, len);
	if (last != NULL && character_len(last + 1) < 8) {
		memcpy(out + len, last + 1, character_len(last + 1));
		len += character_len(last + 1);
	}
	out[len] = 0;
}

void dev_avatar_svg(struct dev_html *html, const char *name, const char *size)
{
	char initials[16];
	initials_of(initials, name);
	dev_html_put(
		html,
		"<svg class=\"face\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 44 44\" width=\"%\" "
		"height=\"%\" aria-hidden=\"true\"><rect width=\"44\" height=\"44\" fill=\"%\"/>"
		"<text x=\"22\" y=\"22\" dy=\".36em\" text-anchor=\"middle\" fill=\"#fff\" font-size=\"16\" "
		"font-weight=\"600\" font-family=\"system-ui,sans-serif\">%</text></svg>",
		size, size, colour_of(name), initials, NULL);
}

/* "/avatar/ID.svg" */
static const json_t *persona_of(const struct dev_provider *provider, struct sto_span path)
{
	char id[80];
	struct sto_span rest = sto_span_slice(path, strlen("/avatar/"), path.len);
	if (!sto_span_ends_with(rest, STO_SPAN(".svg")) || rest.len - 4 >= sizeof(id))
		return NULL;
	memcpy(id, rest.ptr, rest.len - 4);
	id[rest.len - 4] = 0;
	return dev_personas_find(provider->personas, id);
}

int dev_icon(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
{
	(void)provider;
	(void)req;
	res->status = 200;
	res->content_type = "image/svg+xml";
	res->may_be_kept = true;
	return sto_buf_put_str(
		&res->body,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><rect width=\"32\" "
		"height=\"32\" rx=\"8\" fill=\"#3b46c8\"/><circle cx=\"16\" cy=\"12.5\" r=\"5\" "
		"fill=\"#fff\"/><path d=\"M14 15h4l2 10h-8z\" fill=\"#fff\"/></svg>");
}

int dev_avatar(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
{
	struct dev_html html = {&res->body, STO_OK};
	const json_t *persona = persona_of(provider, req->path);
	if (persona == NULL)
		return dev_answer_page(res, 404, "Nobody here", "There is no persona of that name.");
	dev_avatar_svg(&html, dev_text(persona, "name"), "128");
	res->status = 200;
	res->content_type = "image/svg+xml";
	res->may_be_kept = true;
	return html.rc == STO_OK ? sto_buf_put_str(&res->csp, "default-src 'none'") : html.rc;
}
