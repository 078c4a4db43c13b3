import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { configWith } from '../../e2e/unit/parsed-config.ts'
import { hasMethod, METHODS_FOR, type Destination } from '../../src/contract/destinations.ts'
import { destinationOf, hasRightType, type Purpose } from './destinations.ts'
import { matchResource, resourceFor } from './match-resource.ts'

const DESTINATIONS = Object.keys(METHODS_FOR) as Destination[]
const MODES = ['cors', 'same-origin', 'no-cors', 'navigate', 'websocket', 'webtransport']
/** Of Fetch section 2.2.5, and what engines had or may have beside them. */
const OF_BROWSERS =
  'audio audioworklet document embed font frame iframe image json manifest object paintworklet report script serviceworker sharedworker style text track video webidentity worker xslt fencedframe speculationrules toString __proto__'.split(
    ' ',
  )

function purpose(change: Partial<Purpose> & { readonly accept?: string; readonly type?: string }) {
  const { accept, type, ...facts } = change
  const headers = new Headers({
    ...(accept !== undefined && { accept }),
    ...(type !== undefined && { 'content-type': type }),
  })
  return { method: 'GET', mode: 'cors', destination: '', headers, ...facts }
}

describe('destinationOf', () => {
  test.each<[string, Parameters<typeof purpose>[0], Destination | undefined]>([
    ['fetch', {}, 'fetch'],
    ['fetch of the own origin only', { mode: 'same-origin' }, 'fetch'],
    ['fetch that posts', { method: 'POST' }, 'fetch'],
    ['fetch that takes streams too', { accept: 'application/json, text/event-stream' }, 'fetch'],
    ['fetch that posts for a stream', { method: 'POST', accept: 'text/event-stream' }, 'fetch'],
    ['EventSource', { accept: 'text/event-stream' }, 'eventsource'],
    ['fetch without CORS rules', { mode: 'no-cors' }, undefined],
    ['a beacon of text', { mode: 'no-cors', method: 'POST', type: 'text/plain' }, 'beacon'],
    ['a beacon of nothing', { mode: 'no-cors', method: 'POST' }, 'beacon'],
    ['a beacon of JSON', { method: 'POST', type: 'application/json' }, 'fetch'],
    ['the ping of a link', { mode: 'no-cors', method: 'POST', type: 'text/ping' }, undefined],
    ['an image', { mode: 'no-cors', destination: 'image' }, 'image'],
    ['an image with crossorigin', { destination: 'image' }, 'image'],
    ['sound', { mode: 'no-cors', destination: 'audio' }, 'media'],
    ['a video', { mode: 'no-cors', destination: 'video' }, 'media'],
    ['subtitles', { destination: 'track' }, 'media'],
    ['a style sheet', { mode: 'no-cors', destination: 'style' }, 'style'],
    ['a script', { mode: 'no-cors', destination: 'script' }, 'script'],
    ['a module', { destination: 'script' }, 'script'],
    ['a page', { mode: 'navigate', destination: 'document' }, undefined],
    [
      'a navigation that says it is an image',
      { mode: 'navigate', destination: 'image' },
      undefined,
    ],
  ])('says what %s is for', (_what, facts, destination) => {
    expect(destinationOf(purpose(facts))).toBe(destination)
  })

  test.each(OF_BROWSERS.filter((name) => !/^(audio|image|script|style|track|video)$/.test(name)))(
    'gives no token to the destination %s, in whatever mode',
    (destination) => {
      for (const mode of MODES) {
        expect(destinationOf(purpose({ destination, mode }))).toBeUndefined()
      }
    },
  )

  const anyPurpose = fc
    .record({
      method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'OPTIONS'),
      mode: fc.constantFrom(...MODES),
      destination: fc.oneof(fc.constantFrom('', ...OF_BROWSERS), fc.string()),
      accept: fc.constantFrom('*/*', 'text/event-stream', 'image/*'),
      type: fc.constantFrom('text/plain', 'text/ping', 'application/json'),
    })
    .map(purpose)
  const anyList = fc.subarray([...DESTINATIONS], { minLength: 1 })

  test('what the configuration does not list is never authenticated, and what it lists always', () => {
    const url = 'https://api.example/v1/x'
    fc.assert(
      fc.property(anyPurpose, anyList, (facts, destinations) => {
        const { resources } = configWith({ resources: [{ url: `${url}/`, destinations }] })
        const destination = destinationOf(facts)
        const listed = destination !== undefined && destinations.includes(destination)
        const isRight = listed && hasMethod(destination, facts.method) && facts.method !== 'OPTIONS'
        const found = matchResource({ ...facts, url: `${url}/` }, resources)
        expect(found !== undefined).toBe(isRight)
        expect(matchResource({ ...facts, url }, resources)).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
  })

  test('without a list, fetch, XMLHttpRequest and EventSource are authenticated, as ever, and nothing else', () => {
    const { resources } = configWith()
    const url = 'https://api.example/v1/x'
    fc.assert(
      fc.property(anyPurpose, (facts) => {
        const asEver =
          (facts.mode === 'cors' || facts.mode === 'same-origin') &&
          facts.destination === '' &&
          facts.method !== 'OPTIONS'
        expect(matchResource({ ...facts, url }, resources) !== undefined).toBe(asEver)
      }),
      { numRuns: 1000 },
    )
  })

  test('nothing that a browser sends counts as a download', () => {
    fc.assert(fc.property(anyPurpose, (facts) => destinationOf(facts) !== 'download'))
  })

  test('a vault that is told a purpose looks at the method all the same', () => {
    const { resources } = configWith({
      resources: [{ url: 'https://api.example/v1/', destinations: [...DESTINATIONS] }],
    })
    const allows = (destination: Destination, method: string): boolean =>
      resourceFor(destination, { url: 'https://api.example/v1/x', method }, resources) !== undefined
    for (const one of ['image', 'media', 'style', 'script'] as const) {
      expect([allows(one, 'GET'), allows(one, 'HEAD'), allows(one, 'POST')]).toEqual([
        true,
        true,
        false,
      ])
    }
    expect([allows('beacon', 'POST'), allows('beacon', 'GET')]).toEqual([true, false])
    expect([allows('download', 'GET'), allows('download', 'HEAD')]).toEqual([true, false])
    expect([allows('fetch', 'DELETE'), allows('fetch', 'OPTIONS')]).toEqual([true, false])
  })
})

describe('hasRightType', () => {
  function answered(type: string | null, more: Record<string, string> = {}): Response {
    return new Response('x', {
      headers: { ...(type !== null && { 'content-type': type }), ...more },
    })
  }

  test.each([
    'text/javascript',
    'application/javascript',
    'Text/JavaScript; charset=utf-8',
    'application/x-javascript',
    'text/ecmascript',
  ])('%s is a script', (type) => {
    expect(hasRightType('script', answered(type))).toBe(true)
    expect(hasRightType('style', answered(type))).toBe(false)
  })

  test.each([
    'application/json',
    'text/html',
    'text/plain',
    'application/javascript+json',
    'application/json, text/javascript',
    'text/javascript, application/json',
    'x text/javascript',
    'image/svg+xml',
    '',
  ])('%j is neither a script nor a style sheet', (type) => {
    expect(hasRightType('script', answered(type))).toBe(false)
    expect(hasRightType('style', answered(type))).toBe(false)
  })

  test('what has no type is neither', () => {
    const bare = new Response(new Blob(['x']))
    bare.headers.delete('content-type')
    expect(hasRightType('script', bare)).toBe(false)
    expect(hasRightType('style', answered('text/css'))).toBe(true)
    expect(hasRightType('style', answered('text/css; charset=utf-8'))).toBe(true)
  })

  test('everything else is used for nothing that its type would change', () => {
    for (const one of ['fetch', 'eventsource', 'image', 'media', 'beacon', 'download'] as const) {
      expect(hasRightType(one, answered('application/json'))).toBe(true)
    }
  })

  test('an answer that the browser got without a token, or asks for elsewhere, is left to it', () => {
    const opaque = answered('application/json')
    Object.defineProperty(opaque, 'type', { value: 'opaque' })
    expect(hasRightType('script', opaque)).toBe(true)
    const headers = { location: '/elsewhere', 'content-type': 'application/json' }
    expect(hasRightType('script', new Response(null, { status: 303, headers }))).toBe(true)
    expect(hasRightType('script', new Response('{}', { headers }))).toBe(false)
  })
})
