import { Agent, fetch as undiciFetch } from 'undici'
import { UsageError } from '../../cli/options/option-table.ts'
import { lineOf } from '../../cli/terminal/exit-code.ts'
import { ObjectsError } from '../../sync/files/errors.ts'
import { dohServer } from './ask.ts'
import { type Command, help, readCommand } from './command-line.ts'
import { runGroups, type Subject } from './run.ts'
import { startNode } from './serve.ts'
import { VectorsError } from './vectors.ts'

/* npm run conformance: see command-line.ts for its options, docs/conformance.md for what it compares. */

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const tell = (line: string): void => void process.stderr.write(`${line}\n`)

try {
  const command = await readCommand(process.argv.slice(2))
  if (command === undefined) print(help)
  else process.exitCode = await run(command)
} catch (error) {
  tell(`conformance: ${lineOf(error)}`)
  const isInput =
    error instanceof UsageError || error instanceof VectorsError || error instanceof ObjectsError
  process.exitCode = isInput ? 2 : 1
}

async function run({ groups, url, ca, zone }: Command): Promise<0 | 1> {
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca }, allowH2: true })
  try {
    const fetch = ((address: string, init?: object) =>
      undiciFetch(address, { ...init, dispatcher })) as unknown as typeof globalThis.fetch
    const subject: Subject =
      url === undefined
        ? { kind: 'start', start: startNode, isReusable: true }
        : { kind: 'running', server: dohServer(url, fetch) }
    const { passed, failed } = await runGroups(groups, subject, { print, tell }, zone)
    print(`${passed} passed, ${failed} failed`)
    return failed === 0 ? 0 : 1
  } finally {
    await dispatcher.close()
  }
}
