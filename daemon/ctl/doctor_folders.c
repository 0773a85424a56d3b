/*
 * advicectl doctor: the folders that hold personal data, and those that the
 * daemon writes to; and the store in one of them.
 * Invariant: reads only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <dirent.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/doctor.h"
#include "store/history.h"

#define DEVICES_DEEP	8	/* disks on disks: LVM on LUKS on RAID */

/* Mail folders on a machine elsewhere: SQLite's locks do not hold there. */
#define NFS		0x6969
#define SMB		0x517b
#define CIFS		0xff534d42
#define SMB2		0xfe534d42

static const char *
user_name(struct arena *arena, uid_t uid)
{
	const struct passwd *user = getpwuid(uid);

	return user != NULL ? arena_strdup(arena, user->pw_name) : arena_printf(arena, "user %u", (unsigned)uid);
}

static const char *
folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? "." : slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

/* ---- Encryption: what the kernel says of the disk below a folder */

static bool
is_crypt(const char *device)
{
	char path[300];
	struct buf uuid = BUF_INIT;
	bool crypt;

	snprintf(path, sizeof(path), "%.200s/dm/uuid", device);
	crypt = file_read(AT_FDCWD, path, 1000, &uuid, NULL) == 0 && strncmp(buf_text(&uuid), "CRYPT-", 6) == 0;
	buf_free(&uuid);
	return crypt;
}

static bool
encrypted_below(const char *device, int deep)
{
	char path[400];
	const struct dirent *entry;
	bool found = is_crypt(device);
	DIR *folder;

	snprintf(path, sizeof(path), "%.200s/slaves", device);
	if (found || deep == 0 || (folder = opendir(path)) == NULL)
		return found;
	while (!found && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%.200s/slaves/%.100s", device, entry->d_name);
		found = encrypted_below(path, deep - 1);
	}
	closedir(folder);
	return found;
}

static void
encryption(struct doctor *doctor, const char *what, const char *path, dev_t device)
{
	char name[60];

	snprintf(name, sizeof(name), "/sys/dev/block/%u:%u", major(device), minor(device));
	if (major(device) != 0 && encrypted_below(name, DEVICES_DEEP))
		doctor_say(doctor, DOCTOR_WELL, what, NULL, "the disk of %s is encrypted", path);
	else
		doctor_say(doctor, DOCTOR_NOTE, what, "put it on an encrypted volume (LUKS), unless the disk below "
		    "this machine is encrypted already, as a virtual machine's host may do it",
		    "no encryption can be seen below %s, which holds personal data about children", path);
}

/* ---- Rights and room */

static bool
rights(struct doctor *doctor, const char *what, const char *path, const struct stat *st)
{
	if ((st->st_mode & 0077) != 0) {
		doctor_say(doctor, DOCTOR_WRONG, what, arena_printf(doctor->arena, "chmod 700 %s", path),
		    "%s can be looked into by other users of this machine, and holds personal data", path);
		return false;
	}
	if (getuid() != 0 && st->st_uid != getuid()) {
		doctor_say(doctor, DOCTOR_NOTE, what, arena_printf(doctor->arena, "sudo -u %s advicectl doctor",
		    user_name(doctor->arena, st->st_uid)), "%s belongs to %s, and you are %s: what follows may look "
		    "different to the daemon",
		    path, user_name(doctor->arena, st->st_uid), user_name(doctor->arena, getuid()));
		return false;
	}
	return true;
}

static bool
is_far(const char *path)
{
	struct statfs at;

	return statfs(path, &at) == 0 && ((unsigned)at.f_type == NFS || (unsigned)at.f_type == SMB ||
	    (unsigned)at.f_type == CIFS ||
	    (unsigned)at.f_type == SMB2);
}

static int64_t
free_mb(const char *path)
{
	struct statfs at;

	return statfs(path, &at) == -1 ? -1 : (int64_t)at.f_bavail * (int64_t)at.f_bsize >> 20;
}

/* The spool, and the database's folder. */
static void
kept_in(struct doctor *doctor, const char *what, const char *path)
{
	int64_t room = free_mb(path);
	struct stat st;
	bool well;

	if (stat(path, &st) == -1) {
		if (errno == ENOENT)
			doctor_say(doctor, DOCTOR_NOTE, what, NULL, "%s is not there yet: the daemon makes it at its "
			    "first start, as far as it may", path);
		else
			doctor_say(doctor, DOCTOR_WRONG, what, "run doctor as the daemon's user: sudo -u adviced "
			    "advicectl doctor",
			    "%s cannot be looked at: %s", path, strerror(errno));
		return;
	}
	well = rights(doctor, what, path, &st);
	if (is_far(path))
		doctor_say(doctor, DOCTOR_WRONG, what, "move it to a disk of this machine",
		    "%s lies on another machine (NFS or a Windows share): the database's locks do not hold there, and "
		    "it will be damaged", path);
	if (room >= 0 && room < doctor->config->low_space_mb)
		doctor_say(doctor, DOCTOR_WRONG, what, "make room: \"advicectl purge\" erases what has had its time; "
		    "else a larger disk",
		    "only %lld MB are left on the disk of %s", (long long)room, path);
	else if (well)
		doctor_say(doctor, DOCTOR_WELL, what, NULL, "%s: only %s can look into it, %lld MB of room", path,
		    user_name(doctor->arena, st.st_uid), (long long)room);
	encryption(doctor, what, path, st.st_dev);
}

/* What else the daemon must be allowed to write to. */
static void
written(struct doctor *doctor, const char *what, const char *path, bool made)
{
	if (path == NULL || access(path, W_OK | X_OK) == 0 || (made && errno == ENOENT))
		return;
	doctor_say(doctor, DOCTOR_WRONG, what, "make it, let the daemon's user write there, and add it to "
	    "ReadWritePaths= of the service (systemctl edit adviced)", "the folder %s (%s) cannot be written to: %s",
	    path, what, strerror(errno));
}

void
doctor_folders(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	const char *database = folder_of(doctor->arena, config->database);

	doctor_part(doctor, "Folders");
	kept_in(doctor, "spool", config->spool);
	if (strcmp(database, config->spool) != 0)
		kept_in(doctor, "database", database);
	written(doctor, "backups", config->backups, true);
	written(doctor, "lists", config->lists_folder, false);
	if (config->metrics != NULL)
		written(doctor, "metrics", folder_of(doctor->arena, config->metrics), false);
}

/* ---- The store */

void
doctor_store(struct doctor *doctor)
{
	struct err err;

	doctor_part(doctor, "Store");
	if (access(doctor->config->database, F_OK) == -1 && errno == ENOENT)
		doctor_say(doctor, DOCTOR_NOTE, "database", NULL, "there is no store yet: the daemon makes it at its "
		    "first start");
	else if (store_open_reading(doctor->config->database, &doctor->store, &err) == -1) {
		doctor->store = NULL;
		doctor_say(doctor, DOCTOR_WRONG, "database", "run doctor as the daemon's user; if it is damaged, "
		    "\"advicectl restore\" puts a backup in its place", "%s", err.text);
	} else
		doctor_say(doctor, DOCTOR_WELL, "database", NULL, "%s can be read", doctor->config->database);
}
