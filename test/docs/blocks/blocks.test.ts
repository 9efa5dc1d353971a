import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { skipWithout } from '../../clients/program.ts'
import { noNamespaces } from '../../examples/namespaces.ts'
import { type Block, blocksOf, blocksOfPage, groupsOf, markdownPages, outputFault } from './block.ts'
import { runBlock } from './run-block.ts'

const execute = promisify(execFile)
const blocks = markdownPages().flatMap((page) => blocksOfPage(page))
test('a wrong exit code and a missing line of output are faults', async () => {
  const place = { dir: tmpdir(), env: { PATH: process.env.PATH ?? '' }, fillIns: { NAME: 'world' } }
  const run = (info: string, code: string, output = ''): Promise<string | undefined> =>
    runBlock(blocksOf('x.md', `\`\`\`${info}\n${code}\n\`\`\`\n${output}`)[0] as Block, place)
  const shown = '```text output\nhello …ld\n```\n'
  assert.equal(await run('sh', 'echo "hello   NAME"', shown), undefined)
  assert.match((await run('sh', 'echo hello', shown)) ?? '', /lacks "hello …ld"/)
  assert.match((await run('sh', 'false\ntrue')) ?? '', /exit code 1 instead of 0/)
  assert.equal(await run('sh exit=3', 'exit 3'), undefined)
  assert.equal(outputFault(['a.c'], 'abc'), 'a.c')
})

const skip = (await noNamespaces()) || (await skipWithout('dig')) || (await skipWithout('kdig'))

test('the blocks of the pages do what they say', { skip, concurrency: 2 }, async (t) => {
  const groups = [...groupsOf(blocks, 'test').keys()]
  assert.ok(groups.length > 0)
  await Promise.all(
    groups.map((group) =>
      t.test(group, async () => {
        const dir = await mkdtemp(join(tmpdir(), 'kubedoh-docs-'))
        const spaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
        const inside = join(import.meta.dirname, 'inside.ts')
        await execute('unshare', [...spaces, process.execPath, inside, group, dir])
        const fault = await readFile(join(dir, 'fault'), 'utf8')
        if (fault !== '') assert.fail(fault)
        await rm(dir, { recursive: true })
      }),
    ),
  )
})
