import { parseArgs } from 'node:util';
import { endLab, type Lab, labNames, logsOf, openLab, startLab } from './lab.js';
import { slowShare } from './slow-share.js';

const usage = `npm run lab -- COMMAND [--name NAME]

  up [--release R] [--webs N] [--foreign] [--plugin P]…
                                            start a lab (R: a folder under MOODLE_TREES, or stand-in; default 4.5.6;
                                            P: a folder under MOODLE_TREES/plugins)
  status                                    say which hosts are on
  sh HOST [--user U] COMMAND…               run a command on a host
  slow                                      the shared data folder over SSH from now on: slow, and locks reach no other host
  reset                                     put all hosts, data folder and database back to freshly installed
  logs [HOST]                               what the hosts wrote to their consoles and journals
  down [--all]                              end a lab and remove what it left

NAME is dev when left out.
`;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function existing(name: string): Lab {
  return openLab(name) ?? fail(`there is no lab ${name}; start it with: npm run lab -- up --name ${name}`);
}

function describe(lab: Lab): string {
  const hosts = lab.all.map((host) => `  ${host.name.padEnd(8)} ${host.ip.padEnd(14)} ${host.isOn() ? 'on' : 'off'}`);
  const about = `lab ${lab.name}: Moodle ${lab.release}, ${lab.wwwroot}, admin password ${lab.adminPassword}`;
  return [about, ...hosts, `  keys and passwords: ${lab.sshDir}`, ''].join('\n');
}

async function shell(lab: Lab, words: string[], user: string | undefined): Promise<number> {
  const [host, ...command] = words;
  if (host === undefined || command.length === 0) fail('sh needs a host and a command');
  const text = command.length === 1 ? (command[0] ?? '') : command;
  const stdin = process.stdin.isTTY ? '' : await readAll(process.stdin);
  const result = await lab.host(host).exec(text, { stdin, ...(user === undefined ? {} : { user }) });
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
  return result.code;
}

async function readAll(stream: NodeJS.ReadStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part as Buffer));
  return Buffer.concat(parts);
}

/** How many words are the lab's own: what comes from the host's name on belongs to the command that runs there. */
function ownWords(argv: readonly string[]): number {
  const at = argv.indexOf('sh');
  if (at === -1) return argv.length;
  let end = at + 1;
  while (['--name', '--user'].includes(argv[end] ?? '')) end += 2;
  return end;
}

async function main(argv: string[]): Promise<number> {
  const split = ownWords(argv);
  const { values, positionals } = parseArgs({
    args: argv.slice(0, split),
    allowPositionals: true,
    options: {
      name: { type: 'string', default: 'dev' },
      release: { type: 'string' },
      webs: { type: 'string' },
      plugin: { type: 'string', multiple: true, default: [] },
      foreign: { type: 'boolean', default: false },
      user: { type: 'string' },
      all: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, ...rest] = positionals;
  const { name } = values;
  if (values.help || command === undefined) {
    process.stdout.write(usage);
    return values.help ? 0 : 2;
  }
  switch (command) {
    case 'up': {
      const lab = await startLab({
        name,
        foreignServices: values.foreign,
        plugins: values.plugin,
        ...(values.release === undefined ? {} : { release: values.release }),
        ...(values.webs === undefined ? {} : { webs: Number(values.webs) }),
      });
      process.stdout.write(describe(lab));
      return 0;
    }
    case 'status':
      for (const each of labNames()) {
        const lab = openLab(each);
        process.stdout.write(lab === undefined ? `lab ${each}: incomplete\n` : describe(lab));
      }
      return 0;
    case 'sh':
      return shell(existing(name), argv.slice(split), values.user);
    case 'reset':
      await existing(name).restore();
      return 0;
    case 'slow':
      await slowShare(existing(name));
      return 0;
    case 'logs':
      for (const host of existing(name).all.filter((each) => rest.length === 0 || rest.includes(each.name))) {
        process.stdout.write(`--- ${host.name}\n${await logsOf(host)}`);
      }
      return 0;
    case 'down':
      for (const each of values.all ? labNames() : [name]) await endLab(each);
      return 0;
    default:
      return fail(usage);
  }
}

process.exitCode = await main(process.argv.slice(2));
