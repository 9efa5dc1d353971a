import type { KubeConfig } from '@kubernetes/client-node'
import { Agent, buildConnector, type Dispatcher } from 'undici'

/** The connections to an API server: few, shared by all requests, and never one that is dead for long. */
export type Connections = {
  /** Has a configuration's requests use these connections; its package makes a new one for every request. */
  serve(config: KubeConfig): void
  /**
   * A request had no answer in time, so its dispatcher's connection may be dead: whatever is asked from now on goes
   * over a new one. What is under way goes on.
   */
  suspect(dispatcher: Dispatcher): void
  /** Ends all of them. */
  close(): Promise<void>
}

/**
 * HTTP/2 lets both sides ask for a sign of life, and undici asks this often. A connection that has not said
 * anything after four questions is dead: whoever was cut off by a network that drops packets hears of it from
 * nobody else, for a quarter of an hour where it is left to TCP.
 */
const usualPingMs = 5_000
const maxQuietTicks = 4

/** The package's parts, which its types keep private. */
type Maker = {
  createDispatcher(...given: unknown[]): Dispatcher | undefined
  createDispatcherOptions(...given: unknown[]): { readonly type: string; readonly connect?: object }
}

/** Makes an empty pool. `pingMs`: how often a connection over HTTP/2 is asked for a sign of life. */
export function keepConnections(pingMs = usualPingMs): Connections {
  const open = new Set<Dispatcher>()
  let held: { readonly made: string; readonly dispatcher: Dispatcher | undefined } | undefined
  const retire = async (): Promise<void> => {
    const old = held?.dispatcher
    held = undefined
    // Requests under way end in their own time.
    await old?.close()
    if (old) open.delete(old)
  }
  return {
    serve(config) {
      const maker = config as unknown as Maker
      const make = maker.createDispatcher.bind(config)
      maker.createDispatcher = (...given) => {
        // Certificates are among what is given, and are read each time: new ones make a new connection.
        const made = JSON.stringify(given)
        if (held?.made === made) return held.dispatcher
        void retire()
        const { type, connect } = maker.createDispatcherOptions(...given)
        const isDirect = type === 'agent' || type === 'none'
        const dispatcher = isDirect ? directAgent(connect ?? {}, pingMs) : make(...given)
        if (dispatcher) open.add(dispatcher)
        held = { made, dispatcher }
        return dispatcher
      }
    },
    suspect: (dispatcher) => {
      if (held?.dispatcher === dispatcher) void retire()
    },
    close: async () => {
      held = undefined
      await Promise.all([...open].map((dispatcher) => dispatcher.destroy()))
    },
  }
}

function directAgent(options: object, pingMs: number): Agent {
  const connect = buildConnector(options)
  return new Agent({
    h2Options: { pingInterval: pingMs },
    connect: (target, callback) =>
      connect(target, (...outcome) => {
        const [, socket] = outcome
        if (socket && 'alpnProtocol' in socket && socket.alpnProtocol === 'h2') endWhenQuiet(socket, pingMs)
        callback(...outcome)
      }),
  })
}

type Socket = NonNullable<Parameters<buildConnector.Callback>[1]>

/** Ticks are counted, and no time is read: a process that was stopped for an hour has not been told anything yet. */
function endWhenQuiet(socket: Socket, pingMs: number): void {
  let heard = socket.bytesRead
  let quietTicks = 0
  const look = (): void => {
    quietTicks = socket.bytesRead === heard ? quietTicks + 1 : 0
    heard = socket.bytesRead
    if (quietTicks >= maxQuietTicks)
      socket.destroy(new Error(`the connection is dead: no answer to ${maxQuietTicks} pings`))
  }
  const timer = setInterval(look, pingMs).unref()
  socket.once('close', () => clearInterval(timer))
}
