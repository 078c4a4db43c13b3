import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyMessage } from '../../e2e/unit/arbitraries.ts'
import { parseVaultRequest } from './vault-messages.ts'

const APP = 'https://app.example'
const parse = (request: unknown): unknown => parseVaultRequest({ tokenGuardianVault: request })

describe('parseVaultRequest', () => {
  test.each([
    { type: 'ask', appOrigin: APP, request: { type: 'get-session' } },
    { type: 'take-hand-over' },
    { type: 'refresh', client: 'default', generation: '1' },
    { type: 'refresh', client: 'default', generation: '1', target: 'urn:b ', token: '2' },
    { type: 'token-expired', client: 'default', generation: '1' },
  ])('reads $type as it was sent', (request) => {
    expect(parse(request)).toEqual(request)
  })

  test.each([
    ['a question of nobody', { type: 'ask', request: { type: 'get-session' } }],
    ['a question without a question', { type: 'ask', appOrigin: APP }],
    ['a question that does not exist', { type: 'ask', appOrigin: APP, request: { type: 'x' } }],
    ['a response without a hand-over', { type: 'receive', appOrigin: APP }],
    ['a refresh of nobody', { type: 'refresh', generation: '1' }],
    ['a refresh of no generation', { type: 'refresh', client: 'default', generation: 1 }],
    ['a refresh for no text', { type: 'refresh', client: 'c', generation: '1', target: {} }],
    ['a refresh of no token', { type: 'refresh', client: 'c', generation: '1', token: null }],
    ['a type that does not exist', { type: 'reveal' }],
    ['nothing', undefined],
  ])('refuses %s', (_what, request) => {
    expect(parse(request)).toBeUndefined()
  })

  test('never throws, and drops fields that it does not know', () => {
    const forged = fc.record(
      {
        type: fc.constantFrom('ask', 'receive', 'take-hand-over', 'refresh', 'token-expired', 'x'),
        appOrigin: fc.oneof(fc.constant(APP), anyMessage),
        request: fc.oneof(fc.constant({ type: 'get-session' }), anyMessage),
        handOver: anyMessage,
        client: fc.oneof(fc.string(), anyMessage),
        generation: fc.oneof(fc.string(), anyMessage),
        foreign: anyMessage,
      },
      { requiredKeys: ['type'] },
    )
    fc.assert(
      fc.property(forged, (request) => {
        const parsed = parseVaultRequest({ tokenGuardianVault: request })
        if (parsed !== undefined) expect(Object.keys(parsed)).not.toContain('foreign')
      }),
    )
    fc.assert(fc.property(anyMessage, (data) => void parseVaultRequest(data)))
  })
})
