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
    COMPREPLY=($(compgen -W 'quickstart serve status doctor why history tail verify backup restore completion version config fleet profile device app identity ca anchor enrolment alert maintenance playbook response actuation route fence detect cell ledger prove token' -- "$word"))
    return
  fi
  if ((COMP_CWORD == 2)); then
    case $first in
      config) COMPREPLY=($(compgen -W 'check show' -- "$word")); return ;;
      fleet) COMPREPLY=($(compgen -W 'create list' -- "$word")); return ;;
      profile) COMPREPLY=($(compgen -W 'list show check add' -- "$word")); return ;;
      device) COMPREPLY=($(compgen -W 'add list show code labels quarantine release lost stolen found retire' -- "$word")); return ;;
      app) COMPREPLY=($(compgen -W 'add grant withdraw list show code enrol revoke' -- "$word")); return ;;
      identity) COMPREPLY=($(compgen -W 'list show revoke' -- "$word")); return ;;
      ca) COMPREPLY=($(compgen -W 'status rotate forget export import' -- "$word")); return ;;
      anchor) COMPREPLY=($(compgen -W 'add list show crl remove' -- "$word")); return ;;
      enrolment) COMPREPLY=($(compgen -W 'list show approve reject' -- "$word")); return ;;
      alert) COMPREPLY=($(compgen -W 'list show ack resolve assign comment suppress unsuppress suppressions' -- "$word")); return ;;
      maintenance) COMPREPLY=($(compgen -W 'plan end list' -- "$word")); return ;;
      playbook) COMPREPLY=($(compgen -W 'list show test add remove' -- "$word")); return ;;
      response) COMPREPLY=($(compgen -W 'list show approve reject release' -- "$word")); return ;;
      actuation) COMPREPLY=($(compgen -W 'list approve reject' -- "$word")); return ;;
      route) COMPREPLY=($(compgen -W 'assign clear show' -- "$word")); return ;;
      fence) COMPREPLY=($(compgen -W 'set remove list' -- "$word")); return ;;
      detect) COMPREPLY=($(compgen -W 'status list tune replay' -- "$word")); return ;;
      cell) COMPREPLY=($(compgen -W 'list show import' -- "$word")); return ;;
      ledger) COMPREPLY=($(compgen -W 'status verify prove checkpoint shred' -- "$word")); return ;;
      prove) COMPREPLY=($(compgen -W 'reading' -- "$word")); return ;;
      token) COMPREPLY=($(compgen -W 'create list revoke' -- "$word")); return ;;
    esac
  fi
  path=$first
  case $first in
    config | fleet | profile | device | app | identity | ca | anchor | enrolment | alert | maintenance | playbook | response | actuation | route | fence | detect | cell | ledger | prove | token) path="$first $second" ;;
  esac
  case $path in
    'quickstart') options='--devices --data --for --interval --breach --scenario --json --help' ;;
    'serve') options='--config --data --accept-ledger-rollback --json --help' ;;
    'status') options='--data --server --token-file --ca --json --help' ;;
    'doctor') options='--config --data --deep --json --help' ;;
    'config check') options='--config --json --help' ;;
    'config show') options='--config --running --data --server --token-file --ca --json --help' ;;
    'fleet create') options='--title --dry-run --data --server --token-file --ca --json --help' ;;
    'fleet list') options='--data --server --token-file --ca --json --help' ;;
    'profile list') options='--fleet --data --server --token-file --ca --json --help' ;;
    'profile show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'profile check') options='--json --help' ;;
    'profile add') options='--fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'device add') options='--profile --serial-number --label --code --csv --codes --code-life --partial --resume --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'device list') options='--profile --lifecycle --online --offline --prefix --limit --fleet --data --server --token-file --ca --json --help' ;;
    'device show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'device code') options='--life --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'device labels') options='--address --out --fleet --data --server --token-file --ca --json --help' ;;
    'device quarantine') options='--reason --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'device release') options='--reason --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'device lost') options='--reason --revoke --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'device stolen') options='--reason --revoke --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'device found') options='--reason --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'device retire') options='--reason --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'app add') options='--label --out --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'app grant') options='--publish --subscribe --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'app withdraw') options='--publish --subscribe --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'app list') options='--fleet --data --server --token-file --ca --json --help' ;;
    'app show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'app code') options='--life --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'app enrol') options='--out --replace --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'app revoke') options='--why --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'why') options='--as-of --serial --address --fleet --data --server --token-file --ca --json --help' ;;
    'identity list') options='--device --fleet --data --server --token-file --ca --json --help' ;;
    'identity show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'identity revoke') options='--why --device --profile --lifecycle --prefix --issued-since --issued-before --issuer --key --yes --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'ca status') options='--data --server --token-file --ca --json --help' ;;
    'ca rotate') options='--key-uri --request --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'ca forget') options='--id --fleet --data --server --token-file --ca --json --help' ;;
    'ca export') options='--output --passphrase-file --remove --data --server --token-file --ca --json --help' ;;
    'ca import') options='--key --passphrase-file --key-uri --keep --certificate --fleet --data --server --token-file --ca --json --help' ;;
    'anchor add') options='--role --profile --device-id-from --until --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'anchor list') options='--fleet --data --server --token-file --ca --json --help' ;;
    'anchor show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'anchor crl') options='--when-stale --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'anchor remove') options='--why --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'enrolment list') options='--all --fleet --data --server --token-file --ca --json --help' ;;
    'enrolment show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'enrolment approve') options='--why --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'enrolment reject') options='--why --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'history') options='--since --until --newest-first --limit --fleet --data --server --token-file --ca --json --help' ;;
    'alert list') options='--level --threat --device --state --since --limit --follow --fleet --data --server --token-file --ca --json --help' ;;
    'alert show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'alert ack') options='--comment --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'alert resolve') options='--comment --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'alert assign') options='--comment --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'alert comment') options='--fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'alert suppress') options='--threat --check --device --profile --reason --for --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'alert unsuppress') options='--fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'alert suppressions') options='--all --fleet --data --server --token-file --ca --json --help' ;;
    'maintenance plan') options='--device --profile --threats --from --until --reason --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'maintenance end') options='--fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'maintenance list') options='--all --fleet --data --server --token-file --ca --json --help' ;;
    'detect status') options='--fleet --data --server --token-file --ca --json --help' ;;
    'detect list') options='--fleet --data --server --token-file --ca --json --help' ;;
    'detect tune') options='--factor --on --off --profile --since --reason --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'detect replay') options='--since --until --detectors --fleet --data --server --token-file --ca --json --help' ;;
    'route assign') options='--file --corridor --until --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'route clear') options='--fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'route show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'fence set') options='--at --radius --device --profile --keep-out --dwell --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'fence remove') options='--fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'fence list') options='--fleet --data --server --token-file --ca --json --help' ;;
    'playbook list') options='--fleet --data --server --token-file --ca --json --help' ;;
    'playbook show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'playbook test') options='--alert --fleet --data --server --token-file --ca --json --help' ;;
    'playbook add') options='--fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'playbook remove') options='--reason --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'response list') options='--state --device --alert --fleet --data --server --token-file --ca --json --help' ;;
    'response show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'response approve') options='--reason --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'response reject') options='--reason --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'response release') options='--reason --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'actuation list') options='--state --device --fleet --data --server --token-file --ca --json --help' ;;
    'actuation approve') options='--reason --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'actuation reject') options='--reason --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'cell list') options='--state --limit --fleet --data --server --token-file --ca --json --help' ;;
    'cell show') options='--fleet --data --server --token-file --ca --json --help' ;;
    'cell import') options='--fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'tail') options='--follow --kind --device --lines --from --fleet --data --server --token-file --ca --json --help' ;;
    'ledger status') options='--data --server --token-file --ca --json --help' ;;
    'ledger verify') options='--offline --data --server --token-file --ca --json --help' ;;
    'ledger prove') options='--fleet --data --server --token-file --ca --json --help' ;;
    'ledger checkpoint') options='--latest --fleet --data --server --token-file --ca --json --help' ;;
    'ledger shred') options='--why --fleet --dry-run --data --server --token-file --ca --json --help' ;;
    'prove reading') options='--fleet --data --server --token-file --ca --json --help' ;;
    'verify') options='--key --root --json --help' ;;
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
