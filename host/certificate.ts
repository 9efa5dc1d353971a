/** A server's certificate as PEM texts. */
export type Certificate = {
  /** The server's own certificate first, then those that lead to an authority. */
  readonly certPem: string
  readonly keyPem: string
}
