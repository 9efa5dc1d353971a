import { join } from 'node:path'
import { createAsker } from './init/ask.ts'
import { agentValues, derivedFiles, fileNames, type SetupFile } from './init/files.ts'
import { firstToken } from './init/first-token.ts'
import { agentCommand, edgeCommand, secretCommand } from './init/next-commands.ts'
import { parseSetup, readSetup, setupFile } from './init/read-setup.ts'
import { rotate } from './init/rotate.ts'
import { edgeUrl, type Setup, withCluster } from './init/setup.ts'
import { wranglerConfig } from './init/wrangler-config.ts'
import { makeFolder, textOf, type Written, writeSetupFile } from './init/write-files.ts'
import { keyFile } from './options/key-file.ts'
import { type OptionTable, type OptionValues, UsageError } from './options/option-table.ts'
import { verb, type World } from './options/verb.ts'
import { ownCommand } from './terminal/own-command.ts'

const defaults = { dir: 'kubedoh-setup', token: 'first' }

const options = {
  edge: {
    kind: 'text',
    value: 'KIND',
    choices: ['cloudflare', 'self-hosted'],
    help: 'where the edge runs: cloudflare, or self-hosted (`kubedoh serve`)',
  },
  host: { kind: 'text', value: 'HOST', help: "the edge's host name, such as dns.example.com" },
  cluster: { kind: 'text', value: 'ID', help: "the cluster's id: a to z, digits and dashes" },
  domain: { kind: 'text', value: 'DOMAIN', byDefault: 'cluster.local', help: "the cluster's DNS domain" },
  zone: { kind: 'list', value: 'ZONE', help: 'an alias zone, such as prod.k8s.example.com; repeatable' },
  reverse: {
    kind: 'list',
    value: 'CIDR',
    byDefault: 'the private ranges',
    help: 'an address range for PTR queries; repeatable',
  },
  token: {
    kind: 'text',
    value: 'NAME',
    byDefault: defaults.token,
    help: 'the name of the first token, which sees all namespaces; made where the folder has no access policy',
  },
  dir: {
    kind: 'text',
    value: 'DIR',
    byDefault: defaults.dir,
    help: 'the folder of the files; it has private keys, so keep it out of version control',
  },
  rotate: { kind: 'flag', help: "do the next of three steps that replace the agent's key" },
} as const satisfies OptionTable

/** kubedoh init: write the files that an edge and an agent need. */
export default verb({
  name: 'init',
  summary: 'Write all files for an edge and the agent of one cluster, and print the next commands',
  usage: '[--edge KIND --host HOST --cluster ID] [options]',
  options,
  notes: [
    'What no option gives is asked for at a terminal. In the same folder, a second run changes nothing, and needs no options.',
    "The folder has: edge.json, the edge's configuration; policy.yaml, the access policy; agent-key.json, the agent's private key, and agent-secret.yaml, a Secret with it; agent-values.yaml for the Helm chart; for Cloudflare wrangler.toml, and the configuration as worker-secrets.json for `wrangler deploy` and .dev.vars for `wrangler dev`. edge.json, policy.yaml, agent-values.yaml and wrangler.toml are yours to edit; run init again after editing edge.json.",
    'Stdout has the DoH URL with the first token, once. Private keys are never printed.',
  ],
  async run(values, [extra], world) {
    if (extra !== undefined) throw new UsageError(`init takes no "${extra}"`)
    const { dir = defaults.dir } = values
    const kept = await textOf(dir, fileNames.setup)
    const before = kept === undefined ? undefined : parseSetup(kept, join(dir, fileNames.setup))
    const own = ownCommand({ env: world.env, script: process.argv[1] })
    if (!values.rotate) return begin(values, before, { dir, own, world })
    if (!before) throw new UsageError(`${dir} has no setup; run init without --rotate first`)
    const { did, commands } = await rotate(before, dir, own)
    tellCommands(world, did, commands)
    return 0
  },
})

type Place = { readonly dir: string; readonly own: string; readonly world: World }

async function begin(
  values: OptionValues<typeof options>,
  before: Setup | undefined,
  { dir, own, world }: Place,
): Promise<0> {
  if (before) refuseZones(values, dir)
  const asker = createAsker(world.signal)
  const setup = await readSetup(values, before, asker).finally(() => asker.close())
  makeFolder(dir)
  const key = await keyFile(join(dir, fileNames.key))
  const edge = withCluster(await textOf(dir, fileNames.edge), setup, key.publicKey)
  const agentKey = (await textOf(dir, fileNames.key)) ?? ''
  const files: SetupFile[] = [
    setupFile(setup),
    { name: fileNames.edge, isSecret: false, text: edge },
    ...(await missingFiles(setup, dir)),
    ...derivedFiles(setup, edge, agentKey),
  ]
  for (const file of files) tellFile(world, dir, file, await writeSetupFile(dir, file))
  const token = await firstToken(join(dir, fileNames.policy), setup.cluster, values.token ?? defaults.token)
  tellCommands(world, 'next, in a checkout of kubedoh:', [
    edgeCommand(setup, dir, own),
    secretCommand(dir),
    agentCommand(dir),
  ])
  if (token === undefined) return 0
  world.tell('then this URL answers; it is the only copy of the first token:')
  world.print(`${edgeUrl(setup)}/dns-query/${token}`)
  return 0
}

/** The files that are written once, and belong to the user afterwards: those that the folder lacks. */
async function missingFiles(setup: Setup, dir: string): Promise<SetupFile[]> {
  const once = [agentValues(setup), ...(setup.edge === 'cloudflare' ? [await wranglerConfig()] : [])]
  const present = await Promise.all(once.map(({ name }) => textOf(dir, name)))
  return once.filter((_, at) => present[at] === undefined)
}

/** Zones and ranges are written once. After that they are edited in the configuration, which may have been edited by hand. */
function refuseZones({ domain, zone, reverse }: OptionValues<typeof options>, dir: string): void {
  if (domain === undefined && zone.length === 0 && reverse.length === 0) return
  throw new UsageError(
    `${dir} has a setup already: edit zones and ranges in ${join(dir, fileNames.edge)}, and run init without --domain, --zone and --reverse`,
  )
}

function tellFile({ tell }: World, dir: string, { name }: SetupFile, written: Written): void {
  if (written !== 'unchanged') tell(`${join(dir, name)} is ${written}`)
}

function tellCommands({ tell }: World, title: string, commands: readonly string[]): void {
  tell(title)
  for (const command of commands) tell(`  ${command}`)
}
