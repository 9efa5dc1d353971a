import type { Case } from './case.ts'
import type { Target } from './dig.ts'
import type { UsualResolver } from './usual-resolver.ts'

/** A DoH client, which is a row of the matrix. */
export type Client = {
  readonly name: string
  /** The zone of its queries: browsers do not send `.local` names to DoH. */
  readonly zone: string
  /** Programs that must be on the machine. */
  readonly programs: readonly string[]
  /** The reason why the client cannot run here although its programs are present, or false. */
  unavailable?(): Promise<string | false>
  /** The version, as the program prints it. */
  version(): Promise<string>
  /** Starts the programs that must run during the cases. Throws when one does not start. */
  open(edge: Target, usual: UsualResolver): Promise<Session>
}

/** A client that is ready to send queries. */
export type Session = {
  /** Queries the name of one case. Returns the observation in a few words; throws when it is not the expected one. */
  see(one: Case): Promise<string>
  /** Further checks of this client, after the cases. */
  readonly looks?: readonly Look[]
  close(): Promise<void>
}

/** A further check of one client, reported like a case. */
export type Look = {
  readonly title: string
  /** Returns the observation in a few words; throws when it is not the expected one. */
  see(): Promise<string>
}

/** One line of the matrix: a client, and the result of each case and look, in their order. */
export type Row = {
  readonly client: string
  readonly zone: string
  readonly version: string
  /** The reason why the client was not tried; then there are no cells. */
  readonly skipped?: string
  readonly cells: readonly Cell[]
}

/** The result of one case or look. */
export type Cell = { readonly title: string; readonly passed: boolean; readonly said: string }

/** A session of a program that runs once per query. */
export function shortLived(see: Session['see']): Session {
  return { see, close: () => Promise.resolve() }
}
