import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromWeb } from './web.ts'

const url = 'https://edge.invalid/dns-query'

function post(body: Uint8Array<ArrayBuffer> | ReadableStream, declared?: number): Request {
  const headers = declared === undefined ? undefined : { 'content-length': String(declared) }
  return new Request(url, { method: 'POST', body, headers, duplex: 'half' } as RequestInit)
}

test('a body that is declared larger than the limit is not read', async () => {
  const request = post(new Uint8Array(8), 9)
  assert.equal(await fromWeb(request, undefined).body(8), 'too-large')
  assert.equal(request.bodyUsed, false)
})

test('a body is read up to the limit, declared or not', async () => {
  for (const declared of [8, undefined]) {
    assert.deepEqual(await fromWeb(post(new Uint8Array(8), declared), undefined).body(8), new Uint8Array(8))
    assert.equal(await fromWeb(post(new Uint8Array(9), declared), undefined).body(8), 'too-large')
  }
})

test('a body without an end is read no further than the limit', async () => {
  let pulled = 0
  const body = new ReadableStream({
    pull(controller) {
      pulled++
      controller.enqueue(new Uint8Array(5))
    },
  })
  assert.equal(await fromWeb(post(body), undefined).body(8), 'too-large')
  assert.ok(pulled < 5, String(pulled))
})

test('path and query are cut from the URL as they are', () => {
  const of = (path: string) => {
    const { path: cut, query } = fromWeb(new Request(`https://edge.invalid${path}`), undefined)
    return [cut, query]
  }
  assert.deepEqual(of('/dns-query?dns=AA?B'), ['/dns-query', 'dns=AA?B'])
  assert.deepEqual(of('/dns-query/%41'), ['/dns-query/%41', ''])
})
