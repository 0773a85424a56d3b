/*
 * advicectl simulate: the real decision path over a folder of mails, in
 * virtual time, on a store in memory.  Prints everything that happens, as a
 * readable timeline or as JSON (design section 10); same bytes every run.
 */
#include <getopt.h>
#include <stdio.h>

#include "ctl/ctl.h"
#include "ctl/letters.h"
#include "ctl/run.h"
#include "ctl/simulate.h"

static bool
until_parse(const char *text, instant *until_r)
{
	dayno day;

	if (date_parse_iso(text, &day)) {
		*until_r = instant_at(day, 24 * 60 - 1);
		return true;
	}
	return instant_parse_iso(text, until_r);
}

int
ctl_simulate(const struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "pack", required_argument, NULL, 'p' }, { "mail", required_argument, NULL, 'm' },
		{ "directory", required_argument, NULL, 'd' }, { "involvement", required_argument, NULL, 'i' },
		{ "from", required_argument, NULL, 'f' }, { "until", required_argument, NULL, 'u' },
		{ "letters", required_argument, NULL, 'l' }, { "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 },
	};
	struct run run = { .from = INSTANT_NONE, .until = INSTANT_NONE };
	struct timeline timeline;
	struct err err = { 0 };
	const char *letters = NULL;
	bool json = false;
	int option, code;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'p': run.options.pack = optarg; break;
		case 'm': run.folder = optarg; break;
		case 'd': run.options.directory = optarg; break;
		case 'i': run.options.involvement = optarg; break;
		case 'j': json = true; break;
		case 'l': letters = optarg; break;
		case 'f':
			if (!instant_parse_iso(optarg, &run.from))
				return ctl_fail(2, "--from: \"%s\" is not a date; write it like 2026-09-07", optarg);
			break;
		case 'u':
			if (!until_parse(optarg, &run.until))
				return ctl_fail(2, "--until: \"%s\" is not a date; write it like 2026-12-31", optarg);
			break;
		default:
			return ctl_usage("simulate");
		}
	}
	if (run.options.pack == NULL || run.folder == NULL || optind != argc)
		return ctl_usage("simulate");
	if ((code = run_open(&run)) != 0)
		return code;
	simulate_prints(&timeline, &run.scene, json, ctl->colour);
	progress_begin(&run.progress, "reading the mails");
	run.scene.letters = -1;
	if ((letters != NULL && letters_open(&run.scene, letters, &err) == -1) || run_go(&run, &err) == -1)
		code = ctl_fail(1, "%s", err.text);
	letters_close(&run.scene);
	if (fflush(stdout) != 0)
		code = ctl_fail(1, "the output could not be written");
	run_close(&run);
	return code;
}
