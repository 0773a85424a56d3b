/*
 * Memory that lives and dies together.  Everything that belongs to one mail,
 * one pack or one decision is taken from one arena and freed with it.
 * Running out of memory ends the process (alloc_die); callers never see NULL.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

struct arena	*arena_new(void);
void		 arena_free(struct arena **arena);

/* Call clean(data) when the arena is freed (last registered first): for what libraries allocate. */
void	arena_on_free(struct arena *arena, void (*clean)(void *data), void *data);

/* Zeroed and aligned for any type. */
void	*arena_alloc(struct arena *arena, size_t size);
void	*arena_memdup(struct arena *arena, const void *data, size_t size);
char	*arena_strdup(struct arena *arena, const char *text);	/* NULL gives NULL */
char	*arena_strndup(struct arena *arena, const char *text, size_t len);
char	*arena_join(struct arena *arena, const char *a, const char *b, const char *c);	/* one after the other */
char	*arena_printf(struct arena *arena, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Room for one more item at items[count]; the array is doubled when full.
 * Use it through arena_push(), which returns a pointer to the new, zeroed item:
 *	struct role *role = arena_push(arena, pack->roles, pack->role_count);
 */
void	*arena_grow(struct arena *arena, void *items, size_t count, size_t size);

#define arena_push(arena, items, count) \
	((items) = arena_grow((arena), (items), (count), sizeof(*(items))), \
	    &(items)[(count)++])

/* Another array with the same items, to which arena_push() may add.  What they point to is shared. */
void	*arena_copy_items(struct arena *arena, const void *items, size_t count, size_t size);

#define arena_copy(arena, items, count) \
	arena_copy_items((arena), (items), (count), sizeof(*(items)))

/* Heap memory for what outlives an arena; never NULL. */
void	*x_calloc(size_t count, size_t size);
void	*x_realloc(void *data, size_t size);
char	*x_strdup(const char *text);

#endif
