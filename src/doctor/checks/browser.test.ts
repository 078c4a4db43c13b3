import { describe, expect, test } from 'vitest'
import { refuseOpen } from '../../../sw/core/deployment-check.ts'
import {
  errorPageFlaws,
  flowPathFlaws,
  foreignWorkerFlaws,
  vaultPageFlaws,
  type Flaw,
} from '../../contract/deployment-flaws.ts'
import { FINDINGS } from '../catalogue.ts'
import { isFinding, type Finding } from '../finding.ts'
import { judgeSeen, type Seen } from './browser.ts'

const APP = 'https://app.example/start'
const WORKER = 'https://app.example/sw.js'
const RIGHT: Seen = {
  isCovered: true,
  hasBridge: true,
  registrations: [{ scope: 'https://app.example/', script: WORKER }],
  errors: [],
}

function judge(change: Partial<Seen>): Finding[] {
  return [...judgeSeen(APP, WORKER, { ...RIGHT, ...change })].filter(isFinding)
}

const foreign = { scope: 'https://app.example/auth/', script: 'https://app.example/push.js' }
const cases: readonly (readonly [id: string, change: Partial<Seen>, says: string])[] = [
  ['page-not-covered', { isCovered: false }, 'No worker'],
  ['bridge-missing', { hasBridge: false }, 'frame'],
  [
    'foreign-worker-registered',
    { registrations: [...RIGHT.registrations, foreign] },
    'https://app.example/push.js is registered for https://app.example/auth/',
  ],
  [
    'guardian-error',
    { errors: [{ code: 'metadata-unreachable', message: 'Check the network' }] },
    'metadata-unreachable: Check the network',
  ],
]

describe('what is seen in a browser', () => {
  test('is fine when the guardian has the page and nobody else is there', () => {
    expect(judge({})).toEqual([])
  })

  test.each(cases)('is the finding %s', (id, change, says) => {
    expect(judge(change)).toEqual([expect.objectContaining({ id })])
    expect(judge(change)[0]?.what).toContain(says)
  })

  test('has a test of each finding', () => {
    const own = Object.entries(FINDINGS).filter(([, { check }]) => check === 'browser')
    expect(own.map(([id]) => id).toSorted()).toEqual(cases.map(([id]) => id).toSorted())
  })

  test('tells every flaw that the guardian reports with its id and its words', () => {
    const none = { get: () => null }
    const script = { get: () => 'text/javascript' }
    const flaws: readonly Flaw[] = [
      ...flowPathFlaws('/auth/callback', 200),
      ...errorPageFlaws(none),
      ...foreignWorkerFlaws(200, script),
      ...vaultPageFlaws('/bridge.html', 'https://app.example https://other.example', none),
    ]
    let message = ''
    try {
      refuseOpen(flaws)
    } catch (error) {
      message = (error as Error).message
    }
    const findings = judge({ errors: [{ code: 'deployment-unsafe', message }] })
    expect(findings.map(({ id, what }) => `${id}: ${what}`)).toEqual(flaws)
    expect(new Set(findings.map(({ subject }) => subject))).toEqual(
      new Set(['https://app.example']),
    )
  })
})
