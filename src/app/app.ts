/** What every command needs: secrets, redaction, executors, log, signals. */

import { randomBytes } from 'node:crypto';
import { homedir, hostname, userInfo } from 'node:os';
import type { Answers } from '../answers/schema.js';
import { localSecretIo } from '../answers/secret-io.js';
import { resolveSecrets, unfitSecret } from '../answers/secrets.js';
import type { Cluster } from '../core/cluster.js';
import { combineErrors, WizardError } from '../core/errors.js';
import type { Emit, Frontend } from '../core/events.js';
import { remedy } from '../core/remedy.js';
import { Redactor, type Secret } from '../core/secret.js';
import type { CommandContext } from '../engine/commands/types.js';
import { HANDLERS } from '../engine/handlers/index.js';
import { openSession, type Session } from '../engine/session/session.js';
import { executorOpener } from '../exec/open.js';
import { defaultStateDir } from '../records/paths.js';
import { openRunLog, type RunLog } from '../records/run-log.js';
import { writeText } from '../ui/writer.js';
import { chosenTrack } from './chosen-track.js';
import { packageVersion, TEMPLATES_DIR } from './package.js';

export interface AppOptions {
  readonly stateDir?: string | undefined;
  readonly signal: AbortSignal;
  /** `--concurrency`: hosts to work on at the same time. */
  readonly concurrency?: number | undefined;
}

/** What all commands of one interactive run share. */
export class App {
  readonly redactor = new Redactor();
  readonly stateDir: string;
  readonly log: RunLog;
  readonly version = packageVersion();
  readonly now = () => new Date();

  constructor(private readonly options: AppOptions) {
    this.stateDir = options.stateDir ?? defaultStateDir(process.env, homedir());
    this.log = openRunLog(this.stateDir, this.redactor, this.now);
  }

  get signal(): AbortSignal {
    return this.options.signal;
  }

  /** Secrets of the answers; typed ones take precedence. `lazy`: one that cannot be read is an error only when it is used. */
  async secrets(answers: Answers, answersFile: string | null, typed: ReadonlyMap<string, Secret>, lazy: boolean): Promise<Readonly<Record<string, Secret>>> {
    const found: Record<string, Secret> = {};
    const problems: WizardError[] = [];
    for (const [name, source] of Object.entries(answers.secrets ?? {})) {
      const own = typed.get(name);
      try {
        const secret =
          own ??
          (
            await resolveSecrets(
              { ...answers, secrets: { [name]: source } },
              localSecretIo(answersFile, process.env, (text) => writeText('stderr', text)),
            )
          )[name];
        if (secret) found[name] = secret;
      } catch (error) {
        if (!(error instanceof WizardError)) throw error;
        if (!lazy) problems.push(error);
      }
    }
    if (problems.length > 0) throw combineErrors(problems);
    for (const [name, secret] of typed) found[name] ??= secret;
    for (const secret of Object.values(found)) {
      this.redactor.add(secret.reveal());
      // Typed secrets have not been checked yet.
      const unfit = lazy ? null : unfitSecret(answers, secret);
      if (unfit) throw unfit;
    }
    return found;
  }

  /** Connects to every node of a cluster. @throws WizardError naming every unreachable node, `usage` for an unknown track */
  async open(given: {
    readonly cluster: Cluster;
    readonly answers: Answers;
    readonly secrets: Readonly<Record<string, Secret>>;
    readonly emit: Emit;
    /** Stops the commands that run on the nodes. */
    readonly signal: AbortSignal;
    /** Continues without unreachable nodes. */
    readonly allowUnreachable?: boolean;
  }): Promise<Session> {
    return openSession({
      track: chosenTrack(given.answers),
      cluster: given.cluster,
      answers: given.answers,
      secrets: given.secrets,
      redactor: this.redactor,
      templatesDir: TEMPLATES_DIR,
      emit: given.emit,
      signal: given.signal,
      allowUnreachable: given.allowUnreachable === true,
      open: this.opener(given.secrets, given.emit),
    });
  }

  /** Opens one node; `signal` stops connecting. */
  opener(secrets: Readonly<Record<string, Secret>>, emit: Emit, signal?: AbortSignal) {
    return executorOpener({
      ...(signal ? { signal } : {}),
      ...(this.options.concurrency === undefined ? {} : { concurrency: this.options.concurrency }),
      templatesDir: TEMPLATES_DIR,
      home: homedir(),
      env: process.env,
      redactor: this.redactor,
      secret: (name) => {
        const secret = secrets[name];
        if (secret) return secret;
        throw new WizardError('secret-unavailable', `Cannot read secret "${name}", which is needed to log in.`, {
          remedies: [remedy`Check its source under "secrets:" in the answers file.`],
        });
      },
      log: (record) => this.log.write({ ...record }),
      notice: (node, message) => emit({ type: 'notice', level: 'info', node, message }),
    });
  }

  /** The context of one command on an open session. */
  context(session: Session, frontend: Frontend, stop?: { readonly gentle: AbortSignal; readonly now: AbortSignal }): CommandContext {
    return {
      session,
      frontend,
      handlers: HANDLERS,
      signal: stop?.gentle ?? this.options.signal,
      abort: stop?.now ?? new AbortController().signal,
      stateDir: this.stateDir,
      by: `${process.env['SUDO_USER'] ?? userInfo().username}@${hostname()}`,
      version: this.version,
      now: this.now,
      random: () => randomBytes(3).toString('hex'),
      redact: (text) => this.redactor.redact(text),
    };
  }
}
