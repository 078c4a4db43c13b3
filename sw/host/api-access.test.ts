import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { API, configWith } from '../../e2e/unit/parsed-config.ts'
import { deferred } from '../../e2e/unit/deferred.ts'
import { apiAccess, type ApiAccess, type ApiFetchInit } from './api-access.ts'
import type { ResourceRoute } from './routes.ts'

let answer: (request: Request) => Promise<Response>
let asked: { readonly request: Request; readonly init: object }[]
let sent: Request[]
let routes: ResourceRoute[]
let api: ApiAccess

beforeEach(() => {
  asked = []
  sent = []
  routes = []
  answer = () => Promise.resolve(new Response('ok'))
  api = apiAccess({
    resources: configWith().resources,
    routes,
    answer: (request, _resource, init) => {
      asked.push({ request, init })
      return answer(request)
    },
    userOf: (client) => Promise.resolve({ key: `user of ${client}` }),
  })
  vi.stubGlobal('fetch', (request: Request) => {
    sent.push(request)
    return Promise.resolve(new Response('plain'))
  })
})
afterEach(() => vi.unstubAllGlobals())

describe('fetch for code of the worker', () => {
  test('asks the guardian for resources, with method, body and headers as they are', async () => {
    const init = { method: 'POST', body: 'x', headers: { 'x-app': '1' } }
    expect(await (await api.fetch(`${API}me`, init)).text()).toBe('ok')
    const [{ request } = { request: undefined }] = asked
    expect(request?.method).toBe('POST')
    expect(request?.headers.get('x-app')).toBe('1')
    expect(await request?.text()).toBe('x')
    expect(sent).toEqual([])
  })

  test('is a plain fetch for everything else', async () => {
    const response = await api.fetch('https://elsewhere.example/v1/me', { user: 'f00d' })
    expect(await response.text()).toBe('plain')
    expect(asked).toEqual([])
    expect(sent.map(({ headers }) => [...headers])).toEqual([[]])
  })

  test('passes on for whom it is, and only what was given', async () => {
    for (const init of [{}, { user: null }, { user: 'f00d' }] satisfies ApiFetchInit[]) {
      await api.fetch(`${API}me`, init)
      expect(asked.pop()?.init).toEqual(init)
    }
  })

  test('rejects like fetch when the request cannot be sent', async () => {
    answer = () => Promise.resolve(Response.error())
    await expect(api.fetch(`${API}me`)).rejects.toBeInstanceOf(TypeError)
  })

  test('that is aborted before is not sent, and rejects with the reason', async () => {
    const reason = new Error('changed my mind')
    const aborted = api.fetch(`${API}me`, { signal: AbortSignal.abort(reason) })
    await expect(aborted).rejects.toBe(reason)
    expect(asked).toEqual([])
  })

  test('that is aborted while it waits, for a token or a frame, rejects at once', async () => {
    const waiting = deferred<Response>()
    answer = () => waiting.promise
    const abort = new AbortController()
    const response = api.fetch(`${API}me`, { signal: abort.signal })
    abort.abort()
    await expect(response).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('that failed because it was aborted says so', async () => {
    const abort = new AbortController()
    answer = () => {
      abort.abort()
      return Promise.resolve(Response.error())
    }
    const response = api.fetch(`${API}me`, { signal: abort.signal })
    await expect(response).rejects.toMatchObject({ name: 'AbortError' })
  })
})

test('whose request it is: the user of the client of its resource, and nobody’s without one', async () => {
  expect(await api.userOf(new Request(`${API}me`))).toEqual({ key: 'user of default' })
  expect(await api.userOf(new Request('https://elsewhere.example/'))).toBeUndefined()
})
