/*
 * A bump allocator in chunks, and heap memory that is never NULL.  Any role.
 * Invariant: what an arena gave stays where it is until the arena is freed.
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
		free(chunk);
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
	chunk = x_calloc(1, sizeof(*chunk) + size);
	chunk->size = size;
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
arena_printf(struct arena *arena, const char *fmt, ...)
{
	char	*text;
	int	 len;
	va_list	 ap;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(len >= 0);
	text = arena_alloc(arena, (size_t)len + 1);
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
