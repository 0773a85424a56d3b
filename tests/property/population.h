/*
 * A population of children with the collisions that real ones have: few
 * surnames and forenames that many bear, twins with references one after the
 * other, siblings, two children with one name and one birth date, surnames
 * that changed since, records with gaps or with day and month changed round.
 * From a seed, so that a run can be repeated.  The truth (the child as it is)
 * and the record (what the case knows) are kept apart.
 */
#ifndef TESTS_PROPERTY_POPULATION_H
#define TESTS_PROPERTY_POPULATION_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/date.h"

struct child {
	const char	*forename, *middle, *surname;	/* middle: "" without */
	const char	*former;	/* surname in the record, if another; else NULL */
	dayno		 born;
	char		 nhs[11], upn[14], reference[12];
	size_t		 twin;		/* index of the other, or itself */
	bool		 knows_born, knows_nhs, knows_upn, knows_middle, turned_birth;	/* the record */
	int64_t		 case_id;
};

static uint64_t random_state;

static inline uint32_t
random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 16) % limit);
}

static inline bool
percent(uint32_t of_thousand)
{
	return random_below(1000) < of_thousand * 10;
}

static inline void
random_seed(uint64_t seed)
{
	random_state = seed * 0x9e3779b97f4a7c15u + 0x1234567u;
	for (int i = 0; i < 8; i++)
		(void)random_below(2);
}

/* The earlier in the list, the more children bear it. */
#define PICK(list)	(list)[random_skewed(sizeof(list) / sizeof((list)[0]))]
static inline size_t
random_skewed(size_t count)
{
	uint64_t a = random_below((uint32_t)count), b = random_below((uint32_t)count);

	return (size_t)(a * b / count);
}

static const char *const forenames[] = { "Mohammed", "Oliver", "Amelia", "Muhammad", "Olivia", "Noah", "Isla",
	"Mohammad", "George", "Ava", "Aisha", "Arthur", "Freya", "Leo", "Lily", "Muhammed", "Jack", "Harry", "Fatima",
	"Ella", "Bella", "Mia", "Maryam", "Theo", "Evie", "Ali", "Hassan", "Hussain", "Ibrahim", "Yusuf", "Zara",
	"Grace", "Poppy", "Daniel", "Danielle", "Louis", "Louise", "Ann", "Anna", "Hannah", "Jon", "John", "Sophie",
	"Sofia", "Sophia", "Ellie", "Ellis", "Zo\xc3\xab", "Chlo\xc3\xa9", "Si\xc3\xb4n", "Niamh", "Se\xc3\xa1n",
	"\xc5\x81ukasz", "S\xc3\xb8ren", "Anne-Marie", "Jayden", "Kayden", "Aidan", "Aiden", "Reece", "Rhys", "Marta",
	"Jakub", "Zuzanna", "Kwame", "Blessing", "Chidi", "Adaeze", "Tiana", "Summer", "Rory", "Finley", "Maisie",
	"Phoebe", "Imogen", "Rupert", "Caitlin", "Ewan", "Bethan", "Gethin" };
static const char *const surnames[] = { "Smith", "Khan", "Jones", "Ali", "Ahmed", "Williams", "Taylor", "Brown",
	"Hussain", "Patel", "Davies", "Singh", "Evans", "Begum", "Kaur", "Thomas", "Johnson", "Roberts", "Walker",
	"Wright", "Robinson", "Thompson", "White", "Hughes", "Edwards", "Green", "Lewis", "Wood", "Harris", "Martin",
	"Jackson", "Clarke", "Mohammed", "Rahman", "Iqbal", "Shah", "Malik", "O'Brien", "O'Neill", "McDonald",
	"MacDonald", "Smith-Jones", "Khan-Ali", "Vaughan-Hughes", "Taylor-Green", "van der Berg", "al-Hassan",
	"N\xc3\xad Bhriain", "W\xc3\xb3jcik", "Kowalska", "Kowalski", "Nowak", "Gro\xc3\x9f", "S\xc3\xb8rensen",
	"Okafor", "Adeyemi", "Mensah", "Nguyen", "Chen", "Li", "Lee", "Leigh", "Gruffydd", "ap Rhys", "St John",
	"Clark", "Morris", "Morrison", "Hall", "Hill", "Allen", "Allan", "Young", "King", "Baker", "Carter" };
static const char *const middles[] = { "Rose", "James", "Ali", "Hassan", "Grace", "Ahmed", "Marie", "Jane", "Lee" };

/* Each child has a hundred numbers of its own to choose from. */
static inline void
make_nhs(char out[11], size_t slot)
{
	for (;;) {
		unsigned sum = 0, check;

		(void)snprintf(out, 11, "%09zu", 400000000 + slot * 100 % 500000000 + random_below(100));
		for (unsigned i = 0; i < 9; i++)
			sum += (unsigned)(out[i] - '0') * (10 - i);
		check = 11 - sum % 11;
		if (check == 10)
			continue;
		out[9] = (char)('0' + check % 11);
		out[10] = '\0';
		return;
	}
}

static inline void
make_upn(char out[14])
{
	static const char letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";
	unsigned sum = 0;

	for (unsigned i = 1; i < 13; i++) {
		out[i] = (char)('0' + random_below(10));
		sum += (unsigned)(out[i] - '0') * (i + 1);
	}
	out[0] = letters[sum % 23];
	out[13] = '\0';
}

static inline void
make_child(struct child *child, size_t i, size_t first_reference)
{
	*child = (struct child){ .forename = PICK(forenames), .surname = PICK(surnames), .middle = "", .twin = i };
	if (percent(30))
		child->middle = PICK(middles);
	child->born = date_from_civil(2008, 1, 1) + (dayno)random_below(17 * 365);
	child->knows_born = !percent(3);
	child->knows_nhs = !percent(10);
	child->knows_upn = !percent(15);
	child->knows_middle = !percent(20);
	child->turned_birth = random_below(1000) < 5;
	if (percent(2))
		child->former = PICK(surnames);
	make_nhs(child->nhs, first_reference + i);
	make_upn(child->upn);
	(void)snprintf(child->reference, sizeof(child->reference), "EHC-%05zu", (first_reference + i) % 100000);
}

/* One that is related to the child before it. */
static inline void
relate(struct child *children, size_t i)
{
	struct child *child = &children[i], *before = &children[i - 1];
	uint32_t how = random_below(1000);

	if (how < 15) {				/* twins: 3 % of the children are one */
		child->surname = before->surname;
		child->born = before->born;
		child->former = before->former;
		child->twin = i - 1;
		before->twin = i;
		while (strcmp(child->forename, before->forename) == 0)
			child->forename = PICK(forenames);
	} else if (how < 115)			/* siblings */
		child->surname = before->surname;
	else if (how < 118) {			/* no kin at all, with the same name and birth date */
		child->forename = before->forename;
		child->surname = before->surname;
		child->middle = before->middle;
		child->born = before->born;
	}
}

static inline struct child *
population(struct arena *arena, size_t count, size_t first_reference)
{
	struct child *children = arena_alloc(arena, count * sizeof(*children));

	for (size_t i = 0; i < count; i++) {
		make_child(&children[i], i, first_reference);
		if (i > 0 && children[i - 1].twin == i - 1)
			relate(children, i);
	}
	return children;
}

/* The name as the record has it. */
static inline const char *
record_name(struct arena *arena, const struct child *child)
{
	return arena_printf(arena, "%s%s%s %s", child->forename, child->knows_middle && *child->middle != '\0' ? " " : "",
	    child->knows_middle ? child->middle : "", child->former != NULL ? child->former : child->surname);
}

static inline dayno
turned(dayno day)
{
	struct civil civil = date_to_civil(day);

	return civil.day > 12 ? day : date_from_civil(civil.year, civil.day, civil.month);
}

static inline dayno
record_born(const struct child *child)
{
	if (!child->knows_born)
		return DAY_NONE;
	return child->turned_birth ? turned(child->born) : child->born;
}

#endif
