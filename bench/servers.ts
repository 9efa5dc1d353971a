import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errorText } from '../host/errors.ts'
import { installBun } from '../test/bun/install-bun.ts'
import type { Cleanup } from './cleanup.ts'
import type { Absent, MeasuredServer } from './measured-server.ts'
import {
  type OwnEdge,
  type OwnWorker,
  startBareNode,
  startBareWorkers,
  startServe,
  startWorker,
} from './own-edges.ts'
import { startBind, startCoredns } from './peers.ts'
import type { Bench } from './rounds.ts'
import { type ScaleCluster, startScaleCluster } from './scale/scale-cluster.ts'
import { type Shape, shapeOf } from './shape.ts'

/** The servers that rows share. Each is started at its first use. */
export type Servers = {
  readonly shape: Shape
  /** Ends what a row starts for itself. */
  readonly cleanup: Cleanup
  /** `kubedoh serve` on Node with the shape. */
  serve(): Promise<OwnEdge>
  /** The same on Bun, which npm fetches. */
  serveOnBun(): Promise<MeasuredServer | Absent>
  /** The bare server and the peers, with the same shape. */
  others(): Promise<readonly (MeasuredServer | Absent)[]>
  worker(): Promise<OwnWorker>
  /** A Worker with one header, and one with the headers of ours. */
  bareWorkers(): Promise<readonly MeasuredServer[]>
  /** A real control plane with a shape of the same size. */
  scale(): Promise<ScaleCluster>
}

/** Servers with 10,000 Services, 100,000 endpoints, and the two Services that every shape has. */
export function createServers(cleanup: Cleanup, { dir, tell }: Pick<Bench, 'dir' | 'tell'>): Servers {
  const shape = shapeOf(10_000, 100_000)
  const serve = later(() => {
    tell('starting kubedoh serve with 10,000 Services and 100,000 endpoints')
    return startServe(shape, cleanup)
  })
  return {
    shape,
    cleanup,
    serve,
    serveOnBun: later(async () => {
      const name = 'kubedoh serve on Bun'
      const program = await installBun().catch((error: unknown) => ({ reason: errorText(error) }))
      if (typeof program !== 'string') return { name, absent: `npm cannot fetch Bun: ${program.reason}` }
      tell('starting kubedoh serve on Bun with the same data')
      return (await startServe(shape, cleanup, { runtime: { name: 'Bun', program } })).server
    }),
    others: later(async () => {
      const { certFile, keyFile } = await serve()
      const setup = { dir: join(dir, 'peers'), certFile, keyFile, shape, cleanup, tell }
      await mkdir(setup.dir)
      tell('starting the peers with the same data')
      const bare = await startBareNode(certFile, keyFile, cleanup)
      return [bare, await startCoredns(setup), ...(await startBind(setup))]
    }),
    worker: later(() => {
      tell('starting the Worker on workerd with the same data')
      return startWorker(shape, cleanup)
    }),
    bareWorkers: later(() => startBareWorkers(cleanup)),
    scale: later(() => startScaleCluster(cleanup, { dir, tell })),
  }
}

function later<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined
  return () => (started ??= start())
}
