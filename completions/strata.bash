# bash completion of strata
_strata()
{
    local cur prev words cword
    _init_completion -s 2>/dev/null || { cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}; cword=$COMP_CWORD; }
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "show list watch --help --version" -- "$cur"))
        COMPREPLY=($(compgen -W "show list report --help --version" -- "$cur"))
        return
    fi
    case $prev in
        -f | --format) COMPREPLY=($(compgen -W "text json csv" -- "$cur")); return ;;
        --color) COMPREPLY=($(compgen -W "auto always never" -- "$cur")); return ;;
        -s | --sort)
            COMPREPLY=($(compgen -W "name size align members holes waste deep_waste copies" -- "$cur")); return ;;
        --kind) COMPREPLY=($(compgen -W "struct class union interface enum" -- "$cur")); return ;;
        --language) COMPREPLY=($(compgen -W "c c++ go rust ada d fortran zig" -- "$cur")); return ;;
        --debug-dir) COMPREPLY=($(compgen -d -- "$cur")); return ;;
        --cacheline) COMPREPLY=($(compgen -W "32 64 128 256" -- "$cur")); return ;;
        --key) COMPREPLY=($(compgen -W "int64 int32 string float64 interface" -- "$cur")); return ;;
        --value) COMPREPLY=($(compgen -W "int64 int32 big struct{}" -- "$cur")); return ;;
        --hash) COMPREPLY=($(compgen -W "aes portable fallback few identity" -- "$cur")); return ;;
        --go) COMPREPLY=($(compgen -W "1.19 1.22 1.23" -- "$cur")); return ;;
        --workload)
            COMPREPLY=($(compgen -W "story insert churn lookup range same-size" -- "$cur")); return ;;
        --record | --replay) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --few | --seed | --entries | --speed | --keys | --size) return ;;
        --where | --top | --contains | --depth | --threads) return ;;
    esac
    if [[ $cur == -* ]]; then
        local common="--format --cacheline --hex --color --debug-dir --no-debug-link --threads --help"
        case ${COMP_WORDS[1]} in
            show) COMPREPLY=($(compgen -W "$common --expand --depth --bytes" -- "$cur")) ;;
            report) COMPREPLY=($(compgen -W "--output --type --source-root --cacheline --debug-dir --no-debug-link --threads --help" -- "$cur")) ;;
            list)
                COMPREPLY=($(compgen -W "$common --sort --reverse --top --where --kind --language --holes --contains \
                    --straddle" -- "$cur"))
                ;;
            watch)
                COMPREPLY=($(compgen -W "--key --value --hash --few --go --seed --entries --workload --speed --paused \
                    --record --replay --salvage --keys --frames --size --ascii --unicode --color --no-mouse --figures \
                    --help" -- "$cur"))
                ;;
        esac
        return
    fi
    [[ ${COMP_WORDS[1]} == watch ]] && return
    COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _strata strata
