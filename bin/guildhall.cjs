#!/usr/bin/env node
'use strict';
// Starts bin/main.ts in this Node when it is new enough, else in the Node that came with `npm ci`.
var childProcess = require('child_process');
var nodeModule = require('module');
var path = require('path');
var url = require('url');
var runtime = require('./node-runtime.cjs');

var main = path.join(__dirname, 'main.ts');

endWithNpm();
if (runtime.isNewEnough(process.versions)) runHere();
else if (runtime.bundledNode() !== undefined) runIn(runtime.bundledNode());
else {
  console.error(runtime.remedy());
  process.exitCode = 1;
}

function runHere() {
  // Beside the code, not in the temporary directory of the machine, where anybody could put code for us to run.
  nodeModule.enableCompileCache(path.join(__dirname, '..', 'node_modules', '.cache', 'guildhall'));
  import(url.pathToFileURL(main).href).catch(function (error) {
    console.error(error);
    process.exitCode = 1;
  });
}

/** The program in the other Node lives and dies with this one: signals and the way it ended are passed on, and the channel tells it when this one is gone. */
function runIn(node) {
  var child = childProcess.spawn(node, [__filename].concat(process.argv.slice(2)), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  var forward = function (signal) {
    child.kill(signal);
  };
  var signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  signals.forEach(function (signal) {
    process.on(signal, forward);
  });
  child.on('error', function (error) {
    console.error('Could not start ' + node + ': ' + error.message);
    process.exitCode = 1;
  });
  child.on('exit', function (code, signal) {
    if (signal === null) process.exit(code);
    signals.forEach(function (each) {
      process.removeListener(each, forward);
    });
    process.kill(process.pid, signal);
  });
}

/** npm starts a program through a shell and passes a signal on to that shell only: when the shell is gone, so is the wish that this should run. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event !== 'start' && process.env.npm_lifecycle_event !== 'npx') return;
  var parent = process.ppid;
  var watch = setInterval(function () {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 250);
  watch.unref();
}
