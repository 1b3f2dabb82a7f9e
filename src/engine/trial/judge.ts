/** Pages before and after, judged. Pure. */

import type { Check } from '../../core/check.js';
import { remedy } from '../../core/remedy.js';
import type { PageMeasure, TargetMeasure } from '../../core/trial.js';

/** A page may take twice its time, and half a second more: less than that is the noise of a busy machine (facts: a dead cache host costs 9 s a page). */
const FACTOR = 2;
const MARGIN_MS = 500;

/** How long a page may take now. */
export function allowedMs(baseline: PageMeasure): number {
  return baseline.medianMs * FACTOR + MARGIN_MS;
}

/** Maintenance, a login elsewhere, an allow-list: stable answers that show little of the caches. Null: a page of Moodle. */
export function unclean(page: PageMeasure): string | null {
  if (page.error !== null) return page.error;
  if (page.status === 503) return 'the site is in maintenance mode (503)';
  if (page.status === 401 || page.status === 403) return `it is closed to this address (${page.status})`;
  if (page.status >= 300 && page.status < 400) return `it redirects (${page.status} to ${page.location ?? 'nowhere'})`;
  if (page.status === 404) return 'not found (404): is this the site that the web server shows for this name?';
  return page.status === 200 ? null : `status ${page.status}`;
}

/** Pages that fail before anything was changed: no trial could detect a difference. */
export function brokenBefore(baseline: readonly TargetMeasure[]): readonly string[] {
  return baseline
    .filter((t) => t.through === 'node')
    .flatMap((target) =>
      target.pages.flatMap((page) => {
        if (page.trouble !== null) return [`${target.node}: ${page.path} shows "${page.trouble}"`];
        return page.status >= 500 && page.status !== 503 ? [`${target.node}: ${page.path} answers ${page.status}`] : [];
      }),
    );
}

function wrong(before: PageMeasure, now: PageMeasure): string | null {
  if (now.error !== null) return now.error;
  if (now.trouble !== null) return `it shows "${now.trouble}"`;
  if (now.status !== before.status) return `status ${now.status} instead of ${before.status}`;
  if (now.location !== before.location) return `it redirects to ${now.location ?? 'nowhere'} instead of ${before.location ?? 'nowhere'}`;
  if (before.status === 200 && now.title !== before.title) return `its title is "${now.title ?? ''}" instead of "${before.title ?? ''}"`;
  if (now.medianMs > allowedMs(before)) return `${ms(now.medianMs)} to the first byte instead of ${ms(before.medianMs)}`;
  return null;
}

const ms = (value: number): string => (value >= 1000 ? `${(value / 1000).toFixed(1)} s` : `${Math.round(value)} ms`);

/** One check a page. A page without an answer before cannot fail now. */
export function judgePages(baseline: readonly TargetMeasure[], now: readonly TargetMeasure[], step: string): readonly Check[] {
  return baseline.flatMap((before) => {
    const after = now.find((t) => t.node === before.node && t.through === before.through);
    return before.pages.map((page): Check => {
      const is = after?.pages.find((p) => p.path === page.path);
      const through = before.through === 'balancer' ? "through the site's public address" : "by the node's own web server";
      const common = {
        id: `page:${before.node}:${before.through}:${page.path}`,
        node: before.node,
        step,
        subject: `${page.path} ${through}`,
      };
      if (page.error !== null || !is) return { ...common, status: 'unknown', detail: page.error ?? 'not asked' };
      const fault = wrong(page, is);
      const times = `${ms(is.medianMs)}, before ${ms(page.medianMs)}`;
      if (fault === null) return { ...common, status: 'passed', detail: `${is.status}, ${times}`, ms: is.medianMs };
      return {
        ...common,
        status: 'failed',
        detail: fault,
        ms: is.medianMs,
        remedy: remedy`Check the logs of the web server and PHP on ${before.node}, and check that every cache service is reachable from there.`,
      };
    });
  });
}
