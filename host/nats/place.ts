/** How an edge proves to NATS servers who it is. */
export type NatsLogin =
  /** The text of a credentials file: a JWT and its seed. */
  | { readonly kind: 'credentials'; readonly text: string }
  | { readonly kind: 'user'; readonly user: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }

/** A bucket of NATS servers. All of it can be cloned (structured clone). */
export type NatsPlace = {
  /** Addresses, host:port. One that answers is enough: it names the others of its cluster. */
  readonly servers: readonly string[]
  /** TLS, and the text of the only authorities to trust (PEM); undefined: no TLS is demanded. */
  readonly tls: { readonly ca: string | undefined } | undefined
  readonly login: NatsLogin | undefined
  readonly bucket: string
  /** The copies of a bucket that does not exist yet; undefined: three where the servers form a cluster, one otherwise. */
  readonly replicas: number | undefined
}
