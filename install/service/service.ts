import type { Owner } from '../step.ts'

/** The stub as a service: what every system needs to know. */
export type Service = {
  /** The words that start the stub: program, script, verb and options. None is a token. */
  readonly argv: readonly string[]
  /** The file with the edge's URL. */
  readonly urlFile: string
  /** The file with certificates to trust. */
  readonly caFile: string | undefined
  readonly host: string
  readonly port: number
  /** The address for containers, with port 53; undefined: none. */
  readonly bridge?: string | undefined
  /** The user who runs it; undefined: one of its own, who exists only while it runs. */
  readonly user: (Owner & { readonly name: string }) | undefined
}
