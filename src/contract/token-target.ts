import type { ParsedClient, ParsedResource, ParsedTarget } from './config.ts'
import type { FieldReader, Report } from './field-reader.ts'

/** What an API is called where tokens are asked for, and what its token is to be good for. */
export interface TokenTarget {
  readonly resource?: string
  readonly audience?: string
  readonly scope?: readonly string[]
}

export function readTarget(resource: FieldReader): TokenTarget {
  const indicator = optionalText(resource, 'resource')
  if (indicator && !isIndicator(indicator)) {
    resource.wrong('resource', 'must be an absolute URI without a fragment (RFC 8707 section 2)')
  }
  const audience = optionalText(resource, 'audience')
  const text = optionalText(resource, 'scope')
  const scope = text?.split(' ').filter(Boolean)
  if (text && scope?.length === 0) resource.wrong('scope', 'must name something, or be left out')
  return {
    ...(indicator === undefined ? {} : { resource: indicator }),
    ...(audience === undefined ? {} : { audience }),
    ...(scope === undefined ? {} : { scope }),
  }
}

function optionalText(resource: FieldReader, field: string): string | undefined {
  return resource.raw(field) === undefined ? undefined : resource.text(field)
}

function isIndicator(value: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+$/.test(value)
}

/** Names a target in the storage. Indicators have no space, so no two have one name, and none is that of a property of objects. */
export function targetKey(resource = '', scope: readonly string[] = []): string {
  return `${resource} ${scope.join(' ')}`
}

interface WithTargets {
  readonly clients: ParsedClient[]
  readonly resources: ParsedResource[]
}

/**
 * Gives clients what they ask for, and each API what its token is for. Refuses what no token can be asked for with: several
 * audiences, of which a request can name one, an API that the token of its neighbours is not for, and a scope beyond the client's.
 */
export function withTargets(
  clients: readonly ParsedClient[],
  resources: readonly ParsedResource[],
  targets: readonly TokenTarget[],
  report: Report,
): WithTargets {
  const withOwn = clients.map((client) => {
    const own = targets.filter((_, index) => resources[index]?.client === client.name)
    const values = (name: 'resource' | 'audience'): string[] => [
      ...new Set(own.flatMap((target) => target[name] ?? [])),
    ]
    for (const name of ['resource', 'audience'] as const) {
      if (values(name).length > 0 && own.some((target) => target[name] === undefined)) {
        report(
          'config.resources',
          `some APIs of the client '${client.name}' have \`${name}\` and others not: give it to all, or the others a client of their own`,
        )
      }
    }
    const [audience, ...more] = values('audience')
    if (more.length > 0) {
      report(
        'config.resources',
        `the APIs of the client '${client.name}' have several audiences, of which a request can name one: give each audience a client of its own`,
      )
    }
    if (audience !== undefined && client.allowedLoginParams.includes('audience')) {
      report(
        `config.clients.${client.name}.allowedLoginParams`,
        'the guardian sets audience, as the APIs have one; leave it out',
      )
    }
    return {
      ...client,
      resourceIndicators: values('resource'),
      ...(audience === undefined ? {} : { audience }),
    }
  })
  const withTarget = resources.map((resource, index) => {
    const client = withOwn.find(({ name }) => name === resource.client)
    const { scope = [] } = targets[index] ?? {}
    const beyond = client ? scope.filter((token) => !client.scope.includes(token)) : []
    if (beyond.length > 0) {
      report(
        `config.resources[${index}].scope`,
        `must be part of the \`scope\` of the client '${resource.client}', which lacks ${beyond.join(', ')}`,
      )
    }
    const target = parsedTarget(targets[index] ?? {}, client?.resourceIndicators[0])
    return { ...resource, ...(target && { target }) }
  })
  return { clients: withOwn, resources: withTarget }
}

function parsedTarget(
  { resource, scope }: TokenTarget,
  first: string | undefined,
): ParsedTarget | undefined {
  if (resource === undefined && scope === undefined) return undefined
  return {
    key: targetKey(resource, scope),
    ...(resource === undefined ? {} : { resource }),
    ...(scope === undefined ? {} : { scope }),
    isDefault: scope === undefined && resource === first,
  }
}
