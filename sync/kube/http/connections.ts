// As a path, since Bun replaces the package undici by a part of it.
import { Agent, buildConnector, type Dispatcher, ProxyAgent } from 'undici/index.js'
import { socks5Connector } from '../../socks5-connector.ts'

/** The connections to an API server: few, shared by all requests, and never used for long after they have died. */
export type Connections = {
  /** The dispatcher for these settings; the same one as long as they do not change. */
  dispatcherFor(settings: ConnectionSettings): Dispatcher
  /**
   * A request had no answer in time, so its dispatcher's connection may be dead: later requests use a new one.
   * Requests under way continue.
   */
  suspect(dispatcher: Dispatcher): void
  /** Closes all connections. */
  close(): Promise<void>
}

/** How to connect. New settings, such as a renewed certificate, make new connections. */
export type ConnectionSettings = {
  /** TLS options of Node: ca, cert, key, servername, rejectUnauthorized. */
  readonly tls: object
  /** URL of a proxy: HTTP, HTTPS or SOCKS5. */
  readonly proxyUrl?: string | undefined
}

/**
 * HTTP/2 lets both sides send pings, and undici sends one this often (ms). A connection that has received nothing for
 * four intervals is dead. Without pings TCP needs about 15 minutes to notice a network that drops packets silently.
 */
const usualPingMs = 5_000
const maxQuietTicks = 4

/** Between TCP keep-alive probes (ms), as in client-go: cloud load balancers forget idle connections after a minute. */
const keepAliveMs = 30_000

/** Makes an empty set of connections. `pingMs`: how often a connection over HTTP/2 is pinged. */
export function keepConnections(pingMs = usualPingMs): Connections {
  const open = new Set<Dispatcher>()
  let current: { readonly settings: string; readonly dispatcher: Dispatcher } | undefined
  const retire = async (): Promise<void> => {
    const old = current?.dispatcher
    current = undefined
    // Requests under way end in their own time.
    await old?.close()
    if (old) open.delete(old)
  }
  return {
    dispatcherFor(settings) {
      const described = JSON.stringify(settings)
      if (current?.settings === described) return current.dispatcher
      void retire()
      const dispatcher = makeDispatcher(settings, pingMs)
      open.add(dispatcher)
      current = { settings: described, dispatcher }
      return dispatcher
    },
    suspect: (dispatcher) => {
      if (current?.dispatcher === dispatcher) void retire()
    },
    close: async () => {
      current = undefined
      await Promise.all([...open].map((dispatcher) => dispatcher.destroy()))
    },
  }
}

function makeDispatcher({ tls, proxyUrl }: ConnectionSettings, pingMs: number): Dispatcher {
  const options = { ...tls, keepAlive: true, keepAliveInitialDelay: keepAliveMs }
  if (proxyUrl === undefined) return pingingAgent(buildConnector(options), pingMs)
  if (proxyUrl.startsWith('socks5:'))
    return pingingAgent(socks5Connector(proxyUrl, buildConnector(options)), pingMs)
  // Requests for an http:// API go to the proxy as they are (RFC 9112 §3.2.2), those for https:// through a tunnel.
  return new ProxyAgent({ uri: proxyUrl, requestTls: options, proxyTunnel: false })
}

function pingingAgent(connect: buildConnector.connector, pingMs: number): Agent {
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

/** Counts ticks and reads no clock: a process that was suspended for an hour had no chance to receive anything. */
function endWhenQuiet(socket: Socket, pingMs: number): void {
  let received = socket.bytesRead
  let quietTicks = 0
  const look = (): void => {
    quietTicks = socket.bytesRead === received ? quietTicks + 1 : 0
    received = socket.bytesRead
    if (quietTicks >= maxQuietTicks)
      socket.destroy(new Error(`the connection is dead: no answer to ${maxQuietTicks} pings`))
  }
  const timer = setInterval(look, pingMs).unref()
  socket.once('close', () => clearInterval(timer))
}
