import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stage } from './cleanup.ts'
import type { Absent, Contender } from './measured-server.ts'
import {
  type OwnEdge,
  type OwnWorker,
  startBareNode,
  startBareWorker,
  startServe,
  startWorker,
} from './own-edges.ts'
import { startBind, startCoredns } from './peers.ts'
import type { Bench } from './rounds.ts'
import { type ScaleSite, startScaleSite } from './scale/scale-cluster.ts'
import { type Shape, shapeOf } from './shape.ts'

/** The servers that rows share, each started when a row first asks for it. */
export type Lineup = {
  readonly shape: Shape
  /** `kubedoh serve` with the shape. */
  serve(): Promise<OwnEdge>
  /** The bare server and the peers, with the same shape. */
  others(): Promise<readonly (Contender | Absent)[]>
  worker(): Promise<OwnWorker>
  bareWorker(): Promise<Contender>
  /** A real control plane with as much in it. */
  scale(): Promise<ScaleSite>
}

/** 10,000 Services, 100,000 endpoints, and the two that every shape has. */
export function createLineup(stage: Stage, { dir, tell }: Pick<Bench, 'dir' | 'tell'>): Lineup {
  const shape = shapeOf(10_000, 100_000)
  const serve = later(() => {
    tell('starting kubedoh serve with 10,000 Services and 100,000 endpoints')
    return startServe(shape, stage)
  })
  return {
    shape,
    serve,
    others: later(async () => {
      const { certFile, keyFile } = await serve()
      const site = { dir: join(dir, 'peers'), certFile, keyFile, shape, stage, tell }
      await mkdir(site.dir)
      tell('starting the peers with the same data')
      const bare = await startBareNode(certFile, keyFile, stage)
      return [bare, await startCoredns(site), ...(await startBind(site))]
    }),
    worker: later(() => {
      tell('starting the Worker on workerd with the same data')
      return startWorker(shape, stage)
    }),
    bareWorker: later(() => startBareWorker(stage)),
    scale: later(() => startScaleSite(stage, { dir, tell })),
  }
}

function later<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined
  return () => (started ??= start())
}
