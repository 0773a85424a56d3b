/* Does a name refer to something?  One function for each sort of name. */
#ifndef RULE_CHECK_NAME_H
#define RULE_CHECK_NAME_H

#include "rule/check.h"

void	check_unknown(struct check *check, struct where where, const char *sort, const char *name, const struct strs *names);
void	check_role_name(struct check *check, struct where where, const char *name, bool may_be_anyone);
void	check_role_names(struct check *check, const struct recipients *recipients, bool may_be_anyone);
void	check_role_texts(struct check *check, struct where where, const struct strs *texts);
void	check_kind_name(struct check *check, struct where where, const char *name);
void	check_question_name(struct check *check, struct where where, const char *name);
void	check_ladder_name(struct check *check, struct where where, const char *name);
void	check_fact_name(struct check *check, struct where where, const char *name);
void	check_stage_name(struct check *check, struct where where, const struct strand *strand, const char *name);
void	check_strand_name(struct check *check, struct where where, const char *name);
void	check_service_names(struct check *check, struct where where, const struct strs *services);
void	check_date_names(struct check *check, const struct date_expr *expr);

#endif
