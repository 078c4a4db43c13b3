import { beforeEach, describe, expect, test } from 'vitest'
import type { AuthErrorWire } from '../contract/errors.ts'
import { PageLanding } from './page-landing.ts'

const error: AuthErrorWire = {
  code: 'access-denied',
  phase: 'authorization',
  message: 'no',
  retryable: false,
  correlationId: 'c',
}
const one = { name: 'one' }
const two = { name: 'two' }

let landing: PageLanding

beforeEach(() => {
  landing = new PageLanding(true)
  landing.add('one')
  landing.add('two')
})

describe('on a page to which a redirect led', () => {
  test('the first client that asks asks for all; the other waits until it knows', async () => {
    expect(await landing.isToAsk(one)).toBe(true)
    expect(await landing.isToAsk(one)).toBe(true)
    const other = landing.isToAsk(two)
    landing.end(one, { client: 'two', error })
    expect(await other).toBe(false)
    expect(await landing.isToAsk(one)).toBe(false)
  })

  test('another client asks when the first one failed', async () => {
    expect(await landing.isToAsk(one)).toBe(true)
    const other = landing.isToAsk(two)
    landing.end(one)
    expect(await other).toBe(true)
  })

  test('a client that did not ask ends nothing', async () => {
    expect(await landing.isToAsk(one)).toBe(true)
    landing.end(two)
    let isOver = false
    const other = landing.isToAsk(two).then(() => {
      isOver = true
    })
    await Promise.resolve()
    expect(isOver).toBe(false)
    landing.end(one, {})
    await other
  })

  test('each client tells of its own failure, and of no other’s', async () => {
    await landing.isToAsk(one)
    landing.end(one, { client: 'two', error })
    expect(landing.errorFor('one', 'one', true)).toBeUndefined()
    expect(landing.errorFor('two', 'two', false)).toBe(error)
  })

  test.each([undefined, 'three'])(
    'the one that asked tells what is about %s: nobody else in the page would',
    async (client) => {
      await landing.isToAsk(one)
      landing.end(one, { ...(client === undefined ? {} : { client }), error })
      expect(landing.errorFor('one', 'one', true)).toBe(error)
      expect(landing.errorFor('two', 'two', false)).toBeUndefined()
    },
  )

  test.each([undefined, 'first', 'three'])(
    'what is about %s is told by the first client of the configuration, whoever asked',
    async (client) => {
      landing.add(undefined)
      await landing.isToAsk(two)
      landing.end(two, { ...(client === undefined ? {} : { client }), error })
      expect(landing.errorFor('two', 'two', true)).toBeUndefined()
      expect(landing.errorFor(undefined, 'first', false)).toBe(error)
    },
  )
})

test('on any other page there is nothing to ask and nothing to tell', async () => {
  const plain = new PageLanding(false)
  expect(await plain.isToAsk(one)).toBe(false)
  expect(plain.errorFor('one', 'one', false)).toBeUndefined()
})
