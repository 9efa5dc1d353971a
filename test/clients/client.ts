import type { Case } from './case.ts'
import type { Target } from './dig.ts'

/** A program that asks over DoH, as a row of the matrix. */
export type Client = {
  readonly name: string
  /** The zone that it asks in: browsers send no `.local` name to DoH. */
  readonly zone: string
  /** Programs that must be on the machine. */
  readonly programs: readonly string[]
  /** What the program says of its version. */
  version(): Promise<string>
  /** Starts what must run while the cases are asked. Throws when it does not start. */
  open(edge: Target): Promise<Session>
}

/** A client that is ready to ask. */
export type Session = {
  /** Asks for one case. Gives what was seen in a few words; throws when it is not what must be seen. */
  see(one: Case): Promise<string>
  close(): Promise<void>
}

/** One line of the matrix: a client, and what came of each case, in the order of the cases. */
export type Row = {
  readonly client: string
  readonly zone: string
  readonly version: string
  /** Why the client was not tried; there are no cells then. */
  readonly skipped?: string
  readonly cells: readonly Cell[]
}

/** What came of a client and a case. */
export type Cell = { readonly title: string; readonly passed: boolean; readonly said: string }

/** A session of a program that runs only while it asks. */
export function shortLived(see: Session['see']): Session {
  return { see, close: () => Promise.resolve() }
}
