import {
  AuthorizationError,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  UserAuthenticationExpiredError,
} from '@nats-io/transport-node'
import type { Log } from '../../worker/ports.ts'
import { errorText, HostError } from '../errors.ts'
import { type Availability, createAvailability } from './availability.ts'
import type { NatsLogin, NatsPlace } from './place.ts'

/** A connection that is made again whenever it is lost. */
export type Connection = {
  readonly nats: NatsConnection
  isUp(): boolean
  readonly availability: Availability
  /** Calls `action` after the connection was made again: messages in between are lost. */
  onBack(action: () => void): void
  /** Ends it, without waiting for what is under way. */
  close(): Promise<void>
}

/** Times of a connection (ms): one attempt, the pause between two, and pings, of which two may stay without an answer. */
const times = { attemptMs: 2_000, pauseMs: 250, pingMs: 3_000 }

/**
 * Connects to one of the servers, trying until `deadlineMs` (by `performance.now`). Rejects with HostError STORE_UNREACHABLE, or
 * STORE_DENIED as soon as a server refuses the login.
 */
export async function openConnection(place: NatsPlace, log: Log, deadlineMs: number): Promise<Connection> {
  const nats = await firstConnection(place, log, deadlineMs)
  const actions: (() => void)[] = []
  let isUp = true
  const availability = createAvailability({
    log,
    serverName: () => nats.getServer(),
    // While the connection is lost, one to any server is being made anyway.
    change: () => void (isUp && nats.reconnect().catch(() => undefined)),
    nowMs: () => performance.now(),
  })
  const follow = async (): Promise<void> => {
    for await (const status of nats.status()) {
      const { type } = status
      if (type === 'error') log.warn('store error', { reason: errorText(status.error) })
      else if (type === 'disconnect') {
        isUp = false
        availability.failed('the connection was lost')
      } else if (type === 'reconnect') {
        isUp = true
        for (const action of actions) action()
      }
    }
  }
  void follow()
  return {
    nats,
    isUp: () => isUp && !nats.isClosed(),
    availability,
    onBack: (action) => void actions.push(action),
    close: () => nats.close(),
  }
}

async function firstConnection(place: NatsPlace, log: Log, deadlineMs: number): Promise<NatsConnection> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect(optionsOf(place))
    } catch (error) {
      if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError)
        throw new HostError(
          'STORE_DENIED',
          `the store at ${place.servers.join(', ')} refuses this edge (${errorText(error)}); check --store-login`,
          { cause: error },
        )
      if (performance.now() > deadlineMs)
        throw new HostError(
          'STORE_UNREACHABLE',
          `no NATS server answers at ${place.servers.join(', ')} (${errorText(error)})`,
          { cause: error },
        )
      if (attempt === 1)
        log.warn('store not reached yet', { servers: place.servers, reason: errorText(error) })
      await new Promise((resolve) => setTimeout(resolve, times.pauseMs))
    }
  }
}

function optionsOf({ servers, tls, login }: NatsPlace): ConnectionOptions {
  return {
    servers: [...servers],
    name: 'kubedoh',
    timeout: times.attemptMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: times.pauseMs,
    pingInterval: times.pingMs,
    maxPingOut: 2,
    ...(tls && { tls: tls.ca === undefined ? {} : { ca: tls.ca } }),
    ...loginOptions(login),
  }
}

function loginOptions(login: NatsLogin | undefined): ConnectionOptions {
  if (login?.kind === 'credentials')
    return { authenticator: credsAuthenticator(new TextEncoder().encode(login.text)) }
  if (login?.kind === 'user') return { user: login.user, pass: login.password }
  return login ? { token: login.token } : {}
}
