import type { Front } from '../front/front.ts'
import { startServer } from './server.ts'

/** The front on node:http2 and node:http. The processes of a node:cluster share addresses as they are, port 0 included. */
export const nodeFront: Front = {
  start: startServer,
  share: (address) => Promise.resolve(address),
  startShared: startServer,
}
