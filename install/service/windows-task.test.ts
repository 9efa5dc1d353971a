import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseScript } from '../system/parse-powershell.case.ts'
import { planWindowsTask } from './windows-task.ts'

const [step] = planWindowsTask({
  argv: [
    'C:\\Program Files\\nodejs\\node.exe',
    "C:\\it's here\\kubedoh.mjs",
    'connect',
    '--listen',
    '127.0.0.1:53',
  ],
  urlFile: 'C:\\ProgramData\\kubedoh\\connect.url',
  caFile: undefined,
  host: '127.0.0.1',
  port: 53,
  user: undefined,
})

test('the task starts the stub as LOCAL SERVICE when the machine starts, without a time limit', async () => {
  assert.ok(step?.kind === 'command')
  const { commands, texts, script } = await parseScript(step.run)
  assert.ok(commands.includes('Register-ScheduledTask'))
  assert.ok(texts.includes("'S-1-5-19'"))
  assert.ok(texts.includes("'C:\\Program Files\\nodejs\\node.exe'"))
  assert.match(script, /-AtStartup/)
  assert.match(script, /-ExecutionTimeLimit \(\[TimeSpan\]::Zero\)/)
  assert.match(
    script,
    /-Argument '"C:\\it''s here\\kubedoh\.mjs" connect --listen 127\.0\.0\.1:53 --url-file C:\\ProgramData\\kubedoh\\connect\.url --state none'/,
  )
})

test('undoing stops and removes it, if it is there', async () => {
  const { commands } = await parseScript(step?.kind === 'command' ? step.undo : undefined)
  assert.deepEqual(commands, ['Get-ScheduledTask', 'Stop-ScheduledTask', 'Unregister-ScheduledTask'])
})
