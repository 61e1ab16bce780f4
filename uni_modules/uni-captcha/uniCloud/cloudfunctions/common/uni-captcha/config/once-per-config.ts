import { isRecord, own } from '../kit/values'

/**
 * The same configuration object gives the same values, and they are asked for at every call. Scenes that it does not
 * name share one entry: what clients send cannot make the table grow.
 */
export function oncePerConfig<Values>(resolve: (config: unknown, scene: string) => Values) {
  const known = new WeakMap<object, Map<string, Values>>()
  return (config: unknown, scene: string): Values => {
    if (!isRecord(config)) return resolve(config, scene)
    const scenes = own(config, 'scene')
    const name = isRecord(scenes) && own(scenes, scene) !== undefined ? `named ${scene}` : 'others'
    const ofConfig = known.get(config) ?? new Map<string, Values>()
    known.set(config, ofConfig)
    const values = ofConfig.get(name) ?? resolve(config, scene)
    ofConfig.set(name, values)
    return values
  }
}
