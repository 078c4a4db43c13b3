import { inspect } from 'node:util'
import { expect, expectTypeOf, test } from 'vitest'
import { MARK } from '../../e2e/unit/fake-server.ts'
import type {
  EventEnvelope,
  GuardianEvent,
  ReplyEnvelope,
  ReplyTo,
} from '../../src/contract/messages.ts'
import { Secret } from './secret.ts'

const secret = new Secret('access-token', MARK)

test('shows its kind and never its value, in whatever form it is printed', () => {
  expect(JSON.stringify({ secret })).toBe('{"secret":"[access-token]"}')
  expect(String(secret)).toBe('[access-token]')
  // A template literal does the same as this.
  expect([secret].join()).toBe('[access-token]')
  expect(inspect(secret, { showHidden: true, depth: 10, getters: true })).not.toContain(MARK)
  expect(inspect({ deep: [new Map([['x', secret]])] }, { depth: 10 })).not.toContain(MARK)
  expect(Object.entries(secret).join()).not.toContain(MARK)
  expect(JSON.stringify({ ...secret })).not.toContain(MARK)
  expect(Reflect.ownKeys(secret)).toEqual(['kind'])
})

test('loses its value in a structured clone, as in a message to a page', () => {
  const clone = structuredClone({ secret }).secret
  expect(clone).toEqual({ kind: 'access-token' })
  expect(inspect(clone, { showHidden: true })).not.toContain(MARK)
  expect(() => secret.reveal.call(clone)).toThrow(TypeError)
})

test('gives its value to who asks by name', () => {
  expect(secret.reveal()).toBe(MARK)
})

/** Every type that occurs somewhere in a type. */
type Parts<Type, Depth extends readonly 0[] = []> = Depth['length'] extends 7
  ? never
  : Type extends string | number | boolean | null | undefined
    ? Type
    : Type extends readonly (infer Entry)[]
      ? Type | Parts<Entry, [...Depth, 0]>
      : Type | { [Name in keyof Type]: Parts<Type[Name], [...Depth, 0]> }[keyof Type]

/** Those parts that a secret could be assigned to. */
type Leaks<Type> =
  Parts<Type> extends infer Part
    ? Part extends unknown
      ? Secret extends Part
        ? Part
        : never
      : never
    : never

test('has no place in any reply or event (a type that could hold one does not compile)', () => {
  expectTypeOf<Leaks<ReplyTo[keyof ReplyTo]>>().toEqualTypeOf<never>()
  expectTypeOf<Leaks<ReplyEnvelope>>().toEqualTypeOf<never>()
  expectTypeOf<Leaks<GuardianEvent>>().toEqualTypeOf<never>()
  expectTypeOf<Leaks<EventEnvelope>>().toEqualTypeOf<never>()
})

test('would be noticed in a reply (the type test bites)', () => {
  expectTypeOf<Leaks<{ session: { token?: Secret } }>>().toEqualTypeOf<Secret>()
  expectTypeOf<Leaks<{ list: readonly { any: unknown }[] }>>().toEqualTypeOf<unknown>()
})
