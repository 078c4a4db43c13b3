import type { Database } from './database.ts'

type Algorithm = AesKeyGenParams | HmacKeyGenParams

/** The key of a name, made at the first use. It cannot be exported; script of the same origin can use it all the same. */
export async function storedKey(
  database: Database,
  name: string,
  algorithm: Algorithm,
  usages: KeyUsage[],
): Promise<CryptoKey> {
  /** A key that could be exported was put there by someone else. */
  const isUsable = (value: unknown): value is CryptoKey =>
    value instanceof CryptoKey && !value.extractable && value.algorithm.name === algorithm.name
  const known: unknown = await database.run((open) => open.get('keys', name))
  if (isUsable(known)) return known
  const made = await crypto.subtle.generateKey(algorithm, false, usages)
  return database.run(async (open) => {
    const transaction = open.transaction('keys', 'readwrite')
    // Another worker may have made one in the meantime: the first wins.
    const other: unknown = await transaction.store.get(name)
    if (!isUsable(other)) await transaction.store.put(made, name)
    await transaction.done
    return isUsable(other) ? other : made
  })
}
