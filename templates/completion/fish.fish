# Completion for fish. Install it: moodle-cluster-wizard completion fish > ~/.config/fish/completions/moodle-cluster-wizard.fish
# A row is: command (empty for the first word), word, value of the word (- for none, file, dir, value), description.
set -g __moodle_cluster_wizard_rows \
@ROWS@

# The command that stands on the line so far; a word that is no command is the value of an option.
function __moodle_cluster_wizard_command
    set -l command ''
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; and continue
        for row in $__moodle_cluster_wizard_rows
            set -l field (string split '|' -- $row)
            if test "$field[1]" = "$command" -a "$field[2]" = "$word"
                set command (string trim -- "$command $word")
                break
            end
        end
    end
    echo $command
end

function __moodle_cluster_wizard_at
    test (__moodle_cluster_wizard_command) = "$argv[1]"
end

complete -c moodle-cluster-wizard -e
complete -c moodle-cluster-wizard -f
for row in $__moodle_cluster_wizard_rows
    set -l field (string split '|' -- $row)
    set -l here -c moodle-cluster-wizard -n "__moodle_cluster_wizard_at '$field[1]'" -d "$field[4]"
    switch $field[2]
        case '<file>'
            complete $here -F
        case '--*'
            set -l long (string sub -s 3 -- $field[2])
            switch $field[3]
                case -
                    complete $here -l $long
                case file
                    complete $here -l $long -r -F
                case dir
                    complete $here -l $long -x -a '(__fish_complete_directories)'
                case '*'
                    complete $here -l $long -x
            end
        case '*'
            complete $here -a $field[2]
    end
end
