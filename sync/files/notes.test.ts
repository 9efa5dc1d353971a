import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentDefaults } from '../options.ts'
import { fileNotes, type Note } from './notes.ts'
import { parseObjects } from './parse-objects.ts'
import { staticStore } from './static-store.ts'

function notes(text: string, exposed: readonly string[] = []): Note[] {
  const objects = parseObjects([{ name: 'file', text }])
  return fileNotes(objects, staticStore(objects, agentDefaults), exposed)
}

const namespace = '{apiVersion: v1, kind: Namespace, metadata: {name: prod}}'

function headless(name: string, namespaceName = 'prod'): string {
  return `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: ${namespaceName}}, spec: {clusterIP: None}}`
}

function slice(service: string): string {
  return `{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s, namespace: prod, labels: {kubernetes.io/service-name: ${service}}}}`
}

function file(...documents: readonly string[]): string {
  return documents.join('\n---\n')
}

test('complete files have no notes', () => {
  assert.deepEqual(notes(file(namespace, headless('web'), slice('web'))), [])
})

test('objects of ignored kinds are counted, and headless Services without slices are listed', () => {
  const endpoints = '{apiVersion: v1, kind: Endpoints, metadata: {name: web, namespace: prod}}'
  const deployment = '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}'
  assert.deepEqual(notes(file(namespace, headless('web'), endpoints, deployment, deployment)), [
    {
      level: 'info',
      message: 'objects of kinds that DNS does not need were passed over',
      fields: { kinds: '1 Endpoints, 2 Deployment.apps' },
    },
    {
      level: 'warn',
      message:
        'headless Services have no EndpointSlice in the files, so their names do not exist; export endpointslices too',
      fields: { services: 'prod/web', count: 1 },
    },
  ])
})

test('objects without namespace are counted', () => {
  const service = '{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 10.0.0.1}}'
  assert.deepEqual(notes(file(service, service)), [
    {
      level: 'info',
      message: 'objects without namespace are in the namespace default, as kubectl has it',
      fields: { objects: 2 },
    },
  ])
})

test('Services that are not published are not listed', () => {
  assert.deepEqual(notes(file(namespace, headless('web')), ['dev']), [])
  assert.deepEqual(notes(file(namespace, headless('web', 'gone'))), [])
})

test('at most ten names are listed', () => {
  const [note] = notes(file(namespace, ...Array.from({ length: 12 }, (_, n) => headless(`s${n}`))))
  assert.equal(note?.fields.count, 12)
  assert.match(String(note?.fields.services), /^prod\/s0, .*prod\/s9, and 2 more$/)
})
