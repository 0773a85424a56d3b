# Completion of advicectl for bash.  Installed as /usr/share/bash-completion/completions/advicectl; to try it:
#
#     source config/shell/advicectl.bash
#
# What may be typed comes from the program itself ("advicectl help --words"), so there is no list here to keep up to date:
#     COMMAND form WORD ...       what may stand behind a command; CAPITALS stand for something, a|b is a or b
#     COMMAND option NAME VALUE   an option, and what its value is; "*" stands for every command
# Packs are asked for by looking into the folders of rules, cases and mailboxes by asking the daemon, which may answer
# nothing: then nothing is offered.

# The program as it was typed, with the -c FILE that was given.
_advicectl_ask()
{
	local i ask=("${COMP_WORDS[0]/#\~/$HOME}")

	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -c ]] && ((i + 1 < COMP_CWORD)); then
			ask+=(-c "${COMP_WORDS[i + 1]/#\~/$HOME}")
		fi
	done
	timeout 5 "${ask[@]}" "$@" 2>/dev/null </dev/null
}

# The values of one key in lines of JSON.
_advicectl_values()
{
	sed -n 's/^.*"'"$1"'": *"\([^"]*\)".*$/\1/p'
}

_advicectl_packs()
{
	local folder program=${COMP_WORDS[0]}

	[[ $program == */* ]] || program=$(type -P "$program")
	for folder in "${program%/*}/rules" /etc/adviced/rules; do
		[[ -d $folder ]] || continue
		find "$folder/" -mindepth 2 -maxdepth 2 -name pathway.cfg -printf '%h\n' | sed 's|.*/||'
		return
	done
}

# What stands for a word in capitals.
_advicectl_offer()
{
	local current=$2

	case $1 in
	PACK | PACK...)
		if [[ $current == */* ]]; then
			mapfile -t COMPREPLY < <(compgen -d -- "$current")
		else
			mapfile -t COMPREPLY < <(compgen -W "$(_advicectl_packs)" -- "$current")
		fi
		;;
	CASE | OTHER)
		mapfile -t COMPREPLY < <(compgen -W "$(_advicectl_ask cases --json | _advicectl_values case | grep -v ' ')" -- "$current")
		;;
	MAILBOX)
		mapfile -t COMPREPLY < <(compgen -W "$(_advicectl_ask status --json | _advicectl_values mailbox)" -- "$current")
		;;
	COMMAND)
		mapfile -t COMPREPLY < <(compgen -W "$(_advicectl_ask help --words | cut -d' ' -f1 | grep -v '^\*$' | sort -u)" -- "$current")
		;;
	WHEN)
		mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$current")
		;;
	FILE | MAIL.eml)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		;;
	FOLDER)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		;;
	esac
}

# Every word of the forms that may stand where the current one does, given the words before it: a line each.
_advicectl_next()
{
	local words=$1 command=$2 form token kind
	local -a tokens
	shift 2

	while read -r form; do
		read -ra tokens <<<"$form"
		local before=("$@") fits=1 i=0
		for ((i = 0; i < ${#tokens[@]}; i++)); do
			token=${tokens[i]#[}
			token=${token%]}
			if [[ $token == --* ]]; then
				[[ $token == --*=* ]] || ((i++))	# an option of the form, and its value
				continue
			fi
			if ((${#before[@]} == 0)); then
				for kind in ${token//|/ }; do
					printf '%s\n' "$kind"
				done
				fits=0
				break
			fi
			# A word in small letters must be the one that was typed.
			if [[ $token != *[A-Z]* && "|$token|" != *"|${before[0]}|"* ]]; then
				fits=0
				break
			fi
			if [[ $token == *... ]]; then
				printf '%s\n' "$token"
				break
			fi
			before=("${before[@]:1}")
		done
	done < <(sed -n "s/^$command form //p" <<<"$words")
	return $((!fits))
}

_advicectl()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local words command='' value i kind
	local -a operands=()

	COMPREPLY=()
	words=$(_advicectl_ask help --words)
	# The command, and the words behind it that are neither options nor their values.
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -* ]]; then
			value=$(sed -n -E "s/^(\*|${command:-\*}) option ${COMP_WORDS[i]} (.+)$/\2/p" <<<"$words" | head -n 1)
			[[ -n $value ]] && ((i++))
		elif [[ -z $command ]]; then
			command=${COMP_WORDS[i]}
		else
			operands+=("${COMP_WORDS[i]}")
		fi
	done
	if [[ $previous == -* ]]; then
		value=$(sed -n -E "s/^(\*|${command:-\*}) option $previous (.+)$/\2/p" <<<"$words" | head -n 1)
		if [[ -n $value ]]; then
			_advicectl_offer "$value" "$current"
			return
		fi
	fi
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(sed -n -E "s/^(\*|${command:-\*}) option ([^ ]+).*$/\2/p" <<<"$words")" -- "$current")
	elif [[ -z $command ]]; then
		_advicectl_offer COMMAND "$current"
	else
		local -a all=()
		while read -r kind; do
			COMPREPLY=()
			if [[ $kind == *[A-Z]* ]]; then
				_advicectl_offer "$kind" "$current"
			else
				mapfile -t COMPREPLY < <(compgen -W "$kind" -- "$current")
			fi
			all+=("${COMPREPLY[@]}")
		done < <(_advicectl_next "$words" "$command" "${operands[@]}" | sort -u)
		COMPREPLY=("${all[@]}")
	fi
}

complete -F _advicectl advicectl
