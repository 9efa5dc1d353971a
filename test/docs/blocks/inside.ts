import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { blocksOfPage, groupsOf } from './block.ts'
import { preparePlace } from './places.ts'
import { runBlocks } from './run-block.ts'

/* node inside.ts GROUP DIR   Runs the blocks of a group in new namespaces, and writes the fault, if any, to DIR/fault. */

const [, , group = '', dir = ''] = process.argv
const [page = '', mark = ''] = group.split(' ')
const blocks = groupsOf(blocksOfPage(page), 'test').get(group) ?? []
const [place = ''] = mark.split('/')
let fault: string | undefined
try {
  fault = await runBlocks(blocks, await preparePlace(place, dir))
} catch (error) {
  fault = error instanceof Error ? error.stack : String(error)
}
writeFileSync(join(dir, 'fault'), fault ?? '')
process.exit(0)
