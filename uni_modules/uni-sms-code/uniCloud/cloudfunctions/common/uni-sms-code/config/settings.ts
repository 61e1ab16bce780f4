import { SmsCodeError } from '../errors'
import type { Texts } from '../errors'
import type { OptionKind } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/option-kinds'
import type { Layer } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/layers'
import {
  collectUnknown,
  configLayers,
  findValue,
  showValue,
} from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/layers'
import { isRecord, own } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

/** The layers of a configuration that apply to a scene, the nearest first. Throws `notConfigured` for what is no object. */
export function getLayers(config: unknown, scene: string): Layer[] {
  return configLayers(config, scene, bad)
}

/** The value at a dotted path in the nearest layer that has one, or the default. Throws `notConfigured` for a bad one. */
export function readValue<T>(kind: OptionKind<T>, path: string, layers: Layer[]): T {
  return findValue(kind, path, layers, bad)
}

/** Messages go to the scenes that config.json lists and to no others, or each new name would be a new budget. */
export function isListed(config: unknown, scene: string): boolean {
  const scenes = isRecord(config) ? own(config, 'scene') : undefined
  return isRecord(scenes) && isRecord(own(scenes, scene))
}

/** Paths that mean nothing, `known` being all that may stand in a scene; `sections` are for others to read. */
export function unknownKeys(
  config: unknown,
  known: string[],
  rootOnly: string[],
  sections: readonly string[],
): string[] {
  if (!isRecord(config)) return []
  const inScenes = [...known, ...sections]
  const scenes = own(config, 'scene')
  return [
    ...collectUnknown(config, [...inScenes, ...rootOnly, 'scene'], ''),
    ...Object.entries(isRecord(scenes) ? scenes : {}).flatMap(([name, values]) =>
      collectUnknown(values, inScenes, `scene.${name}.`),
    ),
  ]
}

function bad(path: string, value: unknown, allowed: Texts): SmsCodeError {
  return new SmsCodeError(
    'notConfigured',
    `uni-sms-code/config.json${path && ` ${path}`} = ${showValue(value)} (${allowed.en})`,
  )
}
