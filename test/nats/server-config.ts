/** Where one nats-server listens on 127.0.0.1, and how it reaches the others. */
export type ServerPlace = {
  readonly name: string
  /** Its directory for JetStream, which survives its restarts. */
  readonly storeDir: string
  readonly clientPort: number
  readonly monitorPort: number
  /** Undefined for a server without a cluster. */
  readonly routes: { readonly ownPort: number; readonly toPorts: readonly number[] } | undefined
}

/**
 * The largest message (bytes). The server's default of 1 MiB is too small for the root of a large cluster with its
 * buckets; 8 MiB is the most that its documentation advises.
 */
export const maxPayloadBytes = 8 * 1024 * 1024

/**
 * The configuration of one server, as JSON, which the server reads as its own format. Servers tell each other the
 * addresses of the others: the announced one refuses connections, so that every route goes through the given ports.
 */
export function serverConfig({ name, storeDir, clientPort, monitorPort, routes }: ServerPlace): string {
  const local = (port: number): string => `127.0.0.1:${port}`
  const cluster = routes && {
    name: 'kubedoh-test',
    listen: local(routes.ownPort),
    advertise: local(1),
    no_advertise: true,
    routes: routes.toPorts.map((port) => `nats://${local(port)}`),
  }
  return JSON.stringify({
    server_name: name,
    listen: local(clientPort),
    http: local(monitorPort),
    max_payload: maxPayloadBytes,
    jetstream: { store_dir: storeDir },
    ...(cluster && { cluster }),
  })
}
