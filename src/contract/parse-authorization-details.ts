import { isRecord, type FieldReader } from './field-reader.ts'
import { isJson } from './parse-request.ts'
import type { AuthorizationDetail } from './session.ts'

/** Authorization details of a client (RFC 9396 section 2): JSON objects, each with a type that the server's metadata does not rule out. */
export function readAuthorizationDetails(client: FieldReader): readonly AuthorizationDetail[] {
  const field = 'authorizationDetails'
  const list = client.raw(field) ?? []
  if (!Array.isArray(list)) {
    client.wrong(field, `must be a list such as [{ type: 'payment' }]`)
    return []
  }
  const metadata = client.raw('metadata')
  const offered = isRecord(metadata) ? metadata['authorization_details_types_supported'] : undefined
  return list.flatMap((detail: unknown, index) => {
    const where = `${field}[${index}]`
    if (!isAuthorizationDetail(detail)) {
      client.wrong(where, 'must be a JSON object whose `type` is a string (RFC 9396 section 2)')
      return []
    }
    if (Array.isArray(offered) && !offered.includes(detail.type)) {
      client.wrong(where, `the type '${detail.type}' is not one that the metadata lists`)
    }
    return [detail]
  })
}

/** Whether it is one, whoever says so: JSON of bounded depth, with a type. */
export function isAuthorizationDetail(value: unknown): value is AuthorizationDetail {
  return (
    isRecord(value) && isJson(value) && typeof value['type'] === 'string' && value['type'] !== ''
  )
}
