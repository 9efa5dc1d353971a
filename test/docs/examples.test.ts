import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseObjects } from '../../sync/files/parse-objects.ts'
import { type Dig, dig, type KubeObject } from '../dig.ts'

/* The examples in docs/dns.md are the answers for the sample cluster. */

const page = readFileSync(new URL('../../docs/dns.md', import.meta.url), 'utf8')
const file = new URL('../../examples/objects.yaml', import.meta.url)

/** Under a line '; question', the answer's lines: its records, or its rcode. */
function examplesIn(text: string): { question: string; lines: string[] }[] {
  const [, block = ''] = /## Every form, by example\n.*?```\n(.*?)```/s.exec(text) ?? []
  return block
    .split(/^; /m)
    .slice(1)
    .map((part) => {
      const [question = '', ...lines] = part.trimEnd().split('\n')
      return { question, lines }
    })
}

async function sample(): Promise<Dig> {
  const { Namespace, Service, EndpointSlice } = parseObjects([
    { name: 'the sample', text: readFileSync(file, 'utf8') },
  ])
  const kinds = { Namespace, Service, EndpointSlice }
  const objects = Object.entries(kinds).flatMap(([kind, list]) =>
    list.map((object) => ({ ...(object as object), kind }) as KubeObject),
  )
  return dig([
    {
      objects,
      reverse: ['10.96.0.0/12', '172.16.0.0/12'],
      nameservers: ['192.0.2.53'],
      build: { pods: 'insecure' },
    },
  ])
}

/** An answer in the form of the page: the records, with the additional section indented; else the rcode. */
async function answered(at: Dig, question: string): Promise<string[]> {
  const { rcode, answers, additional } = await at.ask(question).read()
  if (answers.length === 0) return [rcode === 'NOERROR' ? 'NODATA' : rcode]
  const aliases = answers.filter((line) => line.includes(' CNAME '))
  const others = answers.filter((line) => !line.includes(' CNAME ')).toSorted()
  return [...aliases, ...others, ...additional.toSorted().map((line) => `    ${line}`)]
}

test('every example of a record form is the answer for the sample cluster', async () => {
  const at = await sample()
  const examples = examplesIn(page)
  assert.ok(examples.length >= 20)
  for (const { question, lines } of examples) assert.deepEqual(await answered(at, question), lines, question)
})
