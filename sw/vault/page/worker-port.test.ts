import { afterEach, beforeEach, expect, test } from 'vitest'

import { configWith } from '../../../e2e/unit/parsed-config.ts'
import { deferred, type Deferred } from '../../../e2e/unit/deferred.ts'
import type { ApiRequests } from '../../core/api-requests.ts'
import type { Call, ToBridge } from '../wire.ts'
import { WorkerPort } from './worker-port.ts'

const { resources } = configWith()
let worker: MessagePort
let bridge: WorkerPort
let answer: Deferred<Response | Error>
let said: unknown[]

beforeEach(() => {
  const { port1, port2 } = new MessageChannel()
  worker = port1
  said = []
  worker.onmessage = ({ data }: MessageEvent<{ type: unknown }>) => said.push(data.type)
  answer = deferred()
  const apiRequests: Pick<ApiRequests, 'answer'> = {
    answer: async () => {
      const outcome = await answer.promise
      if (outcome instanceof Error) throw outcome
      return outcome
    },
  }
  bridge = new WorkerPort(port2, 'life-1', {
    resources,
    apiRequests: apiRequests as ApiRequests,
    users: {
      of: () => Promise.resolve('unknown'),
      isMeant: () => Promise.resolve(true),
    },
    reportUnreachable: () => undefined,
  })
})
afterEach(() => worker.close())

let lastId = 0

function call(): void {
  lastId += 1
  const message: Call = {
    type: 'call',
    id: lastId,
    beginUntil: Date.now() + 2000,
    url: `${resources[0]!.origin}/v1/me`,
    method: 'POST',
    headers: [],
    redirect: 'follow',
    cache: 'default',
    keepalive: false,
  }
  worker.postMessage(message satisfies ToBridge)
}

/** What the bridge said until it answers a ping: a port keeps the order. */
async function heard(): Promise<unknown[]> {
  worker.postMessage({ type: 'ping' } satisfies ToBridge)
  await expect.poll(() => said).toContain('pong')
  return said.splice(0).filter((type) => type !== 'pong' && type !== 'hello')
}

test('a request that fails is told of', async () => {
  call()
  answer.resolve(new Error('in test'))
  expect(await heard()).toEqual(['taken', 'failed'])
})

test('a request that fails because its page is left is no failure to the worker', async () => {
  call()
  expect(await heard()).toEqual(['taken'])
  bridge.leave('for-good')
  answer.resolve(new Error('in test'))
  expect(await heard()).toEqual([])
})

test('a page that closes still takes what may be its last request', async () => {
  bridge.leave('for-good')
  call()
  expect(await heard()).toEqual(['taken'])
})

test('a page in the back/forward cache gives back what it has not begun, takes nothing, and does when it comes back', async () => {
  call()
  expect(await heard()).toEqual(['taken'])
  bridge.leave('for-now')
  expect(await heard()).toEqual(['late'])
  call()
  expect(await heard()).toEqual(['late'])
  bridge.comeBack()
  call()
  expect(await heard()).toEqual(['taken'])
})
