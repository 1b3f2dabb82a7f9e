import type { BuildOptions, Metafile } from 'esbuild';

export const BUNDLE: BuildOptions;
export function externals(metafile: Metafile): readonly string[];
