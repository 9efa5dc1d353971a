import { readValues } from './inputs.ts'
import { planetReport } from './report.ts'

const help = `npm run planet -- [NAME=NUMBER...]

Computes what an edge for the whole internet would use and cost, how fresh its answers would be, and which limit breaks
first. It measures nothing: the inputs, which it prints with their sources, are from the bench, from prices, or assumed. NAME=NUMBER
changes one of those that are given or assumed, such as clients=1e6.
`

const words = process.argv.slice(2)
if (words.includes('--help')) process.stdout.write(help)
else {
  try {
    process.stdout.write(planetReport(readValues(words)).join('\n'))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    process.stderr.write(`planet: ${error.message}\n`)
    process.exitCode = 2
  }
}
