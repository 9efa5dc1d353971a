import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadAll } from 'js-yaml'
import { buildSources } from '../../cluster/build.ts'
import { run } from '../../cluster/command.ts'
import { hasCode } from '../../cluster/errors.ts'
import { helmSource } from '../../cluster/programs.ts'

/** The folder of the chart. */
export const chartDir = fileURLToPath(new URL('../../../deploy/chart', import.meta.url))

/** An object of Kubernetes. */
export type Rendered = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  // The shape depends on the kind.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly [field: string]: any
}

/** Helm with directories of its own, which `close` removes. */
export type Helm = {
  /** Runs helm; returns its stdout. Throws ClusterError COMMAND_FAILED. */
  run(args: readonly string[], input?: string): Promise<string>
  /** Renders the chart as release kubedoh in namespace kubedoh. */
  template(values: object): Promise<string>
  close(): Promise<void>
}

/** Builds helm unless it is built. Undefined without Go, unless CI=true. Throws what buildSources throws. */
export async function openHelm(env = process.env): Promise<Helm | undefined> {
  const programs = await buildSources([helmSource]).catch((error: unknown) => {
    if (!hasCode(error, 'GO_MISSING') || env.CI === 'true') throw error
    return undefined
  })
  if (!programs) return undefined
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-helm-'))
  const { KUBECONFIG: _, ...rest } = env
  const ownEnv = { ...rest, HELM_CACHE_HOME: dir, HELM_CONFIG_HOME: dir, HELM_DATA_HOME: dir }
  const runHelm: Helm['run'] = (args, input) => run(programs.helm, args, { env: ownEnv, input })
  const template = ['template', 'kubedoh', chartDir, '--namespace', 'kubedoh', '-f', '-']
  return {
    run: runHelm,
    template: (values) => runHelm(template, JSON.stringify(values)),
    close: () => rm(dir, { recursive: true }),
  }
}

/** The objects of a manifest. */
export function objectsOf(manifest: string): Rendered[] {
  return (loadAll(manifest) as (Rendered | null)[]).filter((object) => object !== null)
}
