import { describe, expect, test } from 'vitest'
import { json, offline } from '../../e2e/unit/fake-server.ts'
import { loadResourceMetadata, type ResourceMetadata } from './resource-metadata.ts'

const API = { origin: 'https://api.example', pathPrefix: '/v1/' }
const METADATA = { resource: 'https://api.example/v1' }

const asked: { readonly url: string; readonly init: RequestInit }[] = []

function load(
  answer: Response | (() => Response),
  { resource = API, named }: { resource?: typeof API; named?: string } = {},
): Promise<ResourceMetadata | undefined> {
  asked.length = 0
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    asked.push({ url, init })
    return typeof answer === 'function' ? answer() : answer
  }
  return loadResourceMetadata(resource, named, { fetch })
}

describe('the metadata of an API', () => {
  test('is asked for at the well-known address, without anything of the user', async () => {
    expect(await load(json(METADATA))).toEqual({ needsDpop: false })
    expect(asked[0]?.url).toBe('https://api.example/.well-known/oauth-protected-resource/v1')
    const { signal, ...init } = asked[0]?.init ?? {}
    expect(signal).toBeInstanceOf(AbortSignal)
    expect(init).toEqual({
      headers: { accept: 'application/json' },
      redirect: 'error',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    })
    await load(json(METADATA), { resource: { ...API, pathPrefix: '/' } })
    expect(asked[0]?.url).toBe('https://api.example/.well-known/oauth-protected-resource')
  })

  test('is asked for where the API says, on its own origin', async () => {
    await load(json(METADATA), { named: 'https://api.example/about?tokens' })
    expect(asked[0]?.url).toBe('https://api.example/about?tokens')
  })

  test.each([
    'https://evil.example/x',
    'https://api.example.evil.example/x',
    'https://user@api.example/x',
    'http://api.example/x',
    'https://api.example:444/x',
    '/relative',
    'javascript:alert(1)',
    '',
  ])('is not asked for at %j, whatever the API says', async (named) => {
    await load(json(METADATA), { named })
    expect(asked.map(({ url }) => url)).toEqual([
      'https://api.example/.well-known/oauth-protected-resource/v1',
    ])
  })

  test('is read with what explains a refusal', async () => {
    const metadata = {
      ...METADATA,
      authorization_servers: ['https://one.example', 'https://two.example'],
      scopes_supported: ['read', 'wr"ite', 7, 'admin'],
      dpop_bound_access_tokens_required: true,
    }
    expect(await load(json(metadata))).toEqual({
      authorizationServers: ['https://one.example', 'https://two.example'],
      scopes: ['read', '7', 'admin'],
      needsDpop: true,
    })
  })

  test.each([
    'https://api.example',
    'https://api.example/',
    'https://api.example/v1',
    'https://api.example/v1/',
    'https://api.example/v1/orders',
  ])('may be about %s', async (resource) => {
    expect(await load(json({ resource }))).toBeDefined()
  })

  test.each([
    'https://api.example/v2',
    'https://api.example/v',
    'https://evil.example/v1',
    'api.example',
    '',
    undefined,
    7,
  ])('is not used when it is about %j', async (resource) => {
    expect(await load(json({ resource }))).toBeUndefined()
  })

  test.each<[string, Response | (() => Response)]>([
    ['cannot be reached', offline],
    ['is not there', json(METADATA, 404)],
    ['is no JSON', new Response('<!doctype html>')],
    ['is no object', json('x')],
    ['is null', json(null)],
    ['is no UTF-8', new Response(new Uint8Array([0x7b, 0xff]))],
    ['is too large', json({ ...METADATA, more: 'x'.repeat(70_000) })],
  ])('that %s counts as none', async (_what, answer) => {
    expect(await load(answer)).toBeUndefined()
  })

  test('that never ends is cut off, not read on', async () => {
    let parts = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        parts += 1
        controller.enqueue(new Uint8Array(1024).fill(0x20))
      },
    })
    expect(await load(new Response(endless))).toBeUndefined()
    expect(parts).toBeLessThan(100)
  })
})
