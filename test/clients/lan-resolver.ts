import { setTimeout as pause } from 'node:timers/promises'
import { ended, output } from './program.ts'
import { startUsualResolver } from './usual-resolver.ts'

/*
 * node lan-resolver.ts ADDRESS   Runs in a network namespace of its own (lan.ts). Waits for the interface eth0, gives it
 * ADDRESS, and is the usual resolver there. Prints each name that it is asked for.
 */

const [, , address = ''] = process.argv
console.log('waiting')
while ((await ended('ip', ['link', 'show', 'eth0'])).code !== 0) await pause(50)
for (const command of ['link set lo up', 'link set eth0 up', `address add ${address}/24 dev eth0`])
  await output('ip', command.split(' '))
await startUsualResolver(address, (name) => console.log(`asked ${name}`))
console.log('ready')
