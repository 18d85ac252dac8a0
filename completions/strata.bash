# bash completion of strata. Commands and options are what its --help tells: they cannot fall behind.
_strata()
{
    local strata=${COMP_WORDS[0]} cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "$("$strata" --help 2>/dev/null | awk '/^  [a-z]/ { print $1 }') help --help --version" -- "$cur"))
        return
    fi
    # Where = breaks words: --format=js is three of them.
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    local words=
    case $command:$prev in
        diff:-f | diff:--format) words="text json markdown" ;;
        check:-f | check:--format) words="text junit sarif github" ;;
        pack:-f | pack:--format | verify:-f | verify:--format | lab:-f | lab:--format) words="text json" ;;
        report:-f | report:--format) return ;;
        *:-f | *:--format) words="text json csv" ;;
        *:--color) words="auto always never" ;;
        *:--cacheline) words="32 64 128 256" ;;
        show:--bytes) words="8 16" ;;
        list:-s | list:--sort) words="name size align members holes waste deep_waste savings cachelines copies" ;;
        list:--kind) words="struct class union interface enum" ;;
        list:--language) words="c c++ go rust ada d fortran zig" ;;
        watch:--key) words="int64 int32 string float64 interface" ;;
        watch:--value) words="int64 int32 big struct{}" ;;
        watch:--hash) words="aes portable fallback few identity" ;;
        watch:--go) words="1.19 1.22 1.23" ;;
        watch:--workload) words="story insert churn lookup range same-size" ;;
        *:--debug-dir | report:--source-root) COMPREPLY=($(compgen -d -- "$cur")); return ;;
        list:--where | list:--top | list:--contains | show:--depth | pack:--group | pack:--keep-first | *:--threads | \
            report:-t | report:--type | watch:--entries | watch:--few | watch:--seed | watch:--speed | watch:--keys | \
            watch:--size) return ;;
    esac
    if [[ -n $words ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
    elif [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$("$strata" "$command" --help 2>/dev/null | grep -oE '^ +(-., )? *--[a-z-]+' | grep -oE -- '--[a-z-]+')" \
            -- "$cur"))
    else
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}
complete -o filenames -F _strata strata
