/** Builds a target and what it needs, unless its output was made from the same inputs. Throws for an unknown target. */
export function build(name: 'glyphs' | 'host' | 'h5' | 'mp-weixin' | 'plugin' | 'hbuilderx'): Promise<void>
