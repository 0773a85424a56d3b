/*
 * The text of a PDF, page by page, and what its form fields hold; by way of
 * poppler, on memory.  Runs in adviced-parse only.
 * poppler brings 35 libraries along, which all that is forked has to carry:
 * so it is loaded where PDFs are read (parse_rest.h), and not linked.
 * Invariant: no more pages than the limit are touched; between two pages the
 * time is looked at (within a page only the deadline of the mail helps).
 * Fails: never; the reason goes to the look.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include <poppler.h>

#include "base/str.h"
#include "mail/document_look.h"
#include "mail/parse_rest.h"

#define LIBRARY	"libpoppler-glib.so.8"

/* What we call of it. */
#define FUNCTIONS(X) \
	X(poppler_document_get_keywords) X(poppler_document_get_n_pages) X(poppler_document_get_page) \
	X(poppler_document_get_subject) X(poppler_document_get_title) X(poppler_document_new_from_bytes) \
	X(poppler_error_quark) X(poppler_form_field_button_get_button_type) X(poppler_form_field_button_get_state) \
	X(poppler_form_field_choice_get_item) X(poppler_form_field_choice_get_n_items) \
	X(poppler_form_field_choice_get_text) X(poppler_form_field_choice_is_editable) \
	X(poppler_form_field_choice_is_item_selected) X(poppler_form_field_get_alternate_ui_name) \
	X(poppler_form_field_get_field_type) X(poppler_form_field_get_partial_name) \
	X(poppler_form_field_text_get_text) X(poppler_page_free_form_field_mapping) \
	X(poppler_page_get_form_field_mapping) X(poppler_page_get_text)

#define MEMBER(name)	__typeof__(&name) name;
#define PLACE(name)	{ #name, offsetof(struct library, name) },

/* Loaded by pdf_start(), once, before there is any mail: the one thing kept here, with the document below. */
static struct library {
	FUNCTIONS(MEMBER)
} library;
static bool loaded;

static const struct {
	const char	*name;
	size_t		 at;
} functions[] = { FUNCTIONS(PLACE) };

/*
 * poppler makes its tables with the first document and drops them with the
 * last one: this one stays open, made before the children are forked.
 */
static PopplerDocument *standing;

/* All of its functions, or none. */
static bool
load(void)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *function;
	size_t i;

	for (i = 0; handle != NULL && i < sizeof(functions) / sizeof(functions[0]); i++) {
		function = dlsym(handle, functions[i].name);
		if (function == NULL)
			return false;
		memcpy((char *)&library + functions[i].at, &function, sizeof(function));
	}
	return handle != NULL;
}

bool
pdf_start(void)
{
	static const char least[] = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
	    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
	    "xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \n"
	    "trailer<</Size 4/Root 1 0 R>>\nstartxref\n161\n%%EOF\n";
	GBytes *bytes;

	if (standing != NULL)
		return true;
	loaded = load();
	if (!loaded)
		return false;
	bytes = g_bytes_new_static(least, sizeof(least) - 1);
	standing = library.poppler_document_new_from_bytes(bytes, NULL, NULL);
	g_bytes_unref(bytes);
	return true;
}

/* What a person put into a field; NULL where there is nothing. */
static char *
field_value(PopplerFormField *field)
{
	char *value;

	switch (library.poppler_form_field_get_field_type(field)) {
	case POPPLER_FORM_FIELD_TEXT:
		return library.poppler_form_field_text_get_text(field);
	case POPPLER_FORM_FIELD_BUTTON:
		if (library.poppler_form_field_button_get_button_type(field) == POPPLER_FORM_BUTTON_PUSH)
			return NULL;
		return g_strdup(library.poppler_form_field_button_get_state(field) ? "☒" : "☐");
	case POPPLER_FORM_FIELD_CHOICE:
		for (int i = 0; i < library.poppler_form_field_choice_get_n_items(field); i++)
			if (library.poppler_form_field_choice_is_item_selected(field, i))
				return library.poppler_form_field_choice_get_item(field, i);
		value = library.poppler_form_field_choice_is_editable(field) ? library.poppler_form_field_choice_get_text(field) : NULL;
		return value;
	default:
		return NULL;
	}
}

/* "Name of child: ...": a field under the name that it shows or has. */
static void
read_field(struct look *look, PopplerFormField *field)
{
	char *name = library.poppler_form_field_get_alternate_ui_name(field), *value = field_value(field);

	if (name == NULL || *name == '\0') {
		g_free(name);
		name = library.poppler_form_field_get_partial_name(field);
	}
	if (value != NULL && *value != '\0') {
		if (name != NULL && *name != '\0') {
			look_add(look, name, strlen(name));
			look_add(look, ": ", name[strlen(name) - 1] == ':' ? 0 : 2);
			if (name[strlen(name) - 1] == ':')
				look_add(look, " ", 1);
		}
		look_add(look, value, strlen(value));
		look_add(look, "\n", 1);
	}
	g_free(name);
	g_free(value);
}

static void
read_page(struct look *look, PopplerPage *page)
{
	GList *fields = library.poppler_page_get_form_field_mapping(page), *item;
	char *text = library.poppler_page_get_text(page);

	if (text != NULL && *text != '\0') {
		look_add(look, text, strlen(text));
		look_add(look, "\n", 1);
	}
	for (item = fields; item != NULL; item = item->next)
		read_field(look, ((PopplerFormFieldMapping *)item->data)->field);
	library.poppler_page_free_form_field_mapping(fields);
	g_free(text);
}

static void
read_pages(struct look *look, PopplerDocument *document)
{
	int count = library.poppler_document_get_n_pages(document), most = (int)look->limits->pages, i, missing = 0, read = 0;

	for (i = 0; i < count && i < most && look_goes_on(look); i++) {
		PopplerPage *page = library.poppler_document_get_page(document, i);

		if (page == NULL) {
			missing++;
			continue;
		}
		read_page(look, page);
		read++;
		g_object_unref(page);
	}
	if (read == 0)
		look_fail(look, "damaged: not one page of the PDF could be found");
	else if (*str_trim(look->arena, buf_text(&look->text)) == '\0')
		look_fail(look, "a scan or a drawing: its pages hold no text that can be read");
	else if (missing > 0)
		look->left_out = arena_printf(look->arena, "is damaged: %d of its pages could not be read", missing);
	else if (count > most)
		look->left_out = arena_printf(look->arena, "has more than %d pages; the rest was not read", most);
}

/* What the file says about itself, which no page shows. */
static void
read_properties(struct look *look, PopplerDocument *document)
{
	char *values[] = { library.poppler_document_get_title(document), library.poppler_document_get_subject(document),
		library.poppler_document_get_keywords(document) };
	size_t i;

	look->to_aside = true;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (values[i] != NULL && *values[i] != '\0') {
			look_add(look, values[i], strlen(values[i]));
			look_add(look, "\n", 1);
		}
		g_free(values[i]);
	}
	look->to_aside = false;
}

void
look_into_pdf(struct look *look)
{
	GBytes *bytes;
	GError *error = NULL;
	PopplerDocument *document;

	if (!parse_rest_loaded() || !loaded) {
		look_fail(look, "a PDF, for which the reader is missing");
		return;
	}
	bytes = g_bytes_new_static(look->file->bytes, look->file->len);
	document = library.poppler_document_new_from_bytes(bytes, NULL, &error);
	if (document == NULL && g_error_matches(error, library.poppler_error_quark(), POPPLER_ERROR_ENCRYPTED))
		look_locked(look);
	else if (document == NULL)
		look_fail(look, "damaged: it begins as a PDF and cannot be opened as one");
	else {
		read_pages(look, document);
		read_properties(look, document);
		g_object_unref(document);
	}
	g_clear_error(&error);
	g_bytes_unref(bytes);
}
