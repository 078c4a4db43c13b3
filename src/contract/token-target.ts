import type { ParsedClient, ParsedResource } from './config.ts'
import type { FieldReader, Report } from './field-reader.ts'

/** What an API is called where tokens are asked for. */
export interface TokenTarget {
  readonly resource?: string
  readonly audience?: string
}

export function readTarget(resource: FieldReader): TokenTarget {
  const indicator = optionalText(resource, 'resource')
  if (indicator && !isIndicator(indicator)) {
    resource.wrong('resource', 'must be an absolute URI without a fragment (RFC 8707 section 2)')
  }
  const audience = optionalText(resource, 'audience')
  return {
    ...(indicator === undefined ? {} : { resource: indicator }),
    ...(audience === undefined ? {} : { audience }),
  }
}

function optionalText(resource: FieldReader, field: string): string | undefined {
  return resource.raw(field) === undefined ? undefined : resource.text(field)
}

function isIndicator(value: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+$/.test(value)
}

/**
 * A client has one token for all of its APIs, so what they are called goes into one request. Refuses what would need a token for
 * each: several audiences, of which a request can name one, and an API that the token of its neighbours is not for.
 */
export function withTargets(
  clients: readonly ParsedClient[],
  resources: readonly ParsedResource[],
  targets: readonly TokenTarget[],
  report: Report,
): ParsedClient[] {
  return clients.map((client) => {
    const own = targets.filter((_, index) => resources[index]?.client === client.name)
    const values = (name: keyof TokenTarget): string[] => [
      ...new Set(own.flatMap((target) => target[name] ?? [])),
    ]
    for (const name of ['resource', 'audience'] as const) {
      if (values(name).length > 0 && own.some((target) => target[name] === undefined)) {
        report(
          'config.resources',
          `some APIs of the client '${client.name}' have \`${name}\` and others not, but they share one token: give it to all, or the others a client of their own`,
        )
      }
    }
    const [audience, ...more] = values('audience')
    if (more.length > 0) {
      report(
        'config.resources',
        `the APIs of the client '${client.name}' have several audiences, but they share one token: give each audience a client of its own`,
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
}
