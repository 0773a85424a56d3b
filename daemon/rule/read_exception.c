/*
 * Reading "exceptions": what the law lets a person move a statutory date for.
 * Invariant: each one that is kept says its ground and what it is.
 * Fails: never; what is wrong goes to the problems.
 */
#include "rule/read_value.h"

static const struct key exception_keys[] = {
	{ "ground", key_text, offsetof(struct exception, ground) },
	{ "words", key_text, offsetof(struct exception, words) },
	{ "of", key_texts, offsetof(struct exception, of) },
	{ "meets", key_meets, offsetof(struct exception, meets) },
	{ NULL, NULL, 0 }
};

void
read_exceptions(struct reader *reader, const struct node *node)
{
	struct pack *pack = reader->pack;

	for (size_t i = 0; i < node->count; i++) {
		const struct node *item = node->items[i];
		struct exception *one = arena_push(reader->arena, pack->exceptions, pack->exception_count);

		one->name = item->name;
		one->where = item->where;
		if (!read_is_group(reader, item, "an exception in { }: ground, words, of"))
			continue;
		read_group(reader, item, "an exception", exception_keys, one);
		if (one->ground == NULL || one->words == NULL)
			problem_add(reader->problems, one->where,
			    "{ ground = \"SEND Regs 2014 reg 8(2)(a)\"; words = \"exceptional circumstances ...\"; of = [ \"...\" ] }",
			    "the exception \"%s\" needs \"ground\", the regulation, and \"words\", what it is", one->name);
	}
}
