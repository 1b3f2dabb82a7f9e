/** The command line's options, as every command gets them. */

export interface GlobalOptions {
  readonly answers?: string;
  readonly site?: string;
  readonly json?: boolean;
  readonly ndjson?: boolean;
  readonly plain?: boolean;
  readonly color?: boolean;
  readonly fromStep?: string;
  readonly onlyStep?: string;
  readonly resume?: boolean;
  readonly stateDir?: string;
  readonly verbose?: boolean;
  /** Hosts at once, checked by the command line. */
  readonly concurrency?: number;
  /** There as soon as there is more than one track. */
  readonly track?: string;
  readonly screenReader?: boolean;
}

export interface CommandOptions extends GlobalOptions {
  readonly yes?: boolean;
  readonly allowIrreversible?: boolean;
  readonly plan?: string;
  readonly out?: string;
  readonly report?: string;
  readonly to?: string;
  readonly mucOnly?: boolean;
  /** repair: Moodle's own default. */
  readonly default?: boolean;
  /** Seconds; false with `--no-trial`, true when the option stands without a number. */
  readonly trial?: string | boolean;
  readonly confirmWithin?: string;
}
