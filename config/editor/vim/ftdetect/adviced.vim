" Rule packs of adviced: rules/AUTHORITY/pathway.cfg.
autocmd BufRead,BufNewFile pathway.cfg set filetype=adviced
