import type { Message } from '../../dns/message/read-message.ts'
import type { ClusterFacts } from './page-facts.ts'

/** What was asked, as the form had it. `type` is a mnemonic such as AAAA. */
export type Question = { readonly name: string; readonly type: string }

/** The result of a look-up on the page. */
export type LookedUp =
  /** The form's text is not a question; `reason` says why. */
  | { readonly kind: 'unreadable'; readonly asked: Question; readonly reason: string }
  /** The cluster of the name answers only callers with a token. */
  | { readonly kind: 'token-missing'; readonly asked: Question }
  | Answered

/** An answer, with the place of its name. */
export type Answered = {
  readonly kind: 'answered'
  readonly asked: Question
  readonly message: Message
  /** The cluster and the zone of the name; undefined for a name outside of the zones. */
  readonly place: { readonly cluster: ClusterFacts; readonly zone: string } | undefined
}
