#!/usr/bin/env node
import { readOptions } from './options/option-table.ts'
import { ownVersion } from './options/own-folder.ts'
import { actionWord, type Verb, type World } from './options/verb.ts'
import { exitCodeOf, lineOf } from './terminal/exit-code.ts'
import { commandHelp, groupHelp, verbHelp } from './terminal/help.ts'
import { createStatusLine } from './terminal/status-line.ts'
import { loadVerbs, verbs } from './verbs.ts'

/** Runs the command: arguments after `kubedoh` → exit code. */
async function main(args: readonly string[], world: World): Promise<number> {
  const [name = '', ...rest] = args
  if (name === '') {
    world.tell(commandHelp(await loadVerbs()))
    return 2
  }
  if (name === 'help' && rest.length > 0) return main([...rest, '--help'], world)
  if (name === 'help' || name === '--help' || name === '-h') {
    world.print(commandHelp(await loadVerbs()))
    return 0
  }
  if (name === '--version' || name === '-V') {
    world.print(`kubedoh ${ownVersion()}`)
    return 0
  }
  const load = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (!load) {
    const what = name.startsWith('-') ? 'option' : 'verb'
    world.tell(`kubedoh: there is no ${what} "${name}"; \`kubedoh --help\` lists the verbs`)
    return 2
  }
  const { default: command } = await load()
  if (!('actions' in command)) return runVerb(command, rest, world)
  const [word = '', ...others] = rest
  if (word === '') {
    world.tell(groupHelp(command))
    return 2
  }
  if (word === '--help' || word === '-h') {
    world.print(groupHelp(command))
    return 0
  }
  const action = command.actions.find((each) => actionWord(each) === word)
  if (action) return runVerb(action, others, world)
  const words = command.actions.map(actionWord).join(', ')
  world.tell(`kubedoh ${name}: there is no action "${word}"; say one of ${words}`)
  return 2
}

async function runVerb(verb: Verb, args: readonly string[], world: World): Promise<number> {
  try {
    if (args.includes('--help') || args.includes('-h')) {
      world.print(verbHelp(verb))
      return 0
    }
    const { values, positionals } = readOptions(verb.options, args, world.env)
    return await verb.run(values, positionals, world)
  } catch (error) {
    if (world.signal.aborted && error === world.signal.reason) return 0
    world.tell(`kubedoh ${verb.name}: ${lineOf(error)}`)
    return exitCodeOf(error)
  }
}

const ending = new AbortController()
/** Signals that follow the first within this time are the same one, delivered twice (ms). */
const repeatMs = 500
let firstSignalMs = 0
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    // A second signal ends the process at once. npm and terminals deliver one Ctrl-C twice, a few ms apart.
    if (ending.signal.aborted && performance.now() - firstSignalMs > repeatMs) process.exit(130)
    if (ending.signal.aborted) return
    firstSignalMs = performance.now()
    ending.abort(new Error(signal))
  })
}
process.stdout.on('error', () => process.exit(0))

const code = await main(process.argv.slice(2), {
  env: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  ...createStatusLine(process.stderr),
  signal: ending.signal,
  verbs: loadVerbs,
  onHangup: (action) => void process.on('SIGHUP', action),
})
// Flush the output, then exit. Without exit(), Node closes every handle first, and that may never end after hundreds of
// HTTP/2 connections were cut.
const flushed = [process.stdout, process.stderr].map(
  (stream) => new Promise<void>((resolve) => stream.write('', () => resolve())),
)
await Promise.all(flushed)
process.exit(code)
