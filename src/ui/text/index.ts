/** All text renderers in one import: pure, no colour unless the style asks for it. */

export { renderAdvice } from './render-advice.js';
export { checksSummary, renderChecks, renderStoreTable } from './render-checks.js';
export { renderDiff } from './render-diff.js';
export { type ErrorContext, errorJson, renderError } from './render-error.js';
export { describeEvent } from './render-event.js';
export { findingsSummary, renderFindings } from './render-findings.js';
export { renderMeasurements } from './render-measure.js';
export { planSummary, renderPlan } from './render-plan.js';
export { estimateMs, renderReport } from './render-report.js';
export { PLAIN_STYLE, type RenderStyle } from './render-style.js';
export { type Column, type Row, renderTable } from './table.js';
