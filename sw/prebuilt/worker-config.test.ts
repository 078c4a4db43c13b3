import { describe, expect, test } from 'vitest'
import { smallConfig } from '../../e2e/unit/parsed-config.ts'
import { startWorker } from './start-worker.ts'
import { workerConfig, type PrebuiltScope } from './worker-config.ts'

const BESIDE = 'https://app.example/x/token-guardian.config.js'

/** A worker, and what an import does in it. */
function scope(importing: (self: Record<string, unknown>) => void): PrebuiltScope {
  const self: Record<string, unknown> = {
    location: { href: 'https://app.example/x/guardian-sw.js?config=other.js' },
  }
  self['importScripts'] = (url: string) => {
    expect(url).toBe(BESIDE)
    importing(self)
  }
  return self as unknown as PrebuiltScope
}

function throwing(error: Error): PrebuiltScope {
  return scope(() => {
    throw error
  })
}

describe('the configuration of a prebuilt worker', () => {
  test('is the one in its own file, and else that of the script beside it', () => {
    const baked = scope(() => expect.unreachable())
    Object.assign(baked, { __TOKEN_GUARDIAN_CONFIG__: smallConfig })
    expect(workerConfig(baked).config).toBe(smallConfig)
    const beside = scope((self) => (self['__TOKEN_GUARDIAN_CONFIG__'] = smallConfig))
    expect(workerConfig(beside)).toEqual({ config: smallConfig, place: BESIDE })
  })

  test.each([
    [throwing(new DOMException('', 'NetworkError')), `${BESIDE} could not be loaded`],
    [throwing(new SyntaxError('Unexpected token')), `${BESIDE} is broken (SyntaxError: Unexpected`],
    [scope(() => undefined), `${BESIDE} was loaded, but it sets no __TOKEN_GUARDIAN_CONFIG__`],
  ])('that is missing or broken is told: what, where, and how to make it', (self, text) => {
    expect(() => workerConfig(self)).toThrow(text)
    expect(() => workerConfig(self)).toThrow('npx token-guardian bake <config.json>')
  })

  test('in a module worker is told to need a classic one', () => {
    const self = throwing(new TypeError('Module scripts don’t support importScripts()'))
    expect(() => workerConfig(self)).toThrow('Register it as a classic worker')
  })

  test('that is wrong is told with the file that holds it', () => {
    const self = scope((worker) => (worker['__TOKEN_GUARDIAN_CONFIG__'] = null))
    const install = (): never => {
      throw new TypeError('config: must be an object')
    }
    expect(() => startWorker(self, () => install)).toThrow(`${BESIDE}: config: must be an object`)
  })

  test('says by its topology what is installed', () => {
    const self = scope((worker) => (worker['__TOKEN_GUARDIAN_CONFIG__'] = smallConfig))
    const topologies: unknown[] = []
    const access = {} as ReturnType<ReturnType<Parameters<typeof startWorker>[1]>>
    startWorker(self, (topology) => {
      topologies.push(topology)
      return () => access
    })
    expect(topologies).toEqual(['same-origin'])
    expect(self).toHaveProperty('tokenGuardian', access)
  })
})
