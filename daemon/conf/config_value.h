/* Readers for the values of the configuration; see rule/read_value.h. */
#ifndef CONF_CONFIG_VALUE_H
#define CONF_CONFIG_VALUE_H

#include "rule/read_value.h"

/* at points to the member. */
void	key_port(struct reader *reader, const struct node *node, void *at);	/* int */
void	key_tls(struct reader *reader, const struct node *node, void *at);	/* enum tls_mode */
void	key_seconds(struct reader *reader, const struct node *node, void *at);	/* int; "30 s", "2 minutes" */
void	key_days(struct reader *reader, const struct node *node, void *at);	/* int; "3 days", "1 week" */
void	key_megabytes(struct reader *reader, const struct node *node, void *at);	/* int; "100 MB", "1 GB" */
void	key_limit(struct reader *reader, const struct node *node, void *at);	/* struct limits; the one of that name */
void	key_per_minute(struct reader *reader, const struct node *node, void *at);	/* int */
void	key_address(struct reader *reader, const struct node *node, void *at);	/* const char * */
void	key_day(struct reader *reader, const struct node *node, void *at);	/* const char *, ISO */
void	key_settle(struct reader *reader, const struct node *node, void *at);	/* bool: leave */
void	key_trust(struct reader *reader, const struct node *node, void *at);	/* const char * */
void	key_log_level(struct reader *reader, const struct node *node, void *at);	/* const char * */

#endif
