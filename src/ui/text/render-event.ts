/** One event as one calm line, with the node's name first. */

import { count } from '../../core/count.js';
import type { WizardEvent } from '../../core/events.js';
import { stageTitle } from './guide.js';
import { CHECKS, PROGRESS } from './messages.js';
import { findingsSummary } from './render-findings.js';
import { formatNode, planSummary } from './render-plan.js';
import { duration, paint, type RenderStyle, symbols } from './render-style.js';
import { clean } from './width.js';

type ChangeEvent = Extract<WizardEvent, { type: 'change' }>;

const withDetail = (detail: string | undefined) => (detail ? `: ${clean(detail)}` : '');

function changeLine(event: ChangeEvent, style: RenderStyle, verbose: boolean): string | null {
  const s = symbols(style);
  const took = event.ms !== undefined && event.ms >= 1000 ? ` (${duration(event.ms)})` : '';
  const line = (symbol: string, rest: string) => `${formatNode(event.node)}: ${symbol} ${clean(event.what)}${rest}`;
  switch (event.state) {
    case 'begin':
      return verbose ? line(s.running, ` ${s.ellipsis}`) : null;
    case 'done':
      return line(paint(style, 'good', s.done), `${took}${withDetail(event.detail)}`);
    case 'failed':
      return line(paint(style, 'bad', s.failed), ` FAILED${took}${withDetail(event.detail)}`);
    case 'skipped':
      return line(s.skipped, ` skipped${withDetail(event.detail)}`);
    case 'undone':
      return line(paint(style, 'good', s.done), ` undone${withDetail(event.detail)}`);
  }
}

/** A line for people, or null for events that only `verbose` shows. */
export function describeEvent(event: WizardEvent, style: RenderStyle, verbose = false): string | null {
  const s = symbols(style);
  switch (event.type) {
    case 'run-begin':
      return `${event.cluster}: ${event.command} on ${count(event.nodes.length, 'node')} (${event.nodes.join(', ')})${event.run === '' ? '' : `, run ${event.run}`}`;
    case 'connect':
    case 'survey': {
      const [doing, done, failed] = PROGRESS[event.type];
      if (event.state === 'begin') return verbose ? `${event.node}: ${doing}` : null;
      // The cause is reported once, at the end, with what to do.
      if (event.state === 'failed') return `${event.node}: ${paint(style, 'bad', s.failed)} ${failed}`;
      // A surveyed node is connected; both lines would be noise on a large cluster.
      return event.type === 'survey' || verbose ? `${event.node}: ${done}${withDetail(event.detail)}` : null;
    }
    case 'findings':
      return event.findings.length === 0 ? null : `Survey: ${findingsSummary(event.findings)}.`;
    case 'advice':
      return verbose ? `Advice: ${clean(event.advice.summary)}` : null;
    case 'plan':
      return `Plan: ${planSummary(event.plan)}.`;
    case 'stage':
      return event.state === 'begin'
        ? paint(style, 'strong', `Stage: ${stageTitle(event.stage)}`)
        : event.state === 'failed'
          ? `Stage failed: ${stageTitle(event.stage)}`
          : null;
    case 'change':
      return changeLine(event, style, verbose);
    case 'output':
      return verbose ? `${event.node}: | ${clean(event.line)}` : null;
    case 'check': {
      const c = event.check;
      if (c.status === 'passed')
        return verbose ? `${formatNode(c.node)}: ${s.done} ${clean(c.subject)}${c.ms === undefined ? '' : ` (${duration(c.ms)})`}` : null;
      const mark = c.status === 'failed' ? paint(style, 'bad', s.failed) : paint(style, 'warn', s.unknown);
      return `${formatNode(c.node)}: ${mark} ${clean(c.subject)}: ${c.status === 'failed' ? CHECKS.failed : CHECKS.unknown}${withDetail(c.detail)}`;
    }
    case 'notice': {
      const text = `${event.node ? `${event.node}: ` : ''}${event.level === 'warning' ? `${s.warning} ` : ''}${clean(event.message)}`;
      return event.level === 'warning' ? paint(style, 'warn', text) : text;
    }
    case 'run-end':
      return null;
  }
}
