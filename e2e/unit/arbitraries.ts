import fc from 'fast-check'

const KEYS = [
  'tokenGuardian',
  'request',
  'type',
  'client',
  'parameters',
  'ok',
  'value',
  'error',
  'event',
  'session',
  'status',
  'code',
  'message',
  'user',
  'scope',
  '__proto__',
  'constructor',
]
const WORDS = [
  'get-session',
  'begin-login',
  'send-login-link',
  'refresh',
  'claim',
  'session',
  'error',
  'stay-awake',
]

/** Anything that could be posted, with a taste for what the contract uses. */
export const anyMessage: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
    }),
    fc.constantFrom(...WORDS),
    fc.constant(1),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 6 }),
  ),
})).value
