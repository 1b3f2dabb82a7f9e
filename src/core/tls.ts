/** How a connection over TLS is judged before anything secret is sent. */
export interface TlsLink {
  /** False: certificate and name are not checked, because the answers say so (`tls: {verify: none}`). */
  readonly verify: boolean;
  /** File with the certificate authority; absent while nobody knows where the system keeps its own. */
  readonly cafile?: string;
}
