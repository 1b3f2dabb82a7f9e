/** The command line: names, options, exit codes. What a command does is in src/engine/commands. */

import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { TRACK_TITLES } from '../../steps/titles.js';
import { ERROR_CODES } from '../core/errors.js';
import { remedy, sh } from '../core/remedy.js';
import { DEFAULT_CONCURRENCY } from '../exec/host-gate.js';
import { writeText } from '../ui/writer.js';
import type { CommandOptions } from './options.js';

const examples = (version: string) => `
Examples:
  moodle-cluster-wizard                                   the wizard, on the main server
  moodle-cluster-wizard plan --answers answers.yaml       show the changes, change nothing
  moodle-cluster-wizard apply --answers answers.yaml --yes

Without installing it, as root; from /, because npx prefers a program of this name in the current folder:
  cd / && npx --ignore-scripts moodle-cluster-wizard@${version}

Exit codes: 0 done, 2 invalid answers or usage, 3 unreachable or not allowed, 4 change failed, 5 verification failed or rolled back,
6 stale plan or lock held, 7 unsupported Moodle, PHP or system, 10 changes pending, 130 not approved or cancelled, 70 internal error.
Error codes: moodle-cluster-wizard explain`;

const USAGE = 2;

function common(command: Command): Command {
  return command
    .option('--answers <file>', 'answers file (YAML); default: the answers of the last run recorded on this server')
    .option('--site <id>', 'ID of the recorded site, if there are several')
    .option('--json', 'print one JSON object on stdout')
    .option('--ndjson', 'print events as JSON lines on stdout')
    .option('--no-color', 'disable colours')
    .option('--state-dir <dir>', 'folder for journals and logs')
    .addOption(
      new Option('--concurrency <hosts>', `maximum number of hosts to work on at the same time (default: ${DEFAULT_CONCURRENCY})`).argParser(hostCount),
    )
    .option('--verbose', 'show more detail');
}

/** @throws InvalidArgumentError for anything but a whole number from 1 to 1000 */
function hostCount(text: string): number {
  const hosts = Number(text);
  if (Number.isInteger(hosts) && hosts >= 1 && hosts <= 1000) return hosts;
  throw new InvalidArgumentError('Must be a whole number from 1 to 1000.');
}

/** Commands that work at a track. Those that look at records follow the answers that a run has left there. */
const OF_TRACKS: readonly string[] = ['plan', 'apply', 'verify', 'advise'];

/** `--track`, as soon as there is a choice. */
function track(command: Command): Command {
  const names = TRACK_TITLES.map((t) => t.id);
  return names.length < 2
    ? command
    : command.addOption(new Option('--track <name>', 'section of the guide to work on (default: decided by the answers)').choices(names));
}

/** Completion offers the codes; what is not one of them is answered by the command itself, with the nearest code. */
function errorCodes(): Argument {
  const argument = new Argument('[codes...]', 'error codes such as lock-held').choices([...ERROR_CODES]);
  return argument.argParser((code: string, before: readonly string[] | undefined) => [...(before ?? []), code]).default([], 'all');
}

function steps(command: Command): Command {
  return command
    .option('--from-step <step>', 'change only this step and later ones (id or number); earlier steps are surveyed and verified')
    .option('--only-step <step>', 'change only this step (id or number)');
}

/** The whole command line. `run` runs a command; `report` receives the exit code of one that needs neither answers nor nodes. */
export function program(
  run: (command: string, options: CommandOptions) => Promise<void>,
  version: string,
  report: (exitCode: number) => void = () => {},
): Command {
  const root = new Command('moodle-cluster-wizard')
    .description("Guides you through Moodle's server cluster setup: recommends, installs and verifies caches on every node, with rollback.")
    .version(version, '--version')
    .addHelpText('after', examples(version))
    .exitOverride()
    // Reported below, in the requested format.
    .configureOutput({ writeOut: (text) => writeText('stdout', text), writeErr: (text) => writeText('stderr', text), outputError: () => {} })
    .showSuggestionAfterError();
  const add = (name: string, text: string) => {
    const command = common(root.command(name)).description(text).exitOverride();
    if (OF_TRACKS.includes(name)) track(command);
    return command.action((options: CommandOptions) => run(name, { ...root.opts(), ...options }));
  };
  track(root.command('wizard', { isDefault: true }))
    .description('start the interactive wizard (default)')
    .option('--answers <file>', 'answers file to start with')
    .option('--plain', 'print line by line, without redrawing')
    .option('--screen-reader', 'plain mode with words instead of symbols')
    .option('--no-color', 'disable colours')
    .option('--state-dir <dir>', 'folder for journals and logs')
    .exitOverride()
    .action((options: CommandOptions) => run('wizard', options));
  steps(
    add('plan', 'show the planned changes; exit 10 if there are any')
      .option('--out <plan>', 'write the plan to a file for apply --plan')
      .option('--report <file>', 'write a text report for the change ticket')
      .option('--no-trial', 'plan without a trial'),
  );
  steps(add('apply', 'apply the plan to the cluster'))
    .option('--plan <plan>', 'apply exactly this plan; stop if the cluster has changed since')
    .option('--yes', 'skip confirmation')
    .option('--allow-irreversible', 'approve changes that cannot be rolled back')
    .option('--resume', 'resume an unfinished run')
    .addOption(new Option('--trial [seconds]', 'watch the changes for this time, keep them if all checks pass, else roll back (default: 120)'))
    .option('--no-trial', 'keep the changes as soon as they are verified')
    .addOption(new Option('--confirm-within <seconds>', 'roll back automatically unless confirmed in this time'));
  add('verify', 'verify every store and mapping on every node; exit 5 if a check fails');
  add('advise', 'show recommendations for this site');
  add('status', 'show the last run, a running trial and unfinished work');
  add('backups', 'list restore points');
  add('rollback', 'roll back the newest run')
    .option('--to <id>', 'roll back to the state before this restore point')
    .option('--muc-only', "roll back only Moodle's cache configuration")
    .option('--yes', 'confirm the rollback (required)');
  add('repair', 'replace a cache configuration that Moodle cannot use')
    .option('--to <id>', 'use this restore point, or last-good; default: the newest that fits')
    .option('--default', "use Moodle's default configuration")
    .option('--yes', 'skip confirmation');
  add('purge', 'empty stores that may serve stale content, once every node can use them').option('--yes', 'skip confirmation');
  add('unlock', 'show who holds the lock; remove it if that process has ended').option('--yes', 'remove the lock without that proof');
  add('confirm', 'keep the changes of the running trial');
  add('revert', 'end the trial and roll back');
  const answers = root.command('answers').description('work with answers files: schema, check, init').exitOverride();
  answers
    .command('schema')
    .description('print the JSON Schema of answers files')
    .action(() => run('answers schema', {}));
  answers
    .command('init')
    .description('print a commented example')
    .action(() => run('answers init', {}));
  answers
    .command('check <file>')
    .description('check a file without contacting any node')
    .option('--json', 'print one JSON object on stdout')
    .action((file: string, options: CommandOptions) => run('answers check', { ...options, answers: file }));
  root
    .command('explain')
    .description('explain error codes; without a code, list them')
    .addArgument(errorCodes())
    .option('--json', 'print one JSON object on stdout')
    .option('--ndjson', 'print one JSON line on stdout')
    .exitOverride()
    .action(async (codes: readonly string[], options: CommandOptions) => {
      report((await import('./explain.js')).explainCommand(codes, options));
    });
  root
    .command('completion')
    .description('print the completion script for a shell')
    .addArgument(new Argument('<shell>', 'shell').choices(['bash', 'zsh', 'fish']))
    .exitOverride()
    .action(async (shell: string) => {
      writeText('stdout', (await import('./completion.js')).completionScript(shell, root));
    });
  return root;
}

async function dispatch(command: string, options: CommandOptions): Promise<number> {
  const { refuseMisuse } = await import('./refusals.js');
  refuseMisuse(command, options);
  if (command.startsWith('answers ')) return (await import('./answers-commands.js')).answersCommand(command, options);
  if (command === 'wizard') return (await import('./wizard.js')).wizardCommand(options);
  return (await import('./run-command.js')).runCommand(command, options);
}

/** Reads and runs a command line. @returns the exit code */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const { packageVersion } = await import('./package.js');
  let code = 0;
  const root = program(
    async (command, options) => {
      code = await dispatch(command, options);
    },
    packageVersion(),
    (exitCode) => {
      code = exitCode;
    },
  );
  try {
    await knownCommand(root, argv[0]);
    await root.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (thrown) {
    return reportUsageError(argv, thrown);
  }
}

/** Without this, an unknown command is an argument too many of the default one. @throws WizardError `usage` */
async function knownCommand(root: Command, word: string | undefined): Promise<void> {
  const names = [...root.commands.map((c) => c.name()), 'help'];
  if (word === undefined || word.startsWith('-') || names.includes(word)) return;
  const [{ WizardError }, { didYouMean }] = await Promise.all([import('../core/errors.js'), import('../answers/suggest.js')]);
  throw new WizardError('usage', `Unknown command "${word}".${didYouMean(word, names)}`, {
    remedies: [remedy`List the commands: moodle-cluster-wizard --help`],
  });
}

/** Reports what ended the program before a command started. @returns the exit code */
async function reportUsageError(argv: readonly string[], thrown: unknown): Promise<number> {
  const format = { json: argv.includes('--json'), ndjson: argv.includes('--ndjson') };
  const words = argv.filter((word) => !word.startsWith('-'));
  const command = words[0] === 'answers' ? words.slice(0, 2).join(' ') : (words[0] ?? 'wizard');
  const { reportRefusal } = await import('./usage.js');
  if (!(thrown instanceof CommanderError)) return reportRefusal(command, thrown, format);
  if (thrown.exitCode === 0) return 0;
  // `answers` alone: commander has already printed the help.
  if (thrown.code.startsWith('commander.help')) return USAGE;
  const { WizardError } = await import('../core/errors.js');
  const text = thrown.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const message = `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!)]$/.test(text) ? '' : '.'}`;
  return reportRefusal(
    command,
    new WizardError('usage', message, { remedies: [remedy`Show the options: ${sh`moodle-cluster-wizard ${command.split(' ')} --help`}`] }),
    format,
  );
}
