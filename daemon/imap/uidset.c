/*
 * Sets of UIDs.  Pure.
 * Invariant: none beyond what the header says.
 * Fails: uidset_read() is false for what is not a set, or too long a one.
 */
#include "imap/uidset.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

void
uids_free(struct uids *uids)
{
	free(uids->v);
	memset(uids, 0, sizeof(*uids));
}

void
uids_add(struct uids *uids, uint32_t uid)
{
	if ((uids->n & (uids->n - 1)) == 0)	/* full at each power of two */
		uids->v = x_realloc(uids->v, (uids->n == 0 ? 1 : uids->n * 2) * sizeof(*uids->v));
	uids->v[uids->n++] = uid;
}

static int
compare(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return a < b ? -1 : a > b;
}

void
uids_sort(struct uids *uids)
{
	struct uids once = { NULL, 0 };

	if (uids->n == 0)
		return;
	qsort(uids->v, uids->n, sizeof(*uids->v), compare);
	for (size_t i = 0; i < uids->n; i++)
		if (i == 0 || uids->v[i] != uids->v[i - 1])
			uids_add(&once, uids->v[i]);
	uids_free(uids);
	*uids = once;
}

bool
uids_has(const struct uids *uids, uint32_t uid)
{
	return uids->n > 0 && bsearch(&uid, uids->v, uids->n, sizeof(uid), compare) != NULL;
}

void
uids_without(struct uids *uids, const struct uids *other)
{
	struct uids kept = { NULL, 0 };

	for (size_t i = 0; i < uids->n; i++)
		if (!uids_has(other, uids->v[i]))
			uids_add(&kept, uids->v[i]);
	uids_free(uids);
	*uids = kept;
}

size_t
uidset_write(const uint32_t *v, size_t n, size_t max_ranges, struct buf *out)
{
	size_t i = 0, last;

	for (size_t ranges = 0; i < n && ranges < max_ranges; ranges++) {
		for (last = i; last + 1 < n && v[last + 1] == v[last] + 1; last++)
			;
		buf_printf(out, "%s%u", ranges > 0 ? "," : "", v[i]);
		if (last > i)
			buf_printf(out, ":%u", v[last]);
		i = last + 1;
	}
	return i;
}

static bool
read_number(const char **p, const char *end, uint32_t *value_r)
{
	uint64_t value = 0;
	const char *start = *p;

	for (; *p < end && **p >= '0' && **p <= '9' && value <= UINT32_MAX; (*p)++)
		value = value * 10 + (uint64_t)(**p - '0');
	*value_r = (uint32_t)value;
	return *p > start && value > 0 && value <= UINT32_MAX;
}

bool
uidset_read(const char *text, size_t len, size_t max, struct uids *out)
{
	const char *p = text, *end = text + len;
	uint32_t first, last;

	for (;;) {
		if (!read_number(&p, end, &first))
			return false;
		last = first;
		if (p < end && *p == ':') {
			p++;
			if (!read_number(&p, end, &last))
				return false;
		}
		if (last < first || last - first >= max || out->n + (last - first) >= max)
			return false;
		for (uint32_t uid = first; ; uid++) {
			uids_add(out, uid);
			if (uid == last)
				break;
		}
		if (p == end)
			return true;
		if (*p++ != ',')
			return false;
	}
}
