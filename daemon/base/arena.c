/*
 * A bump allocator in chunks, and heap memory that is never NULL.  Any role.
 * Invariant: what an arena gave stays where it is until the arena is freed.
 * Chunks of arenas that are gone are kept, zeroed, for the next ones.
 * Under AddressSanitizer each piece is an allocation of its own, so that a
 * step beyond its end is seen.
 * Fails: out of memory ends the process.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define CHUNK_FIRST	1
#define CHUNK_LAST	1
#else
#define CHUNK_FIRST	4096
#define CHUNK_LAST	(256 * 1024)
#endif
#define SPARE_BYTES	(2 * 1024 * 1024)	/* of chunks kept for the next arena: one lives and dies with every event */
#define GROW_FIRST	4	/* items in a new array */
#define EXIT_NO_MEMORY	71	/* EX_OSERR */

struct chunk {
	struct chunk	*older;
	size_t		 used, size;
	alignas(max_align_t) unsigned char data[];
};

struct cleanup {
	struct cleanup	*older;
	void		(*clean)(void *);
	void		*data;
};

struct arena {
	struct chunk	*chunks;
	struct cleanup	*cleanups;
	size_t		 next_size;
};

/* Chunks of arenas that are gone, zeroed, by size: CHUNK_FIRST, twice that ... */
static struct chunk	*spare[16];
static size_t		 spare_bytes;

static int
spare_place(size_t size)
{
	int	place = 0;

	for (size_t s = CHUNK_FIRST; s < size; s *= 2)
		place++;
	return size > CHUNK_LAST || CHUNK_LAST == CHUNK_FIRST || size != (size_t)CHUNK_FIRST << place ? -1 : place;
}

static void
chunk_done(struct chunk *chunk)
{
	int	place = spare_place(chunk->size);

	if (place == -1 || spare_bytes + chunk->size > SPARE_BYTES) {
		free(chunk);
		return;
	}
	memset(chunk->data, 0, chunk->used);
	chunk->used = 0;
	chunk->older = spare[place];
	spare[place] = chunk;
	spare_bytes += chunk->size;
}

static struct chunk *
chunk_new(size_t size)
{
	int		 place = spare_place(size);
	struct chunk	*chunk = place == -1 ? NULL : spare[place];

	if (chunk != NULL) {
		spare[place] = chunk->older;
		spare_bytes -= size;
		return chunk;
	}
	chunk = x_calloc(1, sizeof(*chunk) + size);
	chunk->size = size;
	return chunk;
}

static _Noreturn void
alloc_die(void)
{
	static const char text[] = "<2>out of memory\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) == -1)
		_exit(EXIT_NO_MEMORY);
	_exit(EXIT_NO_MEMORY);
}

struct arena *
arena_new(void)
{
	struct arena	*arena = x_calloc(1, sizeof(*arena));

	arena->next_size = CHUNK_FIRST;
	return arena;
}

void
arena_free(struct arena **arena)
{
	struct cleanup	*cleanup;
	struct chunk	*chunk;

	if (*arena == NULL)
		return;
	for (cleanup = (*arena)->cleanups; cleanup != NULL; cleanup = cleanup->older)
		cleanup->clean(cleanup->data);
	while ((chunk = (*arena)->chunks) != NULL) {
		(*arena)->chunks = chunk->older;
		chunk_done(chunk);
	}
	free(*arena);
	*arena = NULL;
}

void
arena_on_free(struct arena *arena, void (*clean)(void *data), void *data)
{
	struct cleanup	*cleanup = arena_alloc(arena, sizeof(*cleanup));

	cleanup->clean = clean;
	cleanup->data = data;
	cleanup->older = arena->cleanups;
	arena->cleanups = cleanup;
}

static void
add_chunk(struct arena *arena, size_t size)
{
	struct chunk	*chunk;

	if (size < arena->next_size)
		size = arena->next_size;
	if (size > SIZE_MAX - sizeof(*chunk))
		alloc_die();
	chunk = chunk_new(size);
	chunk->older = arena->chunks;
	arena->chunks = chunk;
	if (arena->next_size < CHUNK_LAST)
		arena->next_size *= 2;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	const size_t	 mask = alignof(max_align_t) - 1;
	struct chunk	*chunk = arena->chunks;
	size_t		 start;

	if (chunk != NULL) {
		start = (chunk->used + mask) & ~mask;
		if (start <= chunk->size && size <= chunk->size - start) {
			chunk->used = start + size;
			return chunk->data + start;
		}
	}
	add_chunk(arena, size);
	arena->chunks->used = size;
	return arena->chunks->data;
}

void *
arena_memdup(struct arena *arena, const void *data, size_t size)
{
	void	*copy = arena_alloc(arena, size);

	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return text == NULL ? NULL : arena_memdup(arena, text, strlen(text) + 1);
}

char *
arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char	*copy;

	len = strnlen(text, len);
	copy = arena_alloc(arena, len + 1);
	memcpy(copy, text, len);
	return copy;
}

char *
arena_join(struct arena *arena, const char *a, const char *b, const char *c)
{
	size_t	 in_a = strlen(a), in_b = strlen(b), in_c = strlen(c);
	char	*text = arena_alloc(arena, in_a + in_b + in_c + 1);

	memcpy(text, a, in_a);
	memcpy(text + in_a, b, in_b);
	memcpy(text + in_a + in_b, c, in_c);
	return text;
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
	char	 small[256], *text;	/* most are written once */
	int	 len;
	va_list	 ap;

	va_start(ap, fmt);
	len = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	assert(len >= 0);
	text = arena_alloc(arena, (size_t)len + 1);
	if ((size_t)len < sizeof(small))
		return memcpy(text, small, (size_t)len + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}

/* The room there is follows from count: 4 items at first, doubled when a power of two is full. */
void *
arena_grow(struct arena *arena, void *items, size_t count, size_t size)
{
	size_t	 room, bytes;
	void	*grown;

	if (count != 0 && (count < GROW_FIRST || (count & (count - 1)) != 0))
		return items;
	room = count == 0 ? GROW_FIRST : count * 2;
	if (__builtin_mul_overflow(room, size, &bytes))
		alloc_die();
	grown = arena_alloc(arena, bytes);
	if (count > 0)
		memcpy(grown, items, count * size);
	return grown;
}

void *
arena_copy_items(struct arena *arena, const void *items, size_t count, size_t size)
{
	size_t	 room = GROW_FIRST, bytes;
	void	*copy;

	if (count == 0)
		return NULL;
	while (room < count)
		room *= 2;
	if (__builtin_mul_overflow(room, size, &bytes))
		alloc_die();
	copy = arena_alloc(arena, bytes);
	return memcpy(copy, items, count * size);
}

void *
x_calloc(size_t count, size_t size)
{
	void	*data = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);

	if (data == NULL)
		alloc_die();
	return data;
}

void *
x_realloc(void *data, size_t size)
{
	data = realloc(data, size == 0 ? 1 : size);
	if (data == NULL)
		alloc_die();
	return data;
}

char *
x_strdup(const char *text)
{
	size_t	size;

	if (text == NULL)
		return NULL;
	size = strlen(text) + 1;
	return memcpy(x_calloc(1, size), text, size);
}
