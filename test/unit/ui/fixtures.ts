/** A campus cluster as data, in one import: five nodes, Redis shared and APCu stacked on every web node. */

export { ADVICE } from './fixtures/advice.js';
export { ANSWERS, WEB_NODES } from './fixtures/answers.js';
export { FINDINGS, MUC, nodeFacts } from './fixtures/facts.js';
export { CHECKS, check, FAILED_CHECK, LOST } from './fixtures/outcome.js';
export { PLAN } from './fixtures/plan.js';
