# fish completion of strata
complete -c strata -n __fish_use_subcommand -f -a show -d 'layouts of types, drawn'
complete -c strata -n __fish_use_subcommand -f -a list -d 'a line a type'
complete -c strata -n __fish_use_subcommand -f -a report -d 'a document of layouts'
complete -c strata -n __fish_use_subcommand -l help -l version

set -l any '__fish_seen_subcommand_from show list report'
complete -c strata -n $any -s f -l format -x -a 'text json csv' -d 'format of the output'
complete -c strata -n $any -l cacheline -x -a '32 64 128 256' -d 'size of cache lines'
complete -c strata -n $any -l hex -d 'hexadecimal numbers'
complete -c strata -n $any -l color -x -a 'auto always never'
complete -c strata -n $any -l debug-dir -x -a '(__fish_complete_directories)'
complete -c strata -n $any -l no-debug-link -d 'read the file itself only'
complete -c strata -n $any -l threads -x

set -l show '__fish_seen_subcommand_from show'
complete -c strata -n $show -s e -l expand -d 'open members in place'
complete -c strata -n $show -l depth -x -d 'open no deeper'
complete -c strata -n $show -s b -l bytes -d 'draw the map of bytes'

set -l list '__fish_seen_subcommand_from list'
complete -c strata -n $list -s s -l sort -x -a 'name size align members holes waste deep_waste copies'
complete -c strata -n $list -s r -l reverse -d 'turn the order round'
complete -c strata -n $list -l top -x -d 'the first lines only'
complete -c strata -n $list -l where -x -d 'filter'
complete -c strata -n $list -l kind -x -a 'struct class union interface enum'
complete -c strata -n $list -l language -x -a 'c c++ go rust ada d fortran zig'
complete -c strata -n $list -l holes -d 'only types with holes'
complete -c strata -n $list -l contains -x -d 'only types that hold a type'
complete -c strata -n $list -l straddle -d 'only with members that cross cache lines'

set -l report '__fish_seen_subcommand_from report'
complete -c strata -n $report -s o -l output -r -d 'what to write'
complete -c strata -n $report -s t -l type -x -d 'only this type'
complete -c strata -n $report -l source-root -r -d 'in SARIF, name files relative to it'
