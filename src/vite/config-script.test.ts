import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { smallConfig } from '../../e2e/unit/parsed-config.ts'
import type { GuardianConfig } from '../contract/config.ts'
import { buildScript, configScript } from './config-script.ts'

/** What a script leaves in its global. */
function run(script: string): Record<string, unknown> {
  const self: Record<string, unknown> = {}
  runInNewContext(script, { self, JSON })
  return self
}

describe('configScript', () => {
  test('sets the configuration, whatever characters are in it', () => {
    const clients = {
      issuer: 'https://as.example',
      clientId: `'"\\\n\u2028\u2029</script><!--\${x}\`$&ü`,
    }
    const script = configScript({ ...smallConfig, clients })
    expect(JSON.stringify(run(script))).toBe(
      JSON.stringify({ __TOKEN_GUARDIAN_CONFIG__: { ...smallConfig, clients } }),
    )
    expect(script).not.toMatch(/[<\u2028\u2029]/)
  })

  test('keeps a member __proto__ a member, so that it is found and refused', () => {
    const config = JSON.parse('{"__proto__":{"topology":"vault"}}') as GuardianConfig
    const read = run(configScript(config))['__TOKEN_GUARDIAN_CONFIG__'] as object
    expect(Object.keys(read)).toEqual(['__proto__'])
    expect((read as GuardianConfig).topology).not.toBe('vault')
  })

  test('can stand before a script that begins with a bracket', () => {
    const script = `${configScript(smallConfig)}${buildScript('ab')}(function () { self.ran = true })()`
    expect(run(script)).toMatchObject({ __TOKEN_GUARDIAN_BUILD__: 'ab', ran: true })
  })
})
