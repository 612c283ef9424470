/** The configuration through the doors. */
import { done } from '@guildhall/protocol';
import type { ConfigVersionStore } from '@guildhall/store';
import type { ConfigInForce } from '../config-in-force.ts';
import type { Operations } from '../operations.ts';
import { actorOf } from './messages.ts';

type ConfigurationOperations = Pick<Operations, 'readConfig' | 'writeConfig' | 'listConfigVersions' | 'readConfigVersion' | 'revertConfig'>;

export function configurationOperations(inForce: ConfigInForce, versions: ConfigVersionStore): ConfigurationOperations {
  return {
    readConfig: () => Promise.resolve({ rev: inForce.rev(), text: inForce.text(), file: inForce.file }),

    writeConfig: (text, baseRev, by) => inForce.write(text, { actor: actorOf(by), baseRev }),

    async listConfigVersions() {
      const listed = await versions.listConfigVersions();
      return listed.map(({ rev, at, actor, digest }) => ({ rev, at, actor, digest, current: rev === inForce.rev() }));
    },

    async readConfigVersion(rev) {
      const version = await versions.readConfigVersion(rev);
      return version.ok ? done({ rev, text: version.value.text }) : version;
    },

    async revertConfig(rev, by) {
      const version = await versions.readConfigVersion(rev);
      if (!version.ok) return version;
      return inForce.write(version.value.text, { actor: actorOf(by), revertOf: rev });
    },
  };
}
