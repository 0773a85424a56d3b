/* Readers for the values of the configuration; see rule/read_value.h. */
#ifndef CONF_CONFIG_VALUE_H
#define CONF_CONFIG_VALUE_H

#include "conf/config.h"
#include "rule/read_value.h"

/* at points to the member. */
void	key_port(struct reader *reader, const struct node *node, void *at);	/* int */
void	key_tls(struct reader *reader, const struct node *node, void *at);	/* enum tls_mode */
void	key_seconds(struct reader *reader, const struct node *node, void *at);	/* int; "30 s", "2 minutes" */
void	key_seconds_or_off(struct reader *reader, const struct node *node, void *at);	/* int; "off": 0 */
void	key_days(struct reader *reader, const struct node *node, void *at);	/* int; "3 days", "1 week" */
void	key_months(struct reader *reader, const struct node *node, void *at);	/* int; "3 months", "6 years" */
void	key_megabytes(struct reader *reader, const struct node *node, void *at);	/* int; "100 MB", "1 GB" */
void	key_limit(struct reader *reader, const struct node *node, void *at);	/* struct limits; the one of that name */
void	key_per_minute(struct reader *reader, const struct node *node, void *at);	/* int */
void	key_address(struct reader *reader, const struct node *node, void *at);	/* const char * */
void	key_day(struct reader *reader, const struct node *node, void *at);	/* const char *, ISO */
void	key_settle(struct reader *reader, const struct node *node, void *at);	/* bool: leave */
void	key_yes_no(struct reader *reader, const struct node *node, void *at);	/* bool */
void	key_mode(struct reader *reader, const struct node *node, void *at);	/* enum mode */
void	key_count(struct reader *reader, const struct node *node, void *at);	/* int; 0 to 1000000 */
void	key_time(struct reader *reader, const struct node *node, void *at);	/* int; "08:00": minutes of the day */
void	key_trust(struct reader *reader, const struct node *node, void *at);	/* const char * */
void	key_log_level(struct reader *reader, const struct node *node, void *at);	/* const char * */

/* config.c: a group that says how a mail server is reached; at is a struct server. */
void	key_server(struct reader *reader, const struct node *node, void *at);
/* what: as said in messages, "the sending server". */
void	server_check(struct reader *reader, const struct node *node, const char *what, struct server *server, bool signs_in);
/* config_paths.c: path is the file's, as named. */
void	config_paths(struct reader *reader, const struct node *tree, const char *path, struct config *config);
/* letters.c: "08:00" or "never"; at is the struct config. */
void	key_daily(struct reader *reader, const struct node *node, void *at);
void	retry_check(struct reader *reader, const struct node *node, const struct mailbox_config *mailbox);
/* board.c, alarm.c; at is the struct config. */
void	key_board(struct reader *reader, const struct node *node, void *at);
void	key_alarm(struct reader *reader, const struct node *node, void *at);

#endif
