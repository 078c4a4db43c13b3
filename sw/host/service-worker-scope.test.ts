import { expect, test } from 'vitest'
import { serviceWorkerScope } from './service-worker-scope.ts'

const serviceWorker = { clients: {} }
const dedicatedWorker = { postMessage: () => undefined }

test('the scope of a service worker is taken for what it is', () => {
  expect(serviceWorkerScope(serviceWorker)).toBe(serviceWorker)
})

test('a worker of another kind is refused by name, not by what it lacks', () => {
  expect(() => serviceWorkerScope(dedicatedWorker)).toThrow(/service workers only/)
})
