#compdef moodle-cluster-wizard
# Completion for zsh. Install it: moodle-cluster-wizard completion zsh > "${fpath[1]}/_moodle-cluster-wizard"
# A row is: command (empty for the first word), word, value of the word (- for none, file, dir, value), description.
_moodle_cluster_wizard_rows() {
  cat <<'ROWS'
@ROWS@
ROWS
}

_moodle_cluster_wizard() {
  local -a rows words_here
  local command='' word row at name takes text wanted='' prev=${words[CURRENT-1]}
  rows=("${(@f)$(_moodle_cluster_wizard_rows)}")
  for word in "${(@)words[2,CURRENT-1]}"; do
    [[ $word == -* ]] && continue
    # A word that is no command is the value of an option.
    for row in $rows; do
      IFS='|' read -r at name takes text <<<"$row"
      if [[ $at == "$command" && $name == "$word" ]]; then
        command="${command:+$command }$word"
        break
      fi
    done
  done
  for row in $rows; do
    IFS='|' read -r at name takes text <<<"$row"
    [[ $at == "$command" ]] || continue
    [[ $name == "$prev" && $takes != - ]] && wanted=$takes
    if [[ $name == '<file>' ]]; then
      [[ -z $wanted && ${words[CURRENT]} != -* ]] && wanted=file
    else
      words_here+=("${name//:/\\:}:$text")
    fi
  done
  case $wanted in
    file) _files ;;
    dir) _files -/ ;;
    value) _message 'a value' ;;
    *) _describe 'moodle-cluster-wizard' words_here ;;
  esac
}

# Read by hand, the function is only registered; found on fpath, it is the completion itself.
if [[ $funcstack[1] == _moodle-cluster-wizard ]]; then
  _moodle_cluster_wizard "$@"
else
  compdef _moodle_cluster_wizard moodle-cluster-wizard
fi
