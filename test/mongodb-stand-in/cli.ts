/** `npx tsx test/mongodb-stand-in/cli.ts --host H --port P [--user U --password-env VAR]`: runs until SIGTERM or SIGINT. */

import { parseArgs } from 'node:util';
import { NOTICE } from './context.js';
import { startMongoStandIn } from './server.js';

const USAGE = `${NOTICE}.
Usage: --host ADDRESS --port PORT [--user NAME --password-env VARIABLE]
  --host          address to listen on (default 127.0.0.1)
  --port          port to listen on (default 27017, 0 = any free one)
  --user          ask for a login of this user (SCRAM-SHA-256 or SCRAM-SHA-1, database admin)
  --password-env  name of the environment variable that holds the password`;

function readOptions(argv: string[]): { host: string; port: number; user?: string; password?: string } {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: argv, options: { host: text, port: text, user: text, 'password-env': text } });
  const port = Number(values.port ?? 27017);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is not a port`);
  const place = { host: values.host ?? '127.0.0.1', port };
  const variable = values['password-env'];
  if (values.user === undefined && variable === undefined) return place;
  if (values.user === undefined || variable === undefined) throw new Error('--user and --password-env belong together');
  const password = process.env[variable];
  if (password === undefined || password === '') throw new Error(`the environment variable ${variable} is empty`);
  return { ...place, user: values.user, password };
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const standIn = await startMongoStandIn(options);
  const login = options.user === undefined ? 'no login asked' : `login asked of user ${options.user}`;
  process.stdout.write(`${NOTICE}; listening on ${options.host}:${standIn.port}, ${login}\n`);
  const stop = (): void => {
    process.stdout.write(`MongoDB stand-in stopping: ${JSON.stringify(standIn.stats())}\n`);
    void standIn.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`MongoDB stand-in: ${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 2;
});
