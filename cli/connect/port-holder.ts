import { HostError } from '../../host/errors.ts'
import { authority, type ListenAddress } from '../../host/http/listen.ts'
import { type BoundSocket, boundSockets, processOf } from './proc-sockets.ts'

/** An error of listening on addresses → the same; where a port is taken, its message also names the process that has it. */
export async function withPortHolder(error: unknown, addresses: readonly ListenAddress[]): Promise<unknown> {
  if (!(error instanceof HostError) || error.code !== 'LISTEN_IN_USE') return error
  const listen = addresses.find((address) => error.message.includes(authority(address)))
  if (!listen) return error
  const socket = holderOf(await boundSockets(), listen)
  const holder = socket && (await processOf(socket.inode))
  const who = holder
    ? `it is ${holder.name}, process ${holder.pid}`
    : socket && `it belongs to the user with the ID ${socket.uid}`
  if (who === undefined) return error
  const message = `${error.message}; ${who}; --listen takes another address, such as 127.0.0.2:${listen.port}`
  return new HostError(error.code, message, { cause: error })
}

/** The socket that keeps others from an address: one on it, or on all addresses. */
function holderOf(sockets: readonly BoundSocket[], { host, port }: ListenAddress): BoundSocket | undefined {
  return sockets.find((socket) => socket.port === port && [host, '0.0.0.0', '::'].includes(socket.host))
}
