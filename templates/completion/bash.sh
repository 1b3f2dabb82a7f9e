# Completion for bash. Install it: moodle-cluster-wizard completion bash > /etc/bash_completion.d/moodle-cluster-wizard
# A row is: command (empty for the first word), word, value of the word (- for none, file, dir, value), description.
_moodle_cluster_wizard_rows() {
  cat <<'ROWS'
@ROWS@
ROWS
}

_moodle_cluster_wizard() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' wanted='' i word at name takes text words=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in -*) continue ;; esac
    # A word that is no command is the value of an option.
    while IFS='|' read -r at name takes text; do
      [ "$at" = "$command" ] && [ "$name" = "$word" ] && command="${command:+$command }$word" && break
    done < <(_moodle_cluster_wizard_rows)
  done
  COMPREPLY=()
  while IFS='|' read -r at name takes text; do
    [ "$at" = "$command" ] || continue
    [ "$name" = "$prev" ] && [ "$takes" != '-' ] && wanted=$takes
    if [ "$name" = '<file>' ]; then
      [ -z "$wanted" ] && case $cur in -*) ;; *) wanted=file ;; esac
    else
      words+=("$name")
    fi
  done < <(_moodle_cluster_wizard_rows)
  case $wanted in
    file) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    dir) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    value) ;;
    *) mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$cur") ;;
  esac
}

complete -o filenames -F _moodle_cluster_wizard moodle-cluster-wizard
