export function upToDate(folder: string): boolean;
export function stamp(folder: string, inputs: readonly string[]): void;
export function freshFolder(folder: string): string;
export function swapIn(fresh: string, folder: string): void;
export function sweep(folder: string): void;
