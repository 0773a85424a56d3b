" Vim syntax file
" Language: rule packs of adviced (adviced-rules(5)): rules/AUTHORITY/pathway.cfg
" For one person: copy the folders syntax and ftdetect to ~/.vim.  The Debian package puts them where Vim finds them.

if exists("b:current_syntax")
  finish
endif

setlocal commentstring=#\ %s
setlocal iskeyword=@,48-57,_,-

" Names that the pack gives: of a role, a kind, a stage ...; and phrases or texts of its own.
syntax match advicedName    /\<\k\+\ze\s*:/
syntax match advicedOwn     /\<\k\+\ze\s*=/

" What stands before a colon or an equals sign and belongs to the language.
syntax match advicedPart    /\<\(sending\|same-words\|services\|texts\|called\|roles\|facts\|kinds\|conditions\|deadlines\|exceptions\|questions\|ladders\|strands\|always\|guards\|alerts\|digests\|stages\|begins\|on\|do\|choose\|ladder\|extract\)\ze\s*[:=]/
syntax match advicedSetting /\<\(title\|protocol\|version\|effective\|extends\|without\|calendar\|closed-days\|watches\|owner\|domains\|reference\|age-counted-on\|wanted\|meets\|hours\|timers\|teams\|words\|address\|mailbox\|post\|team-of\|on-case\|on-strand\|involved\|is\|else\|except\|from\|says\|named\|subject\|attachment\|awaited\|or\|unless\|needs\|kept\|sent-to\|fixed\|optional\|because\|ground\|of\|one-after-the-other\|answers\|list-answers\|by-mail\|shows\|outlives-stage\|template\|invitation-accepted\|invitation-declined\|waits-for\|due\|waits\|wants\|told\|final\|one-for-each\|flag\|held-for\|copy-requests-to\|by-hand\|first\|leave-out\|every\|lists\|when\|at\|for-each\|to\|cc\|attach\|enclose\|with\|starts\|restarts\|urgent\|once\|stay\|go\)\ze\s*[:=]/
syntax match advicedEvent   /\<\(kind\|answer\|command\|notice\|changed\|opened\|ended\)\ze\s*=/
syntax match advicedAct     /\<\(forward\|send\|reply\|remind\|escalate\|ask\|set\|record\|file\|hold\|end\|forget\)\ze\s*=/
syntax match advicedTest    /\<\(involvement\|service\|open-to\|age\|fact\|dates\|copied\|known\|received\|sent\|stage\|open\|since\)\ze\s*=/

syntax keyword advicedTrue true false

" In texts: holes such as {date}, and * and # in what mails are known by.  Curly quotation marks are no quotation marks.
syntax match  advicedHole   /{[^{}"]*}/ contained
syntax match  advicedWild   /[*#]/ contained
syntax region advicedText   start=/"/ skip=/\\"/ end=/"/ end=/$/ contains=advicedHole,advicedWild,advicedCurly
syntax match  advicedCurly  /[“”„]/
syntax match  advicedRemark /#.*$/

highlight default link advicedName    Identifier
highlight default link advicedOwn     Identifier
highlight default link advicedPart    Structure
highlight default link advicedSetting Keyword
highlight default link advicedEvent   Conditional
highlight default link advicedAct     Function
highlight default link advicedTest    Operator
highlight default link advicedTrue    Boolean
highlight default link advicedText    String
highlight default link advicedHole    Special
highlight default link advicedWild    Special
highlight default link advicedCurly   Error
highlight default link advicedRemark  Comment

let b:current_syntax = "adviced"
