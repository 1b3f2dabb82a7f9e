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
  moodle-cluster-wizard plan --answers answers.yaml       what would be done, and nothing else
  moodle-cluster-wizard apply --answers answers.yaml --yes

Without installing it, as root; from / so that nothing in another folder is run:
  cd / && npx --ignore-scripts moodle-cluster-wizard@${version}

Exit codes: 0 done, 2 answers or usage, 3 cannot reach or not allowed, 4 a change failed, 5 verification failed or reverted,
6 stale plan or lock held, 7 this Moodle, PHP or system cannot have it, 10 changes pending, 130 declined, 70 a bug.`;

const USAGE = 2;

function common(command: Command): Command {
  return command
    .option('--answers <file>', 'answers file (YAML); without it the last run on record here')
    .option('--site <id>', 'which site on record, where there are several')
    .option('--json', 'one JSON object on stdout')
    .option('--ndjson', 'events as JSON lines on stdout')
    .option('--no-color', 'no colours')
    .option('--state-dir <dir>', 'where journals and logs are kept')
    .addOption(new Option('--concurrency <hosts>', `hosts that are worked on at once (default: ${DEFAULT_CONCURRENCY})`).argParser(hostCount))
    .option('--verbose', 'more detail');
}

/** @throws InvalidArgumentError for anything but a whole number from 1 to 1000 */
function hostCount(text: string): number {
  const hosts = Number(text);
  if (Number.isInteger(hosts) && hosts >= 1 && hosts <= 1000) return hosts;
  throw new InvalidArgumentError('A whole number from 1 to 1000.');
}

/** Commands that work at a track. Those that look at records follow the answers that a run has left there. */
const OF_TRACKS: readonly string[] = ['plan', 'apply', 'verify', 'advise'];

/** `--track`, as soon as there is a choice. */
function track(command: Command): Command {
  const names = TRACK_TITLES.map((t) => t.id);
  return names.length < 2
    ? command
    : command.addOption(new Option('--track <name>', 'section of the guide to work at; without it the answers decide').choices(names));
}

/** Completion offers the codes; what is not one of them is answered by the command itself, with the nearest code. */
function errorCodes(): Argument {
  const argument = new Argument('[codes...]', 'error codes such as lock-held').choices([...ERROR_CODES]);
  return argument.argParser((code: string, before: readonly string[] | undefined) => [...(before ?? []), code]).default([], 'all');
}

function steps(command: Command): Command {
  return command
    .option('--from-step <step>', 'make changes from this step on (id or number); earlier ones are surveyed and verified')
    .option('--only-step <step>', 'make changes of this step only');
}

/** The whole command line. `run` runs a command of the engine; `report` takes the exit code of one that needs nothing of it. */
export function program(
  run: (command: string, options: CommandOptions) => Promise<void>,
  version: string,
  report: (exitCode: number) => void = () => {},
): Command {
  const root = new Command('moodle-cluster-wizard')
    .description("Walks Moodle's server cluster guide with you: caches advised, installed, proven on every node, and reversible.")
    .version(version, '--version')
    .addHelpText('after', examples(version))
    .exitOverride()
    // Told below, in the form that was asked for.
    .configureOutput({ writeOut: (text) => writeText('stdout', text), writeErr: (text) => writeText('stderr', text), outputError: () => {} })
    .showSuggestionAfterError();
  const add = (name: string, text: string) => {
    const command = common(root.command(name)).description(text).exitOverride();
    if (OF_TRACKS.includes(name)) track(command);
    return command.action((options: CommandOptions) => run(name, { ...root.opts(), ...options }));
  };
  track(root.command('wizard', { isDefault: true }))
    .description('the interactive wizard (default)')
    .option('--answers <file>', 'answers to begin with')
    .option('--plain', 'line by line, no redraw')
    .option('--screen-reader', 'plain mode with words instead of signs')
    .option('--no-color', 'no colours')
    .option('--state-dir <dir>', 'where journals and logs are kept')
    .exitOverride()
    .action((options: CommandOptions) => run('wizard', options));
  steps(
    add('plan', 'show what would be done; exit 10 when there is something')
      .option('--out <plan>', 'write the plan for approval')
      .option('--report <file>', 'write a text for the change ticket')
      .option('--no-trial', 'a plan without a trial'),
  );
  steps(add('apply', 'do it'))
    .option('--plan <plan>', 'exactly this plan, or nothing')
    .option('--yes', 'approve the plan')
    .option('--allow-irreversible', 'approve changes that cannot be undone')
    .option('--resume', 'go on with an unfinished run')
    .addOption(new Option('--trial [seconds]', 'keep after this time if all holds, else revert (default: 120)'))
    .option('--no-trial', 'no trial: what passes its proof stays')
    .addOption(new Option('--confirm-within <seconds>', 'revert unless confirmed'));
  add('verify', 'prove every store and mapping on every node; exit 5 when something fails');
  add('advise', 'advice for this site, nothing else');
  add('status', 'what the last run did or left undone');
  add('backups', 'list restore points');
  add('rollback', 'put back what the newest run changed')
    .option('--to <id>', 'back to before this restore point')
    .option('--muc-only', "only Moodle's cache configuration")
    .option('--yes', 'do it');
  add('repair', 'put a usable cache configuration in the place of one that Moodle cannot use')
    .option('--to <id>', 'from this restore point (or last-good); default: the newest that fits')
    .option('--default', "to Moodle's own default")
    .option('--yes', 'do it');
  add('purge', 'empty stores that may serve stale content, once they are ready on every node again').option('--yes', 'do it');
  add('unlock', 'show who holds the lock, and remove it when that process is gone').option('--yes', 'remove it although that is not proven');
  add('confirm', 'keep the mappings on trial');
  add('revert', 'end the trial and put back');
  const answers = root.command('answers').description('the answers file: schema, check, init').exitOverride();
  answers
    .command('schema')
    .description('JSON Schema on stdout')
    .action(() => run('answers schema', {}));
  answers
    .command('init')
    .description('a commented example on stdout')
    .action(() => run('answers init', {}));
  answers
    .command('check <file>')
    .description('check a file, touch nothing')
    .option('--json', 'one JSON object')
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
    .description('completion of these commands for a shell, on stdout')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
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
    return tellWhy(argv, thrown);
  }
}

/** Without this, an unknown command is an argument too many of the default one. @throws WizardError `usage` */
async function knownCommand(root: Command, word: string | undefined): Promise<void> {
  const names = [...root.commands.map((c) => c.name()), 'help'];
  if (word === undefined || word.startsWith('-') || names.includes(word)) return;
  const [{ WizardError }, { didYouMean }] = await Promise.all([import('../core/errors.js'), import('../answers/suggest.js')]);
  throw new WizardError('usage', `There is no command "${word}".${didYouMean(word, names)}`, {
    remedies: [remedy`See what there is: moodle-cluster-wizard --help`],
  });
}

/** What ended the command line before a command could tell it itself. @returns the exit code */
async function tellWhy(argv: readonly string[], thrown: unknown): Promise<number> {
  const format = { json: argv.includes('--json'), ndjson: argv.includes('--ndjson') };
  const words = argv.filter((word) => !word.startsWith('-'));
  const command = words[0] === 'answers' ? words.slice(0, 2).join(' ') : (words[0] ?? 'wizard');
  const { reportRefusal } = await import('./usage.js');
  if (!(thrown instanceof CommanderError)) return reportRefusal(command, thrown, format);
  if (thrown.exitCode === 0) return 0;
  // Help was asked for in vain (`answers` alone) and stands on the screen already.
  if (thrown.code.startsWith('commander.help')) return USAGE;
  const { WizardError } = await import('../core/errors.js');
  const told = thrown.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const message = `${told.charAt(0).toUpperCase()}${told.slice(1)}${/[.?!)]$/.test(told) ? '' : '.'}`;
  return reportRefusal(
    command,
    new WizardError('usage', message, { remedies: [remedy`See what there is: ${sh`moodle-cluster-wizard ${command.split(' ')} --help`}`] }),
    format,
  );
}
