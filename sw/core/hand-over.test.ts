import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyMessage } from '../../e2e/unit/arbitraries.ts'
import {
  checkHandOver,
  readCarried,
  readHandOver,
  responseOf,
  writeCarried,
  writeHandOver,
  type Carried,
} from './hand-over.ts'

const challenge = 'x'.repeat(43)
const login: Carried = {
  kind: 'login',
  client: 'default',
  returnTo: 'https://app.example/ü?a=b#_',
  parameters: { prompt: 'none', loginHint: 'zoë@example.com' },
  challenge,
  appOrigin: 'https://app.example',
}
const logout: Carried = { kind: 'logout', client: 'default', returnTo: 'https://app.example/#_' }

const written = (value: unknown): string => writeHandOver(value as never)

test.each([login, { ...login, display: 'popup' } as const, { ...login, jkt: challenge }, logout])(
  'what is carried comes back as it was (%j)',
  (carried) => {
    const text = writeCarried(carried)
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(readCarried(text)).toEqual(carried)
  },
)

test.each([
  { ...login, kind: 'other' },
  { ...login, client: '' },
  { ...login, client: 1 },
  { ...login, returnTo: undefined },
  { ...login, parameters: 'x' },
  { ...login, parameters: { maxAge: '1' } },
  { ...login, jkt: 'x' },
  { ...login, jkt: null },
  { ...login, challenge: undefined },
  { ...login, challenge: `${challenge}x` },
  { ...login, challenge: `${'x'.repeat(42)}=` },
  { ...login, appOrigin: undefined },
  { ...login, appOrigin: '' },
  [login],
])('a URL that carries something else carries nothing (%j)', (carried) => {
  expect(readCarried(written(carried))).toBeUndefined()
})

test('fields that nobody asked for are dropped, above all another display and a verifier', () => {
  const carried = { ...login, display: 'page', verifier: 'v', state: 's', nonce: 'n' }
  expect(readCarried(written(carried))).toEqual(login)
  expect(readCarried(written({ ...logout, challenge, appOrigin: 'https://x' }))).toEqual(logout)
})

test('any text in the URL or the cookie is read without an exception', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.constant(null)), (text) => {
      readCarried(text)
      readHandOver(text)
    }),
  )
})

test('any JSON in the URL or the cookie is a whole value or none', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = written(value)
      const carried = readCarried(text)
      if (carried) expect(carried.client).not.toBe('')
      const handOver = readHandOver(text)
      if (handOver) expect(handOver.errand).not.toBe('')
    }),
  )
})

const text = fc.string({ unit: 'grapheme', minLength: 1 })

test('a hand-over comes back as it was', () => {
  fc.assert(
    fc.property(
      fc.record(
        {
          errand: text,
          appOrigin: text,
          client: text,
          state: text,
          response: fc.string(),
          nonce: text,
        },
        { requiredKeys: ['errand', 'appOrigin', 'client', 'state', 'response'] },
      ),
      (handOver) => {
        const sent = writeHandOver(handOver)
        expect(sent).toMatch(/^[A-Za-z0-9_-]+$/)
        expect(readHandOver(sent)).toEqual(handOver)
      },
    ),
  )
})

test('any message that is checked is a hand-over with all its parts or none', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const handOver = checkHandOver(message)
      if (handOver === undefined) return
      expect(Object.keys(handOver).toSorted()).toEqual(
        expect.arrayContaining(['appOrigin', 'client', 'errand', 'response', 'state']),
      )
      for (const value of Object.values(handOver)) expect(typeof value).toBe('string')
    }),
  )
})

const handOver = {
  errand: 'e',
  client: 'c',
  appOrigin: 'https://app.example',
  state: 's',
  response: 'code=c',
}

test.each([
  { ...handOver, errand: '' },
  { ...handOver, appOrigin: undefined },
  { ...handOver, client: undefined },
  { ...handOver, state: '' },
  { ...handOver, response: undefined },
  { ...handOver, response: 1 },
  { ...handOver, nonce: '' },
  { ...handOver, nonce: null },
  null,
  'x',
])('a hand-over without all its parts is none (%j)', (value) => {
  expect(checkHandOver(value)).toBeUndefined()
})

test('a response is handed over without what is not needed, and repetitions stay repetitions', () => {
  const parameters = new URLSearchParams(
    'code=a&code=b&state=s&iss=i&session_state=x&error=e&error_description=d&error_uri=u&token=t',
  )
  expect(responseOf(parameters)).toBe('code=a&code=b&state=s&iss=i&error=e')
})

test('says that a response had tokens in it, without them, so that the receiver refuses it', () => {
  const parameters = new URLSearchParams('code=a&state=s&id_token=eyJ.eyJ.x&access_token=S3CRET')
  expect(responseOf(parameters)).toBe('code=a&state=s&id_token=&access_token=')
})
