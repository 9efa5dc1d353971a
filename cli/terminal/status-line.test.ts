import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentEvents } from '../../sync/events.case.ts'
import { resources } from '../../sync/kube/resources.ts'
import { createListProgress } from './list-progress.ts'
import { createStatusLine } from './status-line.ts'

test('a status is replaced, cut to the terminal, and stays below lines', () => {
  let written = ''
  const { tell, show } = createStatusLine({ isTTY: true, columns: 8, write: (text) => (written += text) })
  tell('a')
  show?.('one')
  show?.('one')
  tell('b')
  show?.('123456789')
  show?.('')
  tell('c')
  assert.equal(written.replaceAll('\r\u001b[K', '<'), 'a\n<one<b\none<1234567<c\n')
})

test('there is no status line where stderr is not a terminal', () => {
  let written = ''
  const { tell, show } = createStatusLine({ write: (text) => (written += text) })
  tell('a')
  assert.equal(show, undefined)
  assert.equal(written, 'a\n')
})

test('first lists are followed until they are complete; relists are not', () => {
  const shown: string[] = []
  const notify = createListProgress(resources, (text) => void shown.push(text))
  const [namespaces, services] = resources
  assert.ok(namespaces && services)
  notify({ kind: 'listed', resource: namespaces, objects: 40, atMs: 0 })
  notify(agentEvents.listing(12_501))
  notify(agentEvents.event('bookmark', 0))
  notify({ kind: 'listed', resource: services, objects: 0, atMs: 0 })
  notify(agentEvents.listed(13_000, 0))
  notify(agentEvents.listing(501))
  assert.deepEqual(shown, [
    'listed 40 namespaces',
    'listed 40 namespaces, 12,501 endpointslices…',
    'listed 40 namespaces, 12,501 endpointslices…',
    '',
  ])
})
