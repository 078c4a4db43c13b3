import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { deferred, type Deferred } from '../../../e2e/unit/deferred.ts'
import { API, configWith } from '../../../e2e/unit/parsed-config.ts'
import type { GuardianConfig } from '../../../src/contract/config.ts'
import type { Decision } from '../../../src/contract/timeline.ts'
import type { ApiRequests } from '../../core/api-requests.ts'
import type { DecisionBook } from '../../core/timeline.ts'
import { USER_URL, type Call, type Head, type ToWorker } from '../wire.ts'
import { ServedCall } from './serve-call.ts'

/** What happened, in order: messages by their type, and the fetch. */
let happened: string[] = []
let token: Deferred<void>
let heads: Head[]
let noted: Decision[]
let sentHeaders: Headers

beforeEach(() => {
  happened = []
  heads = []
  noted = []
  token = deferred()
  vi.stubGlobal('fetch', ({ signal, headers }: Request) => {
    signal.throwIfAborted()
    sentHeaders = headers
    happened.push('fetch')
    return Promise.resolve(new Response(null, { status: 204 }))
  })
})
afterEach(() => vi.unstubAllGlobals())

function serve(
  method: string,
  {
    user,
    url,
    destination,
    headers = [],
  }: Pick<Partial<Call>, 'user' | 'url' | 'destination' | 'headers'> = {},
  config: Partial<GuardianConfig> = {},
): { readonly call: ServedCall; readonly done: Promise<void> } {
  const apiRequests: Pick<ApiRequests, 'answer'> = {
    answer: async ({ request, fetch, isMeant }) => {
      await token.promise
      return isMeant && !(await isMeant(undefined)) ? Response.error() : fetch(request)
    },
  }
  const { resources } = configWith(config)
  const call = new ServedCall(
    {
      type: 'call',
      ...(user !== undefined && { user }),
      ...(destination && { destination }),
      id: 1,
      beginUntil: Date.now() + 2000,
      url: url ?? `${resources[0]!.origin}/v1/me`,
      method,
      headers,
      redirect: 'follow',
      cache: 'default',
      keepalive: false,
    },
    {
      resources,
      apiRequests: apiRequests as ApiRequests,
      decisions: { note: (decision) => void noted.push(decision) } as DecisionBook,
      users: {
        of: (client) => Promise.resolve(client === 'default' ? { key: 'alice' } : 'nobody'),
        isMeant: (wanted, client) => Promise.resolve(`${wanted} ${client}` === 'alice default'),
      },
      post: (message: ToWorker) => {
        happened.push(message.type)
        if (message.type === 'head') heads.push(message)
      },
      reportUnreachable: () => void happened.push('unreachable'),
    },
  )
  return { call, done: call.run() }
}

test('headers by which some servers take another method, path or sender than the request’s are not sent', async () => {
  token.resolve()
  const names = [
    'authorization',
    'DPoP',
    'X-HTTP-Method-Override',
    'x-method-override',
    'X-Original-URL',
    'x-rewrite-url',
  ]
  const headers = [...names, 'x-request-id'].map((name) => [name, 'x'] as const)
  await serve('GET', { headers }).done
  expect([...sentHeaders.keys()]).toEqual(['x-request-id'])
})

test('a call for one user is sent for this user only', async () => {
  token.resolve()
  await serve('GET', { user: 'alice' }).done
  expect(happened).toEqual(['fetch', 'head'])
  happened = []
  await serve('GET', { user: 'bob' }).done
  expect(happened).toEqual(['failed'])
})

test('a call is for what the app’s side says, and refused where the resource does not list that', async () => {
  token.resolve()
  await serve('GET', { destination: 'fetch' }).done
  expect(happened).toEqual(['fetch', 'head'])
  for (const destination of ['image', 'media', 'download', 'beacon'] as const) {
    happened = []
    await serve('GET', { destination }).done
    expect(happened).toEqual(['failed'])
  }
  happened = []
  const images = { resources: [{ url: API, destinations: ['image'] }] } as const
  await serve('GET', { destination: 'image' }, images).done
  expect(happened).toEqual(['fetch', 'head'])
  happened = []
  await serve('GET', {}, images).done
  await serve('POST', { destination: 'image' }, images).done
  expect(happened.filter((one) => one !== 'taken')).toEqual(['failed', 'failed'])
})

test('a question who is signed in is answered here, and nothing is fetched', async () => {
  await serve('GET', { url: `${USER_URL}default` }).done
  await serve('GET', { url: `${USER_URL}work` }).done
  expect(happened).not.toContain('fetch')
  expect(heads.map(({ status }) => status)).toEqual([200, 204])
})

test('a call for nothing that is configured is refused, and noted without its address', async () => {
  await serve('GET', { url: 'https://api.example/admin/x?y' }).done
  expect(happened).toEqual(['failed'])
  expect(noted).toEqual([{ what: 'request', outcome: 'refused', ms: 0 }])
})

describe('a call that must not be sent twice', () => {
  test('is said to be taken at once, and to be begun when it is', async () => {
    const { done } = serve('POST')
    expect(happened).toEqual(['taken'])
    token.resolve()
    await done
    expect(happened).toEqual(['taken', 'begun', 'fetch', 'head'])
  })

  test('given back before it was begun is never sent', async () => {
    const { call, done } = serve('POST')
    call.giveBack()
    token.resolve()
    await done
    expect(happened).toEqual(['taken', 'late', 'failed'])
  })

  test('is not given back once it was begun', async () => {
    const { call, done } = serve('POST')
    token.resolve()
    await done
    call.giveBack()
    expect(happened).not.toContain('late')
  })
})

test('a call that may be repeated needs no word when it is answered soon', async () => {
  const { done } = serve('GET')
  token.resolve()
  await done
  expect(happened).toEqual(['fetch', 'head'])
})

test('a call that may be repeated is said to be begun when its answer takes long', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { done } = serve('GET')
  await vi.advanceTimersByTimeAsync(250)
  expect(happened).toEqual(['begun'])
  vi.useRealTimers()
  token.resolve()
  await done
})
