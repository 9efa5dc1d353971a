import { setInterval } from 'node:timers/promises'
import { startUsualResolver } from '../clients/usual-resolver.ts'

/* node usual-main.ts ADDRESS   Runs the resolver that a machine uses without kubedoh, and prints the names that it is asked for. */

const [, , address = '127.0.0.1'] = process.argv
const resolver = await startUsualResolver(address)
for await (const _ of setInterval(100))
  for (const name of await resolver.takeNames()) console.log(`asked for ${name}`)
