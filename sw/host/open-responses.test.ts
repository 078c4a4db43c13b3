import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { deferred, type Deferred } from '../../e2e/unit/deferred.ts'
import { OpenResponses } from './open-responses.ts'

let responses: OpenResponses
let answers: Deferred<Response>[]
let signals: AbortSignal[]

beforeEach(() => {
  responses = new OpenResponses()
  answers = []
  signals = []
  vi.stubGlobal('fetch', (_request: Request, { signal }: { signal: AbortSignal }) => {
    signals.push(signal)
    const answer = deferred<Response>()
    answers.push(answer)
    return answer.promise
  })
})

afterEach(() => vi.unstubAllGlobals())

const send = (signal?: AbortSignal): Promise<Response> =>
  responses.fetch(new Request('https://api.example/v1/me', signal ? { signal } : {}))

test('ends the responses that have begun, and no later ones', async () => {
  const first = send()
  answers[0]?.resolve(new Response('x'))
  await first
  responses.end()
  expect(signals[0]?.aborted).toBe(true)
  void send()
  expect(signals[1]?.aborted).toBe(false)
})

test('waits while a request has no answer, also one that fails', async () => {
  const first = send()
  answers[0]?.resolve(new Response('x'))
  await first
  const second = send()
  responses.end()
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false])
  answers[1]?.resolve(Promise.reject(new TypeError('failed')) as never)
  await expect(second).rejects.toThrow('failed')
  responses.end()
  expect(signals[0]?.aborted).toBe(true)
})

test('an abort by the page still ends its own request', () => {
  const abort = new AbortController()
  void send(abort.signal)
  abort.abort()
  expect(signals[0]?.aborted).toBe(true)
})
