import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Ends a fault. May be called twice. */
export type Lift = () => void

/** A TCP relay on 127.0.0.1 with the faults of a network. */
export type Relay = {
  readonly port: number
  /** Resets every connection. */
  cut(): void
  /** Resets every connection, and each new one, until the fault is ended. */
  refuse(): Lift
  /** Holds all bytes back until the fault is ended. */
  hold(): Lift
  /** Delays every byte by `ms`. */
  lag(ms: number): Lift
  /** Closes every connection towards one side and continues to read from it; the end of the fault resets them. */
  halfClose(side: 'client' | 'server'): Lift
  close(): Promise<void>
}

type Pair = { readonly client: Socket; readonly server: Socket }

/** Starts a relay to the port `target` of 127.0.0.1. `port` 0 chooses a free one. */
export async function startRelay(port: number, target: number): Promise<Relay> {
  const pairs = new Set<Pair>()
  const weather = { refusals: 0, holds: 0, lagMs: 0 }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => {})
    if (weather.refusals > 0) return void client.resetAndDestroy()
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const pair: Pair = { client, server: upstream }
    pairs.add(pair)
    carry(client, upstream, weather)
    carry(upstream, client, weather)
    if (weather.holds > 0) pause(pair)
    for (const socket of [client, upstream]) {
      socket.on('error', () => reset(pair))
      socket.on('close', () => pairs.delete(pair))
    }
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => pairs.forEach(reset)
  return {
    port: (server.address() as { port: number }).port,
    cut,
    refuse() {
      weather.refusals++
      cut()
      return onceOnly(() => weather.refusals--)
    },
    hold() {
      weather.holds++
      pairs.forEach(pause)
      return onceOnly(() => {
        weather.holds--
        if (weather.holds === 0) pairs.forEach(resume)
      })
    },
    lag(ms) {
      weather.lagMs = ms
      return onceOnly(() => (weather.lagMs = 0))
    },
    halfClose(side) {
      const halved = [...pairs]
      for (const pair of halved) pair[side].end()
      return onceOnly(() => halved.forEach(reset))
    },
    async close() {
      server.close()
      cut()
      await once(server, 'close')
    },
  }
}

function carry(from: Socket, to: Socket, weather: { readonly lagMs: number }): void {
  // Bytes after the end of a lag must not overtake delayed ones.
  let freeMs = 0
  const pass = (action: () => void): void => {
    const nowMs = performance.now()
    freeMs = Math.max(freeMs, nowMs + weather.lagMs)
    if (freeMs <= nowMs) action()
    else setTimeout(action, freeMs - nowMs)
  }
  from.on('data', (chunk) => pass(() => void (to.writable && to.write(chunk))))
  from.on('end', () => pass(() => to.end()))
}

function pause({ client, server }: Pair): void {
  client.pause()
  server.pause()
}

function resume({ client, server }: Pair): void {
  client.resume()
  server.resume()
}

function reset({ client, server }: Pair): void {
  client.resetAndDestroy()
  server.resetAndDestroy()
}

function onceOnly(action: () => void): Lift {
  let isDone = false
  return () => {
    if (!isDone) action()
    isDone = true
  }
}
