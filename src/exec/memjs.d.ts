/** The part of memjs 1.3 that is used here; it brings no types. */
declare module 'memjs' {
  export interface MemjsClient {
    get(key: string): Promise<{ value: Buffer | null }>;
    set(key: string, value: string, options: { expires: number }): Promise<boolean>;
    delete(key: string): Promise<boolean>;
    stats(callback: (error: Error | null, server: string, stats: Record<string, string> | null) => void): void;
    statsWithKey(key: string, callback: (error: Error | null, server: string, stats: Record<string, string> | null) => void): void;
    close(): void;
  }
  /** CommonJS: an ES module gets what it exports as one value, and a bundler gives nothing else. */
  const memjs: { readonly Client: { create(servers: string, options: Record<string, unknown>): MemjsClient } };
  // biome-ignore lint/style/noDefaultExport: it is what the package has
  export default memjs;
}
