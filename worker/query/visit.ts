import type { Query } from '../../dns/message/read-query.ts'
import type { MessageSize } from '../../dns/message/write-reply.ts'
import type { Caller } from '../access/caller.ts'
import type { Subject } from '../answer/subject.ts'
import type { Edge } from '../edge.ts'
import type { Tasks } from '../ports.ts'

/** A request of an admitted caller. Its answer has at most `size`. */
export type Visit = {
  readonly caller: Caller
  readonly edge: Edge
  readonly tasks: Tasks
  readonly size: MessageSize
}

/** One query of a caller, with its bytes. Its time ends at `endMs` (Unix ms). */
export type Asked = Visit & {
  readonly query: Query
  readonly subject: Subject
  readonly bytes: Uint8Array
  readonly endMs: number
}
