import { headerBytes, maxQueryBytes } from '../../../dns/limits.ts'
import { faultText } from '../../../worker/http/fault-text.ts'
import type { Log, Meter } from '../../../worker/ports.ts'
import type { Slot } from './admission.ts'
import type { Caller, MessageAnswers } from './answer-message.ts'
import { createFrameReader, type FrameReader, frame } from './framing.ts'
import type { Load } from './load.ts'
import type { TcpLimits } from './tcp-limits.ts'

/** One TCP or TLS connection that sends queries. */
export type Connection = {
  readonly slot: Slot
  readonly caller: Caller
  readonly frames: FrameReader
  /** Queries without an answer yet. */
  inFlight: number
  /** Queries started in this turn of the event loop. */
  startedInTurn: number
  /** Bytes of answers that the system has not taken yet. */
  unsentBytes: number
  /** Whether reading is stopped until answers are found or sent. */
  isBlocked: boolean
  /** Whether the rest of a message is awaited. */
  isReceiving: boolean
  /** Whether the client has sent its last byte. */
  isEnded: boolean
  /** Whether further queries are not answered. */
  isClosing: boolean
}

/** The parts that the connections of one server share. */
export type ConnectionParts = {
  readonly answers: MessageAnswers
  readonly limits: TcpLimits
  readonly load: Load
  readonly meter?: Meter | undefined
  readonly log: Log
}

/**
 * Answers the queries of a connection until one side closes it. Each answer is sent when it is found, whatever the order
 * of the queries (RFC 7766 §7). A client that has closed its sending side still gets the answers to all of its queries. A
 * message shorter than a DNS header closes the connection, since its client does not speak DNS.
 */
export function serveConnection(slot: Slot, caller: Caller, parts: ConnectionParts): Connection {
  const connection: Connection = {
    slot,
    caller,
    frames: createFrameReader(maxQueryBytes),
    inFlight: 0,
    startedInTurn: 0,
    unsentBytes: 0,
    isBlocked: false,
    isReceiving: false,
    isEnded: false,
    isClosing: false,
  }
  const { socket } = slot
  socket.on('data', (chunk: Buffer) => {
    if (connection.isClosing) return
    connection.frames.push(chunk)
    connection.startedInTurn = 0
    readQueries(connection, parts)
  })
  socket.on('end', () => {
    connection.isEnded = true
    endWhenAnswered(connection)
  })
  socket.on('close', () => parts.load.remove(connection))
  parts.load.count(connection)
  return connection
}

/** Answers the queries in flight and no further ones, then closes the connection. */
export function drainConnection(connection: Connection, { limits }: ConnectionParts): void {
  const { socket } = connection.slot
  connection.isClosing = true
  // Bytes that still arrive are read and discarded: unread ones would make the system reset the connection, and a reset
  // may overtake the last answer.
  socket.resume()
  socket.once('finish', () => setTimeout(() => socket.destroy(), limits.lingerMs).unref())
  endWhenAnswered(connection)
}

/** Starts the queries that have arrived, as far as the limits allow, and reads on unless a limit is reached. */
function readQueries(connection: Connection, parts: ConnectionParts): void {
  const { slot, frames } = connection
  let started = 0
  while (mayStart(connection, parts)) {
    const message = frames.next()
    if (!message) break
    if (message.length < headerBytes) return void slot.socket.destroy()
    if (++started === 2) sendTogether(connection)
    if (++connection.startedInTurn === parts.limits.maxPerTurn) waitForTurn(connection, parts)
    void answer(connection, message, parts)
  }
  const isBlocked = !mayStart(connection, parts)
  if (isBlocked && !connection.isBlocked && connection.inFlight >= inFlightLimit(parts))
    parts.meter?.limited('in_flight')
  if (isBlocked) slot.socket.pause()
  else if (connection.isBlocked) slot.socket.resume()
  connection.isBlocked = isBlocked
  awaitRest(connection, started > 0, parts)
}

function mayStart(
  { inFlight, startedInTurn, unsentBytes, slot, isClosing }: Connection,
  parts: ConnectionParts,
): boolean {
  const { maxUnsentBytes, maxPerTurn } = parts.limits
  if (isClosing || slot.socket.destroyed || unsentBytes > maxUnsentBytes) return false
  return startedInTurn < maxPerTurn && inFlight < inFlightLimit(parts)
}

/** The queries of one connection that may wait now. */
function inFlightLimit({ limits, load }: ConnectionParts): number {
  return load.inFlight() < limits.maxInFlightInAll ? limits.maxInFlight : 1
}

/** Lets the other connections have their turn before further queries of this one are started. */
function waitForTurn(connection: Connection, parts: ConnectionParts): void {
  setImmediate(() => {
    connection.startedInTurn = 0
    afterSending(connection, parts)
  })
}

/** Sends the answers that are found in this turn of the event loop in one write. */
function sendTogether({ slot: { socket } }: Connection): void {
  socket.cork()
  setImmediate(() => socket.uncork())
}

/** Limits the time in which the rest of a message must arrive. While nothing is read, no time is counted. */
function awaitRest(connection: Connection, isAnother: boolean, { load }: ConnectionParts): void {
  const wasReceiving = connection.isReceiving
  connection.isReceiving = !connection.isBlocked && connection.frames.isPartial()
  if (connection.isReceiving && (isAnother || !wasReceiving)) load.receiving.start(connection)
  if (wasReceiving && !connection.isReceiving) load.receiving.stop(connection)
}

async function answer(connection: Connection, message: Uint8Array, parts: ConnectionParts): Promise<void> {
  const { caller, slot } = connection
  parts.load.begin(connection)
  try {
    const reply = await parts.answers(message, caller, connection.isClosing)
    if (reply && slot.socket.writable) slot.socket.write(frame(reply), () => afterSending(connection, parts))
  } catch (error) {
    parts.log.warn('query failed', { transport: caller.transport, error: faultText(error) })
    // A client that loses its connection asks again at once; one that gets no answer waits first.
    slot.socket.destroy()
  }
  parts.load.end(connection)
  afterSending(connection, parts)
}

/** Counts the unsent bytes after an answer, and reads on where a limit forbade it before. */
function afterSending(connection: Connection, parts: ConnectionParts): void {
  if (connection.slot.socket.destroyed) return
  parts.load.count(connection)
  if (connection.isBlocked && mayStart(connection, parts)) readQueries(connection, parts)
  endWhenAnswered(connection)
}

function endWhenAnswered({ slot: { socket }, inFlight, isEnded, isClosing, isBlocked }: Connection): void {
  const isOver = isClosing || (isEnded && !isBlocked)
  if (isOver && inFlight === 0 && !socket.writableEnded) socket.end()
}
