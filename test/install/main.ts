import { parseArgs } from 'node:util'
import { obtainPrograms } from '../clients/programs.ts'
import { startEdge } from './edge.ts'
import { surviveKill, verbs } from './killed.ts'
import { tree } from './laptop.ts'
import { bootMachine, noMachine } from './machine.ts'
import { laptopResolvers } from './resolvers.ts'

const help = `npm run kills -- [--only TEXT]

Kills \`kubedoh connect --install --service\` and \`--uninstall\` by SIGKILL at each of their changes, on machines with a real
systemd, and uninstalls after each kill. Every second time the installation is completed first. After each kill a name outside
the cluster must resolve, and at the end all files must be as they were. Takes about 40 minutes; needs root, namespaces, and the
packages of \`npm run clients\`.

  --only TEXT   only resolvers whose name contains this text
`

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<0 | 1 | 2> {
  const { values } = parseArgs({
    args: [...words],
    options: { only: { type: 'string', default: '' }, help: { type: 'boolean', default: false } },
  })
  if (values.help) {
    console.log(help)
    return 0
  }
  const { debian } = await obtainPrograms()
  const reason = await noMachine(debian)
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
      const former = await tree(machine)
      for (const verb of verbs) {
        let at = 0
        try {
          while (await surviveKill(machine, edge, former, { verb, at })) {
            at++
            process.stderr.write('.')
          }
          console.log(`${resolver.name}: ${verb} killed at ${at} changes`)
        } catch (error) {
          failures++
          console.log(`${resolver.name}: ${verb} killed at change ${at}: ${String(error)}`)
        }
      }
      await resolver.stop(machine)
    }
  } finally {
    await machine.stop()
  }
  return failures === 0 ? 0 : 1
}
