/** The part of memjs 1.3 that is used here; it brings no types. */
declare module 'memjs' {
  /** One server of a client: what it does with its connections, looked into because memjs sets no limit of its own. */
  export interface MemjsServer {
    _socket?: import('node:net').Socket;
    timeoutSet: boolean;
    sock(sasl: boolean, go: (socket: import('node:net').Socket) => void): void;
    responseHandler(bytes: Buffer): void;
  }
  export interface MemjsClient {
    readonly servers: readonly MemjsServer[];
    get(key: string): Promise<{ value: Buffer | null }>;
    set(key: string, value: string, options: { expires: number }): Promise<boolean>;
    delete(key: string): Promise<boolean>;
    stats(callback: (error: Error | null, server: string, stats: Record<string, string> | null) => void): void;
    statsWithKey(key: string, callback: (error: Error | null, server: string, stats: Record<string, string> | null) => void): void;
  }
  /** CommonJS: an ES module gets what it exports as one value, and a bundler gives nothing else. */
  const memjs: { readonly Client: { create(servers: string, options: Record<string, unknown>): MemjsClient } };
  // biome-ignore lint/style/noDefaultExport: it is what the package has
  export default memjs;
}
