import { parseArgs } from 'node:util'
import { obtainPrograms } from '../clients/programs.ts'
import { type MachineEdge, startEdge } from './edge.ts'
import { type KilledVerb, surviveKill, verbs } from './killed.ts'
import { connect, type LaptopResolver, tree } from './laptop.ts'
import { bootMachine, type Machine, noMachine } from './machine.ts'
import { laptopResolvers } from './resolvers.ts'

const help = `npm run kills -- [--only TEXT] [--every N]

Kills \`kubedoh connect --install --service\` and \`--uninstall\` by SIGKILL in front of each of their changes, on machines with a
real systemd, and uninstalls after each kill. Every second time the installation is completed first. After each kill a name
outside the cluster must resolve, and at the end all files must be as they were. Takes about 40 minutes on an idle machine;
needs root, namespaces, and the packages of \`npm run clients\`.

  --every N     only every Nth change; an odd N alternates between the two endings
  --only TEXT   only resolvers whose name contains this text
`

/** More changes than any command makes: the end of a run in which every kill fails. */
const mostChanges = 300

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<0 | 1 | 2> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string', default: '' },
      every: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(help)
    return 0
  }
  const every = Number(values.every)
  const { debian } = await obtainPrograms()
  const reason = Number.isInteger(every) && every > 0 ? await noMachine(debian) : '--every needs a number'
  if (reason !== false) {
    console.error(reason)
    return 2
  }
  let failures = 0
  const machine = await bootMachine(debian)
  try {
    const edge = await startEdge(machine)
    for (const resolver of laptopResolvers.filter(({ name }) => name.includes(values.only))) {
      await resolver.start(machine)
      for (const verb of verbs) failures += await killEach(machine, edge, resolver, verb, every)
      await resolver.stop(machine)
    }
  } finally {
    await machine.stop()
  }
  return failures === 0 ? 0 : 1
}

/** Kills one command at its changes, prints what became of it, and returns the number of kills that it did not survive. */
async function killEach(
  machine: Machine,
  edge: MachineEdge,
  { name }: LaptopResolver,
  verb: KilledVerb,
  every: number,
): Promise<number> {
  const former = await tree(machine)
  let [kills, failures] = [0, 0]
  for (let at = 0; at < mostChanges; at += every, kills++) {
    try {
      if (!(await surviveKill(machine, edge, former, { verb, at }))) break
      process.stderr.write('.')
    } catch (error) {
      failures++
      console.log(`${name}: --${verb} killed at change ${at}: ${String(error)}`)
      await connect(machine, '--uninstall', '--yes')
    }
  }
  console.log(`${name}: --${verb} killed ${kills} times, ${failures} failures`)
  return failures
}
