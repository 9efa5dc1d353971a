import assert from 'node:assert/strict'
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { blocksOfPage, groupsOf, markdownPages } from '../docs/blocks/block.ts'
import { type BlockPlace, runBlocks } from '../docs/blocks/run-block.ts'
import { repositoryRoot } from '../house/source.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { buildPrograms, buildSources } from './build.ts'
import { run } from './command.ts'
import { helmSource } from './programs.ts'

/* The blocks of the pages with the mark `cluster`, on a real API server. No kubelet runs the pods that they make. */

const groups = [...groupsOf(markdownPages().flatMap(blocksOfPage), 'cluster')]
const command = join(repositoryRoot, 'cli', 'kubedoh.mjs')

let available: Available
let dir: string
let env: Record<string, string>

before(
  async () => {
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-docs-'))
    available = await availableCluster(process.env)
    const { cluster } = available
    if (!cluster?.owned) return
    const { helm } = await buildSources([helmSource])
    const { kubectl } = await buildPrograms()
    const bin = join(dir, 'bin')
    await mkdir(bin)
    const programs = { helm, kubectl, kubedoh: `${process.execPath} ${command}` }
    for (const [name, program] of Object.entries(programs)) {
      await writeFile(join(bin, name), `#!/bin/sh\nexec ${program} "$@"\n`)
      await chmod(join(bin, name), 0o755)
    }
    env = { PATH: `${bin}:${process.env.PATH}`, HOME: dir, KUBECONFIG: cluster.kubeconfig }
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  await available?.cluster?.stop()
  await rm(dir, { recursive: true, force: true })
})

/** A checkout with the files that `kubedoh init` writes, and a policy. */
async function placeOf(index: number): Promise<BlockPlace> {
  const own = join(dir, String(index))
  await mkdir(own)
  await symlink(join(repositoryRoot, 'deploy'), join(own, 'deploy'))
  const options = ['--edge', 'cloudflare', '--host', 'dns.example.com', '--cluster', 'prod']
  const setup = join(own, 'kubedoh-setup')
  await run(process.execPath, [command, 'init', ...options, '--dir', setup], { env })
  await cp(join(setup, 'policy.yaml'), join(own, 'policy.yaml'))
  return { dir: own, env, fillIns: {} }
}

for (const [index, [group, blocks]] of groups.entries()) {
  test(`${group}: the blocks do what they say`, async (t) => {
    const { cluster } = available
    if (!cluster) return t.skip(available.reason)
    if (!cluster.owned) return t.skip('KUBECONFIG is set: the test installs nothing there')
    const fault = await runBlocks(blocks, await placeOf(index))
    // The next group begins with an empty cluster.
    const { kubectl } = cluster
    await kubectl(['delete', 'namespace', 'kubedoh', '--ignore-not-found', '--timeout=120s'])
    const roles = ['clusterroles,clusterrolebindings', '--selector=app.kubernetes.io/name=kubedoh']
    await kubectl(['delete', ...roles])
    if (fault !== undefined) assert.fail(fault)
  })
}
