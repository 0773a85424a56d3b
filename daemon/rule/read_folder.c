/*
 * From a pack's name to its settings: find the folder, read pathway.cfg and
 * what it extends, lay one over the other, and read the templates.  Used by
 * the pack reader, in core and advicectl.
 * Invariant: every file that can change what the pack does goes into its hash.
 * Fails: reports to the problems; nothing is guessed for a file that cannot be read.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "rule/lint.h"
#include "rule/read_folder.h"
#include "rule/read_value.h"
#include "rule/template.h"

#define CONFIG_FILE	"pathway.cfg"
#define MEND_RIGHTS	"see its rights with  ls -l; the daemon's user must be able to read it"
#define FILE_MOST	(1024 * 1024)
#define ATTACH_MOST	(64 * 1024 * 1024)
#define EXTENDS_MOST	8

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static char *
without_slashes(struct arena *arena, const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return arena_strndup(arena, path, len);
}

static char *
parent_folder(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return arena_strdup(arena, ".");
	return arena_strndup(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

static void
folder_add(struct folders *folders, const char *path, const char *shown)
{
	strs_add(folders->arena, &folders->paths, path);
	strs_add(folders->arena, &folders->shown, shown);
}

/* Names of the packs in a folder, for a hint. */
static const char *
nearest_pack(struct folders *folders, const char *name)
{
	struct strs names = { NULL, 0 };
	const char *near = NULL;
	int dirfd = -1;

	if (folders->rules_dir != NULL && file_open_dir(folders->rules_dir, &dirfd, NULL) == 0 &&
	    file_list(folders->arena, dirfd, &names, NULL) == 0) {
		strs_add(folders->arena, &names, NULL);
		near = str_nearest(name, names.v);
	}
	if (dirfd >= 0)
		close(dirfd);
	return near != NULL ? arena_printf(folders->arena, "did you mean \"%s\"?", near) : NULL;
}

/* A name is a folder under rules/; with a slash it is a path. */
static int
find_first(struct folders *folders, const char *name)
{
	char *path = without_slashes(folders->arena, name), *shown = path;

	if (*name == '\0') {
		problem_add(
		    folders->problems, (struct where){ NULL, 0 }, NULL, "a pack's name is empty");
		return -1;
	}
	if (strchr(name, '/') == NULL && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
		if (folders->rules_dir == NULL) {
			problem_add(folders->problems, (struct where){ NULL, 0 },
			    "give the folder's path",
			    "there is no folder of packs to look for \"%s\" in", name);
			return -1;
		}
		path = arena_printf(folders->arena, "%s/%s", folders->rules_dir, name);
		shown = arena_printf(folders->arena, "%s/%s",
		    last_part(without_slashes(folders->arena, folders->rules_dir)), name);
	}
	if (!is_folder(path)) {
		problem_add(folders->problems, (struct where){ shown, 0 },
		    nearest_pack(folders, last_part(path)),
		    errno == EACCES
			? "the folder of the pack \"%s\" cannot be read: permission denied"
			: "there is no pack \"%s\" here; a pack is a folder with a " CONFIG_FILE,
		    name);
		return -1;
	}
	folder_add(folders, path, shown);
	return 0;
}

/* What a pack extends lies beside it, else under rules/. */
static bool
find_parent(struct folders *folders, size_t child, const char *name)
{
	char *path = arena_printf(folders->arena, "%s/%s", parent_folder(folders->arena,
	    folders->paths.v[child]), name);

	if (is_folder(path)) {
		folder_add(folders, path, arena_printf(folders->arena, "%s/%s",
		    parent_folder(folders->arena, folders->shown.v[child]), name));
		return true;
	}
	if (folders->rules_dir == NULL)
		return false;
	path = arena_printf(folders->arena, "%s/%s", folders->rules_dir, name);
	if (!is_folder(path))
		return false;
	folder_add(folders, path, arena_printf(folders->arena, "%s/%s",
	    last_part(without_slashes(folders->arena, folders->rules_dir)), name));
	return true;
}

static void
hash_add(struct folders *folders, const char *name, const struct buf *bytes)
{
	char hex[65];

	sha256_hex(bytes->data != NULL ? bytes->data : "", bytes->len, hex);
	buf_printf(&folders->hashes, "%s %s\n", hex, name);
}

static struct node *
read_config(struct folders *folders, size_t i)
{
	const char *shown = arena_printf(folders->arena, "%s/" CONFIG_FILE, folders->shown.v[i]);
	const char *path = arena_printf(folders->arena, "%s/" CONFIG_FILE, folders->paths.v[i]);
	struct node *tree = NULL;
	struct buf text = BUF_INIT;
	struct err err;

	if (access(path, F_OK) != 0 && errno == ENOENT)
		problem_add(folders->problems, (struct where){ shown, 0 }, NULL,
		    "the pack has no file " CONFIG_FILE);
	else if (access(path, R_OK) != 0)
		problem_add(folders->problems, (struct where){ shown, 0 },
		    MEND_RIGHTS,
		    "the file cannot be read: %s", strerror(errno));
	else if (file_read(AT_FDCWD, path, FILE_MOST, &text, &err) != 0)
		problem_add(folders->problems, (struct where){ shown, 0 }, NULL,
		    "the file cannot be read: %s", err.text);
	else {
		hash_add(folders, shown, &text);
		if (lint_text(folders->arena, shown, buf_text(&text), text.len, folders->problems))
			tree = tree_parse(folders->arena, shown,
			    arena_strndup(folders->arena, buf_text(&text), text.len),
			    folders->problems);
	}
	buf_free(&text);
	return tree;
}

/* What is the pack's own and does not pass to those that extend it. */
static struct node *
inherited(struct arena *arena, struct node *tree)
{
	static const char *const own[] = { "title", "extends", "without", "watches" };
	struct node *rest;
	size_t i;

	for (i = 0; i < sizeof own / sizeof *own; i++)
		if ((rest = tree_without(arena, tree, own[i])) != NULL)
			tree = rest;
	return tree;
}

static struct node *
take_away(struct folders *folders, struct node *parent, const struct node *without)
{
	struct node *rest;
	size_t i;

	if (without == NULL)
		return parent;
	if (without->type != NODE_ARRAY && without->type != NODE_LIST) {
		problem_add(folders->problems, without->where, NULL,
		    "\"without\" must be names in [ ], such as [ \"strands.review\" ]; found %s",
		    tree_found(folders->arena, without));
		return parent;
	}
	for (i = 0; i < without->count; i++) {
		const char *path =
		    without->items[i]->type == NODE_TEXT ? without->items[i]->text : "";

		if ((rest = tree_without(folders->arena, parent, path)) != NULL)
			parent = rest;
		else
			problem_add(folders->problems, without->items[i]->where,
			    "write it as in \"ladders.standard.first\"",
			    "without: what this pack extends has no \"%s\"", path);
	}
	return parent;
}

static bool
already_read(const struct folders *folders, const char *name)
{
	size_t i;

	for (i = 0; i < folders->paths.n; i++)
		if (strcmp(last_part(folders->paths.v[i]), name) == 0)
			return true;
	return false;
}

static struct node *
read_one(struct folders *folders, size_t i)
{
	struct node *tree = read_config(folders, i), *parent;
	struct reader reader = { folders->arena, folders->problems, NULL };
	const struct node *extends;

	if (tree != NULL)
		read_pack_keys(&reader, tree);
	if ((extends = tree_child(tree, "extends")) == NULL)
		return tree;
	if (extends->type != NODE_TEXT) {
		problem_add(folders->problems, extends->where, NULL,
		    "\"extends\" must be one pack's name in quotes; found %s",
		    tree_found(folders->arena, extends));
		folders->incomplete = true;
		return tree;
	}
	if (already_read(folders, extends->text) || i >= EXTENDS_MOST) {
		problem_add(folders->problems, extends->where, NULL,
		    "extends: \"%s\" ends up extending itself", extends->text);
		folders->incomplete = true;
		return tree;
	}
	if (!file_name_is_safe(extends->text) || !find_parent(folders, i, extends->text)) {
		problem_add(folders->problems, extends->where, nearest_pack(folders, extends->text),
		    "extends: there is no pack \"%s\"; a pack's folder is looked for beside this "
		    "one and under rules/",
		    extends->text);
		folders->incomplete = true;
		return tree;
	}
	parent = read_one(folders, folders->paths.n - 1);
	if (parent == NULL) {
		folders->incomplete = true;
		return tree;
	}
	parent = take_away(folders, inherited(folders->arena, parent), tree_child(tree, "without"));
	return tree_merge(folders->arena, parent, tree);
}

struct node *
folders_tree(struct folders *folders, const char *name)
{
	struct node *tree;

	if (find_first(folders, name) != 0)
		return NULL;
	tree = read_one(folders, 0);
	/* The standard texts lie in common: a pack that does not extend it has them all the same.
	 */
	if (!already_read(folders, "common"))
		find_parent(folders, 0, "common");
	return tree;
}

/* Reported; with its name known, nobody is told besides that it is not there.  A pack with a problem is never used. */
static struct template *
faulty_template(struct folders *folders, const char *name, const char *shown)
{
	struct template *template = arena_alloc(folders->arena, sizeof *template);

	template->name = name;
	template->file = shown;
	template->source = template->subject = "";
	return template;
}

static void
read_template(struct folders *folders, struct pack *pack, int dirfd, const char *file,
    const char *shown, const char *name)
{
	struct template *template = NULL, **slot;
	struct buf text = BUF_INIT;
	const char *source;
	struct err err;

	slot = arena_push(folders->arena, pack->templates, pack->template_count);
	*slot = faulty_template(folders, name, shown);
	if (file_read(dirfd, file, FILE_MOST, &text, &err) != 0)
		problem_add(folders->problems, (struct where){ shown, 0 }, MEND_RIGHTS,
		    "the template cannot be read: %s", err.text);
	else {
		hash_add(folders, shown, &text);
		source = buf_text(&text);
		if (str_starts(source, "\xef\xbb\xbf"))
			source += 3;
		if (lint_utf8(shown, buf_text(&text), text.len, folders->problems) &&
		    template_parse(folders->arena, name, shown,
			arena_strdup(folders->arena, source), &template, folders->problems) == 0)
			*slot = template;
	}
	buf_free(&text);
}

/* Call for each file of a folder inside the pack; a folder that is not there is well. */
static void
templates_of(struct folders *folders, struct pack *pack, size_t i)
{
	const char *path = arena_printf(folders->arena, "%s/templates", folders->paths.v[i]), *name;
	struct strs files = { NULL, 0 };
	struct err err;
	int dirfd = -1;
	size_t j;

	if (!is_there(path))
		return;
	if (file_open_dir(path, &dirfd, &err) != 0 ||
	    file_list(folders->arena, dirfd, &files, &err) != 0) {
		pack->templates_unread = true;
		problem_add(folders->problems,
		    (struct where){
			arena_printf(folders->arena, "%s/templates", folders->shown.v[i]), 0 },
		    is_folder(path) ? MEND_RIGHTS : "templates/ is a folder with one text file for each mail",
		    "the folder of templates cannot be read: %s", err.text);
	}
	for (j = 0; j < files.n; j++) {
		if (!str_ends_nocase(files.v[j], ".txt")) {
			if (i == 0 && files.v[j][0] != '.' && !str_ends_nocase(files.v[j], "~"))
				problem_warn(folders->problems, (struct where){ arena_printf(folders->arena,
				    "%s/templates/%s", folders->shown.v[i], files.v[j]), 0 },
				    "save it as plain text, with a name that ends in .txt",
				    "no template: templates are plain text files whose names end in .txt");
			continue;
		}
		name = arena_strndup(folders->arena, files.v[j], strlen(files.v[j]) - 4);
		if (pack_template(pack, name) == NULL)
			read_template(folders, pack, dirfd, files.v[j], arena_printf(folders->arena,
			    "%s/templates/%s", folders->shown.v[i], files.v[j]), name);
	}
	if (dirfd >= 0)
		close(dirfd);
}

/* Files to attach: only their content counts here. */
static void
hash_files(struct folders *folders, struct pack *pack, size_t i)
{
	const char *path = arena_printf(folders->arena, "%s/files", folders->paths.v[i]);
	struct strs files = { NULL, 0 };
	struct buf bytes = BUF_INIT;
	char hex[65];
	int dirfd = -1;
	struct err err;
	size_t j;

	if (!is_there(path))
		return;
	if (file_open_dir(path, &dirfd, &err) != 0 || file_list(folders->arena, dirfd, &files, &err) != 0)
		problem_add(folders->problems, (struct where){ arena_printf(folders->arena, "%s/files",
		    folders->shown.v[i]), 0 }, is_folder(path) ? MEND_RIGHTS : "files/ is a folder with what mails attach",
		    "the folder of files to attach cannot be read: %s", err.text);
	else
		for (j = 0; j < files.n; j++) {
			buf_reset(&bytes);
			if (file_read(dirfd, files.v[j], ATTACH_MOST, &bytes, NULL) == -1)
				continue;
			hash_add(folders, files.v[j], &bytes);
			sha256_hex(bytes.data, bytes.len, hex);
			strs_add_new(folders->arena, &pack->file_hashes, arena_strdup(folders->arena, hex));
		}
	buf_free(&bytes);
	if (dirfd >= 0)
		close(dirfd);
}

void
folders_templates(struct folders *folders, struct pack *pack)
{
	size_t i;

	for (i = 0; i < folders->paths.n; i++) {
		templates_of(folders, pack, i);
		hash_files(folders, pack, i);
	}
}
