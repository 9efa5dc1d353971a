import { first, mediaType, messageOf } from './expect.ts'
import { dnsMessage } from './query.ts'
import type { Got, Row } from './row.ts'
import { compareDecoders } from './second-decoder.ts'

/**
 * A second opinion on our own decoder: dns-packet decodes every DNS message that was received for any row. The row is
 * last, and always runs, also with --only.
 */
export const decoderRow: Row = {
  id: 'second-decoder',
  title: 'a second decoder (dns-packet) agrees about every answer',
  rfc: 'RFC 1035 §4.1',
  level: 'advice',
  ask: () => [],
  judge(_gots, { received }) {
    const messages = received.filter(
      (got) => !('failed' in got) && mediaType(got.headers['content-type']) === dnsMessage,
    )
    if (messages.length === 0) return messageComplaint(received.at(-1))
    return first(messages.map((got) => () => inBytes(got)))
  },
}

function messageComplaint(got: Got | undefined): string {
  const message = messageOf(got)
  return typeof message === 'string' ? message : 'no DNS message was received'
}

function inBytes(got: Got): string | undefined {
  if ('failed' in got) return undefined
  const difference = compareDecoders(got.bytes)
  return difference && `${difference}; the message in base64: ${Buffer.from(got.bytes).toString('base64')}`
}
