import type { Message } from '../dns/message/read-message.ts'

/** A DNS message that answers a question. */
export type Answer = {
  readonly message: Message
  /** The time from before connecting to the last byte (ms). */
  readonly ms: number
  /** The server and the transport, as in dig's SERVER line: '127.0.0.1#53(127.0.0.1) (UDP)', or 'URL (HTTP/2)'. */
  readonly server: string
}
