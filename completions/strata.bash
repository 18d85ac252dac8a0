# bash completion of strata
_strata()
{
    local cur prev words cword
    _init_completion -s 2>/dev/null || { cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}; cword=$COMP_CWORD; }
    if ((COMP_CWORD == 1)); then
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
        esac
        return
    fi
    COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _strata strata
