import type { EdgeZones } from '../edge-zones.ts'

/** What people set up: a system, all browsers, or CI jobs and containers. */
export type System = 'linux' | 'macos' | 'windows' | 'ios' | 'android' | 'browsers' | 'ci'

/** Everything that profiles depend on. */
export type SetupFacts = {
  /** The DoH URL of the caller, with its tokens, as `placesOf` accepts it. */
  readonly dohUrl: string
  readonly edge: EdgeZones
  /** Where `kubedoh connect` answers on the machine, for systems that cannot ask over HTTPS. */
  readonly stub: { readonly host: string; readonly port: number }
  /** The addresses at which the edge answers plain DNS on port 53. None are known unless somebody names them. */
  readonly dnsServers: readonly string[]
  /** The resolvers for all other names, for programs that need them. None are known unless somebody names them. */
  readonly resolvers: readonly string[]
}

/** One format: a file that sends the names of a caller's zones to the edge. */
export type Profile = {
  /** As `kubedoh profile` takes it. */
  readonly id: string
  readonly title: string
  readonly fileName: string
  readonly mediaType: string
  readonly systems: readonly System[]
  /** What the file does once it is installed: one sentence. */
  readonly does: string
  /** How to install it, and how to take it back: one sentence each. */
  readonly install: string
  readonly undo: string
  /** What people need to know before they install it: sentences. */
  readonly limits: (facts: SetupFacts) => readonly string[]
  /** Why this edge or this caller has no such file: one clause. Undefined if it has one. */
  readonly unfit: (facts: SetupFacts) => string | undefined
  /** The file's text (UTF-8). Expects that the facts are fit. The same facts give the same text. */
  readonly write: (facts: SetupFacts) => string | Promise<string>
}

/** A format without its writer, which may use the rest. */
export type About = Omit<Profile, 'write'>
