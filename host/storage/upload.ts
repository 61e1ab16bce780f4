import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../shared/gateway-error'
import { tooLarge, type Draft } from './file-folder'
import type { Files } from './files'
import { readForm, type FormFile } from './form'
import type { UploadPolicy } from './signatures'

/** What a form has beside its file. */
const FORM_BYTES = 16 * 1024

/**
 * Receives the form that a client was permitted to send; `address` is what its uploads count for. Nothing is left of one
 * that is refused or given up. Throws GatewayError.
 */
export async function receiveUpload(files: Files, request: IncomingMessage, address: string): Promise<void> {
  files.refuseUnless('clients')
  const { fileLimitBytes } = files.options
  const promised = Number(request.headers['content-length'] ?? Number.NaN)
  if (promised > fileLimitBytes + FORM_BYTES) throw tooLarge(fileLimitBytes)
  let draft: Draft | undefined
  try {
    const facts = await readForm(request, async (file) => {
      const { id, path, maxBytes } = readPolicy(files, file)
      const bytes = Number.isNaN(promised) ? maxBytes : Math.min(promised, maxBytes)
      files.budget.spend(address, bytes)
      draft = await files.folder.reserve(id, bytes)
      await draft.write(file.content, maxBytes)
      return files.toFacts(path, file.type)
    })
    await draft?.commit(facts)
  } catch (error) {
    await draft?.discard()
    throw error
  }
}

function readPolicy(files: Files, { fields }: FormFile): UploadPolicy {
  const [policy, signature] = [fields.get('policy'), fields.get('Signature')]
  if (policy !== undefined && signature !== undefined) return files.signatures.readPolicy(policy, signature)
  throw new GatewayError('InvalidFile.Form', '"policy" and "Signature" have to stand before the file of an upload')
}
