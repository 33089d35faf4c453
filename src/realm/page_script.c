#include "realm/html.h"

/* The server never sees a fragment, so the browser adds it to `next`, the last parameter of the link. A
 * fragment of an address is percent-encoded already; once more makes it a part of the parameter. Too long a
 * one is left behind, as a server may refuse the whole address for it. */
#define ADD_FRAGMENT                                                                                         \
	"const part=location.hash.length>2000?\"\":encodeURIComponent(location.hash);"                       \
	"const links=document.querySelectorAll(\"a[data-next]\");"                                           \
	"for(const link of links)link.href+=part;"

const char sto_script_fragment[] = ADD_FRAGMENT;
const char sto_script_onward[] = ADD_FRAGMENT "location.replace(links[0].href);";

/* A browser that may not write the clipboard gets no button. */
const char sto_script_copy[] =
	"const said=document.getElementById(\"said\");"
	"for(const pre of navigator.clipboard?document.querySelectorAll(\"pre[data-copy]\"):[]){"
	"const button=document.createElement(\"button\");button.type=\"button\";button.className=\"copy\";"
	"button.textContent=\"Copy\";button.setAttribute(\"aria-label\",pre.dataset.copy);"
	"button.addEventListener(\"click\",async()=>{try{await "
	"navigator.clipboard.writeText(pre.textContent);"
	"button.textContent=said.textContent=\"Copied\"}catch{getSelection().selectAllChildren(pre)}});"
	"pre.before(button)}";
