export type { ExecOptions, LabHost } from './host.js';
export { endLab, type Lab, type LabHosts, labNames, openLab, startLab } from './lab.js';
export type { LabOptions } from './plan.js';
export type { RunResult } from './run.js';
export { slowShare } from './slow-share.js';
