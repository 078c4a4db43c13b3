import { expect, test } from 'vitest'
import { MARK } from '../../e2e/unit/fake-server.ts'
import {
  sealTransaction,
  transactionId,
  unsealTransaction,
  type Transaction,
} from './sealed-transactions.ts'

const transaction: Transaction = {
  client: 'default',
  redirectUri: 'https://app.example/auth/callback',
  returnTo: 'https://app.example/#_',
  issuerPromised: true,
  verifier: MARK,
  nonce: MARK,
}

test('a transaction opens with its own state only', async () => {
  const sealed = await sealTransaction('state-a', transaction)
  expect(await unsealTransaction('state-a', sealed)).toEqual(transaction)
  for (const state of ['state-b', '', 'STATE-A', 'state-a ']) {
    expect(await unsealTransaction(state, sealed)).toBeUndefined()
  }
})

test('a transaction shows nothing while it is stored', async () => {
  const { iv, sealed } = await sealTransaction('state-a', transaction)
  const bytes = Buffer.concat([iv, new Uint8Array(sealed)]).toString('latin1')
  expect(bytes).not.toMatch(/S3CRET|state-a|app\.example|default/)
  expect(await transactionId('state-a')).toMatch(/^[\da-f]{64}$/)
  expect(await transactionId('state-a')).not.toContain('state-a')
})

test('a transaction is sealed to other bytes every time, and does not open when one byte is changed', async () => {
  const [one, other] = [
    await sealTransaction('s', transaction),
    await sealTransaction('s', transaction),
  ]
  expect(Buffer.from(one.sealed).equals(Buffer.from(other.sealed))).toBe(false)
  const changed = new Uint8Array(one.sealed.slice(0))
  changed[5] = (changed[5] ?? 0) ^ 1
  expect(await unsealTransaction('s', { ...one, sealed: changed.buffer })).toBeUndefined()
  expect(await unsealTransaction('s', { ...one, iv: new Uint8Array(12) })).toBeUndefined()
})

test('the name of a transaction belongs to its state', async () => {
  expect(await transactionId('a')).toBe(await transactionId('a'))
  expect(await transactionId('a')).not.toBe(await transactionId('b'))
})
