# bash completion of outrider; made by 'outrider completion bash'
_outrider() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local first=${COMP_WORDS[1]:-} second=${COMP_WORDS[2]:-} options= path=
  COMPREPLY=()
  case $before in
    --config | --data | --token-file | --ca | --csv | --codes | --output | --key)
      compopt -o filenames
      COMPREPLY=($(compgen -f -- "$word"))
      return ;;
  esac
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W 'quickstart serve status history tail verify backup restore completion version config fleet profile device identity ledger token' -- "$word"))
    return
  fi
  if ((COMP_CWORD == 2)); then
    case $first in
      config) COMPREPLY=($(compgen -W 'check show' -- "$word")); return ;;
      fleet) COMPREPLY=($(compgen -W 'create list' -- "$word")); return ;;
      profile) COMPREPLY=($(compgen -W 'list show check add' -- "$word")); return ;;
      device) COMPREPLY=($(compgen -W 'add list show retire code' -- "$word")); return ;;
      identity) COMPREPLY=($(compgen -W 'list show revoke' -- "$word")); return ;;
      ledger) COMPREPLY=($(compgen -W 'status verify prove checkpoint shred' -- "$word")); return ;;
      token) COMPREPLY=($(compgen -W 'create list revoke' -- "$word")); return ;;
    esac
  fi
  path=$first
  case $first in
    config | fleet | profile | device | identity | ledger | token) path="$first $second" ;;
  esac
  case $path in
    'quickstart') options='--devices --data --for --interval --json --help' ;;
    'serve') options='--config --data --json --help' ;;
    'status') options='--data --server --token-file --ca --json --help' ;;
    'config check') options='--config --json --help' ;;
    'config show') options='--config --running --data --server --token-file --ca --json --help' ;;
    'fleet create') options='--title --dry-run --data --server --token-file --ca --json --help' ;;
    'fleet list') options='--data --server --token-file --ca --json --help' ;;
    'profile list') options='--fleet --data --server --token-file --ca --json --help' ;;
    'profile show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'profile check') options='--json --help' ;;
    'profile add') options='--fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'device add') options='--profile --serial-number --label --code --csv --codes --code-life --partial --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'device list') options='--profile --lifecycle --online --offline --prefix --limit --fleet --data --server --token-file --ca --json --help' ;;
    'device show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'device retire') options='--why --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'device code') options='--life --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'identity list') options='--device --fleet --data --server --token-file --ca --json --help' ;;
    'identity show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'identity revoke') options='--why --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'history') options='--since --until --newest-first --limit --fleet --data --server --token-file --ca --json --help' ;;
    'tail') options='--follow --kind --device --lines --from --fleet --data --server --token-file --ca --json --help' ;;
    'ledger status') options='--data --server --token-file --ca --json --help' ;;
    'ledger verify') options='--offline --data --server --token-file --ca --json --help' ;;
    'ledger prove') options='--fleet --data --server --token-file --ca --json --help' ;;
    'ledger checkpoint') options='--latest --fleet --data --server --token-file --ca --json --help' ;;
    'ledger shred') options='--why --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'verify') options='--key --json --help' ;;
    'token create') options='--life --dry-run --data --server --token-file --ca --json --help' ;;
    'token list') options='--data --server --token-file --ca --json --help' ;;
    'token revoke') options='--dry-run --data --server --token-file --ca --json --help' ;;
    'backup') options='--output --data --server --token-file --ca --json --help' ;;
    'restore') options='--data --dry-run --json --help' ;;
    'completion') options='--json --help' ;;
    'version') options='--json --help' ;;
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  else
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _outrider outrider
