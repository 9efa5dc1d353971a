import dgram from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { Log } from '../../../worker/ports.ts'

/** A datagram and its source. */
export type Received = { readonly bytes: Uint8Array; readonly address: string; readonly port: number }

type ExchangeOptions = {
  readonly count?: number
  readonly waitMs?: number
  /** The source address; by default the system chooses it. */
  readonly from?: string
}

/** Sends datagrams to a port and resolves to the first `count` that come back, or to fewer after `waitMs`. */
export async function exchangeDatagrams(
  to: { readonly host: string; readonly port: number },
  datagrams: readonly Uint8Array[],
  { count = datagrams.length, waitMs = 5_000, from }: ExchangeOptions = {},
): Promise<Received[]> {
  const socket = dgram.createSocket(isIPv6(to.host) ? 'udp6' : 'udp4')
  const received: Received[] = []
  const done = Promise.withResolvers<void>()
  socket.on('message', (bytes, { address, port }) => {
    received.push({ bytes, address, port })
    if (received.length >= count) done.resolve()
  })
  socket.bind(0, from)
  await once(socket, 'listening')
  for (const datagram of datagrams) socket.send(datagram, to.port, to.host)
  const timer = setTimeout(done.resolve, waitMs)
  if (count === 0 && waitMs === 0) done.resolve()
  await done.promise
  clearTimeout(timer)
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return received
}

/** A log that keeps its messages. */
export function keptLog(): Log & { readonly messages: string[] } {
  const messages: string[] = []
  const keep = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    messages.push(`${message} ${JSON.stringify(fields)}`)
  }
  return { info: keep, warn: keep, messages }
}
