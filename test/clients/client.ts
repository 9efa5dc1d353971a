import type { Case } from './case.ts'
import type { Target } from './dig.ts'
import type { UsualResolver } from './usual-resolver.ts'

/** A program that asks over DoH, as a row of the matrix. */
export type Client = {
  readonly name: string
  /** The zone that it asks in: browsers send no `.local` name to DoH. */
  readonly zone: string
  /** Programs that must be on the machine. */
  readonly programs: readonly string[]
  /** Why the client cannot run here although its programs are there, or false. */
  unavailable?(): Promise<string | false>
  /** What the program says of its version. */
  version(): Promise<string>
  /** Starts the programs that must run while the cases are asked. Throws when one does not start. */
  open(edge: Target, usual: UsualResolver): Promise<Session>
}

/** A client that is ready to ask. */
export type Session = {
  /** Asks for one case. Gives what was seen in a few words; throws when it is not what must be seen. */
  see(one: Case): Promise<string>
  /** What else is to be seen of this client, after the cases. */
  readonly looks?: readonly Look[]
  close(): Promise<void>
}

/** A further check of one client, as a case of its own. */
export type Look = {
  readonly title: string
  /** Gives the observation in a few words; throws when it is not the expected one. */
  see(): Promise<string>
}

/** One line of the matrix: a client, and the result of each case and look, in their order. */
export type Row = {
  readonly client: string
  readonly zone: string
  readonly version: string
  /** Why the client was not tried; there are no cells then. */
  readonly skipped?: string
  readonly cells: readonly Cell[]
}

/** The result of one case or look. */
export type Cell = { readonly title: string; readonly passed: boolean; readonly said: string }

/** A session of a program that runs only while it asks. */
export function shortLived(see: Session['see']): Session {
  return { see, close: () => Promise.resolve() }
}
